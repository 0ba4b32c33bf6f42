"""Lists and counts as sentences have them."""

from __future__ import annotations

from collections.abc import Sequence


def joined(names: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names or ("",)
    return f"{', '.join(most)} {word} {last}" if most else last


def abridged(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are: `a, b and 3 more`."""
    left = len(names) - most
    return f"{', '.join(names[:most])} and {left:,} more" if left > 0 else ", ".join(names)


def clipped(text: str, most: int) -> str:
    """A text of at most so many characters, the last of them an ellipsis where it goes on."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def counted(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
