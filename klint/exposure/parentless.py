"""Routes of the Gateway API that name no parent.

Sources: sigs.k8s.io/gateway-api apis/v1 shared_types.go (CommonRouteSpec.parentRefs, which a route of a mesh has as
well); kgateway.dev/docs route-delegation.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.scope import Scope
from klint.kube.index import Index
from klint.kube.resource import View, mapping, sequence, string
from klint.kube.routes.gateway_api import GatewayRoute
from klint.kube.routes.shape import Route
from klint.kube.validation.problem import is_patch

_DELEGATION = "delegation.kgateway.dev/"
"""How the labels begin by which other routes delegate to one."""


def without_parents(route: Route, scope: Scope) -> str:
    """Why a route gets no requests: what names no parent is attached to none.

    Its parent may be another route, where an implementation lets that delegate to it by its name or by a label.
    """
    spec = mapping(route.get("spec"))
    if not isinstance(route, GatewayRoute) or not spec.get("rules") or spec.get("parentRefs") or is_patch(route):
        return ""
    is_left_open = "parentRefs" in spec and route.document.origin is not None  # an empty list of values
    if is_left_open or any(key.startswith(_DELEGATION) for key in route.labels):
        return ""
    delegating = scope.index.kept("routes that delegate", lambda: frozenset(_delegating(scope.index)))
    return "" if {"*", route.name} & delegating else "it names no parent"


def _delegating(index: Index) -> Iterator[str]:
    """The names of the routes that others name as backends."""
    for route in index.of_type(GatewayRoute):
        for rule in route.children(View, "spec", "rules"):
            for backend in map(mapping, sequence(rule.data.get("backendRefs"))):
                if backend.get("kind") == route.kind:
                    yield string(backend.get("name"))
