"""Brace expansion: `a{b,c}d`, `{1..3}`."""

from __future__ import annotations

import re

MAX_BRACES = 64
"""Words that one brace expansion may make."""

_BRACES = re.compile(r"\{([^{},]*,[^{}]*|-?\d{1,9}\.\.-?\d{1,9})\}")


def braces(text: str) -> list[str]:
    """The words of a brace expansion that holds nothing to fill in; empty when it is none."""
    if "{" not in text or any(mark in text for mark in "$`\"'\\"):
        return []
    found = [text]
    while match := next((match for item in found if (match := _BRACES.search(item))), None):
        inner = match[1]
        if "," in inner:
            options = inner.split(",")
        else:
            first, last = map(int, inner.split(".."))
            step = 1 if first <= last else -1
            if abs(last - first) >= MAX_BRACES:
                return []
            options = [str(number) for number in range(first, last + step, step)]
        found = [
            new
            for item in found
            for new in ([item.replace(match[0], option, 1) for option in options] if match[0] in item else [item])
        ]
        if len(found) > MAX_BRACES:
            return []
    return found if len(found) > 1 else []
