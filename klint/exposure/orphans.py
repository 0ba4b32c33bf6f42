"""Routes that requests come to through others alone, where none of these refers to them.

Sources: projectcontour/contour internal/dag/httpproxy_processor.go (Orphaned); nginx/kubernetes-ingress
internal/k8s/configuration.go (NoVirtualServerFound, NoIngressMasterFound).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.exposure.scope import Scope
from klint.kube.index import Index
from klint.kube.namespace import ByNamespace
from klint.kube.precedence import MERGEABLE
from klint.kube.resource import sequence
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.text.placeholders import is_placeholder

_ROOTS: Mapping[str, str] = {"HTTPProxy": "HTTPProxy", "VirtualServerRoute": "VirtualServer"}
"""By kind, what hands requests to such a route where it takes none itself."""

_MASTER, _MINION = "master", "minion"


def orphaned(route: Route, scope: Scope) -> str:
    """Why a route gets no requests, as a clause; empty where it is no such route, or one elsewhere may refer to it.

    That is said only where its bundle has others that hand requests on: else they are in another repository.
    """
    if route.is_hook or is_placeholder(route.name) or scope.may_hide([route.name]):
        return ""
    if isinstance(route, Ingress):
        return _without_master(route, scope) if route.annotations.get(MERGEABLE) == _MINION else ""
    kind = _ROOTS.get(route.kind)
    if kind is None or route.attachments:
        return ""
    referring = _referring(scope.index).within((route.kind, route.name), route.namespace)
    if any(scope.sort(referring).nearest):
        return ""
    roots = scope.own.kept(("roots", kind), lambda: tuple(_roots(kind, scope.own)))
    if not roots or any(is_open(item) for item in roots for is_open in (_has_selector, _has_open_delegates)):
        return ""
    return f"no {kind} of the workspace refers to it"


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


def awaits_master(route: Route, scope: Scope) -> bool:
    """Whether it is a minion, and no master with its host is in the workspace: TLS is the master's to say.

    Source: nginx/kubernetes-ingress examples/ingress-resources/mergeable-ingress-types.
    """
    if route.annotations.get(MERGEABLE) != _MINION:
        return False
    return _masters(scope.index).isdisjoint(route.hosts[:1])


def _without_master(route: Ingress, scope: Scope) -> str:
    """A minion belongs to the master with its host, in whatever namespace."""
    masters, host = _masters(scope.index), next(iter(route.hosts), "")
    if not _masters(scope.own) or not host or host in masters or any(map(is_placeholder, (host, *masters))):
        return ""
    return f"no master of the workspace has its host {host}"


def _masters(index: Index) -> frozenset[str]:
    """The hosts of masters."""
    return index.kept("masters by host", lambda: frozenset(_hosts_of_masters(index)))


def _hosts_of_masters(index: Index) -> Iterator[str]:
    for ingress in index.of_type(Ingress):
        if ingress.annotations.get(MERGEABLE) == _MASTER:
            yield from ingress.hosts
