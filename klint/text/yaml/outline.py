"""Where values stand in a document of plain block YAML, read off its lines: many times faster than composing it.

No line is taken for what it looks like alone. All keys of a mapping stand in one column, and so do the dashes of a
list: what is found in that column must be what the data has, in its order, no more and no less. A quoted text may hold
lines that look like keys; then there is one too many. Whatever else is unsure is left to the composer, the referee:
other keys than plain words, anchors, tags, merged keys, texts over several lines, escapes.
"""

from __future__ import annotations

import re
from typing import Any

from klint.records import cached_property, dataclass
from klint.regex import regex
from klint.text.data import is_same
from klint.text.yaml.errors import YamlError
from klint.text.yaml.nodes import Node
from klint.text.yaml.scalars import key_text, resolve

_START = regex(r"---[ ]*+(?:#[^\r\n]*+)?\r?\n")
_KEY = regex(r"""([A-Za-z0-9_][A-Za-z0-9_./-]*+|"[^"\\\n]*+"|'[^'\n]*+')[ ]*+:(?=[ \r\n]|\Z)""")
_DASH = regex(r"-(?=[ \r\n]|\Z)")
_BLANK = regex(r"[ ]*+(?:(?<=[ ])#[^\r\n]*+)?\r?(?=\n|\Z)")
_CONTENT = regex(r"^[ ]*+(?=[^ #\r\n])", re.MULTILINE)
_BLOCK_SCALAR = regex(r"[|>][-+0-9]*+(?=[ \r\n]|\Z)")
_QUOTED = regex(r"""(?:"([^"\\\n]*+)"|'([^'\n]*+)')(?=[ ]*+(?:(?<=[ ])#|\r?(?:\n|\Z)))""")

_COLLECTIONS = (dict, list)

Path = tuple[str | int, ...]
"""Keys and list indices from the document's root."""

_Begun = tuple[int, int, int, tuple[int, int] | None]
"""What is known of a value that nobody has asked for: where it may begin, behind a colon or a dash, the line of that,
the line behind its last one, and its key."""


class _UnsureError(Exception):
    """The lines do not say it for certain."""


@dataclass(slots=True, eq=False)
class _Part:
    """A value of the document: its data, the lines that it is on, and what they say once somebody asks.

    `at` is where it begins, on the line `first`; `last` is the line behind it. `is_below` is set where it begins on a
    line of its own, or behind a dash: there, blocks may begin. `scalar` is where it stands, if it is one.
    """

    data: Any
    at: int
    first: int
    last: int
    key: tuple[int, int] | None = None
    is_below: bool = True
    below: dict[str | int, _Part | _Begun] | None = None
    node: Node | None = None
    scalar: tuple[int, int] | None = None


class Outline:
    """A document's text and data, and where one stands in the other."""

    def __init__(self, text: str, data: Any) -> None:
        self.text = text
        self._data = data
        self._blocks: dict[Path, _Part | None] = {}

    def span(self, path: Path) -> tuple[int, int] | None:
        """Where the value at a path stands; None where only the composer can tell.

        It is that of a scalar, of the key of a collection, and otherwise from where the value begins to where it ends,
        or behind the line that it begins on. A path that leads nowhere stands for what encloses it.
        """
        try:
            found = self._block(path)
            if found is not None:
                return self._span(found)
            part = self._root
            for number, step in enumerate(path):
                if self._is_flow(part):
                    return self._span_in_flow(part, path[number:])
                found = self._child(part, step)
                if found is None:
                    break
                part = found
            return self._span(part)
        except _UnsureError:
            return None

    def scalar(self, path: Path) -> tuple[int, int] | None:
        """Where the scalar at a path stands, on one line and in no brackets; None where only the composer can tell."""
        try:
            part = self._block(path)
            if part is None or isinstance(part.data, _COLLECTIONS) or self.text[part.at] in "|>":
                return None
            return self._scalar(part)
        except _UnsureError:
            return None

    def key(self, path: Path) -> tuple[int, int] | None:
        """Where the key of the value at a path stands, as in `keys`; None for an item of a list as well."""
        try:
            part = self._block(path)
            return part.key if part else None
        except _UnsureError:
            return None

    def keys(self, path: Path) -> dict[str, tuple[int, int]] | None:
        """Where the keys of the mapping at a path stand, from top to bottom, each first on its line or behind a dash.

        None where only the composer can tell.
        """
        try:
            part = self._block(path)
            if part is None or not isinstance(part.data, dict) or self._is_flow(part):
                return None
            part.below = part.below or self._entries(part)
            begun = (found.key if isinstance(found, _Part) else found[3] for found in part.below.values())
            return dict(zip(part.data, begun, strict=True))
        except _UnsureError:
            return None

    def path_at(self, offset: int) -> Path | None:
        """The path of the value that stands at an offset, or whose key does; the empty one for none.

        None where only the composer can tell.
        """
        try:
            part: _Part = self._root
            path: Path = ()
            while not self._is_flow(part):
                step = self._begun_before(part, offset)
                found = None if step is None else self._child(part, step)
                if step is None or found is None:
                    return path if self._stands_at(part, offset) else ()
                part, path = found, (*path, step)
                if part.key and part.key[0] <= offset <= part.key[1]:
                    return path
            self._span_in_flow(part, ())
            below = part.node.path_at(offset - part.at) if part.node else ()
            return (*path, *below) if below else ()
        except _UnsureError:
            return None

    def _begun_before(self, part: _Part, offset: int) -> str | int | None:
        """The last entry or item of a block that begins before an offset or at it."""
        if not isinstance(part.data, _COLLECTIONS) or not part.data:
            return None
        part.below = part.below or (self._entries(part) if isinstance(part.data, dict) else self._items(part))
        last = None
        for step, begun in part.below.items():
            if self._beginning(begun) > offset:
                break
            last = step
        return last

    def _beginning(self, begun: _Part | _Begun) -> int:
        key, first = (begun.key, begun.first) if isinstance(begun, _Part) else (begun[3], begun[1])
        return key[0] if key else self._lines[first][0]

    def _stands_at(self, part: _Part, offset: int) -> bool:
        if isinstance(part.data, _COLLECTIONS) or part.at < 0:
            return False
        start, end = self._scalar(part)
        last = self._lines[part.last][0] if part.last < len(self._lines) else len(self.text)
        return start <= offset <= min(end, last)

    def _block(self, path: Path) -> _Part | None:
        """The value at a path that leads through no brackets; None where that is not certain."""
        if path in self._blocks:
            return self._blocks[path]
        self._blocks[path] = None
        above = self._block(path[:-1]) if path else None
        if not path:
            self._blocks[path] = self._root
        elif above is not None and not self._is_flow(above):
            self._blocks[path] = self._child(above, path[-1])
        return self._blocks[path]

    @cached_property
    def _lines(self) -> list[tuple[int, int]]:
        """Where each line with more than a comment begins, and where what it holds does."""
        text = self.text
        if not text.replace("\r\n", "").replace("\n", "").isprintable():
            raise _UnsureError  # tabs, other line breaks
        start = _START.match(text)
        return [match.span() for match in _CONTENT.finditer(text, start.end() if start else 0)]

    @cached_property
    def _root(self) -> _Part:
        if not self._lines or not isinstance(self._data, _COLLECTIONS):
            raise _UnsureError
        at = self._lines[0][1]
        root = _Part(self._data, at, 0, len(self._lines))
        if self._is_flow(root):
            raise _UnsureError  # nothing is won
        return root

    def _child(self, part: _Part, step: str | int) -> _Part | None:
        """The value under a key or at an index."""
        if isinstance(part.data, dict):
            part.below = part.below or self._entries(part)
            step = key_text(step)
        elif isinstance(part.data, list):
            part.below = part.below or self._items(part)
        else:
            return None
        begun = part.below.get(step)
        if begun is None:
            return None
        if not isinstance(begun, _Part):
            begun = self._value(part.data[step], *begun)  # type: ignore[index]
            part.below[step] = begun
        return begun

    def _entries(self, part: _Part) -> dict[str | int, _Part | _Begun]:
        """Where the values of a block mapping begin."""
        match, is_dash, text = _KEY.match, _DASH.match, self.text
        keys = []
        for number, at in self._column(part):
            if key := match(text, at):
                keys.append((number, key))
            elif not is_dash(text, at):  # that of a list which is indented no deeper than its key
                raise _UnsureError
        names = [key[1].strip("\"'") for _, key in keys]
        if names != list(part.data):
            raise _UnsureError
        lasts = [*(number for number, _ in keys[1:]), part.last]
        return {
            name: (key.end(), number, last, key.span(1))
            for name, (number, key), last in zip(names, keys, lasts, strict=True)
        }

    def _items(self, part: _Part) -> dict[str | int, _Part | _Begun]:
        """Where the values of a block sequence begin."""
        dashes = self._column(part)
        if len(dashes) != len(part.data) or not all(_DASH.match(self.text, at) for _, at in dashes):
            raise _UnsureError
        lasts = [*(number for number, _ in dashes[1:]), part.last]
        return {
            index: (at + 1, number, last, None)
            for index, ((number, at), last) in enumerate(zip(dashes, lasts, strict=True))
        }

    def _column(self, part: _Part) -> list[tuple[int, int]]:
        """The lines of a block that have something in the column in which it begins, and where."""
        if not part.is_below:
            raise _UnsureError
        lines, first = self._lines, part.first
        column = part.at - lines[first][0]
        found = [
            (number, at)
            for number, (start, at) in enumerate(lines[first + 1 : part.last], first + 1)
            if at - start <= column
        ]
        if any(at - lines[number][0] < column for number, at in found):
            raise _UnsureError
        return [(first, part.at), *found]

    def _value(self, data: Any, after: int, number: int, last: int, key: tuple[int, int] | None) -> _Part:
        """The value behind a colon or a dash."""
        blank = _BLANK.match(self.text, after)
        if blank is None:
            at = after
            while self.text[at] == " ":
                at += 1
            return _Part(data, at, number, last, key, is_below=key is None)
        if number + 1 < last:
            return _Part(data, self._lines[number + 1][1], number + 1, last, key)
        return _Part(data, -1, number, last, key)

    def _is_flow(self, part: _Part) -> bool:
        return isinstance(part.data, _COLLECTIONS) and part.at >= 0 and self.text[part.at] in "{["

    # Spans

    def _span(self, part: _Part) -> tuple[int, int]:
        is_collection = isinstance(part.data, _COLLECTIONS)
        if part.key and (is_collection or part.at < 0):
            if part.at < 0 and part.data is not None:
                raise _UnsureError
            return part.key
        if self._is_flow(part):
            return self._span_in_flow(part, ())
        if is_collection and part.at >= 0:
            self._child(part, 0 if isinstance(part.data, list) else "")  # that it is what it looks like
            return part.at, len(self.text)
        return self._scalar(part)

    def _scalar(self, part: _Part) -> tuple[int, int]:
        if part.scalar is None:
            part.scalar = self._found_scalar(part)
        return part.scalar

    def _found_scalar(self, part: _Part) -> tuple[int, int]:
        text, at, data = self.text, part.at, part.data
        if at < 0 or (part.key and part.is_below):
            raise _UnsureError
        if _BLOCK_SCALAR.match(text, at):
            if not isinstance(data, str):
                raise _UnsureError
            return at, len(text)
        if text[at] in "\"'":
            quoted = _QUOTED.match(text, at)
            if quoted is None or data != (quoted[1] if quoted[2] is None else quoted[2]):
                raise _UnsureError
            return quoted.span()
        end = text.find("\n", at)
        plain = text[at : len(text) if end < 0 else end].partition(" #")[0].rstrip(" \r")
        if not is_same(resolve(plain), data):
            raise _UnsureError
        return at, at + len(plain)

    def _span_in_flow(self, part: _Part, path: Path) -> tuple[int, int]:
        """A place in a collection in the flow style, which is composed alone."""
        if part.node is None:
            from klint.text.yaml.composing import compose

            end = self._lines[part.last][0] if part.last < len(self._lines) else len(self.text)
            try:
                part.node = compose(self.text[part.at : end]).root
            except YamlError:
                part.node = None
            if part.node is None or not is_same(part.node.data, part.data):
                raise _UnsureError
        start, end = part.node.span(path)
        if part.key and (start, end) == (part.node.start, part.node.end):
            return part.key
        return part.at + start, part.at + end
