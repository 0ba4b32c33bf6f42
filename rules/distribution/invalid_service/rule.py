"""A Service that the API server refuses, or a field of it that has no effect."""

from collections.abc import Iterator, Mapping

from klint import Finding, Graph, Severity, rule
from klint.kube.service import Service
from klint.kube.validation.problem import Effect
from klint.kube.validation.service import is_bare, service_problems

SEVERITIES: Mapping[Effect, Severity] = {
    Effect.REFUSED: Severity.ERROR,
    Effect.DOUBTFUL: Severity.WARNING,
    Effect.OUTDATED: Severity.NOTE,
    Effect.IGNORED: Severity.NOTE,
}


@rule(severity="error")
def invalid_service(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        is_fragment = is_bare(service) and _is_completed(service, graph)
        for problem in service_problems(service, graph.target.kubernetes, is_fragment=is_fragment):
            yield Finding(problem.message, at=problem.at, severity=SEVERITIES[problem.effect])


def _is_completed(service: Service, graph: Graph) -> bool:
    """Whether another Service of that name has the selector which this one lacks: they are merged."""
    return any(other.name == service.name and other.selector for other in graph.workspace(Service))
