"""Labels that no pod has: what they were most likely meant for, unless something may make such pods after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from klint.exposure.candidates import Candidates
from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.regex import regex
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pods that a resource asks for: those with all these labels in one namespace (empty for one that is left open).

    `selects` is what selects in its own namespace only, empty where the resource chose the namespace itself.
    """

    source: Resource
    labels: Mapping[str, str]
    namespace: str
    selects: str = "Service"


@dataclass(frozen=True, slots=True)
class Miss:
    """A pod that some labels all but match; `key` is the one to blame, empty when several are or none is.

    `meant` is the label, with its value, that should be asked for in its place; None where that is not plain.
    """

    pod: PodTemplate
    why: Why
    certain: bool
    at: Place
    key: str = ""
    meant: tuple[str, str] | None = None

    def remedy(self, at: Place) -> Fix | None:
        """What asks for the label that is meant, at the place of the value, or list of one, that is to blame.

        None where it is not plain which label that is.
        """
        if self.meant is None:
            return None
        from klint.kube.validation.remedies import call, write

        key, value = self.meant
        if key != self.key:
            return call(at, key) if at.value == value else None
        only = at.below(0) if isinstance(at.value, list) and len(at.value) == 1 else at
        return write(only, value) if isinstance(only.value, str) else None


OPERATOR_LABELS = (
    "acme.cert-manager.io/",  # cert-manager pkg/apis/acme/v1/types.go SolverIdentificationLabelKey
    "strimzi.io/",
    "common.k8s.elastic.co/",
    "elasticsearch.k8s.elastic.co/",
    "kibana.k8s.elastic.co/",
    "cnpg.io/",
    "operator.prometheus.io/",
    "leaderworkerset.sigs.k8s.io/",
    "jobset.sigs.k8s.io/",
    "ray.io/",
    "serving.knative.dev/",
    "postgres-operator.crunchydata.com/",
    "app.kubernetes.io/managed-by",
    "gateway.networking.k8s.io/",
    "gateway.envoyproxy.io/",
    "service.istio.io/",
    "istio.io/",
    "longhorn.io/",
)
"""Starts of label keys that operators put on pods they make."""

_OPERATOR_PAIRS = frozenset(
    (
        ("application", "spilo"),
        ("istio", "ingressgateway"),
        ("istio", "egressgateway"),
        ("app.kubernetes.io/name", "prometheus"),
        ("app.kubernetes.io/name", "alertmanager"),
        ("app.kubernetes.io/name", "thanos-ruler"),
    )
)
_OPERATOR_KEYS = frozenset(("spilo-role", "cluster-name", "prometheus", "alertmanager", "thanos-ruler"))
_SYSTEM_KEYS = frozenset(("k8s-app", "component", "tier"))
_RUNTIME_WORDS = frozenset(
    ("active", "leader", "master", "role", "primary", "replica", "operator", "sealed", "initialized", "perf-standby",
     "podrole", "instancerole", "status", "state", "shard", "zone")
)  # fmt: skip
"""Words in label keys whose values change while a pod runs: leader election, failover, sealing."""

_FEW = 3
"""That many labels are named in a message."""

_LABEL_VALUE = regex(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?\Z")

_NAMING_KEYS = frozenset(("app", "name", "k8s-app", "run", "app.kubernetes.io/name", "app.kubernetes.io/instance"))
"""Label keys that all say what the application is called."""


def find_miss(
    wanted: Wanted, candidates: Candidates, is_companion: Callable[[PodTemplate], bool], scope: Scope
) -> Miss | None:
    """What labels that no pod of the bundle has were meant for; None where something else may well make such pods.

    Pods that are plainly the companions of who asks for them need not be as like to what it asks for as others.
    """
    if is_declared(wanted.labels, scope) or made_elsewhere(wanted) or scope.may_hide(wanted.labels.values()):
        return None
    if candidates.may_match(wanted.labels, wanted.namespace):
        return None
    found = (_miss(wanted, pod, is_companion) for pod in candidates.like(wanted.source, wanted.labels))
    misses = [miss for miss in found if miss is not None]
    near = next((miss for miss in misses if miss.certain), misses[0] if misses else None)
    if near is None:
        return None
    if len({miss.meant for miss in misses if miss.certain is near.certain}) > 1:
        near = replace(near, meant=None)
    lacking = dict(wanted.labels.items() - near.pod.labels.items())
    if not scope.labels_of_makers.isdisjoint(lacking.items()):
        return None
    # What a HelmRelease called grafana installs is labelled `app.kubernetes.io/instance: grafana`.
    return near if near.certain or scope.makers.keys().isdisjoint(lacking.values()) else None


def is_declared(labels: Mapping[str, str], scope: Scope) -> bool:
    """Whether the configuration says that pods with these labels exist."""
    return any(
        all(labels.get(key) == value for key, value in pods.items())
        for exists in scope.target.exists
        for pods in exists.pods
    )


def made_elsewhere(wanted: Wanted) -> Why:
    """Why pods with these labels may well exist though no template has them, if they may."""
    for key, value in wanted.labels.items():
        if key.startswith(OPERATOR_LABELS) or key in _OPERATOR_KEYS or (key, value) in _OPERATOR_PAIRS:
            return why(Reason.OPERATOR_PODS, key)
        if is_placeholder(value) or not _LABEL_VALUE.match(value):
            return why(Reason.FILLED_IN_LATER, value)
    if wanted.namespace in ("kube-system", "openshift-ingress") and set(wanted.labels) <= _SYSTEM_KEYS:
        return why(Reason.SYSTEM_PODS)
    return PLAIN


def _miss(wanted: Wanted, pod: PodTemplate, is_companion: Callable[[PodTemplate], bool]) -> Miss | None:
    """How labels miss a pod, if they were meant for it."""
    workload, labels = pod.workload, pod.labels
    wrong = {key: value for key, value in wanted.labels.items() if labels.get(key) != value}
    if not may_be_one_namespace(pod.namespace, wanted.namespace):
        if wrong or not wanted.selects:
            return None
        reason = why(Reason.PODS_IN_OTHER_NAMESPACE, pod, pod.namespace, wanted.selects)
        return Miss(pod, reason, True, workload.at("metadata", "namespace"))
    if not wrong or any(is_runtime_key(key) and key not in workload.selector for key in wrong):
        return None
    pairs, key = listed(wrong), next(iter(wrong)) if len(wrong) == 1 else ""
    if workload.kind != "Pod" and all(workload.labels.get(key) == value for key, value in wrong.items()):
        at = workload.at("metadata", "labels", key) if key else workload.at("metadata", "labels")
        return Miss(pod, why(Reason.LABELS_ON_WORKLOAD, pod, pairs), True, at, key)
    slip = _slip(key, wrong[key], labels) if key else ""
    if slip:
        at = pod.at("metadata", "labels", slip)
        reason = why(Reason.OTHER_LABELS, pod, f"{slip}={labels[slip]}", pairs)
        return Miss(pod, reason, True, at, key, _known(slip, labels))
    if not is_companion(pod):
        return None
    held = {key: labels[key] for key in wrong if key in labels}
    at = pod.at("metadata", "labels", key) if key in held else pod.at("metadata", "labels")
    if not held and len(wrong) < len(wanted.labels):
        return Miss(pod, why(Reason.LABELS_SET_LATER, pod, pairs), False, at, key)
    reason = why(Reason.OTHER_LABELS, pod, listed(held or labels), pairs)
    return Miss(pod, reason, False, at, key, _known(key, labels) if key in held else None)


def _known(key: str, labels: Mapping[str, str]) -> tuple[str, str] | None:
    """A label with its value; None where the value is still to be filled in."""
    return None if is_placeholder(labels[key]) else (key, labels[key])


def listed(labels: Mapping[str, str]) -> str:
    """The first few labels."""
    pairs = [f"{key}={value}" for key, value in labels.items()]
    return ", ".join(pairs) if len(pairs) <= _FEW else ", ".join(pairs[:_FEW]) + " …"


def _slip(key: str, value: str, labels: Mapping[str, str]) -> str:
    """The key of the label that a pair was meant for: its value misspelt, or its key misspelt or of like meaning."""
    if key in labels and are_similar(value, labels[key]):
        return key
    return next(
        (
            other
            for other, held in labels.items()
            if held == value and (are_similar(other, key) or {other, key} <= _NAMING_KEYS)
        ),
        "",
    )


def is_runtime_key(key: str) -> bool:
    """Whether the value of a label changes while a pod runs: leader election, failover, sealing."""
    words = key.rpartition("/")[2].lower().replace("_", "-").split("-")
    return any(word in _RUNTIME_WORDS for word in words)
