"""Edits of command lines: words that say something else, and flags that are left out.

Both only where the words are written on the command line itself: not in a variable, a function or a template.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from klint.edits import Edit
from klint.scripts.commands import Word
from klint.scripts.options import Flag

if TYPE_CHECKING:
    from klint.exposure.invocations import Invocation

_SPACE_BEFORE = re.compile(r"(?<![\s\\])(?:[ \t]|\\\r?\n)+\Z")
"""What parts a word from the one before it, on the same line or on lines that backslashes join."""


def reworded(invocation: Invocation, word: Word | None, text: str) -> Edit | None:
    """The edit that has a word say something else, in quotes as before; None where it is not written as it is."""
    if word is None or not word.text or not _is_written(invocation, word) or word.raw.strip("\"'") != word.text:
        return None
    start = word.start + word.raw.index(word.text)
    return Edit(word.source.span(start, start + len(word.text)), text)


def without(invocation: Invocation, *flags: Flag | None) -> tuple[Edit, ...]:
    """The edits that leave out flags, those that there are; none if one of them cannot be left out for certain."""
    edits = [_without(invocation, flag) for flag in flags if flag is not None]
    return tuple(edit for edit in edits if edit is not None) if None not in edits else ()


def _without(invocation: Invocation, flag: Flag) -> Edit | None:
    word, value = flag.word, flag.value
    if not _is_written(invocation, word) or not word.raw.strip("\"'").startswith(flag.name):
        return None
    source, end = word.source, flag.span.end
    is_beside = value is None or value.start < word.end or end > word.end
    space = _SPACE_BEFORE.search(source.text[: word.start])
    return Edit(source.extent(space.start(), end), "") if space and is_beside else None


def _is_written(invocation: Invocation, word: Word) -> bool:
    """Whether it stands on the command line, in a file that a person edits."""
    command = invocation.command
    is_here = word.source is command.source and command.start <= word.start <= word.end <= command.end
    return is_here and invocation.origin is None
