"""A Service that the API server refuses, or a field of it that has no effect."""

from collections.abc import Iterator, Mapping

from klint import Effect, Finding, Graph, Service, Severity, rule

SEVERITIES: Mapping[Effect, Severity] = {
    Effect.REFUSED: Severity.ERROR,
    Effect.DOUBTFUL: Severity.WARNING,
    Effect.OUTDATED: Severity.NOTE,
    Effect.IGNORED: Severity.NOTE,
}


@rule(severity="error")
def invalid_service(service: Service, graph: Graph) -> Iterator[Finding]:
    for problem in graph.problems(service):
        yield Finding(problem.message, at=problem.at, fix=problem.fix, severity=SEVERITIES[problem.effect])
