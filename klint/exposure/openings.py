"""Openings: ways in from outside that nothing keeps anybody from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.exposure.audience import Audience, Who
from klint.exposure.entries import Entry, Mechanism
from klint.hops import GuardKind, State, Way
from klint.kube.routes.shape import Route
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
    """A way in that no allow-list, authentication or NetworkPolicy guards, or may, and who can use it.

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
    def where(self) -> str:
        """Where it is open: to the world, a private network, the outside, or on the nodes."""
        mechanism = self.way.entry.mechanism if self.way.entry and self.way.route is None else None
        if self.audience.who in (Who.WORLD, Who.PRIVATE):
            return f"to {self.audience.who.value}"
        if mechanism is Mechanism.NODE_PORT:
            return "on every node"
        return "on its node" if mechanism in (Mechanism.HOST_PORT, Mechanism.HOST_NETWORK) else "to the outside"


def openings(graph: Graph) -> Iterator[Opening]:
    """The ways that lead straight from the bundle's entries into pods, as far as nothing guards them."""
    for entry in direct_entries(graph):
        yield from opened(graph.ways_from(entry), graph)


def direct_entries(graph: Graph) -> Iterator[Entry]:
    """The entries that lead straight into pods: all but those of Gateways."""
    return (entry for entry in graph.entries if entry.mechanism is not Mechanism.GATEWAY)


def openings_through(route: Route, graph: Graph) -> Iterator[Opening]:
    """Those through a route."""
    if not is_for_inside(route):
        yield from opened(graph.ways_of(route), graph)


def is_for_inside(route: Route) -> bool:
    """Whether the name of a route's class or Gateway says that it is not for the Internet."""
    names = (item.ref.name for item in route.attachments)
    return any(word in name.lower() for name in names for word in _INTERNAL)


def opened(ways: Iterable[Way], graph: Graph) -> Iterator[Opening]:
    """Those of some ways that are open."""
    for way in ways:
        if way.is_guarded_by(GuardKind.ALLOW_LIST) or way.is_guarded_by(GuardKind.AUTHENTICATION):
            continue
        if not is_open(way, graph) or (way.match is not None and graph.may_be_guarded(way.match)):
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
    from klint.exposure.policies import Sender

    protocol = way.service_port.protocol if way.service_port else way.entry.protocol if way.entry else "TCP"
    verdict = graph.policies(pod).verdict(Sender.OUTSIDE, way.port_number, protocol)
    return verdict.state is State.RESOLVED or verdict.why.reason is Reason.HIDDEN_POLICIES
