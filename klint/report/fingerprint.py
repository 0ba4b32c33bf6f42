"""The hash by which GitHub code scanning knows a line again after it has moved.

It is `primaryLocationLineHash` as github/codeql-action computes it (src/fingerprints.ts): of the file's UTF-16 code
units, blanks left out and line breaks made LF, the hundred from the line's start on, as a polynomial of 37 modulo
2^64; then a colon and how often that hash has come up in the file so far, so that equal lines differ.
"""

from __future__ import annotations

import re
import struct
from collections import Counter

WINDOW = 100
_BASE = 37
_MODULUS = 2**64
_FIRST = pow(_BASE, WINDOW - 1, _MODULUS)
"""What the first unit of a window is worth."""
_NEAR = WINDOW // 2
"""From a line that starts fewer units ahead than this, the window is moved on rather than summed again."""
_END_OF_FILE = 0xFFFF
_LF = ord("\n")
_LINE_BREAK = re.compile(r"\r\n?")
_BLANKS = str.maketrans("", "", " \t")


def line_fingerprints(text: str, last: int, *, has_bom: bool = False) -> list[str]:
    """The fingerprint of each line from the first to number `last`.

    Args:
        text: the file's text without its byte order mark.
        last: the last line wanted, from 1; a text that ends in a line break has one line more than it has breaks.
        has_bom: whether the file starts with a byte order mark, which counts as a character here.
    """
    units = _units(("\ufeff" if has_bom else "") + text)
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == _LF)][:last]
    units.extend([_END_OF_FILE, *[0] * WINDOW])
    seen: Counter[int] = Counter()
    fingerprints = []
    at = -WINDOW
    value = 0
    for start in starts:
        if start - at < _NEAR:
            for unit, next_unit in zip(units[at:start], units[at + WINDOW : start + WINDOW], strict=True):
                value = ((value - unit * _FIRST) * _BASE + next_unit) % _MODULUS
        else:
            value = 0
            for unit in units[start : start + WINDOW]:
                value = (value * _BASE + unit) % _MODULUS
        at = start
        seen[value] += 1
        fingerprints.append(f"{value:x}:{seen[value]}")
    return fingerprints


def _units(text: str) -> list[int]:
    encoded = _LINE_BREAK.sub("\n", text).translate(_BLANKS).encode("utf-16-le", "surrogatepass")
    return list(struct.unpack(f"<{len(encoded) // 2}H", encoded))
