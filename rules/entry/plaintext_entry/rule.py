"""A load balancer or public address that serves HTTP to the world without TLS."""

from collections.abc import Iterator

from klint import Finding, Graph, Severity, Who, rule


@rule(severity={"production": "warning", "local": None}, otherwise="note")
def plaintext_entry(graph: Graph) -> Iterator[Finding]:
    for opening in graph.plaintext_openings:
        is_public = opening.audience.who is Who.WORLD
        if is_public or graph.target.is_production:
            owner = f" of {opening.way.pod}" if opening.way.service and opening.way.pod else ""
            yield Finding(
                f"{opening.way.entry} exposes HTTP{owner} {opening.where} without TLS",
                at=opening.at,
                path=opening.way.hops,
                severity=None if is_public else Severity.NOTE,
            )
