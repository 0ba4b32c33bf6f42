"""Pods that are selected together, and what is the same for everything that selects them.

Thousands of Services may select the same thousands of pods: what can be said of these is found once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.kube.workload import PROBES, PodTemplate, Workload
from klint.records import cached_property
from klint.regex import regex

_ROLE_KEYS = ("app.kubernetes.io/component", "component", "role", "tier")
"""Label keys that tell the parts of one application apart."""

_NUMBER = regex(r"\d+")
_SPEAKING = ("command", "args", "env", *PROBES, "lifecycle")

Offer = tuple[tuple[PodTemplate, ...], tuple[PodTemplate, ...]]
"""Pods that offer a named port, and pods that lack it."""


class PodSet:
    """`pods`, in the order of their files."""

    def __init__(self, pods: tuple[PodTemplate, ...] = ()) -> None:
        self.pods = pods
        self._offers: dict[tuple[str, str], Offer] = {}

    def __contains__(self, pod: PodTemplate) -> bool:
        return id(pod) in self._ids

    @cached_property
    def _ids(self) -> frozenset[int]:
        return frozenset(map(id, self.pods))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """What makes them, each once."""
        return tuple(dict.fromkeys(pod.workload for pod in self.pods))

    def offers(self, name: str, protocol: str) -> Offer:
        """The pods that offer a named port, and those of workloads that do not. Pods that end count if all do."""
        if (name, protocol) not in self._offers:
            self._offers[name, protocol] = self._find_offers(name, protocol)
        return self._offers[name, protocol]

    def _find_offers(self, name: str, protocol: str) -> Offer:
        lasting = [pod for pod in self.pods if not pod.workload.is_job] or self.pods
        serving = [pod for pod in lasting if pod.containers]
        offering = tuple(pod for pod in serving if pod.named_port(name, protocol))
        if len(offering) == len(serving):  # as nearly always
            return offering, ()
        workloads = frozenset(pod.workload for pod in offering)
        lacking = (pod for pod in serving if pod.workload not in workloads and not pod.may_offer(name, protocol))
        roles = frozenset(map(_role, offering))
        return offering, tuple(pod for pod in lacking if not offering or _role(pod) in roles)

    @cached_property
    def numbers(self) -> frozenset[int] | None:
        """Every number that they declare or name in what they run; None where one of them may listen on others."""
        known: set[int] = set()
        for pod in self.pods:
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


NO_PODS = PodSet()


def may_listen(pod: PodTemplate, number: int) -> bool:
    """Whether a pod may listen on a number: it declares or names it, or a part of it does not say what it does."""
    containers = (*pod.containers, *pod.sidecars)
    if any("envFrom" in container.data for container in containers):
        return True
    if any(pod.ports) and not all(container.ports for container in containers):
        return True
    if any(port.number in (None, number) for port in pod.ports) or pod.has_ports_to_fill_in:
        return True
    said = [[container.data.get(key) for key in _SPEAKING] for container in containers]
    return number in _numbers([said, dict(pod.annotations)])


def _role(pod: PodTemplate) -> tuple[str, ...]:
    """What its labels call a pod's part in the application: a worker need not have the ports of the web server."""
    return tuple(pod.labels.get(key, "") for key in _ROLE_KEYS)


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
