"""Ingress classes that contradict each other, or that name a controller which does not exist."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Related, Severity, State, may_be, rule

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"


@rule(severity="error")
def ingress_class_conflict(graph: Graph) -> Iterator[Finding]:
    yield from _two_classes(graph)
    yield from _two_defaults(graph)
    yield from _unknown_controllers(graph)


def _two_classes(graph: Graph) -> Iterator[Finding]:
    """Source: pkg/apis/networking/validation ValidateIngressCreate."""
    for ingress in graph.ingresses:
        annotated = ingress.annotations.get(CLASS_ANNOTATION)
        if ingress.class_name and annotated is not None and not may_be(annotated, ingress.class_name):
            yield Finding(
                f"{ingress} asks for class {ingress.class_name} in its field and for {annotated or 'none'} in its "
                "annotation: the API server refuses to create it",
                at=ingress.at("metadata", "annotations", CLASS_ANNOTATION),
                fix=Fix("Drop the annotation", [ingress.without_annotation(CLASS_ANNOTATION)]),
                related=(Related("the field says otherwise", ingress.at("spec", "ingressClassName")),),
            )


def _two_defaults(graph: Graph) -> Iterator[Finding]:
    """Source: plugin/pkg/admission/network/defaultingressclass: the newest wins, then the first by name."""
    defaults = [item for item in graph.ingress_classes if item.is_default]
    if len(defaults) > 1:
        names = ", ".join(item.name for item in defaults)
        first, second, *_ = [item.at("metadata", "annotations", DEFAULT_CLASS_ANNOTATION) for item in defaults]
        yield Finding(
            f"{len(defaults)} IngressClasses are the default ({names}): "
            "an Ingress without a class gets whichever was created last",
            at=second,
            related=(Related("another default", first),),
            severity=Severity.WARNING,
        )


def _unknown_controllers(graph: Graph) -> Iterator[Finding]:
    """What no controller can be called is `invalid-ingress`."""
    refused = {problem.at for item in graph.ingress_classes for problem in graph.problems(item)}
    for hop in graph.controller_hops:
        if hop.state is not State.RESOLVED and hop.at not in refused:
            severity = Severity.WARNING if hop.state is State.BROKEN else Severity.NOTE
            message = f"{hop.source} is for the controller {hop.wants.name}, {hop.why}"
            yield Finding(message, at=hop.at, severity=severity, fix=hop.correction())
