"""Ports that Services send to and NetworkPolicies admit → what the pods say of the ports that they listen on.

A declared containerPort is information only: the number is used whether or not it is declared (k8s.io/api core/v1
Container.Ports; k8s.io/endpointslice utils.go FindPort). What is not declared is therefore never more than a hint, and
none where anything else in the pod names the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.selection import INJECTED_PORT_NAMES, Selection, instead_of
from klint.reasons import Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.exposure.pod_set import PodSet
    from klint.fixes import Fix
    from klint.kube.network_policy import NetworkPolicy
    from klint.kube.policy_rules import PolicyPort
    from klint.kube.service import Service, ServicePort
    from klint.kube.workload import PodTemplate

_FEW = 10
"""That many ports are named in a message."""

INJECTED = frozenset((3500, 3501, 4143, 4190, 4191, 9090, 15006, 15008, 15020, 15021, 15090, 50001))
"""Ports of sidecars that are added when pods are made. Sources: the injectors of Istio, Linkerd and Dapr; istio.io
docs/ops/deployment/application-requirements, Ports used by Istio."""


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A number that a Service sends to, and a pod that declares other ports."""

    service: Service
    port: ServicePort
    number: int
    pod: PodTemplate


def undeclared_target_ports(selection: Selection) -> Iterator[Undeclared]:
    """The numbers that no selected pod knows, though every container of theirs declares ports."""
    # DNS leads clients of a headless Service to its pods, whatever its ports.
    if not selection.pods or selection.elsewhere or selection.service.is_headless:
        return
    for port in selection.service.ports:
        if isinstance(port.target, int) and port.target not in INJECTED:
            numbers = selection.selected.numbers
            if numbers is not None and port.target not in numbers:
                yield Undeclared(selection.service, port, port.target, selection.pods[0])


@dataclass(frozen=True, slots=True)
class Unserved:
    """A port that a NetworkPolicy admits, and why none of its pods, of which `pod` is the first, serves it.

    `pods` are all that lack it. `service_port`, a port of `service`, has the number and leads to another one of the
    pods, which may have been meant.
    """

    port: PolicyPort
    pod: PodTemplate
    why: Why
    pods: tuple[PodTemplate, ...] = ()
    service_port: ServicePort | None = None
    service: Service | None = None

    @property
    def correction(self) -> Fix | None:
        """What admits the port that is meant: the one that the Service sends to, or one with a similar name."""
        at, meant = self.port.at("port"), self.service_port
        if self.port.name:
            from klint.exposure.pod_ports import name_correction

            return name_correction(at, self.port.name, self.port.protocol, self.pods)
        if meant is None or not meant.target or at.value != meant.number or len(self.port.numbers) != 1:
            return None
        from klint.kube.validation.remedies import write

        return write(at, meant.target) if not is_placeholder(meant.target) else None


def unserved_ports(
    policy: NetworkPolicy, pods: PodSet, services: Sequence[Service], configured: frozenset[int]
) -> Iterator[Unserved]:
    """The ports of a policy's ingress rules that none of its pods has or knows of; of several alike the first.

    A policy admits ports of pods, those that Services translate theirs to. What a Service sends to counts as served,
    and what is `configured` may be read by the programs. Source: k8s.io/api networking/v1 NetworkPolicyPort.
    """
    served = frozenset(port.target for service in services for port in service.ports if isinstance(port.target, int))
    ports = {
        (port.name, port.numbers, port.protocol): port
        for rule in reversed(policy.ingress or ())
        for port in reversed(rule.ports or ())
        if port.protocol
    }
    for port in reversed(ports.values()):
        if port.name:
            offering, lacking = pods.offers(port.name, port.protocol)
            if lacking and not offering and port.name not in INJECTED_PORT_NAMES:
                yield Unserved(port, lacking[0], instead_of(port.name, port.protocol, lacking[0]), lacking)
        elif port.numbers and pods.numbers is not None:
            known = (pods.numbers, served, INJECTED, configured)
            if any(_meet(port.numbers, numbers) for numbers in known):
                continue
            pod = pods.pods[0]
            declared = joined(list(dict.fromkeys(str(item.number) for item in pod.ports))[:_FEW])
            alike = ((item, service) for service in services for item in service.ports if item.number in port.numbers)
            meant = next(alike, (None, None))
            yield Unserved(port, pod, why(Reason.DECLARED_PORTS, pod, declared), pods.pods, *meant)


def _meet(numbers: range, known: frozenset[int]) -> bool:
    """Whether any of the numbers is known."""
    if len(numbers) < len(known):
        return any(number in known for number in numbers)
    return any(number in numbers for number in known)
