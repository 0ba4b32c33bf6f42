"""Graphs → what is exposed and how, keyed by what it is: neither by file, line or order, nor by the name of a route.

A request comes in through a door and goes to an end, a port of a workload's pods: straight, or through a Service's
port, or before that by its host and path, which routes have. Each of these is found once, as ways are made of them
(`klint.exposure.ways`); ways themselves, which multiply, are not walked.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from klint.exposure.audience import Audience
from klint.exposure.entries import Mechanism
from klint.exposure.guards import guards_of_arrival
from klint.exposure.policies import Sender
from klint.exposure.ways import ports_of, taken_through, unguarded_descents
from klint.hops import UPSTREAM, Guard, GuardKind, Hop, State, Way
from klint.kube.service import Service
from klint.records import cached_property, dataclass, field

if TYPE_CHECKING:
    from klint.exposure.backends import BackendLink
    from klint.exposure.entries import Entry
    from klint.exposure.graph import Graph
    from klint.exposure.ways import Arrival
    from klint.kube.resource import Resource
    from klint.kube.routes.shape import Match, Route
    from klint.kube.service import ServicePort
    from klint.kube.workload import PodTemplate
    from klint.text.document import Path, Place


class Name(NamedTuple):
    """What an object is known by."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        name = self.name or "(unnamed)"
        return f"{self.kind} {self.namespace}/{name}" if self.namespace else f"{self.kind} {name}"


class DoorKey(NamedTuple):
    """What is open to the outside, by what opens it.

    `port` is the Service's or the container's, so that what opens it may change. It is None where a whole workload is
    on the network of its node, and where the entry of a route is in no manifest: `owner` is the route there.
    """

    owner: Name
    by: str
    port: int | str | None = None
    protocol: str = ""


class RequestKey(NamedTuple):
    """Requests by their host, their path and what else they must have; an empty host is any."""

    host: str
    path: tuple[str, str] | None
    conditions: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        path = self.path[1] if self.path else ""
        return f"{self.host or '*'}{path}" + "".join(f" with {kind} {text}" for kind, text in self.conditions)


class PortKey(NamedTuple):
    """A port of a Service: its number, or what is asked for where there is none."""

    owner: Name
    port: int | str | None

    def __str__(self) -> str:
        return f"{self.owner}:{self.port}" if self.port is not None else str(self.owner)


class EndKey(NamedTuple):
    """A port of a workload's pods; None where its number is not known."""

    owner: Name
    port: int | None

    def __str__(self) -> str:
        return f"{self.owner}:{self.port}" if self.port is not None else str(self.owner)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step on: the place that says so, and the hops that decide what becomes of it."""

    at: Place
    hops: tuple[Hop, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether no request takes it."""
        return any(hop.is_broken for hop in self.hops)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows where it leads."""
        return not self.is_broken and any(hop.state is State.UNKNOWN for hop in self.hops)

    @property
    def break_(self) -> Hop | None:
        """The hop at which requests end."""
        return next((hop for hop in self.hops if hop.is_broken), None)


Guards = Mapping[GuardKind, "Place"]


@dataclass(frozen=True, slots=True)
class Door:
    """Something that is open to the outside; `how` says by what, as `LoadBalancer 443`, or who serves it."""

    how: str
    resource: Resource
    at: Place
    audience: Audience
    is_seen: bool
    """Whether it is in a manifest."""
    guards: Guards = field(default_factory=dict)
    into: PortKey | EndKey | None = None


@dataclass(frozen=True, slots=True)
class Strand:
    """What one match of one route makes of requests: through which doors they come, with what guards, and where to."""

    route: Route
    at: Place
    arrivals: Mapping[DoorKey, Guards]
    shut: tuple[Hop, ...]
    """Where requests end before they come to it."""
    into: Mapping[PortKey, Leg]
    may_be_guarded: bool = False

    @property
    def is_live(self) -> bool:
        """Whether requests come through, as far as is known."""
        return bool(self.arrivals) and any(not leg.is_broken for leg in self.into.values())


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a Service, and the ends that it leads to. `service` is None where it is in no manifest."""

    service: Service | None
    into: Mapping[EndKey, Leg]
    broken: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """A port of pods.

    `policies` are the NetworkPolicies that certainly select them. `lets_in` is whether these let in requests that come
    from outside straight to the pods.
    """

    pod: PodTemplate
    policies: Mapping[Name, Place]
    lets_in: State


@dataclass(frozen=True)
class Facts:
    """What is exposed of some bundles, and how."""

    doors: dict[DoorKey, Door] = field(default_factory=dict)
    requests: dict[RequestKey, list[Strand]] = field(default_factory=dict)
    ports: dict[PortKey, Port] = field(default_factory=dict)
    ends: dict[EndKey, End] = field(default_factory=dict)

    @cached_property
    def places(self) -> Mapping[Name, Place]:
        """Where Services, workloads and hosts are written, by their names."""
        services = {key.owner: port.service.place for key, port in self.ports.items() if port.service is not None}
        workloads = {key.owner: end.pod.workload.place for key, end in self.ends.items()}
        hosts = {name_of_host(key.host): strands[0].at for key, strands in self.requests.items()}
        return {**hosts, **workloads, **services}


def name_of_host(host: str) -> Name:
    """What a host is known by."""
    return Name("", "Host", "", host)


def name_of(resource: Resource) -> Name:
    """What an object is known by."""
    return Name(*resource.identity)


def facts_of(graphs: Iterable[Graph]) -> Facts:
    """What is exposed of the bundles of some graphs."""
    facts = Facts()
    for graph in graphs:
        _Reader(graph, facts).read()
    return facts


class _Reader:
    """Adds what is exposed of one bundle to facts."""

    def __init__(self, graph: Graph, facts: Facts) -> None:
        self._graph = graph
        self._facts = facts
        self._followed: set[tuple[int, Path]] = set()
        """The ports of Services that were followed in this bundle."""

    def read(self) -> None:
        for entry in self._graph.entries:
            self._door(entry)
        for route in self._graph.routes:
            for found in _by_match(route, self._graph):
                self._add_strand(*found)

    # Doors

    def _door(self, entry: Entry) -> DoorKey:
        key = _door_key(entry)
        audience = self._graph.audience(entry)
        known = self._facts.doors.get(key)
        if known is None or audience.who.narrowness < known.audience.who.narrowness:
            into: PortKey | EndKey | None = None
            if entry.pod is not None:
                into = self._end(
                    entry.pod, entry.container_port.number if entry.container_port else None, entry.protocol
                )
            elif isinstance(entry.resource, Service) and entry.service_port is not None:
                into = self._port(entry.resource, entry.service_port)
            guards = _by_kind(self._graph.guards_of_entry(entry))
            self._facts.doors[key] = Door(
                _how(entry), entry.resource, entry.number_at, audience, is_seen=True, guards=guards, into=into
            )
        return key

    def _unseen_door(self, arrival: Arrival, match: Match) -> DoorKey:
        """The door of a route whose entry is in no manifest: what its class or its Gateway stands for."""
        route = match.route
        key = DoorKey(name_of(route), "outside")
        if key not in self._facts.doors:
            audience = self._graph.audience_of(Way(arrival.hops, None, match))
            hop = next((hop for hop in arrival.hops if hop.kind in UPSTREAM), arrival.hops[0])
            self._facts.doors[key] = Door(str(hop.wants), route, hop.at, audience, is_seen=False)
        return key

    # Requests

    def _add_strand(self, match: Match, arrivals: Iterable[Arrival], own: Match) -> None:
        doors: dict[DoorKey, Guards] = {}
        shut: list[Hop] = []
        for arrival in arrivals:
            if arrival.is_broken:
                shut.extend(hop for hop in arrival.hops if hop.is_broken)
                continue
            key = self._door(arrival.entry) if arrival.entry is not None else self._unseen_door(arrival, match)
            guards = _by_kind(guards_of_arrival(arrival, match, self._graph))
            doors[key] = {kind: at for kind, at in guards.items() if kind in doors[key]} if key in doors else guards
        into = dict(leg for backend in own.backends for leg in self._legs(self._graph.link(backend)))
        strand = Strand(match.route, match.at, doors, tuple(shut), into, self._graph.may_be_guarded(match))
        path = (match.path.kind.value, match.path.text) if match.path is not None else None
        for host in match.hosts or ("",):
            self._facts.requests.setdefault(RequestKey(host, path, match.conditions), []).append(strand)

    def _legs(self, link: BackendLink) -> Iterator[tuple[PortKey, Leg]]:
        backend = link.backend
        at = backend.name_at if backend.port is None else backend.port_at
        ends = link.service is None or any(hop.is_broken for hop in link.hops)
        found = () if ends else tuple(ports_of(link))
        for service, port in found:
            yield self._port(service, port), Leg(at, link.hops)
        if not found:
            wants = link.hop.wants
            known = link.service
            owner = name_of(known) if known is not None else Name(wants.group, wants.kind, wants.namespace, wants.name)
            key = PortKey(owner, backend.port)
            self._facts.ports.setdefault(key, Port(known, {}))
            yield key, Leg(at, link.hops)

    # Services and pods

    def _port(self, service: Service, port: ServicePort) -> PortKey:
        key = PortKey(name_of(service), port.number if port.number is not None else port.name)
        if (id(service), port.path) not in self._followed:
            self._followed.add((id(service), port.path))
            known = self._facts.ports.get(key)
            into = dict(known.into) if known else {}
            broken = []
            at = service.at("spec", "selector")
            for descent in unguarded_descents(port, service, self._graph):
                leg = Leg(descent.hops[0].at if descent.hops else at, descent.hops)
                if descent.pod is not None:
                    number = Way(
                        descent.hops, None, None, None, service, port, descent.pod, descent.pod_port
                    ).port_number
                    into[self._end(descent.pod, number, port.protocol)] = leg
                elif leg.break_ is not None:
                    broken.append(Leg(leg.break_.at, leg.hops))
            self._facts.ports[key] = Port(service, into, tuple(broken))
        return key

    def _end(self, pod: PodTemplate, number: int | None, protocol: str) -> EndKey:
        key = EndKey(name_of(pod.workload), number)
        if key not in self._facts.ends:
            policies = self._graph.policies(pod)
            certain = {name_of(policy): policy.at("spec", "podSelector") for policy in policies.certain}
            lets_in = policies.verdict(Sender.OUTSIDE, number, protocol).state if certain else State.RESOLVED
            self._facts.ends[key] = End(pod, certain, lets_in)
        return key


def _by_match(route: Route, graph: Graph) -> Iterator[tuple[Match, list[Arrival], Match]]:
    """The matches of a route as requests come to them, each with how they come, and as the route itself has it."""
    chains: dict[Hashable, list[Arrival]] = {}
    for arrival in graph.arrivals(route):
        chains.setdefault(tuple(id(item) for item in arrival.delegations), []).append(arrival)
    for arrivals in chains.values():
        for match in route.matches:
            if match.backends:
                yield taken_through(match, arrivals[0]), arrivals, match


def _door_key(entry: Entry) -> DoorKey:
    if entry.mechanism is Mechanism.GATEWAY:
        return DoorKey(name_of(entry.resource), "Gateway", entry.port, entry.protocol)
    port = entry.service_port or entry.container_port
    number = (port.number or port.name) if port is not None else None
    by = "addresses" if entry.mechanism is Mechanism.EXTERNAL_IPS else "pods" if entry.pod is not None else "Service"
    return DoorKey(name_of(entry.resource), by, number, entry.protocol)


def _how(entry: Entry) -> str:
    return f"{entry.mechanism} {entry.port}" if entry.port else entry.mechanism.value


def _by_kind(guards: Iterable[Guard]) -> Guards:
    found: dict[GuardKind, Place] = {}
    for guard in guards:
        found.setdefault(guard.kind, guard.at)
    return found
