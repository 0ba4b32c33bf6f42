"""A route that no listener of its Gateway takes, or that no other route hands requests to."""

from collections.abc import Iterator

from klint import Attached, Finding, Graph, Hop, Related, Route, Severity, rule

_GATEWAY_API = "gateway.networking.k8s.io"
"""A route without a parent is allowed, so that one can be given later."""


@rule(severity="error")
def unattached_route(route: Route, graph: Graph) -> Iterator[Finding]:
    orphaned = graph.orphaned(route)
    if orphaned:
        severity = Severity.NOTE if route.group == _GATEWAY_API else Severity.WARNING
        yield Finding(f"{route} gets no requests: {orphaned}", at=route.place, severity=severity)
    attachments = graph.attachments(route)
    is_elsewhere = any(not attached.is_broken for attached in attachments)
    for attached in attachments:
        hop = attached.refusal
        if hop is not None:
            yield Finding(
                f"{route} is not attached to {attached.attachment.ref}: {hop.why}",
                at=hop.at,
                related=tuple(_related(attached, hop)),
                path=attached.hops,
                severity=None if hop.certain and not is_elsewhere else Severity.WARNING,
                fix=hop.correction(),
            )
    for hop in graph.service_parents(route):
        if hop.is_broken:
            where = f"port {hop.wants.port} of {hop.wants}" if hop.wants.port else str(hop.wants)
            yield Finding(
                f"{route} is not attached to {where}: {hop.why}",
                at=hop.at,
                related=tuple(Related(f"{near.resource} is here", near.at) for near in hop.near),
                severity=None if hop.certain else Severity.WARNING,
            )


def _related(attached: Attached, hop: Hop) -> Iterator[Related]:
    for near in hop.near:
        yield Related(f"{near.resource} is here", near.at)
    for listener in attached.refusing[:3]:
        yield Related(f"listener {listener.name}", listener.at("name"))
