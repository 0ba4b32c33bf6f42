"""The whole workspace's resources, found by what refers to them. Lookups are by key, never by scan."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from klint.kube.autoscaler import Autoscaler
from klint.kube.classes import Gateway, IngressClass, ListenerSet
from klint.kube.controllers import (
    INGRESS_CONTROLLERS,
    IngressController,
    controller_of_image,
    image_is,
    image_repository,
)
from klint.kube.namespace import ByNamespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.owners import borrowed_pods, speaking
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import AttachmentKind, Route
from klint.kube.selector import matches
from klint.kube.service import Endpoints, Service
from klint.kube.workload import PodTemplate, Workload
from klint.records import cached_property
from klint.regex import regex

if TYPE_CHECKING:
    from klint.kube.address_pools import AddressPool
    from klint.kube.pod_index import PodIndex
    from klint.kube.policy_index import PolicyIndex

_WORD = regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
ResourceType = TypeVar("ResourceType", bound=Resource)
Made = TypeVar("Made")


class Index:
    """Resources of one workspace. Namespaces compare as `may_be_one_namespace` says.

    `unread` are the texts of documents that do not parse, `unrendered` those that charts which do not render are made
    of: what is in them is unknown, and not missing.
    """

    def __init__(
        self, resources: Iterable[Resource], unread: Iterable[str] = (), unrendered: Iterable[str] = ()
    ) -> None:
        self.resources = tuple(resources)
        self._unread = {
            "a document that does not parse": tuple(unread),
            "a chart that does not render whole": tuple(unrendered),
        }

    def joined_with(self, others: tuple[Resource, ...]) -> Index:
        """These resources and others; the same index for the same tuple of others, and this one where there are none.

        What could not be read may hide what either of them asks for.
        """
        if not others:
            return self

        def join() -> Index:
            joined = Index((*self.resources, *others))
            joined._unread = self._unread
            return joined

        return self.kept(("joined", id(others)), join)

    def of_type(self, cls: type[ResourceType]) -> tuple[ResourceType, ...]:
        """Every resource of a class, in the order of files."""
        classes = [found for found in self._by_class if issubclass(found, cls)]
        if len(classes) > 1:
            return tuple(resource for resource in self.resources if isinstance(resource, cls))
        return cast("tuple[ResourceType, ...]", self._by_class[classes[0]]) if classes else ()

    @cached_property
    def _by_class(self) -> Mapping[type[Resource], tuple[Resource, ...]]:
        return {cls: tuple(found) for cls, found in grouped((type(item), item) for item in self.resources).items()}

    def of_kind(self, group: str, kind: str) -> Sequence[Resource]:
        """Every resource of a group and kind, in the order of files: for those that have no class of their own."""
        return self._by_kind.get((group, kind), ())

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Every workload that speaks for its pods, Helm hooks included: what another one made is that one's."""
        return speaking(self.of_type(Workload))

    @cached_property
    def pods(self) -> tuple[PodTemplate, ...]:
        """Every pod template that stays: those of Helm hooks do not. A Rollout may have a PodTemplate's."""
        return tuple(
            pod
            for workload in self.workloads
            if not workload.is_hook
            for pod in (workload.pods or self._borrowed(workload))
        )

    def _borrowed(self, workload: Workload) -> tuple[PodTemplate, ...]:
        kind, name = workload.borrowed or ("", "")
        if kind != "PodTemplate":
            return ()
        named = self._by_name.within(name, workload.namespace)
        return borrowed_pods(workload, (item for item in named if item.kind == kind))

    @cached_property
    def open_pods(self) -> tuple[PodTemplate, ...]:
        """Those of them with labels that are still to be filled in."""
        return tuple(pod for pod in self.pods if pod.has_open_labels)

    @cached_property
    def selectable(self) -> PodIndex:
        """Every pod template by what selects it, those of Helm hooks among them: they have labels while they run."""
        from klint.kube.pod_index import PodIndex

        hooks = (pod for workload in self.workloads if workload.is_hook for pod in workload.pods)
        return PodIndex((*self.pods, *hooks))

    @cached_property
    def rollouts(self) -> Mapping[tuple[str, str], list[Workload]]:
        """Argo Rollouts that make the pods of another workload, by its kind and name."""
        return grouped((item.borrowed, item) for item in self.of_type(Workload) if item.borrowed is not None)

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        """Every word of what was not read, by what that is."""
        return {
            what: frozenset(word for text in texts for word in _WORD.findall(text))
            for what, texts in self._unread.items()
        }

    @cached_property
    def unread_words(self) -> frozenset[str]:
        """Every word of what was not read: names and label values among them."""
        return frozenset().union(*self._words.values())

    def may_hide(self, words: Iterable[str]) -> str:
        """What may hold something that has all these names and label values, and was not read; empty if nothing."""
        wanted = frozenset(words)
        return next((what for what, found in self._words.items() if wanted <= found), "")

    def services_named(self, namespace: str, name: str) -> list[Service]:
        """Services with this name in a namespace that may be this one."""
        return list(self.each_service_named(namespace, name))

    def each_service_named(self, namespace: str, name: str) -> Iterator[Service]:
        """The same, one after the other."""
        return self._services_by_name.within(name, namespace)

    def endpoints_of(self, namespace: str, name: str) -> list[Endpoints]:
        """Endpoints and EndpointSlices of a Service with this name in a namespace that may be this one."""
        return list(self._endpoints_by_service.within(name, namespace))

    @property
    def service_names(self) -> Iterable[str]:
        """The names of all Services, each once."""
        return self._services_by_name.keys()

    def services_called(self, name: str) -> list[Service]:
        """Services with this name in any namespace."""
        return self._services_by_name.anywhere(name)

    def named(self, name: str) -> list[Resource]:
        """Resources of any kind with this name."""
        return self._by_name.anywhere(name)

    def gateways_named(self, namespace: str, name: str) -> list[Gateway]:
        """Gateways with this name in a namespace that may be this one."""
        return list(self._gateways_by_name.within(name, namespace))

    def gateways_called(self, name: str) -> list[Gateway]:
        """Gateways with this name in any namespace."""
        return self._gateways_by_name.anywhere(name)

    def listener_sets_named(self, namespace: str, name: str) -> list[ListenerSet]:
        """ListenerSets with this name in a namespace that may be this one."""
        return list(self._listener_sets_by_name.within(name, namespace))

    def each_listener_set_of(self, gateway: Gateway) -> Iterator[ListenerSet]:
        """ListenerSets that ask to be attached to a Gateway with this name in a namespace that may be its own."""
        return self._listener_sets_by_gateway.within(gateway.name, gateway.namespace)

    def pods_with(self, labels: Mapping[str, str], namespace: str) -> tuple[PodTemplate, ...]:
        """Pods that carry all these labels in a namespace that may be this one. No labels match no pod."""
        wanted = (frozenset(labels.items()), namespace)
        if wanted not in self._pods_by_selector:
            self._pods_by_selector[wanted] = tuple(self.each_pod_with(labels, namespace))
        return self._pods_by_selector[wanted]

    def has_pods_with(self, labels: Mapping[str, str], namespace: str) -> bool:
        """Whether any pod carries all these labels in a namespace that may be this one."""
        return next(self.each_pod_with(labels, namespace), None) is not None

    def each_pod_with(self, labels: Mapping[str, str], namespace: str) -> Iterator[PodTemplate]:
        """The same, one after the other."""
        if labels:
            pairs = list(labels.items())
            rarest = min(pairs, key=lambda pair: self._pods_by_label.count(pair, namespace)) if pairs[1:] else pairs[0]
            for pod in self._pods_by_label.within(rarest, namespace):
                if matches(labels, pod.labels):
                    yield pod

    def pods_sharing(self, labels: Mapping[str, str]) -> Sequence[PodTemplate]:
        """Pods that carry the rarest of these labels, and perhaps the others."""
        return min((self._pods_by_label.anywhere(pair) for pair in labels.items()), key=len, default=[])

    def services_selecting(self, pod: PodTemplate) -> list[Service]:
        """Services whose selector matches a pod."""
        return list(self.each_service_selecting(pod))

    def is_selected(self, pod: PodTemplate) -> bool:
        """Whether any Service's selector matches a pod."""
        return next(self.each_service_selecting(pod), None) is not None

    def each_service_selecting(self, pod: PodTemplate) -> Iterator[Service]:
        """The same, one after the other."""
        for pair in pod.labels.items():
            for service in self._services_by_label.within(pair, pod.namespace):
                if matches(service.selector, pod.labels):
                    yield service

    def classes_named(self, name: str) -> list[IngressClass]:
        """IngressClasses with this name."""
        return self._classes_by_name.get(name, [])

    @cached_property
    def ingress_classes(self) -> tuple[IngressClass, ...]:
        """Every IngressClass."""
        return self.of_type(IngressClass)

    @cached_property
    def default_classes(self) -> tuple[IngressClass, ...]:
        """The IngressClasses that are the default."""
        return tuple(item for item in self.ingress_classes if item.is_default)

    @cached_property
    def controller_pods(self) -> Mapping[str, list[PodTemplate]]:
        """Pods that run an ingress controller, by the controller's name."""
        found: dict[str, list[PodTemplate]] = defaultdict(list)
        for pod in self.pods:
            if pod.workload.is_job:
                continue
            for container in pod.containers:
                controller = controller_of_image(container.image) if container.image else None
                if controller is not None:
                    found[controller.name].append(pod)
                    break
        return found

    def pods_of(self, controller: IngressController) -> list[PodTemplate]:
        """Pods that run this controller."""
        return self.controller_pods.get(controller.name, [])

    def proxies_of(self, controller: IngressController) -> list[PodTemplate]:
        """Pods that take requests for this controller: other ones than its own where it has a proxy apart."""
        return self._proxy_pods.get(controller.name, []) if controller.proxy_images else self.pods_of(controller)

    def pods_from(self, image: str) -> list[PodTemplate]:
        """Pods that run an image with this name, whatever its registry, owner and tag."""
        return self._pods_by_image.get(image, [])

    def autoscalers_of(self, workload: Workload) -> list[Autoscaler]:
        """Autoscalers that scale a workload."""
        return list(self._autoscalers_by_target.within((workload.kind, workload.name), workload.namespace))

    @cached_property
    def policies(self) -> PolicyIndex:
        """NetworkPolicies by the pods that they select."""
        from klint.kube.policy_index import PolicyIndex, Subject

        found = self.of_type(NetworkPolicy)
        return PolicyIndex(Subject(policy, policy.namespace, policy.pod_selector) for policy in found)

    @cached_property
    def other_policies(self) -> PolicyIndex:
        """Policies of other kinds by the pods that they may limit the ingress of."""
        from klint.kube.other_policies import other_subjects
        from klint.kube.policy_index import PolicyIndex

        return PolicyIndex(subject for resource in self.resources for subject in other_subjects(resource))

    @cached_property
    def address_pools(self) -> Sequence[AddressPool]:
        """The pools that load balancers take addresses from."""
        from klint.kube.address_pools import address_pools

        return [pool for resource in self.resources for pool in address_pools(resource)]

    @cached_property
    def definitions(self) -> Mapping[tuple[str, str], list[Resource]]:
        """CustomResourceDefinitions by the group and kind that they define."""
        return grouped(
            ((string(item.get("spec", "group")), string(item.get("spec", "names", "kind"))), item)
            for item in self.resources
            if item.kind == "CustomResourceDefinition"
        )

    @cached_property
    def serving(self) -> Mapping[tuple[str, str, str], list[Resource]]:
        """CustomResourceDefinitions by the group, kind and version of which they say that it is served."""
        return grouped(
            ((group, kind, string(version.get("name"))), item)
            for (group, kind), items in self.definitions.items()
            for item in items
            for version in map(mapping, sequence(item.get("spec", "versions")))
            if version.get("served") is True
        )

    def completing(self, resource: Resource) -> Sequence[Resource]:
        """What may complete a part of an object that is written down alone: its namesakes that are more than a part."""
        return self._whole.get((type(resource), resource.name), ())

    @cached_property
    def _whole(self) -> dict[tuple[type[Resource], str], list[Resource]]:
        """Services with a selector and Ingresses with rules, by class and name."""
        return grouped(
            ((type(item), item.name), item)
            for item in self.resources
            if (isinstance(item, Service) and item.selector) or (isinstance(item, Ingress) and item.rules)
        )

    def kept(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of these resources under a key, made once."""
        if key not in self._kept:
            self._kept[key] = make()
        found: Made = self._kept[key]
        return found

    @cached_property
    def _kept(self) -> dict[Hashable, Any]:
        return {}

    def resources_mentioning(self, pattern: re.Pattern[str]) -> Sequence[Resource]:
        """Resources in documents whose text has a pattern."""
        if pattern not in self._mentioning:
            texts: dict[int, bool] = {}
            for resource in self.resources:
                document = resource.document
                if id(document) not in texts:
                    texts[id(document)] = pattern.search(document.text) is not None
            self._mentioning[pattern] = [item for item in self.resources if texts[id(item.document)]]
        return self._mentioning[pattern]

    @property
    def searched(self) -> Iterable[re.Pattern[str]]:
        """The patterns that anybody asked for."""
        return self._mentioning.keys()

    @cached_property
    def _mentioning(self) -> dict[re.Pattern[str], list[Resource]]:
        return {}

    @cached_property
    def _pods_by_selector(self) -> dict[tuple[frozenset[tuple[str, str]], str], tuple[PodTemplate, ...]]:
        """What was found before: thousands of Services may share a selector."""
        return {}

    @cached_property
    def _services_by_name(self) -> ByNamespace[str, Service]:
        return ByNamespace((service.name, service.namespace, service) for service in self.of_type(Service))

    @cached_property
    def _endpoints_by_service(self) -> ByNamespace[str, Endpoints]:
        return ByNamespace((item.service_name, item.namespace, item) for item in self.of_type(Endpoints))

    @cached_property
    def _by_name(self) -> ByNamespace[str, Resource]:
        return ByNamespace((resource.name, resource.namespace, resource) for resource in self.resources)

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Resource]]:
        return grouped(((resource.group, resource.kind), resource) for resource in self.resources)

    @cached_property
    def _gateways_by_name(self) -> ByNamespace[str, Gateway]:
        return ByNamespace((gateway.name, gateway.namespace, gateway) for gateway in self.of_type(Gateway))

    @cached_property
    def _listener_sets(self) -> tuple[ListenerSet, ...]:
        return self.of_type(ListenerSet)

    @cached_property
    def _listener_sets_by_name(self) -> ByNamespace[str, ListenerSet]:
        return ByNamespace((item.name, item.namespace, item) for item in self._listener_sets)

    @cached_property
    def _listener_sets_by_gateway(self) -> ByNamespace[str, ListenerSet]:
        return ByNamespace((item.parent.name, item.parent.namespace, item) for item in self._listener_sets)

    @cached_property
    def _autoscalers_by_target(self) -> ByNamespace[tuple[str, str], Autoscaler]:
        autoscalers = self.of_type(Autoscaler)
        return ByNamespace(((item.target_kind, item.target_name), item.namespace, item) for item in autoscalers)

    @cached_property
    def _pods_by_label(self) -> ByNamespace[tuple[str, str], PodTemplate]:
        return ByNamespace((pair, pod.namespace, pod) for pod in self.pods for pair in pod.labels.items())

    @cached_property
    def _classes_by_name(self) -> dict[str, list[IngressClass]]:
        return grouped((item.name, item) for item in self.ingress_classes)

    @cached_property
    def _proxy_pods(self) -> dict[str, list[PodTemplate]]:
        with_proxy = [controller for controller in INGRESS_CONTROLLERS if controller.proxy_images]
        return grouped(
            (controller.name, pod)
            for pod in self.pods
            for controller in with_proxy
            if any(image_is(container.image, controller.proxy_images) for container in pod.containers)
        )

    @cached_property
    def _pods_by_image(self) -> dict[str, list[PodTemplate]]:
        return grouped(
            (image_repository(container.image).rpartition("/")[2], pod)
            for pod in self.pods
            for container in pod.containers
        )

    @cached_property
    def _services_by_label(self) -> ByNamespace[tuple[str, str], Service]:
        """Each selecting Service once, under the pair of its selector that the fewest others share."""
        selecting = [service for service in self.of_type(Service) if service.selector]
        shared = Counter(pair for service in selecting for pair in service.selector.items())
        return ByNamespace(
            (min(service.selector.items(), key=shared.__getitem__), service.namespace, service) for service in selecting
        )

    @cached_property
    def governed(self) -> Mapping[str, list[Workload]]:
        """StatefulSets by the name of the Service that governs them."""
        return grouped((name, item) for item in self.of_type(Workload) if (name := item.governing_service))

    @cached_property
    def routes_of_gateways(self) -> Mapping[str, list[Route]]:
        """Routes by the name of a Gateway or ListenerSet that they want to be attached to."""
        return grouped(
            (item.ref.name, route)
            for route in self.of_type(Route)
            for item in route.attachments
            if item.kind is AttachmentKind.GATEWAY
        )

    @cached_property
    def routes_to(self) -> Mapping[str, list[Route]]:
        """Routes by the name of a Service they send to, or of a ServiceImport."""
        return grouped(
            (backend.service, route)
            for route in self.of_type(Route)
            for backend in route.backends
            if backend.is_service or backend.is_import
        )


Key = TypeVar("Key")
Item = TypeVar("Item")


def grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """Items by key, each group in the order it came."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return dict(groups)
