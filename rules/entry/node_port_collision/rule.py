"""A node port that is asked for twice: the cluster gives it away once and refuses the other.

Source: k8s.io/kubernetes pkg/registry/core/service/storage/alloc.go (initNodePorts, allocHealthCheckNodePort) and the
duplicate check in pkg/apis/core/validation. The allocator knows numbers only, neither protocol nor namespace.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from klint import Finding, Graph, Place, Related, rule
from klint.kube.namespace import may_be_one_namespace
from klint.kube.service import Service, ServicePort
from klint.records import dataclass

PROTOCOLS = ("TCP", "UDP", "SCTP")
"""What a port may have; `invalid-service` speaks of others."""


@rule(severity="error")
def node_port_collision(graph: Graph) -> Iterator[Finding]:
    taken: dict[int, Taken] = defaultdict(Taken)
    for order, service in enumerate(graph.services):
        for request in _requests(service, order):
            earlier = taken[request.number].before(request)
            if earlier is not None:
                related = Related(f"{earlier.service} asks for it first", earlier.at)
                yield Finding(_collision(earlier, request), at=request.at, related=(related,))
            taken[request.number].add(request)


@dataclass(frozen=True)
class Request:
    """A number that a Service asks for; without a port it is for the load balancer's health checks."""

    service: Service
    number: int
    at: Place
    order: int
    port: ServicePort | None = None

    @property
    def field(self) -> str:
        """The name of the field that asks."""
        return "nodePort" if self.port else "healthCheckNodePort"


class Taken:
    """Who asked for one number: the first of each name and namespace, for thousands may ask."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[str, Request]] = {}
        self._own: list[Request] = []

    def add(self, request: Request) -> None:
        """Remember a request; those of one Service come one after the other."""
        service = request.service
        self._by_name.setdefault(service.name, {}).setdefault(service.namespace, request)
        if self._own and self._own[0].service is not service:
            self._own.clear()
        kinds = ((other.port and (other.port.protocol, other.port.number)) for other in self._own)
        if (request.port and (request.port.protocol, request.port.number)) not in kinds:
            self._own.append(request)

    def before(self, request: Request) -> Request | None:
        """The first request that keeps this one from its number."""
        service = request.service
        # Of two names one is another one, and so with namespaces once the one that is left open is set apart.
        others = [
            next(iter(by_namespace.values()))
            for name, by_namespace in islice(self._by_name.items(), 2)
            if name != service.name
        ]
        if service.namespace:
            namesakes = self._by_name.get(service.name, {})
            others += [
                other
                for namespace, other in islice(namesakes.items(), 3)
                if not may_be_one_namespace(namespace, service.namespace)
            ]
        if others:
            return min(others, key=lambda other: other.order)
        own = self._own if self._own and self._own[0].service is service else []
        return next((other for other in own if _collision(other, request)), None)


def _requests(service: Service, order: int) -> Iterator[Request]:
    """What a Service asks the allocator for. Other types get no node ports, whatever they say."""
    if service.type not in ("NodePort", "LoadBalancer"):
        return
    for port in service.ports:
        if port.node_port and port.protocol in PROTOCOLS:
            yield Request(service, port.node_port, port.at("nodePort"), order, port)
    is_local = service.get("spec", "externalTrafficPolicy") == "Local"
    if service.type == "LoadBalancer" and is_local and service.health_check_node_port:
        yield Request(service, service.health_check_node_port, service.at("spec", "healthCheckNodePort"), order)


def _collision(earlier: Request, request: Request) -> str:
    """Why the second request fails; empty when both may stand."""
    service, number = request.service, request.number
    if earlier.service is not service:
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
