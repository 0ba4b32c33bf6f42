"""A Service without node ports behind a load balancer that sends to node ports."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Route, Severity, rule


@rule(severity="error")
def backend_needs_node_port(route: Route, graph: Graph) -> Iterator[Finding]:
    for need in graph.node_port_needs(route):
        told = "" if need.is_certain else " unless it is told otherwise"
        yield Finding(
            f"{need.controller} sends requests of {route} to node ports{told}, and {need.service} has none",
            at=need.link.backend.name_at,
            related=(
                *((Related("this makes it send to node ports", need.at),) if need.at is not None else ()),
                Related(f"{need.service} is of type ClusterIP", need.service.at("spec", "type")),
                *(Related("also here", link.backend.name_at) for link in need.also),
            ),
            path=graph.path_through(need.link),
            severity=None if need.is_certain else Severity.WARNING,
        )
