"""Columns in the units of others. klint counts code points from 1; what is ASCII has one column in any unit."""

from __future__ import annotations

from klint.text.source import Source


def utf16_column(source: Source, line: int, column: int) -> int:
    """A column in UTF-16 code units: a character outside the Basic Multilingual Plane, such as an emoji, counts two."""
    if source.text.isascii():
        return column
    return column + sum(character > "\uffff" for character in _before(source, line, column))


def utf8_column(source: Source, line: int, column: int) -> int:
    """A column in bytes of UTF-8."""
    if source.text.isascii():
        return column
    before = _before(source, line, column)
    return column + len(before.encode("utf-8", "surrogatepass")) - len(before)


def _before(source: Source, line: int, column: int) -> str:
    start, end = source.line_range(line)
    return source.text[start : min(end, start + column - 1)]
