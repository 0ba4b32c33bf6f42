"""Texts that stand inside other texts, and where each of their characters stands there.

A script in a YAML block scalar, in a quoted string or in a heredoc is read as a `Snippet`: its text as the shell gets
it, and for every character the range in the file that it came from. So an indentation that YAML strips, an escape, a
fold, a variable that was filled in: none of them moves a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from klint.records import dataclass
from klint.text import yaml
from klint.text.document import Document
from klint.text.source import Source, Span

HOLE = "\ufdd0"
"""Stands in a text for a part that cannot be known. A Unicode noncharacter: no text of a file holds it."""


MAX_ADDED = 2**18
"""Characters that filling in values may add to a text. What comes after them counts as unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Snippet:
    """A text found in a source. Character `i` of `text` came from `starts[i]` to `ends[i]` of `source.text`."""

    source: Source
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def whole(cls, source: Source) -> Snippet:
        """A source's own text."""
        return cls.part(source, 0, len(source.text))

    @classmethod
    def part(cls, source: Source, start: int, end: int) -> Snippet:
        """A range of a source's text, as it stands there."""
        return cls(source, source.text[start:end], range(start, end), range(start + 1, end + 1))

    @classmethod
    def standing_at(cls, source: Source, text: str, start: int, end: int) -> Snippet:
        """A text all of which came from one range: the value of a variable, where the variable is used."""
        return cls(source, text, [start] * len(text), [end] * len(text))

    @classmethod
    def join(cls, snippets: Iterable[Snippet], separator: str = "") -> Snippet:
        """Snippets of one source, one after the other.

        Raises:
            ValueError: there are none.
        """
        parts = list(snippets)
        if not parts:
            raise ValueError("no snippets to join")
        starts: list[int] = []
        ends: list[int] = []
        for index, part in enumerate(parts):
            if index:
                at = ends[-1] if ends else part.starts[0] if part.text else 0
                starts.extend([at] * len(separator))
                ends.extend([at] * len(separator))
            starts.extend(part.starts)
            ends.extend(part.ends)
        return cls(parts[0].source, separator.join(part.text for part in parts), starts, ends)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """The range of the source that a range of the text came from; an empty one stands before its character."""
        if not self.text:
            return (0, 0)
        end = min(end, len(self.text))
        if start >= end:
            at = self.starts[start] if start < len(self.text) else self.ends[-1]
            return (at, at)
        return (self.starts[start], self.ends[end - 1])

    def span(self, start: int, end: int) -> Span:
        """The span in the source of a range of the text."""
        return self.source.span(*self.range(start, end))

    def cut(self, start: int, end: int) -> Snippet:
        """A range of the text, as a snippet."""
        return Snippet(self.source, self.text[start:end], self.starts[start:end], self.ends[start:end])

    def lines(self) -> list[Snippet]:
        """The lines, without their breaks."""
        found = []
        start = 0
        for line in self.text.splitlines(keepends=True):
            found.append(self.cut(start, start + len(line.rstrip("\r\n"))))
            start += len(line)
        return found

    def replace(self, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Snippet:
        """The text with every match replaced; what stands there instead came from the match."""
        pieces: list[Snippet] = []
        last = added = 0
        for match in pattern.finditer(self.text):
            new = value(match)
            added += len(new)
            pieces.append(self.cut(last, match.start()))
            pieces.append(
                Snippet.standing_at(self.source, new if added < MAX_ADDED else HOLE, *self.range(*match.span()))
            )
            last = match.end()
        if not pieces:
            return self
        return Snippet.join([*pieces, self.cut(last, len(self.text))])


def of_scalar(document: Document, node: yaml.Node) -> Snippet:
    """A YAML or JSON scalar's value. What is no string (a number, a boolean) is taken as it is written."""
    text = document.source.text
    start, end = document.start + node.start, document.start + node.end
    start += len(_PROPERTIES.match(text, start, end)[0])  # type: ignore[index]
    if not isinstance(node.data, str):
        return Snippet.part(document.source, start, end)
    read = {"|": _literal, ">": _folded, '"': _double_quoted, "'": _single_quoted}.get(node.style, _plain)
    characters = read(text, start, end, node.data)
    if "".join(character for character, _, _ in characters) != node.data:
        return Snippet.standing_at(document.source, node.data, start, end)
    return Snippet(document.source, node.data, [item[1] for item in characters], [item[2] for item in characters])


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
