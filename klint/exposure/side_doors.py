"""Side doors: ways to a port of a pod around what a route to it asks of every request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.exposure.entries import Mechanism
from klint.exposure.openings import Opening, direct_entries, is_for_inside, opened
from klint.hops import Guard, GuardKind, State, Way
from klint.kube.protocols import speaks_tls
from klint.kube.routes.shape import ANY_PATH, Match, PathKind, PathMatch, Role, Route, TlsMode
from klint.kube.workload import PodTemplate
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_KINDS = (GuardKind.AUTHENTICATION, GuardKind.ALLOW_LIST, GuardKind.TLS)


@dataclass(frozen=True, slots=True)
class SideDoor:
    """An opening past `guards` of a route to the same port of the same pod, at most one of each kind."""

    opening: Opening
    route: Route
    guards: tuple[Guard, ...]


def side_doors(graph: Graph) -> Iterator[SideDoor]:
    """The side doors of a bundle's pods, each once.

    There is none without an entry of its own or a second route, and around nothing but TLS a route is none.
    """
    if not any(direct_entries(graph)) and not any(route.annotations for route in graph.routes):
        return
    seen: set[object] = set()
    for pod in graph.pods:
        if _may_have_one(pod, graph):
            for door in _of_pod(pod, graph):
                if door.opening.at not in seen:
                    seen.add(door.opening.at)
                    yield door


def _may_have_one(pod: PodTemplate, graph: Graph) -> bool:
    """Whether a route leads to the pod, and something else does too. What is a controller's is open on purpose."""
    if pod.is_ingress_or_gateway:
        return False
    services = graph.services_selecting(pod)
    routes = {id(match.route): match.route for service in services for match, _ in graph.links_to(service)}
    if routes and (graph.entries_of(pod) or any(map(graph.entries_of, services))):
        return True
    return len(routes) > 1 and any(route.annotations for route in routes.values())


def _of_pod(pod: PodTemplate, graph: Graph) -> Iterator[SideDoor]:
    ways = tuple(graph.ways_to(pod))
    guarded = _guarded(way for way in ways if not _may_be_served_here(way, graph))
    for opening in opened(ways, graph) if guarded else ():
        door = opening.way
        if opening.audience.who is Who.PRIVATE:
            continue
        path = _breadth(door.match) if door.match is not None else ANY_PATH
        for way in (way for kind in _KINDS for way in guarded.get((door.port_number, kind, path), ())):
            guards = tuple(_passed_by(way, opening, graph)) if way.route is not door.route else ()
            if guards and way.route is not None:
                yield SideDoor(opening, way.route, guards)
                break


def _may_be_served_here(way: Way, graph: Graph) -> bool:
    """Whether the controller of a route may be one of the bundle's, so that what it has its clients pass is not known.

    One that is nowhere in the bundle is somebody else's, and does what the route says.
    """
    return way.route is not None and way.entry is None and graph.runs_controller


def _guarded(ways: Iterable[Way]) -> Mapping[object, Sequence[Way]]:
    """Ways through routes by port, what guards them, and path: of each the first through two routes.

    The path that takes everything stands for every path.
    """
    found: dict[object, list[Way]] = {}
    for way in ways:
        if way.match is None or way.match.path is None or way.state is State.BROKEN or way.port_number is None:
            continue
        for kind in filter(way.is_guarded_by, _KINDS):
            for path in {ANY_PATH, _breadth(way.match)}:
                known = found.setdefault((way.port_number, kind, path), [])
                if len(known) < 2 and all(other.route is not way.route for other in known):
                    known.append(way)
    return found


def _breadth(match: Match) -> PathMatch | None:
    """The path of a match; one for everything, however it is compared, is the same."""
    path = match.path
    return ANY_PATH if path is not None and path.text in ("", "/") and path.kind is not PathKind.EXACT else path


def _passed_by(way: Way, opening: Opening, graph: Graph) -> Iterator[Guard]:
    """The guards of a way that an opening leads around."""
    door = opening.way
    if door.route is not None and not _takes_as_much(door, way):
        return
    if door.route is None and _is_needed(door, graph):
        return
    for kind in _KINDS:
        if kind is GuardKind.TLS and not _is_in_the_clear(way, opening, graph):
            continue
        guard = next((guard for guard in way.guards if guard.kind is kind), None)
        if guard is not None:
            yield guard


def _takes_as_much(door: Way, way: Way) -> bool:
    """Whether a route takes for other hosts what another one guards, and no part of it that is let in on purpose.

    For one host the more specific path wins, and of two that are alike the rules about routes speak.
    """
    match, backend = door.match, door.backend
    if match is None or way.match is None or match.conditions or is_for_inside(match.route):
        return False
    if not set(match.hosts).isdisjoint(way.match.hosts) or match.hosts == way.match.hosts:
        return False
    if backend is not None and (backend.role is Role.MIRROR or backend.weight == 0):
        return False
    is_canary = any(key.endswith("/canary") and value == "true" for key, value in match.route.annotations.items())
    return not is_canary


def _is_needed(door: Way, graph: Graph) -> bool:
    """Whether a node port is there for a cloud's load balancer to send to."""
    is_node_port = door.entry is not None and door.entry.mechanism is Mechanism.NODE_PORT
    return is_node_port and door.service is not None and graph.feeds_load_balancer(door.service)


def _is_in_the_clear(way: Way, opening: Opening, graph: Graph) -> bool:
    """Whether an entry takes requests from the world without the TLS that a route terminates.

    That a second route has none is for rules about routes to say, and that a node port is open for rules about those.
    """
    door, entry = opening.way, opening.way.entry
    if door.route is not None or entry is None or way.route is None or door.is_guarded_by(GuardKind.TLS):
        return False
    if entry.mechanism is not Mechanism.LOAD_BALANCER and opening.audience.who is not Who.WORLD:
        return False
    if any(tls.mode is not TlsMode.TERMINATE for tls in way.route.tls):
        return False
    from klint.exposure.plaintext import has_tls_beside

    return not speaks_tls(door.service_port, door.pod_port, door.pod) and not has_tls_beside(door, graph)
