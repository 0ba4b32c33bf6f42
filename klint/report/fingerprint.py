"""The hash by which GitHub code scanning knows a line again after it has moved.

It is `primaryLocationLineHash` as github/codeql-action computes it (src/fingerprints.ts): of the file's UTF-16 code
units, blanks left out and line breaks made LF, the hundred from the line's start on, as a polynomial of 37 modulo
2^64; then a colon and how often that hash has come up in the file so far, so that equal lines differ.
"""

from __future__ import annotations

import re
from operator import mul
from struct import Struct, unpack

WINDOW = 100
_BASE = 37
_MODULUS = 2**64
_END_OF_FILE = "\uffff"
_LINE_BREAK = re.compile(r"\r\n?")
_OF_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")

_FOURS = [pow(_BASE, WINDOW - 4 - index, _MODULUS) for index in range(0, WINDOW, 4)]
"""What each four units of a window are worth."""
_EVERY_SECOND = sum(0xFFFF << 32 * index for index in range(WINDOW // 2))
_EVERY_SECOND_PAIR = sum(0xFFFFFFFF << 64 * index for index in range(WINDOW // 4))
_LANES = Struct(f">{WINDOW // 4}Q").unpack


class LineFingerprints:
    """The fingerprints of a file's lines, by their number from 1; a hash is computed when somebody asks for it.

    A text that ends in a line break has one line more than it has breaks. Windows that differ are taken to have hashes
    that differ.
    """

    def __init__(self, text: str, *, has_bom: bool = False) -> None:
        """Read a file's text without its byte order mark; with one, the file has a character more here."""
        lines = _LINE_BREAK.sub("\n", text) if "\r" in text else text
        units = ("\ufeff" if has_bom else "") + lines.replace(" ", "").replace("\t", "")
        if not units.isascii():
            units = _OF_TWO_UNITS.sub(_surrogates, units)
        padded = units + _END_OF_FILE + "\0" * WINDOW
        seen: dict[str, int] = {}
        self._lines: list[tuple[str, int]] = []
        start = 0
        for line in units.split("\n"):
            window = padded[start : start + WINDOW]
            seen[window] = count = seen.get(window, 0) + 1
            self._lines.append((window, count))
            start += len(line) + 1

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> str:
        window, count = self._lines[number - 1]
        return f"{_hash(window):x}:{count}"


def _surrogates(match: re.Match[str]) -> str:
    """A character as the two UTF-16 code units that stand for it."""
    return "".join(map(chr, unpack("<2H", match[0].encode("utf-16-le"))))


def _hash(window: str) -> int:
    """The hash of a window's units.

    Neighbours, and then pairs, are put together all at once, each in a lane of one number that is twice as wide as what
    they were in: it takes a fifth of the time of a hundred steps.
    """
    units = int.from_bytes(window.encode("utf-16-be", "surrogatepass"), "big")
    pairs = (units & _EVERY_SECOND) + (units >> 16 & _EVERY_SECOND) * _BASE
    fours = (pairs & _EVERY_SECOND_PAIR) + (pairs >> 32 & _EVERY_SECOND_PAIR) * _BASE**2
    value: int = sum(map(mul, _LANES(fours.to_bytes(2 * WINDOW, "big")), _FOURS))
    return value % _MODULUS
