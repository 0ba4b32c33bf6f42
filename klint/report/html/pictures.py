"""The map in a report: a picture of each area, as data within the page. Its style is its own, and touches no other."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.maps.model import ExposureMap
from klint.report.html.markup import Html, element
from klint.report.html.sections import folded, section
from klint.report.map_svg import render
from klint.report.map_words import area_title
from klint.text.words import counted
from klint.workspace.environments import environment_weight

if TYPE_CHECKING:
    from klint.maps.model import Area

ROOM = 1_500_000
"""Bytes that pictures may take of a page."""
_MOST = 50
"""Pictures that a page has; more than that nobody looks at."""
_OPEN = 3
"""Those that are not folded."""


def map_section(drawn: ExposureMap) -> Html:
    """The section."""
    areas = sorted((area for area in drawn.areas if area.lines), key=_weight)
    if not areas:
        return section("map", "Map", element("p", "There is nothing to draw."))
    pictures = list(_pictures(areas))
    left = len(areas) - len(pictures)
    return section("map", "Map", *pictures, element("p", *_also(left), class_="faint"))


def _also(left: int) -> Iterator[str]:
    if left:
        yield f"There is no room for {counted(left, 'other bundle')}. "
    yield element("code", "klint map")
    yield " makes a page of the map alone, which can be searched."


def _weight(area: Area) -> int:
    return environment_weight(area.bundle.target.environment)


def _pictures(areas: list[Area]) -> Iterator[Html]:
    """Pictures of the first areas, as far as there is room."""
    room = ROOM
    for number, area in enumerate(areas[:_MOST]):
        data = b64encode(render(ExposureMap((area,))).encode("utf-8")).decode()
        room -= len(data)
        if room < 0:
            return
        image = element("img", src=f"data:image/svg+xml;base64,{data}", alt=f"Map of {area_title(area)}")
        yield folded(area_title(area), element("figure", image), is_open=number < _OPEN)
