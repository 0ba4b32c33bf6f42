"""Hops → ways: how requests come in, what they pass, and where they end. Lazy: nothing is walked that nobody asks for.

A way is put together from three parts, each found once and shared: an arrival (from outside to a route), a link (from a
route to a Service), and a descent (from a Service's port into pods).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.entries import Entry, Mechanism
from klint.hops import Guard, Hop, HopKind, State, Way
from klint.kube.ref import Ref
from klint.kube.routes.shape import Match, PortMeaning, Route
from klint.kube.service import Service, ServicePort
from klint.reasons import Reason, why
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.exposure.attachment import Attached
    from klint.exposure.backends import BackendLink
    from klint.exposure.delegation import Delegation
    from klint.exposure.graph import Graph
    from klint.exposure.selection import Selection, TargetPort
    from klint.exposure.serving import Serving
    from klint.kube.istio import Server
    from klint.kube.workload import ContainerPort, PodTemplate


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way from outside to a route: the entry where it is known, and the hops. Broken ones end there.

    `delegations` are those by which other routes hand the requests on to it, from the first of these.
    """

    hops: tuple[Hop, ...]
    entry: Entry | None = None
    serving: Serving | None = None
    attached: Attached | None = None
    delegations: tuple[Delegation, ...] = ()
    servers: tuple[Server, ...] = ()
    """Of a Gateway of Istio, those that requests come to."""

    @property
    def is_broken(self) -> bool:
        """Whether no request comes this way."""
        return any(hop.is_broken for hop in self.hops)


def arrivals(route: Route, graph: Graph) -> Iterator[Arrival]:
    """How requests come to a route: for each of its attachments, through each entry of what it is attached to, and so
    to each route that hands them on to it."""
    yield from own_arrivals(route, graph)
    if not graph.delegations_to(route):
        return
    from klint.exposure.delegation import chains_to

    for chain in chains_to(route, graph):
        hops = tuple(item.hop for item in chain)
        for arrival in own_arrivals(chain[0].route, graph):
            yield arrival if arrival.is_broken else replace(arrival, hops=(*arrival.hops, *hops), delegations=chain)


def own_arrivals(route: Route, graph: Graph) -> Iterator[Arrival]:
    """How requests come to a route, but for those that other routes hand on to it."""
    for serving in graph.servings(route):
        if serving.entry_hop is None or serving.entry_hop.is_broken or not serving.pods:
            yield Arrival(serving.hops, None, serving)
            continue
        known = graph.entries_of_pods(serving.pods)
        entries = [(entry, hop) for entry, pod, hop in known if serving.is_entered_by(entry, pod)]
        for entry, hop in entries:
            yield Arrival((hop, serving.class_hop), entry, serving)
        if not entries:
            yield Arrival(serving.hops, None, serving)
    for attached in graph.attachments(route):
        if attached.class_hop is not None:
            yield Arrival((attached.class_hop,), None, None, attached)
            continue
        opened = graph.entries_by_place(attached.gateway) if attached.gateway is not None else {}
        taking = dict.fromkeys(listener.at("port") for listener in attached.listeners)
        taken = [opened[place] for place in taking if place in opened]
        for entry in taken:
            yield Arrival(attached.hops, entry, None, attached)
        if not taken:
            yield Arrival(attached.hops, None, None, attached)
    yield from _through_gateways_of_istio(route, graph)
    if route.comes_through:
        wants, reason = Ref("", route.comes_through), why(Reason.NOT_IN_WORKSPACE)
        yield Arrival((Hop(HopKind.ENTRY, route, route.place, wants, State.UNKNOWN, (), reason),))


def _through_gateways_of_istio(route: Route, graph: Graph) -> Iterator[Arrival]:
    """What comes to a VirtualService from outside: the mesh's own requests do not, nor do those that leave it."""
    bound = graph.bindings(route)
    if not bound:
        return
    from klint.exposure.mesh import is_egress

    for binding in bound:
        gateway, hops = binding.gateway, binding.hops
        if is_egress(binding.attachment.ref, gateway.selector if gateway is not None else {}):
            continue
        entries = graph.gateway_entries(gateway) if gateway is not None and not binding.is_broken else ()
        taking = [(entry, hop, server) for entry, hop, server in entries if server in binding.servers]
        for entry, hop, server in taking:
            yield Arrival((hop, *hops), entry, servers=(server,))
        if not taking:
            yield Arrival(hops, servers=binding.servers)


@dataclass(frozen=True, slots=True)
class Descent:
    """From a Service's port into a pod, or to where that ends."""

    hops: tuple[Hop, ...] = ()
    pod: PodTemplate | None = None
    pod_port: ContainerPort | None = None
    guards: frozenset[Guard] = frozenset()


def descents(port: ServicePort, service: Service, graph: Graph, only: PodTemplate | None = None) -> Iterator[Descent]:
    """Where a Service's port leads: one descent for each pod, or for `only` one of them."""
    for descent in unguarded_descents(port, service, graph, only):
        yield descent if descent.pod is None else replace(descent, guards=graph.guards_of(descent.pod))


def unguarded_descents(
    port: ServicePort, service: Service, graph: Graph, only: PodTemplate | None = None
) -> Iterator[Descent]:
    """As `descents`, without looking for what guards the pods."""
    selection = graph.selection(service)
    if selection is None:
        yield Descent()  # somebody else makes its endpoints
        return
    if selection.hop.state is not State.RESOLVED or not selection.pods:
        if only is None:
            yield Descent((selection.hop,))
        return
    target = graph.target_port(service, port)
    if only is None:
        pods: Sequence[PodTemplate] = selection.pods
    else:
        pods = (only,) if only in selection.selected else ()
    for pod in pods:
        yield _into(pod, port, selection, target)


def _into(pod: PodTemplate, port: ServicePort, selection: Selection, target: TargetPort | None) -> Descent:
    if target is None:
        number = port.target
        declared = (item for item in pod.ports if item.number == number and item.protocol == port.protocol)
        return Descent((selection.hop,), pod, next(declared, None) if isinstance(number, int) else None)
    found = pod.named_port(str(port.target), port.protocol)
    if found is not None:
        return Descent((selection.hop, target.reached_by(pod)), pod, found)
    if any(item is pod for item in target.lacking):
        return Descent((selection.hop, target.hop), None if target.hop.is_broken else pod)
    return Descent((selection.hop,), pod)


# Whole ways


def ways_from(entry: Entry, graph: Graph) -> Iterator[Way]:
    """The ways that lead from an entry straight into pods. What a controller behind it routes on is a route's."""
    guards = frozenset(graph.guards_of_entry(entry))
    if entry.pod is not None:
        guards |= graph.guards_of(entry.pod)
        yield Way((entry.hop,), entry, pod=entry.pod, pod_port=entry.container_port, guards=guards)
    elif isinstance(entry.resource, Service) and entry.service_port is not None:
        yield from _of_entry(entry, entry.resource, descents(entry.service_port, entry.resource, graph), guards)


def _of_entry(entry: Entry, service: Service, found: Iterable[Descent], guards: frozenset[Guard]) -> Iterator[Way]:
    for descent in found:
        yield Way(
            (entry.hop, *descent.hops),
            entry,
            None,
            None,
            service,
            entry.service_port,
            descent.pod,
            descent.pod_port,
            guards | descent.guards,
        )


def ways_of(route: Route, graph: Graph) -> Iterator[Way]:
    """The ways through a route: for each arrival and each match, to each of its backends."""
    for arrival in graph.arrivals(route):
        for match in route.matches:
            yield from _through(arrival, match, graph)


def _through(arrival: Arrival, own: Match, graph: Graph) -> Iterator[Way]:
    from klint.exposure.guards import guards_of_arrival

    match = taken_through(own, arrival)
    guards = frozenset(guards_of_arrival(arrival, match, graph))
    if arrival.is_broken or not match.backends:
        if arrival.is_broken or match.ends_in is None:
            yield Way(arrival.hops, arrival.entry, match, guards=guards)
        return
    for backend in match.backends:
        yield from _into_link(arrival, match, graph.link(backend), guards, graph)


def taken_through(match: Match, arrival: Arrival) -> Match:
    """A match of a route with what the routes before it ask of its requests."""
    if not arrival.delegations:
        return match
    from klint.exposure.delegation import composed

    return composed(match, [item.delegate for item in arrival.delegations])


def _into_link(
    arrival: Arrival,
    match: Match,
    link: BackendLink,
    guards: frozenset[Guard],
    graph: Graph,
    only: PodTemplate | None = None,
) -> Iterator[Way]:
    hops = (*arrival.hops, *link.hops)
    ends = link.service is None or any(hop.is_broken for hop in link.hops)
    for service, port in () if ends else ports_of(link):
        for descent in descents(port, service, graph, only):
            yield Way(
                (*hops, *descent.hops),
                arrival.entry,
                match,
                link.backend,
                service,
                port,
                descent.pod,
                descent.pod_port,
                guards | descent.guards,
            )
    if only is None and (ends or not any(True for _ in ports_of(link))):
        yield Way(hops, arrival.entry, match, link.backend, link.service, link.port, guards=guards)


def ports_of(link: BackendLink) -> Iterator[tuple[Service, ServicePort]]:
    """The Service ports that a backend leads to: the one it names, or of a backend without a port every one."""
    if link.service is None:
        return
    if link.port is not None:
        yield link.service, link.port
    elif link.backend.port is None and link.backend.port_meaning is PortMeaning.ENDPOINT:
        yield from ((link.service, port) for port in link.service.ports)


def ways_to(pod: PodTemplate, graph: Graph) -> Iterator[Way]:
    """The ways that reach a pod: its own node ports, the entries of its Services, and the routes to these."""
    from klint.exposure.guards import guards_of_arrival

    for entry in graph.entries_of(pod):
        yield from ways_from(entry, graph)
    for service in graph.services_selecting(pod):
        for entry in graph.entries_of(service):
            if entry.service_port is not None:
                found = descents(entry.service_port, service, graph, pod)
                guards = frozenset(graph.guards_of_entry(entry))
                yield from (way for way in _of_entry(entry, service, found, guards) if way.pod is pod)
        for match, link in graph.links_to(service):
            for arrival in graph.arrivals(match.route):
                if not arrival.is_broken:
                    taken = taken_through(match, arrival)
                    guards = frozenset(guards_of_arrival(arrival, taken, graph))
                    ways = _into_link(arrival, taken, link, guards, graph, pod)
                    yield from (way for way in ways if way.pod is pod)


def ways_through(service: Service, graph: Graph) -> Iterator[Way]:
    """The ways that pass a Service: through what it opens itself, and through routes, broken ones included."""
    from klint.exposure.guards import guards_of_arrival

    for entry in graph.entries_of(service):
        yield from ways_from(entry, graph)
    for match, link in graph.links_to(service):
        for arrival in graph.arrivals(match.route):
            taken = taken_through(match, arrival)
            guards = frozenset(guards_of_arrival(arrival, taken, graph))
            if arrival.is_broken:
                yield Way(arrival.hops, arrival.entry, taken, link.backend, service, guards=guards)
            else:
                yield from _into_link(arrival, taken, link, guards, graph)


def all_ways(graph: Graph) -> Iterator[Way]:
    """Every way that starts in the bundle, broken and unknown ones included."""
    for entry in graph.entries:
        if entry.mechanism is not Mechanism.GATEWAY:
            yield from ways_from(entry, graph)
    for route in graph.routes:
        yield from ways_of(route, graph)
