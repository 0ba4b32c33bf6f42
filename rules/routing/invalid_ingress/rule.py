"""An Ingress or IngressClass that the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Graph, rule
from klint.kube.routes import Ingress
from klint.kube.validation.ingress import ingress_class_problems, ingress_problems, is_bare


@rule(severity="error")
def invalid_ingress(graph: Graph) -> Iterator[Finding]:
    completed = _completed(graph)
    for ingress in graph.ingresses:
        is_fragment = ingress.name in completed and is_bare(ingress)
        for problem in ingress_problems(ingress, graph.target.kubernetes, is_fragment=is_fragment):
            yield Finding(problem.message, at=problem.at)
    for item in graph.ingress_classes:
        for problem in ingress_class_problems(item):
            yield Finding(problem.message, at=problem.at)


def _completed(graph: Graph) -> frozenset[str]:
    """Names of Ingresses that have rules somewhere: what lacks them elsewhere is merged into them.

    What a chart or a kustomization builds is whole.
    """
    if graph.bundle.is_rendered or not any(map(is_bare, graph.ingresses)):
        return frozenset()
    return frozenset(ingress.name for ingress in graph.workspace(Ingress) if ingress.rules)
