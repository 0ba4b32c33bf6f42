"""What is open to whom: the ports that are open from outside, who can send requests there, and where these lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from klint.maps.openings import Opening
from klint.report.html.findings import bounded
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import audience, place
from klint.report.html.sections import MOST, more, section, table
from klint.report.map_words import title
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    from klint.maps.model import Stop

_MANY = 6
"""Hosts and workloads behind one entry that are named; the others are counted."""


def opened_section(found: Sequence[Opening]) -> Html:
    """The section."""
    if not found:
        return section("opened", "What is open to whom", element("p", "Nothing here is open from outside the cluster."))
    heads = ("Entry", "Audience", "For hosts", "Leads to")
    return section(
        "opened",
        "What is open to whom",
        table("What is open to whom", heads, map(_row, found[:MOST])),
        *more(len(found), MOST),
    )


def _row(opening: Opening) -> tuple[Html | str, ...]:
    at, why = opening.stops[0].at, str(opening.audience.why)
    environment = opening.area.bundle.target.environment or "environment unknown"
    return (
        joined(
            (
                bounded(_opened(opening.stops)),
                element("div", place(str(at.span))) if at is not None else None,
                element("div", environment, class_="faint"),
            )
        ),
        joined((audience(opening.audience.who), element("div", bounded(why), class_="faint") if why else None)),
        _hosts(opening),
        _leads_to(opening),
    )


def _hosts(opening: Opening) -> Html | str:
    hosts = opening.hosts
    if opening.routes and (not hosts or "*" in hosts):
        return element("span", "any", class_="faint")
    return bounded(abridged(hosts, _MANY))


def _opened(stops: Sequence[Stop]) -> str:
    """The ports that an object opens, named once: `LoadBalancer 80, 443 of Service traefik`."""
    entries = [stop.entry for stop in stops if stop.entry is not None]
    if len(entries) < 2:
        return title(stops[0])
    ports = [str(entry.port) for entry in entries if entry.port]
    return f"{entries[0].mechanism} {abridged(ports, _MANY)} of {entries[0].resource}"


def _leads_to(opening: Opening) -> Html:
    broken = opening.broken
    return joined(
        (
            bounded(abridged([title(stop) for stop in opening.ends], _MANY)) or None,
            element("div", f"{counted(broken, 'reference')} broken", class_="broken") if broken else None,
        )
    )
