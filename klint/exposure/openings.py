"""Openings: ways in from outside that nothing keeps anybody from, and the servers behind them that should have none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.audience import Audience, Who
from klint.exposure.entries import Mechanism
from klint.exposure.guards import guards_of_entry
from klint.exposure.policies import Sender
from klint.exposure.ways import descents, ports_of
from klint.hops import GuardKind, State, Way
from klint.kube.protocols import speaks_plain_http, speaks_tls
from klint.kube.routes.shape import Route
from klint.kube.service import Service, ServicePort
from klint.kube.well_known import WellKnown, recognize
from klint.kube.workload import Container, ContainerPort, PodTemplate
from klint.reasons import Reason
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_LIMITED = frozenset(
    (
        Reason.ADDRESS_NOT_KNOWN,
        Reason.ANNOTATION_REFUSED,
        Reason.FILLED_IN_LATER,
        Reason.GROUP_DECIDES,
        Reason.LIMITED_BY,
        Reason.NO_STRING,
        Reason.RANGES_NOT_KNOWN,
    )
)
"""Why an audience is not known although something says, or is going to say, who comes in."""

_INTERNAL = ("internal", "private", "intranet")
"""Words in the names of classes and gateways that are not for the Internet."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A way in that no allow-list, authentication or NetworkPolicy guards, and who can use it.

    That is the world or nobody knows who; or those on a private network, where no more than the address of a load
    balancer says so.
    """

    way: Way
    audience: Audience

    @property
    def at(self) -> Place:
        """What opens it: the entry, or the backend of the route that leads on."""
        backend, entry = self.way.backend, self.way.entry
        if backend is not None:
            return backend.name_at if backend.port is None else backend.port_at
        return entry.number_at if entry is not None else self.way.hops[0].at

    @property
    def is_known(self) -> bool:
        """Whether the entry is: what serves a route may be in no manifest."""
        return self.way.entry is not None

    @property
    def whither(self) -> str:
        """Where it is open: to the world, a private network, the outside, or on the nodes."""
        mechanism = self.way.entry.mechanism if self.way.entry and self.way.route is None else None
        if self.audience.who in (Who.WORLD, Who.PRIVATE):
            return f"to {self.audience.who.value}"
        if mechanism is Mechanism.NODE_PORT:
            return "on every node"
        return "on its node" if mechanism in (Mechanism.HOST_PORT, Mechanism.HOST_NETWORK) else "to the outside"


def openings(graph: Graph) -> Iterator[Opening]:
    """The ways that lead straight from the bundle's entries into pods, as far as nothing guards them."""
    for entry in graph.entries:
        if entry.mechanism is not Mechanism.GATEWAY:
            yield from _open(graph.ways_from(entry), graph)


def openings_through(route: Route, graph: Graph) -> Iterator[Opening]:
    """Those through a route."""
    names = (item.ref.name for item in route.attachments)
    if not any(word in name.lower() for name in names for word in _INTERNAL):
        yield from _open(graph.ways_of(route), graph)


def _open(ways: Iterator[Way], graph: Graph) -> Iterator[Opening]:
    for way in ways:
        if way.is_guarded_by(GuardKind.ALLOW_LIST) or way.is_guarded_by(GuardKind.AUTHENTICATION):
            continue
        if not is_open(way, graph):
            continue
        audience = graph.audience_of(way)
        if _is_wide(way, audience):
            yield Opening(way, audience)


def _is_wide(way: Way, audience: Audience) -> bool:
    """Whether it is for more than those whom somebody chose."""
    if audience.who is Who.PRIVATE:
        by_address = audience.why.reason is Reason.PRIVATE_ADDRESS
        return by_address and way.entry is not None and way.entry.mechanism is Mechanism.LOAD_BALANCER
    return audience.who is Who.WORLD or (audience.who is Who.UNKNOWN and audience.why.reason not in _LIMITED)


def is_open(way: Way, graph: Graph) -> bool:
    """Whether a way is not broken, there is a pod to reach, and no policy keeps requests from outside away, or may."""
    pod = way.pod
    if pod is None or way.state is State.BROKEN:
        return way.state is not State.BROKEN
    if graph.replicas(pod.workload) == 0:
        return False
    protocol = way.service_port.protocol if way.service_port else way.entry.protocol if way.entry else "TCP"
    verdict = graph.policies(pod).verdict(Sender.OUTSIDE, way.port_number, protocol)
    return verdict.state is State.RESOLVED or verdict.why.reason is Reason.HIDDEN_POLICIES


# What comes in through them in the clear


def plaintext_openings(graph: Graph) -> Iterator[Opening]:
    """The openings of load balancers, and of what else is for the world, that take HTTP without TLS.

    One for each Service or workload; none where another port of it is for TLS, for then this one redirects to that.
    """
    seen: set[int] = set()
    for opening in openings(graph):
        way, entry = opening.way, opening.way.entry
        if entry is None or id(entry.resource) in seen or way.is_guarded_by(GuardKind.TLS):
            continue
        is_load_balancer = entry.mechanism is Mechanism.LOAD_BALANCER and opening.audience.who is Who.UNKNOWN
        if not (is_load_balancer or opening.audience.who is Who.WORLD) or _server_of(way) is not None:
            continue
        if speaks_plain_http(way.service_port, way.pod_port, way.pod) and not _has_tls_beside(way, graph):
            seen.add(id(entry.resource))
            yield opening


def _has_tls_beside(way: Way, graph: Graph) -> bool:
    """Whether the Service, or the pod with ports of its node, has another port for TLS."""
    if way.service is None:
        return way.pod is not None and any(speaks_tls(None, port, way.pod) for port in way.pod.ports)
    return any(
        speaks_tls(port, None, None) or any(guard.kind is GuardKind.TLS for guard in guards_of_entry(entry, graph))
        for entry in graph.entries_of(way.service)
        for port in (entry.service_port,)
    )


# What is behind them


def exposed_servers(graph: Graph) -> Iterator[tuple[Opening, WellKnown]]:
    """The openings that lead to servers which nobody outside should reach, each server once at each place.

    An HTTP route leads to those of their ports that speak HTTP.
    """
    seen: set[tuple[Place, str]] = set()
    for opening, server in _exposed_servers(graph):
        if (opening.at, server.name) not in seen:
            seen.add((opening.at, server.name))
            yield opening, server


def _exposed_servers(graph: Graph) -> Iterator[tuple[Opening, WellKnown]]:
    for opening in openings(graph):
        server = _server_of(opening.way)
        if server is not None and not _is_control_plane(opening.way):
            yield opening, server
    for route in graph.routes:
        if any(
            _leads_to_server(service, port, graph) for link in graph.links(route) for service, port in ports_of(link)
        ):
            for opening in openings_through(route, graph):
                server = _server_of(opening.way)
                if server is not None and _is_passed_on(opening.way, server):
                    yield opening, server


def _leads_to_server(service: Service, port: ServicePort, graph: Graph) -> bool:
    found = descents(port, service, graph)
    return any(_recognized(service, port, descent.pod, descent.pod_port, None) is not None for descent in found)


def _is_control_plane(way: Way) -> bool:
    """Whether it is a part of the cluster that has its node's network by design, as etcd and the kubelet have."""
    is_on_node = way.entry is not None and way.entry.mechanism is Mechanism.HOST_NETWORK
    return is_on_node and way.pod is not None and way.pod.namespace == "kube-system"


def _is_passed_on(way: Way, server: WellKnown) -> bool:
    """Whether a route's requests are such as the server understands."""
    return way.match is None or way.match.path is None or way.port_number in server.http


def _server_of(way: Way) -> WellKnown | None:
    return _recognized(way.service, way.service_port, way.pod, way.pod_port, way.port_number)


def _recognized(
    service: Service | None,
    port: ServicePort | None,
    pod: PodTemplate | None,
    pod_port: ContainerPort | None,
    number: int | None,
) -> WellKnown | None:
    names = [port.name, port.app_protocol] if port else []
    if port is not None and isinstance(port.target, str):
        names.append(port.target)
    if pod_port is not None:
        names.append(pod_port.name)
    target = port.target if port is not None and isinstance(port.target, int) else None
    numbers = (number, pod_port.number if pod_port else target, port.number if port else None)
    owners = [owner.name for owner in (service, pod.workload if pod else None) if owner is not None]
    return recognize(numbers, filter(None, names), owners, _containers(pod, pod_port))


def _containers(pod: PodTemplate | None, port: ContainerPort | None) -> tuple[Container, ...]:
    """The container that has a port; all of them where none declares it."""
    if pod is None:
        return ()
    found = (*pod.containers, *pod.sidecars)
    return tuple(item for item in found if port is None or any(own is port for own in item.ports)) or found
