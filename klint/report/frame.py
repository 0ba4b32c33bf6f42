"""Source frames: the line a span stands on, and carets under the span, as wide as a terminal draws them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from klint.records import dataclass, field
from klint.report.escape import escape
from klint.text.source import Span

WIDTH = 100
"""Columns of source a frame shows. A longer line is cut around the span."""

_TAB = 4
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Frame:
    """A line as it is shown, and the columns under it: `indent` before the carets, `carets` under the span.

    `start` and `end` are what of `line` the span has; equal where it has no character.
    """

    line: str
    indent: int
    carets: int
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


def frame(span: Span) -> Frame | None:
    """The span's first line; None where the source has no text to show."""
    line_start, line_end = span.source.line_range(span.line)
    if line_start == line_end:
        return None
    start = min(line_start + span.column - 1, line_end)
    end = min(line_start + span.end_column - 1, line_end) if span.end_line == span.line else line_end
    # A line may be megabytes of minified JSON: only what may show is looked at.
    first = max(line_start, start - WIDTH)
    last = min(line_end, max(start, end) + WIDTH, start + 2 * WIDTH)
    cells = _cells(span.source.text[first:last])
    before = sum(width for _, width in cells[: start - first])
    under = sum(width for _, width in cells[start - first : max(start, end) - first])
    total = sum(width for _, width in cells)
    left = max(0, min(before - WIDTH // 3, total - WIDTH))
    shown = _window(cells, left)
    cut_before = _CUT if left > 0 or first > line_start else ""
    cut_after = _CUT if left + WIDTH < total or last < line_end else ""
    hidden = sum(width for _, width in cells[: shown.start])
    indent = len(cut_before) + before - hidden
    room = sum(width for _, width in cells[shown]) - (before - hidden)
    before_mark = cut_before + _text(cells[shown.start : start - first])
    marked = _text(cells[start - first : min(max(start, end) - first, shown.stop)])
    line = f"{cut_before}{_text(cells[shown])}{cut_after}"
    mark = len(before_mark)
    return Frame(line, indent, max(1, min(under, room)), mark, mark + len(marked))


def _text(cells: list[tuple[str, int]]) -> str:
    return "".join(text for text, _ in cells)


def _window(cells: list[tuple[str, int]], left: int) -> slice:
    """The cells that lie wholly between the column `left` and the frame's width after it."""
    ends = list(accumulate(width for _, width in cells))
    starts = [0, *ends[:-1]]
    return slice(bisect_left(starts, left), bisect_right(ends, left + WIDTH))


def _cells(text: str) -> list[tuple[str, int]]:
    """Each character as it is shown, and how many columns it takes."""
    if text.isascii() and text.isprintable():
        return [(character, 1) for character in text]
    cells: list[tuple[str, int]] = []
    column = 0
    for character in text:
        cell = _cell(character, column)
        cells.append(cell)
        column += cell[1]
    return cells


def _cell(character: str, column: int) -> tuple[str, int]:
    import unicodedata

    if character == "\t":
        width = _TAB - column % _TAB
        return " " * width, width
    shown = escape(character)
    if shown != character:
        return shown, len(shown)
    if unicodedata.category(character) in ("Mn", "Me") or character == "\u200d":
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
