"""Where requests from outside come to a controller's pods: a Service's entry, a host port, or what feeds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.entries import Entry, entries_of_pod, entries_of_service
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.reasons import Reason, Why, why
from klint.records import replace
from klint.text.placeholders import is_placeholder
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.exposure.entry_points import EntryPoint

_NEG_ANNOTATION = "cloud.google.com/neg"
TUNNELS = ("cloudflared", "ngrok", "ngrok-operator", "inlets", "inlets-pro", "frpc", "tailscale", "k8s-operator")
"""Images of tunnels, which bring requests in over a connection from inside."""


def entries_of_pods(pods: Sequence[PodTemplate], scope: Scope) -> Iterator[tuple[Entry, PodTemplate]]:
    """Every entry that leads to some pods, with the first that it leads to: those of Services, then host ports."""
    seen: set[int] = set()
    for pod in pods:
        for service in scope.services_selecting(pod):
            if id(service) not in seen:
                seen.add(id(service))
                yield from ((entry, pod) for entry in entries_of_service(service))
    for pod in pods:
        yield from ((entry, pod) for entry in entries_of_pod(pod))


def entry_hop(entry: Entry, pod: PodTemplate) -> Hop:
    """From an entry to the pods behind it: Service → workload, or the workload alone."""
    return entry.hop if entry.pod is not None else _into(entry.resource, pod.workload, entry.hop)


def controller_entry(pods: Sequence[PodTemplate], scope: Scope) -> Hop:
    """The first way from outside to a controller's pods, or why there is none.

    It is broken when Services select them and nothing comes to these.
    """
    found = next(entries_of_pods(pods, scope), None)
    return entry_hop(*found) if found is not None else _missing(pods, scope)


def point_without_entry(
    point: EntryPoint, noun: str, entry: Hop, pods: Sequence[PodTemplate], scope: Scope
) -> Hop | None:
    """Why nothing from outside comes to a port of a controller's pods, though an `entry` leads to others of theirs.

    None where something does, or may; or comes from inside the cluster, which somebody thought of then.
    """
    if any(point.is_entered_by(*found) for found in entries_of_pods(pods, scope)):
        return None
    services = [(service, pod) for pod in pods for service in scope.services_selecting(pod)]
    if any(is_placeholder(service.type) or not service.ports for service, _ in services):
        return None
    if any(point.is_behind(port, pod) for service, pod in services for port in service.ports):
        return None
    workload, ports = pods[0].workload, ", ".join(map(str, sorted(point.ports)))
    wants, reason = Ref("", noun, "", point.name), why(Reason.PORT_NOT_OPENED, ports)
    return replace(entry, source=workload, wants=wants, state=State.BROKEN, targets=(), why=reason)


def _into(source: Resource, workload: Workload, hop: Hop, reason: Why | None = None) -> Hop:
    wants = Ref(workload.group, workload.kind, workload.namespace, workload.name)
    return replace(hop, source=source, wants=wants, targets=(workload,), why=reason or hop.why)


def _missing(pods: Sequence[PodTemplate], scope: Scope) -> Hop:
    workload = pods[0].workload
    services = scope.services_selecting(pods[0])
    hop = Hop(HopKind.ENTRY, workload, workload.place, Ref("", ""), State.UNKNOWN)
    if any(is_placeholder(service.type) for service in services) or any(map(_may_open_ports, pods)):
        return replace(hop, why=why(Reason.ENTRY_FILLED_IN_LATER))
    if not services:
        return replace(hop, why=why(Reason.NOT_SELECTED, workload))
    for service in services:
        reason = _feeder(service, scope)
        if reason:
            return _into(service, workload, replace(hop, at=service.place, state=State.RESOLVED), reason)
    names = joined([str(service) for service in services])
    reason = why(Reason.INTERNAL_ONLY if len(services) == 1 else Reason.ALL_INTERNAL_ONLY, names)
    return replace(hop, state=State.BROKEN, targets=services, why=reason)


def _may_open_ports(pod: PodTemplate) -> bool:
    """Whether a pod may take ports of its node once it is filled in."""
    values = (pod.get("spec", "hostNetwork"), *(port.data.get("hostPort") for port in pod.ports))
    return any(map(is_placeholder, values))


def _feeder(service: Service, scope: Scope) -> Why | None:
    """What brings requests from outside to a Service that opens no entry itself."""
    routes = scope.sort(scope.index.routes_to.get(service.name, ())).nearest
    binding = scope.bindings.get(service.name)
    tunnel = next((pod for name in TUNNELS for pod in scope.index.pods_from(name)), None)
    if _NEG_ANNOTATION in service.annotations:
        return why(Reason.ENDPOINT_GROUP, service)
    if routes or binding:
        return why(Reason.FED_BY, routes[0] if routes else binding, service)
    return why(Reason.MAY_BE_FED_BY, tunnel, service) if tunnel else None
