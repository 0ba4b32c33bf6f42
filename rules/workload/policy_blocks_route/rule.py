"""A NetworkPolicy that blocks the requests which a route, load balancer or node port sends to its pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Related, rule

if TYPE_CHECKING:
    from klint import Blockade, Graph, Way

_FEW = 5
"""That many other ways are listed."""


@rule(severity="warning")
def policy_blocks_route(graph: Graph) -> Iterator[Finding]:
    for blockade in graph.blockades:
        ways = {str(way.route or way.entry): way for way in reversed(blockade.ways)}
        (name, way), *others = reversed(ways.items())
        yield Finding(
            f"{blockade.policy} blocks requests through {name}: {_reason(blockade, way)}",
            at=blockade.at,
            fix=blockade.correction,
            related=(
                *(Related("also here", port.at("port")) for port in blockade.ports[1:]),
                _start(name, way),
                *(_start(other, way) for other, way in others[:_FEW]),
            ),
            path=way.hops,
            key=str(blockade.sender or ""),
        )


def _reason(blockade: Blockade, way: Way) -> str:
    if blockade.ports:
        return f"it allows {blockade.ports[0]} of {way.service}, not port {way.port_number} of its pods"
    port = f" on port {way.port_number}" if way.port_number else ""
    return f"no rule allows {_sender(blockade, way)}{port}"


def _sender(blockade: Blockade, way: Way) -> str:
    """Who sends the requests that the policy blocks."""
    if blockade.sender is not None:
        return str(blockade.sender)
    return "its controller" if way.route is not None else "clients outside the cluster"


def _start(name: str, way: Way) -> Related:
    """Where a way to the pods starts."""
    at = way.backend.name_at if way.backend is not None else way.hops[0].at
    return Related(f"{name} leads to {way.pod}", at)
