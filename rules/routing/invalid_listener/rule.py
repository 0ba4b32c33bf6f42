"""A listener that the API server refuses, that conflicts with another one, or whose certificate cannot be used."""

from collections.abc import Iterator

from klint import Finding, Gateway, Graph, IstioGateway, ListenerSet, Related, Severity, rule


@rule(severity="error")
def invalid_listener(owner: Gateway | ListenerSet | IstioGateway, graph: Graph) -> Iterator[Finding]:
    for fault in graph.listener_faults(owner):
        yield Finding(
            fault.message,
            at=fault.at,
            related=(Related(*fault.other),) if fault.other else (),
            severity=None if fault.certain else Severity.WARNING,
            fix=fault.fix,
        )
