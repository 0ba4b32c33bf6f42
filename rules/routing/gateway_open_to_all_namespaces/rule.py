"""A public Gateway that takes routes from every namespace."""

from collections.abc import Iterator

from klint import Finding, Gateway, Graph, Related, Who, joined, rule


@rule(severity="warning")
def gateway_open_to_all_namespaces(gateway: Gateway, graph: Graph) -> Iterator[Finding]:
    listeners = [item for item in gateway.listeners if item.allowed_namespaces.get("from") == "All"]
    if not listeners:
        return
    audience = next((graph.audience(entry) for entry in graph.entries_of(gateway)), None)
    if audience is not None and audience.who is Who.WORLD:
        places = [item.at("allowedRoutes", "namespaces", "from") for item in listeners]
        names = joined([item.name or "(unnamed)" for item in listeners])
        yield Finding(
            f"{gateway}, which is open to the world, takes routes from every namespace on {names}",
            at=places[0],
            related=(
                *(Related("also here", place) for place in places[1:]),
                *((Related(str(audience.why), audience.at),) if audience.at else ()),
            ),
        )
