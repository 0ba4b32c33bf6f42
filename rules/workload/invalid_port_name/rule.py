"""A container port whose name the API server refuses, or which leaves open what a targetPort means.

Source: k8s.io/kubernetes pkg/apis/core/validation validateContainerPorts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Fix, Related, Severity, is_placeholder, rule

if TYPE_CHECKING:
    from klint import Container, ContainerPort, Graph, PodTemplate, Workload


@rule(severity="error")
def invalid_port_name(workload: Workload, graph: Graph) -> Iterator[Finding]:
    for pod in workload.pods:
        for container in (*pod.containers, *pod.init_containers):
            yield from _refused(container, pod, graph)
        if graph.is_running(workload):
            yield from _ambiguous(pod, graph)


def _refused(container: Container, pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    seen: dict[str, ContainerPort] = {}
    for port in container.ports:
        name = port.data.get("name")
        if port.name_problem:
            changes = graph.renamed_port(pod, container, port)
            yield Finding(
                f"The name {name!r} of a port of {pod} is refused: {port.name_problem}",
                at=port.at("name"),
                fix=Fix(f"Call the port {port.name_meant}", changes) if changes else None,
            )
        elif port.name in seen:
            yield Finding(
                f"Two ports of container {container.name} of {pod} are called {name}, which is refused",
                at=port.at("name"),
                related=(Related("the first of them", seen[port.name].at("name")),),
            )
        elif port.name and not is_placeholder(name):
            seen[port.name] = port


def _ambiguous(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    for port, earlier in graph.ambiguous_ports(pod):
        yield Finding(
            f"Port {port.number} of {pod} is called {port.name} as port {earlier.number} is, "
            f"and a Service that sends to {port.name} reaches {earlier.number} alone",
            at=port.at("name"),
            related=(Related("the one that is reached", earlier.at("name")),),
            severity=Severity.WARNING,
        )
