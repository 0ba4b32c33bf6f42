"""How long a process takes. Imports nothing of klint: processes that klint starts to render use it, too."""

from __future__ import annotations

import sys
import time

PATIENCE = 4
"""How many times as long as its processor time a process may take: it may wait for others, but not for ever."""


def processor_time(pid: int) -> float | None:
    """Seconds of processor time that a process has taken, in all its threads; None where that cannot be told.

    Source: MAKE_PROCESS_CPUCLOCK in the kernel's include/linux/posix-timers.h, which glibc's clock_getcpuclockid uses.
    """
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except (OSError, OverflowError):
        return None


class Stopwatch:
    """Measures a process from now on: by its processor time where that can be told, else by the time that passes.

    On a busy machine a render takes long that is not slow, and a limit on what passes would be one on the others.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._started = time.monotonic()
        self._before = processor_time(pid)

    def taken(self) -> float:
        """Seconds that the process has taken."""
        now = processor_time(self._pid)
        return now - self._before if now is not None and self._before is not None else self._passed()

    def left(self, limit: float) -> float:
        """Seconds until a limit can be reached; none once it is."""
        if self._before is None:
            return limit - self._passed()
        return min(limit - self.taken(), PATIENCE * limit - self._passed())

    def _passed(self) -> float:
        return time.monotonic() - self._started
