"""What stands between an entry and the routes: IngressClasses and Gateways."""

from __future__ import annotations

from functools import cached_property

from klint.kube.resource import Resource, View, integer, string
from klint.records import dataclass

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

    @property
    def protocol(self) -> str:
        """HTTP, HTTPS, TLS, TCP or UDP."""
        return string(self.data.get("protocol"))

    @property
    def hostname(self) -> str:
        """The host it serves; empty for all."""
        return string(self.data.get("hostname"))


@dataclass(frozen=True, eq=False)
class Gateway(Resource):
    """A Gateway of gateway.networking.k8s.io: an entry of its own, for which the controller makes a load balancer."""

    layer = "entry"

    @property
    def class_name(self) -> str:
        """spec.gatewayClassName."""
        return string(self.get("spec", "gatewayClassName"))

    @cached_property
    def listeners(self) -> tuple[Listener, ...]:
        """spec.listeners."""
        return self.children(Listener, "spec", "listeners")
