"""A port-forward to something that does not exist, or to a port that it does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint import Finding, Fix, Place, Related, Resource, Span, State, rule

if TYPE_CHECKING:
    from klint import Destination, Edit, Invocation, Scripts


@rule(severity="warning")
def port_forward_target_missing(scripts: Scripts) -> Iterator[Finding]:
    cluster = scripts.cluster
    for invocation in (item for together in scripts.port_forwards for item in together):
        yield from _check(invocation, scripts)
    for declared in scripts.forwards:
        target = cluster.find(declared.kind, declared.name, declared.namespace)
        what = f"{declared.kind} {declared.name}, which {declared.tool} forwards to,"
        yield from _missing(what, target, declared.at)
        port = cluster.port(target.found, declared.namespace, declared.port) if declared.port else target
        if target.state is State.RESOLVED and port.state is State.BROKEN:
            yield Finding(_no_port(target, declared.port, port), at=declared.at, related=_related(target.found[:1]))


def _check(invocation: Invocation, scripts: Scripts) -> Iterator[Finding]:
    forward = invocation.port_forward
    if forward is None:
        return
    cluster, namespace = scripts.cluster, invocation.namespace
    at = invocation.at_word(forward.target)
    if invocation.selector:
        target = cluster.find_pods(invocation.selector, namespace)
        yield from _missing(f"A pod with {invocation.selector}, which this forwards to,", target, at)
        return
    target = cluster.find(forward.kind, forward.name, namespace)
    edit = invocation.forwarding_to(target.meant)
    yield from _missing(f"{forward.kind} {forward.name}, which this forwards to,", target, at, edit)
    if target.lacks_selector:
        why = f"{target.found[0]} has no selector, so that kubectl finds no pod to forward to"
        yield Finding(why, at=at, related=_related(target.found[:1]))
        return
    for pair in forward.ports if target.found else ():
        port = cluster.port(target.found, namespace, pair.remote) if pair.remote else target
        if pair.remote and port.state is State.BROKEN:
            message, related = _no_port(target, pair.remote, port), _related(target.found[:1])
            fix = _fix(port, invocation.forwarding_to(port.meant, pair))
            yield Finding(message, at=invocation.at_word(pair.word), related=related, fix=fix)


def _missing(what: str, target: Destination, at: Place | Span, edit: Edit | None = None) -> Iterator[Finding]:
    if target.state is State.BROKEN:
        message, related = f"{what} does not exist: {target.why}", _related(target.near[:3])
        yield Finding(message, at=at, related=related, fix=_fix(target, edit))


def _fix(target: Destination, edit: Edit | None) -> Fix | None:
    return Fix(f"Forward to {target.meant}", [edit]) if edit else None


def _no_port(target: Destination, wanted: str, port: Destination) -> str:
    return f"{target.found[0]}, which this forwards to, has no port {wanted}: {port.why}"


def _related(resources: Sequence[Resource]) -> tuple[Related, ...]:
    return tuple(Related(f"{item} is here", item.place) for item in resources)
