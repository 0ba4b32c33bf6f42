"""Runs a command as a user would, as a process of its own, and says what it took."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_BYTES_PER_RSS_UNIT = 1 if os.uname().sysname == "Darwin" else 1024


class TooSlowError(Exception):
    """The command was stopped at its time limit."""


@dataclass(frozen=True)
class Run:
    """One process from start to end: seconds on the clock and on all cores together, peak memory in bytes."""

    wall: float
    cpu: float
    peak_memory: int
    exit_code: int
    output: str


def run(command: Sequence[str], *, folder: Path, limit: float) -> Run:
    """Run a command once, its output gathered.

    Raises:
        TooSlowError: it took longer than `limit` seconds.
    """
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED")
    }
    output: list[bytes] = []
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        process.kill()

    timer = threading.Timer(limit, stop)
    timer.start()
    assert process.stdout is not None
    with process.stdout:
        output.append(process.stdout.read())
    # wait4 gives this child's usage alone; RUSAGE_CHILDREN would give the largest of all children so far.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if stopped.is_set():
        raise TooSlowError(f"{command[0]} took longer than {limit:g} s")
    return Run(
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * _BYTES_PER_RSS_UNIT,
        process.returncode,
        b"".join(output).decode("utf-8", "replace"),
    )


@dataclass(frozen=True)
class Measurement:
    """The medians of several runs of one command."""

    wall: float
    cpu: float
    peak_memory: int
    exit_code: int
    runs: int


def measure(command: Sequence[str], *, folder: Path, runs: int, limit: float) -> Measurement:
    """Run a command once to warm caches and byte code, then several times; give the medians.

    Raises:
        TooSlowError: a run took longer than `limit` seconds.
    """
    run(command, folder=folder, limit=limit)
    done = [run(command, folder=folder, limit=limit) for _ in range(runs)]
    return Measurement(
        statistics.median(item.wall for item in done),
        statistics.median(item.cpu for item in done),
        int(statistics.median(item.peak_memory for item in done)),
        done[-1].exit_code,
        runs,
    )
