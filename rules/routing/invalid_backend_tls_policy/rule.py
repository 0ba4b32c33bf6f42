"""A BackendTLSPolicy without effect: refused, for a Service that does not exist, or with no authority to trust."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, rule


@rule(severity="error")
def invalid_backend_tls_policy(graph: Graph) -> Iterator[Finding]:
    for fault in graph.backend_tls_faults:
        yield Finding(
            fault.message,
            at=fault.at,
            related=(Related(*fault.other),) if fault.other else (),
            severity=None if fault.certain else Severity.WARNING,
            fix=fault.fix,
        )
