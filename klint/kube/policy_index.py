"""Policies found by the pods they select: by namespace and a label that the pods must have, never by a scan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from klint.kube.namespace import is_open_namespace, is_same_namespace
from klint.kube.resource import Resource
from klint.kube.selector import KnownLabels, label_selector_admits, required_pairs
from klint.kube.ternary import Ternary, all_of
from klint.kube.workload import CONTROLLER_LABELS
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Subject:
    """Which pods a policy is about.

    `namespace` is the one they are in, None for any. `pods` and `namespaces` are LabelSelectors, as plain data, for
    their labels and those of their namespace; something else than a mapping is not known. A policy may be about pods,
    about nodes and so about pods with hostNetwork, or about both. `is_baseline` is set where it counts only for pods
    that no NetworkPolicy isolates.
    """

    policy: Resource
    namespace: str | None
    pods: Any = None
    namespaces: Any = None
    is_for_pods: bool = True
    is_for_nodes: bool = False
    is_baseline: bool = False

    def has(self, namespace: str, labels: KnownLabels, inside: KnownLabels) -> Ternary:
        """Whether it is about pods with these labels in a namespace, which has the labels `inside`."""
        return all_of(self._tests(namespace, labels, inside))

    def _tests(self, namespace: str, labels: KnownLabels, inside: KnownLabels) -> Iterator[Ternary]:
        if self.namespace is not None:
            yield is_same_namespace(self.namespace, namespace)
        yield label_selector_admits(self.pods, labels)
        yield label_selector_admits(self.namespaces, inside)


class PolicyIndex:
    """Subjects of policies, by namespace and by the pair of labels that the fewest others require as well."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = tuple(subjects)
        required = [_required(subject) for subject in self.subjects]
        shared = Counter(pair for parts in required for part in parts for pair in part)
        self._everywhere: dict[Pair, list[Subject]] = defaultdict(list)
        self._by_pair: dict[tuple[str | None, Pair], list[Subject]] = defaultdict(list)
        self._broad: dict[str | None, list[Subject]] = defaultdict(list)
        self._by_namespace: dict[str | None, list[Subject]] = defaultdict(list)
        for subject, parts in zip(self.subjects, required, strict=True):
            self._by_namespace[subject.namespace].append(subject)
            if not parts:
                self._broad[subject.namespace].append(subject)
            for pair in min(parts, key=lambda part: sum(map(shared.__getitem__, part)), default=()):
                self._everywhere[pair].append(subject)
                self._by_pair[subject.namespace, pair].append(subject)
        self._open: tuple[str | None, ...] = (
            None,
            *(name for name in self._by_namespace if name is not None and is_open_namespace(name)),
        )

    def about(self, namespace: str, labels: KnownLabels, inside: KnownLabels) -> Iterator[tuple[Subject, bool]]:
        """The subjects that have pods with these labels in a namespace, with whether that is certain.

        `inside` are the labels of the namespace.
        """
        for subject in self._candidates(namespace, labels):
            found = subject.has(namespace, labels, inside)
            if found is not False:
                yield subject, found is True

    def _candidates(self, namespace: str, labels: KnownLabels) -> Iterator[Subject]:
        is_anywhere = is_open_namespace(namespace)
        namespaces = tuple(self._by_namespace) if is_anywhere else dict.fromkeys((namespace, *self._open))
        if labels.is_open or any(map(is_placeholder, labels.written.values())):
            for name in namespaces:
                yield from self._by_namespace.get(name, ())
            return
        for pair in labels.written.items():
            if is_anywhere:
                yield from self._everywhere.get(pair, ())
            else:
                for name in namespaces:
                    yield from self._by_pair.get((name, pair), ())
        for name in namespaces:
            yield from self._broad.get(name, ())


def _required(subject: Subject) -> list[list[Pair]]:
    """What pods must have to be found by it; a label that something else may add need not be in their template."""
    return [part for part in required_pairs(subject.pods) if part[0][0] not in CONTROLLER_LABELS]
