"""A reference to another namespace that no ReferenceGrant there permits."""

from collections.abc import Iterator

from klint import Finding, Graph, HopKind, Related, Severity, rule


@rule(severity="error")
def missing_reference_grant(graph: Graph) -> Iterator[Finding]:
    for broken in graph.breaks(HopKind.GRANT):
        hop, wants = broken.hop, broken.hop.wants
        why = f": {hop.why}" if hop.near else ""
        yield Finding(
            f"{hop.source} refers to {wants.kind} {wants.namespace}/{wants.name}, which no ReferenceGrant permits{why}",
            at=hop.at,
            related=(
                *(Related(f"{near.resource} is here", near.at) for near in hop.near),
                *(Related("also here", other.at) for other in broken.also),
            ),
            path=next((way.hops for way in broken.ways), (hop,)),
            severity=None if hop.certain else Severity.WARNING,
            fix=hop.correction(*broken.also),
        )
