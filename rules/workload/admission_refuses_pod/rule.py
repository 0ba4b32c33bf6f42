"""A host port or hostNetwork that Pod Security admission rejects, so that the pod is never created."""

from collections.abc import Iterator

from klint import Finding, Graph, Place, PodTemplate, Related, rule


@rule(severity="error")
def admission_refuses_pod(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    asked = list(_asked_of_node(pod))
    security = graph.pod_security(pod) if asked else None
    if security is not None:
        (what, at), *more = asked
        pods = pod if pod.workload.kind == "Pod" else f"the pods of {pod}"
        yield Finding(
            f"{security.namespace} refuses {pods} for {what}: it enforces the Pod Security level {security.level}",
            at=at,
            related=(
                Related("the namespace enforces it here", security.at),
                *(Related(f"and for {what}", at) for what, at in more),
            ),
        )


def _asked_of_node(pod: PodTemplate) -> Iterator[tuple[str, Place]]:
    """What the pod asks of its node, and where: loopback addresses and ordinary init containers count as well."""
    if pod.host_network:
        yield "hostNetwork", pod.at("spec", "hostNetwork")
    for container in (*pod.containers, *pod.init_containers):
        yield from ((f"hostPort {port.host_port}", port.at("hostPort")) for port in container.ports if port.host_port)
