"""An application that takes a port of its node in production, past every Service and route."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from klint import ContainerPort, Finding, PodTemplate, Severity, rule

WEB_PORTS = (80, 443, 8080, 8443)


@rule(severity={"production": "error", "development": None, "local": None}, otherwise="warning")
def host_port_in_production(
    pod: PodTemplate, *, allow_namespaces: tuple[str, ...] = ("kube-*", "openshift-*", "*-system")
) -> Iterator[Finding]:
    if pod.host_network or any(fnmatchcase(pod.namespace, pattern) for pattern in allow_namespaces):
        return
    for port in _application_ports(pod):
        yield Finding(
            f"hostPort {_describe(port)} exposes {pod} on its node, bypassing Services and Ingress",
            at=port.at("hostPort"),
            severity=Severity.WARNING if pod.workload.is_daemon_set else None,
        )


def _application_ports(pod: PodTemplate) -> Iterator[ContainerPort]:
    """The host ports that are open to other machines, and not the point of the container.

    A DaemonSet is an agent of its node, and a host port the usual way to it: only one that takes the ports browsers
    use, and does not look into its node, is taken for an application. Ordinary init containers end before anybody
    could connect.
    """
    is_agent = pod.workload.is_daemon_set and pod.sees_node
    for container in (*pod.containers, *pod.sidecars):
        if container.is_ingress_or_gateway:
            continue
        for port in container.ports:
            if port.host_port is None or port.is_loopback:
                continue
            if not pod.workload.is_daemon_set or (port.host_port in WEB_PORTS and not is_agent):
                yield port


def _describe(port: ContainerPort) -> str:
    protocol = "" if port.protocol == "TCP" else f"/{port.protocol}"
    address = "" if port.host_ip in ("0.0.0.0", "::") else f" on {port.host_ip}"
    return f"{port.host_port}{protocol}{address}"
