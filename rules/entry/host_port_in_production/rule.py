"""An application in production that exposes a port on its node, bypassing Services and Ingress."""

from collections.abc import Iterator

from klint import ContainerPort, Finding, Fix, Graph, PodTemplate, Remove, Severity, rule


@rule(
    severity={"production": "error", "development": None, "local": None},
    otherwise="warning",
    explained_by=("public", "internal"),
)
def host_port_in_production(
    pod: PodTemplate, graph: Graph, *, allow_namespaces: tuple[str, ...] = ("kube-*", "openshift-*", "*-system")
) -> Iterator[Finding]:
    if pod.host_network or not pod.is_open_on_node or graph.is_system_component(pod, allow_namespaces):
        return
    served = {port.target for service in graph.services_selecting(pod) for port in service.ports} - {None}
    for port in _application_ports(pod):
        is_served = port.number in served or port.name in served  # requests have another way in
        yield Finding(
            f"hostPort {_describe(port)} exposes {pod} on its node, bypassing Services and Ingress",
            at=port.at("hostPort"),
            severity=Severity.WARNING if pod.workload.is_daemon_set else None,
            fix=Fix("Drop the hostPort", [Remove(port.at("hostPort"))]) if is_served else None,
        )


def _application_ports(pod: PodTemplate) -> Iterator[ContainerPort]:
    """The host ports that are open to other machines, and not the point of the container.

    Of a DaemonSet these are the ports that browsers use: the others are how its node's pods talk to it. Ordinary init
    containers end before anybody could connect.
    """
    for container in (*pod.containers, *pod.sidecars):
        if container.is_ingress_or_gateway:
            continue
        for port in container.ports:
            is_open = port.host_port is not None and not port.is_loopback
            if is_open and (not pod.workload.is_daemon_set or port.is_for_browsers):
                yield port


def _describe(port: ContainerPort) -> str:
    protocol = "" if port.protocol == "TCP" else f"/{port.protocol}"
    address = "" if port.host_ip in ("0.0.0.0", "::") else f" on {port.host_ip}"
    return f"{port.host_port}{protocol}{address}"
