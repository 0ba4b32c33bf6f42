"""The way back: from a line of rendered text to the template line that made it.

The chart is rendered twice, plainly and with markers (see marking.py). Where the two agree, a marker is proof. Lines
without one lie between two that have one: they come from the multi-line action that the later marker ends, or stand
literally between the two. What neither explains is approximate, and says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from klint.records import dataclass, field
from klint.render.helm.marking import KEY_TEXT, RENDERED, Daring, TemplateLine

_MANY_STEPS = 20_000_000
"""Steps that it may take to align a rendering with another of a different length: some seconds at most."""


class LineOrigin(NamedTuple):
    """Where a rendered line comes from: the number of the template, its line from 1, and whether that is certain."""

    file: int
    line: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A file rendered from templates with markers, and how far these went."""

    text: str
    daring: Daring


class _Mark(NamedTuple):
    """A marker found in rendered text."""

    file: int
    line: int
    opens: bool = False

    @classmethod
    def read(cls, match: re.Match[str]) -> _Mark:
        """What a marker says."""
        return cls(int(match["file"]), int(match["line"]), match["opens"] == "<")


def map_lines(
    plain: str, marked: Marked | None, file: int, templates: Mapping[int, Sequence[TemplateLine]]
) -> list[LineOrigin]:
    """The origin of each line of a plainly rendered file.

    Args:
        plain: what the template renders to.
        marked: the same rendered with markers; None when that failed.
        file: the number of the template that was rendered, for lines of which nothing else is known.
        templates: the lines of every template, by number.
    """
    lines = plain.split("\n")
    found, is_aligned = _marks(lines, marked, templates)
    return _Map(lines, found, templates, marked.daring if marked and is_aligned else None).origins(file)


def agreement(plain: str, marked: str) -> float:
    """How well a rendering with markers fits the plain one: 1 when every line does, else the share of those that do."""
    lines, stripped = plain.split("\n"), RENDERED.sub("", marked).split("\n")
    if len(lines) == len(stripped) and all(map(_is_alike, lines, stripped)):
        return 1.0
    return (Counter(lines) & Counter(stripped)).total() / (len(lines) + 1)


def _marks(
    plain: list[str], marked: Marked | None, templates: Mapping[int, Sequence[TemplateLine]]
) -> tuple[list[list[_Mark]], bool]:
    """The markers of each plain line, taken from the marked line that corresponds to it, and whether all lines do."""
    nothing: list[list[_Mark]] = [[] for _ in plain]
    if marked is None:
        return nothing, False
    found = [
        # What looks like a marker and names no line is a chart's own text.
        [
            mark
            for mark in map(_Mark.read, RENDERED.finditer(text))
            if 0 < mark.line <= len(templates.get(mark.file, ()))
        ]
        for text in marked.text.split("\n")
    ]
    stripped = RENDERED.sub("", marked.text).split("\n")
    if len(stripped) == len(plain):
        pairs = zip(plain, stripped, found, strict=True)
        return [marks if _same(one, other) else [] for one, other, marks in pairs], True
    for one, other, size in _alike(plain, stripped):
        nothing[one : one + size] = found[other : other + size]
    return nothing, False


def _alike(one: list[str], other: list[str]) -> Iterator[tuple[int, int, int]]:
    """Where lines of two texts are the same: first in one, first in the other, how many.

    Those at the start and the end, and what is between them as far as it may be compared: that takes as many steps as
    there are pairs of equal lines, perhaps once for every line.
    """
    shorter = min(len(one), len(other))
    start = next((index for index in range(shorter) if one[index] != other[index]), shorter)
    end = next((index for index in range(shorter - start) if one[-1 - index] != other[-1 - index]), shorter - start)
    yield 0, 0, start
    yield len(one) - end, len(other) - end, end
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    counts = Counter(second)
    pairs = sum(counts[line] for line in first)
    if pairs * min(len(first), len(second)) <= _MANY_STEPS:
        for block in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks():
            yield start + block.a, start + block.b, block.size


def _same(plain: str, stripped: str) -> bool:
    """Whether two lines are one but for a value that depends on the text around it: a checksum, something random."""
    if plain == stripped:
        return True
    one, other = KEY_TEXT.match(plain), KEY_TEXT.match(stripped)
    return one is not None and other is not None and one.group() == other.group()


def _is_alike(plain: str, stripped: str) -> bool:
    """Whether two lines are the same, or both hold text without a key."""
    return _same(plain, stripped) or not (KEY_TEXT.match(plain) or KEY_TEXT.match(stripped))


@dataclass(frozen=True)
class _Unmarked:
    """Lines of a template that carry no marker: those that print, and those with a key, as (index, number to show)."""

    printing: list[tuple[int, int]] = field(default_factory=list)
    by_key: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, index: int, line: TemplateLine) -> None:
        """Add the next line."""
        if line.prints:
            self.printing.append((index, line.number))
        if line.key:
            self.by_key.setdefault(line.key, []).append((index, line.number))


@dataclass(frozen=True)
class _Between:
    """Some of these lines: those from one index up to another. Of each kind the numbers of the first two, at most."""

    lines: _Unmarked
    first: int = 0
    last: int = 0

    def printing(self) -> list[int]:
        """Lines that print."""
        return self._cut(self.lines.printing)

    def with_key(self, key: str) -> list[int]:
        """Lines that hold a key literally."""
        return self._cut(self.lines.by_key.get(key, []))

    def _cut(self, lines: list[tuple[int, int]]) -> list[int]:
        start = bisect_left(lines, (self.first,))
        return [number for index, number in lines[start : start + 2] if index < self.last]


@dataclass(frozen=True)
class _Map:
    """The lines of a rendered file, their markers, and the templates that these name."""

    lines: list[str]
    marks: list[list[_Mark]]
    templates: Mapping[int, Sequence[TemplateLine]]
    daring: Daring | None
    unmarked: dict[int, Mapping[str, _Unmarked]] = field(default_factory=dict)

    def origins(self, file: int) -> list[LineOrigin]:
        """Where each line comes from."""
        found = [self._marked(index) for index in range(len(self.lines))]
        start = 0
        for index in range(len(self.lines) + 1):
            if index == len(self.lines) or found[index] is not None:
                if start < index:
                    found[start:index] = self._gap(start, index)
                start = index + 1
        return _complete(found, file)

    def _line(self, mark: _Mark) -> TemplateLine:
        return self.templates[mark.file][mark.line - 1]

    def _origin(self, mark: _Mark, *, exact: bool = True) -> LineOrigin:
        return LineOrigin(mark.file, self._line(mark).number, exact)

    def _made_by(self, mark: _Mark) -> LineOrigin:
        """The origin of one of the lines that an action makes: certain unless it parses what a template says."""
        return self._origin(mark, exact=not self._line(mark).parses)

    def _marked(self, index: int) -> LineOrigin | None:
        """The origin of a line that has markers: the innermost whose template line can have made its key."""
        for mark in self.marks[index]:
            line = self._line(mark)
            if _makes_lines(line):
                is_first = bool(line.key) and line.key == _key(self.lines[index])
                return self._inside(index, line) or (self._origin(mark) if is_first else self._made_by(mark))
            if not line.key or _key(self.lines[index]) in (line.key, ""):
                return self._origin(mark)
        return None

    def _inside(self, index: int, outer: TemplateLine) -> LineOrigin | None:
        """A line that only the action around it marks may be an action's inside a `define`, where none is marked.

        Then the line before it was made in that `define`, the outer action calls just this one, and one action in it
        is left over.
        """
        before = self.marks[index - 1][-1] if index > 0 and self.marks[index - 1] else None
        if before is None or self._line(before).define not in outer.calls:
            return None
        printing = self._unmarked(before, None).printing()
        return LineOrigin(before.file, printing[0], True) if len(printing) == 1 else None

    def _gap(self, start: int, end: int) -> list[LineOrigin | None]:
        """The origins of lines without a marker, between two that have one."""
        before = self.marks[start - 1][-1] if start > 0 and self.marks[start - 1] else None
        marks = self.marks[end] if end < len(self.lines) else []
        if before and before.opens and before._replace(opens=False) in marks:
            return [self._made_by(before)] * (end - start)
        ended = list(takewhile(lambda mark: not mark.opens, marks))
        after = ended[-1] if ended else marks[0] if marks else None
        if before is None and after is None:
            return [None] * (end - start)
        between = self._unmarked(before, after)
        if after and self._is_first_line(end, after):
            after = None
        return [self._explain(line, before, after, between) for line in self.lines[start:end]]

    def _is_first_line(self, index: int, mark: _Mark) -> bool:
        """Whether a rendered line is the first of those that the marked template line makes: it holds its key."""
        key = _key(self.lines[index])
        return bool(key) and self._line(mark).key == key

    def _explain(self, text: str, before: _Mark | None, after: _Mark | None, between: _Between) -> LineOrigin | None:
        """An unmarked line between two markers: a literal line that carries none, or part of what an action prints.

        Args:
            text: the line.
            before: the marker of the line above.
            after: the marker of a template line that may have made the line as well.
            between: the template lines between the two that carry no marker.
        """
        anchor = before or after
        if anchor is None:
            return None
        key = _key(text)
        literal = between.with_key(key) if key else []
        if len(literal) == 1:
            return LineOrigin(anchor.file, literal[0], True)
        printing = between.printing()
        if after is not None and _makes_lines(self._line(after)):
            return self._made_by(after) if not printing else self._origin(after, exact=False)
        if printing:
            return LineOrigin(anchor.file, printing[0], len(printing) == 1)
        return self._origin(anchor, exact=False)

    def _unmarked(self, before: _Mark | None, after: _Mark | None) -> _Between:
        """The template lines after the earlier marker that carry none, or carry it behind the last of several lines.

        Up to the later one's if it is in the same file.
        """
        anchor = before or after
        if anchor is None:
            return _Between(_Unmarked())
        first = before.line if before else 0
        last = len(self.templates[anchor.file])
        if after and (before is None or (after.file == before.file and after.line > before.line)):
            last = after.line
        return _Between(self._all_unmarked(anchor.file).get(self._line(anchor).define, _Unmarked()), first, last)

    def _all_unmarked(self, file: int) -> Mapping[str, _Unmarked]:
        """The lines of a template that carry no marker, or carry it behind the last of several lines, by `define`."""
        found = self.unmarked.get(file)
        if found is None:
            found = self.unmarked[file] = defaultdict(_Unmarked)
            for index, line in enumerate(self.templates[file]):
                if not self._is_marked(line) or (line.key and line.calls):
                    found[line.define].add(index, line)
        return found

    def _is_marked(self, line: TemplateLine) -> bool:
        return line.daring is not None and self.daring is not None and line.daring <= self.daring


def _key(text: str) -> str:
    """The key that a line holds, or nothing."""
    match = KEY_TEXT.match(text)
    return match[2] if match else ""


def _makes_lines(line: TemplateLine) -> bool:
    """Whether a template line can make several: nothing but actions, or a key with a block after it."""
    return line.has_action and (line.prints or "indent" in line.text or "toYaml" in line.text)


def _complete(origins: list[LineOrigin | None], file: int) -> list[LineOrigin]:
    """Lines of which nothing is known take the place of the nearest one above that is."""
    last = LineOrigin(file, 1, False)
    complete = []
    for origin in origins:
        if origin is None:
            origin = LineOrigin(last.file, last.line, False)
        last = origin
        complete.append(origin)
    return complete
