"""How far a reference may look: its bundle first, then the rest of the workspace, then what is declared to exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from klint.exposure.near import Names, parts
from klint.exposure.pod_set import PodSet
from klint.kube.classes import Gateway, IngressClass, ListenerSet
from klint.kube.controllers import INGRESS_CONTROLLERS, IngressController
from klint.kube.index import Index, grouped
from klint.kube.namespace import NAME_LABEL, Namespace
from klint.kube.resource import Resource, string
from klint.kube.routes.ingress import Ingress
from klint.kube.selector import KnownLabels
from klint.kube.service import Endpoints, Service
from klint.kube.workload import PodTemplate
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder
from klint.workspace.rendering import AbsentChart
from klint.workspace.target import Target

if TYPE_CHECKING:
    from klint.exposure.strays import Strays
    from klint.kube.address_pools import AddressPool

Item = TypeVar("Item", bound=Resource | PodTemplate)

_ENOUGH = 20
"""That many are looked at outside the bundle: they show that something exists, and nobody needs them all."""


@dataclass(frozen=True, slots=True)
class Sorted(Generic[Item]):
    """What a lookup found: in the bundle itself, and elsewhere in the workspace."""

    own: tuple[Item, ...]
    elsewhere: tuple[Item, ...]

    @property
    def nearest(self) -> tuple[Item, ...]:
        """Those of the bundle, or if there are none those elsewhere."""
        return self.own or self.elsewhere


_UNKNOWN = Target()
"""Of what no bundle has: what the configuration says is in the cluster."""


@dataclass(frozen=True, eq=False)
class Scope:
    """A bundle inside its workspace.

    `index` has the whole workspace, `own` the bundle alone. `targets` has the target of every file: what goes to
    staging does not answer for production, nor what goes to another cluster; what goes to the same cluster is asked
    first. `apart` are files that meet nothing outside their own bundle.
    """

    index: Index
    target: Target
    own: Index
    files: frozenset[str]
    targets: Mapping[str, Target]
    has_gaps: bool = False
    apart: frozenset[str] = frozenset()
    absent_charts: tuple[AbsentChart, ...] = ()
    """What the bundle's chart depends on and the workspace does not have."""

    @property
    def is_closed(self) -> bool:
        """Whether what is not in the workspace does not exist: the target says so, and klint read all of it."""
        return self.target.is_closed_world and not self.has_gaps and not self.index.unread_words

    def may_hide(self, words: Iterable[str]) -> str:
        """Where something that has all these names and label values may stand unseen; empty if nowhere."""
        if self.has_gaps:
            return "what could not be rendered"
        return self.index.may_hide(words)

    def sort(self, found: Iterable[Item]) -> Sorted[Item]:
        """Tell what is in the bundle from what is elsewhere; leave out what goes to another environment."""
        own, elsewhere = [], []
        for item in found:
            if item.document.source.path in self.files:
                own.append(item)
            elif self._may_meet(item):
                elsewhere.append(item)
        return Sorted(tuple(own), self._surest(elsewhere))

    def pods_with(self, labels: Mapping[str, str], namespace: str) -> Sorted[PodTemplate]:
        """The bundle's pods that carry all these labels; if there are none, some elsewhere."""
        own = self.own.pods_with(labels, namespace)
        return self._nearest(own, self.index.each_pod_with(labels, namespace))

    def services_named(self, namespace: str, name: str) -> Sorted[Service]:
        """The bundle's Services with this name in what may be this namespace; if there are none, some elsewhere."""
        own = self.own.services_named(namespace, name)
        return self._nearest(own, self.index.each_service_named(namespace, name))

    def endpoints_of(self, service: Service) -> tuple[Endpoints, ...]:
        """What is written by hand for a Service: the bundle's, or if it has none what is elsewhere."""
        found = self.index.endpoints_of(service.namespace, service.name)
        return self.sort(found).nearest

    def pod_set(self, pods: tuple[PodTemplate, ...]) -> PodSet:
        """Pods that are selected together: one set for all that select the same."""
        found = self._pod_sets.get(id(pods))
        if found is None:
            found = self._pod_sets[id(pods)] = PodSet(pods)
        return found

    @cached_property
    def _pod_sets(self) -> dict[int, PodSet]:
        """By the identity of their pods, which the set keeps."""
        return {}

    @cached_property
    def strays(self) -> Strays:
        """The bundle's pods that none of its Services selects."""
        from klint.exposure.strays import Strays

        return Strays(self.own)

    @cached_property
    def labels_of_makers(self) -> frozenset[tuple[str, str]]:
        """Labels that the bundle's custom resources write down."""
        from klint.exposure.makers import labels_of_makers

        return labels_of_makers(self.own.resources)

    @cached_property
    def makers(self) -> Mapping[str, list[Resource]]:
        """The bundle's custom resources that may make Services, by name."""
        from klint.exposure.makers import is_maker

        return grouped((resource.name, resource) for resource in self.own.resources if is_maker(resource))

    @cached_property
    def free_makers(self) -> tuple[Resource, ...]:
        """Those of them that may make Services of any name: a Knative Service makes such as begin with its own."""
        from klint.exposure.makers import names_after_itself

        return tuple(item for several in self.makers.values() for item in several if not names_after_itself(item))

    @cached_property
    def bindings(self) -> Mapping[str, Resource]:
        """What binds one of the bundle's Services to a load balancer of the cloud, by the Service's name."""
        found = (resource for resource in self.own.resources if resource.kind == "TargetGroupBinding")
        return {string(resource.get("spec", "serviceRef", "name")): resource for resource in found}

    @cached_property
    def has_service_names_to_fill_in(self) -> bool:
        """Whether any of the bundle's Services has a name that is still to be filled in."""
        return any(map(is_placeholder, self.own.service_names))

    @cached_property
    def service_names(self) -> Names:
        """The names of the bundle's Services."""
        return Names(service.name for service in self.own.of_type(Service))

    @cached_property
    def set_conflicts(self) -> dict[int, Mapping[int, Any]]:
        """What is known of conflicts between ListenerSets, by the identity of their Gateway, which the index keeps."""
        return {}

    @cached_property
    def gateway_names(self) -> Names:
        """The names of the bundle's Gateways."""
        return Names(gateway.name for gateway in self.own.of_type(Gateway))

    @cached_property
    def gateway_namespaces(self) -> frozenset[str]:
        """The namespaces whose Gateways are most likely all here.

        The bundle has Gateways in them, and their Namespaces, or it leaves the namespace to whoever deploys it.
        """
        found = {gateway.namespace for gateway in self.own.of_type(Gateway)}
        return frozenset(found & {"", *(item.name for item in self.own.of_type(Namespace))})

    def is_own(self, resource: Resource) -> bool:
        """Whether it is in the bundle itself."""
        return resource.document.source.path in self.files

    def goes_to_another_cluster(self, resource: Resource) -> bool:
        """Whether it is known to go to another cluster than the bundle."""
        return self.target.is_apart_from(self._target_of(resource))

    def services_named_more(self, name: str) -> list[str]:
        """The names of the bundle's Services that have this one and a prefix or suffix; none where many have."""
        names = self._service_names_by_part.get(name, [])
        return names if len(names) <= _ENOUGH else []

    @cached_property
    def service_namespaces(self) -> frozenset[str]:
        """The namespaces that the bundle's Services are in; the empty one is left open.

        Those of ingress controllers say nothing of where applications have theirs.
        """
        pods = (pod for item in self.controllers for pod in (*self.pods_of(item), *self.proxies_of(item)))
        fronts = {service for pod in pods for service in self.own.services_selecting(pod)}
        return frozenset(service.namespace for service in self.own.of_type(Service) if service not in fronts)

    def namespace_labels(self, name: str) -> KnownLabels:
        """What is known of the labels of a namespace. Every one has its name; others only where a manifest says so."""
        if name not in self._namespace_labels:
            self._namespace_labels[name] = self._labels_of_namespace(name)
        return self._namespace_labels[name]

    def _labels_of_namespace(self, name: str) -> KnownLabels:
        if not name:
            return KnownLabels({}, is_open=True)
        called = [item for item in self.index.named(name) if isinstance(item, Namespace)]
        found = [KnownLabels.of(item.get("metadata", "labels")) for item in self.sort(called).nearest]
        if not found:
            return KnownLabels({NAME_LABEL: name}, is_open=not self.is_closed)
        shared = set.intersection(*(set(labels.written.items()) for labels in found))
        is_open = any(labels.is_open or len(labels.written) > len(shared) for labels in found)
        return KnownLabels({**dict(shared), NAME_LABEL: name}, is_open)

    @cached_property
    def _namespace_labels(self) -> dict[str, KnownLabels]:
        return {}

    @cached_property
    def address_pools(self) -> Mapping[str, list[AddressPool]]:
        """Pools that load balancers take addresses from, by the name of the load balancer: the bundle's own, or if it
        has none those elsewhere. What a local cluster has says nothing of the others."""
        silent = {"local"} - {self.target.environment}
        elsewhere = [
            pool
            for pool in self.index.address_pools
            if self.sort((pool.resource,)).elsewhere and self._target_of(pool.resource).environment not in silent
        ]
        return grouped((pool.balancer, pool) for pool in self.own.address_pools or elsewhere)

    @cached_property
    def classes(self) -> tuple[IngressClass, ...]:
        """The bundle's IngressClasses, or if it has none some elsewhere."""
        return self._nearest(self.own.ingress_classes, self.index.ingress_classes).nearest

    @cached_property
    def default_class(self) -> IngressClass | None:
        """The class that Ingresses without one get: the bundle's own default, or if it has none one elsewhere."""
        own, everywhere = self.own.default_classes, self.index.default_classes
        return next(iter(self._nearest(own, everywhere).nearest), None)

    def classes_named(self, name: str) -> tuple[IngressClass, ...]:
        """The IngressClasses with this name: the bundle's, or if it has none those elsewhere."""
        return self._nearest(self.own.classes_named(name), self.index.classes_named(name)).nearest

    @cached_property
    def asks_for_defined_classes(self) -> bool:
        """Whether any Ingress of the bundle asks for a class that the workspace defines."""
        wanted = {ingress.wanted_class for ingress in self.own.of_type(Ingress)} - {""}
        return any(self.classes_named(name) for name in wanted)

    @cached_property
    def controllers(self) -> tuple[IngressController, ...]:
        """The ingress controllers whose pods are in the bundle or elsewhere."""
        return tuple(controller for controller in INGRESS_CONTROLLERS if self.pods_of(controller))

    def pods_of(self, controller: IngressController) -> tuple[PodTemplate, ...]:
        """The pods that run a controller: the bundle's, or if it has none some elsewhere."""
        return self._nearest(self.own.pods_of(controller), self.index.pods_of(controller)).nearest

    def proxies_of(self, controller: IngressController) -> tuple[PodTemplate, ...]:
        """The pods that take requests for a controller: the bundle's, or if it has none some elsewhere."""
        return self._nearest(self.own.proxies_of(controller), self.index.proxies_of(controller)).nearest

    @cached_property
    def controller_arguments(self) -> frozenset[str]:
        """What the arguments of the bundle's pods say after their `=`: the names controllers answer to among them."""
        return frozenset(
            argument.rpartition("=")[2]
            for pod in self.own.pods
            for container in pod.containers
            for argument in container.arguments
        )

    @cached_property
    def _service_names_by_part(self) -> Mapping[str, list[str]]:
        names = dict.fromkeys(service.name for service in self.own.of_type(Service))
        return grouped((part, name) for name in names for part in parts(name))

    def listener_sets_of(self, gateway: Gateway) -> tuple[ListenerSet, ...]:
        """The bundle's ListenerSets that ask to be attached to a Gateway; if there are none, some elsewhere."""
        own = tuple(self.own.each_listener_set_of(gateway))
        return self._nearest(own, self.index.each_listener_set_of(gateway)).nearest

    def services_selecting(self, pod: PodTemplate) -> tuple[Service, ...]:
        """The bundle's Services that select a pod; if there are none, some elsewhere."""
        own = self.own.services_selecting(pod)
        return self._nearest(own, self.index.each_service_selecting(pod)).nearest

    def has_any(self, own: Sequence[Resource], everywhere: Sequence[Resource]) -> bool:
        """Whether there is any of these in the bundle, or elsewhere where it may meet it.

        `everywhere` is a list that the index keeps: where its objects go to is found once for all bundles.
        """
        if own or self._is_apart:
            return bool(own)
        targets = self.index.kept(("targets", id(everywhere)), lambda: self._targets_of(everywhere))
        return any(map(self.target.may_be_beside, targets))

    def _targets_of(self, everywhere: Iterable[Resource]) -> tuple[Target, ...]:
        """Where objects go that others may meet, each cluster and environment once."""
        meeting = (self._target_of(item) for item in everywhere if item.document.source.path not in self.apart)
        return tuple({(target.cluster, target.environment): target for target in meeting}.values())

    @cached_property
    def _is_apart(self) -> bool:
        """Whether the bundle meets nothing outside it."""
        return not self.apart.isdisjoint(self.files)

    def is_completed(self, resource: Resource) -> bool:
        """Whether an object of the same name is more than a part, so that this one may be merged into it."""
        return self.has_any(self.own.completing(resource), self.index.completing(resource))

    def _nearest(self, own: Sequence[Item], candidates: Iterable[Item]) -> Sorted[Item]:
        if own:
            return Sorted(tuple(own), ())
        elsewhere = (item for item in candidates if self._may_meet(item))
        return Sorted((), self._surest(list(islice(elsewhere, _ENOUGH))))

    def _surest(self, elsewhere: Sequence[Item]) -> tuple[Item, ...]:
        """Of what is elsewhere that which goes to the same cluster for certain; if there is none, all of it."""
        cluster = self.target.cluster
        same = [item for item in elsewhere if self._target_of(item).cluster == cluster] if cluster else ()
        return tuple(same or elsewhere)

    def _may_meet(self, item: Resource | PodTemplate) -> bool:
        is_apart = self._is_apart or item.document.source.path in self.apart
        return not is_apart and self.target.may_be_beside(self._target_of(item))

    def _target_of(self, item: Resource | PodTemplate) -> Target:
        return self.targets.get(item.document.source.path, _UNKNOWN)
