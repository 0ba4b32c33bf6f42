"""A scalar's value character by character, each with where it is written.

What YAML takes away or puts in between (an indentation, an escape, a fold, a doubled quote) moves none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from klint.records import dataclass
from klint.text import yaml
from klint.text.document import Document


@dataclass(frozen=True, slots=True)
class Characters:
    """Where the characters of a value are written: number `i` from `starts[i]` to `ends[i]` of the source's text."""

    starts: Sequence[int]
    ends: Sequence[int]

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Where a range of the value is written; an empty one stands before its character, or behind the last."""
        if start >= len(self.starts):
            return (self.ends[-1], self.ends[-1]) if self.ends else (0, 0)
        at = self.starts[start]
        return (at, self.ends[min(end, len(self.ends)) - 1] if end > start else at)


def scalar_range(document: Document, node: yaml.Node) -> tuple[int, int]:
    """The offsets in the source of a scalar as it is written, without anchor and tag."""
    start, end = document.start + node.start, document.start + node.end
    return _PROPERTIES.match(document.source.text, start, end).end(), end  # type: ignore[union-attr]


def characters(document: Document, node: yaml.Node) -> Characters | None:
    """Where the characters of a string in a document are written; None where that cannot be told."""
    start, end = scalar_range(document, node)
    read = {"|": _literal, ">": _folded, '"': _double_quoted, "'": _single_quoted}.get(node.style, _plain)
    found = read(document.source.text, start, end, str(node.data))
    if "".join(character for character, _, _ in found) != node.data:
        return None
    return Characters([at for _, at, _ in found], [until for _, _, until in found])


_Characters = list[tuple[str, int, int]]
"""Characters of a value, each with the range it came from."""

_PROPERTIES = re.compile(r"(?:[&!][^\s]*\s+)*")
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_FOLD = re.compile(r"[ \t]*(?:(?:\r\n|[\r\n])[ \t]*+)+")
_BLANK = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
    r"|\r\n|[\s\S])"
)
_ESCAPES = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))


def _literal(text: str, start: int, end: int, value: str) -> _Characters:
    """A `|` scalar: lines without their indentation. What chomping leaves off is left off here."""
    return _block(text, start, end, value)[: len(value)]


def _folded(text: str, start: int, end: int, value: str) -> _Characters:
    """A `>` scalar: as `|`, but a line break may have become a space, or nothing where blank lines follow."""
    found: _Characters = []
    lines = iter(_block(text, start, end, value))
    for wanted in value:
        for character, at, until in lines:
            if character == wanted or (character == "\n" and wanted == " "):
                found.append((wanted, at, until))
                break
            if character != "\n":
                return []
    return found


def _block(text: str, start: int, end: int, value: str) -> _Characters:
    header = _BREAK.search(text, start, end)
    if header is None:
        return []
    lines: list[tuple[int, int, int]] = []
    at = header.end()
    while at < end:
        line_break = _BREAK.search(text, at, end)
        line_end, following = line_break.span() if line_break else (end, end)
        lines.append((at, line_end, following))
        at = following
    indent = _indentation([text[at:until] for at, until, _ in lines]) - _indentation(value.split("\n"))
    found: _Characters = []
    for at, line_end, following in lines:
        content = min(at + max(indent, 0), line_end)
        found.extend((text[index], index, index + 1) for index in range(content, line_end))
        found.append(("\n", line_end, following))
    return found


def _indentation(lines: Iterable[str]) -> int:
    """The leading spaces of the first line that holds more than spaces."""
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)


def _plain(text: str, start: int, end: int, _value: str) -> _Characters:
    return _flow(text, start, end, "")


def _single_quoted(text: str, start: int, end: int, _value: str) -> _Characters:
    return _flow(text, start + 1, end - 1, "'")


def _double_quoted(text: str, start: int, end: int, _value: str) -> _Characters:
    return _flow(text, start + 1, end - 1, '"')


def _flow(text: str, start: int, end: int, quote: str) -> _Characters:
    """A scalar that may run over lines: one line break is a space, more are as many less one."""
    found: _Characters = []
    at = start
    while at < end:
        character = text[at]
        if character in " \t\r\n" and (fold := _FOLD.match(text, at, end)):
            breaks = [(match.start(), match.end()) for match in _BREAK.finditer(text, at, fold.end())]
            if len(breaks) == 1:
                found.append((" ", *breaks[0]))
            else:
                found.extend(("\n", *item) for item in breaks[1:])
            at = fold.end()
        elif quote == "'" and text.startswith("''", at):
            found.append(("'", at, at + 2))
            at += 2
        elif quote == '"' and character == "\\" and (escape := _ESCAPE.match(text, at, end)):
            found.extend((item, at, escape.end()) for item in _decode(escape[0]))
            at = escape.end()
            if escape[0][1] in "\r\n":
                blank = _BLANK.match(text, at, end)
                at = blank.end() if blank else at
                found.extend(("\n", match.start(), match.end()) for match in _BREAK.finditer(text, escape.end(), at))
        else:
            found.append((character, at, at + 1))
            at += 1
    return found


def _decode(escape: str) -> str:
    """What an escape in a double-quoted scalar stands for; nothing for an escaped line break."""
    if escape[1] in "xuU":
        if len(escape) == 12:  # JSON's way of writing what takes two units of UTF-16
            return bytes.fromhex(escape[2:6] + escape[8:]).decode("utf-16-be")
        code = int(escape[2:], 16) if len(escape) > 2 else 0
        return chr(code) if code < 0x110000 else ""
    return _ESCAPES.get(escape[1], "")
