"""Where a new key goes in a mapping: where a person would look for it."""

from __future__ import annotations

from collections.abc import Sequence

from klint.text.editing.layout import Lines

_FIRST = "name"
_BELOW = {"pathType": "path"}
"""Keys that belong below another one."""


def index_of(step: str, keys: Sequence[str], lines: Lines, start: int) -> int:
    """Before which of the keys of a mapping a new one goes; their number for the last.

    A name is the first, but never between a comment and the key that it is about: `start` is where the first one is.
    """
    if step == _FIRST and not (lines.is_first(start) and lines.is_below_comment(start)):
        return 0
    return keys.index(_BELOW[step]) + 1 if _BELOW.get(step) in keys else len(keys)
