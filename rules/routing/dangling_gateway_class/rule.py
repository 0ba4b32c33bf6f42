"""A Gateway of a class that does not exist, or a GatewayClass for a controller, or with parameters, that do not."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, rule


@rule(severity="error")
def dangling_gateway_class(graph: Graph) -> Iterator[Finding]:
    for hop in graph.gateway_class_hops:
        if hop.is_broken:
            yield Finding(
                f"{hop.source} uses {hop.wants}, which no controller here serves: {hop.why}",
                at=hop.at,
                related=tuple(Related(f"{near.resource} is there", near.at) for near in hop.near),
                path=(hop,),
                severity=None if hop.certain else Severity.WARNING,
                fix=hop.correction(),
            )
    for hop in graph.gateway_controller_hops:
        if hop.is_broken:
            yield Finding(
                f"{hop.source} is for the controller {hop.wants.name}, {hop.why}",
                at=hop.at,
                severity=Severity.WARNING,
                fix=hop.correction(),
            )
    for hop in graph.gateway_parameter_hops:
        if hop.is_broken:
            yield Finding(
                f"{hop.source} takes its parameters from {hop.wants}, which does not exist: {hop.why}",
                at=hop.at,
                related=tuple(Related(f"{near.resource} is there", near.at) for near in hop.near),
                severity=None if hop.certain else Severity.WARNING,
                fix=hop.correction(),
            )
