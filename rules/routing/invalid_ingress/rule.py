"""An Ingress or IngressClass that the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Graph, Ingress, IngressClass, rule


@rule(severity="error")
def invalid_ingress(resource: Ingress | IngressClass, graph: Graph) -> Iterator[Finding]:
    for problem in graph.problems(resource):
        yield Finding(problem.message, at=problem.at, fix=problem.fix)
