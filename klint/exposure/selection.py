"""Traffic distribution: a Service's selector → pods, and its target ports → the pods' ports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from klint.exposure.near import are_similar, stem
from klint.exposure.pod_set import NO_PODS, PodSet
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ports import port_name_errors
from klint.kube.ref import Ref
from klint.kube.service import Service, ServicePort
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word


@dataclass(frozen=True, slots=True)
class Selection:
    """What a Service's selector leads to. `elsewhere` is set when the pods are in another bundle.

    A broken hop stands on the one key of the selector that does not fit, where one is to blame; what it is near to is
    the workload it was meant for, and what that has instead.
    """

    service: Service
    hop: Hop
    selected: PodSet = NO_PODS
    elsewhere: bool = False

    @property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pods."""
        return self.selected.pods


@dataclass(frozen=True, slots=True)
class TargetPort:
    """What a Service port's named targetPort leads to: the pods that offer it and those that do not."""

    service: Service
    port: ServicePort
    hop: Hop
    offering: tuple[PodTemplate, ...]
    lacking: tuple[PodTemplate, ...]

    def reached_by(self, pod: PodTemplate) -> Hop:
        """The hop into one of the pods that offer the port."""
        return replace(self.hop, state=State.RESOLVED, targets=(pod.workload,), why=PLAIN, certain=False)


@dataclass(frozen=True, slots=True)
class _Miss:
    """Pods that a selector all but matches; `key` is the one key to blame, empty when several are or none is."""

    pod: PodTemplate
    why: Why
    certain: bool
    at: Place
    key: str = ""


OPERATOR_LABELS = (
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

_FEW_PORTS = 10
"""That many ports are named in a message."""

_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?\Z")

_NAMING_KEYS = frozenset(("app", "name", "k8s-app", "run", "app.kubernetes.io/name", "app.kubernetes.io/instance"))
"""Label keys that all say what the application is called."""

_INJECTED_PORTS = frozenset(
    ("dapr-debug", "dapr-grpc", "dapr-http", "dapr-internal", "dapr-metrics", "http-envoy-prom", "linkerd-admin",
     "linkerd-proxy")
)  # fmt: skip
"""Ports of sidecars that are added when pods are made. Sources: dapr pkg/injector/sidecar/consts.go; the injection
templates of Istio and Linkerd."""


def select(service: Service, scope: Scope) -> Selection | None:
    """Follow a Service's selector; None for a Service that has none."""
    if not service.selector:
        return None
    wants = Ref("", "Pod", service.namespace, labels=tuple(service.selector.items()))
    hop = Hop(HopKind.SELECTION, service, service.at("spec", "selector"), wants, State.UNKNOWN)
    found = scope.pods_with(service.selector, service.namespace)
    added = [key for key in service.selector if key in CONTROLLER_LABELS]
    if not found.nearest and added:
        rest = {key: value for key, value in service.selector.items() if key not in CONTROLLER_LABELS}
        found = scope.pods_with(rest, service.namespace)
    miss = None if found.own or added else _miss_if_broken(service, scope, found.elsewhere)
    if miss is not None:
        at = service.at("spec", "selector", miss.key) if miss.key else hop.at
        near = (Near(miss.pod.workload, miss.at),)
        broken = replace(hop, at=at, state=State.BROKEN, why=miss.why, near=near, certain=miss.certain)
        return Selection(service, broken)
    if found.nearest:
        selected = scope.pod_set(found.nearest)
        hop = replace(hop, state=State.RESOLVED, targets=selected.workloads)
        return Selection(service, hop, selected, not found.own)
    if _is_declared(service, scope):
        return Selection(service, replace(hop, state=State.RESOLVED, why=why(Reason.PODS_DECLARED)))
    if added:
        return Selection(service, replace(hop, why=why(Reason.SET_BY_CONTROLLER, added[0])))
    hidden = scope.may_hide(service.selector.values())
    absent = why(Reason.HIDDEN_PODS, hidden) if hidden else why(Reason.NO_SUCH_PODS)
    made = _made_elsewhere(service)
    is_broken = scope.is_closed and not made and not scope.makers and not scope.strays.may_match(service)
    state = State.BROKEN if is_broken else State.UNKNOWN
    return Selection(service, replace(hop, why=made or absent, state=state, certain=is_broken))


def _miss_if_broken(service: Service, scope: Scope, elsewhere: tuple[PodTemplate, ...]) -> _Miss | None:
    """What a selector that matches no pod of its bundle was meant for, unless something may make its pods.

    Pods elsewhere that merely happen to carry the same labels, in no namespace of their own, do not answer for it
    when the pods that were meant stand in the bundle.
    """
    if any(pod.namespace and pod.namespace == service.namespace for pod in elsewhere):
        return None
    if _is_declared(service, scope) or _made_elsewhere(service) or scope.may_hide(service.selector.values()):
        return None
    if scope.strays.may_match(service):
        return None
    misses = [miss for pod in scope.strays.candidates(service) if (miss := _miss(service, pod, scope)) is not None]
    near = next((miss for miss in misses if miss.certain), misses[0] if misses else None)
    if near is None:
        return None
    lacking = dict(service.selector.items() - near.pod.labels.items())
    if not scope.labels_of_makers.isdisjoint(lacking.items()):
        return None
    # What a HelmRelease called grafana installs is labelled `app.kubernetes.io/instance: grafana`.
    return near if near.certain or scope.makers.keys().isdisjoint(lacking.values()) else None


def _is_declared(service: Service, scope: Scope) -> bool:
    return any(
        all(service.selector.get(key) == value for key, value in labels.items())
        for exists in scope.target.exists
        for labels in exists.pods
    )


def _made_elsewhere(service: Service) -> Why:
    """Why pods with these labels may well exist though no template has them, if they may."""
    for key, value in service.selector.items():
        if key.startswith(OPERATOR_LABELS) or key in _OPERATOR_KEYS or (key, value) in _OPERATOR_PAIRS:
            return why(Reason.OPERATOR_PODS, key)
        if is_placeholder(value) or not _LABEL_VALUE.match(value):
            return why(Reason.FILLED_IN_LATER, value)
    if service.namespace in ("kube-system", "openshift-ingress") and set(service.selector) <= _SYSTEM_KEYS:
        return why(Reason.SYSTEM_PODS)
    return PLAIN


def _miss(service: Service, pod: PodTemplate, scope: Scope) -> _Miss | None:
    """How a selector misses a pod, if it was meant for it."""
    workload, labels = pod.workload, pod.labels
    wrong = {key: value for key, value in service.selector.items() if labels.get(key) != value}
    if not may_be_one_namespace(pod.namespace, service.namespace):
        if wrong:
            return None
        reason = why(Reason.PODS_IN_OTHER_NAMESPACE, pod, pod.namespace)
        return _Miss(pod, reason, True, workload.at("metadata", "namespace"))
    if not wrong or any(_is_runtime_key(key) and key not in workload.selector for key in wrong):
        return None
    pairs, key = _listed(wrong), next(iter(wrong)) if len(wrong) == 1 else ""
    if workload.kind != "Pod" and all(workload.labels.get(key) == value for key, value in wrong.items()):
        at = workload.at("metadata", "labels", key) if key else workload.at("metadata", "labels")
        return _Miss(pod, why(Reason.LABELS_ON_WORKLOAD, pod, pairs), True, at, key)
    slip = _slip(key, wrong[key], labels) if key else ""
    if slip:
        at = pod.at("metadata", "labels", slip)
        return _Miss(pod, why(Reason.OTHER_LABELS, pod, f"{slip}={labels[slip]}", pairs), True, at, key)
    if not _are_companions(service, pod, scope):
        return None
    held = {key: labels[key] for key in wrong if key in labels}
    at = pod.at("metadata", "labels", key) if key in held else pod.at("metadata", "labels")
    if not held and len(wrong) < len(service.selector):
        return _Miss(pod, why(Reason.LABELS_SET_LATER, pod, pairs), False, at, key)
    return _Miss(pod, why(Reason.OTHER_LABELS, pod, _listed(held or labels), pairs), False, at, key)


def _listed(labels: Mapping[str, str]) -> str:
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


def _are_companions(service: Service, pod: PodTemplate, scope: Scope) -> bool:
    """Whether a pod that no Service selects is plainly this one's: it has its name, or is alone with it in a file."""
    return stem(pod.workload.name) == stem(service.name) or scope.strays.are_alone(service, pod)


def _is_runtime_key(key: str) -> bool:
    words = key.rpartition("/")[2].lower().replace("_", "-").split("-")
    return any(word in _RUNTIME_WORDS for word in words)


def resolve_target_ports(selection: Selection) -> Iterator[TargetPort]:
    """Follow each named targetPort into each selected pod, by name and protocol. Numbers need no declaration.

    Of a workload with several pod templates one that offers the port is enough. A name that the API server refuses
    is no reference: `invalid-service` says so.

    Source: k8s.io/endpointslice utils.go FindPort: a pod without the name is left out of that port's endpoints.
    """
    for port in selection.service.ports:
        if not isinstance(port.target, str) or any(map(is_placeholder_for_word, (port.target, port.protocol))):
            continue
        if port_name_errors(port.target):
            continue
        offering, lacking = selection.selected.offers(port.target, port.protocol)
        if not offering and not lacking:
            continue
        may_be_there = selection.elsewhere or port.target in _INJECTED_PORTS
        state = State.RESOLVED if not lacking else State.UNKNOWN if may_be_there else State.BROKEN
        service, at = selection.service, port.at("targetPort")
        wants = Ref("", "Pod", service.namespace, port=f"{port.target}/{port.protocol}")
        workloads = tuple(dict.fromkeys(pod.workload for pod in offering))
        reason = _instead(port, lacking[0]) if lacking else PLAIN
        hop = Hop(HopKind.TARGET_PORT, service, at, wants, state, workloads, reason, certain=not offering)
        yield TargetPort(service, port, hop, offering, lacking)


def _first_few(names: Iterable[str]) -> str:
    found = list(islice(names, _FEW_PORTS + 1))
    return ", ".join(found[:_FEW_PORTS]) + (" …" if len(found) > _FEW_PORTS else "")


def _instead(port: ServicePort, pod: PodTemplate) -> Why:
    """What a pod that lacks a named port has instead."""
    others = pod.protocols_of(str(port.target))
    if others:
        return why(Reason.OTHER_PROTOCOL, pod, port.target, others[0], port.protocol)
    named = _first_few(declared.name for declared in pod.ports if declared.name)
    if named:
        return why(Reason.NAMED_PORTS, pod, named)
    numbers = _first_few(str(declared.number) for declared in pod.ports if declared.number)
    return why(Reason.UNNAMED_PORTS, pod, numbers) if numbers else why(Reason.NO_PORTS, pod)
