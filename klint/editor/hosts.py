"""Who serves a host, with TLS or without, and what becomes of its requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.editor.markdown import code, fenced, plain
from klint.exposure.host_tls import HostTls, TlsState
from klint.hops import State
from klint.kube.routes.shape import Match, Route
from klint.report.escape import escape
from klint.text.placeholders import is_placeholder
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.editor.spots import Spot
    from klint.exposure.graph import Graph

_MOST = 12
"""Paths of a host that are told; the others are counted."""
_TLS = {
    TlsState.TERMINATED: "TLS ends at the router",
    TlsState.PASSTHROUGH: "TLS is passed through to the pods",
    TlsState.NONE: "plain HTTP, without TLS",
    TlsState.UNKNOWN: "whether it has TLS is not known",
}


def told_of_host(spot: Spot) -> Iterator[str]:
    """What is told of a host of a route; nothing of any other value, nor of a host that is still to be filled in."""
    route, host = spot.resource, spot.place.value
    if not isinstance(route, Route) or not isinstance(host, str) or is_placeholder(host):
        return
    if host not in route.hosts and not any(host in tls.hosts for tls in route.tls):
        return
    servers = list(dict.fromkeys(_servers(route, spot.graph)))
    tls = spot.graph.tls_of(route, host)
    rows = list(dict.fromkeys(_rows(host, spot.graph)))
    if servers or rows or tls.state is not TlsState.UNKNOWN:
        by = f" is served by {joined(list(map(code, servers)))}" if servers else ": who serves it is not known"
        yield f"{code(host)}{by}; {_tls(tls)}"
    if rows:
        yield fenced("\n".join(_table(rows)))


def _servers(route: Route, graph: Graph) -> Iterator[str]:
    """What takes the requests of a route from outside, as far as that is known."""
    for serving in graph.servings(route):
        if serving.controller is not None and serving.class_hop.state is State.RESOLVED:
            yield serving.controller.name
        else:
            yield from (str(item) for item in serving.class_hop.targets if serving.class_hop.state is State.RESOLVED)
    for attached in graph.attachments(route):
        if attached.gateway is not None and not attached.is_broken:
            yield str(attached.gateway)
    for binding in graph.bindings(route):
        if binding.gateway is not None and not binding.is_broken:
            yield str(binding.gateway)


def _tls(found: HostTls) -> str:
    at = f", as {plain(str(found.at.span))} says" if found.at is not None else ""
    return _TLS[found.state] + at


def _rows(host: str, graph: Graph) -> Iterator[tuple[str, str, str]]:
    """The paths of a host, where each leads, and which route says so."""
    for claim in graph.claims:
        if claim.host == host:
            yield escape(claim.path), escape(_end(claim.match)), escape(str(claim.route))


def _end(match: Match) -> str:
    if match.backends:
        named = (f"{item.kind} {item.service}" + (f":{item.port}" if item.port else "") for item in match.backends)
        return joined(list(dict.fromkeys(named)))
    return match.ends_in.value if match.ends_in is not None else ""


def _table(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    shown = rows[:_MOST]
    first, second = (max(len(row[column]) for row in shown) for column in (0, 1))
    for path, end, route in shown:
        yield f"{path.ljust(first)}  {end.ljust(second)}  {route}".rstrip()
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST} more"
