"""What is open, and to whom: of an object, and of a whole bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.audience import Audience, Who
from klint.exposure.entries import Entry
from klint.hops import Way
from klint.kube.classes import Gateway
from klint.kube.resource import Resource
from klint.kube.routes.shape import Match, Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope


@dataclass(frozen=True, slots=True)
class Inlet:
    """What lets requests in from outside: `resource`, by the field `at`; and who can send them.

    `entry` is None where a cloud makes a load balancer for a route, or where the controller of a route has an entry
    that is in no manifest.
    """

    resource: Resource
    at: Place
    audience: Audience
    entry: Entry | None = None

    def __str__(self) -> str:
        return str(self.entry or self.resource)


def inlets_from_world(graph: Graph) -> Iterator[Inlet]:
    """What a bundle opens to the world: the first inlet of each object that does."""
    seen: set[int] = set()
    for entry in graph.entries:
        if id(entry.resource) not in seen:
            found = _of_entry(entry, graph)
            if found.audience.who is Who.WORLD:
                seen.add(id(entry.resource))
                yield found
    for route in graph.routes:
        for found in _of_route(route, graph):
            if found.entry is None and found.audience.who is Who.WORLD:
                yield found
                break


def inlets_of(resource: Resource, graph: Graph) -> Iterator[Inlet]:
    """What lets requests in to an object: what it opens itself, and the routes and entries that lead to it.

    Of a Service the entries of its own and the routes to it count, of a workload all ways to its pods.
    """
    if isinstance(resource, Workload):
        for pod in resource.pods:
            for way in graph.ways_to(pod):
                yield _of_way(way, graph)
    elif isinstance(resource, Service | Gateway):
        for entry in graph.entries_of(resource):
            yield _of_entry(entry, graph)
        for match, _ in graph.links_to(resource) if isinstance(resource, Service) else ():
            yield from _of_match(match, graph)
    elif isinstance(resource, Route):
        yield from _of_route(resource, graph)


def _of_route(route: Route, graph: Graph) -> Iterator[Inlet]:
    for match in route.matches[:1]:  # they share what comes before them
        yield from _of_match(match, graph)


def _of_match(match: Match, graph: Graph) -> Iterator[Inlet]:
    for arrival in graph.arrivals(match.route):
        if not arrival.is_broken:
            yield _of_way(Way(arrival.hops, arrival.entry, match), graph)


def _of_way(way: Way, graph: Graph) -> Inlet:
    if way.entry is not None:
        return _of_entry(way.entry, graph)
    resource = way.route or way.hops[0].source
    return Inlet(resource, resource.place, graph.audience_of(way))


def _of_entry(entry: Entry, graph: Graph) -> Inlet:
    return Inlet(entry.resource, entry.at, graph.audience(entry), entry)


def may_be_opened(resource: Resource, graph: Graph, scope: Scope) -> bool:
    """Whether something may open a Service or a workload that klint does not follow to it."""
    if isinstance(resource, Workload):
        services = [service for pod in resource.pods for service in graph.services_selecting(pod)]
        return any(may_be_opened(service, graph, scope) for service in services)
    name = resource.name
    return (
        not isinstance(resource, Service)
        or resource.type == "ExternalName"
        or name in scope.bindings
        or bool(scope.index.routes_to.get(name))
        or bool(scope.may_hide([name]))
        or any(_is_foreign(item) and name in item.document.text for item in graph.resources)
    )


def _is_foreign(resource: Resource) -> bool:
    """Whether it is a custom resource of a kind that klint does not follow."""
    return type(resource) is Resource and "." in resource.group and not resource.group.endswith(".k8s.io")
