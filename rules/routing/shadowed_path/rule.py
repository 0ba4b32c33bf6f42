"""A path that gets no requests, because another one that is tried first takes them all."""

from collections.abc import Iterator

from klint import Finding, Graph, Order, Related, rule


@rule(severity="warning")
def shadowed_path(graph: Graph) -> Iterator[Finding]:
    for found in graph.shadows:
        route, by = found.match.route, found.by.route
        whose = "" if by is route else f" of {by}"
        taker = (
            f"the longer expression {found.by_requests}{whose} is tried"
            if found.order is Order.LENGTH
            else f"{found.by_requests}{whose} comes"
        )
        yield Finding(
            f"{found.requests} of {route} gets no requests: {taker} first and takes them all",
            at=found.match.at,
            related=(Related(f"{by} takes them here", found.by.at),),
            key=found.requests,
        )
