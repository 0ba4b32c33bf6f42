"""Routes that decide about the requests of others: TraefikServices, included HTTPProxies and the like.

A request comes to such a route through the ones that hand it on, and has what each of these asks of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from klint.exposure.named import follow
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.routes.shape import ANY_PATH, Delegate, Match, PathMatch, Route
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing

_DEEPEST, _MOST = 16, 64
"""More steps from the first route, and more ways to come to one route, are not followed."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """What became of a route's wish to hand requests on to another one."""

    route: Route
    delegate: Delegate
    hop: Hop


def delegations(route: Route, scope: Scope) -> Iterator[Delegation]:
    """Follow what a route hands requests on to."""
    for delegate in route.delegates:
        hop = Hop(HopKind.DELEGATE, route, delegate.at, delegate.ref, State.UNKNOWN)
        yield Delegation(route, delegate, follow(hop, scope))


def chains_to(route: Route, graph: Routing) -> Iterator[tuple[Delegation, ...]]:
    """By which other routes requests come to one: each chain from the first of them, none in a circle."""
    return islice(_chains(route, graph, ()), _MOST)


def _chains(route: Route, graph: Routing, below: tuple[Delegation, ...]) -> Iterator[tuple[Delegation, ...]]:
    if len(below) < _DEEPEST:
        for delegation in graph.delegations_to(route):
            source = delegation.route
            if source is not route and all(source is not item.hop.target for item in below):
                chain = (delegation, *below)
                yield chain
                yield from _chains(source, graph, chain)


_SLASHES = re.compile("//+")


def composed(match: Match, delegates: Sequence[Delegate]) -> Match:
    """A match of a route that requests come to by others: with what those ask too. The first comes first."""
    for delegate in reversed(delegates):
        match = replace(
            match,
            hosts=match.hosts or delegate.hosts,
            path=_path(match.path, delegate),
            conditions=(*delegate.conditions, *match.conditions),
            filters=(*delegate.filters, *match.filters),
        )
    return match


def _path(path: PathMatch | None, delegate: Delegate) -> PathMatch | None:
    if delegate.path is None or path is None:
        return path
    if path == ANY_PATH:
        return delegate.path
    if delegate.is_relative and delegate.path != ANY_PATH:
        return PathMatch(path.kind, _SLASHES.sub("/", f"{delegate.path.text}/{path.text}"))
    return path
