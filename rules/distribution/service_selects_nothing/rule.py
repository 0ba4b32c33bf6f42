"""A Service that selects no pod, though the pods it was meant for are there."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, State, rule


@rule(severity="error")
def service_selects_nothing(graph: Graph) -> Iterator[Finding]:
    for selection in graph.selections:
        near = selection.near
        if near is None and selection.hop.state is State.BROKEN:
            message = f"{selection.service} selects no pod: {selection.hop.why}"
            yield Finding(message, at=selection.hop.at, path=(selection.hop,))
        elif near is not None:
            yield Finding(
                f"{selection.service} selects no pod: {near.difference}",
                at=selection.hop.at,
                related=(Related(f"what {near.pod} has instead", near.at),),
                path=(selection.hop,),
                severity=None if near.certain else Severity.WARNING,
            )
