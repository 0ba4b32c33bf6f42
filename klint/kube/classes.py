"""What stands between an entry and the routes: IngressClasses, Gateways with their classes, and ReferenceGrants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, integer, mapping, sequence, string
from klint.records import cached_property, dataclass

DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, eq=False)
class IngressClass(Resource):
    """An IngressClass: the name Ingresses ask for, and the controller that serves it."""

    layer = "routing"

    @property
    def controller(self) -> str:
        """spec.controller."""
        return string(self.get("spec", "controller"))

    @property
    def is_default(self) -> bool:
        """Whether an Ingress without a class gets this one when it is created."""
        return self.annotations.get(DEFAULT_CLASS_ANNOTATION) == "true"


ROUTER = Ref("operator.openshift.io", "IngressController", "openshift-ingress-operator", "default")
"""The router that every OpenShift cluster has, and that takes the Routes no other one is told to take."""

CONTROLLER = "controller"


def controller_ref(name: str) -> Ref:
    """A controller that takes routes of its own kinds, by its name in the table of controllers."""
    return Ref("", CONTROLLER, "", name)


GATEWAY_API = "gateway.networking.k8s.io"

ROUTE_KINDS: Mapping[str, tuple[str, ...]] = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}
"""The kinds of routes that listeners of a protocol take (gateway_types.go AllowedRoutes.Kinds and ProtocolType)."""


OTHER_PROTOCOLS: Mapping[str, str] = {
    "HBONE": "Istio's waypoints: istio.io/latest/docs/ambient/usage/waypoint",
    "TURN-UDP": "l7mp/stunner docs/GATEWAY.md, listener configurations",
    "TURN-TCP": "l7mp/stunner docs/GATEWAY.md, listener configurations",
    "TURN-TLS": "l7mp/stunner docs/GATEWAY.md, listener configurations",
    "TURN-DTLS": "l7mp/stunner docs/GATEWAY.md, listener configurations",
}
"""Protocols of listeners that single implementations have without a domain before them, and where they say so."""


@dataclass(frozen=True, eq=False)
class GatewayClass(Resource):
    """A GatewayClass: the name Gateways ask for, and the controller that serves them."""

    layer = "entry"

    @property
    def controller(self) -> str:
        """spec.controllerName."""
        return string(self.get("spec", "controllerName"))


@dataclass(frozen=True, eq=False)
class Listener(View):
    """A port of a Gateway."""

    @property
    def name(self) -> str:
        """The name that a route's sectionName refers to."""
        return string(self.data.get("name"))

    @property
    def port(self) -> int | None:
        """The port."""
        return integer(self.data.get("port"))

    @cached_property
    def protocol(self) -> str:
        """HTTP, HTTPS, TLS, TCP or UDP, in any case (ProtocolType); or one of an implementation's own."""
        protocol = string(self.data.get("protocol"))
        return protocol.upper() if protocol.isalpha() else protocol

    @property
    def hostname(self) -> str:
        """The host it serves; empty for all."""
        return string(self.data.get("hostname"))

    @property
    def terminates_tls(self) -> bool:
        """Whether what comes through it is encrypted on its way to the Gateway."""
        return self.protocol in ("HTTPS", "TLS")

    @cached_property
    def route_kinds(self) -> frozenset[tuple[str, str]] | None:
        """Groups and kinds of the routes it takes; None where a protocol of the implementation's own decides."""
        kinds = [mapping(item) for item in sequence(self.get("allowedRoutes", "kinds"))]
        if kinds:
            return frozenset((string(item.get("group", GATEWAY_API)), string(item.get("kind"))) for item in kinds)
        usual = ROUTE_KINDS.get(self.protocol)
        return None if usual is None else frozenset((GATEWAY_API, kind) for kind in usual)

    @property
    def allowed_namespaces(self) -> Mapping[str, Any]:
        """allowedRoutes.namespaces."""
        return mapping(self.get("allowedRoutes", "namespaces"))


@dataclass(frozen=True, eq=False)
class ListenerOwner(Resource):
    """What has listeners that routes are attached to: a Gateway or a ListenerSet."""

    layer = "entry"

    @cached_property
    def listeners(self) -> tuple[Listener, ...]:
        """spec.listeners."""
        return self.children(Listener, "spec", "listeners")


@dataclass(frozen=True, eq=False)
class Gateway(ListenerOwner):
    """A Gateway of gateway.networking.k8s.io: an entry of its own, for which the controller makes a load balancer."""

    @property
    def class_name(self) -> str:
        """spec.gatewayClassName."""
        return string(self.get("spec", "gatewayClassName"))

    @property
    def allowed_listener_namespaces(self) -> Mapping[str, Any]:
        """spec.allowedListeners.namespaces: where ListenerSets may be attached from; nowhere unless it says so."""
        return {"from": "None", **mapping(self.get("spec", "allowedListeners", "namespaces"))}


@dataclass(frozen=True, eq=False)
class ListenerSet(ListenerOwner):
    """More listeners for a Gateway (ListenerSet; XListenerSet of gateway.networking.x-k8s.io before it)."""

    @property
    def parent(self) -> Ref:
        """The Gateway that it asks to be attached to: of its own namespace unless given (ParentGatewayReference)."""
        parent = mapping(self.get("spec", "parentRef"))
        group, kind = string(parent.get("group", GATEWAY_API)), string(parent.get("kind", "Gateway"))
        return Ref(group, kind, string(parent.get("namespace")) or self.namespace, string(parent.get("name")))


@dataclass(frozen=True, eq=False)
class ReferenceGrant(Resource):
    """A ReferenceGrant: it stands in the namespace of what is referred to.

    Every entry of `sources` may refer to every one of `targets`. Source: gateway-api.sigs.k8s.io/api-types/
    referencegrant.
    """

    layer = "routing"

    @cached_property
    def sources(self) -> tuple[View, ...]:
        """spec.from: group, kind and namespace of what may refer; there are no wildcards."""
        return self.children(View, "spec", "from")

    @cached_property
    def targets(self) -> tuple[View, ...]:
        """spec.to: group and kind of what may be referred to, and the name unless any will do."""
        return self.children(View, "spec", "to")
