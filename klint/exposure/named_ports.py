"""Named ports of a pod that leave open which container a Service means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from klint.kube.service import Service
from klint.kube.workload import ContainerPort, PodTemplate


def ambiguous_ports(
    pod: PodTemplate, services_selecting: Callable[[PodTemplate], Iterable[Service]]
) -> Iterator[tuple[ContainerPort, ContainerPort]]:
    """Ports that no request reaches, each with the port of an earlier container that has its name and gets them.

    Only names that a Service sends to count. Two ports of one container with one name are refused, and two with one
    number are the same port. Source: k8s.io/kubernetes pkg/api/v1/pod FindPort takes the first container's.
    """
    first: dict[tuple[str, str], ContainerPort] = {}
    wanted: set[tuple[str, str]] | None = None
    for port in pod.ports:
        key = (port.name, port.protocol)
        earlier = first.setdefault(key, port)
        if not port.name or earlier.path[:-2] == port.path[:-2] or earlier.number == port.number:
            continue
        if wanted is None:
            sent = (item for service in services_selecting(pod) for item in service.ports)
            wanted = {(str(item.target), item.protocol) for item in sent}
        if key in wanted:
            yield port, earlier
