"""A change of a text."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """What to write in place of a range of offsets, with `\\n` for line breaks."""

    start: int
    end: int
    text: str
