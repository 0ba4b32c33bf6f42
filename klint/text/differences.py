"""Two texts that differ in a few places → the lines that differ, in time that grows with the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_SURE = 3
"""Lines that are the same in both before a difference counts as over."""

_FAR = 100
"""Lines that a difference is looked for to be over in. One that is larger is left to difflib, with all that follows."""


class Difference(NamedTuple):
    """Lines of the one text that are others in the other: ranges of indices, each of which may be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def differences(old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """Where two texts differ, from top to bottom.

    difflib looks for the longest lines in common first, over and over: in a file with a thousand changes that takes it
    a minute.
    """
    one = other = 0
    while one < len(old) or other < len(new):
        if old[one : one + 1] == new[other : other + 1]:
            one, other = one + 1, other + 1
            continue
        found = _end(old, new, one, other)
        if found is None:
            yield from _between(old, new, Difference(one, len(old), other, len(new)))
            return
        yield from _between(old, new, Difference(one, found[0], other, found[1]))
        one, other = found


def _between(old: Sequence[str], new: Sequence[str], found: Difference) -> Iterator[Difference]:
    """What differs within a difference: single lines of it may be the same."""
    lines = old[found.old_start : found.old_end], new[found.new_start : found.new_end]
    for kind, *ranges in SequenceMatcher(None, *lines, autojunk=False).get_opcodes():
        if kind != "equal":
            old_start, old_end, new_start, new_end = ranges
            yield Difference(
                found.old_start + old_start,
                found.old_start + old_end,
                found.new_start + new_start,
                found.new_start + new_end,
            )


def _end(old: Sequence[str], new: Sequence[str], one: int, other: int) -> tuple[int, int] | None:
    """Where the texts are the same again, after as few lines as possible; None if that is too far."""
    for lines in range(1, _FAR):
        for more in range(lines + 1):
            first, second = one + lines - more, other + more
            if first > len(old) or second > len(new):
                continue
            if old[first : first + _SURE] == new[second : second + _SURE]:
                return first, second
    return None
