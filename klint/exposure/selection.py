"""Traffic distribution: a Service's selector → pods, and its target ports → the pods' ports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from klint.exposure.near import are_similar, stem
from klint.exposure.scope import Scope
from klint.findings import Hop, State
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ports import port_name_errors
from klint.kube.service import Service, ServicePort
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate, Workload
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Pods that a selector all but matches. `difference` says in one clause what keeps them apart.

    It is `certain` when nothing but a mistake explains it, rather than two things that merely stand side by side.
    `at` is what the pods have instead. `key` is the one key of the selector that does not fit; empty when several do
    not, or none is to blame.
    """

    pod: PodTemplate
    difference: str
    certain: bool
    at: Place
    key: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a Service's selector leads to. `elsewhere` is set when the pods are in another bundle."""

    service: Service
    hop: Hop
    pods: tuple[PodTemplate, ...] = ()
    near: NearMiss | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class TargetPort:
    """What a Service port's named targetPort leads to: the pods that offer it and those that do not."""

    service: Service
    port: ServicePort
    hop: Hop
    offering: tuple[PodTemplate, ...]
    lacking: tuple[PodTemplate, ...]


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

_ROLE_KEYS = ("app.kubernetes.io/component", "component", "role", "tier")
"""Label keys that tell the parts of one application apart."""

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
    hop = Hop(service, service.at("spec", "selector"), _wanted_pods(service), State.UNKNOWN)
    found = scope.pods_with(service.selector, service.namespace)
    added = [key for key in service.selector if key in CONTROLLER_LABELS]
    if not found.nearest and added:
        rest = {key: value for key, value in service.selector.items() if key not in CONTROLLER_LABELS}
        found = scope.pods_with(rest, service.namespace)
    near = None if found.own or added else _near_miss_if_broken(service, scope, found.elsewhere)
    if near is not None:
        at = service.at("spec", "selector", near.key) if near.key else hop.at
        return Selection(service, replace(hop, at=at, state=State.BROKEN, why=near.difference), (), near)
    if found.nearest:
        hop = replace(hop, state=State.RESOLVED, targets=_workloads(found.nearest))
        return Selection(service, hop, found.nearest, None, not found.own)
    if _is_declared(service, scope):
        return Selection(service, replace(hop, state=State.RESOLVED, why="the configuration says such pods exist"))
    if added:
        return Selection(service, replace(hop, why=f"{added[0]} is set when pods are made"))
    hidden = scope.may_hide(service.selector.values())
    absent = f"{hidden} may have them" if hidden else "no pod in the workspace carries these labels"
    why = _made_elsewhere(service)
    is_broken = scope.is_closed and not why and not scope.makers and not scope.strays.may_match(service)
    return Selection(service, replace(hop, why=why or absent, state=State.BROKEN if is_broken else State.UNKNOWN))


def _wanted_pods(service: Service) -> str:
    return "pods with " + ", ".join(f"{key}={value}" for key, value in service.selector.items())


def _near_miss_if_broken(service: Service, scope: Scope, elsewhere: tuple[PodTemplate, ...]) -> NearMiss | None:
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


def _made_elsewhere(service: Service) -> str:
    """Why pods with these labels may well exist though no template has them; else empty."""
    for key, value in service.selector.items():
        if key.startswith(OPERATOR_LABELS) or key in _OPERATOR_KEYS or (key, value) in _OPERATOR_PAIRS:
            return f"an operator makes the pods labelled {key}"
        if is_placeholder(value) or not _LABEL_VALUE.match(value):
            return f"{value} is filled in later"
    if service.namespace in ("kube-system", "openshift-ingress") and set(service.selector) <= _SYSTEM_KEYS:
        return "the cluster's own pods carry these labels"
    return ""


def _miss(service: Service, pod: PodTemplate, scope: Scope) -> NearMiss | None:
    """How a selector misses a pod, if it was meant for it."""
    workload, labels = pod.workload, pod.labels
    wrong = {key: value for key, value in service.selector.items() if labels.get(key) != value}
    if not may_be_one_namespace(pod.namespace, service.namespace):
        if wrong:
            return None
        why = f"{pod} carries its labels in namespace {pod.namespace}, and a Service selects only in its own"
        return NearMiss(pod, why, True, workload.at("metadata", "namespace"))
    if not wrong or any(_is_runtime_key(key) and key not in workload.selector for key in wrong):
        return None
    pairs, key = _listed(wrong), next(iter(wrong)) if len(wrong) == 1 else ""
    if workload.kind != "Pod" and all(workload.labels.get(key) == value for key, value in wrong.items()):
        at = workload.at("metadata", "labels", key) if key else workload.at("metadata", "labels")
        return NearMiss(pod, f"{pod} carries {pairs} itself, its pods do not", True, at, key)
    slip = _slip(key, wrong[key], labels) if key else ""
    if slip:
        at = pod.at("metadata", "labels", slip)
        return NearMiss(pod, f"{pod} carries {slip}={labels[slip]}, not {pairs}", True, at, key)
    if not _are_companions(service, pod, scope):
        return None
    held = {key: labels[key] for key in wrong if key in labels}
    at = pod.at("metadata", "labels", key) if key in held else pod.at("metadata", "labels")
    if not held and len(wrong) < len(service.selector):
        return NearMiss(pod, f"the pods of {pod} do not carry {pairs}, unless something sets it later", False, at, key)
    return NearMiss(pod, f"{pod} carries {_listed(held or labels)}, not {pairs}", False, at, key)


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
        offering, lacking = _offers(selection.pods, port.target, port.protocol)
        if not offering and not lacking:
            continue
        may_be_there = selection.elsewhere or port.target in _INJECTED_PORTS
        state = State.RESOLVED if not lacking else State.UNKNOWN if may_be_there else State.BROKEN
        hop = Hop(
            selection.service,
            port.at("targetPort"),
            f"port {port.target}/{port.protocol} of the pods",
            state,
            _workloads(offering),
            _port_clause(port, lacking[0]) if lacking else "",
        )
        yield TargetPort(selection.service, port, hop, offering, lacking)


# Thousands of Services may share the pods they select: what is the same for all of them is found once.


@lru_cache(maxsize=64)
def _workloads(pods: tuple[PodTemplate, ...]) -> tuple[Workload, ...]:
    return tuple(dict.fromkeys(pod.workload for pod in pods))


@lru_cache(maxsize=64)
def _offers(
    pods: tuple[PodTemplate, ...], name: str, protocol: str
) -> tuple[tuple[PodTemplate, ...], tuple[PodTemplate, ...]]:
    """The pods that offer a named port, and those of workloads that do not. Pods that end count if all do."""
    lasting = [pod for pod in pods if not pod.workload.is_job] or pods
    serving = [pod for pod in lasting if pod.containers]
    offering = tuple(pod for pod in serving if pod.named_port(name, protocol))
    workloads = frozenset(_workloads(offering))
    lacking = (pod for pod in serving if pod.workload not in workloads and not pod.may_offer(name, protocol))
    roles = frozenset(map(_role, offering))
    return offering, tuple(pod for pod in lacking if not offering or _role(pod) in roles)


def _role(pod: PodTemplate) -> tuple[str, ...]:
    """What its labels call a pod's part in the application: a worker need not have the ports of the web server."""
    return tuple(pod.labels.get(key, "") for key in _ROLE_KEYS)


def _first_few(names: Iterable[str]) -> str:
    found = list(islice(names, _FEW_PORTS + 1))
    return ", ".join(found[:_FEW_PORTS]) + (" …" if len(found) > _FEW_PORTS else "")


def _port_clause(port: ServicePort, pod: PodTemplate) -> str:
    """What a pod that lacks a named port has instead."""
    others = pod.protocols_of(str(port.target))
    if others:
        return f"{pod} has {port.target} for {others[0]}, not {port.protocol}"
    named = _first_few(declared.name for declared in pod.ports if declared.name)
    if named:
        return f"{pod} names its ports {named}"
    numbers = _first_few(str(declared.number) for declared in pod.ports if declared.number)
    if numbers:
        return f"{pod} declares {numbers} without a name"
    return f"{pod} declares no ports"
