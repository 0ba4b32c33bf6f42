"""A map as a picture in SVG: one file, light and dark as the reader's system is; what is told of a stop is its tip.

Layers are columns, and lines go from left to right. Where many stops would stand in a column, those that are alike are
drawn as one, and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.findings import Severity
from klint.hops import State
from klint.kube.routes.shape import Route
from klint.maps.folding import Group, Link, Picture, folded_alone
from klint.records import dataclass
from klint.report.audiences import audience_words
from klint.report.map_layout import Slot, lay_out
from klint.report.map_words import (
    area_title,
    findings_words,
    group_title,
    guards_words,
    line_words,
    members,
    state_words,
)
from klint.report.xml import Element, document, said
from klint.text.words import abridged, clipped, counted

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.maps.model import ExposureMap, Stop

MOST = 60
"""Stops that a column of an area has, before they are folded."""

_WIDTH, _ACROSS = 250, 150
"""Of a stop, and between the columns."""
_LINE, _PADDING, _GAP, _PASSING, _MARGIN = 16, 8, 16, 6, 28
_HEAD = 64
"""Of an area: its title, and the names of its layers."""
_LETTERS, _SMALL = 30, 38
"""That many letters of the two sizes fit into a stop."""
_LABEL = 22
"""That many fit between two columns."""
_FEW = 2

_SIGNS = {Who.WORLD: "●", Who.PRIVATE: "◆", Who.CLUSTER: "■", Who.UNKNOWN: "○"}
_STATES = {State.RESOLVED: "", State.BROKEN: "✕ ", State.UNKNOWN: "? "}
_GRAVE = {Severity.ERROR: "✕ ", Severity.WARNING: "▲ ", Severity.NOTE: "i "}


def render(drawn: ExposureMap, failures: Sequence[Failure] = ()) -> str:  # noqa: ARG001 - every format takes failures
    """The map as the text of an SVG file."""
    return document(picture_of(drawn))


def picture_of(drawn: ExposureMap) -> Element:
    """The map as an element that is drawn as wide as there is room."""
    found = [_Drawing(picture) for picture in folded_alone(drawn, _fits)]
    width = max((drawing.width for drawing in found), default=_WIDTH) + 2 * _MARGIN
    top = float(_MARGIN)
    root = Element("svg")
    root.add("title", "Exposure map")
    root.add("style", _style())
    root.add("rect", **{"class": "ground"}, width="100%", height="100%")
    for drawing in found:
        area = root.add("g", transform=f"translate({_MARGIN} {top:g})")
        drawing.draw(area)
        top += drawing.height + _MARGIN
    if not found:
        _text(root, _MARGIN, top + _LINE, "Nothing is open.", "faint")
        top += 2 * _LINE
    _legend(root.add("g", transform=f"translate({_MARGIN} {top:g})"))
    height = top + 2 * _LINE + _MARGIN
    root.attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": f"{width:g}",
        "height": f"{height:g}",
        "role": "img",
    }
    return root


def _fits(picture: Picture) -> bool:
    layers = [group.layer for group in picture.groups]
    return all(layers.count(layer) <= MOST for layer in set(layers))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of text in a stop, and its class."""

    text: str
    look: str = "small"


class _Drawing:
    """An area, laid out."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._rows = [tuple(_rows(group)) for group in picture.groups]
        heights = [len(rows) * _LINE + 2 * _PADDING for rows in self._rows]
        self._layout = lay_out(picture, heights, _GAP, _PASSING)
        self.width = len(self._layout.layers) * (_WIDTH + _ACROSS) - _ACROSS
        self.height = _HEAD + self._layout.height
        self._told: set[tuple[float, float, str]] = set()
        self._into = Counter(link.target for link in picture.links)

    def draw(self, area: Element) -> None:
        _text(area, 0, _LINE, area_title(self._picture.area), "area")
        named = ""
        for column, layer in enumerate(self._layout.layers):
            if layer != named:
                _text(area, _x(column), _HEAD - _LINE, layer, f"layer {layer}")
                named = layer
        stops = area.add("g", transform=f"translate(0 {_HEAD})")
        for link, course in zip(self._picture.links, self._layout.courses, strict=True):
            if not link.is_within:
                self._draw_link(stops, link, course)
        for group, rows, slot in zip(self._picture.groups, self._rows, self._layout.slots, strict=True):
            _draw_stop(stops, group, rows, slot)

    def _draw_link(self, parent: Element, link: Link, course: tuple[Slot, ...]) -> None:
        line = parent.add("g", **{"class": f"line {link.state.value}"})
        words = "\n".join(filter(None, map(line_words, link.lines[:MOST])))
        if words:
            line.add("title", "\n".join(said(word) for word in words.split("\n")))
        line.add("path", d=" ".join(_path(course)))
        label, guards = (clipped(_requests(link), _LABEL) if len(link.lines) == 1 else "", guards_words(link))
        x, y, anchor = self._beside(link, course)
        for number, text in enumerate(filter(None, (label, guards))):
            where = (x, round(y) - 5 + number * 15, text)
            if where not in self._told:  # lines that leave a stop alike are told once
                self._told.add(where)
                _text(line, *where, "label", anchor)

    def _beside(self, link: Link, course: tuple[Slot, ...]) -> tuple[float, float, str]:
        """Where words stand at a line: at that end of it where it is alone, else at its beginning."""
        if self._into[link.target] == 1:
            return _x(course[-1].column) - 12, course[-1].middle, "end"
        return _x(course[0].column) + _WIDTH + 12, course[0].middle, "start"


# Stops


def _rows(group: Group) -> Iterator[_Row]:
    stop = group.first
    is_one = len(group.stops) == 1
    opens, _, of = group_title(group).partition(" of ") if stop.entry is not None else (group_title(group), "", "")
    name, rest = f"{_STATES[stop.state]}{opens}", f"of {of}" if of else ""
    if not rest and len(name) > _LETTERS:  # the kind, and below it the name
        kind, _, rest = opens.partition(" ")
        name = f"{_STATES[stop.state]}{kind}"
    yield _Row(clipped(name, _LETTERS), "name")
    if rest:
        yield _Row(clipped(rest, _SMALL))
    if not is_one and members(group):
        yield _Row(clipped(members(group), _SMALL))
    if is_one and isinstance(stop.resource, Route) and stop.resource.hosts:
        yield _Row(clipped(abridged(stop.resource.hosts, 1), _SMALL))
    if stop.state is not State.RESOLVED:
        words, why = (state_words(stop.state), str(stop.hop.why) if is_one and stop.hop is not None else "")
        yield _Row(clipped(f"{words}: {why}" if why else words, _SMALL))
    if stop.audience is not None:
        yield _Row(_who(stop.audience.who), f"small who-{stop.audience.who.name.lower()}")
    found = findings_words(group)
    if found:
        worst = max(group.severities, key=lambda severity: severity.rank)
        yield _Row(f"{_GRAVE[worst]}{found}", f"small {worst}")
    if is_one and stop.at is not None:
        span = stop.at.span
        yield _Row(_cut(f"{span.file}:{span.line}", _SMALL), "small faint")


def _who(who: Who) -> str:
    return f"{_SIGNS[who]} {audience_words(who)}"


def _draw_stop(parent: Element, group: Group, rows: Sequence[_Row], slot: Slot) -> None:
    state = group.first.state
    box = parent.add("g", **{"class": f"stop {group.layer} {state.value}"})
    box.add("title", "\n".join(map(said, _told(group))))
    x, y = _x(slot.column), slot.y
    if len(group.stops) > 1:
        _rectangle(box, x + 4, y + 4, slot.height)
    _rectangle(box, x, y, slot.height)
    for number, row in enumerate(rows):
        _text(box, x + 12, y + _PADDING + (number + 0.75) * _LINE, row.text, row.look)


def _told(group: Group) -> Iterator[str]:
    """What a tip tells of a stop: all of its name, why klint believes what it does, and what is found there."""
    yield group_title(group)
    for stop in group.stops[:1]:
        yield from filter(None, (_why(stop), stop.at.span.file + f":{stop.at.span.line}" if stop.at else ""))
    findings = [finding for stop in group.stops for finding in stop.findings]
    yield from (f"{finding.severity}: {finding.message}" for finding in findings[:MOST])
    if len(findings) > MOST:
        yield f"and {counted(len(findings) - MOST, 'finding')} more"


def _why(stop: Stop) -> str:
    because = [str(stop.hop.why)] if stop.hop is not None else []
    because += [str(stop.audience.why)] if stop.audience is not None else []
    return "; ".join(filter(None, because))


def _rectangle(parent: Element, x: float, y: float, height: float) -> None:
    parent.add("rect", x=f"{x:g}", y=f"{y:.1f}", width=f"{_WIDTH}", height=f"{height:g}", rx="5")


# Lines


def _x(column: int) -> float:
    return column * (_WIDTH + _ACROSS)


def _path(course: tuple[Slot, ...]) -> Iterator[str]:
    """A line from the right edge of a stop to the left edge of another, straight through the columns between."""
    yield f"M{_x(course[0].column) + _WIDTH:g} {course[0].middle:.1f}"
    for start, end in pairwise(course):
        out, into = _x(start.column) + _WIDTH, _x(end.column)
        if end.column <= start.column:  # back to its right edge: requests may go in circles
            into += _WIDTH
            yield f"C{out + 60:g} {start.middle:.1f} {into + 60:g} {end.middle:.1f} {into:g} {end.middle:.1f}"
            continue
        half = (out + into) / 2
        yield f"C{half:g} {start.middle:.1f} {half:g} {end.middle:.1f} {into:g} {end.middle:.1f}"
        if end is not course[-1]:
            yield f"H{into + _WIDTH:g}"


def _requests(link: Link) -> str:
    requests = list(dict.fromkeys(_short(request) for line in link.lines for request in line.requests))
    hosts = {request.partition("/")[0] for request in requests}
    if len(hosts) == 1 and "" not in hosts:  # told at the route
        requests = [request[len(next(iter(hosts))) :] or request for request in requests]
    return abridged(requests, _FEW)


def _short(request: str) -> str:
    return request.removesuffix(" on every host") or request


# Text


def _text(parent: Element, x: float, y: float, text: str, look: str, anchor: str = "start") -> None:
    more = {} if anchor == "start" else {"text-anchor": anchor}
    parent.add("text", said(text), x=f"{x:g}", y=f"{y:.1f}", **{"class": look}, **more)


def _cut(text: str, most: int) -> str:
    """The end of a text, which of a path tells more than its beginning."""
    return text if len(text) <= most else f"…{text[len(text) - most + 1 :]}"


def _legend(parent: Element) -> None:
    words = [(_who(who), f"who-{who.name.lower()}") for who in Who]
    words += [("✕ broken, error", "error"), ("▲ warning", "warning"), ("i note", "note"), ("? unknown", "faint")]
    x = 0.0
    for text, look in words:
        _text(parent, x, _LINE, text, f"small {look}")
        x += 7.5 * len(text) + 20


# Colours

_SHEET = Path(__file__).parent / "html/style.css"
_LOOKS = """\
text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:%(ink)s}
.ground{fill:%(ground)s}
.area{font-size:16px;font-weight:600}
.layer{font-size:12px;font-weight:600}
.name{font-size:12px;font-weight:600}
.label,.faint{fill:%(faint)s}
.label{font-size:10.5px;paint-order:stroke;stroke:%(ground)s;stroke-width:3px}
.stop rect{fill:%(raised)s;stroke:%(edge)s}
.entry rect{stroke:%(entry)s}.routing rect{stroke:%(routing)s}
.distribution rect{stroke:%(distribution)s}.workload rect{stroke:%(workload)s}
.layer.entry{fill:%(entry)s}.layer.routing{fill:%(routing)s}
.layer.distribution{fill:%(distribution)s}.layer.workload{fill:%(workload)s}
.stop.broken rect{stroke:%(error)s;stroke-dasharray:6 3;stroke-width:1.5}
.stop.unknown rect{stroke:%(unknown)s;stroke-dasharray:2 3}
.line path{fill:none;stroke:%(faint)s;stroke-width:1.2}
.line.broken path{stroke:%(error)s;stroke-dasharray:6 3;stroke-width:1.8}
.line.unknown path{stroke:%(unknown)s;stroke-dasharray:2 3}
.who-world{fill:%(world)s}.who-private{fill:%(private)s}
.who-cluster{fill:%(cluster)s}.who-unknown{fill:%(nobody-knows)s}
.error,.broken .name{fill:%(error)s}.warning{fill:%(warning)s}.note{fill:%(note)s}
"""


@cache
def _style() -> str:
    """The looks with the colours of pages, by their values: not everything that draws SVG knows variables."""
    light, dark = _palettes()
    return f"{_LOOKS % light}@media (prefers-color-scheme:dark){{\n{_LOOKS % dark}}}\n"


def _palettes() -> Sequence[Mapping[str, str]]:
    """The colours of pages, those for light and those for dark: the first two blocks of variables."""
    blocks = re.findall(r":root \{([^{}]*)\}", _SHEET.read_text("utf-8"))[:2]
    return [dict(re.findall(r"--([a-z]+(?:-[a-z]+)*): (#[0-9a-f]{6});", block)) for block in blocks]
