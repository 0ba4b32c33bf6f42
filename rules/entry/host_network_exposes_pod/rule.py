"""An application with `hostNetwork`: all its ports are open on the node, and NetworkPolicies do not apply."""

from collections.abc import Iterator

from klint import Finding, Graph, PodTemplate, Related, abridged, joined, rule


@rule(severity="warning", explained_by=("public", "internal"))
def host_network_exposes_pod(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    if not pod.host_network or pod.workload.is_job:
        return
    if not pod.is_ingress_or_gateway and not graph.is_system_component(pod):
        yield Finding(
            f"{pod} uses hostNetwork: {_ports(pod)} open on its node, and NetworkPolicies do not apply to it",
            at=pod.at("spec", "hostNetwork"),
            related=tuple(Related(f"{policy} has no effect", policy.place) for policy in graph.policies(pod).void),
        )


def _ports(pod: PodTemplate) -> str:
    """`port 80 is`, `ports 80 and 443 are`; of many the first few."""
    numbers = list(dict.fromkeys(str(port.number) for port in pod.node_ports))
    if not numbers:
        return "whatever port it listens on is"
    if len(numbers) > 5:
        return f"ports {abridged(numbers, 4)} are"
    return f"ports {joined(numbers)} are" if len(numbers) > 1 else f"port {numbers[0]} is"
