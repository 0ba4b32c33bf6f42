"""A load balancer that lets in everybody on the Internet."""

from collections.abc import Iterator

from klint import Audience, Finding, Graph, GuardKind, Reason, Related, Service, Severity, Way, Who, rule


@rule(
    severity={"production": "warning", "development": None, "local": None}, otherwise="note", explained_by=("public",)
)
def load_balancer_open_to_world(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "LoadBalancer" or any(found.opens for found in graph.misreadings(service)):
        return  # an annotation that looks internal and is not: misread-provider-annotation says so
    is_front = graph.fronts_controller(service)
    way = _unlimited_way(service, graph) if is_front else _open_way(service, graph)
    if way is None or way.entry is None:
        return
    audience = graph.audience(way.entry)
    told = _told(service, audience)
    is_doubtful = is_front or audience.why.reason is Reason.LOAD_BALANCERS_DIFFER
    if told and (graph.target.is_production or not is_doubtful):
        at = next((item.at for item in service.sources if item.is_everybody), audience.at)
        is_elsewhere = at is None or at.document is not service.document
        yield Finding(
            f"{told}; {way.route} behind it takes any host" if is_front else told,
            at=service.at("spec", "type") if at is None or is_elsewhere else at,
            related=(Related("the addresses", at),) if at is not None and is_elsewhere else (),
            path=way.hops,
            severity=Severity.NOTE if is_doubtful else None,
        )


def _open_way(service: Service, graph: Graph) -> Way | None:
    ways = (way for entry in graph.entries_of(service) for way in graph.ways_from(entry))
    return next((way for way in ways if way.pod is None or graph.is_open(way)), None)


def _unlimited_way(service: Service, graph: Graph) -> Way | None:
    """A way through a controller, which is open on purpose, that asks neither for a host nor for who comes."""
    for route in graph.routes_behind(service):
        for way in graph.ways_of(route):
            is_through = way.entry is not None and way.entry.resource is service and graph.is_open(way)
            is_limited = way.is_guarded_by(GuardKind.ALLOW_LIST) or way.is_guarded_by(GuardKind.AUTHENTICATION)
            if is_through and way.match is not None and not way.match.hosts and not is_limited:
                return way
    return None


def _told(service: Service, audience: Audience) -> str:
    """Who comes in, and why. Empty where nobody knows, or where source ranges are ignored, which is another rule's."""
    reason, everybody = audience.why.reason, next((item.text for item in service.sources if item.is_everybody), "")
    if reason is Reason.LOAD_BALANCER_NOT_KNOWN and everybody:
        return f"{service} lets in everybody: {everybody} is among its source ranges"
    if reason is Reason.LOAD_BALANCERS_DIFFER and Who.WORLD.value in audience.why.about:
        return f"{service} may be open to the world: {audience.why}"
    if audience.who is not Who.WORLD or reason is Reason.RANGES_IGNORED:
        return ""
    because = "its annotation makes it public" if reason is Reason.MADE_PUBLIC else audience.why
    limits = f"its source ranges let in {everybody or 'nearly all'}" if service.sources else "it has no source ranges"
    return f"{service} is open to the world: {because}, and {limits}"
