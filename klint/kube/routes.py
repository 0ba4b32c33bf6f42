"""Routes: what sends HTTP (or TCP, or UDP) from a controller to Services. One class a kind, one list to register it.

A new kind of route is a subclass of `Route` that yields its backends, and a line in `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property

from klint.kube.resource import Resource, View, integer, mapping, sequence, string
from klint.records import dataclass
from klint.text.document import Place

GATEWAY_API = "gateway.networking.k8s.io"


class PortMeaning(Enum):
    """What a backend's port is compared with."""

    SERVICE = "Service port"
    """The Service's port number or port name: Ingress, Gateway API."""
    ENDPOINT = "endpoint port"
    """A port name of the Service or a port number of its pods: OpenShift Route."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service that a route sends to. `namespace` is empty when the route leaves its own unnamed."""

    route: Route
    service: str
    namespace: str
    port: int | str | None
    name_at: Place
    port_at: Place
    role: str = "backend"
    port_meaning: PortMeaning = PortMeaning.SERVICE


@dataclass(frozen=True, eq=False)
class Route(Resource):
    """An object that sends requests to Services."""

    layer = "routing"

    @cached_property
    def backends(self) -> tuple[Backend, ...]:
        """The Services it sends to. Backends that are not Services are not among them."""
        return tuple(self._backends())

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names it answers to; empty means any."""
        return ()

    def _backends(self) -> Iterator[Backend]:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class IngressPath(View):
    """A path of an Ingress rule."""

    @property
    def http_path(self) -> str:
        """The path; empty when absent."""
        return string(self.data.get("path"))

    @property
    def path_type(self) -> str:
        """pathType; empty when absent."""
        return string(self.data.get("pathType"))


@dataclass(frozen=True, eq=False)
class IngressRule(View):
    """A host of an Ingress and its paths."""

    @property
    def host(self) -> str:
        """The host; empty for any."""
        return string(self.data.get("host"))

    @cached_property
    def paths(self) -> tuple[IngressPath, ...]:
        """The paths; empty for a rule with a host only, which leads to the default backend."""
        return self.children(IngressPath, "http", "paths")


CLASS_ANNOTATION = "kubernetes.io/ingress.class"


@dataclass(frozen=True, eq=False)
class Ingress(Route):
    """An Ingress of networking.k8s.io or extensions, any version."""

    @property
    def class_name(self) -> str:
        """spec.ingressClassName; empty when absent."""
        return string(self.get("spec", "ingressClassName"))

    @property
    def class_annotation(self) -> str:
        """The annotation that came before the field."""
        return self.annotations.get(CLASS_ANNOTATION, "")

    @property
    def wanted_class(self) -> str:
        """The class it asks for, by field or annotation; empty when it leaves that to the cluster's default."""
        return self.class_name or self.class_annotation

    @property
    def class_place(self) -> Place:
        """Where the class stands; the object's name when nowhere."""
        if self.class_name:
            return self.at("spec", "ingressClassName")
        return self.at("metadata", "annotations", CLASS_ANNOTATION) if self.class_annotation else self.place

    @cached_property
    def rules(self) -> tuple[IngressRule, ...]:
        """The rules."""
        return self.children(IngressRule, "spec", "rules")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of its rules."""
        return tuple(rule.host for rule in self.rules if rule.host)

    def _backends(self) -> Iterator[Backend]:
        for field in ("defaultBackend", "backend"):
            yield from self._backend(self.child(View, "spec", field), "default backend")
        for rule in self.rules:
            for path in rule.paths:
                yield from self._backend(path.child(View, "backend"), "backend")

    def _backend(self, backend: View, role: str) -> Iterator[Backend]:
        """A v1 or v1beta1 backend. `resource` backends are no Services, nor are ALB actions (`use-annotation`)."""
        name = string(backend.get("service", "name"))
        if name:
            port = mapping(backend.get("service", "port"))
            field = "name" if "name" in port else "number"
            number_or_name = string(port.get("name")) or integer(port.get("number"))
            name_at, port_at = backend.at("service", "name"), backend.at("service", "port", field)
        else:
            name = string(backend.get("serviceName"))
            value = backend.get("servicePort")
            number_or_name = string(value) or integer(value)
            name_at, port_at = backend.at("serviceName"), backend.at("servicePort")
        if name and number_or_name != "use-annotation":
            yield Backend(self, name, self.namespace, number_or_name, name_at, port_at, role)


@dataclass(frozen=True, eq=False)
class ParentRef(View):
    """What a Gateway API route wants to be attached to."""

    @property
    def is_gateway(self) -> bool:
        """A Gateway, rather than a Service (mesh) or a ListenerSet."""
        kind, group = self.data.get("kind", "Gateway"), self.data.get("group", GATEWAY_API)
        return bool(kind == "Gateway" and group == GATEWAY_API)

    @property
    def name(self) -> str:
        """The parent's name."""
        return string(self.data.get("name"))

    @property
    def namespace(self) -> str:
        """The parent's namespace; empty means the route's own."""
        return string(self.data.get("namespace"))


@dataclass(frozen=True, eq=False)
class GatewayRoute(Route):
    """An HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute: they share their shape."""

    @cached_property
    def parents(self) -> tuple[ParentRef, ...]:
        """spec.parentRefs."""
        return self.children(ParentRef, "spec", "parentRefs")

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.hostnames."""
        return tuple(host for host in sequence(self.get("spec", "hostnames")) if isinstance(host, str))

    def _backends(self) -> Iterator[Backend]:
        for rule in self.children(View, "spec", "rules"):
            for reference in rule.children(View, "backendRefs"):
                yield from self._backend(reference, "backend")
                yield from self._mirrors(reference)
            yield from self._mirrors(rule)

    def _mirrors(self, owner: View) -> Iterator[Backend]:
        for filter_ in owner.children(View, "filters"):
            yield from self._backend(filter_.child(View, "requestMirror", "backendRef"), "mirror")

    def _backend(self, reference: View, role: str) -> Iterator[Backend]:
        is_service = reference.data.get("kind", "Service") == "Service" and reference.data.get("group", "") == ""
        name = string(reference.data.get("name"))
        if is_service and name:
            namespace = string(reference.data.get("namespace")) or self.namespace
            port = integer(reference.data.get("port"))
            yield Backend(self, name, namespace, port, reference.at("name"), reference.at("port"), role)


@dataclass(frozen=True, eq=False)
class OpenShiftRoute(Route):
    """A Route of route.openshift.io: up to four Services in its own namespace, and one port for all of them."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.host, where it is set: without it the cluster makes one."""
        host = string(self.get("spec", "host"))
        return (host,) if host else ()

    def _backends(self) -> Iterator[Backend]:
        value = self.get("spec", "port", "targetPort")
        port = string(value) or integer(value)
        targets = (self.child(View, "spec", "to"), *self.children(View, "spec", "alternateBackends"))
        for target in targets:
            name = string(target.data.get("name"))
            if name and target.data.get("kind", "Service") == "Service":
                port_at = self.at("spec", "port", "targetPort")
                yield Backend(
                    self, name, self.namespace, port, target.at("name"), port_at, "backend", PortMeaning.ENDPOINT
                )


ROUTES: Mapping[tuple[str, str], type[Route]] = {
    ("networking.k8s.io", "Ingress"): Ingress,
    ("extensions", "Ingress"): Ingress,
    (GATEWAY_API, "HTTPRoute"): GatewayRoute,
    (GATEWAY_API, "GRPCRoute"): GatewayRoute,
    (GATEWAY_API, "TLSRoute"): GatewayRoute,
    (GATEWAY_API, "TCPRoute"): GatewayRoute,
    (GATEWAY_API, "UDPRoute"): GatewayRoute,
    ("route.openshift.io", "Route"): OpenShiftRoute,
}
"""Every kind of route klint follows."""
