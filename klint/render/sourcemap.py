"""The way back: from a line of rendered text to the template line that made it.

The chart is rendered twice, plainly and with markers (see marking.py). Where the two agree, a marker is proof. Lines
without one lie between two that have one: they come from the multi-line action that the later marker ends, or stand
literally between the two. What neither explains is approximate, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from klint.render.marking import MARKER, TemplateLine

_KEY_TEXT = re.compile(r"""\s*(?:- +)*(["']?)([^\s"':#][^"':#]*?)\1\s*:(?=\s|\Z)""")
_MANY = 4000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rendered line comes from: the number of the template, its line from 1, and whether that is certain."""

    file: int
    line: int
    exact: bool


def map_lines(
    plain: str, marked: str | None, file: int, templates: Mapping[int, Sequence[TemplateLine]]
) -> list[Origin]:
    """The origin of each line of a plainly rendered file.

    Args:
        plain: what the template renders to.
        marked: the same rendered with markers; None when that failed.
        file: the number of the template that was rendered, for lines of which nothing else is known.
        templates: the lines of every template, by number.
    """
    lines = plain.split("\n")
    marks = _marks(lines, marked)
    origins: list[Origin | None] = [Origin(*found[0], True) if found else None for found in marks]
    _look_inside(lines, marks, origins, templates)
    _fill_gaps(lines, marks, origins, templates)
    return _complete(origins, file)


def _marks(plain: list[str], marked: str | None) -> list[list[tuple[int, int]]]:
    """The markers of each plain line, taken from the marked line that corresponds to it."""
    if marked is None:
        return [[] for _ in plain]
    found = [[(int(file), int(line)) for file, line in MARKER.findall(text)] for text in marked.split("\n")]
    stripped = [MARKER.sub("", text) for text in marked.split("\n")]
    if len(stripped) == len(plain):
        return [marks if _same(one, other) else [] for one, other, marks in zip(plain, stripped, found, strict=True)]
    result: list[list[tuple[int, int]]] = [[] for _ in plain]
    if max(len(plain), len(stripped)) <= _MANY:
        for block in SequenceMatcher(None, plain, stripped, autojunk=False).get_matching_blocks():
            for offset in range(block.size):
                result[block.a + offset] = found[block.b + offset]
    return result


def _same(plain: str, stripped: str) -> bool:
    """Whether two lines are one but for a value that depends on the text around it: a checksum, something random."""
    if plain == stripped:
        return True
    one, other = _KEY_TEXT.match(plain), _KEY_TEXT.match(stripped)
    return one is not None and other is not None and one.group() == other.group()


def _look_inside(
    lines: list[str],
    marks: list[list[tuple[int, int]]],
    origins: list[Origin | None],
    templates: Mapping[int, Sequence[TemplateLine]],
) -> None:
    """A line that only the action around it marks may be an action's inside a `define`, where none may carry a marker.

    Then the line before it was made in that `define`, and one action there comes after.
    """
    for index in range(1, len(lines)):
        before = marks[index - 1][0] if marks[index - 1] else None
        if before is None or not marks[index]:
            continue
        outer = templates[marks[index][0][0]][marks[index][0][1] - 1]
        if not _prints_lines(outer) or templates[before[0]][before[1] - 1].define == outer.define:
            continue
        printing = [line for line in _between(before, None, templates) if line.prints]
        if len(printing) == 1:
            origins[index] = Origin(before[0], printing[0].number, True)


def _fill_gaps(
    lines: list[str],
    marks: list[list[tuple[int, int]]],
    origins: list[Origin | None],
    templates: Mapping[int, Sequence[TemplateLine]],
) -> None:
    index = 0
    while index < len(lines):
        if origins[index] is not None:
            index += 1
            continue
        start = index
        while index < len(lines) and origins[index] is None:
            index += 1
        before = marks[start - 1][0] if start > 0 and marks[start - 1] else None
        after = marks[index][-1] if index < len(lines) and marks[index] else None
        for position in range(start, index):
            origins[position] = _explain(lines[position], before, after, templates)


def _explain(
    text: str,
    before: tuple[int, int] | None,
    after: tuple[int, int] | None,
    templates: Mapping[int, Sequence[TemplateLine]],
) -> Origin | None:
    """An unmarked line between two markers: a literal line that carries none, or part of what an action prints."""
    between = _between(before, after, templates)
    key = _KEY_TEXT.match(text)
    if key is not None:
        literal = [line for line in between if (held := _KEY_TEXT.match(line.text)) is not None and held[2] == key[2]]
        if len(literal) == 1:
            return Origin(_file(before, after), literal[0].number, True)
    printing = [line for line in between if line.prints]
    if after is not None and _prints_lines(templates[after[0]][after[1] - 1]):
        return Origin(*after, not printing)
    if printing:
        return Origin(_file(before, after), printing[0].number, len(printing) == 1)
    nearest = before or after
    return Origin(*nearest, False) if nearest else None


def _file(before: tuple[int, int] | None, after: tuple[int, int] | None) -> int:
    return before[0] if before else after[0] if after else 0


def _between(
    before: tuple[int, int] | None, after: tuple[int, int] | None, templates: Mapping[int, Sequence[TemplateLine]]
) -> list[TemplateLine]:
    """The template lines without a marker after the earlier one, up to the later one if that is in the same file."""
    if before is None and after is None:
        return []
    lines = templates[_file(before, after)]
    first = before[1] if before else 0
    last = after[1] - 1 if after and (before is None or (after[0] == before[0] and after[1] > before[1])) else None
    anchor = before or after
    define = lines[anchor[1] - 1].define if anchor else 0
    return [line for line in lines[first:last] if not line.can_mark and line.define == define]


def _prints_lines(line: TemplateLine) -> bool:
    """Whether a template line can make several: nothing but actions, or a key with a block after it."""
    return line.has_action and (line.prints or "indent" in line.text or "toYaml" in line.text)


def _complete(origins: list[Origin | None], file: int) -> list[Origin]:
    """Lines of which nothing is known take the place of the nearest one above that is."""
    last = Origin(file, 1, False)
    complete = []
    for origin in origins:
        if origin is None:
            origin = Origin(last.file, last.line, False)
        last = origin
        complete.append(origin)
    return complete
