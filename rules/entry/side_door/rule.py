"""A way to a pod that bypasses the authentication, allow-list or TLS of the route to it."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, rule


@rule(severity={"local": None}, otherwise="warning")
def side_door(graph: Graph) -> Iterator[Finding]:
    for door in graph.side_doors:
        way, kinds = door.opening.way, [guard.kind.value for guard in door.guards]
        bypasses = "bypasses" if way.service is None else f"leads to {way.pod}, bypassing"
        yield Finding(
            f"{way.route or way.entry} {bypasses} the {' and '.join(kinds)} of {door.route}",
            at=door.opening.at,
            related=tuple(Related(f"{guard.kind.value} of {door.route}", guard.at) for guard in door.guards),
            path=way.hops,
        )
