"""A map as a flow chart of Mermaid, which GitHub, GitLab and others draw in pull requests and READMEs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.hops import State
from klint.maps.folding import Group, Picture, pictures
from klint.report.map_words import area_title, facts, group_title
from klint.report.mermaid import label
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.maps.model import ExposureMap

MAX_EDGES = 500
MAX_TEXT = 50_000
"""What Mermaid draws at most. Source: mermaid-js/mermaid packages/mermaid/src/schemas/config.schema.yaml (maxEdges,
maxTextSize)."""

_CLOSING = 100
"""Characters that are kept for the line that counts what is left out."""
_ARROWS = {State.RESOLVED: "-->", State.BROKEN: "--x", State.UNKNOWN: "-.->"}
_STYLES = {State.BROKEN: "stroke:#b3211b,stroke-width:2px,stroke-dasharray:5 3", State.UNKNOWN: "stroke-dasharray:2 3"}


def render(drawn: ExposureMap, failures: Sequence[Failure] = ()) -> str:  # noqa: ARG001 - every format takes failures
    """The map as a flow chart, folded so that Mermaid draws it."""
    return "".join(f"{line}\n" for line in chart(drawn) or ("flowchart LR",))


def chart(drawn: ExposureMap, most: int = MAX_EDGES) -> list[str]:
    """The lines of a flow chart with at most so many arrows, a box an area; none where there is nothing to draw.

    Where even kinds by their number are too many, the first areas are drawn and the others counted.
    """
    found = pictures(drawn, lambda several: _fits(several, most))
    shown = _prefix(found, most)
    if not found:
        return []
    left = len(found) - shown
    more = [f'  more["and {counted(left, "bundle")} more"]'] if left else []
    return ["flowchart LR", *_boxes(found[:shown]), *more]


def _fits(found: Sequence[Picture], most: int) -> bool:
    return _prefix(found, most) == len(found)


def _prefix(found: Sequence[Picture], most: int) -> int:
    """How many of the pictures, from the first, may be in one chart."""
    edges, characters = 0, _CLOSING
    for number, picture in enumerate(found):
        edges += len(picture.links)
        characters += sum(len(line) + 1 for line in _box(f"b{number}", picture))
        if edges > most or characters > MAX_TEXT:
            return number
    return len(found)


def _boxes(found: Sequence[Picture]) -> Iterator[str]:
    for number, picture in enumerate(found):
        yield from _box(f"b{number}", picture)
    states = {group.first.state for picture in found for group in picture.groups}
    yield from (f"  classDef {state.value} {style}" for state, style in _STYLES.items() if state in states)


def _box(box: str, picture: Picture) -> Iterator[str]:
    yield f'  subgraph {box}["{label(area_title(picture.area))}"]'
    for number, group in enumerate(picture.groups):
        state = group.first.state
        yield f'    {box}n{number}["{label(_words(group))}"]{f":::{state.value}" if state in _STYLES else ""}'
    for link in picture.links:
        yield f"    {box}n{link.source} {_ARROWS[link.state]} {box}n{link.target}"
    yield "  end"


def _words(group: Group) -> str:
    """What is drawn, whether it is there, who can use it, and what is found there."""
    return ", ".join(filter(None, (group_title(group), *facts(group))))
