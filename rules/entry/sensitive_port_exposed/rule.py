"""A database, cache, queue, debugger or admin interface that is exposed outside the cluster."""

from collections.abc import Iterator

from klint import Finding, Graph, Opening, Severity, Who, rule


@rule(severity={"production": "error", "local": None}, explained_by=("public", "internal"), explained_on="itself")
def sensitive_port_exposed(graph: Graph) -> Iterator[Finding]:
    for opening, server in graph.exposed_servers:
        yield Finding(
            f"{_opener(opening)} exposes {server.name}{_owner(opening)} {opening.where}",
            at=opening.at,
            path=opening.way.hops,
            severity=_severity(opening, graph),
            key=server.name,
        )


def _severity(opening: Opening, graph: Graph) -> Severity | None:
    """Lower where those on a private network reach it alone, or what serves the route is in no manifest."""
    if opening.audience.who is Who.PRIVATE:
        return Severity.NOTE
    unsure = Severity.WARNING if graph.target.is_production else Severity.NOTE
    return None if opening.is_known else unsure


def _opener(opening: Opening) -> str:
    return str(opening.way.route or opening.way.entry)


def _owner(opening: Opening) -> str:
    """Whose server it is, where what opens it does not say so."""
    way = opening.way
    if way.pod is None or (way.entry is not None and way.entry.pod is not None):
        return ""
    return f" of {way.pod}"
