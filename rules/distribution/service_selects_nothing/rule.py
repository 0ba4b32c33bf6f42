"""A Service that selects no pod, though the pods it was meant for are there."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Service, Severity, rule


@rule(severity="error")
def service_selects_nothing(service: Service, graph: Graph) -> Iterator[Finding]:
    selection = graph.selection(service)
    if selection is not None and selection.hop.is_broken:
        hop = selection.hop
        yield Finding(
            f"{service} selects no pod: {hop.why}",
            at=hop.at,
            fix=hop.correction(),
            related=tuple(Related(f"what {near.resource} has instead", near.at) for near in hop.near),
            path=(hop,),
            severity=None if hop.certain else Severity.WARNING,
        )
