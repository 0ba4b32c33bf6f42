"""A host and path that two routes claim, or one of them twice: one of the two gets no requests."""

from collections.abc import Iterator

from klint import Duplicate, Finding, Graph, Related, Rivalry, Severity, Winner, rule

_OF_HOST = (Rivalry.HOST, Rivalry.NAMESPACE, Rivalry.KIND)
_KNOWN = (Winner.FIRST, Winner.LAST, Winner.ONE, Winner.NOBODY)


@rule(severity="error")
def duplicate_route(graph: Graph) -> Iterator[Finding]:
    for found in graph.duplicates:
        claim, earlier = found.claim, found.earlier
        route, other = found.routes
        yield Finding(
            _message(found),
            at=route.host_at(claim.host) if found.rivalry in _OF_HOST else claim.match.at,
            related=(Related(f"{other} has it here", earlier.match.at),),
            key=f"{claim.host} {claim.path}",
            severity=_severity(found),
            fix=found.fix,
        )


def _severity(found: Duplicate) -> Severity | None:
    if found.rivalry is Rivalry.ELSEWHERE:
        return Severity.NOTE
    is_certain = found.winner in _KNOWN or found.rivalry is Rivalry.REFUSED
    if found.is_harmless and found.rivalry is Rivalry.EQUAL:
        return Severity.WARNING if is_certain else Severity.NOTE
    return None if is_certain else Severity.WARNING


def _message(found: Duplicate) -> str:
    claim, rivalry = found.claim, found.rivalry
    (route, other), controller = found.routes, claim.router.controller
    if route is other:
        what = "the same backend both times" if found.is_harmless else f"and only {found.winner.value} gets requests"
        return f"{route} has {claim} twice, {what}"
    host = claim.host or "every host"
    if rivalry is Rivalry.HOST and found.winner is Winner.UNDEFINED:
        return f"{route} and {other} claim {host} in {claim.router}: which of them takes effect is not defined"
    if found.winner is Winner.NOBODY:
        return f"{route} and {other} claim {host}: {controller} refuses both"
    if rivalry is Rivalry.HOST:
        return f"{route} and {other} claim {host}: the {controller} gives it to the older one alone"
    if rivalry is Rivalry.NAMESPACE:
        return f"{route} and {other} claim {host}: the router admits the routes of one namespace, that of the oldest"
    if rivalry is Rivalry.KIND:
        return f"{route} and {other} claim {host} at one listener: only the older one is accepted"
    if not claim.path and not claim.host:
        return f"{route} and {other} are attached to one listener: only the older one gets connections"
    if rivalry is Rivalry.REFUSED:
        return f"{claim} of {route} is already defined in {other}: the webhook of {controller} refuses it"
    if rivalry is Rivalry.ELSEWHERE:
        return f"{claim} of {route} is also in {other}, at another controller: DNS leads to one of the two"
    if found.is_harmless:
        return f"{claim} of {route} is also in {other}, with the same backend"
    if found.winner is Winner.UNDEFINED:
        return f"{claim} of {route} is also in {other}: which of the two gets the requests is not defined"
    return f"{claim} of {route} is also in {other}: only {found.winner.value} gets requests"
