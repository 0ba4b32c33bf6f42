"""Traffic distribution: numeric target ports → what the selected pods say of the ports that they listen on.

A declared containerPort is information only: the number is used whether or not it is declared (k8s.io/api core/v1
Container.Ports; k8s.io/endpointslice utils.go FindPort). What is not declared is therefore never more than a hint, and
none where anything else in the pod names the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from klint.exposure.selection import Selection
from klint.kube.service import Service, ServicePort
from klint.kube.workload import PodTemplate
from klint.records import dataclass

INJECTED = frozenset((3500, 3501, 4143, 4190, 4191, 9090, 15020, 15021, 15090, 50001))
"""Ports of sidecars that are added when pods are made. Sources: the injectors of Istio, Linkerd and Dapr."""

_NUMBER = re.compile(r"\d+")
_SPEAKING = ("command", "args", "env", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


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
    numbers = _known_numbers(selection.pods)
    if numbers is None:
        return
    for port in selection.service.ports:
        if isinstance(port.target, int) and port.target not in numbers and port.target not in INJECTED:
            yield Undeclared(selection.service, port, port.target, selection.pods[0])


@lru_cache(maxsize=64)
def _known_numbers(pods: tuple[PodTemplate, ...]) -> frozenset[int] | None:
    """Every number that pods declare or name in what they run; None where one of them may listen on others."""
    known: set[int] = set()
    for pod in pods:
        for container in (*pod.containers, *pod.sidecars):
            numbers = [port.number for port in container.ports]
            if not numbers or None in numbers or len(numbers) != len(container.data["ports"]):
                return None
            known.update(number for number in numbers if number)
            known.update(_numbers([container.data.get(key) for key in _SPEAKING]))
            if container.data.get("envFrom"):
                return None
        if not pod.containers or pod.workload.is_job:
            return None
        known.update(_numbers(dict(pod.annotations)))
    return frozenset(known)


def _numbers(value: Any) -> Iterator[int]:
    """The numbers in a value, those inside text among them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, str):
        yield from (int(digits) for digits in _NUMBER.findall(value) if len(digits) <= 5)
    elif isinstance(value, int):
        yield int(value)
