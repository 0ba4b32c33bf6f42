"""HTTP that comes in from outside without TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.exposure.entries import Mechanism
from klint.exposure.openings import Opening, openings
from klint.exposure.servers import server_of
from klint.hops import GuardKind, Way
from klint.kube.protocols import speaks_plain_http, speaks_tls

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def plaintext_openings(graph: Graph) -> Iterator[Opening]:
    """The openings of load balancers, and of what else is for the world, that take HTTP without TLS.

    One for each Service or workload; none where another port of it is for TLS, for then this one redirects to that, and
    none that is a side door.
    """
    found = tuple(_in_the_clear(graph))
    doors = (door.opening.way.entry for door in graph.side_doors) if found else ()
    around = {id(entry.resource) for entry in doors if entry is not None}
    for opening in found:
        if opening.way.entry is not None and id(opening.way.entry.resource) not in around:
            yield opening


def _in_the_clear(graph: Graph) -> Iterator[Opening]:
    seen: set[int] = set()
    for opening in openings(graph):
        way, entry = opening.way, opening.way.entry
        if entry is None or id(entry.resource) in seen or way.is_guarded_by(GuardKind.TLS):
            continue
        is_load_balancer = entry.mechanism is Mechanism.LOAD_BALANCER and opening.audience.who is Who.UNKNOWN
        if not (is_load_balancer or opening.audience.who is Who.WORLD) or server_of(way) is not None:
            continue
        if speaks_plain_http(way.service_port, way.pod_port, way.pod) and not has_tls_beside(way, graph):
            seen.add(id(entry.resource))
            yield opening


def has_tls_beside(way: Way, graph: Graph) -> bool:
    """Whether the Service, or the pod with ports of its node, has another port for TLS."""
    if way.service is None:
        return way.pod is not None and any(speaks_tls(None, port, way.pod) for port in way.pod.ports)
    return any(
        speaks_tls(port, None, None) or any(guard.kind is GuardKind.TLS for guard in graph.guards_of_entry(entry))
        for entry in graph.entries_of(way.service)
        for port in (entry.service_port,)
    )
