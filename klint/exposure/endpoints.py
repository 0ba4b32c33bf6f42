"""Traffic distribution without a selector: a Service → the Endpoints or EndpointSlices that somebody writes for it.

Sources: k8s.io/api core/v1 types.go ServiceSpec.Selector; discovery/v1 well_known_labels.go LabelServiceName.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.service import Service
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import replace
from klint.text.placeholders import is_placeholder

_WRITERS = ("mirror.linkerd.io/", "service.cilium.io/global", "io.cilium/global-service")
"""Starts of label and annotation keys by which a controller knows the Services whose endpoints it brings.

Sources: linkerd/linkerd2 pkg/k8s/labels.go SvcMirrorPrefix; cilium/cilium pkg/annotation/k8s.go GlobalService.
"""

_ENDPOINTS = ("endpoints", "endpointslices")
_WRITING = ("create", "update", "patch", "*")


def endpoints_hop(service: Service, scope: Scope) -> Hop | None:
    """What stands in for the selector of a Service that has none.

    None where it has one or names another host, and where its selector is misspelt or stands at the wrong level:
    `invalid-service` says so.
    """
    if service.get("spec", "selector") or service.type == "ExternalName" or is_placeholder(service.type):
        return None
    if not mapping(service.get("spec")) or _has_selector_elsewhere(service):
        return None
    wants = Ref("discovery.k8s.io", "EndpointSlice", service.namespace, service.name)
    hop = Hop(HopKind.SELECTION, service, service.place, wants, State.UNKNOWN)
    found = scope.endpoints_of(service)
    if found:
        return replace(hop, state=State.RESOLVED, targets=found)
    reason = _why_unknown(service, scope)
    if reason:
        return replace(hop, why=reason)
    return replace(hop, state=State.BROKEN, why=why(Reason.NO_ENDPOINTS), certain=scope.is_closed)


def _has_selector_elsewhere(service: Service) -> bool:
    spec = (key for key in mapping(service.get("spec")) if key != "selector")
    keys = (*service.data, *mapping(service.get("metadata")), *spec)
    return any(isinstance(key, str) and are_similar(key, "selector") for key in keys)


def _why_unknown(service: Service, scope: Scope) -> Why:
    """Why a Service that nothing writes endpoints for may have some, or needs none."""
    hidden = scope.may_hide([service.name])
    if hidden:
        return why(Reason.HIDDEN_DEFINITION, hidden)
    if scope.is_completed(service) or is_placeholder(service.name):
        return why(Reason.FILLED_IN_LATER, "its selector")
    writer = _writer(service, scope)
    if writer:
        return why(Reason.ENDPOINTS_WRITTEN_BY, writer)
    if service.name in scope.index.kept("meshed", lambda: frozenset(_meshed(scope.index.resources))):
        return why(Reason.MESH_DECIDES)
    maker = next(iter(scope.makers.values()), None)
    return why(Reason.MADE_BY, maker[0]) if maker else PLAIN


def _writer(service: Service, scope: Scope) -> object:
    """Who else may write the endpoints of a Service; None if nobody is known to."""
    if service.name == "kubernetes" and service.namespace in ("", "default"):
        return "the API server"
    key = next((key for key in (*service.labels, *service.annotations) if key.startswith(_WRITERS)), None)
    return key or next(iter(scope.own.kept("writers", lambda: tuple(_allowed_to_write(scope.own.resources)))), None)


def _allowed_to_write(resources: Iterable[Resource]) -> Iterator[Resource]:
    """Roles that let a program write endpoints, as Patroni does for the Services of its leader."""
    for role in resources:
        if role.kind in ("Role", "ClusterRole"):
            for rule in map(mapping, sequence(role.get("rules"))):
                written, verbs = sequence(rule.get("resources")), sequence(rule.get("verbs"))
                if any(item in written for item in _ENDPOINTS) and any(verb in verbs for verb in _WRITING):
                    yield role
                    break


def _meshed(resources: Iterable[Resource]) -> Iterator[str]:
    """Names of Services whose requests a mesh sends elsewhere, so that they need no endpoints of their own.

    Sources: SMI traffic-split.md, the root service; istio.io VirtualService.hosts; Gateway API's GAMMA, a Service as
    parentRef.
    """
    for item in resources:
        if item.kind == "TrafficSplit":
            yield _first_label(item.get("spec", "service"))
        elif (item.group, item.kind) == ("networking.istio.io", "VirtualService"):
            yield from map(_first_label, sequence(item.get("spec", "hosts")))
        elif item.group == "gateway.networking.k8s.io":
            parents = map(mapping, sequence(item.get("spec", "parentRefs")))
            yield from (string(parent.get("name")) for parent in parents if parent.get("kind") == "Service")


def _first_label(host: object) -> str:
    return string(host).partition(".")[0]
