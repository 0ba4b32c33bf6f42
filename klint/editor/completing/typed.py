"""What is being typed, and what a text says that stands somewhere."""

from __future__ import annotations

from klint.records import dataclass
from klint.text.document import Path
from klint.text.yaml import resolve


@dataclass(frozen=True, slots=True)
class Typed:
    """What is being typed: a value at a path, or with `is_key` a key below it; `start` to `end` is what it replaces."""

    path: Path
    start: int
    end: int
    text: str
    is_key: bool = False


def plain(text: str) -> str:
    """A scalar without its quotes; empty for null."""
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1]
    return text if resolve(text) is not None else ""
