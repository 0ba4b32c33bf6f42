"""A route with a wildcard host, which takes names that nobody listed."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity={"local": None}, otherwise="note")
def wildcard_host(graph: Graph) -> Iterator[Finding]:
    wildcards = {
        (id(claim.route), host): claim.route
        for claim in graph.claims
        for host in claim.match.hosts
        if host.startswith("*.") and host != "*."
    }
    for (_, host), route in wildcards.items():
        yield Finding(
            f"{route} answers to {host}: every name below {host[2:]} that no other route has leads to it",
            at=route.host_at(host),
        )
