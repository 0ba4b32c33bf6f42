"""A NetworkPolicy that allows every address to reach pods which nothing exposes outside the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Related, joined, rule

if TYPE_CHECKING:
    from klint import Graph, NetworkPolicy


@rule(severity="warning")
def policy_open_to_world(policy: NetworkPolicy, graph: Graph) -> Iterator[Finding]:
    rules = [rule.open_to_world for rule in policy.ingress or () if rule.open_to_world]
    if not rules or policy.isolates_ingress is not True:
        return
    found = graph.selected_by(policy)
    pods = [pod for pod in found.pods if graph.is_running(pod.workload)]
    if not pods or not (found.is_whole or policy.selects_all) or not all(map(graph.is_unopened, pods)):
        return
    first, *others = rules
    whom = str(pods[0]) if len(pods) == 1 else f"{pods[0]} and {len(pods) - 1} more"
    yield Finding(
        f"{policy} allows {joined([str(peer.get('ipBlock', 'cidr')) for peer in first])} to reach {whom}, "
        "which nothing exposes outside the cluster",
        at=first[0].at("ipBlock", "cidr"),
        related=(
            *(Related("also here", peers[0].at("ipBlock", "cidr")) for peers in others),
            *(Related(f"{pod} is here", pod.workload.place) for pod in pods[:3]),
        ),
    )
