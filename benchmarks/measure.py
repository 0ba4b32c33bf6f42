"""Runs a command as a user would, as a process of its own, and says what it took."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_BYTES_PER_RSS_UNIT = 1 if os.uname().sysname == "Darwin" else 1024


def own_memory() -> int:
    """The peak memory of this process in bytes: a child's cannot be seen below it (Linux, exec_mmap in fs/exec.c)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_RSS_UNIT


class TooSlowError(Exception):
    """The command was stopped at its time limit."""


@dataclass(frozen=True)
class Run:
    """One process from start to end: seconds on the clock and on all cores together, peak memory in bytes.

    What needs less memory than `floor` is not seen: see `own_memory`.
    """

    wall: float
    cpu: float
    peak_memory: int
    floor: int
    exit_code: int
    output: str


def run(
    command: Sequence[str],
    *,
    folder: Path,
    limit: float,
    keep_output: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Run:
    """Run a command once, its output in a file: gathered here, it would grow the process that measures.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        limit: seconds after which it is stopped.
        keep_output: give what it prints.
        settings: what its environment has besides that of this process.

    Raises:
        TooSlowError: it took longer than `limit` seconds.
    """
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED")
    } | dict(settings)
    with tempfile.TemporaryFile() as output:
        floor = own_memory()
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        timer = threading.Timer(limit, process.kill)
        timer.start()
        # wait4 gives this child's usage alone; RUSAGE_CHILDREN would give the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if wall >= limit:
            raise TooSlowError(f"{command[0]} took longer than {limit:g} s")
        output.seek(0)
        text = output.read().decode("utf-8", "replace") if keep_output else ""
    return Run(
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * _BYTES_PER_RSS_UNIT,
        floor,
        process.returncode,
        text,
    )


@dataclass(frozen=True)
class Measurement:
    """The medians of several runs of one command. What needs less memory than `floor` is not seen."""

    wall: float
    cpu: float
    peak_memory: int
    floor: int
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
        max(item.floor for item in done),
        done[-1].exit_code,
        runs,
    )
