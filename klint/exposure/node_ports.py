"""What Services ask the cluster's allocator of node ports for, and which of that it refuses.

Source: k8s.io/kubernetes pkg/registry/core/service/storage/alloc.go (initNodePorts, allocHealthCheckNodePort) and the
duplicate check in pkg/apis/core/validation. The allocator knows numbers only, neither protocol nor namespace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from klint.kube.index import Index
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ports import NodePortRange
from klint.kube.service import Service, ServicePort
from klint.records import dataclass
from klint.text.document import Place

_PROTOCOLS = ("TCP", "UDP", "SCTP")
"""What a port may have; others are refused before anything is allocated."""

_UNPRIVILEGED = 1024
"""Below it are the ports of a node's own services."""


@dataclass(frozen=True, eq=False)
class NodePortRequest:
    """A number that a Service asks for at a place; without a port it is for the load balancer's health checks."""

    service: Service
    number: int
    at: Place
    port: ServicePort | None = None

    @property
    def field(self) -> str:
        """The name of the field that asks."""
        return "nodePort" if self.port else "healthCheckNodePort"

    def collides_with(self, earlier: NodePortRequest) -> bool:
        """Whether one of the two fails: always, but for one port number of one Service with two protocols."""
        if self.service is not earlier.service or self.port is None or earlier.port is None:
            return True
        if self.port.protocol == earlier.port.protocol:
            return True
        return bool(self.port.number and earlier.port.number and self.port.number != earlier.port.number)


@dataclass(frozen=True)
class NodePortCollision:
    """A request that fails, and the earlier one that has the number."""

    request: NodePortRequest
    earlier: NodePortRequest


def node_port_collisions(services: Iterable[Service]) -> Iterator[NodePortCollision]:
    """The requests that fail where all these Services are made, in this order."""
    taken: dict[int, _Taken] = defaultdict(_Taken)
    for order, service in enumerate(services):
        for request in node_port_requests(service):
            earlier = taken[request.number].before(request)
            if earlier is not None:
                yield NodePortCollision(request, earlier)
            taken[request.number].add(order, request)


class _Taken:
    """Who asked for one number: the first of each name and namespace, for thousands may ask."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[str, tuple[int, NodePortRequest]]] = {}
        self._own: list[NodePortRequest] = []

    def add(self, order: int, request: NodePortRequest) -> None:
        """Remember a request; those of one Service come one after the other."""
        service = request.service
        self._by_name.setdefault(service.name, {}).setdefault(service.namespace, (order, request))
        if self._own and self._own[0].service is not service:
            self._own.clear()
        kinds = ((other.port and (other.port.protocol, other.port.number)) for other in self._own)
        if (request.port and (request.port.protocol, request.port.number)) not in kinds:
            self._own.append(request)

    def before(self, request: NodePortRequest) -> NodePortRequest | None:
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
            return min(others, key=lambda other: other[0])[1]
        own = self._own if self._own and self._own[0].service is service else []
        return next((other for other in own if request.collides_with(other)), None)


def node_port_requests(service: Service) -> Iterator[NodePortRequest]:
    """What a Service asks the allocator for. Other types get no node ports, whatever they say."""
    if service.type not in ("NodePort", "LoadBalancer"):
        return
    for port in service.ports:
        if port.node_port and port.protocol in _PROTOCOLS:
            yield NodePortRequest(service, port.node_port, port.at("nodePort"), port)
    is_local = service.get("spec", "externalTrafficPolicy") == "Local"
    if service.type == "LoadBalancer" and is_local and service.health_check_node_port:
        at = service.at("spec", "healthCheckNodePort")
        yield NodePortRequest(service, service.health_check_node_port, at)


def static_node_ports(index: Index, node_ports: NodePortRange) -> Mapping[int, int]:
    """For each node port of a workspace that the cluster may hand out by itself, a free one that it does not.

    A number keeps its last two digits where that is free, for people know it by them: 31080 becomes 30080.
    """
    asked = {request.number for service in index.of_type(Service) for request in node_port_requests(service)}
    static = range(max(node_ports.first, _UNPRIVILEGED), node_ports.first_dynamic)
    free = dict.fromkeys(number for number in static if number not in asked)
    found: dict[int, int] = {}
    for number in sorted(asked):
        if free and node_ports.first_dynamic <= number <= node_ports.last:
            alike = static.start + (number - static.start) % 100
            found[number] = alike if alike in free else next(iter(free))
            del free[found[number]]
    return found
