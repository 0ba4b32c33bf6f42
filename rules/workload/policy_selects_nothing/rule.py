"""A NetworkPolicy that selects no pod, so that it protects none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Related, rule

if TYPE_CHECKING:
    from klint import Graph, NetworkPolicy


@rule(severity="warning")
def policy_selects_nothing(policy: NetworkPolicy, graph: Graph) -> Iterator[Finding]:
    hop = graph.selected_by(policy).hop
    if hop.is_broken:
        yield Finding(
            f"{policy} selects no pod: {hop.why}",
            at=hop.at,
            fix=hop.correction(),
            related=tuple(Related(f"what {near.resource} has instead", near.at) for near in hop.near),
            path=(hop,),
        )
