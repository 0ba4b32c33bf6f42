"""A load balancer that is open to the whole Internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Reason, Related, Severity, rule

if TYPE_CHECKING:
    from klint import Audience, Graph, Service

WEB_PORTS = (None, 80, 443, 8080, 8443)
"""Where the platform is not known, an application for browsers is taken for one that is meant for everybody."""


@rule(
    severity={"production": "warning", "development": None, "local": None},
    otherwise="note",
    explained_by=("public",),
    follows=("load-balanced-backend",),
)
def load_balancer_open_to_world(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "LoadBalancer" or any(found.opens for found in graph.misreadings(service)):
        return  # an annotation that looks internal and is not: misread-provider-annotation says so
    way = graph.unlimited_way(service)
    if way is None or way.entry is None:
        return
    audience, is_front = graph.audience(way.entry), way.route is not None
    everybody = next((item for item in service.sources if item.is_everybody), None)
    number = way.port_number if way.pod or not way.service_port else way.service_port.number
    is_simple = bool(graph.target.platform) or number in WEB_PORTS
    told = _told(
        service,
        audience,
        everybody.text if everybody else "",
        is_unknown=_is_unknown(audience, graph),
        is_simple=is_simple,
    )
    at = everybody.at if everybody else audience.at
    if told and audience.is_world and at == way.entry.at and graph.opens_servers_alone(service):
        return  # a database or the like: sensitive-port-exposed says more of the same line
    if told and (graph.target.is_production or not is_front):
        is_elsewhere = at is None or at.document is not service.document
        is_sure = (audience.is_world or everybody is not None) and not is_front
        yield Finding(
            f"{told}; {way.route} behind it takes any host" if is_front else told,
            at=service.at("spec", "type") if at is None or is_elsewhere else at,
            related=(Related("the addresses", at),) if at is not None and is_elsewhere else (),
            path=way.hops,
            severity=None if is_sure else Severity.NOTE,
        )


def _is_unknown(audience: Audience, graph: Graph) -> bool:
    """Whether nobody knows the load balancer: a pool of another bundle may serve another cluster."""
    reason, pool = audience.why.reason, next(iter(audience.why.about), None)
    is_elsewhere = reason is Reason.PRIVATE_POOL and not any(item is pool for item in graph.resources)
    return reason is Reason.LOAD_BALANCER_NOT_KNOWN or is_elsewhere


def _told(service: Service, audience: Audience, everybody: str, *, is_unknown: bool, is_simple: bool) -> str:
    """Who comes in, and why. Empty where nobody knows, or where source ranges are ignored, which is another rule's."""
    reason = audience.why.reason
    if is_unknown:
        if everybody:
            return f"{service} lets in everybody: {everybody} is among its source ranges"
        if not service.sources and not is_simple:
            return f"{service} may be open to the world: most clouds make it public, and it has no source ranges"
    if not audience.may_be_world or reason is Reason.RANGES_IGNORED:
        return ""
    if not audience.is_world:
        return f"{service} may be open to the world: {audience.why}"
    because = "its annotation makes it public" if reason is Reason.MADE_PUBLIC else audience.why
    limits = f"its source ranges let in {everybody or 'nearly all'}" if service.sources else "it has no source ranges"
    return f"{service} is open to the world: {because}, and {limits}"
