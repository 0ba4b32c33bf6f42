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
    completed = _completed(graph)
    for service in graph.services:
        is_fragment = service.name in completed and is_bare(service)
        for problem in service_problems(service, graph.target.kubernetes, is_fragment=is_fragment):
            yield Finding(problem.message, at=problem.at, severity=SEVERITIES[problem.effect])


def _completed(graph: Graph) -> frozenset[str]:
    """Names of Services that have a selector somewhere: what lacks one elsewhere is merged into them.

    What a chart or a kustomization builds is whole.
    """
    if graph.bundle.is_rendered or not any(map(is_bare, graph.services)):
        return frozenset()
    return frozenset(service.name for service in graph.workspace(Service) if service.selector)
