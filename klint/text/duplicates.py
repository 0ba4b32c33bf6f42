"""Keys that are set twice: what the one that does not count says, and the edit that drops it."""

from __future__ import annotations

import textwrap
from typing import Any

from klint.edits import Edit
from klint.records import dataclass
from klint.text import yaml
from klint.text.data import MISSING, is_same
from klint.text.document import Problem
from klint.text.source import Source, Span

_MOST_LINES = 50
"""A value of more lines is not looked at: whoever drops it wants to have read it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that does not count: whether the one that does is the same, and what drops it with its key."""

    is_same: bool
    edit: Edit


def lost(problem: Problem) -> Lost | None:
    """The value that a key set twice loses.

    None where dropping it takes something away that only a person can put elsewhere: a mapping or a list that has
    other things than the one that counts. None, too, where the edit is not certain, as in brackets.
    """
    if not problem.counts or not problem.related:
        return None
    first, last = problem.related[0][1], problem.span
    if first.source is not last.source or first.approximate or last.approximate:
        return None
    values = _value(first), _value(last)
    is_alike = MISSING not in values and is_same(*values)
    if not is_alike and any(value is MISSING or isinstance(value, (dict, list)) for value in values):
        return None
    edit = _edit(first)
    return Lost(is_alike, edit) if edit else None


def _edit(key: Span) -> Edit | None:
    """The edit that drops an entry that another one of its mapping follows."""
    source, below = key.source, _line_below(key)
    if below > len(source.line_starts):
        return None
    end, line = source.line_starts[below - 1], source.line(below)
    if not source.line(key.line)[: key.column - 1].strip():
        return Edit(source.extent(source.line_starts[key.line - 1], end), "")
    if _column(line) != key.column or line.lstrip().startswith("#"):
        return None
    return Edit(source.extent(key.start, end + key.column - 1), "")


def _value(key: Span) -> Any:
    """What stands behind a key; MISSING where it cannot be read by itself."""
    source, below = key.source, _line_below(key)
    end = source.line_starts[below - 1] if below <= len(source.line_starts) else len(source.text)
    text = source.text[key.start : end]
    if below - key.line > _MOST_LINES or text.rstrip().endswith(","):
        return MISSING
    try:
        data, _ = yaml.load(textwrap.dedent(" " * (key.column - 1) + text))
    except yaml.YamlError:
        return MISSING
    return next(iter(data.values())) if isinstance(data, dict) and len(data) == 1 else MISSING


def _line_below(key: Span) -> int:
    """The first line, by its number, that is no deeper than a key, or one that is too far away."""
    source, last = key.source, min(len(key.source.line_starts), key.line + _MOST_LINES)
    return next((number for number in range(key.line + 1, last + 1) if _is_below(source, number, key)), last + 1)


def _is_below(source: Source, number: int, key: Span) -> bool:
    line = source.line(number)
    is_item = line.lstrip(" ").startswith("- ") or line.strip() == "-"
    return bool(line.strip()) and (_column(line) < key.column or (_column(line) == key.column and not is_item))


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) + 1
