"""A way to a pod around the authentication, allow-list or TLS of the route to it."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, rule


@rule(severity={"local": None}, otherwise="warning")
def side_door(graph: Graph) -> Iterator[Finding]:
    for door in graph.side_doors:
        way, kinds = door.opening.way, [guard.kind.value for guard in door.guards]
        whither = "" if way.service is None else f" to {way.pod}"
        yield Finding(
            f"{way.route or way.entry} leads{whither} past the {' and '.join(kinds)} of {door.route}",
            at=door.opening.at,
            related=tuple(Related(f"{guard.kind.value} of {door.route}", guard.at) for guard in door.guards),
            path=way.hops,
        )
