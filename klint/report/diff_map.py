"""What has changed of the ways in, as a diagram of Mermaid: what is new, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from klint.diffing.changes import Change, Side, What
from klint.report.diff import title
from klint.report.diff_words import MANY, OPEN, together
from klint.report.mermaid import label
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.diffing.comparing import Compared

MAX_ARROWS = 60
"""More than this nobody follows."""

_GOING_ON = frozenset((What.GOING, What.LEADING))
_WITHOUT_WAYS = frozenset((What.GUARD, What.ISOLATION, What.NAME))
_ARROWS = {True: "-->|new|", False: "-.->|gone|"}


class _Arrow(NamedTuple):
    """A step of requests, from what to what, that is new or gone."""

    start: str
    end: str
    is_new: bool


def diff_map(compared: Sequence[Compared]) -> list[str]:
    """The lines of a flow chart, a box for each scope; none where no way is new or gone."""
    left = MAX_ARROWS
    boxes: list[str] = []
    for number, item in enumerate(compared):
        arrows = list(dict.fromkeys(arrow for change in item.changes for arrow in _arrows(change)))[:left]
        left -= len(arrows)
        if arrows:
            boxes += _box(f"b{number}", title(item.scope), arrows)
    return ["flowchart LR", *boxes] if boxes else []


def _box(box: str, name: str, arrows: Sequence[_Arrow]) -> Iterator[str]:
    stops = dict.fromkeys(stop for arrow in arrows for stop in (arrow.start, arrow.end))
    ids = {stop: f"{box}n{number}" for number, stop in enumerate(stops)}
    yield f'  subgraph {box}["{label(name)}"]'
    yield from (f'    {ids[stop]}["{label(stop)}"]' for stop in stops)
    yield from (f"    {ids[arrow.start]} {_ARROWS[arrow.is_new]} {ids[arrow.end]}" for arrow in arrows)
    yield "  end"


def _arrows(change: Change) -> Iterator[_Arrow]:
    if change.what in _WITHOUT_WAYS:
        return
    subject = abridged(together(change.subjects), MANY)
    for side, is_new in ((change.before, False), (change.after, True)):
        if side is None or side.hop is not None:
            continue
        if change.what not in _GOING_ON:
            yield from (_Arrow(start, subject, is_new) for start in _starts(change, side))
        if change.what in _GOING_ON or change.before is None or change.after is None or change.opened != change.closed:
            yield from (_Arrow(subject, end, is_new) for end in _ends(side))


def _starts(change: Change, side: Side) -> list[str]:
    """Who comes to an entry, or through what requests come to a host."""
    if change.what in (What.DOOR, What.REACHED) or not side.through:
        return [OPEN[side.who]] if side.who is not None else []
    return together(side.through)


def _ends(side: Side) -> list[str]:
    left = len(side.to) - MANY
    return [*side.to[:MANY], *([f"{left:,} more"] if left > 0 else [])]
