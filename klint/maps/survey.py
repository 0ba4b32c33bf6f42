"""Graph → stops and lines, out of the parts that ways are made of: each entry, arrival, link and descent once.

Ways multiply, as a hundred paths behind ten entries are a thousand; their parts do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from klint.exposure.guards import guards_of_arrival
from klint.exposure.precedence import requests_of
from klint.exposure.ways import own_arrivals, ports_of, unguarded_descents
from klint.hops import Guard, GuardKind, Hop, HopKind, State, Way
from klint.kube.routes.shape import Match, Route
from klint.kube.service import Service, ServicePort
from klint.maps.model import LAYERS, Line, Stop
from klint.records import dataclass, field
from klint.text.document import Path

if TYPE_CHECKING:
    from klint.exposure.entries import Entry
    from klint.exposure.graph import Graph
    from klint.exposure.ways import Arrival
    from klint.kube.resource import Resource
    from klint.kube.workload import PodTemplate

_FEW_HOSTS = 3
"""Hosts of a match that are named; the others are counted."""

_MANY = 100
"""More workloads that one Service selects are one stop: thousands of Services may select the same thousands."""

_LAYERS = {
    HopKind.DELEGATE: "routing",
    HopKind.BACKEND: "distribution",
    HopKind.GRANT: "distribution",
    HopKind.PORT: "distribution",
    HopKind.SELECTION: "workload",
    HopKind.TARGET_PORT: "workload",
}
"""Where what a hop wants stands: what other hops want would let requests in."""


def digest(*parts: object) -> str:
    """What tells things apart by names and numbers: 12 hexadecimal digits."""
    return sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass
class _Strand:
    """A line in the making. What is passed by all that is added is passed by the line."""

    hop: Hop | None
    requests: dict[str, None] = field(default_factory=dict)
    ports: dict[str, None] = field(default_factory=dict)
    through: dict[int, Resource] = field(default_factory=dict)
    guards: frozenset[GuardKind] | None = None

    def pass_guards(self, kinds: frozenset[GuardKind]) -> None:
        self.guards = kinds if self.guards is None else self.guards & kinds


class Survey:
    """The stops and lines of a bundle's graph, found from where requests come in; and from what is added to that."""

    def __init__(self, graph: Graph, key: str) -> None:
        """Survey a graph; `key` tells its area from others."""
        self._graph = graph
        self._key = key
        self._stops: dict[Hashable, Stop] = {}
        self._made: Counter[str] = Counter()
        self._strands: dict[tuple[str, str, State], _Strand] = {}
        self._led_through: set[tuple[int, Path]] = set()
        self._routes: set[int] = set()
        self._first: dict[int, Stop] = {}
        self._add_entries()
        self._add_routes()
        self._add_loose_ends()

    @property
    def stops(self) -> tuple[Stop, ...]:
        """What has been found, in the order of the layers."""
        return tuple(sorted(self._stops.values(), key=lambda stop: LAYERS.index(stop.layer)))

    @property
    def lines(self) -> Iterator[Line]:
        """What leads from stop to stop."""
        for (source, target, state), strand in self._strands.items():
            kinds = strand.guards or ()
            yield Line(
                source,
                target,
                state,
                tuple(strand.requests),
                tuple(strand.ports),
                tuple(kind for kind in GuardKind if kind in kinds),
                tuple(strand.through.values()),
                strand.hop,
            )

    def add(self, resource: Resource) -> Stop:
        """The stop where things are told of an object of a layer: it is added if need be, with what it leads to."""
        if id(resource) not in self._first:
            self._object(resource)
            if isinstance(resource, Route):
                self._add_route(resource)
            elif isinstance(resource, Service):
                for port in resource.ports:
                    self._descend(resource, port)
        return self._first[id(resource)]

    # Stops

    def _stop(self, key: Hashable, layer: str, *names: object, resource: Resource | None, **more: object) -> Stop:
        if key not in self._stops:
            made = digest(self._key, layer, *names)
            self._made[made] += 1
            if self._made[made] > 1:  # another object of that name, or without one
                made = digest(made, self._made[made])
            self._stops[key] = Stop(made, layer, resource, **more)  # type: ignore[arg-type]
            if resource is not None:
                self._first.setdefault(id(resource), self._stops[key])
        return self._stops[key]

    def _object(self, resource: Resource) -> Stop:
        stop = self._stop(id(resource), resource.layer, *resource.identity, resource=resource)
        self._first[id(resource)] = stop
        return stop

    def _entry(self, entry: Entry) -> Stop:
        """A port that is open: several listeners of a Gateway may have one."""
        own = entry.service_port.number if entry.service_port is not None else None
        facts = (entry.mechanism.value, entry.port, own, entry.protocol)
        key = (id(entry.resource), *facts)
        if key in self._stops:
            return self._stops[key]
        audience = self._graph.audience(entry)
        names = (*entry.resource.identity, *facts)
        return self._stop(key, "entry", *names, resource=entry.resource, entry=entry, audience=audience)

    def _stand_in(self, hop: Hop, way: Way | None = None) -> Stop:
        """What a hop wants and no object of the workspace is; of what lets requests in, with who can send them."""
        layer = _LAYERS.get(hop.kind, "entry")
        audience = self._graph.audience_of(way) if way is not None and not hop.is_broken else None
        found = hop.target if hop.state is State.RESOLVED and layer == "entry" else None
        # An entry or a port of pods is missing of something; and listeners refuse each for a reason of its own.
        source = hop.source.identity if hop.kind in (HopKind.ENTRY, HopKind.TARGET_PORT) else ()
        reason = hop.why if hop.kind is HopKind.LISTENER else ""
        who = (audience.who.value, audience.why) if audience is not None else ()
        wants = hop.wants
        facts = (wants.group, wants.kind, wants.namespace, wants.name, wants.port, wants.labels)
        names = (hop.kind.value, hop.state.value, *facts, source, reason, *who)
        return self._stop(tuple(map(str, names)), layer, *names, resource=found, hop=hop, audience=audience)

    # Lines

    def _line(self, source: Stop, target: Stop, state: State, hop: Hop | None) -> _Strand:
        key = (source.id, target.id, state)
        if key not in self._strands:
            self._strands[key] = _Strand(hop)
        return self._strands[key]

    # From outside

    def _add_entries(self) -> None:
        for entry in self._graph.entries:
            stop, resource = self._entry(entry), entry.resource
            guards = _kinds(self._graph.guards_of_entry(entry))
            if entry.pod is not None:
                guards |= _kinds(self._graph.guards_of(entry.pod))
                self._line(stop, self._object(resource), State.RESOLVED, None).pass_guards(guards)
            elif isinstance(resource, Service) and entry.service_port is not None:
                strand = self._line(stop, self._object(resource), State.RESOLVED, None)
                strand.pass_guards(guards)
                strand.ports[str(entry.service_port)] = None
                self._descend(resource, entry.service_port)

    def _add_routes(self) -> None:
        for route in self._graph.routes:
            if (route.matches or self._graph.delegations(route)) and self._arrivals(route):
                self._add_route(route)

    def _arrivals(self, route: Route) -> Sequence[Arrival]:
        """How requests come to a route, but for those that other routes hand on to it."""
        graph = self._graph
        return tuple(own_arrivals(route, graph)) if graph.delegations_to(route) else graph.arrivals(route)

    def _add_route(self, route: Route) -> None:
        """A route, whatever it hands requests on to, and where they go."""
        waiting = [route]
        while waiting:
            found = waiting.pop()
            if id(found) in self._routes:
                continue
            self._routes.add(id(found))
            self._add_sends(found, self._add_arrivals(found))
            waiting += reversed(list(self._add_delegations(found)))

    def _add_arrivals(self, route: Route) -> list[frozenset[GuardKind]]:
        """How requests come to a route: what those of each of its matches pass, whichever way they come."""
        graph, matches = self._graph, route.matches
        passed = [_kinds(graph.guards_of_filters(match)) for match in matches]
        on_all: list[frozenset[GuardKind]] | None = None
        for arrival in self._arrivals(route):
            strand = self._line(*self._from_outside(arrival, route))
            strand.through.update(_between(arrival, route))
            if arrival.is_broken:
                strand.pass_guards(frozenset())
                continue
            kinds = [_kinds(guards_of_arrival(arrival, match, graph)) for match in matches]
            strand.pass_guards(frozenset.intersection(*kinds) if kinds else frozenset())
            on_all = kinds if on_all is None else [one & other for one, other in zip(on_all, kinds, strict=True)]
        return passed if on_all is None else on_all

    def _from_outside(self, arrival: Arrival, route: Route) -> tuple[Stop, Stop, State, Hop]:
        hop = _deciding(arrival.hops)
        if arrival.entry is not None and not arrival.is_broken:
            start = self._entry(arrival.entry)
        else:
            start = self._stand_in(hop, Way(arrival.hops, arrival.entry, next(iter(route.matches), None)))
        return start, self._object(route), hop.state, hop

    def _add_delegations(self, route: Route) -> Iterator[Route]:
        for delegation in self._graph.delegations(route):
            hop = delegation.hop
            targets = [] if hop.is_broken else [item for item in hop.targets if isinstance(item, Route)]
            for target in targets:
                self._line(self._object(route), self._object(target), hop.state, hop)
            if not targets:
                self._line(self._object(route), self._stand_in(hop), hop.state, hop)
            yield from targets

    # From routes to Services

    def _add_sends(self, route: Route, guards: list[frozenset[GuardKind]]) -> None:
        source = self._object(route)
        links = {id(link.backend): link for link in self._graph.links(route)}
        for match, passed in zip(route.matches, guards, strict=True):
            requests = dict.fromkeys(_requests(match)) if match.backends else {}
            for backend in match.backends:
                link = links[id(backend)]
                hop = _deciding(link.hops)
                ends = link.service is None or hop.is_broken
                target = self._stand_in(hop) if link.service is None or ends else self._object(link.service)
                strand = self._line(source, target, hop.state, hop)
                strand.requests.update(requests)
                strand.pass_guards(passed)
                for service, port in () if ends else ports_of(link):
                    strand.ports[str(port)] = None
                    self._descend(service, port)

    # From Services to pods

    def _descend(self, service: Service, port: ServicePort) -> None:
        if (id(service), port.path) in self._led_through:
            return
        self._led_through.add((id(service), port.path))
        source = self._object(service)
        for hop, pod in self._ends(service, port):
            target = self._object(pod.workload) if pod is not None else self._stand_in(hop)
            strand = self._line(source, target, hop.state, hop)
            strand.ports[str(port)] = None
            strand.pass_guards(_kinds(self._graph.guards_of(pod)) if pod is not None else frozenset())

    def _ends(self, service: Service, port: ServicePort) -> Iterator[tuple[Hop, PodTemplate | None]]:
        """Where a Service's port leads: into pods, or to what a hop wants. Endpoints that others make are no end."""
        selection = self._graph.selection(service)
        if selection is not None and len(selection.selected.workloads) > _MANY:
            target = self._graph.target_port(service, port)
            yield selection.hop, None
            if target is not None and not target.offering:
                yield target.hop, None
            return
        for descent in unguarded_descents(port, service, self._graph):
            if descent.hops:
                yield _deciding(descent.hops), descent.pod

    def _add_loose_ends(self) -> None:
        """The Services that lead nowhere, whether or not something leads to them."""
        for selection in self._graph.selections:
            for port in selection.service.ports if selection.hop.is_broken else ():
                self._descend(selection.service, port)
        for target in self._graph.target_ports:
            if target.hop.is_broken:
                self._descend(target.service, target.port)


def _deciding(hops: Iterable[Hop]) -> Hop:
    """The hop that says how far a part of a way leads: the first broken one, else an unknown one, else the last."""
    found = list(hops)
    for state in (State.BROKEN, State.UNKNOWN):
        for hop in found:
            if hop.state is state:
                return hop
    return found[-1]


def _kinds(guards: Iterable[Guard]) -> frozenset[GuardKind]:
    return frozenset(guard.kind for guard in guards)


def _between(arrival: Arrival, route: Route) -> Iterator[tuple[int, Resource]]:
    """What requests pass before they come to a route, but for what opens their entry."""
    opens = arrival.entry.resource if arrival.entry is not None else None
    for hop in arrival.hops:
        for resource in (hop.source, *hop.targets):
            if resource is not route and resource is not opens:
                yield id(resource), resource


def _requests(match: Match) -> Iterator[str]:
    path = match.path.text if match.path is not None else ""
    for host in match.hosts[:_FEW_HOSTS] or ("",):
        yield requests_of(match, host, path).strip() if host or path else "everything"
    if len(match.hosts) > _FEW_HOSTS:
        yield f"{path} on {len(match.hosts) - _FEW_HOSTS} more hosts".strip()
