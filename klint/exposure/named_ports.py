"""Named ports of a pod: those that leave open which container a Service means, and what one is called by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from klint.kube.resource import mapping
from klint.kube.service import Service
from klint.kube.workload import PROBES, Container, ContainerPort, PodTemplate
from klint.text.changes import Replace


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


def renamed_port(
    pod: PodTemplate, container: Container, port: ContainerPort, name: str, services: Iterable[Service]
) -> Iterator[Replace]:
    """What gives a container's port another name: there, in the container's probes and hooks, and in its Services.

    Nothing if another port of the pod has that name.
    """
    if any(other.name == name for other in pod.ports):
        return
    yield Replace(port.at("name"), name)
    for steps in _PROBES:
        action = container.data
        for step in steps:
            action = mapping(action.get(step))
        if action.get("port") == port.name:
            yield Replace(container.at(*steps, "port"), name)
    for service in services:
        for item in service.ports:
            if item.target == port.name and item.data.get("targetPort") == port.name:
                yield Replace(item.at("targetPort"), name)


_PROBES = tuple(
    (*owner, action)
    for owner in (*((probe,) for probe in PROBES), ("lifecycle", "postStart"), ("lifecycle", "preStop"))
    for action in ("httpGet", "tcpSocket")
)
"""Where a container refers to its own ports by name. Source: k8s.io/api core/v1 Probe and LifecycleHandler."""
