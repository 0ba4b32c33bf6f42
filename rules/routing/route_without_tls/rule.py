"""A public host that is served without TLS."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, abridged, rule


@rule(severity={"production": "error", "local": None}, otherwise="warning")
def route_without_tls(graph: Graph) -> Iterator[Finding]:
    for plain in graph.plain_routes:
        route, hosts = plain.route, plain.hosts
        whom = plain.audience.who.value if plain.audience.is_world else "the outside"
        why = f": {plain.why}" if plain.why else ""
        related = (Related("this serves it" if not plain.why else "the annotation", plain.at),) if plain.at else ()
        yield Finding(
            f"{route} serves {abridged(hosts, 3) if hosts else 'a generated host'} to {whom} without TLS{why}",
            at=route.host_at(hosts[0] if hosts else ""),
            related=related,
            fix=plain.fix,
        )
