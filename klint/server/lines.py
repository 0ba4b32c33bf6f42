"""Offsets in a text ↔ positions as the protocol counts them.

A line ends with a line feed, a carriage return or both together, and with nothing else (Language Server Protocol 3.17,
Text Documents): neither as `str.splitlines` has it, nor as klint's own spans, which know line feeds alone. A position
counts the code units of the line before it in the encoding that server and client agreed on.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol.types import Position, Range

from klint.records import cached_property
from klint.text.source import Span

_BREAK = re.compile(r"\r\n?|\n")


class Lines:
    """The lines of a text."""

    def __init__(self, text: str, encoding: str) -> None:
        """Look at a text; `encoding` is `utf-8`, `utf-16` or `utf-32`."""
        self.text = text
        self.encoding = encoding

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def position(self, offset: int) -> Position:
        """The position of an offset; the text's end for what would lie behind it."""
        offset = min(offset, len(self.text))
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self._units(self.text[self._starts[line] : offset]))

    def range(self, start: int, end: int) -> Range:
        """The range of two offsets."""
        return Range(self.position(start), self.position(end))

    def range_of(self, span: Span) -> Range:
        """The range of a span of this text."""
        return self.range(span.start, span.end)

    def offset(self, position: Position) -> int:
        """The offset of a position; a line's end for what would lie behind it, and the text's behind its last line."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        end = self._starts[position.line + 1] if position.line + 1 < len(self._starts) else len(self.text)
        line = self.text[start:end].rstrip("\r\n")
        return start + self._characters(line, position.character)

    def _units(self, text: str) -> int:
        if self.encoding == "utf-32" or text.isascii():
            return len(text)
        if self.encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)

    def _characters(self, line: str, units: int) -> int:
        """How many characters so many code units are; one that begins within them counts."""
        if self.encoding == "utf-32" or line.isascii():
            return min(units, len(line))
        count = 0
        for index, character in enumerate(line):
            if count >= units:
                return index
            count += self._units(character)
        return len(line)
