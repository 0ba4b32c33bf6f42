"""A host port that two pods ask for, so that no node can run both."""

from collections.abc import Iterator

from klint import Finding, Graph, PodTemplate, Related, Severity, rule


@rule(severity="error")
def host_port_collision(graph: Graph) -> Iterator[Finding]:
    for collision in graph.host_port_collisions:
        pod, earlier = collision.pod, collision.earlier
        what = f"{collision.port.field} {collision.port} of {pod}"
        is_certain = collision.is_certain or graph.target.is_local_cluster
        if earlier is pod:
            message = f"{what} is asked for twice in one pod, and a node has each port once"
        elif is_certain:
            message = f"{what} is also asked for by {earlier}, which leaves no node for one of the two"
        else:
            message = f"{what} is also asked for by {earlier}: no node can run both"
        yield Finding(
            message,
            at=collision.port.at,
            related=(
                Related(f"{earlier} asks for it{_network(earlier)} first", collision.earlier_port.at),
                *(Related("and so with this port", at) for at in collision.also),
            ),
            severity=None if is_certain else Severity.WARNING,
        )


def _network(pod: PodTemplate) -> str:
    return " with hostNetwork" if pod.host_network else ""
