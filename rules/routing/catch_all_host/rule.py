"""A route without a host, which takes the requests for every host of a controller that others share."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, rule


@rule(severity={"local": None}, otherwise="note")
def catch_all_host(graph: Graph) -> Iterator[Finding]:
    for found in graph.catch_alls:
        route, beside = found.route, found.beside
        related = (Related(f"{beside} shares {found.router}", beside.place),) if beside else ()
        yield Finding(
            f"{route} has no host: it takes requests for every host that no other route of {found.router} has",
            at=route.host_at(""),
            related=related,
            severity=Severity.WARNING if beside else None,
        )
