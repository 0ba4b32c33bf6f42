"""A dashboard without a login that is reachable from outside the cluster."""

from collections.abc import Iterator

from klint import Finding, Graph, Opening, Severity, Who, rule


@rule(
    severity={"production": "error", "local": None},
    otherwise="warning",
    explained_by=("public", "internal"),
    explained_on="itself",
)
def exposed_dashboard(graph: Graph) -> Iterator[Finding]:
    for opening, dashboard in graph.exposed_dashboards:
        way = opening.way
        of = f" of {way.pod}" if way.entry is None or way.entry.pod is None else ""
        yield Finding(
            f"{way.route or way.entry} exposes {dashboard.name}{of} {opening.where} without a login",
            at=opening.at,
            path=way.hops,
            severity=_severity(opening),
            key=dashboard.name,
        )
    for api in graph.open_traefik_apis:
        yield Finding(
            f"{api.route} exposes Traefik's API and dashboard, {api.service}, without authentication",
            at=api.at,
            severity=None if api.is_known else Severity.WARNING,
        )


def _severity(opening: Opening) -> Severity | None:
    """Lower where those on a private network reach it alone, or what serves the route is in no manifest."""
    if opening.audience.who is Who.PRIVATE:
        return Severity.NOTE
    return None if opening.is_known or opening.audience.who is Who.WORLD else Severity.WARNING
