"""A node port that is used twice: the API server allocates it once and refuses the other Service."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, NodePortRequest, Related, Remove, rule


@rule(severity="error")
def node_port_collision(graph: Graph) -> Iterator[Finding]:
    for collision in graph.node_port_collisions:
        request, earlier = collision.request, collision.earlier
        related = Related(f"{earlier.service} asks for it first", earlier.at)
        fix = Fix(f"Drop the {request.field}, so that the cluster chooses one", [Remove(request.at)])
        yield Finding(_message(request, earlier), at=request.at, related=(related,), fix=fix)


def _message(request: NodePortRequest, earlier: NodePortRequest) -> str:
    service, number = request.service, request.number
    if earlier.service is not service:
        return (
            f"{request.field} {number} of {service} is already the {earlier.field} of {earlier.service}: "
            "a cluster allocates each number once, across namespaces and protocols"
        )
    if earlier.port is None or request.port is None:
        return f"{request.field} {number} of {service} is also the nodePort of its port {earlier.port or request.port}"
    if earlier.port.protocol == request.port.protocol:
        return f"nodePort {number} is used twice in {service}, both times for {request.port.protocol}"
    return (
        f"nodePort {number} of {service} is for {earlier.port.protocol} port {earlier.port.number} and "
        f"{request.port.protocol} port {request.port.number}: "
        "to share a node port, two protocols need the same port number"
    )
