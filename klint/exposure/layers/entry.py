"""External entries: what is open, to whom, and what opens it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from klint.exposure.entries import Entry, entries_of_gateway, entries_of_pod, entries_of_service
from klint.exposure.layers.routing import Routing
from klint.hops import Hop, Way
from klint.kube.classes import Gateway
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import cached_property, dataclass

if TYPE_CHECKING:
    from klint.exposure.addressed import Address
    from klint.exposure.audience import Audience
    from klint.exposure.audiences import Audiences
    from klint.exposure.node_ports import NodePortCollision, NodePortRequest
    from klint.kube.clouds import LoadBalancer
    from klint.text.document import Place


@dataclass(frozen=True, eq=False, repr=False)
class Entries(Routing):
    """What is open to the outside, and to whom."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every port the bundle opens to the outside."""
        return tuple(
            entry
            for owners in (self.services, self.pods, self.gateways)
            for owner in owners
            for entry in self.entries_of(owner)
        )

    def entries_of(self, owner: PodTemplate | Service | Gateway) -> tuple[Entry, ...]:
        """The ports that a pod, a Service or a Gateway opens itself; those of a pod with hostNetwork and of
        the ListenerSets of a Gateway among them."""
        if id(owner) not in self._entries_of:
            self._entries_of[id(owner)] = owner, tuple(self._each_entry_of(owner))
        return self._entries_of[id(owner)][1]

    def entries_by_place(self, gateway: Gateway) -> Mapping[Place, Entry]:
        """The entries of a Gateway by the ports of its listeners, and of those of its ListenerSets."""
        if id(gateway) not in self._entries_by_place:
            self._entries_by_place[id(gateway)] = {entry.at: entry for entry in self.entries_of(gateway)}
        return self._entries_by_place[id(gateway)]

    @cached_property
    def _entries_by_place(self) -> dict[int, Mapping[Place, Entry]]:
        """By the identity of the Gateway, which is kept with its entries."""
        return {}

    def _each_entry_of(self, owner: PodTemplate | Service | Gateway) -> Iterator[Entry]:
        if isinstance(owner, PodTemplate):
            return entries_of_pod(owner)
        if isinstance(owner, Gateway):
            return entries_of_gateway(owner, self.listener_sets_of(owner))
        return entries_of_service(owner)

    @cached_property
    def _entries_of(self) -> dict[int, tuple[object, tuple[Entry, ...]]]:
        """By the identity of what opens them, which is kept so that nothing else gets it."""
        return {}

    def entries_of_pods(self, pods: tuple[PodTemplate, ...]) -> tuple[tuple[Entry, PodTemplate, Hop], ...]:
        """The entries that lead to a controller's pods, with the pod that each leads to first and the hop to it."""
        from klint.exposure.controller_entries import entries_of_pods, entry_hop

        key = tuple(map(id, pods))
        if key not in self._controller_entries:
            entries = entries_of_pods(pods, self._scope)
            self._controller_entries[key] = tuple((entry, pod, entry_hop(entry, pod)) for entry, pod in entries)
        return self._controller_entries[key]

    def addressed_services(self, pod: PodTemplate) -> Iterator[Address]:
        """The Services that a pod addresses by name, with the places that do; its own, that select it, apart."""
        from klint.exposure.addressed import addressed_services

        return addressed_services(pod, self._scope)

    def audience(self, entry: Entry) -> Audience:
        """Who can use an entry: the world, a private network, the cluster, or unknown; and what says so."""
        return self._audiences.of(entry)

    def audience_of(self, way: Way) -> Audience:
        """Who can send a request on a way: by its entry, or by the cloud's load balancer that is in no manifest."""
        return self._audiences.of_way(way, self.servings(way.route) if way.route is not None else ())

    def load_balancers(self, service: Service) -> tuple[LoadBalancer, ...]:
        """The implementations of which one takes a Service of type LoadBalancer; none where klint knows of none."""
        return tuple(self._audiences.load_balancing.takers(service))

    def needs_node_ports(self, service: Service) -> bool | None:
        """Whether the load balancer of a Service sends to its node ports; None where nobody knows."""
        return self._audiences.load_balancing.needs_node_ports(service)

    def address_annotation(self, service: Service) -> str:
        """The annotation by which the load balancer of a Service takes an address; empty where klint knows of none."""
        keys = [key for balancer in self.load_balancers(service) for key in balancer.addresses]
        own = {key.partition("/")[0] for key in service.annotations}
        return next((key for key in keys if key.partition("/")[0] in own), keys[0] if keys else "")

    def allow_list(self, service: Service) -> Place | None:
        """Where it says who may come in through the load balancer of a Service; None where everybody may."""
        return self._audiences.load_balancing.allow_list(service)

    @cached_property
    def _audiences(self) -> Audiences:
        from klint.exposure.audiences import Audiences

        return Audiences(self._scope)

    @cached_property
    def _controller_entries(self) -> dict[tuple[int, ...], tuple[tuple[Entry, PodTemplate, Hop], ...]]:
        return {}

    def node_port_requests(self, service: Service) -> Iterator[NodePortRequest]:
        """The numbers of node ports that a Service asks for, those for health checks among them."""
        if service.type not in ("NodePort", "LoadBalancer"):
            return iter(())
        from klint.exposure.node_ports import node_port_requests

        return node_port_requests(service)

    def static_node_port(self, number: int) -> int | None:
        """A node port that the cluster does not hand out by itself, in the place of one that it may; None if none is
        free. No Service of the workspace asks for it."""
        from klint.exposure.node_ports import static_node_ports

        index, node_ports = self._scope.index, self.target.node_ports
        return index.kept(("static node ports", node_ports), lambda: static_node_ports(index, node_ports)).get(number)

    @cached_property
    def node_port_collisions(self) -> tuple[NodePortCollision, ...]:
        """The node ports that Services of the bundle ask for and another request has."""
        if not any(service.type in ("NodePort", "LoadBalancer") for service in self.services):
            return ()
        from klint.exposure.node_ports import node_port_collisions

        return tuple(node_port_collisions(self.services))
