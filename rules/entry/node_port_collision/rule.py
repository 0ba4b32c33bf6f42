"""A node port that is asked for twice: the cluster gives it away once and refuses the other.

Source: k8s.io/kubernetes pkg/registry/core/service/storage/alloc.go (initNodePorts, allocHealthCheckNodePort) and the
duplicate check in pkg/apis/core/validation. The allocator knows numbers only, neither protocol nor namespace.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from klint import Finding, Graph, Place, Related, rule
from klint.kube.namespace import may_be_one_namespace
from klint.kube.service import Service, ServicePort


@rule(severity="error")
def node_port_collision(graph: Graph) -> Iterator[Finding]:
    taken: dict[int, list[Request]] = defaultdict(list)
    for service in graph.services:
        for request in _requests(service):
            for earlier in taken[request.number]:
                problem = _collision(earlier, request)
                if problem:
                    related = Related(f"{earlier.service} asks for it first", earlier.at)
                    yield Finding(problem, at=request.at, related=(related,))
                    break
            taken[request.number].append(request)


@dataclass(frozen=True)
class Request:
    """A number that a Service asks for; without a port it is for the load balancer's health checks."""

    service: Service
    number: int
    at: Place
    port: ServicePort | None = None

    @property
    def field(self) -> str:
        """The name of the field that asks."""
        return "nodePort" if self.port else "healthCheckNodePort"


def _requests(service: Service) -> Iterator[Request]:
    """What a Service asks the allocator for. Other types get no node ports, whatever they say."""
    if service.type not in ("NodePort", "LoadBalancer"):
        return
    for port in service.ports:
        if port.node_port:
            yield Request(service, port.node_port, port.at("nodePort"), port)
    is_local = service.get("spec", "externalTrafficPolicy") == "Local"
    if service.type == "LoadBalancer" and is_local and service.health_check_node_port:
        yield Request(service, service.health_check_node_port, service.at("spec", "healthCheckNodePort"))


def _collision(earlier: Request, request: Request) -> str:
    """Why the second request fails; empty when both may stand."""
    service, number = request.service, request.number
    if earlier.service is not service:
        if _may_be_one_object(earlier.service, service):
            return ""
        return (
            f"{request.field} {number} of {service} is the {earlier.field} of {earlier.service} already: "
            "a cluster has each number once, for all namespaces and protocols"
        )
    if earlier.port is None or request.port is None:
        return f"{request.field} {number} of {service} is also the nodePort of its port {earlier.port or request.port}"
    if earlier.port.protocol == request.port.protocol:
        return f"nodePort {number} stands twice in {service}, both times for {request.port.protocol}"
    if earlier.port.number and request.port.number and earlier.port.number != request.port.number:
        return (
            f"nodePort {number} of {service} is for {earlier.port.protocol} port {earlier.port.number} and "
            f"{request.port.protocol} port {request.port.number}: "
            "to share a node port, two protocols need the same port number"
        )
    return ""


def _may_be_one_object(first: Service, second: Service) -> bool:
    """Whether the second Service is the first one written down again, rather than another."""
    return first.name == second.name and may_be_one_namespace(first.namespace, second.namespace)
