"""Traffic distribution: numeric target ports → what the selected pods say of the ports that they listen on.

A declared containerPort is information only: the number is used whether or not it is declared (k8s.io/api core/v1
Container.Ports; k8s.io/endpointslice utils.go FindPort). What is not declared is therefore never more than a hint, and
none where anything else in the pod names the number.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.selection import Selection
from klint.kube.service import Service, ServicePort
from klint.kube.workload import PodTemplate
from klint.records import dataclass

INJECTED = frozenset((3500, 3501, 4143, 4190, 4191, 9090, 15020, 15021, 15090, 50001))
"""Ports of sidecars that are added when pods are made. Sources: the injectors of Istio, Linkerd and Dapr."""


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
    numbers = selection.selected.numbers
    if numbers is None:
        return
    for port in selection.service.ports:
        if isinstance(port.target, int) and port.target not in numbers and port.target not in INJECTED:
            yield Undeclared(selection.service, port, port.target, selection.pods[0])
