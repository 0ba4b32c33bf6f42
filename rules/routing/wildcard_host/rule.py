"""A route with a wildcard host, which takes names that nobody listed."""

from collections.abc import Iterator

from klint import Finding, Graph, is_placeholder, rule


@rule(severity={"local": None}, otherwise="note")
def wildcard_host(graph: Graph) -> Iterator[Finding]:
    for route in {id(claim.root): claim.root for claim in graph.claims if claim.router.is_open}.values():
        for host in dict.fromkeys((*route.hosts, *(host for match in route.matches for host in match.hosts))):
            if host.startswith("*.") and host != "*." and not is_placeholder(host):
                yield Finding(
                    f"{route} answers to {host}: every name below {host[2:]} that no other route has leads to it",
                    at=route.host_at(host),
                )
