"""A path that gets no requests, because another one that is tried first takes them all."""

from collections.abc import Iterator

from klint import Finding, Graph, Order, Related, rule

_TAKERS = {
    Order.LISTED: "{0}{1} comes",
    Order.LENGTH: "the longer expression {0}{1} is tried",
    Order.PATTERN: "the regular expression {0}{1} is tried",
    Order.RANK: "{0}{1} has the higher rank, so that it comes",
}


@rule(severity="warning", marks="unnecessary")
def shadowed_path(graph: Graph) -> Iterator[Finding]:
    for found in graph.shadows:
        route, by = found.match.route, found.by.route
        whose = "" if by is route else f" of {by}"
        yield Finding(
            f"{found.requests} of {route} gets no requests: {_TAKERS[found.order].format(found.by_requests, whose)} "
            "first and takes them all",
            at=found.match.at,
            related=(Related(f"{by} takes them here", found.by.at),),
            key=found.requests,
        )
