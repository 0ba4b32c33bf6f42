"""A Service that the API server refuses, or a field of it that has no effect."""

from collections.abc import Iterator, Mapping

from klint import Finding, Graph, Severity, rule
from klint.kube.validation.service import Effect, service_problems

SEVERITIES: Mapping[Effect, Severity] = {
    Effect.REFUSED: Severity.ERROR,
    Effect.DOUBTFUL: Severity.WARNING,
    Effect.IGNORED: Severity.NOTE,
}


@rule(severity="error")
def invalid_service(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        for problem in service_problems(service, graph.target.kubernetes):
            yield Finding(problem.message, at=problem.at, severity=SEVERITIES[problem.effect])
