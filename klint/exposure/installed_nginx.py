"""Where a workspace says which ingress-nginx it runs: an image, or the version of the chart that installs it.

Sources: argo-cd Application spec.source(s).chart and targetRevision; Flux HelmRelease spec.chart.spec.chart and
version; k3s-io/helm-controller HelmChart spec.chart and version; helm.sh/docs topics/charts, Chart Dependencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.kube.ingress_nginx import NAME, ControllerImage, controller_image, controller_of_chart
from klint.kube.resource import Resource, View, mapping, string
from klint.records import dataclass
from klint.text.data import MISSING
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing
    from klint.text.document import Place
    from klint.workspace.rendering import AbsentChart

_INSTALLERS = frozenset(("Application", "HelmRelease", "HelmChart"))
_REPOSITORY = "kubernetes.github.io/ingress-nginx"


@dataclass(frozen=True, slots=True)
class InstalledNginx:
    """An ingress-nginx that a resource runs or installs, or a chart depends on, and where it says which.

    `resource` is None where a chart does; `owner` is what either is called.
    """

    resource: Resource | None
    image: ControllerImage
    at: Place
    chart: str = ""

    @property
    def owner(self) -> str:
        """The resource, or the chart."""
        return str(self.resource) if self.resource is not None else f"chart {self.chart}"


def installed_nginx(graph: Routing) -> Iterator[InstalledNginx]:
    """Each place of the bundle that says which ingress-nginx runs."""
    for workload in graph.workloads:
        for pod in workload.pods if not workload.is_job else ():
            for container in pod.containers:
                image = controller_image(container.image)
                if image is not None and not is_placeholder(container.image):
                    yield InstalledNginx(workload, image, container.at("image"))
    for resource in graph.resources:
        if resource.kind in _INSTALLERS:
            yield from _charts(resource)
    for absent in graph.bundle.absent_charts:
        yield from _dependency(absent)


def _dependency(absent: AbsentChart) -> Iterator[InstalledNginx]:
    """A dependency of a chart on the project's own, whose image its values do not replace."""
    item = mapping(absent.at.value)
    is_own = item.get("name") == NAME and _REPOSITORY in string(item.get("repository"))
    version = string(item.get("version"))
    is_other = any(value.below("controller", "image").value is not MISSING for value in absent.values)
    if is_own and not is_other and not is_placeholder(version):
        at = absent.at.below("version" if version else "name")
        owner = string(mapping(absent.at.document.data).get("name"))
        yield InstalledNginx(None, controller_of_chart(version), at, owner)


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
