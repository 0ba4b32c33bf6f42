"""The stops and lines of a map in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.findings import Severity
from klint.hops import GuardKind, HopKind, State
from klint.report.audiences import audience_words
from klint.report.words import bundle_title, wanted
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    from klint.maps.folding import Group, Link
    from klint.maps.model import Area, Line, Stop

_FEW = 3
"""That many names or requests are told; the others are counted."""


def area_title(area: Area) -> str:
    """What an area is of: `deploy/shop (production, eks)`."""
    target = area.bundle.target
    return bundle_title(area.bundle.name, target.environment, target.platform)


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
    hop = stop.hop
    if hop.kind is HopKind.SELECTION and hop.targets:
        return f"{wanted(hop)}, {counted(len(hop.targets), 'workload')}"
    is_of_source = hop.kind is HopKind.TARGET_PORT or (hop.kind is HopKind.ENTRY and not hop.wants.kind)
    return f"{wanted(hop)} of {hop.source}" if is_of_source else wanted(hop)


def group_title(group: Group) -> str:
    """What is drawn as one stop: `Service shop/web`, `38 Deployments in shop`, `40 NodePorts in 3 namespaces`."""
    count = len(group.stops)
    if count == 1:
        return title(group.first)
    kind = _kind(group.first)
    *_, namespace = group.namespaces
    where = f" in {len(group.namespaces)} namespaces" if len(group.namespaces) > 1 else f" in {namespace}"
    return f"{count:,} {_plural(kind)}{where if namespace or len(group.namespaces) > 1 else ''}"


def members(group: Group) -> str:
    """The names of what is drawn as one stop, the first of them: `web, api and 36 more`; empty where it has none."""
    return abridged(list(dict.fromkeys(stop.name for stop in group.stops if stop.name)), 2)


def findings_words(group: Group) -> str:
    """How many findings are told there: `2 errors, 1 note`; empty where there is none."""
    severities = (severity for severity in reversed(Severity) if group.severities[severity])
    return ", ".join(counted(group.severities[severity], str(severity)) for severity in severities)


def state_words(state: State) -> str:
    """Whether what is wanted is there; empty where it is."""
    return {State.RESOLVED: "", State.BROKEN: "missing", State.UNKNOWN: "unknown"}[state]


def facts(group: Group) -> Iterator[str]:
    """Whether it is there, who can use it, and what is found there, as far as there is something to tell."""
    audience = group.first.audience
    words = (state_words(group.first.state), audience_words(audience.who) if audience else "", findings_words(group))
    return filter(None, words)


def guards_words(link: Link) -> str:
    """What all requests between two groups pass: `TLS, NetworkPolicy`."""
    return ", ".join(kind.value for kind in GuardKind if all(kind in line.guards for line in link.lines))


def line_words(line: Line) -> str:
    """All of a line: `broken: it has 80 (http); example.com/cart; to port 80; passes TLS; through Deployment x`."""
    why = str(line.hop.why) if line.hop is not None else ""
    state = f"{line.state.value}: {why}" if why else line.state.value
    ports = ", ".join(line.ports)
    parts = (
        state if line.state is not State.RESOLVED else "",
        abridged(line.requests, _FEW),
        f"to port {ports}" if ports else "",
        f"passes {', '.join(kind.value for kind in line.guards)}" if line.guards else "",
        f"through {abridged(list(map(str, line.through)), _FEW)}" if line.through else "",
    )
    return "; ".join(filter(None, parts))


def _kind(stop: Stop) -> str:
    if stop.hop is not None and stop.hop.kind in _PORTS:
        return _PORTS[stop.hop.kind]
    return stop.kind or "reference"


_PORTS = {HopKind.PORT: "port of Services", HopKind.TARGET_PORT: "port of pods"}


def _plural(kind: str) -> str:
    if kind in _PORTS.values():
        return kind.replace("port", "ports", 1)
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
