"""A node port or host port of a kind cluster without a port mapping, which only the node's container exposes."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Related, rule


@rule(severity="note")
def port_open_on_kind_needs_mapping(graph: Graph) -> Iterator[Finding]:
    for port in graph.unmapped_ports:
        protocol = "" if port.protocol == "TCP" else f"/{port.protocol}"
        yield Finding(
            f"{port.field} {port.number}{protocol} of {port.owner} opens on kind's nodes only: "
            f"{port.cluster.file} has no extraPortMappings for it",
            at=port.at,
            related=(Related("the cluster's nodes", port.cluster.at),),
            fix=Fix(f"Map port {port.number} of the machine to it", [port.mapping]) if port.mapping else None,
        )
