"""Pods of a bundle that none of its Services selects, and Services that select none of its pods: likely pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain

from klint.exposure.near import Names, stem
from klint.kube.index import Index, grouped
from klint.kube.namespace import may_be_one_namespace
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.text.placeholders import is_placeholder

_ENOUGH = 20
"""What more pods than this have in common says nothing about which of them was meant."""


class Strays:
    """`pods` that no Service selects, found by what they may have in common with one. Jobs serve nobody."""

    def __init__(self, index: Index) -> None:
        self.pods = tuple(
            pod for pod in index.pods if pod.labels and not pod.workload.is_job and not index.is_selected(pod)
        )
        self._index = index

    def may_match(self, service: Service) -> bool:
        """Whether a pod of the bundle may match a selector once its labels are filled in."""
        return any(
            may_be_one_namespace(pod.namespace, service.namespace) and pod.may_carry(service.selector)
            for pod in self._open
        )

    @cached_property
    def _open(self) -> tuple[PodTemplate, ...]:
        """Pods whose labels hold placeholders."""
        return tuple(
            pod
            for pod in self._index.pods
            if is_placeholder(pod.get("metadata", "labels")) or any(map(is_placeholder, chain(*pod.labels.items())))
        )

    def are_alone(self, service: Service, pod: PodTemplate) -> bool:
        """Whether these two stand in one file, and nothing else there looks for a partner."""
        file = id(service.document.file)
        workloads = {id(other.workload) for other in self._by_file.get(file, ())}
        return workloads == {id(pod.workload)} and self._idle_services.get(file) == [service]

    def candidates(self, service: Service) -> list[PodTemplate]:
        """Pods that have anything in common with a Service: a label, nearly a label, a value, a name, the file."""
        found: dict[int, PodTemplate] = {}
        for pods in chain(
            self._by_selector(service.selector),
            [self._by_name.get(stem(service.name), []), self._by_file.get(id(service.document.file), [])],
        ):
            if len(pods) <= _ENOUGH:
                found.update((id(pod), pod) for pod in pods)
        return list(found.values())

    def _by_selector(self, selector: Mapping[str, str]) -> Iterator[list[PodTemplate]]:
        for key, value in selector.items():
            yield self._by_pair.get((key, value), [])
            yield self._by_value.get(value, [])
            yield self._by_own_label.get((key, value), [])
            if key in self._values:
                for similar in self._values[key].like(value):
                    yield self._by_pair[key, similar]

    @cached_property
    def _by_pair(self) -> Mapping[tuple[str, str], list[PodTemplate]]:
        return grouped((pair, pod) for pod in self.pods for pair in pod.labels.items())

    @cached_property
    def _by_value(self) -> Mapping[str, list[PodTemplate]]:
        return grouped((value, pod) for pod in self.pods for value in dict.fromkeys(pod.labels.values()))

    @cached_property
    def _by_own_label(self) -> Mapping[tuple[str, str], list[PodTemplate]]:
        """By the labels of the workload itself, which no Service looks at."""
        return grouped((pair, pod) for pod in self.pods for pair in pod.workload.labels.items())

    @cached_property
    def _by_name(self) -> Mapping[str, list[PodTemplate]]:
        return grouped((stem(pod.workload.name), pod) for pod in self.pods)

    @cached_property
    def _by_file(self) -> Mapping[int, list[PodTemplate]]:
        return grouped((id(pod.document.file), pod) for pod in self.pods)

    @cached_property
    def _idle_services(self) -> Mapping[int, list[Service]]:
        """By file, the Services with a selector that matches no pod of the bundle."""
        return grouped(
            (id(service.document.file), service)
            for service in self._index.of_type(Service)
            if service.selector and not self._index.has_pods_with(service.selector, service.namespace)
        )

    @cached_property
    def _values(self) -> Mapping[str, Names]:
        """By label key, the values there are."""
        return {key: Names(values) for key, values in grouped(self._by_pair).items()}
