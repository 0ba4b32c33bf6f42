"""An HTTP route to a port that speaks another protocol."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Route, rule


@rule(severity="warning")
def ingress_for_non_http(route: Route, graph: Graph) -> Iterator[Finding]:
    for found in graph.non_http_backends(route):
        backend = found.link.backend
        yield Finding(
            f"{route} sends HTTP to port {found.port} of {found.service}, which speaks {found.protocol}",
            at=backend.name_at if backend.port is None else backend.port_at,
            related=(
                Related(f"the port of {found.service}", found.port.at("port")),
                *(Related("also here", link.backend.port_at) for link in found.also),
            ),
            path=graph.path_through(found.link),
        )
