"""A Gateway to which no route is attached."""

from collections.abc import Iterator

from klint import Finding, Gateway, Graph, rule


@rule(severity="note")
def gateway_without_routes(gateway: Gateway, graph: Graph) -> Iterator[Finding]:
    if not graph.may_have_routes(gateway) and not graph.keeps_out(gateway):
        yield Finding(
            f"No route of the workspace is attached to {gateway}",
            at=gateway.place,
        )
