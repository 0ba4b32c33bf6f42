"""Istio: servers of Gateways that serve one host on one port of the same proxies with different TLS.

Source: istio/istio pkg/config/analysis/msg/messages.yaml IST0145 ConflictingGateways: no two Gateways should have the
selector, port and host of a server alike. Where both servers say the same of TLS it is left alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from klint.exposure.samples import sample_of
from klint.kube.istio import PLAIN_PROTOCOLS, IstioGateway, Server
from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder, is_template


@dataclass(frozen=True, slots=True)
class ServerConflict:
    """A server's host that an earlier one serves, too, on the same port of the same proxies, with other TLS."""

    gateway: IstioGateway
    server: Server
    host: str
    at: Place
    other: IstioGateway
    other_at: Place


def server_conflicts(gateways: Iterable[IstioGateway]) -> Iterator[ServerConflict]:
    """Each server that conflicts with an earlier one: once, for the first of its hosts that both have."""
    first: dict[Hashable, tuple[IstioGateway, Server, Place]] = {}
    for gateway in gateways:
        if gateway.is_hook:
            continue
        proxies = sample_of(gateway), frozenset(gateway.selector.items())
        for server in gateway.servers:
            found = None
            for index, text in enumerate(sequence(server.data.get("hosts"))):
                host, at = string(text).rpartition("/")[2], server.at("hosts", index)
                if not host or is_placeholder(text):
                    continue
                key = proxies, server.port, host.lower()
                other, other_server, other_at = first.setdefault(key, (gateway, server, at))
                if found is None and server.port and other_server is not server and _differ(server, other_server):
                    found = ServerConflict(gateway, server, host, at, other, other_at)
            if found is not None:
                yield found


def _differ(one: Server, other: Server) -> bool:
    """Whether two servers surely do not do the same with a connection."""
    tls, other_tls = mapping(one.get("tls")), mapping(other.get("tls"))
    values = (one.protocol, other.protocol, *tls.values(), *other_tls.values())
    mine, others = ("HTTP" if item.protocol in PLAIN_PROTOCOLS else item.protocol for item in (one, other))
    return (mine, tls) != (others, other_tls) and not any(map(is_template, values))
