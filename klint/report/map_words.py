"""The stops and lines of a map in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.hops import HopKind
from klint.report.words import wanted

if TYPE_CHECKING:
    from klint.exposure.audience import Audience
    from klint.maps.model import Stop


def title(stop: Stop) -> str:
    """What a stop is: `LoadBalancer 80 of Service web`, `Service shop/web`, `port 80 of Service web`."""
    entry = stop.entry
    if entry is not None and entry.port is None and entry.service_port is not None:
        return f"{entry.mechanism} for port {entry.service_port.number} of {entry.resource}"
    if entry is not None:
        return str(entry)
    if stop.resource is not None:
        return str(stop.resource)
    if stop.hop is None:
        return ""
    if stop.hop.kind is HopKind.ENTRY and not stop.hop.wants.kind:
        return f"an external entry of {stop.hop.source}"
    return wanted(stop.hop)


def audience_words(audience: Audience) -> str:
    """Who can send requests: `the world`, `a private network`, `the cluster`, `audience unknown`."""
    return "audience unknown" if audience.who is Who.UNKNOWN else audience.who.value
