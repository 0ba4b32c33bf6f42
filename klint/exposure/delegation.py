"""Routes that decide about the requests of others: TraefikServices, included HTTPProxies and the like.

A request comes to such a route through the ones that hand it on, and has what each of these asks of it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from klint.exposure.cross_namespace import if_allowed
from klint.exposure.named import follow
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.routes.contour import HttpProxy
from klint.kube.routes.shape import ANY_PATH, Delegate, Match, PathKind, PathMatch, Route
from klint.reasons import Reason, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder

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


def delegations(routes: Iterable[Route], scope: Scope) -> Mapping[int, tuple[Delegation, ...]]:
    """Follow what routes hand requests on to, by their identity. What would lead in a circle is broken."""
    found = {id(route): tuple(_followed(route, scope)) for route in routes}
    closing = _closing(found)
    return {key: tuple(_uncircled(several, closing)) for key, several in found.items()}


def _followed(route: Route, scope: Scope) -> Iterator[Delegation]:
    for delegate in route.delegates:
        hop = Hop(HopKind.DELEGATE, route, delegate.at, delegate.ref, State.UNKNOWN)
        yield Delegation(route, delegate, if_allowed(_fitting(follow(hop, scope), route, delegate), scope))


def _fitting(hop: Hop, route: Route, delegate: Delegate) -> Hop:
    """The hop is broken where what it leads to is none that requests may be handed to.

    NGINX leaves a VirtualServerRoute out that has another host, or a path that is not within the one that is handed
    on, and Contour an HTTPProxy to be included that has a virtual host of its own. Sources: nginx/kubernetes-ingress
    pkg/apis/configuration/validation virtualserver.go ValidateVirtualServerRouteForVirtualServer,
    validateVirtualServerRouteSubroutes; projectcontour/contour internal/dag/httpproxy_processor.go
    (RootIncludesRoot).
    """
    if isinstance(hop.target, HttpProxy) and hop.target.is_root:
        return replace(hop, state=State.BROKEN, why=why(Reason.IS_ROOT), certain=True)
    if route.kind != "VirtualServer" or not isinstance(hop.target, Route):
        return hop
    wanted, has = (next(iter(item.hosts), "") for item in (route, hop.target))
    if wanted and has and wanted != has and not is_placeholder(wanted) and not is_placeholder(has):
        return replace(hop, state=State.BROKEN, why=why(Reason.OTHER_HOST, has, wanted), certain=True)
    whole = delegate.path.text if delegate.path is not None else ""
    paths = [match.path for match in hop.target.matches if match.path is not None]
    if not any(is_placeholder(text) for text in (whole, *(path.text for path in paths))):
        for path in paths:
            if not is_within(path, delegate):
                return replace(hop, state=State.BROKEN, why=why(Reason.OTHER_PATH, path.text, whole), certain=True)
    return hop


def _uncircled(found: Iterable[Delegation], closing: Container[tuple[int, int]]) -> Iterator[Delegation]:
    for item in found:
        if any((id(item.route), id(target)) in closing for target in item.hop.targets):
            hop = replace(item.hop, state=State.BROKEN, why=why(Reason.IN_A_CIRCLE), certain=True)
            yield Delegation(item.route, item.delegate, hop)
        else:
            yield item


def _closing(found: Mapping[int, Sequence[Delegation]]) -> frozenset[tuple[int, int]]:
    """The steps from one route to another that close a circle, seen from where requests come in.

    Source: projectcontour/contour internal/dag/httpproxy_processor.go (IncludeCreatesCycle).
    """
    steps = {key: [id(target) for item in several for target in item.hop.targets] for key, several in found.items()}
    routes = [several[0].route for several in found.values() if several]
    closing: set[tuple[int, int]] = set()
    done: set[int] = set()
    on_path: set[int] = set()
    for first in sorted(routes, key=lambda route: not route.attachments):
        waiting = [(id(first), iter(steps[id(first)]))] if id(first) not in done else []
        on_path.update(key for key, _ in waiting)
        while waiting:
            here, left = waiting[-1]
            step = next(left, None)
            if step is None:
                waiting.pop()
                on_path.discard(here)
                done.add(here)
            elif step in on_path:
                closing.add((here, step))
            elif step in steps and step not in done:
                on_path.add(step)
                waiting.append((step, iter(steps[step])))
    return frozenset(closing)


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


def handed_on(match: Match, delegates: Sequence[Delegate]) -> Match | None:
    """A match with what the routes before it ask of its requests; None where they hand none of these on."""
    return composed(match, delegates) if all(is_within(match.path, item) for item in delegates) else None


def is_within(path: PathMatch | None, delegate: Delegate) -> bool:
    """Whether requests for a path of a route come to it by another one, where both name whole paths.

    What does not begin with the other's path gets none, nor does an expression that is not the very same. Sources:
    istio pilot/pkg/model/virtualservice.go stringMatchConflict; nginx/kubernetes-ingress
    pkg/apis/configuration/validation virtualserver.go validateVirtualServerRouteSubroutes.
    """
    whole = delegate.path
    if delegate.is_relative or path is None or whole is None or ANY_PATH in (path, whole) or path == whole:
        return True
    return whole.kind in _PREFIXES and path.kind in (*_PREFIXES, PathKind.EXACT) and path.text.startswith(whole.text)


_PREFIXES = (PathKind.STRING, PathKind.SEGMENT)


def _path(path: PathMatch | None, delegate: Delegate) -> PathMatch | None:
    if delegate.path is None or path is None:
        return path
    if path == ANY_PATH:
        return delegate.path
    if delegate.is_relative and delegate.path != ANY_PATH:
        return PathMatch(path.kind, _SLASHES.sub("/", f"{delegate.path.text}/{path.text}"))
    return path
