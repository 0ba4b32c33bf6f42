"""A load balancer that is open to the whole Internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Reason, Related, Severity, rule

if TYPE_CHECKING:
    from klint import Audience, Graph, Service


@rule(
    severity={"production": "warning", "development": None, "local": None}, otherwise="note", explained_by=("public",)
)
def load_balancer_open_to_world(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "LoadBalancer" or any(found.opens for found in graph.misreadings(service)):
        return  # an annotation that looks internal and is not: misread-provider-annotation says so
    way = graph.unlimited_way(service)
    if way is None or way.entry is None:
        return
    audience, is_front = graph.audience(way.entry), way.route is not None
    told = _told(service, audience)
    is_doubtful = is_front or audience.why.reason is Reason.LOAD_BALANCERS_DIFFER
    at = next((item.at for item in service.sources if item.is_everybody), audience.at)
    if told and at == way.entry.at and graph.opens_servers_alone(service):
        return  # a database or the like: sensitive-port-exposed says more of the same line
    if told and (graph.target.is_production or not is_doubtful):
        is_elsewhere = at is None or at.document is not service.document
        yield Finding(
            f"{told}; {way.route} behind it takes any host" if is_front else told,
            at=service.at("spec", "type") if at is None or is_elsewhere else at,
            related=(Related("the addresses", at),) if at is not None and is_elsewhere else (),
            path=way.hops,
            severity=Severity.NOTE if is_doubtful else None,
        )


def _told(service: Service, audience: Audience) -> str:
    """Who comes in, and why. Empty where nobody knows, or where source ranges are ignored, which is another rule's."""
    reason, everybody = audience.why.reason, next((item.text for item in service.sources if item.is_everybody), "")
    if reason is Reason.LOAD_BALANCER_NOT_KNOWN and everybody:
        return f"{service} lets in everybody: {everybody} is among its source ranges"
    if not audience.may_be_world or reason is Reason.RANGES_IGNORED:
        return ""
    if not audience.is_world:
        return f"{service} may be open to the world: {audience.why}"
    because = "its annotation makes it public" if reason is Reason.MADE_PUBLIC else audience.why
    limits = f"its source ranges let in {everybody or 'nearly all'}" if service.sources else "it has no source ranges"
    return f"{service} is open to the world: {because}, and {limits}"
