"""Charts that objects of the workspace install, or charts of it depend on, and the values that they install them with.

Sources: argo-cd Application spec.source(s).chart and helm.{values, valuesObject, parameters}; Flux HelmRelease
spec.chart.spec.chart or spec.chartRef, spec.values and, below these, spec.valuesFrom (the last goes over the others),
and OCIRepository spec.url; helm.sh/docs topics/charts (the values of a dependency stand under its alias or name);
k3s-io/helm-controller HelmChart spec.chart, spec.valuesContent and spec.set, and HelmChartConfig, which has values for
the HelmChart of its own name: k3s has one called traefik, RKE2 one called rke2-ingress-nginx.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from klint.kube.index import Index, grouped
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource, View, mapping, string
from klint.records import dataclass
from klint.text.data import MISSING, leaves, text_of
from klint.text.document import Path, Place
from klint.workspace.rendering import AbsentChart

_SHIPPED = {"rke2-ingress-nginx": "ingress-nginx"}
"""Charts that a distribution builds of another one."""

_VERSION = re.compile(r"-v?\d")


@dataclass(frozen=True, eq=False)
class InstalledChart:
    """A chart that `resource` installs, or that a chart depends on if that is None: its name, without its repository,
    and where the values for it stand.

    `inline` are mappings, `texts` scalars that hold YAML, `sets` values by their dotted names; what stands first holds.
    """

    name: str
    resource: Resource | None
    inline: tuple[Place, ...] = ()
    texts: tuple[Place, ...] = ()
    sets: tuple[tuple[str, Place], ...] = ()

    @property
    def values(self) -> Iterator[tuple[Path, str, Place]]:
        """The values that it is installed with: the path of each, its text and its place."""
        for name, at in self.sets:
            yield tuple(name.split(".")), text_of(at.value), at
        for holder in self.inline:
            for path, text in leaves(holder.value) if holder.value is not MISSING else ():
                yield path, text, holder.below(*path)
        for holder in self.texts:
            from klint.text.embedded import embedded_documents

            value = holder.value
            for document in embedded_documents(holder, value) if isinstance(value, str) else ():
                for path, text in leaves(document.data):
                    yield path, text, Place(document, path)


def installed_charts(index: Index) -> Mapping[str, list[InstalledChart]]:
    """The charts that the resources of an index install, by name."""
    return index.kept("installed charts", lambda: grouped((item.name, item) for item in _all(index)))


def _all(index: Index) -> Iterator[InstalledChart]:
    for item in index.resources:
        key = (item.group, item.kind)
        if key == ("argoproj.io", "Application"):
            for source in (item.child(View, "spec", "source"), *item.children(View, "spec", "sources")):
                yield from _of_source(item, source)
        elif key == ("helm.toolkit.fluxcd.io", "HelmRelease"):
            yield InstalledChart(
                _chart_of(item, index), item, (item.at("spec", "values"),), tuple(_referred(item, index))
            )
        elif key == ("helm.cattle.io", "HelmChart"):
            sets = tuple((key, item.at("spec", "set", key)) for key in mapping(item.get("spec", "set")))
            yield InstalledChart(_name(item.get("spec", "chart")), item, (), (item.at("spec", "valuesContent"),), sets)
        elif key == ("helm.cattle.io", "HelmChartConfig"):
            yield InstalledChart(_SHIPPED.get(item.name, item.name), item, (), (item.at("spec", "valuesContent"),))


def _chart_of(release: Resource, index: Index) -> str:
    """The chart of a HelmRelease: the one that it names, or the only one that its reference can mean."""
    reference = mapping(release.get("spec", "chartRef"))
    if not reference:
        return _name(release.get("spec", "chart", "spec", "chart"))
    namespace = string(reference.get("namespace")) or release.namespace
    found = _named(string(reference.get("kind")), string(reference.get("name")), namespace, index)
    names = {_name(item.get("spec", "url" if item.kind == "OCIRepository" else "chart")) for item in found}
    return names.pop() if len(names) == 1 else ""


def _referred(release: Resource, index: Index) -> Iterator[Place]:
    """The values of a HelmRelease that stand whole in ConfigMaps and Secrets, the last first."""
    for view in reversed(list(release.children(View, "spec", "valuesFrom"))):
        kind, key = string(view.data.get("kind")), string(view.data.get("valuesKey")) or "values.yaml"
        found = _named(kind, string(view.data.get("name")), release.namespace, index)
        if len(found) == 1 and kind in _VALUES and "targetPath" not in view.data:
            yield found[0].at(_VALUES[kind], key)


_VALUES = {"ConfigMap": "data", "Secret": "stringData"}
"""The kinds that values are taken from, and their field that has them as they are written."""


def _named(kind: str, name: str, namespace: str, index: Index) -> list[Resource]:
    found = index.named(name) if kind and name else ()
    return [item for item in found if item.kind == kind and may_be_one_namespace(item.namespace, namespace)]


def dependencies(absent: Iterable[AbsentChart]) -> Iterator[InstalledChart]:
    """The dependencies of a chart that are not here, with the values that it has for them."""
    for item in absent:
        yield InstalledChart(_name(mapping(item.at.value).get("name")), None, tuple(reversed(item.values)))


def _of_source(application: Resource, source: View) -> Iterator[InstalledChart]:
    if "chart" in source.data:
        helm = source.child(View, "helm")
        sets = tuple((string(view.data.get("name")), view.at("value")) for view in helm.children(View, "parameters"))
        given = (helm.at("valuesObject"),), (helm.at("values"),), sets
        yield InstalledChart(_name(source.data.get("chart")), application, *given)


def _name(chart: object) -> str:
    """`traefik` of `traefik/traefik`, of an OCI reference and of the URL of an archive."""
    last = string(chart).rpartition("/")[2]
    name = _VERSION.split(last, maxsplit=1)[0] if last.endswith(".tgz") else last
    return _SHIPPED.get(name, name)
