"""Where a workspace says which ingress-nginx it runs: an image, or the version of the chart that installs it.

Sources: argo-cd Application spec.source(s).chart and targetRevision; Flux HelmRelease spec.chart.spec.chart and
version; k3s-io/helm-controller HelmChart spec.chart and version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.kube.ingress_nginx import NAME, ControllerImage, controller_image, controller_of_chart
from klint.kube.resource import Resource, View, string
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing
    from klint.text.document import Place

_REPOSITORY = "kubernetes.github.io/ingress-nginx"


@dataclass(frozen=True, slots=True)
class InstalledNginx:
    """An ingress-nginx that a resource runs or installs, and where it says which."""

    resource: Resource
    image: ControllerImage
    at: Place


def installed_nginx(graph: Routing) -> Iterator[InstalledNginx]:
    """Each place of the bundle that says which ingress-nginx runs."""
    for workload in graph.workloads:
        for pod in workload.pods if not workload.is_job else ():
            for container in pod.containers:
                image = controller_image(container.image)
                if image is not None and not is_placeholder(container.image):
                    yield InstalledNginx(workload, image, container.at("image"))
    for resource in graph.resources:
        yield from _charts(resource)


def _charts(resource: Resource) -> Iterator[InstalledNginx]:
    key = (resource.group, resource.kind)
    if key == ("argoproj.io", "Application"):
        sources = (resource.child(View, "spec", "source"), *resource.children(View, "spec", "sources"))
        for source in sources:
            if source.get("chart") == NAME and _REPOSITORY in string(source.get("repoURL")):
                yield from _chart(resource, source, "targetRevision", ("helm", "valuesObject"))
    elif key == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        chart = resource.child(View, "spec", "chart", "spec")
        if chart.get("chart") == NAME and chart.get("sourceRef", "kind") != "GitRepository":
            values = resource.get("spec", "values", "controller", "image")
            yield from _chart(resource, chart, "version", (), is_other=values is not None)
    elif key == ("helm.cattle.io", "HelmChart"):
        spec = resource.child(View, "spec")
        if spec.get("chart") == NAME and _REPOSITORY in string(spec.get("repo")):
            yield from _chart(resource, spec, "version", ())


def _chart(
    resource: Resource, chart: View, field: str, values: tuple[str, ...], *, is_other: bool = False
) -> Iterator[InstalledNginx]:
    """A chart whose image is not replaced by its values."""
    version = string(chart.get(field))
    is_other = is_other or (bool(values) and chart.get(*values, "controller", "image") is not None)
    if not is_other and not is_placeholder(version):
        yield InstalledNginx(resource, controller_of_chart(version), chart.at(field if version else "chart"))
