"""Routes that requests come to through others alone, where none of these refers to them.

Sources: projectcontour/contour internal/dag/httpproxy_processor.go (Orphaned); nginx/kubernetes-ingress
internal/k8s/configuration.go (NoVirtualServerFound); emissary-ingress.dev docs topics/running/host-crd, Controlling
Association with Mappings, and emissary-ingress/emissary python/ambassador/ir/irhost.py matches_httpgroup: a host name
in common or a label that the Host selects, and neither by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from klint.exposure.mergeable import is_minion, without_master
from klint.exposure.scope import Scope
from klint.kube.classes import GATEWAY_API
from klint.kube.index import Index
from klint.kube.istio import Hosts
from klint.kube.namespace import ByNamespace, may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource, mapping, sequence, string, strings
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
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
        from klint.exposure.parentless import without_parents

        return without_parents(route, scope)
    if route.kind == "Mapping":
        return _without_host(route, scope)
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


def _without_host(route: Route, scope: Scope) -> str:
    """A Mapping of v3alpha1 is served for the Hosts that have a host name in common with it, or choose it by a label.

    Before Emissary 3.2 one label of a selector was enough, and with DISABLE_STRICT_LABEL_SELECTORS it is.
    """
    spec = mapping(route.get("spec"))
    if route.version != "v3alpha1" or not scope.own.of_kind(route.group, _HOST):
        return ""
    asked = string(spec.get("hostname")) or string(spec.get("host"))
    labels = strings(route.get("metadata", "labels"))
    if spec.get("host_regex") or spec.get("host_redirect") or any(map(is_placeholder, (asked, *labels.values()))):
        return ""
    found = scope.index.of_kind(route.group, _HOST)
    named = scope.index.kept("hosts of Hosts", lambda: Hosts((_hostname(item), item) for item in found))
    chosen = scope.index.kept("labels of Hosts", lambda: frozenset(_chosen(found)))
    if None in chosen or not chosen.isdisjoint(labels.items()) or (asked and any(named.meeting(asked))):
        return ""
    if scope.may_hide([asked]) if asked else scope.has_gaps:
        return ""
    return f"no Host is for {asked}, or selects its labels" if asked else "it has no hostname, and no Host selects it"


_HOST = "Host"


def _hostname(host: Resource) -> str:
    """The host name of a Host; any where it is to be filled in, or ends in a wildcard."""
    name = string(host.get("spec", "hostname")) or "*"
    return "*" if is_placeholder(name) or "*" in name[1:] else name


def _chosen(hosts: Iterable[Resource]) -> Iterator[tuple[str, str] | None]:
    """The labels that Hosts choose Mappings by; None for a choice that is not told by labels alone."""
    for host in hosts:
        spec = mapping(host.get("spec"))
        selector = spec.get("mappingSelector", spec.get("selector"))
        if selector is None:
            continue
        pairs = strings(mapping(selector).get("matchLabels"))
        yield from pairs.items()
        if not pairs or mapping(selector).get("matchExpressions") or any(map(is_placeholder, pairs.values())):
            yield None


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
