"""An Ingress or IngressClass that the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Graph, rule
from klint.kube.routes import Ingress
from klint.kube.validation.ingress import ingress_class_problems, ingress_problems, is_bare


@rule(severity="error")
def invalid_ingress(graph: Graph) -> Iterator[Finding]:
    for ingress in graph.ingresses:
        is_fragment = is_bare(ingress) and _is_completed(ingress, graph)
        for problem in ingress_problems(ingress, graph.target.kubernetes, is_fragment=is_fragment):
            yield Finding(problem.message, at=problem.at)
    for item in graph.ingress_classes:
        for problem in ingress_class_problems(item):
            yield Finding(problem.message, at=problem.at)


def _is_completed(ingress: Ingress, graph: Graph) -> bool:
    """Whether another Ingress of that name has the rules which this one lacks: they are merged."""
    return any(other.name == ingress.name and other.rules for other in graph.workspace(Ingress))
