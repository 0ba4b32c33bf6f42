"""What a change of the data is in the text."""

from __future__ import annotations

from typing import NamedTuple


class Rewrite(NamedTuple):
    """What to write in place of a range of offsets, with `\\n` for line breaks."""

    start: int
    end: int
    text: str
