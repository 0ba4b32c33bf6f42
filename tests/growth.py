"""What a test of growth measures: four times the input may cost little more than four times the time."""

import gc
from collections.abc import Callable
from time import process_time
from typing import TypeVar

T = TypeVar("T")

FACTOR = 4
"""How much larger the larger input is: what is quadratic takes 16 times as long."""

MOST = 7.0
"""How many times as long it may take: what is linear takes half as long again where it no longer fits into a cache."""

FLOOR = 0.006
"""Seconds that a measured run takes at least, so that the clock's grain and chance do not matter."""

ATTEMPTS = 10
"""How often the two are measured before the answer is no: a busy machine disturbs some measurements, not all."""


def assert_linear(make: Callable[[int], T], work: Callable[[T], object], *, start: int = 1_000, runs: int = 3) -> None:
    """`work` on what `make` makes of 4n takes at most MOST times the processor time that it takes on that of n.

    The fastest of so many `runs` counts. Every other attempt is made with twice as much: between two sizes there may be
    a step, such as a table that grows; what is quadratic shows between any two.
    """
    size = start
    while _fastest(make(size), work, times=1) < FLOOR and size < start * 2**10:
        size *= 2
    ratios = []
    for attempt in range(ATTEMPTS):
        count = size * (1 + attempt % 2)
        once = max(_fastest(make(count), work, runs), FLOOR / 2)
        more = make(FACTOR * count)
        for times in (1, runs):  # mostly a single run shows it
            ratios.append(_fastest(more, work, times) / once)
            if ratios[-1] <= MOST:
                return
    raise AssertionError(f"from {size} upwards, {FACTOR} times as much takes {min(ratios):.1f} times as long")


def _fastest(made: T, work: Callable[[T], object], times: int) -> float:
    """Without the garbage collector, whose time depends on all that other tests have left behind."""
    taken = []
    gc.disable()
    try:
        for _ in range(times):
            before = process_time()
            work(made)
            taken.append(process_time() - before)
    finally:
        gc.enable()
    return min(taken)
