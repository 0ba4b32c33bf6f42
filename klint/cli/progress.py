"""A line on the terminal that tells how far something slow has come."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Self

PATIENCE = 1.0
"""Seconds before anything is shown."""


class Progress:
    """Counts on standard error, when a terminal reads it and it takes long enough to wonder."""

    def __init__(self, what: str, *, is_shown: bool) -> None:
        self._what = what
        self._is_shown = is_shown and sys.stderr is not None and sys.stderr.isatty()
        self._start = monotonic()
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._width:
            self._write(" " * self._width + "\r")

    def update(self, done: int, total: int) -> None:
        """Tell that so many of so many are done."""
        if self._is_shown and monotonic() - self._start > PATIENCE:
            line = f"{self._what} {done} of {total}"
            self._width = max(self._width, len(line))
            self._write(line.ljust(self._width) + "\r")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
