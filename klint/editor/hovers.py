"""What a value leads to and who reaches it, as the Markdown that an editor shows over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.definitions import references_at
from klint.editor.hosts import told_of_host
from klint.editor.markdown import code, fenced, plain
from klint.editor.pages import findings_at, shortened
from klint.editor.reach import reach, ways_about
from klint.editor.rooted import from_root
from klint.editor.spots import OF_OBJECT, Spot, spots
from klint.exposure.ways import ways_through
from klint.hops import HopKind, State, Way
from klint.kube.routes.shape import Route
from klint.kube.service import Service
from klint.records import dataclass
from klint.report.pen import Pen
from klint.report.trace import way_lines
from klint.report.words import bundle_title, wanted
from klint.text.source import Span
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.references import Reference

_BUNDLES = 3
"""Bundles of one file that are told of; the others are counted."""
_WAYS = 3
"""Ways that are drawn."""
_LOOKED_AT = 50
"""Ways among which these are found: most differ in the path of a request alone, and look alike."""
_TARGETS = 5
"""Objects that one reference means which are named; the others are counted."""

_UPSTREAM = frozenset((HopKind.CLASS, HopKind.CONTROLLER, HopKind.PARENT, HopKind.LISTENER))
_DOWNSTREAM = frozenset((HopKind.BACKEND, HopKind.PORT))


@dataclass(frozen=True, slots=True)
class Hover:
    """What is told of the text of a span, in Markdown. Nothing in it that comes from a manifest is markup."""

    span: Span
    markdown: str


def hover(report: Report, path: Path, offset: int) -> Hover | None:
    """What is known of the value at an offset of a file; None for nothing.

    Args:
        report: of the text that the offset is in.
        path: the file, absolute.
        offset: in characters.
    """
    sections: list[tuple[Spot, str]] = []
    for spot in spots(report, path, offset):
        told = "\n\n".join(_told(spot))
        if told:
            sections.append((spot, told))
    findings = list(findings_at(report, path, offset))
    pages = {finding.rule: shortened(report, finding.rule) for finding in findings}
    spans = [finding.span for finding in findings[:1]] or [spot.span for spot, _ in sections[:1]]
    told = "\n\n".join(_joined(sections))
    parts = [*filter(None, pages.values()), *filter(None, [from_root(told, report.workspace.root)])]
    return Hover(spans[0], "\n\n".join(parts)) if parts else None


def _joined(sections: Sequence[tuple[Spot, str]]) -> Iterator[str]:
    """What is told, under the name of its bundle where there are several."""
    if len(sections) < 2:
        yield from (told for _, told in sections)
        return
    for spot, told in sections[:_BUNDLES]:
        bundle = spot.graph.bundle
        yield f"**{code(bundle_title(bundle.name, bundle.target.environment, bundle.target.platform))}**"
        yield told
    if len(sections) > _BUNDLES:
        yield f"and {len(sections) - _BUNDLES} more"


def _told(spot: Spot) -> Iterator[str]:
    found = list(references_at(spot))
    if found:
        yield from map(_sentence, found)
        yield from _drawn(_ways(spot, found), spot)
    elif spot.path in OF_OBJECT:
        words = list(reach(spot.resource, spot.graph))
        drawn = list(_drawn(ways_about(spot.resource, spot.graph), spot))
        if words or drawn:
            yield f"{code(str(spot.resource))}{': ' if words else ''}{plain(', '.join(words))}"
            yield from drawn
    else:
        yield from told_of_host(spot)


def _drawn(ways: Iterable[Way], spot: Spot) -> Iterator[str]:
    """The first of some ways, those that look alike once, as a block; nothing where there are none."""
    pen, graph = Pen(is_on=False), spot.graph
    found: dict[tuple[str, ...], Way] = {}
    for way in islice(ways, _LOOKED_AT):
        found.setdefault(tuple(way_lines(0, way, graph, pen)), way)
        if len(found) > _WAYS:
            break
    shown = enumerate(list(found.values())[:_WAYS], 1)
    lines = [line for number, way in shown for line in way_lines(number, way, graph, pen)]
    if lines:
        yield fenced("\n".join([*lines, *(["…"] if len(found) > _WAYS else [])]))


def _sentence(reference: Reference) -> str:
    """What a reference means and where that is; or that it leads nowhere, or is not known; and why."""
    hop = reference.hop
    reason = f": {plain(str(hop.why))}" if str(hop.why) else ""
    if hop.state is State.BROKEN:
        return f"{code(wanted(hop))} leads nowhere{reason}"
    if hop.state is State.UNKNOWN:
        return f"{code(wanted(hop))} is not known{reason}"
    places = [f"{code(str(target))} at {plain(str(target.place.span))}" for target in hop.targets]
    return f"{code(wanted(hop))}{reason}" + (f" → {abridged(places, _TARGETS)}" if places else "")


# Ways


def _ways(spot: Spot, references: Iterable[Reference]) -> Iterator[Way]:
    """The ways that a reference is a part of: those through a backend, and those to a route or a Service."""
    graph, resource = spot.graph, spot.resource
    kinds = {reference.hop.kind for reference in references}
    if isinstance(resource, Route) and kinds & _DOWNSTREAM:
        for way in graph.ways_of(resource):
            if way.backend is not None and spot.place in (way.backend.name_at, way.backend.port_at):
                yield way
    elif isinstance(resource, Route) and kinds & _UPSTREAM:
        yield from graph.ways_of(resource)
    elif isinstance(resource, Service) and HopKind.SELECTION in kinds:
        yield from ways_through(resource, graph)
    elif isinstance(resource, Service) and HopKind.TARGET_PORT in kinds:
        for way in ways_through(resource, graph):
            port = way.service_port
            if port is not None and spot.place.path[: len(port.path)] == port.path:
                yield way
