"""Routes that requests come to through others alone, where none of these refers to them.

Sources: projectcontour/contour internal/dag/httpproxy_processor.go (Orphaned); nginx/kubernetes-ingress
internal/k8s/configuration.go (NoVirtualServerFound); sigs.k8s.io/gateway-api apis/v1 shared_types.go
(CommonRouteSpec.parentRefs, which a route of a mesh has as well).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from klint.exposure.mergeable import is_minion, without_master
from klint.exposure.scope import Scope
from klint.kube.classes import GATEWAY_API
from klint.kube.index import Index
from klint.kube.namespace import ByNamespace, may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import View, mapping, sequence, string
from klint.kube.routes.gateway_api import GatewayRoute
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.kube.validation.problem import is_patch
from klint.text.placeholders import is_placeholder

_ROOTS: Mapping[str, str] = {"HTTPProxy": "HTTPProxy", "VirtualServerRoute": "VirtualServer"}
"""By kind, what hands requests to such a route where it takes none itself."""


def orphaned(route: Route, lost: Iterable[Ref], scope: Scope) -> str:
    """Why a route gets no requests, as a clause; empty where it is no such route, or one elsewhere may refer to it.

    That is said only where its bundle has others that hand requests on: else they are in another repository. `lost` is
    what these refer to and nobody knows, which is more likely meant for it.
    """
    if route.is_hook or is_placeholder(route.name) or scope.may_hide([route.name]):
        return ""
    if route.group == GATEWAY_API:
        return _without_parents(route, scope)
    if isinstance(route, Ingress):
        return without_master(route, scope) if is_minion(route) else ""
    kind = _ROOTS.get(route.kind)
    if kind is None or route.attachments:
        return ""
    referring = _referring(scope.index).within((route.kind, route.name), route.namespace)
    if any(scope.sort(referring).nearest):
        return ""
    roots = scope.own.kept(("roots", kind), lambda: tuple(_roots(kind, scope.own)))
    if not roots or any(is_open(item) for item in roots for is_open in (_has_selector, _has_open_delegates)):
        return ""
    if any(item.kind == route.kind and may_be_one_namespace(item.namespace, route.namespace) for item in lost):
        return ""
    return f"no {kind} of the workspace refers to it"


def _without_parents(route: Route, scope: Scope) -> str:
    """What names no parent is attached to none. Its parent may be another route, where an implementation lets that
    delegate to it by its name or by a label (kgateway.dev/docs route-delegation)."""
    spec = mapping(route.get("spec"))
    if not isinstance(route, GatewayRoute) or not spec.get("rules") or spec.get("parentRefs") or is_patch(route):
        return ""
    is_left_open = "parentRefs" in spec and route.document.origin is not None  # an empty list of values
    if is_left_open or any(key.startswith(_DELEGATION) for key in route.labels):
        return ""
    delegating = scope.index.kept("routes that delegate", lambda: frozenset(_delegating(scope.index)))
    return "" if {"*", route.name} & delegating else "it names no parent"


_DELEGATION = "delegation.kgateway.dev/"


def _delegating(index: Index) -> Iterator[str]:
    """The names of the routes that others name as backends."""
    for route in index.of_type(GatewayRoute):
        for rule in route.children(View, "spec", "rules"):
            for backend in map(mapping, sequence(rule.data.get("backendRefs"))):
                if backend.get("kind") == route.kind:
                    yield string(backend.get("name"))


def _referring(index: Index) -> ByNamespace[tuple[str, str], Route]:
    """Routes by the kind, name and namespace of those that they refer to."""
    return index.kept(
        "routes that refer to others",
        lambda: ByNamespace(
            ((item.ref.kind, item.ref.name), item.ref.namespace, route)
            for route in index.of_type(Route)
            for item in route.delegates
        ),
    )


def _roots(kind: str, index: Index) -> Iterator[Route]:
    return (route for route in index.of_type(Route) if route.kind == kind and route.attachments)


def _has_selector(route: Route) -> bool:
    """Whether it chooses by labels whom it hands requests on to."""
    return any(isinstance(item, dict) and "routeSelector" in item for item in sequence(route.get("spec", "routes")))


def _has_open_delegates(route: Route) -> bool:
    return any(is_placeholder(item.ref.name) or is_placeholder(item.ref.namespace) for item in route.delegates)
