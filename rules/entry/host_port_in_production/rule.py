"""An application that takes a port of its node in production, past every Service and route."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from klint import Finding, Graph, Severity, rule
from klint.exposure.entries import LOOPBACK
from klint.kube.controllers import is_ingress_or_gateway_image
from klint.kube.resource import mapping, sequence
from klint.kube.workload import ContainerPort, PodTemplate

WEB_PORTS = (80, 443, 8080, 8443)


@rule(severity={"production": "error", "development": None, "local": None}, otherwise="warning")
def host_port_in_production(
    graph: Graph, *, allow_namespaces: tuple[str, ...] = ("kube-*", "openshift-*", "*-system")
) -> Iterator[Finding]:
    for pod in graph.pods:
        if pod.host_network or any(fnmatchcase(pod.namespace, pattern) for pattern in allow_namespaces):
            continue
        for port in _application_ports(pod):
            yield Finding(
                f"hostPort {_describe(port)} opens {pod} to whoever reaches its node, past Services and routes",
                at=port.at("hostPort"),
                severity=Severity.WARNING if pod.workload.is_daemon_set else None,
            )


def _application_ports(pod: PodTemplate) -> Iterator[ContainerPort]:
    """The host ports that are open to other machines, and not the point of the container.

    A DaemonSet is an agent of its node, and a host port the usual way to it: only one that takes the ports browsers
    use, and does not look into its node, is taken for an application. Ordinary init containers end before anybody
    could connect.
    """
    is_agent = pod.workload.is_daemon_set and _looks_into_node(pod)
    for container in (*pod.containers, *pod.sidecars):
        if is_ingress_or_gateway_image(container.image):
            continue
        for port in container.ports:
            if port.host_port is None or port.host_ip.startswith(LOOPBACK):
                continue
            if not pod.workload.is_daemon_set or (port.host_port in WEB_PORTS and not is_agent):
                yield port


def _looks_into_node(pod: PodTemplate) -> bool:
    """Whether a pod sees its node's files or processes."""
    volumes = sequence(pod.get("spec", "volumes"))
    return pod.get("spec", "hostPID") is True or any("hostPath" in mapping(volume) for volume in volumes)


def _describe(port: ContainerPort) -> str:
    protocol = "" if port.protocol == "TCP" else f"/{port.protocol}"
    address = "" if port.host_ip in ("0.0.0.0", "::") else f" on {port.host_ip}"
    return f"{port.host_port}{protocol}{address}"
