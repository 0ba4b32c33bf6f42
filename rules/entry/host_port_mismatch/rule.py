"""A pod with `hostNetwork` and a `hostPort` that differs from its `containerPort`, which the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Fix, PodTemplate, Remove, rule


@rule(severity="error")
def host_port_mismatch(pod: PodTemplate) -> Iterator[Finding]:
    if not pod.host_network:
        return
    # The API server checks no init container: validatePodHostNetworkDeps.
    for port in (port for container in pod.containers for port in container.ports):
        if port.host_port and port.number and port.host_port != port.number:
            yield Finding(
                f"hostPort {port.host_port} of {pod} must match containerPort {port.number} when hostNetwork is true",
                at=port.at("hostPort"),
                fix=Fix("Drop the hostPort: it is the containerPort", [Remove(port.at("hostPort"))]),
            )
