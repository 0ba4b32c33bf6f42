"""Services, and the Endpoints and EndpointSlices that stand in for selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from klint.kube.resource import Resource, View, integer, sequence, string, strings, texts
from klint.records import cached_property, dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.text.changes import Change

SOURCE_RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"
"""Used when spec.loadBalancerSourceRanges is empty (pkg/api/v1/service util.go GetLoadBalancerSourceRanges)."""

EVERYBODY = frozenset(("0.0.0.0/0", "::/0"))
"""Every address of IPv4, and of IPv6."""

_OF_ENTRIES = (
    *("externalTrafficPolicy", "healthCheckNodePort", "allocateLoadBalancerNodePorts"),
    *("loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges"),
)
"""Fields of Services that are opened to others, beside the node ports."""


@dataclass(frozen=True, eq=False)
class ServicePort(View):
    """A port of a Service, with the defaults the API server fills in."""

    @property
    def number(self) -> int | None:
        """port: what clients and Ingress backends use."""
        return integer(self.data.get("port"))

    @property
    def name(self) -> str:
        """The port's name; empty when it has none."""
        return string(self.data.get("name"))

    @property
    def protocol(self) -> str:
        """TCP unless given."""
        return string(self.data.get("protocol")) or "TCP"

    @cached_property
    def target(self) -> int | str | None:
        """targetPort: a number, or the name of a container port; `port` when absent, 0 or empty."""
        target = self.data.get("targetPort")
        if isinstance(target, str) and target:
            return target
        return integer(target) or self.number

    @property
    def node_port(self) -> int | None:
        """nodePort; None when absent or 0, which leaves the choice to the cluster."""
        return integer(self.data.get("nodePort")) or None

    @property
    def app_protocol(self) -> str:
        """appProtocol."""
        return string(self.data.get("appProtocol"))

    def __str__(self) -> str:
        return f"{self.number} ({self.name})" if self.name else str(self.number)


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Addresses that a load balancer lets in: `at` is the item of the list `within`, or both are the annotation."""

    text: str
    at: Place
    within: Place

    @property
    def is_everybody(self) -> bool:
        """Whether it is every address, of IPv4 or of IPv6."""
        return self.text in EVERYBODY

    @property
    def is_ipv6(self) -> bool:
        """Whether they are addresses of IPv6."""
        return ":" in self.text


@dataclass(frozen=True, eq=False)
class Service(Resource):
    """A core Service, with the defaults the API server fills in."""

    layer = "distribution"

    @cached_property
    def type(self) -> str:
        """ClusterIP unless given."""
        return string(self.get("spec", "type")) or "ClusterIP"

    @property
    def is_headless(self) -> bool:
        """Whether it has no address of its own."""
        return self.get("spec", "clusterIP") == "None" and self.type != "ExternalName"

    @cached_property
    def selector(self) -> Mapping[str, str]:
        """The labels a pod must carry; empty when somebody else manages the endpoints, and for ExternalName."""
        return {} if self.type == "ExternalName" else strings(self.get("spec", "selector"))

    @cached_property
    def ports(self) -> tuple[ServicePort, ...]:
        """The ports."""
        return self.children(ServicePort, "spec", "ports")

    def port(self, wanted: int | str) -> ServicePort | None:
        """The port with this number or name."""
        if isinstance(wanted, int):
            return next((port for port in self.ports if port.number == wanted), None)
        return next((port for port in self.ports if port.name and port.name == wanted), None)

    @property
    def external_name(self) -> str:
        """Where an ExternalName Service leads."""
        return string(self.get("spec", "externalName"))

    @property
    def external_ips(self) -> tuple[str, ...]:
        """spec.externalIPs."""
        return texts(self.get("spec", "externalIPs"))

    @property
    def is_externally_accessible(self) -> bool:
        """Kubernetes' own definition (pkg/apis/core/v1/helper, ExternallyAccessible)."""
        return self.type in ("LoadBalancer", "NodePort") or (self.type == "ClusterIP" and bool(self.external_ips))

    @property
    def load_balancer_class(self) -> str:
        """spec.loadBalancerClass; default cloud implementations leave a Service that sets it alone."""
        return string(self.get("spec", "loadBalancerClass"))

    @property
    def source_ranges(self) -> tuple[str, ...]:
        """Who may come in through the load balancer: the field, else the annotation; empty means everyone."""
        return tuple(item.text for item in self.sources)

    @cached_property
    def sources(self) -> tuple[SourceRange, ...]:
        """The same, each with its place."""
        field, at = self.get("spec", "loadBalancerSourceRanges"), self.at("spec", "loadBalancerSourceRanges")
        if isinstance(field, str) and field:  # all of it is still to be filled in
            return (SourceRange(field, at, at),)
        texts = ((item.strip(), index) for index, item in enumerate(sequence(field)) if isinstance(item, str))
        found = tuple(SourceRange(text, at.below(index), at) for text, index in texts if text)
        return found or self.annotated_sources

    def made_cluster_ip(self) -> tuple[Change, ...]:
        """The changes that make a Service of type NodePort or LoadBalancer one of type ClusterIP, without the fields
        that the API server refuses there, or has no use for (pkg/apis/core/validation ValidateService). Its annotations
        stay, for what else may read them."""
        from klint.text.changes import Remove

        fields = [port.at("nodePort") for port in self.ports if "nodePort" in port.data]
        fields += [self.at("spec", name) for name in _OF_ENTRIES if self.get("spec", name) is not None]
        return (self.setting("ClusterIP", "spec", "type"), *map(Remove, fields))

    @property
    def annotated_sources(self) -> tuple[SourceRange, ...]:
        """What the annotation lets in, which counts where the field has nothing."""
        texts = self.annotations.get(SOURCE_RANGES_ANNOTATION, "").split(",")
        at = self.at("metadata", "annotations", SOURCE_RANGES_ANNOTATION)
        return tuple(SourceRange(text.strip(), at, at) for text in texts if text.strip())

    @property
    def health_check_node_port(self) -> int | None:
        """healthCheckNodePort; None when absent or 0. It comes out of the same range and pool as node ports."""
        return integer(self.get("spec", "healthCheckNodePort")) or None


@dataclass(frozen=True, eq=False)
class Endpoints(Resource):
    """Endpoints or an EndpointSlice written by hand: `service_name` is the Service they belong to."""

    layer = "distribution"

    @property
    def service_name(self) -> str:
        """Endpoints share the Service's name; an EndpointSlice names it in a label."""
        return self.name if self.kind == "Endpoints" else self.labels.get("kubernetes.io/service-name", "")
