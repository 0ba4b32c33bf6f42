"""A host and path that two routes claim, or one of them twice: one of the two gets no requests."""

from collections.abc import Iterator

from klint import Claim, Duplicate, Finding, Graph, Related, Rivalry, Severity, Winner, rule

_WINNERS = {winner: f"only {winner.value} gets requests" for winner in Winner if winner is not Winner.UNDEFINED} | {
    Winner.UNDEFINED: "which of the two gets the requests is not defined"
}


@rule(severity="error")
def duplicate_route(graph: Graph) -> Iterator[Finding]:
    for found in graph.duplicates:
        claim, earlier = found.claim, found.earlier
        yield Finding(
            _message(found),
            at=claim.match.at,
            related=(Related(f"{earlier.route} has it here", earlier.match.at),),
            key=f"{claim.host} {claim.path}",
            severity=_severity(found),
        )


def _severity(found: Duplicate) -> Severity | None:
    is_certain = found.winner is Winner.FIRST
    if found.rivalry is Rivalry.REFUSED:
        return None
    if found.is_harmless and found.rivalry is Rivalry.EQUAL:
        return Severity.WARNING if is_certain else Severity.NOTE
    return None if is_certain else Severity.WARNING


def _message(found: Duplicate) -> str:
    claim, earlier, host = found.claim, found.earlier, found.claim.host
    if found.winner is Winner.FIRST:
        what = "the same backend both times" if found.is_harmless else f"and only the first gets requests{_to(earlier)}"
        return f"{claim.route} has {claim} twice, {what}"
    both = f"{claim.route} and {earlier.route}"
    if found.rivalry is Rivalry.REFUSED:
        controller = claim.router.controller
        return f"{claim} of {claim.route} is already defined in {earlier.route}: the webhook of {controller} refuses it"
    if found.rivalry is Rivalry.HOST:
        return f"{both} claim {host}: the {claim.router.controller} gives it to the older one alone"
    if found.rivalry is Rivalry.NAMESPACE:
        return f"{both} claim {host}: the router admits the routes of one namespace, that of the oldest"
    if found.rivalry is Rivalry.KIND:
        return f"{both} claim {host or 'every host'} at one listener: only the older one is accepted"
    if not claim.path and not host:
        return f"{both} are attached to one listener: only the older one gets connections"
    if found.is_harmless:
        return f"{claim} of {claim.route} is also in {earlier.route}, with the same backend"
    return f"{claim} of {claim.route} is also in {earlier.route}: {_WINNERS[found.winner]}"


def _to(claim: Claim) -> str:
    services = list(dict.fromkeys(backend.service for backend in claim.match.backends))
    return f" (Service {services[0]})" if len(services) == 1 else ""
