"""Which nodes a pod may run on, as far as its template says: whether two pods may share one.

Source: k8s.io/api core/v1 types.go PodSpec, NodeSelector, PodAffinityTerm; kubernetes.io assign-pod-node. Taints are in
no manifest, so that a node which one pod may run on may turn the other away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.kube.selector import label_selector_admits
from klint.kube.workload import PodTemplate
from klint.text.placeholders import is_placeholder

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_HOSTNAME = "kubernetes.io/hostname"

Requirement = tuple[str, str, frozenset[str]]
"""A node label's key, an operator, and values."""

_ENOUGH = 20
"""Of that many alternatives for nodes no template has more; what has is looked at no further."""


def may_share_node(one: PodTemplate, other: PodTemplate) -> bool:
    """Whether nothing keeps two pods on different nodes: neither labels of nodes, nor an affinity that must hold.

    What is still to be filled in may keep them apart.
    """
    if _is_open(one) or _is_open(other) or _keeps_away(one, other) or _keeps_away(other, one):
        return False
    if len({name for pod in (one, other) if (name := string(pod.get("spec", "nodeName")))}) > 1:
        return False
    return any(_may_agree(*pair) for pair in product(_alternatives(one), _alternatives(other)))


def must_share_node(daemon: PodTemplate, pod: PodTemplate) -> bool:
    """Whether a DaemonSet has a pod on every node that a pod may run on, as far as templates say."""
    required = _nodes_required(daemon)
    chosen = frozenset(daemon.node_selector.items())
    return (
        daemon.workload.is_daemon_set
        and not required
        and chosen <= pod.node_selector.items()
        and all(toleration in _tolerations(daemon) for toleration in _tolerations(pod))
    )


def are_pinned_together(one: PodTemplate, other: PodTemplate) -> bool:
    """Whether two pods may run on the same single node only."""
    pins = [string(pod.get("spec", "nodeName")) or pod.node_selector.get(_HOSTNAME, "") for pod in (one, other)]
    return bool(pins[0]) and pins[0] == pins[1]


def _is_open(pod: PodTemplate) -> bool:
    """Whether where it runs is still to be filled in."""
    fields = map(mapping(pod.get("spec")).get, ("nodeName", "nodeSelector", "affinity"))
    return any(map(is_placeholder, (*fields, *mapping(pod.get("spec", "nodeSelector")))))


def _tolerations(pod: PodTemplate) -> list[Any]:
    return sequence(pod.get("spec", "tolerations"))


def _nodes_required(pod: PodTemplate) -> list[Any]:
    return sequence(pod.get("spec", "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms"))


def _alternatives(pod: PodTemplate) -> Sequence[Sequence[Requirement]]:
    """What a node must be: any of these lists of requirements, each with those of the nodeSelector."""
    chosen = [(key, "In", frozenset((value,))) for key, value in pod.node_selector.items()]
    terms = _nodes_required(pod)[:_ENOUGH]
    return [[*chosen, *_requirements(mapping(term))] for term in terms] or [chosen]


def _requirements(term: Mapping[str, Any]) -> Iterator[Requirement]:
    for item in map(mapping, sequence(term.get("matchExpressions"))):
        values = frozenset(map(string, sequence(item.get("values"))))
        yield string(item.get("key")), string(item.get("operator")), values


def _may_agree(one: Sequence[Requirement], other: Sequence[Requirement]) -> bool:
    """Whether a node may meet both lists. Of values to be filled in, and of Gt and Lt, nobody knows that it can."""
    by_key: dict[str, list[Requirement]] = {}
    for requirement in one:
        by_key.setdefault(requirement[0], []).append(requirement)
    return not any(_exclude(first, second) for second in other for first in by_key.get(second[0], ()))


def _exclude(one: Requirement, other: Requirement) -> bool:
    (_, first, values), (_, second, others) = one, other
    if any(map(is_placeholder, (first, second, *values, *others))) or {first, second} & {"Gt", "Lt"}:
        return True
    if first == second == "In":
        return values.isdisjoint(others)
    for operator, wanted, opposite, refused in ((first, values, second, others), (second, others, first, values)):
        if operator == "In" and opposite == "NotIn" and wanted <= refused:
            return True
        if operator in ("In", "Exists") and opposite == "DoesNotExist":
            return True
    return False


def _keeps_away(pod: PodTemplate, other: PodTemplate) -> bool:
    """Whether an anti-affinity of a pod that must hold is against another one, or may be once it is filled in."""
    terms = sequence(pod.get("spec", "affinity", "podAntiAffinity", _REQUIRED))
    return any(_is_against(mapping(term), pod, other) for term in terms)


def _is_against(term: Mapping[str, Any], pod: PodTemplate, other: PodTemplate) -> bool:
    namespaces = sequence(term.get("namespaces")) or [pod.namespace]
    if other.namespace not in namespaces and "namespaceSelector" not in term:
        return False
    selector = term.get("labelSelector")
    return selector is not None and label_selector_admits(selector, other.known_labels) is not False
