"""Pods found by LabelSelectors: by a label that the selector requires, never by a scan where it requires one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from klint.kube.namespace import ByNamespace
from klint.kube.selector import label_selector_admits, required_pairs
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate

Pair = tuple[str, str]


class PodIndex:
    """Pod templates, by namespace and label."""

    def __init__(self, pods: Iterable[PodTemplate]) -> None:
        self._by_namespace: ByNamespace[None, PodTemplate] = ByNamespace((None, pod.namespace, pod) for pod in pods)
        every = self._by_namespace.anywhere(None)
        self._by_pair: ByNamespace[Pair, PodTemplate] = ByNamespace(
            (pair, pod.namespace, pod) for pod in every for pair in pod.labels.items()
        )
        self._open: ByNamespace[None, PodTemplate] = ByNamespace(
            (None, pod.namespace, pod) for pod in every if pod.has_open_labels
        )

    def has_any(self, namespace: str) -> bool:
        """Whether there are pods in what may be a namespace."""
        return self._by_namespace.count(None, namespace) > 0

    def selected(self, selector: Any, namespace: str) -> Iterator[tuple[PodTemplate, bool]]:
        """The pods in what may be a namespace that a LabelSelector admits or may admit, with whether that is certain.

        An empty namespace stands for all of them.
        """
        for pod in self._candidates(selector, namespace):
            found = label_selector_admits(selector, pod.known_labels)
            if found is not False:
                yield pod, found is True

    def _candidates(self, selector: Any, namespace: str) -> Iterator[PodTemplate]:
        """A label that something may add when pods are made need not be in their template."""
        parts = [pairs for pairs in required_pairs(selector) if pairs[0][0] not in CONTROLLER_LABELS]
        if not parts:
            yield from self._by_namespace.within(None, namespace)
            return
        for pair in min(parts, key=lambda pairs: sum(self._by_pair.count(pair, namespace) for pair in pairs)):
            yield from (pod for pod in self._by_pair.within(pair, namespace) if not pod.has_open_labels)
        yield from self._open.within(None, namespace)
