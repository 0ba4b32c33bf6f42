"""Where ways end: each root cause once, with the ways that wait behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.hops import Break, Hop, HopKind, Way
from klint.kube.index import grouped
from klint.kube.routes.shape import Route
from klint.kube.service import Service

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def breaks(graph: Graph, kind: HopKind) -> tuple[Break, ...]:
    """The breaks at hops of a kind, in the order of what they stand in."""
    return tuple(_FINDERS[kind](graph)) if kind in _FINDERS else ()


def _break(first: Hop, also: Iterable[Hop], routes: Iterable[Route], graph: Graph) -> Break:
    """A break of routes: behind it wait the ways through these that come to the hop, or to one that is like it."""
    ends = (first, *also)
    through = tuple(routes)

    def ways() -> tuple[Way, ...]:
        return tuple(
            way for route in through for way in graph.ways_of(route) if any(hop in ends for hop in way.hops[-2:])
        )

    return Break(first, ends[1:], ways)


def _at_entries(graph: Graph) -> Iterator[Break]:
    """A controller without an entry, or a port of it without one, is one break, however many routes wait behind it."""
    shut = grouped(
        ((id(serving.entry_hop.source), serving.entry_hop.wants.name), serving)
        for route in graph.routes
        for serving in graph.servings(route)
        if serving.entry_hop is not None and serving.entry_hop.is_broken and route.matches
    )
    for servings in shut.values():
        hop = servings[0].entry_hop
        if hop is not None:
            yield _break(hop, (), (serving.route for serving in servings), graph)


def _at_classes(graph: Graph) -> Iterator[Break]:
    for route in graph.routes:
        for serving in graph.servings(route):
            if serving.class_hop.is_broken and route.matches:
                yield _break(serving.class_hop, (), (route,), graph)
    yield from _at_gateway_classes(graph)


def _at_gateway_classes(graph: Graph) -> Iterator[Break]:
    """A Gateway that nothing serves is one break, however many routes it has."""
    waiting = grouped(
        (id(attached.class_hop), route)
        for route in graph.routes
        for attached in graph.attachments(route)
        if attached.class_hop is not None
    )
    for hop in graph.gateway_class_hops:
        if hop.is_broken:
            yield _break(hop, (), dict.fromkeys(waiting.get(id(hop), ())), graph)


def _at_controllers(graph: Graph) -> Iterator[Break]:
    for hop in graph.controller_hops:
        if hop.is_broken:
            yield Break(hop, (), lambda: ())


def _at_listeners(graph: Graph) -> Iterator[Break]:
    for route in graph.routes:
        for attached in graph.attachments(route):
            if attached.listener_hop is not None and attached.listener_hop.is_broken:
                yield _break(attached.listener_hop, (), (route,), graph)


def _at_links(graph: Graph, find: Callable[[BackendLink], Hop | None]) -> Iterator[Break]:
    """What a route asks for in vain is one break, wherever in the route it asks."""
    for route in graph.routes:
        found = [hop for link in graph.links(route) if (hop := find(link)) is not None and hop.is_broken]
        for first, *again in grouped((hop.wants, hop) for hop in found).values():
            yield _break(first, again, (route,), graph)


def _at_delegates(graph: Graph) -> Iterator[Break]:
    for route in graph.routes:
        found = [item.hop for item in graph.delegations(route) if item.hop.is_broken]
        for first, *again in grouped((hop.wants, hop) for hop in found).values():
            yield _break(first, again, (route,), graph)


def _at_selections(graph: Graph) -> Iterator[Break]:
    for selection in graph.selections:
        if selection.hop.is_broken:
            yield _in_service(selection.hop, selection.service, graph)


def _at_target_ports(graph: Graph) -> Iterator[Break]:
    for target in graph.target_ports:
        if target.hop.is_broken:
            yield _in_service(target.hop, target.service, graph)


def _at_grants(graph: Graph) -> Iterator[Break]:
    yield from _at_links(graph, lambda link: link.grant_hop)
    for first, *again in grouped(
        ((id(hop.source), hop.wants), hop) for hop in graph.certificate_hops if hop.is_broken
    ).values():
        yield Break(first, tuple(again), lambda: ())


def _in_service(hop: Hop, service: Service, graph: Graph) -> Break:
    """A break behind a Service: before it wait its own entries, and the routes that send to it."""

    def ways() -> tuple[Way, ...]:
        routes = {id(match.route): match.route for match, _ in graph.links_to(service)}
        entries = (way for entry in graph.entries_of(service) for way in graph.ways_from(entry))
        routed = (way for route in routes.values() for way in graph.ways_of(route))
        return tuple(way for way in chain(entries, routed) if hop in way.hops)

    return Break(hop, (), ways)


_FINDERS: dict[HopKind, Callable[[Graph], Iterator[Break]]] = {
    HopKind.ENTRY: _at_entries,
    HopKind.CLASS: _at_classes,
    HopKind.CONTROLLER: _at_controllers,
    HopKind.LISTENER: _at_listeners,
    HopKind.DELEGATE: _at_delegates,
    HopKind.BACKEND: lambda graph: _at_links(graph, lambda link: link.hop),
    HopKind.GRANT: _at_grants,
    HopKind.PORT: lambda graph: _at_links(graph, lambda link: link.port_hop),
    HopKind.SELECTION: _at_selections,
    HopKind.TARGET_PORT: _at_target_ports,
}
