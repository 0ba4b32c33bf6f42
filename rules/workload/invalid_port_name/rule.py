"""A container port whose name the API server refuses, or which leaves open what a targetPort means.

Source: k8s.io/kubernetes pkg/apis/core/validation validateContainerPorts.
"""

from collections.abc import Iterator

from klint import (
    Container,
    ContainerPort,
    Finding,
    Graph,
    PodTemplate,
    Related,
    Severity,
    Workload,
    is_placeholder,
    rule,
)


@rule(severity="error")
def invalid_port_name(workload: Workload, graph: Graph) -> Iterator[Finding]:
    for pod in workload.pods:
        for container in (*pod.containers, *pod.init_containers):
            yield from _refused(container, pod)
        if graph.is_running(workload):
            yield from _ambiguous(pod, graph)


def _refused(container: Container, pod: PodTemplate) -> Iterator[Finding]:
    seen: dict[str, ContainerPort] = {}
    for port in container.ports:
        name = port.data.get("name")
        if port.name_problem:
            yield Finding(f"The name {name!r} of a port of {pod} is refused: {port.name_problem}", at=port.at("name"))
        elif port.name in seen:
            yield Finding(
                f"Two ports of container {container.name} of {pod} are called {name}, which is refused",
                at=port.at("name"),
                related=(Related("the first of them", seen[port.name].at("name")),),
            )
        elif port.name and not is_placeholder(name):
            seen[port.name] = port


def _ambiguous(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    """Ports of two containers with one name that a Service sends to: the first container gets the requests."""
    first: dict[tuple[str, str], ContainerPort] = {}
    wanted: set[tuple[str, str]] | None = None
    for port in pod.ports:
        key = (port.name, port.protocol)
        earlier = first.setdefault(key, port)
        # Of one container they are refused; with one number they are the same port.
        if not port.name or earlier.path[:-2] == port.path[:-2] or earlier.number == port.number:
            continue
        if wanted is None:
            services = graph.services_selecting(pod)
            wanted = {(str(item.target), item.protocol) for service in services for item in service.ports}
        if key in wanted:
            yield Finding(
                f"Port {port.number} of {pod} is called {port.name} as port {earlier.number} is, "
                f"and a Service that sends to {port.name} reaches {earlier.number} alone",
                at=port.at("name"),
                related=(Related("the one that is reached", earlier.at("name")),),
                severity=Severity.WARNING,
            )
