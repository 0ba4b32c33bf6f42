"""A NetworkPolicy that selects no pod, so that it protects none."""

from collections.abc import Iterator

from klint import Finding, Graph, NetworkPolicy, Related, rule


@rule(severity="warning")
def policy_selects_nothing(policy: NetworkPolicy, graph: Graph) -> Iterator[Finding]:
    hop = graph.selected_by(policy).hop
    if hop.is_broken:
        yield Finding(
            f"{policy} selects no pod: {hop.why}",
            at=hop.at,
            related=tuple(Related(f"what {near.resource} has instead", near.at) for near in hop.near),
            path=(hop,),
        )
