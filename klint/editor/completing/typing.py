"""A document that is being typed: what its lines say, whether or not they are YAML yet, and where in it the cursor is.

Of block style the indentation tells the path, also of a line that has only begun; what stands in brackets is read as
flow style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.editor.completing.flow import Flow
from klint.editor.completing.typed import Typed, plain
from klint.records import cached_property, dataclass
from klint.regex import regex
from klint.text.document import Path

_SEPARATOR = regex(r"^---(?=[ \t\r\n]|\Z)[^\n]*+\n?", re.MULTILINE)
_KEY = regex(r"""("[^"\n]*+"|'[^'\n]*+'|[^\s"'\[\]{},#&*!|>%@`:-][^\s:]*+)[ ]*+:(?=[ ]|\Z)""")
_BLOCK = regex(r"[|>][-+0-9]*+[ ]*+\Z")


@dataclass(frozen=True, eq=False)
class Sketch:
    """What the lines of one document say: by the path of each the text that stands there, and what is being typed."""

    values: Mapping[Path, str]
    typed: Typed | None

    def text(self, *path: str | int) -> str:
        """The text at a path; empty where there is none."""
        return self.values.get(path, "")

    def below(self, *path: str | int) -> Mapping[Path, str]:
        """The texts below a path, by the rest of their paths."""
        length = len(path)
        return {found[length:]: text for found, text in self.values.items() if found[:length] == path and found != path}

    @cached_property
    def kind(self) -> tuple[str, str]:
        """Group and kind of the object."""
        return self.text("apiVersion").rpartition("/")[0], self.text("kind")

    @property
    def name(self) -> str:
        """The object's name."""
        return self.text("metadata", "name")

    @property
    def namespace(self) -> str:
        """The object's namespace; empty where it leaves that open."""
        return self.text("metadata", "namespace")


def sketch(text: str, offset: int) -> Sketch:
    """The document of a text that an offset is in."""
    start, end = 0, len(text)
    for match in _SEPARATOR.finditer(text):
        if match.end() <= offset:
            start = match.end()
        elif match.start() >= offset:
            end = match.start()
            break
    reader = _Reader(text, offset)
    values = dict(reader.read(start, end))
    return Sketch(values, reader.typed)


class _Reader:
    """Reads lines one after the other. `_open` are what encloses the next one: columns, paths, and whether items."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.typed: Typed | None = None
        self._open: list[tuple[int, Path, bool]] = []
        self._counts: dict[Path, int] = {}
        self._block = -1
        """The column of the key of a block scalar whose lines are passed over."""
        self._end = 0
        """Where what is read ends."""
        self._passed = 0
        """Where the last value in brackets ends: lines that begin in it are no lines of their own."""

    def read(self, start: int, end: int) -> Iterator[tuple[Path, str]]:
        """The paths of the lines from one offset to another, and the texts that stand there."""
        at, self._end = start, end
        while at < end or at == start:
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            yield from self._line(at, min(stop, end))
            at = stop + 1
            if at < self._passed:
                at = self.text.find("\n", self._passed) + 1 or len(self.text) + 1

    def _line(self, start: int, stop: int) -> Iterator[tuple[Path, str]]:
        has_cursor = start <= self.offset <= stop
        line = self.text[start:stop].rstrip("\r")
        column = len(line) - len(line.lstrip(" "))
        if not line.strip():
            if has_cursor:
                self._type_key(self.offset - start, self.offset, self.offset, "")
            return
        if self._block >= 0 and column > self._block:
            return
        self._block = -1
        if line[column] == "#":
            return
        while line[column : column + 1] == "-" and line[column + 1 : column + 2] in ("", " "):
            self._begin_item(column)
            rest = line[column + 1 :]
            column += 1 + len(rest) - len(rest.lstrip(" "))
        yield from self._content(line, column, start, has_cursor)

    def _content(self, line: str, column: int, start: int, has_cursor: bool) -> Iterator[tuple[Path, str]]:
        """What stands on a line behind its dashes."""
        key = _KEY.match(line, column)
        if key is None:
            yield from self._without_key(line, column, start, has_cursor)
            return
        comment = _comment(line, column)
        at_cursor = self.offset - start
        if has_cursor and column <= at_cursor <= key.end(1):
            self._type_key(column, start + column, start + key.end(1), line[column:at_cursor])
        path = self._begin_key(column, key[1].strip("\"'"))
        begin = key.end() + 1
        text = line[begin:comment].strip()
        begin += len(line[begin:comment]) - len(line[begin:comment].lstrip(" "))
        if _is_flow(line, begin):
            yield from self._flow(start + begin, path, column)
            return
        if has_cursor and at_cursor > key.end() and at_cursor <= max(comment, key.end() + 1):
            begin = min(begin, at_cursor)
            self.typed = Typed(path, start + begin, start + max(begin + len(text), at_cursor), line[begin:at_cursor])
        if _BLOCK.match(text):
            self._block = column
        elif text and text[0] not in "{&*!":
            yield path, plain(text)

    def _without_key(self, line: str, column: int, start: int, has_cursor: bool) -> Iterator[tuple[Path, str]]:
        """What stands on a line that has no key: an item, a value in brackets, or a key that has only begun."""
        if _is_flow(line, column):
            path = self._enclosing(column)
            yield from self._flow(start + column, path, self._open[-1][0] if self._open else -1)
            return
        text = line[column : _comment(line, column)].rstrip()
        path = self._open[-1][1] if self._open else ()
        is_item = bool(self._open) and self._open[-1][2] and column > self._open[-1][0]
        at_cursor = self.offset - start
        if has_cursor and column <= at_cursor <= column + len(text):
            if is_item:
                self.typed = Typed(path, start + column, start + column + len(text), line[column:at_cursor])
            else:
                self._type_key(column, start + column, start + column + len(text), line[column:at_cursor])
        elif has_cursor and is_item and not text and at_cursor >= column:
            self.typed = Typed(path, self.offset, self.offset, "")
        if is_item and text:
            yield path, plain(text)

    def _flow(self, start: int, path: Path, column: int) -> Iterator[tuple[Path, str]]:
        """A value in brackets, at an offset."""
        flow = Flow(self.text, self.offset)
        yield from flow.read(start, self._end, path, column)
        self._passed = flow.position
        self.typed = flow.typed or self.typed

    def _begin_item(self, column: int) -> None:
        while self._open and (self._open[-1][0] > column or (self._open[-1][0] == column and self._open[-1][2])):
            self._open.pop()
        above = self._open[-1][1] if self._open else ()
        index = self._counts[above] = self._counts.get(above, -1) + 1
        self._open.append((column, (*above, index), True))

    def _begin_key(self, column: int, key: str) -> Path:
        path = (*self._enclosing(column), key)
        self._open.append((column, path, False))
        return path

    def _enclosing(self, column: int) -> Path:
        """The path of the mapping that a key in a column is in. What is no deeper is over."""
        while self._open and self._open[-1][0] >= column:
            self._open.pop()
        return self._open[-1][1] if self._open else ()

    def _type_key(self, column: int, start: int, end: int, text: str) -> None:
        kept = list(self._open)  # the line may be none yet
        self.typed = Typed(self._enclosing(column), start, end, text, is_key=True)
        self._open = kept


def _is_flow(line: str, column: int) -> bool:
    """Whether a value in brackets begins there; two braces are a template's."""
    return line[column : column + 1] in ("{", "[") and line[column : column + 2] != "{{"


def _comment(line: str, column: int) -> int:
    """Where the comment of a line begins; its end where it has none. In quotes there is none."""
    quote = ""
    for index in range(column, len(line)):
        character = line[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (index == column or line[index - 1] in " :"):
            quote = character
        elif character == "#" and line[index - 1 : index] in ("", " ", "\t"):
            return index
    return len(line)
