"""A line on the terminal that tells how far something slow has come, and for how long it has been at it."""

from __future__ import annotations

import sys
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Self

PATIENCE = 1.0
"""Seconds before anything is shown, and between two beats after that."""

LONG = 10.0
"""Seconds after which it is said how to end it."""


class Progress:
    """Counts on standard error, when a terminal reads it and it takes long enough to wonder.

    A thread of its own beats: also what takes long in one piece is seen to go on.
    """

    def __init__(self, what: str, *, is_shown: bool) -> None:
        self._what = what
        self._is_shown = is_shown and sys.stderr is not None and sys.stderr.isatty()
        self._start = monotonic()
        self._done = ""
        self._width = 0
        self._lock, self._is_over = Lock(), Event()
        self._thread = Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        if self._is_shown:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            self._is_over.set()
            self._thread.join()
        if self._width:
            self._write(" " * self._width + "\r")

    def update(self, done: int, total: int) -> None:
        """Tell that so many of so many are done."""
        self._done = f" {done} of {total}"
        self._show()

    def _beat(self) -> None:
        while not self._is_over.wait(PATIENCE):
            self._show()

    def _show(self) -> None:
        passed = monotonic() - self._start
        if not self._is_shown or passed < PATIENCE:
            return
        ending = " (Ctrl-C reports on what is done)" if passed >= LONG else ""
        line = f"{self._what}{self._done}, {passed:.0f} s{ending}"
        with self._lock:
            self._width = max(self._width, len(line))
            self._write(line.ljust(self._width) + "\r")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
