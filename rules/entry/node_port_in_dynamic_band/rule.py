"""A hard-coded node port in the band for dynamic allocation, where another Service may have it already."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Replace, Service, rule

_SINCE = (1, 28)
"""The version since which the allocator keeps the lower part for last (KEP-3668: beta, and on by default)."""


@rule(severity={"local": None}, otherwise="note")
def node_port_in_dynamic_band(service: Service, graph: Graph) -> Iterator[Finding]:
    node_ports = graph.target.node_ports
    first = node_ports.first_dynamic
    is_before = (graph.target.kubernetes or _SINCE) < _SINCE
    if service.is_hook or service.is_from_cluster or first == node_ports.first or is_before:
        return
    for request in graph.node_port_requests(service):
        if first <= request.number <= node_ports.last:
            free = graph.static_node_port(request.number)
            yield Finding(
                f"{request.field} {request.number} of {service} is in the band for dynamic allocation "
                f"({first}-{node_ports.last}): another Service may have it already",
                at=request.at,
                fix=Fix(f"Change {request.field} to {free}", [Replace(request.at, free)]) if free else None,
            )
