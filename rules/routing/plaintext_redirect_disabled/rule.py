"""A route with TLS that is told to answer plain HTTP as well, instead of redirecting it."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Route, abridged, rule


@rule(severity={"local": None}, otherwise="warning")
def plaintext_redirect_disabled(route: Route, graph: Graph) -> Iterator[Finding]:
    for found in graph.plain_beside_tls(route):
        hosts = abridged(found.hosts, 3) if found.hosts else "its hosts"
        yield Finding(
            f"{route} serves {hosts} in plain HTTP beside HTTPS: {found.setting}",
            at=found.at,
            related=(Related("TLS is here", found.tls_at),),
            fix=found.fix,
        )
