"""Gateway API: a Gateway or a GatewayClass → the object that has its parameters.

Sources: sigs.k8s.io/gateway-api apis/v1 gateway_types.go (GatewayInfrastructure.ParametersRef, GatewayConditionReason
InvalidParameters), gatewayclass_types.go (ParametersReference): what names an object that is not there is not accepted.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.named import follow
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.classes import Gateway, GatewayClass
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.records import replace
from klint.text.placeholders import is_placeholder


def parameter_hops(scope: Scope) -> Iterator[Hop]:
    """From each of the bundle's Gateways and GatewayClasses that names parameters to the object that has them.

    A ConfigMap is missing only where something explains the mistake: anything may make one.
    """
    for source, reference in _references(scope):
        group, kind, name = (string(reference.data.get(field)) for field in ("group", "kind", "name"))
        if not name or not kind or is_placeholder(group) or is_placeholder(kind):
            continue
        namespace = string(reference.data.get("namespace")) or source.namespace
        wants = Ref(group, kind, namespace, name)
        hop = follow(Hop(HopKind.PARAMETERS, source, reference.at("name"), wants, State.UNKNOWN), scope)
        is_doubtful = hop.is_broken and not hop.certain and not group
        yield replace(hop, state=State.UNKNOWN) if is_doubtful else hop


def _references(scope: Scope) -> Iterator[tuple[Resource, View]]:
    for gateway in scope.own.of_type(Gateway):
        yield gateway, gateway.child(View, "spec", "infrastructure", "parametersRef")
    for gateway_class in scope.own.of_type(GatewayClass):
        yield gateway_class, gateway_class.child(View, "spec", "parametersRef")
