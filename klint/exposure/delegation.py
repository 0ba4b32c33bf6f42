"""Routes that decide about the requests of others: TraefikServices, included HTTPProxies and the like.

A request comes to such a route through the ones that hand it on, and has what each of these asks of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from klint.exposure.near import Names
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.index import Index
from klint.kube.namespace import ByNamespace, may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes.shape import ANY_PATH, Delegate, Match, PathMatch, Route
from klint.reasons import Reason, Why, why
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


def delegations(route: Route, scope: Scope) -> Iterator[Delegation]:
    """Follow what a route hands requests on to."""
    for delegate in route.delegates:
        yield Delegation(route, delegate, _hop(route, delegate, scope))


_MAKERS = {
    ("serving.knative.dev", "Route"): "Service",
    ("serving.knative.dev", "Configuration"): "Service",
}
"""Kinds of which another kind of their group makes objects with its own names (knative/serving
pkg/reconciler/service/resources: a Service has a Route and a Configuration)."""


def objects_named(ref: Ref, scope: Scope) -> Sequence[Resource]:
    """The objects that a reference by name means, or what makes them: the bundle's, or else those elsewhere."""
    kinds = (ref.kind, _MAKERS.get((ref.group, ref.kind), ref.kind))
    found = (
        item
        for item in scope.index.named(ref.name)
        if item.kind in kinds
        and item.group == ref.group
        and not item.is_hook
        and may_be_one_namespace(item.namespace, ref.namespace)
    )
    return scope.sort(found).nearest


def _hop(route: Route, delegate: Delegate, scope: Scope) -> Hop:
    ref = delegate.ref
    found = objects_named(ref, scope)
    hop = Hop(HopKind.DELEGATE, route, delegate.at, ref, State.RESOLVED, tuple(found))
    return hop if found else absent_object(hop, scope)


def absent_object(hop: Hop, scope: Scope) -> Hop:
    """Why there is no such object: broken where the bundle shows what was meant, or has others of the kind in the
    namespace.

    Args:
        hop: to an object by its group, kind, namespace and name; its state is not read.
        scope: how far to look.
    """
    ref = hop.wants

    def absent(state: State, reason: Why, *near: Resource, certain: bool = False) -> Hop:
        return replace(
            hop, state=state, why=reason, near=tuple(Near(item, item.place) for item in near), certain=certain
        )

    if is_placeholder(ref.name) or is_placeholder(ref.namespace):
        return absent(State.UNKNOWN, why(Reason.FILLED_IN_LATER, ref.name))
    hidden = scope.may_hide([ref.name])
    if hidden:
        return absent(State.UNKNOWN, why(Reason.HIDDEN_DEFINITION, hidden))
    alike = scope.own.kept(("objects of a kind", ref.group, ref.kind), lambda: _Alike(ref.group, ref.kind, scope.own))
    if alike.has_open_names:
        return absent(State.UNKNOWN, why(Reason.NOT_IN_WORKSPACE))
    elsewhere = alike.by_name.anywhere(ref.name)
    if elsewhere:
        places = ", ".join(sorted({item.namespace for item in elsewhere}))
        return absent(State.BROKEN, why(Reason.IN_OTHER_NAMESPACE, places), *elsewhere, certain=True)
    similar = (item for name in alike.names.like(ref.name) for item in alike.by_name.within(name, ref.namespace))
    meant = next((item for item in similar if item is not hop.source), None)
    if meant is not None:
        return absent(State.BROKEN, why(Reason.SIMILAR, meant), meant, certain=True)
    if scope.is_closed or any(item is not hop.source for item in alike.by_kind.within(None, ref.namespace)):
        return absent(State.BROKEN, why(Reason.DEFINED_NOWHERE), certain=scope.is_closed)
    return absent(State.UNKNOWN, why(Reason.NOT_IN_WORKSPACE))


class _Alike:
    """The objects of one kind in a bundle that requests are handed to, and of what makes them."""

    def __init__(self, group: str, kind: str, index: Index) -> None:
        kinds = (kind, _MAKERS.get((group, kind), kind))
        found = [item for item in index.resources if item.group == group and item.kind in kinds]
        self.has_open_names = any(is_placeholder(item.name) for item in found)
        self.by_kind: ByNamespace[None, Resource] = ByNamespace((None, item.namespace, item) for item in found)
        self.by_name: ByNamespace[str, Resource] = ByNamespace((item.name, item.namespace, item) for item in found)
        self.names = Names(item.name for item in found)


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
