"""A peer in a NetworkPolicy rule that matches no pod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Related, Severity, rule

if TYPE_CHECKING:
    from klint import Graph, NetworkPolicy, SelectedPods


@rule(severity="note")
def dangling_policy_peer(policy: NetworkPolicy, graph: Graph) -> Iterator[Finding]:
    dangling: dict[tuple[object, str], list[SelectedPods]] = {}
    for peer in policy.peers:
        found = graph.selected_by_peer(policy, peer)
        if found is not None and found.hop.is_broken:
            dangling.setdefault((found.hop.wants, str(peer.namespace_selector)), []).append(found)
    for first, *again in dangling.values():
        hop = first.hop
        yield Finding(
            f"A peer of {policy} matches no pod: {hop.why}",
            at=hop.at,
            fix=hop.correction(*(other.hop for other in again)),
            related=(
                *(Related(f"what {near.resource} has instead", near.at) for near in hop.near),
                *(Related("also here", other.hop.at) for other in again),
            ),
            path=(hop,),
            severity=Severity.WARNING if hop.near else None,
        )
