"""The graph rules read: a bundle's resources with every reference resolved once. Immutable, and lazy inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.exposure.entries import Entry
from klint.exposure.layers.workload import Pods
from klint.hops import Break, Guard, Hop, HopKind, Way
from klint.kube.network_policy import NetworkPolicy
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Backend, Route
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import cached_property, dataclass

if TYPE_CHECKING:
    from klint.exposure.aliases import Alias
    from klint.exposure.blockades import Blockade
    from klint.exposure.certified_hosts import HostMismatch
    from klint.exposure.declared import Unserved
    from klint.exposure.host_ports import HostPortCollision
    from klint.exposure.host_tls import HostTls
    from klint.exposure.ignored_annotations import Ignored
    from klint.exposure.inlets import Inlet
    from klint.exposure.intents import Intents
    from klint.exposure.kind_mappings import Unmapped
    from klint.exposure.misreadings import Misreading
    from klint.exposure.node_port_needs import NodePortNeed
    from klint.exposure.non_http import NonHttp
    from klint.exposure.openings import Opening
    from klint.exposure.plain_beside_tls import PlainBesideTls
    from klint.exposure.pod_security import PodSecurity
    from klint.exposure.references import Reference
    from klint.exposure.side_doors import SideDoor
    from klint.exposure.strangers import Stranger
    from klint.exposure.tls import PlainRoute
    from klint.exposure.tls_secrets import MissingSecret
    from klint.exposure.traefik_api import OpenApi
    from klint.exposure.ways import Arrival
    from klint.intents import Intent
    from klint.kube.dashboards import Dashboard
    from klint.kube.well_known import WellKnown
    from klint.text.document import Place

_FEW = 20
"""The ports of more pods than this are not compared with those of a policy."""


@dataclass(frozen=True, eq=False, repr=False)
class Graph(Pods):
    """One bundle, joined into layers as traffic would.

    Collections hold the bundle's own resources, in the order of their files. Methods that follow a reference look
    through the bundle, then the workspace, then what the configuration says exists, and answer with a hop in one of
    three states; its targets may be in another bundle.
    """

    def strangers(self, service: Service) -> tuple[Stranger, ...]:
        """The workloads that a Service selects beside the one it is for."""
        selection = self.running_selection(service)
        if selection is None or len(selection.selected.workloads) < 2:
            return ()
        from klint.exposure.strangers import strangers

        return tuple(strangers(selection))

    def alias(self, service: Service) -> Alias | None:
        """Where a Service of type ExternalName leads, and which routes' controllers refuse it; None for other types."""
        if service.type != "ExternalName":
            return None
        from klint.exposure.aliases import follow

        return follow(service, self)

    def non_http_backends(self, route: Route) -> Iterator[NonHttp]:
        """The backends of an HTTP route to ports that speak another protocol."""
        from klint.exposure.non_http import non_http_backends

        return non_http_backends(route, self, self._scope)

    def node_port_needs(self, route: Route) -> Iterator[NodePortNeed]:
        """The backends without node ports of a route whose cloud's load balancer sends to node ports."""
        from klint.exposure.node_port_needs import node_port_needs

        return node_port_needs(route, self, self._scope)

    def backend_beside_entry(self, service: Service) -> Backend | None:
        """The backend by which a route leads to a Service that has an entry of its own without need; None otherwise."""
        if service.type not in ("NodePort", "LoadBalancer"):
            return None
        from klint.exposure.beside_routes import backend_beside_entry

        return backend_beside_entry(service, self, self._scope)

    def ignored_annotations(self, route: Route) -> Iterator[Ignored]:
        """The annotations of a route for another controller than the one that serves it, by controller."""
        if not route.annotations:
            return iter(())
        from klint.exposure.ignored_annotations import ignored_annotations

        return ignored_annotations(route, self, self._scope)

    def arrivals(self, route: Route) -> tuple[Arrival, ...]:
        """How requests come to a route from outside, broken ways included."""
        from klint.exposure.ways import arrivals

        if id(route) not in self._arrivals:
            self._arrivals[id(route)] = tuple(arrivals(route, self))
        return self._arrivals[id(route)]

    @cached_property
    def http_load_balancers(self) -> tuple[Service, ...]:
        """The Services with a load balancer that takes HTTP from outside for an application: one of each of these."""
        if not any(service.type == "LoadBalancer" for service in self.services):
            return ()
        from klint.exposure.fronts import http_load_balancers

        return tuple(http_load_balancers(self))

    def unlimited_way(self, service: Service) -> Way | None:
        """A way in through a Service that nothing in the cluster keeps anybody from: through a controller, one that
        asks neither for a host nor for who comes."""
        from klint.exposure.fronts import unlimited_way

        return unlimited_way(service, self)

    def routes_behind(self, service: Service) -> Sequence[Route]:
        """The bundle's routes whose requests come in through a controller's Service."""
        return self._routes_by_front.get(id(service), ())

    @cached_property
    def _routes_by_front(self) -> Mapping[int, Sequence[Route]]:
        from klint.exposure.fronts import routes_by_front

        return routes_by_front(self)

    def fronts_controller(self, service: Service) -> bool:
        """Whether an ingress controller or a gateway is behind a Service, as far as its pods or its selector tell."""
        from klint.exposure.fronts import fronts_controller

        return fronts_controller(service, self)

    def feeds_load_balancer(self, service: Service) -> bool:
        """Whether a cloud's load balancer that an Ingress is served by may send to the node ports of a Service."""
        from klint.exposure.fronts import feeds_load_balancer

        return feeds_load_balancer(service, self, self._scope)

    def inlets_of(self, resource: Resource) -> Iterator[Inlet]:
        """What lets requests in to a Service, a workload, a route or a Gateway, and who can send them."""
        from klint.exposure.inlets import inlets_of

        return inlets_of(resource, self)

    @cached_property
    def inlets_from_world(self) -> tuple[Inlet, ...]:
        """What the bundle opens to the world, each object once."""
        from klint.exposure.inlets import inlets_from_world

        return tuple(inlets_from_world(self))

    def may_be_opened(self, resource: Resource) -> bool:
        """Whether something may open a Service or a workload that klint does not follow to it."""
        from klint.exposure.inlets import may_be_opened

        return may_be_opened(resource, self, self._scope)

    def intent(self, resource: Resource) -> Intent | None:
        """For whom an object is declared to be open; None where nothing says so.

        A Service about which nothing is declared has what the workloads behind it agree on.
        """
        return self._intents.of(resource)

    @cached_property
    def _intents(self) -> Intents:
        from klint.exposure.intents import Intents

        return Intents(self, self.target.declared_exposures)

    @property
    def ways(self) -> Iterator[Way]:
        """Every way from outside that the bundle opens or routes, broken and unknown ones included. Made as you go."""
        from klint.exposure.ways import all_ways

        return all_ways(self)

    def ways_to(self, pod: PodTemplate) -> Iterator[Way]:
        """The ways that reach a pod: no hop of them is broken."""
        from klint.exposure.ways import ways_to

        return ways_to(pod, self)

    def ways_of(self, route: Route) -> Iterator[Way]:
        """The ways through a route, broken ones included."""
        from klint.exposure.ways import ways_of

        return ways_of(route, self)

    def ways_from(self, entry: Entry) -> Iterator[Way]:
        """The ways that lead from an entry straight into pods, without a route."""
        from klint.exposure.ways import ways_from

        return ways_from(entry, self)

    @cached_property
    def exposed_servers(self) -> tuple[tuple[Opening, WellKnown], ...]:
        """Databases, caches, debuggers and the like that are reached from outside, each once at each place."""
        if not self.entries and not self.routes:
            return ()
        from klint.exposure.servers import exposed_servers

        return tuple(exposed_servers(self))

    @cached_property
    def exposed_dashboards(self) -> tuple[tuple[Opening, Dashboard], ...]:
        """Dashboards without a login that are reached from outside, each once at each place."""
        if not self.entries and not self.routes:
            return ()
        from klint.exposure.dashboards import exposed_dashboards

        return tuple(exposed_dashboards(self, self._scope))

    @cached_property
    def open_traefik_apis(self) -> tuple[OpenApi, ...]:
        """IngressRoutes that hand requests to Traefik's own API and dashboard without a guard."""
        if not any(resource.kind == "IngressRoute" for resource in self.resources):
            return ()
        from klint.exposure.traefik_api import open_apis

        return tuple(open_apis(self, self._scope))

    def opens_servers_alone(self, service: Service) -> bool:
        """Whether every port that a Service opens leads to such a server: then who says so has said all."""
        places = {entry.number_at for entry in self.entries_of(service)}
        return bool(places) and places <= self._places_of_servers

    @cached_property
    def _places_of_servers(self) -> frozenset[Place]:
        return frozenset(opening.at for opening, _ in self.exposed_servers)

    @cached_property
    def side_doors(self) -> tuple[SideDoor, ...]:
        """The ways into the bundle's pods around what a route to them asks of every request."""
        if not self.routes:
            return ()
        from klint.exposure.side_doors import side_doors

        return tuple(side_doors(self))

    @cached_property
    def plaintext_openings(self) -> tuple[Opening, ...]:
        """The load balancers and public addresses that take HTTP without TLS: one of each Service or workload."""
        if not self.entries:
            return ()
        from klint.exposure.plaintext import plaintext_openings

        return tuple(plaintext_openings(self))

    def tls_of(self, route: Route, host: str) -> HostTls:
        """What becomes of TLS for a host of a route; the empty host is one that the cluster makes."""
        from klint.exposure.tls import tls_of

        return tls_of(route, host, self, self._scope)

    def host_mismatches(self, ingress: Ingress) -> Iterator[HostMismatch]:
        """The hosts that only the rules of an Ingress have, or only the entries of its spec.tls."""
        if not ingress.tls:
            return iter(())
        from klint.exposure.certified_hosts import host_mismatches

        return host_mismatches(ingress, self, self._scope)

    def plain_beside_tls(self, route: Route) -> Iterator[PlainBesideTls]:
        """What has a route answer plain HTTP for hosts that have TLS, if anything does."""
        if isinstance(route, Ingress) and not route.annotations:
            return iter(())
        from klint.exposure.plain_beside_tls import plain_beside_tls

        return plain_beside_tls(route, self, self._scope)

    @cached_property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The Secrets with certificates that routes, Gateways and the like ask for, and nothing provides."""
        if not any("." in resource.group for resource in self.resources):
            return ()
        from klint.exposure.tls_secrets import missing_secrets

        return tuple(missing_secrets(self, self._scope))

    @cached_property
    def plain_routes(self) -> tuple[PlainRoute, ...]:
        """The routes with a public host that is served without TLS, each once."""
        if not self.routes:
            return ()
        from klint.exposure.tls import plain_routes

        return tuple(plain_routes(self, self._scope))

    def is_open(self, way: Way) -> bool:
        """Whether requests from outside get to its end, as far as is known: it is not broken, the pods it leads to are
        there, and a NetworkPolicy that selects them lets in anybody."""
        from klint.exposure.openings import is_open

        return is_open(way, self)

    def guards_of_entry(self, entry: Entry) -> tuple[Guard, ...]:
        """What every request that comes in through an entry must pass there."""
        from klint.exposure.guards import guards_of_entry

        if id(entry) not in self._entry_guards:
            self._entry_guards[id(entry)] = entry, tuple(guards_of_entry(entry, self))
        return self._entry_guards[id(entry)][1]

    @cached_property
    def _entry_guards(self) -> dict[int, tuple[Entry, tuple[Guard, ...]]]:
        """By the identity of the entry, which is kept with them."""
        return {}

    def guards_of(self, pod: PodTemplate) -> frozenset[Guard]:
        """What every request to a pod must pass, whatever way it takes: the NetworkPolicies that select it."""
        if not self.network_policies:
            return frozenset()  # only the bundle's own are certain to be in force
        from klint.exposure.guards import guards_of_pod

        if id(pod) not in self._pod_guards:
            self._pod_guards[id(pod)] = frozenset(guards_of_pod(pod, self))
        return self._pod_guards[id(pod)]

    @cached_property
    def _pod_guards(self) -> dict[int, frozenset[Guard]]:
        return {}

    def breaks(self, *kinds: HopKind) -> tuple[Break, ...]:
        """Where ways end at hops of these kinds: each root cause once, with the ways that wait behind it."""
        from klint.exposure.breaks import breaks

        for kind in kinds:
            if kind not in self._breaks:
                self._breaks[kind] = breaks(self, kind)
        return tuple(found for kind in kinds for found in self._breaks[kind])

    def path_through(self, found: BackendLink) -> tuple[Hop, ...]:
        """The hops from outside through a route's backend, to pods or to where it ends; of several ways the first."""
        hops = next((arrival.hops for arrival in self.arrivals(found.backend.route)), ())
        selection = self.selection(found.service) if found.service is not None else None
        if found.is_broken or selection is None:
            return (*hops, *(hop for hop in found.hops if hop.kind is HopKind.BACKEND or hop.is_broken))
        return (*hops, found.hop, selection.hop)

    def misreadings(self, resource: Service | Ingress) -> Iterator[Misreading]:
        """The annotations that the load balancer of a Service or an Ingress refuses, misreads, or does not read."""
        if not resource.annotations:
            return iter(())
        from klint.exposure.misreadings import misreadings

        return misreadings(resource, self)

    @cached_property
    def blockades(self) -> tuple[Blockade, ...]:
        """The ways to pods that NetworkPolicies certainly close, by policy and by who sends on them."""
        if not self.network_policies:
            return ()
        from klint.exposure.blockades import blockades

        return tuple(blockades(self))

    @cached_property
    def _mistaken_ports(self) -> frozenset[tuple[int, tuple[str | int, ...]]]:
        """The ports of policies, by policy and path, for which these are blockades."""
        return frozenset((id(found.policy), port.path) for found in self.blockades for port in found.ports)

    def is_closed(self, way: Way) -> bool:
        """Whether a NetworkPolicy certainly closes what a way comes in through to the port that it ends at."""
        return _ends(way) in self._closed

    @cached_property
    def _closed(self) -> frozenset[tuple[int, int, int | None]]:
        return frozenset(_ends(way) for found in self.blockades for way in found.ways)

    def is_unopened(self, pod: PodTemplate) -> bool:
        """Whether nothing in the workspace may open a pod to others than the cluster's own pods."""
        from klint.exposure.unopened import is_unopened

        if id(pod) not in self._unopened:
            self._unopened[id(pod)] = is_unopened(pod, self, self._scope)
        return self._unopened[id(pod)]

    @cached_property
    def _unopened(self) -> dict[int, bool]:
        return {}

    @cached_property
    def _arrivals(self) -> dict[int, tuple[Arrival, ...]]:
        return {}

    @cached_property
    def _breaks(self) -> dict[HopKind, tuple[Break, ...]]:
        return {}

    def unserved_ports(self, policy: NetworkPolicy) -> Iterator[Unserved]:
        """The ports of a NetworkPolicy's ingress rules that none of its pods serves, where these are few and known.

        None where all are scaled to none. What keeps requests out by that is one of the `blockades`.
        """
        from klint.exposure.declared import unserved_ports

        found = self.selected_by(policy)
        if not found.is_whole or len(found.pods) > _FEW:
            return
        if any(self.replicas(pod.workload) != 0 for pod in found.pods):
            services = dict.fromkeys(item for pod in found.pods for item in self.services_selecting(pod))
            for unserved in unserved_ports(policy, found.selected, tuple(services), self._configured_numbers):
                if (id(policy), unserved.port.path) not in self._mistaken_ports:
                    yield unserved

    @cached_property
    def host_port_collisions(self) -> tuple[HostPortCollision, ...]:
        """The ports of a node that pods of the bundle ask for and an earlier one has."""
        if not any(pod.node_ports for pod in self.pods):
            return ()
        from klint.exposure.host_ports import host_port_collisions

        return tuple(host_port_collisions(self.pods))

    @cached_property
    def unmapped_ports(self) -> tuple[Unmapped, ...]:
        """The ports of a kind cluster's nodes that are written down and that no port of the machine is mapped to."""
        if not self.target.kind_clusters:
            return ()
        from klint.exposure.kind_mappings import unmapped_ports

        return tuple(unmapped_ports(self))

    def references(self, resource: Resource) -> tuple[Reference, ...]:
        """What an object refers to, each with the place that it means: a port, a listener, the labels of pods."""
        from klint.exposure.references import references

        if id(resource) not in self._references:
            self._references[id(resource)] = resource, tuple(references(resource, self, self._scope))
        return self._references[id(resource)][1]

    @cached_property
    def _references(self) -> dict[int, tuple[Resource, tuple[Reference, ...]]]:
        """By the identity of the object, which is kept with them."""
        return {}

    def pod_security(self, pod: PodTemplate) -> PodSecurity | None:
        """The Pod Security level by which its namespace refuses a pod host ports and hostNetwork, if it does."""
        from klint.exposure.pod_security import pod_security

        return pod_security(pod, self._scope)


def _ends(way: Way) -> tuple[int, int, int | None]:
    """What a policy tells ways apart by: what they come in through, and the port of pods that they end at."""
    return id(way.entry), id(way.pod), way.port_number
