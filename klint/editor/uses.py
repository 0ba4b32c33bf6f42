"""Who refers to a value: routes and policies to a Service, Services to a pod template, routes to a Gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.definitions import references_at
from klint.editor.spots import OF_OBJECT, Spot, spots
from klint.kube.namespace import may_be_one_namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.workload import Workload
from klint.text.document import Path as DataPath
from klint.text.document import Place
from klint.text.source import Span

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource

_LISTS = ("ports", "listeners")
_CALLED = ("name", "port", "containerPort")
"""Lists of what is declared, and the fields that others refer to it by, one or the other."""

_Key = tuple[int, DataPath]


def uses(report: Report, path: Path, offset: int, *, with_declaration: bool = False) -> tuple[Span, ...]:
    """Where the bundles of a report refer to what the cursor is on, or to what that refers to.

    Args:
        report: of the text that the offset is in.
        path: the file, absolute.
        offset: in characters.
        with_declaration: where that itself is written, too.
    """
    found: dict[tuple[str, int, int, int, int], Span] = {}
    meant = {_key(place): place for spot in spots(report, path, offset) for place in _meant(spot)}
    for span in (place.span for place in meant.values() if with_declaration):
        found[span.sort_key] = span
    for source, graph in _sources(meant.values(), report.graphs):
        for reference in graph.references(source):
            if any(_key(target) in meant for target in reference.targets):
                span = reference.at.span
                found[span.sort_key] = span
    return tuple(found[key] for key in sorted(found))


def _key(place: Place) -> _Key:
    return id(place.document), place.path


def _meant(spot: Spot) -> Iterator[Place]:
    """What the cursor means: an object or a port as it is declared, else what the value there refers to."""
    resource, path = spot.resource, spot.path
    if path in OF_OBJECT:
        yield resource.place
        for pod in resource.pods if isinstance(resource, Workload) else ():
            yield pod.at("metadata", "labels")
    elif len(path) > 2 and path[-3] in _LISTS and path[-1] in _CALLED and not isinstance(resource, NetworkPolicy):
        yield from (Place(spot.place.document, spot.place.path[:-1]).below(field) for field in _CALLED)
    else:
        targets = {_key(target): target for item in references_at(spot) for target in item.targets}
        yield from targets.values() or (spot.place,)


def _owners(meant: Iterable[Place], graphs: Iterable[Graph]) -> Iterator[tuple[Resource, Graph]]:
    """The objects that places are in, each with its graph."""
    paths: dict[int, list[DataPath]] = {}
    files: dict[str, None] = {}
    for place in meant:
        paths.setdefault(id(place.document), []).append(place.path)
        files[place.document.file.path] = None
    for graph in graphs:
        for resource in (item for file in files for item in graph.resources_in(file)):
            if any(path[: len(resource.path)] == resource.path for path in paths.get(id(resource.document), ())):
                yield resource, graph


def _sources(meant: Iterable[Place], graphs: Sequence[Graph]) -> Iterator[tuple[Resource, Graph]]:
    """What may refer to objects: by a selector, or by a name, which is then in the text."""
    owners = list(_owners(meant, graphs))
    for owner, graph in owners:
        for pod in owner.pods if isinstance(owner, Workload) else ():
            policies = graph.policies(pod)
            for source in (*graph.services_selecting(pod), *policies.certain, *policies.possible, *policies.void):
                yield source, graph
    names = {(owner.name, owner.namespace) for owner, _ in owners if owner.name}
    named: dict[int, bool] = {}
    for graph in graphs if names else ():
        for resource in graph.resources:
            document = resource.document
            file = document.source
            if id(file) not in named:
                named[id(file)] = any(name in file.text for name, _ in names)
            if named[id(file)] and any(_may_name(resource, *name) for name in names):
                yield resource, graph


def _may_name(resource: Resource, name: str, namespace: str) -> bool:
    text = resource.document.text
    return name in text and (may_be_one_namespace(resource.namespace, namespace) or namespace in text)
