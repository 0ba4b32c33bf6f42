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
    """An unmarked line between two markers."""
    literal = _literal_between(text, before, after, templates)
    if literal is not None:
        return literal
    if after is not None:
        line = templates[after[0]][after[1] - 1]
        if line.has_action:
            return Origin(*after, not _starts_with_key(line.text))
    if before is not None:
        line = templates[before[0]][before[1] - 1]
        return Origin(*before, False)
    return None


def _starts_with_key(text: str) -> bool:
    """A line such as `port: {{ .Values.port }}` makes one line; what comes before it is not its doing."""
    return _KEY_TEXT.match(text.partition("{{")[0]) is not None and "nindent" not in text and "toYaml" not in text


def _literal_between(
    text: str,
    before: tuple[int, int] | None,
    after: tuple[int, int] | None,
    templates: Mapping[int, Sequence[TemplateLine]],
) -> Origin | None:
    """The one template line after the earlier marker that has the same key, when it carries no marker of its own."""
    key = _KEY_TEXT.match(text)
    anchor = before or after
    if key is None or anchor is None:
        return None
    file = anchor[0]
    first = before[1] if before and before[0] == file else 0
    last = after[1] - 1 if after and after[0] == file and after[1] > first else len(templates[file])
    found = [
        number
        for number in range(first + 1, last + 1)
        if (held := _KEY_TEXT.match(templates[file][number - 1].text)) is not None
        and held[2] == key[2]
        and not templates[file][number - 1].can_mark
    ]
    return Origin(file, found[0], True) if len(found) == 1 else None


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
