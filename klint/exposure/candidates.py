"""Pods of a bundle, found by what they have in common with something that asks for pods and gets none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from klint.exposure.near import Names, stem
from klint.kube.index import Index, grouped
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate
from klint.records import cached_property

_ENOUGH = 20
"""What more pods than this have in common says nothing about which of them was meant."""


class Candidates:
    """`pods` of an index that may have been meant."""

    def __init__(self, index: Index, pods: Sequence[PodTemplate]) -> None:
        self.pods = tuple(pods)
        self._index = index

    def may_match(self, labels: Mapping[str, str], namespace: str) -> bool:
        """Whether any pod of the index may have these labels once its own are filled in."""
        return any(
            may_be_one_namespace(pod.namespace, namespace) and pod.may_carry(labels) for pod in self._index.open_pods
        )

    def like(self, source: Resource, labels: Mapping[str, str]) -> list[PodTemplate]:
        """Pods that have anything in common with these labels, or with who asks: a label, nearly a label, a value, a
        name, the file."""
        found: dict[int, PodTemplate] = {}
        for pods in chain(
            self._by_labels(labels),
            [self._by_name.get(stem(source.name), []), self._by_file.get(id(source.document.file), [])],
        ):
            if len(pods) <= _ENOUGH:
                found.update((id(pod), pod) for pod in pods)
        return list(found.values())

    def _by_labels(self, labels: Mapping[str, str]) -> Iterator[list[PodTemplate]]:
        for key, value in labels.items():
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
        """By the labels of the workload itself, which no selector looks at."""
        return grouped((pair, pod) for pod in self.pods for pair in pod.workload.labels.items())

    @cached_property
    def _by_name(self) -> Mapping[str, list[PodTemplate]]:
        return grouped((stem(pod.workload.name), pod) for pod in self.pods)

    @cached_property
    def _by_file(self) -> Mapping[int, list[PodTemplate]]:
        return grouped((id(pod.document.file), pod) for pod in self.pods)

    @cached_property
    def _values(self) -> Mapping[str, Names]:
        """By label key, the values there are."""
        return {key: Names(values) for key, values in grouped(self._by_pair).items()}
