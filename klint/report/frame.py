"""Source frames: the line a span stands on, and carets under the span, as wide as a terminal draws them."""

from __future__ import annotations

from dataclasses import dataclass

from klint.document import Span
from klint.report.escape import escape

WIDTH = 100
"""Columns of source a frame shows. A longer line is cut around the span."""

_TAB = 4
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Frame:
    """A line as it is shown, and the columns under it: `indent` before the carets, `carets` under the span."""

    line: str
    indent: int
    carets: int


def frame(span: Span) -> Frame | None:
    """The span's first line; None where the source has no text to show."""
    text = span.source.line(span.line)
    if not text:
        return None
    start = min(span.column - 1, len(text))
    end = min(span.end_column - 1, len(text)) if span.end_line == span.line else len(text)
    end = max(start, end)
    first = max(0, start - WIDTH)
    cells = _cells(text[first : end + WIDTH])
    before = sum(width for _, width in cells[: start - first])
    under = sum(width for _, width in cells[start - first : end - first])
    if first == 0 and sum(width for _, width in cells) <= WIDTH:
        return Frame("".join(shown for shown, _ in cells), before, max(1, under))
    return _cut(cells, before, max(1, under), is_cut_before=first > 0, is_cut_after=end + WIDTH < len(text))


def _cut(cells: list[tuple[str, int]], before: int, under: int, *, is_cut_before: bool, is_cut_after: bool) -> Frame:
    """The window of cells that shows the span, with a third of the width before it, or less if all after it fits."""
    total = sum(width for _, width in cells)
    left = max(0, min(before - WIDTH // 3, total - WIDTH))
    left = min(left, before)
    kept: list[str] = []
    kept_before = column = 0
    right = left
    for shown, width in cells:
        if left <= column and column + width <= left + WIDTH:
            kept.append(shown)
            if column < before:
                kept_before += width
            right = column + width
        column += width
    has_left, has_right = is_cut_before or left > 0, is_cut_after or right < total
    line = (_CUT if has_left else "") + "".join(kept) + (_CUT if has_right else "")
    indent = kept_before + (1 if has_left else 0)
    return Frame(line, indent, max(1, min(under, right - before)))


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
