"""The graph rules read: a bundle's resources with every reference resolved once. Immutable, and lazy inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink, link
from klint.exposure.entries import Entry, entries_of_gateway, entries_of_pod, entries_of_service
from klint.exposure.mentions import is_mentioned_beside
from klint.exposure.scale import Scale, scale
from klint.exposure.scope import Scope
from klint.exposure.selection import Selection, TargetPort, resolve_target_ports, select
from klint.hops import Break, Guard, Hop, HopKind, Way
from klint.kube.classes import Gateway, IngressClass
from klint.kube.index import Index, grouped
from klint.kube.namespace import Namespace, may_be_one_namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.resource import Resource, strings
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Attachment, AttachmentKind, Backend, Match, Route
from klint.kube.service import Service, ServicePort
from klint.kube.workload import PodTemplate, Workload
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder
from klint.workspace.bundles import Bundle
from klint.workspace.target import Target

if TYPE_CHECKING:
    from klint.exposure.addressed import Address
    from klint.exposure.aliases import Alias
    from klint.exposure.attachment import Attached
    from klint.exposure.audience import Audience
    from klint.exposure.audiences import Audiences
    from klint.exposure.blockades import Blockade
    from klint.exposure.declared import Undeclared, Unserved
    from klint.exposure.governing import Governing
    from klint.exposure.host_ports import HostPortCollision
    from klint.exposure.inlets import Inlet
    from klint.exposure.intents import Intents
    from klint.exposure.kind_mappings import Unmapped
    from klint.exposure.misreadings import Misreading
    from klint.exposure.node_ports import NodePortCollision, NodePortRequest
    from klint.exposure.openings import Opening
    from klint.exposure.pod_security import PodSecurity
    from klint.exposure.pod_selectors import PodSelectors, SelectedPods
    from klint.exposure.policies import Isolation, Policies
    from klint.exposure.serving import Serving
    from klint.exposure.side_doors import SideDoor
    from klint.exposure.strangers import Stranger
    from klint.exposure.ways import Arrival
    from klint.intents import Intent
    from klint.kube.clouds import LoadBalancer
    from klint.kube.policy_rules import PolicyPeer
    from klint.kube.validation.problem import FieldProblem
    from klint.kube.well_known import WellKnown
    from klint.text.document import Place


def _is_known(controller: str) -> bool:
    return bool(controller) and not is_placeholder(controller)


_FEW = 20
"""The ports of more pods than this are not compared with those of a policy."""


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """One bundle, joined into layers as traffic would.

    Collections hold the bundle's own resources, in the order of their files. Methods that follow a reference look
    through the bundle, then the workspace, then what the configuration says exists, and answer with a hop in one of
    three states; its targets may be in another bundle.
    """

    bundle: Bundle
    _index: Index
    _environments: Mapping[str, str]
    _apart: frozenset[str] = frozenset()

    @property
    def target(self) -> Target:
        """Where the bundle goes."""
        return self.bundle.target

    @cached_property
    def _own(self) -> Index:
        return Index(self.bundle.resources)

    @cached_property
    def _scope(self) -> Scope:
        files = frozenset(resource.document.source.path for resource in self.bundle.resources)
        index = self._index.joined_with(self.target.objects)
        return Scope(index, self.target, self._own, files, self._environments, self.bundle.has_gaps, self._apart)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything in the bundle."""
        return self.bundle.resources

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Core Services."""
        return self._own.of_type(Service)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Everything that makes pods, Helm hooks included."""
        return self._own.of_type(Workload)

    @cached_property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pod templates of the workloads that stay and have pods."""
        return tuple(pod for pod in self._own.pods if id(pod.workload) not in self._idle)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Routes of every kind, Ingresses among them."""
        return self._own.of_type(Route)

    @cached_property
    def ingresses(self) -> tuple[Ingress, ...]:
        """Ingresses of every API version."""
        return self._own.of_type(Ingress)

    @cached_property
    def ingress_classes(self) -> tuple[IngressClass, ...]:
        """IngressClasses."""
        return self._own.of_type(IngressClass)

    @cached_property
    def gateways(self) -> tuple[Gateway, ...]:
        """Gateways of the Gateway API."""
        return self._own.of_type(Gateway)

    @cached_property
    def network_policies(self) -> tuple[NetworkPolicy, ...]:
        """NetworkPolicies of networking.k8s.io."""
        return self._own.of_type(NetworkPolicy)

    @cached_property
    def namespaces(self) -> tuple[Namespace, ...]:
        """Namespaces."""
        return self._own.of_type(Namespace)

    # Traffic distribution: Service → pods

    @cached_property
    def selections(self) -> tuple[Selection, ...]:
        """What each Service with a selector selects."""
        return tuple(found for service in self.services if (found := self.selection(service)) is not None)

    @cached_property
    def running_selections(self) -> tuple[Selection, ...]:
        """The same without the pods of workloads that have none: there are no ports of theirs to judge."""
        return tuple(found for service in self.services if (found := self.running_selection(service)) is not None)

    def selection(self, service: Service) -> Selection | None:
        """What a Service selects; None when it has no selector."""
        if id(service) not in self._selections:
            self._selections[id(service)] = select(service, self._scope)
        return self._selections[id(service)]

    def endpoints(self, service: Service) -> Hop | None:
        """The hop from a Service without a selector to what is written in its stead; None where it has one."""
        from klint.exposure.endpoints import endpoints_hop

        return endpoints_hop(service, self._scope)

    def governing(self, workload: Workload) -> Governing | None:
        """The Service in whose domain a StatefulSet's pods have their names; None where it names none."""
        if not workload.governing_service:
            return None
        from klint.exposure.governing import govern

        return govern(workload, self._scope)

    def governed_by(self, service: Service) -> tuple[Workload, ...]:
        """The bundle's StatefulSets that may have their pods' names from a Service."""
        named = self._own.governed.get(service.name, ())
        return tuple(item for item in named if may_be_one_namespace(item.namespace, service.namespace))

    def _without_idle(self, pods: tuple[PodTemplate, ...]) -> tuple[PodTemplate, ...]:
        """Those of workloads that are not idle; what several Services select is looked through once."""
        if id(pods) not in self._pods_without_idle:
            kept = tuple(pod for pod in pods if id(pod.workload) not in self._idle)
            self._pods_without_idle[id(pods)] = pods, kept
        return self._pods_without_idle[id(pods)][1]

    @cached_property
    def _pods_without_idle(self) -> dict[int, tuple[tuple[PodTemplate, ...], tuple[PodTemplate, ...]]]:
        return {}

    @cached_property
    def target_ports(self) -> tuple[TargetPort, ...]:
        """Every named targetPort of every Service whose pods are known."""
        return tuple(port for service in self.services for port in self.target_ports_of(service))

    def target_port(self, service: Service, port: ServicePort) -> TargetPort | None:
        """What a Service port's named targetPort leads to; None for a number, and where no pods are known."""
        return self._target_ports.get((id(service), port.path))

    @cached_property
    def _target_ports(self) -> Mapping[tuple[int, tuple[str | int, ...]], TargetPort]:
        return {(id(found.service), found.port.path): found for found in self.target_ports}

    def services_selecting(self, pod: PodTemplate) -> tuple[Service, ...]:
        """The Services that select a pod: the bundle's, or if it has none the workspace's."""
        return self._scope.services_selecting(pod)

    # HTTP routing: route → Service

    @cached_property
    def backend_links(self) -> tuple[BackendLink, ...]:
        """Every backend of every route, followed to its Service and port."""
        return tuple(found for route in self.routes for found in self.links(route))

    def links(self, route: Route) -> tuple[BackendLink, ...]:
        """A route's backends, followed to their Services and ports."""
        if id(route) not in self._links:
            self._links[id(route)] = tuple(link(backend, self._scope) for backend in route.backends)
        return self._links[id(route)]

    def link(self, backend: Backend) -> BackendLink:
        """A backend of the bundle's, followed to its Service and port."""
        return self._links_by_backend[id(backend)]

    def links_to(self, service: Service) -> Sequence[tuple[Match, BackendLink]]:
        """What the bundle's routes send to a Service, and what of."""
        return self._links_by_service.get(id(service), ())

    @cached_property
    def _links_by_backend(self) -> Mapping[int, BackendLink]:
        return {id(found.backend): found for found in self.backend_links}

    @cached_property
    def _links_by_service(self) -> Mapping[int, list[tuple[Match, BackendLink]]]:
        return grouped(
            (id(found.service), (match, found))
            for route in self.routes
            for match in route.matches
            for found in map(self.link, match.backends)
            if found.service is not None
        )

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

    # From outside to a route

    def servings(self, route: Route) -> tuple[Serving, ...]:
        """Which controllers serve a route by its class, and through which entries."""
        if id(route) not in self._servings:
            from klint.exposure.serving import serve

            classes = (item for item in route.attachments if item.kind is AttachmentKind.CLASS)
            self._servings[id(route)] = tuple(serve(route, item, self._scope) for item in classes)
        return self._servings[id(route)]

    def serving(self, ingress: Ingress) -> Serving:
        """Which controller serves an Ingress, and through which entry."""
        return self.servings(ingress)[0]

    def attachments(self, route: Route) -> tuple[Attached, ...]:
        """What became of a Gateway API route's parents: which listeners take it, and why not."""
        if id(route) not in self._attachments:
            gateways = [item for item in route.attachments if item.kind is AttachmentKind.GATEWAY]
            self._attachments[id(route)] = self._attach(route, gateways) if gateways else ()
        return self._attachments[id(route)]

    def _attach(self, route: Route, gateways: Sequence[Attachment]) -> tuple[Attached, ...]:
        from klint.exposure.attachment import attach

        return tuple(attach(route, item, self._scope) for item in gateways)

    def arrivals(self, route: Route) -> tuple[Arrival, ...]:
        """How requests come to a route from outside, broken ways included."""
        from klint.exposure.ways import arrivals

        if id(route) not in self._arrivals:
            self._arrivals[id(route)] = tuple(arrivals(route, self))
        return self._arrivals[id(route)]

    @property
    def http_load_balancers(self) -> Iterator[Service]:
        """The Services with a load balancer that takes HTTP from outside for an application: one of each of these."""
        if not any(service.type == "LoadBalancer" for service in self.services):
            return iter(())
        from klint.exposure.fronts import http_load_balancers

        return http_load_balancers(self)

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

    @cached_property
    def controller_hops(self) -> tuple[Hop, ...]:
        """From each IngressClass to the controller it names."""
        known = [item for item in self.ingress_classes if _is_known(item.controller)]
        if not known:
            return ()
        from klint.exposure.serving import controller_hop

        return tuple(controller_hop(item, self._scope) for item in known)

    # External entries

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
        """The ports that a pod, a Service or a Gateway opens itself; those of a pod with hostNetwork among them."""
        if isinstance(owner, PodTemplate):
            return tuple(entries_of_pod(owner))
        return tuple(entries_of_gateway(owner) if isinstance(owner, Gateway) else entries_of_service(owner))

    def entries_of_pods(self, pods: tuple[PodTemplate, ...]) -> tuple[tuple[Entry, PodTemplate], ...]:
        """The entries that lead to a controller's pods, with the pod that each leads to first."""
        from klint.exposure.controller_entries import entries_of_pods

        key = tuple(map(id, pods))
        if key not in self._controller_entries:
            self._controller_entries[key] = tuple(entries_of_pods(pods, self._scope))
        return self._controller_entries[key]

    def addressed_services(self, pod: PodTemplate) -> Iterator[Address]:
        """The Services that a pod addresses by name, with the places that do; its own, that select it, apart."""
        from klint.exposure.addressed import addressed_services

        return addressed_services(pod, self._scope)

    def is_system_component(self, subject: PodTemplate | Service, namespaces: tuple[str, ...] | None = None) -> bool:
        """Whether a pod, or every pod of a Service, is part of what runs the cluster rather than an application.

        `namespaces` are patterns of those that are kept for such, where they are not the usual ones.
        """
        from klint.kube.system import SYSTEM_NAMESPACES, is_system_component, is_system_namespace

        patterns = SYSTEM_NAMESPACES if namespaces is None else namespaces
        if isinstance(subject, PodTemplate):
            return is_system_component(subject, patterns)
        selection = self.selection(subject)
        pods = selection.pods if selection is not None else ()
        return is_system_namespace(subject.namespace, patterns) or (
            bool(pods) and all(is_system_component(pod, patterns) for pod in pods)
        )

    def fronts_controller(self, service: Service) -> bool:
        """Whether an ingress controller or a gateway is behind a Service, as far as its pods or its selector tell."""
        from klint.exposure.fronts import fronts_controller

        return fronts_controller(service, self)

    def feeds_load_balancer(self, service: Service) -> bool:
        """Whether a cloud's load balancer that an Ingress is served by may send to the node ports of a Service."""
        from klint.exposure.fronts import feeds_load_balancer

        return feeds_load_balancer(service, self, self._scope)

    # What is open, and what is meant to be

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

    # Ways, and where they break

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

    @property
    def plaintext_openings(self) -> Iterator[Opening]:
        """The load balancers and public addresses that take HTTP without TLS: one of each Service or workload."""
        if not self.entries:
            return iter(())
        from klint.exposure.plaintext import plaintext_openings

        return plaintext_openings(self)

    def is_open(self, way: Way) -> bool:
        """Whether requests from outside get to its end, as far as is known: it is not broken, the pods it leads to are
        there, and a NetworkPolicy that selects them lets in anybody."""
        from klint.exposure.openings import is_open

        return is_open(way, self)

    def guards_of(self, pod: PodTemplate) -> frozenset[Guard]:
        """What every request to a pod must pass, whatever way it takes: the NetworkPolicies that select it."""
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

    # How many, and what else there is

    def audience(self, entry: Entry) -> Audience:
        """Who can use an entry: the world, a private network, the cluster, or unknown; and what says so."""
        return self._audiences.of(entry)

    def audience_of(self, way: Way) -> Audience:
        """Who can send a request on a way: by its entry, or by the cloud's load balancer that is in no manifest."""
        return self._audiences.of_way(way, self.servings(way.route) if way.route is not None else ())

    def load_balancers(self, service: Service) -> tuple[LoadBalancer, ...]:
        """The implementations of which one takes a Service of type LoadBalancer; none where klint knows of none."""
        return tuple(self._audiences.load_balancing.takers(service))

    def misreadings(self, resource: Service | Ingress) -> Iterator[Misreading]:
        """The annotations that the load balancer of a Service or an Ingress refuses, misreads, or does not read."""
        if not resource.annotations:
            return iter(())
        from klint.exposure.misreadings import misreadings

        return misreadings(resource, self)

    def needs_node_ports(self, service: Service) -> bool | None:
        """Whether the load balancer of a Service sends to its node ports; None where nobody knows."""
        return self._audiences.load_balancing.needs_node_ports(service)

    def allow_list(self, service: Service) -> Place | None:
        """Where it says who may come in through the load balancer of a Service; None where everybody may."""
        return self._audiences.load_balancing.allow_list(service)

    def policies(self, pod: PodTemplate) -> Policies:
        """The NetworkPolicies that say what comes in to a pod: `policies.admits(peer, port)`."""
        return self._isolation.of(pod)

    @cached_property
    def blockades(self) -> tuple[Blockade, ...]:
        """The ways to pods that NetworkPolicies certainly close, by policy and by who sends on them."""
        if not self.network_policies:
            return ()
        from klint.exposure.blockades import blockades

        return tuple(blockades(self))

    def selected_by(self, policy: NetworkPolicy) -> SelectedPods:
        """The pods that a NetworkPolicy is about."""
        return self._pod_selectors.of_policy(policy)

    def selected_by_peer(self, policy: NetworkPolicy, peer: PolicyPeer) -> SelectedPods | None:
        """The pods that a peer of a NetworkPolicy's rule means; None where it means addresses or whole namespaces."""
        return self._pod_selectors.of_peer(policy, peer)

    def is_unopened(self, pod: PodTemplate) -> bool:
        """Whether nothing in the workspace may open a pod to others than the cluster's own pods."""
        from klint.exposure.unopened import is_unopened

        if id(pod) not in self._unopened:
            self._unopened[id(pod)] = is_unopened(pod, self, self._scope)
        return self._unopened[id(pod)]

    @cached_property
    def _unopened(self) -> dict[int, bool]:
        return {}

    def is_missed_by_policy(self, workload: Workload) -> bool:
        """Whether a NetworkPolicy that selects no pod was most likely meant for its pods."""
        return id(workload) in self._pod_selectors.meant

    def scale(self, workload: Workload) -> Scale:
        """How many pods a workload may have, what says so, and what a rolling update does to them."""
        return scale(workload, self._own)

    def replicas(self, workload: Workload) -> int | None:
        """The most pods a workload may have: its own replicas or its autoscaler's maximum; None when not said."""
        return self.scale(workload).pods

    @cached_property
    def _audiences(self) -> Audiences:
        from klint.exposure.audiences import Audiences

        return Audiences(self._scope)

    @cached_property
    def _isolation(self) -> Isolation:
        from klint.exposure.policies import Isolation

        return Isolation(self._scope)

    @cached_property
    def _pod_selectors(self) -> PodSelectors:
        from klint.exposure.pod_selectors import PodSelectors

        return PodSelectors(self._scope, self.selection)

    @cached_property
    def _idle(self) -> frozenset[int]:
        """The workloads that are scaled to no pods, by their identity."""
        return frozenset(id(workload) for workload in self.workloads if self.replicas(workload) == 0)

    @cached_property
    def _selections(self) -> dict[int, Selection | None]:
        return {}

    @cached_property
    def _links(self) -> dict[int, tuple[BackendLink, ...]]:
        return {}

    @cached_property
    def _servings(self) -> dict[int, tuple[Serving, ...]]:
        return {}

    @cached_property
    def _attachments(self) -> dict[int, tuple[Attached, ...]]:
        return {}

    @cached_property
    def _arrivals(self) -> dict[int, tuple[Arrival, ...]]:
        return {}

    @cached_property
    def _controller_entries(self) -> dict[tuple[int, ...], tuple[tuple[Entry, PodTemplate], ...]]:
        return {}

    @cached_property
    def _breaks(self) -> dict[HopKind, tuple[Break, ...]]:
        return {}

    # What rules ask of one resource

    def problems(self, resource: Resource) -> Iterator[FieldProblem]:
        """What the API server refuses in a Service, Ingress or IngressClass, or accepts and ignores."""
        from klint.exposure.validity import problems_of

        return problems_of(resource, self._scope, is_built=self.bundle.is_rendered)

    def is_served(self, resource: Resource) -> bool:
        """Whether a CustomResourceDefinition that may share the cluster serves the version of a custom resource."""
        version = (resource.group, resource.kind, resource.version)
        return self._scope.has_any(self._own.serving.get(version, ()), self._scope.index.serving.get(version, ()))

    def is_mentioned_beside(self, resource: Resource, pattern: re.Pattern[str]) -> bool:
        """Whether a manifest that may be deployed with a resource has a pattern in its text."""
        return is_mentioned_beside(resource, pattern, self._scope)

    def is_running(self, workload: Workload) -> bool:
        """Whether its pods stay: it is no Helm hook, has pods, and nothing else makes them."""
        return id(workload) in self._running

    @cached_property
    def _running(self) -> frozenset[int]:
        return frozenset(id(pod.workload) for pod in self.pods)

    def running_selection(self, service: Service) -> Selection | None:
        """What a Service selects of the pods that are there: those of workloads that are scaled to none are not."""
        found = self.selection(service)
        if found is None or not self._idle:
            return found
        return replace(found, selected=self._scope.pod_set(self._without_idle(found.pods)))

    def target_ports_of(self, service: Service) -> tuple[TargetPort, ...]:
        """Every named targetPort of a Service whose pods are known."""
        selection = self.running_selection(service)
        return tuple(resolve_target_ports(selection)) if selection else ()

    def undeclared_target_ports(self, service: Service) -> Iterator[Undeclared]:
        """The numeric target ports of a Service that none of its pods declares, nor any ConfigMap mentions."""
        selection = self.running_selection(service)
        if selection is None or not selection.pods:
            return
        from klint.exposure.declared import undeclared_target_ports

        for found in undeclared_target_ports(selection):
            if found.number not in self._configured_numbers:
                yield found

    def unserved_ports(self, policy: NetworkPolicy) -> Iterator[Unserved]:
        """The ports of a NetworkPolicy's ingress rules that none of its pods serves, where these are few and known."""
        from klint.exposure.declared import unserved_ports

        found = self.selected_by(policy)
        if found.is_whole and len(found.pods) <= _FEW:
            services = dict.fromkeys(item for pod in found.pods for item in self.services_selecting(pod))
            yield from unserved_ports(policy, found.selected, tuple(services), self._configured_numbers)

    @cached_property
    def _configured_numbers(self) -> frozenset[int]:
        """The numbers that ConfigMaps have: programs read their ports there, too."""
        maps = (item for item in self.resources if item.kind == "ConfigMap")
        texts = (text for item in maps for text in strings(item.get("data")).values())
        return frozenset(int(digits) for text in texts for digits in re.findall(r"\d+", text) if len(digits) <= 5)

    def node_port_requests(self, service: Service) -> Iterator[NodePortRequest]:
        """The numbers of node ports that a Service asks for, those for health checks among them."""
        from klint.exposure.node_ports import node_port_requests

        return node_port_requests(service)

    @cached_property
    def node_port_collisions(self) -> tuple[NodePortCollision, ...]:
        """The node ports that Services of the bundle ask for and another request has."""
        from klint.exposure.node_ports import node_port_collisions

        return tuple(node_port_collisions(self.services))

    @cached_property
    def host_port_collisions(self) -> tuple[HostPortCollision, ...]:
        """The ports of a node that pods of the bundle ask for and an earlier one has."""
        from klint.exposure.host_ports import host_port_collisions

        return tuple(host_port_collisions(self.pods))

    @property
    def unmapped_ports(self) -> Iterator[Unmapped]:
        """The ports of a kind cluster's nodes that are written down and that no port of the machine is mapped to."""
        if not self.target.kind_clusters:
            return iter(())
        from klint.exposure.kind_mappings import unmapped_ports

        return unmapped_ports(self)

    def pod_security(self, pod: PodTemplate) -> PodSecurity | None:
        """The Pod Security level by which its namespace refuses a pod host ports and hostNetwork, if it does."""
        from klint.exposure.pod_security import pod_security

        return pod_security(pod, self._scope)
