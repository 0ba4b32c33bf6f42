"""An Ingress or IngressClass that the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Graph, rule
from klint.kube.routes import Ingress
from klint.kube.validation.ingress import ingress_class_refusals, ingress_refusals


@rule(severity="error")
def invalid_ingress(graph: Graph) -> Iterator[Finding]:
    for ingress in graph.ingresses:
        for refusal in ingress_refusals(ingress, graph.target.kubernetes):
            if "rules" in refusal.missing and _is_patch(ingress, graph):
                continue
            yield Finding(refusal.message, at=refusal.at)
    for item in graph.ingress_classes:
        for refusal in ingress_class_refusals(item):
            yield Finding(refusal.message, at=refusal.at)


def _is_patch(ingress: Ingress, graph: Graph) -> bool:
    """Whether another Ingress of that name has the rules which this one lacks: a fragment that is merged into it."""
    return any(other.name == ingress.name and other.rules for other in graph.workspace(Ingress))
