"""A Service that selects no pod, though the pods it was meant for are there."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Service, Severity, State, rule


@rule(severity="error")
def service_selects_nothing(service: Service, graph: Graph) -> Iterator[Finding]:
    selection = graph.selection(service)
    if selection is None:
        return
    hop, near = selection.hop, selection.near
    if near is not None:
        yield Finding(
            f"{service} selects no pod: {near.difference}",
            at=hop.at,
            related=(Related(f"what {near.pod} has instead", near.at),),
            path=(hop,),
            severity=None if near.certain else Severity.WARNING,
        )
    elif hop.state is State.BROKEN:
        yield Finding(f"{service} selects no pod: {hop.why}", at=hop.at, path=(hop,))
