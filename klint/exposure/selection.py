"""Traffic distribution: a Service's selector → pods, and its target ports → the pods' ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from klint.exposure.scope import MANY, Scope, are_similar
from klint.findings import Hop, State
from klint.kube.service import Service, ServicePort
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate, Workload


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Pods that a selector all but matches. `difference` says in one clause what keeps them apart.

    It is `certain` when nothing but a mistake explains it, rather than two things that merely stand side by side.
    """

    pod: PodTemplate
    difference: str
    certain: bool


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


def select(service: Service, scope: Scope) -> Selection | None:
    """Follow a Service's selector; None for a Service that has none."""
    if not service.selector:
        return None
    at = service.at("spec", "selector")
    wants = "pods with " + ", ".join(f"{key}={value}" for key, value in service.selector.items())

    def selection(state: State, why: str, near: NearMiss | None = None) -> Selection:
        return Selection(service, Hop(service, at, wants, state, (), why), (), near)

    found = scope.sort(scope.index.pods_with(service.selector, service.namespace))
    added = [key for key in service.selector if key in CONTROLLER_LABELS]
    if not found.nearest and added:
        rest = {key: value for key, value in service.selector.items() if key not in CONTROLLER_LABELS}
        found = scope.sort(scope.index.pods_with(rest, service.namespace))
    if found.nearest:
        workloads = tuple(dict.fromkeys(pod.workload for pod in found.nearest))
        hop = Hop(service, at, wants, State.RESOLVED, workloads)
        return Selection(service, hop, found.nearest, None, not found.own)
    if added:
        return selection(State.UNKNOWN, f"{added[0]} is set when pods are made")
    if _is_declared(service, scope):
        return selection(State.RESOLVED, "the configuration says such pods exist")
    reason = _made_elsewhere(service)
    if reason:
        return selection(State.UNKNOWN, reason)
    near = _nearest_miss(service, scope)
    if near is not None:
        return selection(State.BROKEN, near.difference, near)
    return selection(State.UNKNOWN, "no pod in the workspace carries these labels")


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
    if service.namespace in ("kube-system", "openshift-ingress") and set(service.selector) <= _SYSTEM_KEYS:
        return "the cluster's own pods carry these labels"
    return ""


def _nearest_miss(service: Service, scope: Scope) -> NearMiss | None:
    """The pods of the bundle that the selector was most likely meant for."""
    candidates = [pod for pod in _candidates(service, scope) if pod.labels and not pod.workload.is_job]
    same_namespace = [
        pod for pod in candidates if pod.namespace == service.namespace or not (pod.namespace and service.namespace)
    ]
    misses = [miss for pod in same_namespace if (miss := _label_miss(service, pod)) is not None]
    misses += [miss for pod in candidates if (miss := _namespace_miss(service, pod)) is not None]
    if misses:
        return next((miss for miss in misses if miss.certain), misses[0])
    return _neighbour(service, scope, same_namespace)


def _candidates(service: Service, scope: Scope) -> list[PodTemplate]:
    """The bundle's pods; in a large bundle those in the Service's file and those that share a label with it."""
    if len(scope.own.pods) <= MANY:
        return list(scope.own.pods)
    shared = [pod for pair in service.selector.items() for pod in scope.own.pods_with(dict([pair]), "")[:MANY]]
    beside = scope.own.pods_in(service.document.source)
    return list({id(pod): pod for pod in (*beside, *shared)}.values())


def _namespace_miss(service: Service, pod: PodTemplate) -> NearMiss | None:
    if pod.namespace == service.namespace or not pod.namespace or not service.namespace:
        return None
    if any(pod.labels.get(key) != value for key, value in service.selector.items()):
        return None
    return NearMiss(
        pod, f"{pod} carries them in namespace {pod.namespace}, and a Service selects only in its own", True
    )


def _label_miss(service: Service, pod: PodTemplate) -> NearMiss | None:
    """One label away: a value that differs while the others agree, or one misspelt."""
    selector, labels = service.selector, pod.labels
    wrong = [key for key, value in selector.items() if labels.get(key) != value]
    if len(wrong) != 1:
        return None
    key = wrong[0]
    value = selector[key]
    if key in labels and (len(selector) > 1 or are_similar(value, labels[key])):
        certain = not _is_runtime_key(key)
        return NearMiss(pod, f"{pod} carries {key}={labels[key]}, not {key}={value}", certain)
    other = _key_with(value, key, labels)
    if other:
        return NearMiss(pod, f"{pod} carries {other}={value}, not {key}={value}", True)
    if key not in labels and len(selector) > 1 and not _is_runtime_key(key):
        return NearMiss(pod, f"the pods of {pod} do not carry {key}={value}, unless something sets it later", False)
    return None


def _key_with(value: str, key: str, labels: Mapping[str, str]) -> str:
    """A label of the pod that has the wanted value under a similar key: `app` for `app.kubernetes.io/name`."""
    alike = {"app", "name", "k8s-app", "run", "app.kubernetes.io/name", "app.kubernetes.io/instance"}
    for other, held in labels.items():
        if held == value and other != key and (are_similar(other, key) or {other, key} <= alike):
            return other
    return ""


def _is_runtime_key(key: str) -> bool:
    words = key.rpartition("/")[2].lower().replace("_", "-").split("-")
    return any(word in _RUNTIME_WORDS for word in words)


def _neighbour(service: Service, scope: Scope, pods: list[PodTemplate]) -> NearMiss | None:
    """The one workload written beside the Service, in the same file, that no other Service selects."""
    beside = [
        pod
        for pod in pods
        if pod.document.source is service.document.source and not scope.index.services_selecting(pod)
    ]
    if len({id(pod.workload) for pod in beside}) != 1 or any(map(_is_runtime_key, service.selector)):
        return None
    pod = beside[0]
    carried = ", ".join(f"{key}={value}" for key, value in pod.labels.items())
    return NearMiss(pod, f"{pod} beside it carries {carried}", False)


def resolve_target_ports(selection: Selection) -> Iterator[TargetPort]:
    """Follow each named targetPort into each selected pod, by name and protocol. Numbers need no declaration.

    Source: k8s.io/endpointslice utils.go FindPort: a pod without the name is left out of that port's endpoints.
    """
    pods = [pod for pod in selection.pods if not pod.workload.is_job] or list(selection.pods)
    pods = [pod for pod in pods if pod.containers]
    for port in selection.service.ports:
        if not isinstance(port.target, str) or not pods:
            continue
        offering = tuple(pod for pod in pods if pod.named_port(port.target, port.protocol))
        lacking = tuple(pod for pod in pods if not pod.named_port(port.target, port.protocol))
        state = State.RESOLVED if not lacking else State.UNKNOWN if selection.elsewhere else State.BROKEN
        workloads: tuple[Workload, ...] = tuple(dict.fromkeys(pod.workload for pod in offering))
        hop = Hop(
            selection.service,
            port.at("targetPort"),
            f"port {port.target}/{port.protocol} of the pods",
            state,
            workloads,
            _port_clause(port, lacking[0]) if lacking else "",
        )
        yield TargetPort(selection.service, port, hop, offering, lacking)


def _port_clause(port: ServicePort, pod: PodTemplate) -> str:
    """What a pod that lacks a named port has instead."""
    other = next((declared for declared in pod.ports if declared.name == port.target), None)
    if other is not None:
        return f"{pod} has {port.target} for {other.protocol}, not {port.protocol}"
    named = [declared.name for declared in pod.ports if declared.name]
    if named:
        return f"{pod} names its ports {', '.join(named)}"
    if pod.ports:
        numbers = ", ".join(str(declared.number) for declared in pod.ports)
        return f"{pod} declares {numbers} without a name"
    return f"{pod} declares no ports"
