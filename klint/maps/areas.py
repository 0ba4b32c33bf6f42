"""Graphs and findings → ExposureMap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.maps.model import Area, ExposureMap
from klint.maps.survey import Survey, digest
from klint.records import dataclass, field, replace

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.findings import Finding
    from klint.kube.resource import Resource
    from klint.workspace.bundles import Bundle


def exposure_map(graphs: Sequence[Graph], findings: Iterable[Finding], environment: str | None = None) -> ExposureMap:
    """The map of some bundles: an area for each that opens something, or that has findings.

    Args:
        graphs: those of all bundles of a run.
        findings: what was found in them.
        environment: draw the bundles of this environment alone, and tell what was found in them.
    """
    drawn = [graph for graph in graphs if environment in (None, graph.target.environment)]
    told, elsewhere = _by_bundle(graphs, findings)
    keys = zip(drawn, _keys(drawn), strict=True)
    made = [_area(graph.bundle, key, Survey(graph, key), told[id(graph)]) for graph, key in keys]
    areas = tuple(area for area in made if area.stops or area.findings)
    return ExposureMap(areas, tuple(elsewhere) if environment is None else ())


@dataclass
class _Told:
    """The findings of a bundle: those about its objects, and the others."""

    about: list[tuple[Resource, Finding]] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)


def _area(bundle: Bundle, key: str, survey: Survey, told: _Told) -> Area:
    at: dict[str, list[Finding]] = defaultdict(list)
    others = list(told.others)
    for resource, finding in told.about:
        if resource.layer:
            at[survey.add(resource).id].append(finding)
        else:
            others.append(finding)
    stops = tuple(replace(stop, findings=tuple(at[stop.id])) if stop.id in at else stop for stop in survey.stops)
    return Area(digest(key), bundle, stops, tuple(survey.lines), tuple(others))


def _keys(graphs: Sequence[Graph]) -> Iterator[str]:
    """What tells bundles from each other: their names and targets, and of those that share these what they hold."""
    seen: set[str] = set()
    for graph in graphs:
        bundle = graph.bundle
        key = "\0".join((bundle.name, bundle.target.environment, bundle.target.platform))
        if key in seen:
            key = "\0".join((key, *sorted({resource.document.source.path for resource in bundle.resources})))
        seen.add(key)
        yield key


def _by_bundle(graphs: Sequence[Graph], findings: Iterable[Finding]) -> tuple[dict[int, _Told], list[Finding]]:
    """What is told of each bundle, by the identity of its graph, and what is told of none.

    A finding that several renderings share is told in each of them, of the object that is written on the same line.
    """
    owners = {(id(item.document), item.path): (graph, item) for graph in graphs for item in graph.resources}
    by_name = {graph.bundle.name: graph for graph in graphs}
    written = _Written()
    told: dict[int, _Told] = {id(graph): _Told() for graph in graphs}
    elsewhere: list[Finding] = []
    for finding in findings:
        about = finding.about
        own = owners.get((id(about.document), about.path)) if about is not None else None
        if own is not None:
            told[id(own[0])].about.append((own[1], finding))
        others = [by_name[name] for name in finding.bundles if name in by_name]
        others = [graph for graph in others if own is None or graph is not own[0]]
        for graph in others:
            same = written.like(about, graph) if about is not None else None
            if same is not None:
                told[id(graph)].about.append((same, finding))
            else:
                told[id(graph)].others.append(finding)
        if own is None and not others:
            elsewhere.append(finding)
    return told, elsewhere


class _Written:
    """Objects of renderings, by where they are written."""

    def __init__(self) -> None:
        self._found: dict[int, dict[object, list[Resource]]] = {}

    def like(self, resource: Resource, graph: Graph) -> Resource | None:
        """What another bundle has in the place of an object; of several the one with its name."""
        if id(graph) not in self._found:
            self._found[id(graph)] = defaultdict(list)
            for item in graph.resources:
                self._found[id(graph)][item.kind, item.place.span.sort_key].append(item)
        same = self._found[id(graph)].get((resource.kind, resource.place.span.sort_key), [])
        named = (item for item in same if item.name == resource.name)
        return next(named, same[0] if same else None)
