"""What takes how long: processor time by step and rule, measured where somebody asks for it."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

Measure = Callable[[str], AbstractContextManager[None]]
"""Makes what measures a step of this name while it is entered."""


def unmeasured(_step: str) -> AbstractContextManager[None]:
    """A Measure that measures nothing."""
    return nullcontext()


class Timings:
    """Processor time by step, in seconds. A step that is entered several times is one; steps do not nest."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add what a step takes, the programs that it starts and ends included."""
        before = processor_time()
        try:
            yield
        finally:
            self.add(step, processor_time() - before)

    def add(self, step: str, seconds: float) -> None:
        """Add what a step has taken."""
        self._seconds[step] += seconds

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds by step: those that took longest first, by name where they took equally long."""
        return dict(sorted(self._seconds.items(), key=lambda item: (-item[1], item[0])))

    def __str__(self) -> str:
        total = sum(self._seconds.values())
        lines = (
            f"{seconds:9.3f} s {seconds / total if total else 0:6.1%}  {step}" for step, seconds in self.seconds.items()
        )
        return "\n".join((f"{total:9.3f} s         processor time, of which:", *lines))


def processor_time() -> float:
    """Seconds of processor time that this process has taken so far, with those that it started and that have ended.

    Windows does not count the latter: see os.times.
    """
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
