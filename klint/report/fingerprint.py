"""The hash by which GitHub code scanning knows a line again after it has moved.

It is `primaryLocationLineHash` as github/codeql-action computes it (src/fingerprints.ts): of the file's UTF-16 code
units, blanks left out and line breaks made LF, the hundred from the line's start on, as a polynomial of 37 modulo
2^64; then a colon and how often that hash has come up in the file so far, so that equal lines differ.
"""

from __future__ import annotations

import re
from collections import Counter
from operator import mul
from struct import unpack

WINDOW = 100
_BASE = 37
_MODULUS = 2**64
_WEIGHTS = [pow(_BASE, WINDOW - 1 - index, _MODULUS) for index in range(WINDOW)]
"""What each unit of a window is worth."""
_END_OF_FILE = b"\xff\xff"
_LINE_BREAK = re.compile(r"\r\n?")
_BLANKS = str.maketrans("", "", " \t")


class LineFingerprints:
    """The fingerprints of a file's lines, by their number from 1; a hash is computed when somebody asks for it.

    A text that ends in a line break has one line more than it has breaks. Windows that differ are taken to have hashes
    that differ.
    """

    def __init__(self, text: str, *, has_bom: bool = False) -> None:
        """Read a file's text without its byte order mark; with one, the file has a character more here."""
        lines = _LINE_BREAK.sub("\n", ("\ufeff" if has_bom else "") + text).translate(_BLANKS).split("\n")
        units = "\n".join(lines).encode("utf-16-le", "surrogatepass") + _END_OF_FILE + bytes(2 * WINDOW)
        seen: Counter[bytes] = Counter()
        self._lines: list[tuple[bytes, int]] = []
        start = 0
        for line in lines:
            window = units[start : start + 2 * WINDOW]
            seen[window] += 1
            self._lines.append((window, seen[window]))
            start += 2 * len(line) + 2 if line.isascii() else len(line.encode("utf-16-le", "surrogatepass")) + 2

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> str:
        window, count = self._lines[number - 1]
        value = sum(map(mul, unpack(f"<{WINDOW}H", window), _WEIGHTS)) % _MODULUS
        return f"{value:x}:{count}"
