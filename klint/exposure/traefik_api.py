"""Traefik's own API and dashboard, where an IngressRoute hands requests to it and asks nobody who they are.

Sources: doc.traefik.io operations/dashboard (secure mode: a router with the service `api@internal` and middlewares that
ask for a login), reference/routing-configuration/kubernetes/crd/http/ingressroute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.kube.controllers import controller_called
from klint.kube.resource import Resource, View, sequence, string
from klint.kube.routes import TRAEFIK_GROUPS
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope

_SERVICES = frozenset(("api@internal", "dashboard@internal"))
_OWN_ENTRY_POINT = "traefik"
"""The entry point for the API, which the chart's Service does not open: traefik/traefik-helm-chart, ports.traefik."""

_HARMLESS = frozenset(
    (
        *("addPrefix", "buffering", "compress", "contentType", "circuitBreaker", "errors", "headers", "rateLimit"),
        *("redirectRegex", "redirectScheme", "replacePath", "replacePathRegex", "retry", "stripPrefix"),
        *("stripPrefixRegex", "inFlightReq"),
    )
)
"""The kinds of middlewares that let in everybody."""

_TRAEFIK = controller_called("Traefik")


@dataclass(frozen=True, slots=True)
class OpenApi:
    """An IngressRoute that hands requests to Traefik's API without a guard; `is_known` where Traefik's entry is."""

    route: Resource
    service: str
    at: Place
    is_known: bool


def open_apis(graph: Graph, scope: Scope) -> Iterator[OpenApi]:
    """The bundle's IngressRoutes to Traefik's API that nothing guards; a middleware that is not seen may guard one."""
    for resource in graph.resources:
        if resource.kind == "IngressRoute" and resource.group in TRAEFIK_GROUPS:
            for service in _unguarded(resource, scope):
                is_known = bool(graph.entries_of_pods(scope.proxies_of(_TRAEFIK)))
                yield OpenApi(resource, string(service.data.get("name")), service.at("name"), is_known)


def _unguarded(route: Resource, scope: Scope) -> Iterator[View]:
    """The services of a route that are Traefik's own, each of its rules judged alone."""
    entry_points = sequence(route.get("spec", "entryPoints"))
    if entry_points and set(map(str, entry_points)) <= {_OWN_ENTRY_POINT}:
        return
    for rule in route.children(View, "spec", "routes"):
        is_limited = "ClientIP(" in string(rule.data.get("match"))
        if not is_limited and all(_is_harmless(item, route, scope) for item in rule.children(View, "middlewares")):
            yield from (item for item in rule.children(View, "services") if item.data.get("name") in _SERVICES)


def _is_harmless(reference: View, route: Resource, scope: Scope) -> bool:
    """Whether a middleware is in the workspace and certainly asks for nothing."""
    namespace = string(reference.data.get("namespace")) or route.namespace
    called = [item for item in scope.index.named(string(reference.data.get("name"))) if item.kind == "Middleware"]
    found = [item for item in scope.sort(called).nearest if item.namespace == namespace]
    kinds = {str(key) for item in found for key in item.child(View, "spec").data}
    return bool(kinds) and kinds <= _HARMLESS
