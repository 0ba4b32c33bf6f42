"""Questions → answers: the ways through a bundle's graph, and what decides which of them a request takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.exposure.entries import Mechanism
from klint.exposure.requests import Decision, Request, Taker, decisions
from klint.exposure.ways import unguarded_descents, ways_through
from klint.hops import State, Way
from klint.kube.routes.shape import Ending, Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.records import dataclass
from klint.text.data import leaves
from klint.tracing.questions import Named, PortOfPods, Question, Spot

if TYPE_CHECKING:
    from klint.exposure.entries import Entry
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource

_REMAPPED = frozenset((Mechanism.NODE_PORT, Mechanism.HOST_PORT, Mechanism.HOST_NETWORK, Mechanism.EXTERNAL_IPS))
"""What stands behind something of one's own, whose ports are others."""
_MOST_NEAR = 3
"""Names that are told where there is nothing of the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A Service that leads to workloads from inside the cluster alone."""

    service: Service
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a bundle knows of a question.

    `about` are the objects that are asked for, `decisions` what becomes of a request at each router, and `ways` those
    that it takes, or that lead to what is asked for, broken ones included. `inside` are the Services that lead there,
    or on, from inside the cluster alone. An answer may have no way: then nothing leads there.
    """

    graph: Graph
    about: tuple[Resource, ...] = ()
    decisions: tuple[Decision, ...] = ()
    ways: tuple[Way, ...] = ()
    inside: tuple[Inner, ...] = ()

    @property
    def is_reached(self) -> bool:
        """Whether a request from outside gets somewhere, as far as klint knows."""
        endings = (ending(item.winner) for item in self.decisions if item.winner is not None)
        is_answered = any(found not in (None, Ending.DELEGATE) for found in endings)
        return is_answered or any(way.state is not State.BROKEN for way in self.ways)


def answers(question: Question, graphs: Iterable[Graph], environment: str | None = None) -> Iterator[Answer]:
    """The answers of the graphs that know what is asked for: those of bundles for one environment, if it is given."""
    for graph in graphs:
        found = _answer(question, graph) if environment in (None, graph.bundle.target.environment) else None
        if found is not None:
            yield found


def ending(taker: Taker) -> Ending | None:
    """What becomes of a request that goes to no backend of what takes it; None where it goes to one."""
    match = taker.claim.match
    return None if match.backends else match.ends_in


def names_like(question: Question, graphs: Iterable[Graph]) -> list[str]:
    """What may have been meant: a few hosts of routes, or objects of a kind, as they would be written."""
    from difflib import get_close_matches

    if isinstance(question, Request):
        asked, names = question.host, {claim.host for graph in graphs for claim in graph.claims if claim.host}
    elif isinstance(question, Named):
        asked = f"{question.kind}/{question.name}"
        resources = (item for graph in graphs for item in graph.resources)
        names = {f"{question.kind}/{item.name}" for item in resources if question.is_kind(item.kind, item.group)}
    else:
        return []
    found = get_close_matches(asked, sorted(names), n=_MOST_NEAR)
    return found or (sorted(names) if len(names) <= _MOST_NEAR else [])


def _answer(question: Question, graph: Graph) -> Answer | None:
    if isinstance(question, Request):
        return _of_request(question, graph)
    about = tuple(_asked(question, graph))
    if not about:
        return None
    port = question.port if isinstance(question, Named) else ""
    number = question.number if isinstance(question, PortOfPods) else None
    ways = tuple(_distinct(way for item in about for way in _ways(item, graph) if _has_port(way, item, port, number)))
    return Answer(graph, about, ways=ways, inside=tuple(_inside(about, ways, graph)))


def _inside(about: Iterable[Resource], ways: Iterable[Way], graph: Graph) -> Iterator[Inner]:
    """Where Services lead from inside the cluster that no way from outside passes, unless it is broken."""
    through = {id(way.service) for way in ways if way.state is not State.BROKEN}
    for item in about:
        pods = item.pods if isinstance(item, Workload) else ()
        services = {id(service): service for pod in pods for service in graph.services_selecting(pod)}
        for service in (item,) if isinstance(item, Service) else services.values():
            ends = [found for port in service.ports for found in unguarded_descents(port, service, graph)]
            led_to = {id(end.pod.workload): end.pod.workload for end in ends if end.pod is not None}
            workloads = tuple(found for found in led_to.values() if item in (service, found))
            if workloads and id(service) not in through:
                yield Inner(service, workloads)


# Requests


def _of_request(request: Request, graph: Graph) -> Answer | None:
    decided = tuple(_at_port(decisions(request, graph), request, graph))
    if not decided:
        return None
    ways = _distinct(way for decision in decided for way in _ways_of(decision, request, graph))
    return Answer(graph, decisions=decided, ways=tuple(ways))


def _at_port(found: Iterable[Decision], request: Request, graph: Graph) -> Iterator[Decision]:
    """The decisions about requests to a port: not those of a listener that has another one."""
    for decision in found:
        routes = {id(taker.claim.root): taker.claim.root for taker in _takers(decision)}
        arrivals = [arrival for route in routes.values() for arrival in graph.arrivals(route)]
        if not arrivals or any(_is_to(arrival.entry, request.port) for arrival in arrivals):
            yield decision


def _takers(decision: Decision) -> Iterator[Taker]:
    """What may take the request, and what then surely does."""
    yield from decision.before
    if decision.winner is not None:
        yield decision.winner


def _ways_of(decision: Decision, request: Request, graph: Graph) -> Iterator[Way]:
    """The ways that a request takes after a decision, and before that those that it may take."""
    for taker in _takers(decision):
        claim = taker.claim
        for way in graph.ways_of(claim.route):
            match = way.match
            is_same = match is not None and (match.at, match.hosts) == (claim.match.at, claim.match.hosts)
            if is_same and _is_to(way.entry, request.port):
                yield way


def _is_to(entry: Entry | None, port: int | None) -> bool:
    return port is None or entry is None or entry.port in (None, port) or entry.mechanism in _REMAPPED


# Objects


def _asked(question: Named | PortOfPods | Spot, graph: Graph) -> Iterator[Resource]:
    """The objects that are asked for."""
    for resource in graph.resources:
        if isinstance(question, Named):
            if resource.name == question.name and question.is_kind(resource.kind, resource.group):
                yield resource
        elif isinstance(question, PortOfPods):
            pods = resource.pods if isinstance(resource, Workload) else ()
            if any(port.number == question.number for pod in pods for port in pod.ports):
                yield resource
        elif _holds(resource, question):
            yield resource


def _holds(resource: Resource, spot: Spot) -> bool:
    """Whether a line is one of those that an object is written on, or that a value of a rendered one comes from."""
    document = resource.document
    written = document.origin.written if document.origin else document
    if written is not None and written.source.path == spot.file:
        start, end = written.start, written.end
        if written is document and resource.path and (node := written.node(resource.path)):  # an item of a List
            start, end = start + node.start, start + node.end
        lines = written.source.extent(start, max(start, end - 1))
        return lines.line <= spot.line <= lines.end_line
    if document.origin is None:
        return False
    spans = (document.span((*resource.path, *path)) for path, _ in leaves(resource.data))
    return any(span.file == spot.file and span.line == spot.line for span in spans)


def _ways(resource: Resource, graph: Graph) -> Iterator[Way]:
    if isinstance(resource, Workload):
        for pod in resource.pods:
            yield from graph.ways_to(pod)
            for service in graph.services_selecting(pod):
                yield from (way for way in ways_through(service, graph) if way.state is State.BROKEN)
    elif isinstance(resource, Service):
        yield from ways_through(resource, graph)
    elif isinstance(resource, Route):
        yield from graph.ways_of(resource)
    else:
        yield from (way for way in graph.ways if _passes(way, resource))


def _passes(way: Way, resource: Resource) -> bool:
    is_on = any(resource is item for hop in way.hops for item in (hop.source, *hop.targets))
    return is_on or any(guard.at.document is resource.document for guard in way.guards)


def _has_port(way: Way, resource: Resource, port: str, number: int | None) -> bool:
    """Whether a way is one to a port of what is asked for: of a Service its own, else that of the pods."""
    if not port:
        return number is None or way.port_number == number
    if isinstance(resource, Service):
        found = way.service_port
        return found is not None and port in (str(found.number), found.name)
    return port in (str(way.port_number), way.pod_port.name if way.pod_port is not None else "")


def _distinct(ways: Iterable[Way]) -> Iterator[Way]:
    """Each way once: several matches of a route lead on alike."""
    seen = set()
    for way in ways:
        key = (way.hops, id(way.entry), way.match and way.match.at, id(way.pod), way.port_number)
        if key not in seen:
            seen.add(key)
            yield way
