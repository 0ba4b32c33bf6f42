"""What a bundle has, and where it goes: the ground that the layers stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.scale import Scale, replicas, scale
from klint.exposure.scope import Scope
from klint.kube.classes import Gateway, IngressClass, ListenerSet
from klint.kube.index import Index, grouped
from klint.kube.namespace import Namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.records import cached_property, dataclass
from klint.workspace.bundles import Bundle
from klint.workspace.target import Target

if TYPE_CHECKING:
    from klint.kube.removed_apis import Removal
    from klint.kube.validation.problem import FieldProblem
    from klint.text.changes import Change


@dataclass(frozen=True, eq=False, repr=False)
class Resources:
    """What a bundle has, and where it goes."""

    bundle: Bundle
    _index: Index
    _targets: Mapping[str, Target]
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
        return Scope(
            index,
            self.target,
            self._own,
            files,
            self._targets,
            self.bundle.has_gaps,
            self._apart,
            self.bundle.absent_charts,
        )

    @property
    def indexes(self) -> tuple[Index, ...]:
        """What its answers are looked up in: the bundle, and the workspace around it."""
        return self._own, self._scope.index

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything in the bundle."""
        return self.bundle.resources

    def resources_in(self, file: str) -> Sequence[Resource]:
        """What is written in a file, as reports call it: of a built kustomization the objects that it builds of it."""
        return self._by_file.get(file, ())

    @cached_property
    def _by_file(self) -> Mapping[str, Sequence[Resource]]:
        return grouped((resource.document.file.path, resource) for resource in self.resources)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Core Services."""
        return self._own.of_type(Service)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Everything that makes pods and that nothing else here made, Helm hooks included."""
        return self._own.workloads

    @cached_property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pod templates of the workloads that stay and have pods."""
        return tuple(pod for pod in self._own.pods if id(pod.workload) not in self._idle)

    @cached_property
    def runs_controller(self) -> bool:
        """Whether some of these pods are an ingress controller or a gateway."""
        return any(pod.is_ingress_or_gateway for pod in self.pods)

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
    def listener_sets(self) -> tuple[ListenerSet, ...]:
        """ListenerSets of the Gateway API."""
        return self._own.of_type(ListenerSet)

    @cached_property
    def network_policies(self) -> tuple[NetworkPolicy, ...]:
        """NetworkPolicies of networking.k8s.io."""
        return self._own.of_type(NetworkPolicy)

    @cached_property
    def namespaces(self) -> tuple[Namespace, ...]:
        """Namespaces."""
        return self._own.of_type(Namespace)

    def scale(self, workload: Workload) -> Scale:
        """How many pods a workload may have, what says so, and what a rolling update does to them."""
        return scale(workload, self._own)

    def replicas(self, workload: Workload) -> int | None:
        """The most pods a workload may have: its own replicas or its autoscaler's maximum; None when not said."""
        return replicas(workload, self._own)

    @cached_property
    def _idle(self) -> frozenset[int]:
        """The workloads that are scaled to no pods, by their identity."""
        return frozenset(id(workload) for workload in self.workloads if self.replicas(workload) == 0)

    def problems(self, resource: Resource) -> Iterator[FieldProblem]:
        """What the API server refuses in a Service, Ingress or route of the Gateway API, or accepts and ignores."""
        from klint.exposure.validity import problems_of

        return problems_of(resource, self._scope, is_built=self.bundle.is_rendered)

    def is_served(self, resource: Resource) -> bool:
        """Whether a CustomResourceDefinition that may share the cluster serves the version of a custom resource."""
        version = (resource.group, resource.kind, resource.version)
        return self._scope.has_any(self._own.serving.get(version, ()), self._scope.index.serving.get(version, ()))

    def removal(self, resource: Resource) -> Removal | None:
        """Whether clusters like the target no longer serve the version of an Ingress or a Gateway API object."""
        if resource.version == "v1":  # as nearly all have, and clusters serve for good
            return None
        from klint.kube.removed_apis import removal_by_definition, removal_by_kubernetes

        version, kind = f"{resource.group}/{resource.version}", resource.kind
        found = removal_by_definition(version, kind)
        if found is not None:
            return None if self.is_served(resource) else found
        return removal_by_kubernetes(version, kind, self.target.kubernetes)

    def upgrade(self, resource: Resource) -> tuple[Change, ...]:
        """What makes it an object of the version that replaces one which is no longer served; nothing if unknown."""
        from klint.kube.upgrades import upgrade

        removal = self.removal(resource)
        return upgrade(resource, removal.replacement) if removal else ()

    def is_mentioned_beside(self, resource: Resource, pattern: re.Pattern[str]) -> bool:
        """Whether a manifest that may be deployed with a resource has a pattern in its text."""
        from klint.exposure.mentions import is_mentioned_beside

        return is_mentioned_beside(resource, pattern, self._scope)

    def is_running(self, workload: Workload) -> bool:
        """Whether its pods stay: it is no Helm hook, has pods, and nothing else makes them."""
        return id(workload) in self._running

    @cached_property
    def _running(self) -> frozenset[int]:
        return frozenset(id(pod.workload) for pod in self.pods)
