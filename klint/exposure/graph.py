"""The graph rules read: a bundle's resources with every reference resolved once. Immutable, and lazy inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink, link
from klint.exposure.declared import Undeclared, undeclared_target_ports
from klint.exposure.entries import Entry, Mechanism, entries_of_pod, entries_of_service
from klint.exposure.mentions import is_mentioned_beside
from klint.exposure.node_ports import NodePortCollision, node_port_collisions
from klint.exposure.scale import Scale, scale
from klint.exposure.scope import Scope
from klint.exposure.selection import Selection, TargetPort, resolve_target_ports, select
from klint.exposure.serving import Serving, controller_hop, serve
from klint.findings import Hop, Path, State
from klint.kube.classes import Gateway, IngressClass
from klint.kube.index import Index, grouped
from klint.kube.namespace import Namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.resource import Resource, strings
from klint.kube.routes import GatewayRoute, Ingress, Route
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder
from klint.workspace.bundles import Bundle
from klint.workspace.target import Target

if TYPE_CHECKING:
    from klint.kube.validation.problem import FieldProblem


def _is_known(controller: str) -> bool:
    return bool(controller) and not is_placeholder(controller)


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
        return Scope(self._index, self.target, self._own, files, self._environments, self.bundle.has_gaps, self._apart)

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

    @cached_property
    def target_ports(self) -> tuple[TargetPort, ...]:
        """Every named targetPort of every Service whose pods are known."""
        return tuple(port for service in self.services for port in self.target_ports_of(service))

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

    def serving(self, ingress: Ingress) -> Serving:
        """Which controller serves an Ingress, and through which entry."""
        if id(ingress) not in self._servings:
            self._servings[id(ingress)] = serve(ingress, self._scope)
        return self._servings[id(ingress)]

    @cached_property
    def controller_hops(self) -> tuple[Hop, ...]:
        """From each IngressClass to the controller it names."""
        return tuple(controller_hop(item, self._scope) for item in self.ingress_classes if _is_known(item.controller))

    def path_through(self, found: BackendLink) -> Path:
        """The hops from outside through a route's backend, to pods or to where it ends; of several ways the first."""
        ways = self._ways_to(found.backend.route)
        return (*(ways[0] if ways else ()), *self._through(found))

    # External entries, and the paths from them

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every port the bundle opens to the outside."""
        found: list[Entry] = []
        for service in self.services:
            found.extend(entries_of_service(service))
        for pod in self.pods:
            found.extend(entries_of_pod(pod))
        for gateway in self.gateways:
            found.extend(
                Entry(Mechanism.GATEWAY, gateway, listener.at("port"), listener.port, listener.protocol)
                for listener in gateway.listeners
            )
        return tuple(found)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every way from outside to pods that the bundle opens or routes, broken and unknown ones included.

        A path starts at an entry (a Service, a workload with host ports, a Gateway, an ingress controller) and ends
        at pods, or at the hop where it breaks or is not known further.
        """
        return tuple(self._paths())

    def paths_to(self, workload: Workload) -> tuple[Path, ...]:
        """The paths that reach a workload's pods: every hop resolved, the last one to this workload."""
        return tuple(self._paths_by_workload.get(id(workload), ()))

    def scale(self, workload: Workload) -> Scale:
        """How many pods a workload may have, what says so, and what a rolling update does to them."""
        return scale(workload, self._own)

    def replicas(self, workload: Workload) -> int | None:
        """The most pods a workload may have: its own replicas or its autoscaler's maximum; None when not said."""
        return self.scale(workload).pods

    def services_selecting(self, pod: PodTemplate) -> tuple[Service, ...]:
        """The Services that select a pod: the bundle's, or if it has none the workspace's."""
        return self._scope.sort(self._scope.index.services_selecting(pod)).nearest

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
    def _servings(self) -> dict[int, Serving]:
        return {}

    @cached_property
    def _paths_by_workload(self) -> Mapping[int, list[Path]]:
        return grouped(
            (id(target), path)
            for path in self.paths
            if all(hop.state is State.RESOLVED for hop in path)
            for target in path[-1].targets
        )

    def _paths(self) -> Iterator[Path]:
        for service in self.services:
            for at, mechanism in {entry.at: entry.mechanism for entry in entries_of_service(service)}.items():
                entry = Hop(service, at, mechanism.value, State.RESOLVED, (service,))
                yield (entry, *self._into_pods(service))
        for pod in self.pods:
            first = next(entries_of_pod(pod), None)
            if first is not None:
                yield (Hop(pod.workload, first.at, "the node's own address", State.RESOLVED, (pod.workload,)),)
        for route in self.routes:
            for entry_hops in self._ways_to(route):
                for found in self.links(route):
                    yield (*entry_hops, *self._through(found))

    def _through(self, found: BackendLink) -> Path:
        """From a route's backend to pods."""
        if found.hop.state is not State.RESOLVED or found.service is None:
            return (found.hop,)
        if found.port_hop is not None and found.port_hop.state is State.BROKEN:
            return (found.hop, found.port_hop)
        return (found.hop, *self._into_pods(found.service))

    def _into_pods(self, service: Service) -> Path:
        selection = self.selection(service)
        return (selection.hop,) if selection else ()

    def _ways_to(self, route: Route) -> Sequence[Path]:
        """The hops from outside to a route."""
        if isinstance(route, Ingress):
            return [self.entry_path(route)]
        if isinstance(route, GatewayRoute):
            return [
                (self._gateway_hop(route, index),) for index, parent in enumerate(route.parents) if parent.is_gateway
            ]
        return [()]

    def entry_path(self, ingress: Ingress) -> Path:
        """The hops from outside to an Ingress: entry → controller, controller → class."""
        serving = self.serving(ingress)
        hops: Iterable[Hop] = () if serving.entry_hop is None else (serving.entry_hop,)
        return (*hops, serving.class_hop)

    def _gateway_hop(self, route: GatewayRoute, index: int) -> Hop:
        parent = route.parents[index]
        namespace = parent.namespace or route.namespace
        wants = f"Gateway {parent.name}"
        found = self._scope.sort(self._scope.index.gateways_named(namespace, parent.name)).nearest
        if found:
            return Hop(route, parent.at("name"), wants, State.RESOLVED, tuple(found))
        if any(exists.has_gateway(namespace, parent.name) for exists in self.target.exists):
            return Hop(route, parent.at("name"), wants, State.RESOLVED, (), "the configuration says it exists")
        return Hop(route, parent.at("name"), wants, State.UNKNOWN, (), "it is not in the workspace")

    # What rules ask of one resource

    def problems(self, resource: Resource) -> Iterator[FieldProblem]:
        """What the API server refuses in a Service, Ingress or IngressClass, or accepts and ignores."""
        from klint.exposure.validity import problems_of

        return problems_of(resource, self._scope, is_built=self.bundle.is_rendered)

    def is_served(self, resource: Resource) -> bool:
        """Whether a CustomResourceDefinition that may share the cluster serves the version of a custom resource."""
        return self._scope.has_any(self._index.serving.get((resource.group, resource.kind, resource.version), ()))

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
        return replace(found, pods=tuple(pod for pod in found.pods if id(pod.workload) not in self._idle))

    def target_ports_of(self, service: Service) -> tuple[TargetPort, ...]:
        """Every named targetPort of a Service whose pods are known."""
        selection = self.running_selection(service)
        return tuple(resolve_target_ports(selection)) if selection else ()

    def undeclared_target_ports(self, service: Service) -> Iterator[Undeclared]:
        """The numeric target ports of a Service that none of its pods declares, nor any ConfigMap mentions."""
        selection = self.running_selection(service)
        for found in undeclared_target_ports(selection) if selection else ():
            if str(found.number) not in self._configured_numbers:
                yield found

    @cached_property
    def _configured_numbers(self) -> frozenset[str]:
        """The numbers that ConfigMaps have: programs read their ports there, too."""
        maps = (item for item in self.resources if item.kind == "ConfigMap")
        texts = (text for item in maps for text in strings(item.get("data")).values())
        return frozenset(number for text in texts for number in re.findall(r"\d+", text))

    @cached_property
    def node_port_collisions(self) -> tuple[NodePortCollision, ...]:
        """The node ports that Services of the bundle ask for and another request has."""
        return tuple(node_port_collisions(self.services))
