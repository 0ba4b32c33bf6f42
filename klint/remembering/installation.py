"""What decides what klint finds besides what it reads: its code, what is installed, programs that render, the day."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_PROGRAMS = ("helm", "kustomize", "kubectl")


def installation(rules: Path) -> Iterator[str]:
    """The parts of it, `rules` being the folder of klint's own; what is written anew counts as another thing."""
    yield time.strftime("%Y-%m-%d")  # ignores and intents expire
    yield sys.version
    yield from getattr(os, "uname", lambda: (sys.platform,))()  # what it lets klint keep from what renders
    yield from _files(Path(__file__).parents[1])
    yield from _files(rules)
    for place in sys.path:
        yield from _packages(place or ".")
    for place in os.get_exec_path():
        yield from _stamps(f"{place}/{name}" for name in _PROGRAMS)


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder of code, but for what Python makes of them."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                else:
                    yield _stamp(entry.path, entry.stat())


def _packages(folder: str) -> Iterator[str]:
    """What is installed in a folder of packages: each has a folder there with its name and version."""
    try:
        with os.scandir(folder) as entries:
            yield from _stamps(entry.path for entry in entries if entry.name.endswith("-info"))
    except OSError:
        return  # an archive, or nothing at all


def _stamps(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        try:
            yield _stamp(path, os.stat(path))  # noqa: PTH116 -- a Path each is dear where little is linted
        except OSError:
            continue


def _stamp(path: str, found: os.stat_result) -> str:
    return f"{path} {found.st_size} {found.st_mtime_ns}"
