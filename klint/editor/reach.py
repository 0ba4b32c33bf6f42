"""Who reaches an object from outside, and with which requests: in few words, and none where nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.exposure.precedence import requests_of
from klint.exposure.ways import ways_through
from klint.hops import State, Way
from klint.kube.classes import Gateway
from klint.kube.network_policy import NetworkPolicy
from klint.kube.routes.shape import Match, Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.report.audiences import audience_words
from klint.text.placeholders import is_placeholder
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource

_MOST_WAYS = 200
"""Ways that are looked at of one object."""
_REQUESTS = 2
"""Requests that are named; the others are counted."""


def ways_about(resource: Resource, graph: Graph) -> Iterator[Way]:
    """The ways that lead to an object, or through it: one of the kinds that requests come to. Broken ones as well."""
    if isinstance(resource, Workload):
        for pod in resource.pods:
            yield from graph.ways_to(pod)
    elif isinstance(resource, Service):
        yield from ways_through(resource, graph)
    elif isinstance(resource, Route):
        yield from graph.ways_of(resource)


def reach(resource: Resource, graph: Graph) -> Iterator[str]:
    """Who reaches an object: `open to the world`, `reached from shop.example.com/cart`, `only inside the cluster`.

    And what else leads to it: `3 routes lead here`, `selects 2 workloads`.
    """
    if isinstance(resource, Workload | Service | Route):
        ways = list(_led_on(islice(ways_about(resource, graph), _MOST_WAYS), graph))
        widest = _widest(graph.audience_of(way).who for way in ways)
        requests = list(dict.fromkeys(text for way in ways if way.match is not None for text in _requests(way.match)))
        if widest is not Who.UNKNOWN:
            yield audience_words(widest)
        if requests and not isinstance(resource, Route):
            yield f"reached from {abridged(requests, _REQUESTS)}"
        elif not ways and _is_inner(resource, graph):
            yield "only inside the cluster"
    if isinstance(resource, Service):
        routes = {id(match.route) for match, _ in graph.links_to(resource)}
        if len(routes) > 1:
            yield f"{len(routes):,} routes lead here"
    elif isinstance(resource, Gateway):
        widest = _widest(graph.audience(entry).who for entry in graph.entries_of(resource))
        if widest is not Who.UNKNOWN:
            yield audience_words(widest)
    elif isinstance(resource, NetworkPolicy):
        selected = graph.selected_by(resource).selected.workloads
        if selected:
            yield f"selects {counted(len(selected), 'workload')}"


def _led_on(ways: Iterable[Way], graph: Graph) -> Iterator[Way]:
    """The ways of which all is known, and that no policy closes."""
    for way in ways:
        is_let_in = way.match is not None or graph.is_open(way)
        if way.state is State.RESOLVED and is_let_in and not graph.is_closed(way):
            yield way


def _widest(found: Iterable[Who]) -> Who:
    """The widest audience; unknown where there is none."""
    return min(found, key=lambda who: who.narrowness, default=Who.UNKNOWN)


def _requests(match: Match) -> Iterator[str]:
    """The requests of a match that name a host, which is not still to be filled in."""
    path = match.path.text if match.path is not None and match.path.text != "/" else ""
    for host in match.hosts:
        if not is_placeholder(host) and not is_placeholder(path):
            yield requests_of(match, host, path)


def _is_inner(resource: Resource, graph: Graph) -> bool:
    """Whether nothing may open an object to others than the cluster's own pods."""
    if isinstance(resource, Workload):
        return bool(resource.pods) and all(map(graph.is_unopened, resource.pods))
    return isinstance(resource, Service) and not graph.entries_of(resource) and not graph.may_be_opened(resource)
