"""A StatefulSet → the Service that governs it: in whose domain each of its pods has a DNS name.

Sources: k8s.io/kubernetes pkg/controller/statefulset/stateful_set_utils.go initIdentity, which sets the subdomain, and
pkg/controller/util/endpoint ShouldSetHostname; the Kubernetes DNS specification 2.4, records of headless Services.
CoreDNS answers for a single pod of a Service with a cluster IP too; the Service's own name leads to that IP.
"""

from __future__ import annotations

from klint.exposure.absent import absent_service
from klint.exposure.endpoints import endpoints_hop
from klint.exposure.misses import Wanted, is_runtime_key, listed, made_elsewhere
from klint.exposure.scope import Scope
from klint.exposure.selection import select
from klint.hops import Hop, HopKind, Near, State
from klint.kube.ref import Ref
from klint.kube.resource import sequence
from klint.kube.service import Service
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate, Workload
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder

_ENOUGH = 20
"""That many Services of one name are judged: they are in namespaces any of which may be the right one."""


@dataclass(frozen=True, slots=True)
class Governing:
    """What a StatefulSet's serviceName leads to; `service` is None where there is none of that name.

    The hop is broken where the Service does not exist or does not resolve to the pods.
    """

    hop: Hop
    service: Service | None = None


def govern(workload: Workload, scope: Scope) -> Governing | None:
    """Follow a StatefulSet's serviceName; None for other workloads, and where it is not given.

    Only the bundle's own Service is judged. A selector that all but matches the pods is at fault itself.
    """
    name = workload.governing_service
    if not name:
        return None
    wants = Ref("", "Service", workload.namespace, name)
    hop = Hop(HopKind.GOVERNING, workload, workload.at("spec", "serviceName"), wants, State.UNKNOWN)
    found = scope.services_named(workload.namespace, name)
    if not found.nearest:
        return Governing(absent_service(hop, scope, scope.index.governed))
    hop = replace(hop, state=State.RESOLVED, targets=found.nearest)
    faults = [_fault(service, pod, scope) for service in found.own[:_ENOUGH] for pod in workload.pods]
    if not faults or not all(faults):
        return Governing(hop, found.nearest[0])
    headless = _other_headless(workload, scope) if faults[0].reason is Reason.NOT_HEADLESS else None
    hop = replace(hop, state=State.BROKEN, why=faults[0])
    if headless is not None:
        hop = replace(hop, why=why(Reason.OTHER_HEADLESS, headless), near=(Near(headless, headless.place),))
    return Governing(hop, found.own[0])


def _fault(service: Service, pod: PodTemplate, scope: Scope) -> Why:
    """Why a Service does not resolve to pods; false where it does, or may."""
    if any(map(is_placeholder, (service.get("spec"), service.type, service.get("spec", "clusterIP")))):
        return PLAIN
    if service.type == "ExternalName":
        return why(Reason.ONLY_ALIAS)
    if not service.is_headless and "None" not in sequence(service.get("spec", "clusterIPs")):
        return why(Reason.NOT_HEADLESS)
    if not service.selector:
        endpoints = endpoints_hop(service, scope)
        return why(Reason.NO_SELECTOR) if endpoints is not None and endpoints.is_broken else PLAIN
    return _miss(service, pod, scope)


def _miss(service: Service, pod: PodTemplate, scope: Scope) -> Why:
    """Which labels of a selector pods lack, unless something may set them later or their lack is reported."""
    lacking = {
        key: value
        for key, value in service.selector.items()
        if pod.labels.get(key) != value and key not in CONTROLLER_LABELS
    }
    if not lacking or pod.may_carry(lacking) or any(is_runtime_key(key) for key in lacking):
        return PLAIN
    if made_elsewhere(Wanted(service, lacking, service.namespace)):
        return PLAIN
    if not scope.labels_of_makers.isdisjoint(lacking.items()):
        return PLAIN
    selection = select(service, scope)
    return PLAIN if selection is not None and selection.hop.is_broken else why(Reason.PODS_LACK, listed(lacking))


def _other_headless(workload: Workload, scope: Scope) -> Service | None:
    """A headless Service that does resolve to the pods."""
    selecting = (service for pod in workload.pods for service in scope.own.each_service_selecting(pod))
    return next((service for service in selecting if service.is_headless), None)
