"""A port that a NetworkPolicy allows and none of its pods serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Related, rule

if TYPE_CHECKING:
    from klint import Graph, NetworkPolicy


@rule(severity="note")
def policy_port_unserved(policy: NetworkPolicy, graph: Graph) -> Iterator[Finding]:
    for found in graph.unserved_ports(policy):
        message = f"{policy} allows {found.port}, which none of its pods serves: {found.why}"
        related = [Related(f"the ports of {found.pod}", port.at()) for port in found.pod.ports[:1]]
        meant = found.service_port
        if meant is not None:
            message += f", and port {meant.number} of {found.service} leads to {meant.target}"
            related.append(Related("the Service's port", meant.at("port")))
        yield Finding(message, at=found.port.at("port"), fix=found.correction, related=tuple(related))
