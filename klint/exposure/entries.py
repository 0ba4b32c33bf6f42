"""External entries: where a request comes into the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.enums import StrEnum
from klint.hops import Hop, HopKind, State
from klint.kube.classes import Gateway, ListenerSet
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.service import Service, ServicePort
from klint.kube.workload import ContainerPort, PodTemplate
from klint.records import dataclass
from klint.text.document import Place


class Mechanism(StrEnum):
    """What opens the entry."""

    HOST_PORT = "hostPort"
    HOST_NETWORK = "hostNetwork"
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_IPS = "externalIPs"
    GATEWAY = "Gateway"


@dataclass(frozen=True, slots=True)
class Entry:
    """One port that is open from outside the cluster.

    `resource` opens it, `at` is the field that does, `port` the number (None when the cluster chooses it).
    """

    mechanism: Mechanism
    resource: Resource
    at: Place
    port: int | None
    protocol: str = "TCP"
    service_port: ServicePort | None = None
    container_port: ContainerPort | None = None
    pod: PodTemplate | None = None

    @property
    def hop(self) -> Hop:
        """From outside to what opens it."""
        wants = Ref("", self.mechanism.value)
        return Hop(HopKind.ENTRY, self.resource, self.at, wants, State.RESOLVED, (self.resource,))

    @property
    def number_at(self) -> Place:
        """What opens this port and no other: the nodePort, the port of a Service that has several, else `at`."""
        port = self.service_port
        if port is None:
            return self.at
        if self.mechanism is Mechanism.NODE_PORT and port.node_port:
            return port.at("nodePort")
        is_only = isinstance(self.resource, Service) and len(self.resource.ports) == 1
        return self.at if is_only else port.at("port")

    def __str__(self) -> str:
        number = f" {self.port}" if self.port else ""
        return f"{self.mechanism}{number} of {self.resource}"


def entries_of_pod(pod: PodTemplate) -> Iterator[Entry]:
    """The host ports of a pod; with hostNetwork every declared port is one. A loopback hostIP is no entry.

    Source: pkg/apis/core/v1/defaults.go defaultHostNetworkPorts; pkg/scheduler/framework/types.go HostPortInfo.
    """
    workload = pod.workload
    for port in pod.ports:
        if pod.host_network:
            at = pod.at("spec", "hostNetwork")
            yield Entry(
                Mechanism.HOST_NETWORK, workload, at, port.host_port or port.number, port.protocol, None, port, pod
            )
        elif port.host_port and not port.is_loopback:
            yield Entry(
                Mechanism.HOST_PORT, workload, port.at("hostPort"), port.host_port, port.protocol, None, port, pod
            )
    if pod.host_network and not pod.ports:
        yield Entry(Mechanism.HOST_NETWORK, workload, pod.at("spec", "hostNetwork"), None, "TCP", None, None, pod)


def entries_of_service(service: Service) -> Iterator[Entry]:
    """What a Service opens. A load balancer opens node ports too, but they are not counted twice here."""
    if service.type in ("LoadBalancer", "NodePort"):
        mechanism = Mechanism.LOAD_BALANCER if service.type == "LoadBalancer" else Mechanism.NODE_PORT
        for port in service.ports:
            number = port.number if mechanism is Mechanism.LOAD_BALANCER else port.node_port
            yield Entry(mechanism, service, service.at("spec", "type"), number, port.protocol, port)
    if service.external_ips and service.type != "ExternalName" and not service.is_headless:
        for port in service.ports:
            at = service.at("spec", "externalIPs")
            yield Entry(Mechanism.EXTERNAL_IPS, service, at, port.number, port.protocol, port)


def entries_of_gateway(gateway: Gateway, sets: Iterable[ListenerSet]) -> Iterator[Entry]:
    """The listeners of a Gateway, and of the ListenerSets that are attached to it."""
    for owner in (gateway, *sets):
        for listener in owner.listeners:
            yield Entry(Mechanism.GATEWAY, gateway, listener.at("port"), listener.port, listener.protocol)
