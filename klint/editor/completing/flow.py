"""What stands in brackets: YAML's flow style, which JSON is too, whether or not it is finished."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.editor.completing.typed import Typed, plain
from klint.regex import regex
from klint.text.document import Path

MOST = 100
"""How deep brackets are read."""

_SPACE = regex(r"[ \t\r\n]*+")
_LINE = regex(r"[^\n]*+")
_SCALAR = regex(
    r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\n]|'')*+'?|\{\{[^}\n]*+\}?\}?"""  # quoted, or a placeholder
    r"""|(?:[^\s,\[\]{}:#]|:(?![\s,\[\]{}]|\Z)|[ ]++(?![\s#,\[\]{}:]|\Z)|(?<![ \t\n])\#)++"""
)
_ENDS = {"{": "}", "[": "]"}


class _Level:
    """A bracket that is open: `step` is the key or index of the item that is read, and `wants` what comes next."""

    def __init__(self, bracket: str, path: Path) -> None:
        self.end = _ENDS[bracket]
        self.path = path
        self.is_mapping = bracket == "{"
        self.step: str | int = "" if self.is_mapping else 0
        self.wants = "key" if self.is_mapping else "value"

    @property
    def value(self) -> Path:
        """The path of the item."""
        return (*self.path, self.step)

    def begin_item(self) -> None:
        """Another item comes."""
        if not self.is_mapping:
            self.step = int(self.step) + 1
        self.wants = "key" if self.is_mapping else "value"


class Flow:
    """Reads a value in brackets. `typed` is what is being typed in it, `position` where the reading is, or ended.

    What is not closed ends where a line is indented no more than what it belongs to: there it would be no YAML.
    """

    def __init__(self, text: str, offset: int) -> None:
        """Look for what is typed at an offset of a text."""
        self.text = text
        self.offset = offset
        self.position = 0
        self.typed: Typed | None = None
        self._open: list[_Level] = []
        self._since: int | None = None
        """Where it began that nothing stands there which is wanted; None if something does."""

    def read(self, start: int, end: int, path: Path, column: int) -> Iterator[tuple[Path, str]]:
        """The paths of a value and the texts that stand there.

        Args:
            start: the offset of its first bracket.
            end: where the text ends that it can be in.
            path: its own path.
            column: how far the line is indented that it belongs to.
        """
        self.position = start
        self._begin(_Level(self.text[start], path))
        while self._open and self._pass_space(end, column):
            sign = self.text[self.position]
            scalar = _SCALAR.match(self.text, self.position, end)
            if scalar is not None:
                yield from self._scalar(scalar)
                continue
            self._look()
            level = self._open[-1]
            if sign in _ENDS:
                if len(self._open) > MOST:
                    return
                self._begin(_Level(sign, level.value))
                continue
            self.position += 1
            if sign in "]}":
                self._end()
            elif sign == ",":
                level.begin_item()
                self._since = self.position
            elif sign == ":" and level.wants == "colon":
                level.wants = "value"
                self._since = self.position + (self.text[self.position - 2] not in "\"'")
        self._look()

    def _begin(self, level: _Level) -> None:
        self._open.append(level)
        self.position += 1
        self._since = self.position

    def _end(self) -> None:
        self._open.pop()
        self._since = None
        if self._open:
            self._open[-1].wants = ""

    def _pass_space(self, end: int, column: int) -> bool:
        """Pass over blanks and comments; whether anything of the value comes behind them."""
        while True:
            begin = self.position
            space = _SPACE.match(self.text, begin, end)
            stop = space.end() if space else begin
            line = self.text.rfind("\n", begin, stop)
            if line >= 0 and stop < end and stop - line - 1 <= column and self.text[stop] not in "]}":
                self.position = self.text.index("\n", begin)
                return False
            self.position = stop
            if stop >= end or self.text[stop] != "#" or stop == begin:
                return stop < end
            comment = _LINE.match(self.text, stop, end)
            self.position = comment.end() if comment else end
            if stop <= self.offset <= self.position:
                self._since = None

    def _look(self) -> None:
        """Whether the cursor is where something is wanted, and nothing stands."""
        if self._since is not None and self._since <= self.offset <= self.position:
            self._type(self.offset, self.offset)
        self._since = None

    def _type(self, start: int, end: int) -> None:
        level = self._open[-1] if self._open else None
        if level is not None and level.wants == "key":
            self.typed = Typed(level.path, start, end, self.text[start : self.offset], is_key=True)
        elif level is not None and level.wants == "value":
            self.typed = Typed(level.value, start, end, self.text[start : self.offset])

    def _scalar(self, found: re.Match[str]) -> Iterator[tuple[Path, str]]:
        level = self._open[-1]
        if found.start() <= self.offset <= found.end():
            self._type(found.start(), found.end())
        else:
            self._look()
        self._since = None
        self.position = found.end()
        if level.wants == "key":
            level.step, level.wants = found[0].strip("\"'"), "colon"
        elif level.wants == "value":
            level.wants = ""
            if text := plain(found[0]):
                yield level.value, text
