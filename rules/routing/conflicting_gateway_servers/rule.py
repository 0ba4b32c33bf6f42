"""Servers of Istio's Gateways that serve one host on one port with different TLS."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, rule


@rule(severity="warning")
def conflicting_gateway_servers(graph: Graph) -> Iterator[Finding]:
    for found in graph.server_conflicts:
        whose = "another server of it" if found.other is found.gateway else str(found.other)
        yield Finding(
            f"{found.gateway} and {whose} serve {found.host} on port {found.server.port} with different TLS: "
            "only one of the two takes effect",
            at=found.at,
            related=(Related(f"{found.other} serves it here", found.other_at),),
        )
