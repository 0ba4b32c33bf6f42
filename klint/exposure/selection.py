"""Traffic distribution: a Service's selector → pods, and its target ports → the pods' ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from klint.exposure.near import stem
from klint.exposure.pod_set import NO_PODS, PodSet
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.ports import port_name_errors
from klint.kube.ref import Ref
from klint.kube.service import Service, ServicePort
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder_for_word

if TYPE_CHECKING:
    from klint.exposure.misses import Miss, Wanted
    from klint.fixes import Fix


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

    @property
    def correction(self) -> Fix | None:
        """What sends to the port that is meant, where none of the pods offers the one that is asked for."""
        if self.offering or not isinstance(self.port.target, str):
            return None
        from klint.exposure.pod_ports import name_correction

        is_alone = len(self.service.ports) == 1
        return name_correction(self.hop.at, self.port.target, self.port.protocol, self.lacking, is_alone=is_alone)

    def reached_by(self, pod: PodTemplate) -> Hop:
        """The hop into one of the pods that offer the port."""
        return replace(self.hop, state=State.RESOLVED, targets=(pod.workload,), why=PLAIN, certain=False)


_FEW_PORTS = 10
"""That many ports are named in a message."""

INJECTED_PORT_NAMES = frozenset(
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
    at = service.at("spec", "selector")
    found = scope.pods_with(service.selector, service.namespace)
    added = [key for key in service.selector if key in CONTROLLER_LABELS]
    if not found.nearest and added:
        rest = {key: value for key, value in service.selector.items() if key not in CONTROLLER_LABELS}
        found = scope.pods_with(rest, service.namespace)
    miss = None if found.own or added else _miss(service, scope, found.elsewhere)
    if found.nearest and miss is None:
        selected = scope.pod_set(found.nearest)
        hop = Hop(HopKind.SELECTION, service, at, wants, State.RESOLVED, selected.workloads)
        return Selection(service, hop, selected, not found.own)
    hop = Hop(HopKind.SELECTION, service, at, wants, State.UNKNOWN)
    if miss is not None:
        at = service.at("spec", "selector", miss.key) if miss.key else at
        near = (Near(miss.pod.workload, miss.at),)
        broken = replace(hop, at=at, state=State.BROKEN, why=miss.why, near=near, certain=miss.certain)
        return Selection(service, replace(broken, remedy=miss.remedy(at)))
    from klint.exposure.misses import is_declared, made_elsewhere

    if is_declared(service.selector, scope):
        return Selection(service, replace(hop, state=State.RESOLVED, why=why(Reason.PODS_DECLARED)))
    if added:
        return Selection(service, replace(hop, why=why(Reason.SET_BY_CONTROLLER, added[0])))
    hidden = scope.may_hide(service.selector.values())
    absent = why(Reason.HIDDEN_PODS, hidden) if hidden else why(Reason.NO_SUCH_PODS)
    made = made_elsewhere(_wanted(service))
    may_match = scope.strays.may_match(service.selector, service.namespace)
    is_broken = scope.is_closed and not made and not scope.makers and not may_match
    state = State.BROKEN if is_broken else State.UNKNOWN
    return Selection(service, replace(hop, why=made or absent, state=state, certain=is_broken))


def _wanted(service: Service) -> Wanted:
    from klint.exposure.misses import Wanted

    return Wanted(service, service.selector, service.namespace)


def _miss(service: Service, scope: Scope, elsewhere: tuple[PodTemplate, ...]) -> Miss | None:
    """What a selector that matches no pod of its bundle was meant for.

    Pods elsewhere that merely happen to carry the same labels, in no namespace of their own, do not answer for it
    when the pods that were meant stand in the bundle.
    """
    if any(pod.namespace and pod.namespace == service.namespace for pod in elsewhere):
        return None

    from klint.exposure.misses import find_miss

    def is_companion(pod: PodTemplate) -> bool:
        """Whether a pod that no Service selects is plainly this one's: it has its name, or is alone with it."""
        return stem(pod.workload.name) == stem(service.name) or scope.strays.are_alone(service, pod)

    return find_miss(_wanted(service), scope.strays, is_companion, scope)


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
        may_be_there = selection.elsewhere or port.target in INJECTED_PORT_NAMES
        state = State.RESOLVED if not lacking else State.UNKNOWN if may_be_there else State.BROKEN
        service, at = selection.service, port.at("targetPort")
        wants = Ref("", "Pod", service.namespace, port=f"{port.target}/{port.protocol}")
        workloads = tuple(dict.fromkeys(pod.workload for pod in offering))
        reason = instead_of(port.target, port.protocol, lacking[0]) if lacking else PLAIN
        hop = Hop(HopKind.TARGET_PORT, service, at, wants, state, workloads, reason, certain=not offering)
        yield TargetPort(service, port, hop, offering, lacking)


def _first_few(names: Iterable[str]) -> str:
    found = list(islice(names, _FEW_PORTS + 1))
    return ", ".join(found[:_FEW_PORTS]) + (" …" if len(found) > _FEW_PORTS else "")


def instead_of(name: str, protocol: str, pod: PodTemplate) -> Why:
    """What a pod that lacks a named port has instead."""
    others = pod.protocols_of(name)
    if others:
        return why(Reason.OTHER_PROTOCOL, pod, name, others[0], protocol)
    named = _first_few(declared.name for declared in pod.ports if declared.name)
    if named:
        return why(Reason.NAMED_PORTS, pod, named)
    numbers = _first_few(str(declared.number) for declared in pod.ports if declared.number)
    return why(Reason.UNNAMED_PORTS, pod, numbers) if numbers else why(Reason.NO_PORTS, pod)
