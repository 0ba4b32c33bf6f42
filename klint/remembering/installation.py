"""What decides what klint finds besides what it reads: its code, what is installed, programs that render, the day."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_PROGRAMS = ("helm", "kustomize", "kubectl")

PACKAGE = Path(__file__).parents[1]


def installation() -> Iterator[str]:
    """The parts of it. What is written anew counts as another thing."""
    yield time.strftime("%Y-%m-%d")  # ignores and intents expire
    yield sys.version
    yield from getattr(os, "uname", lambda: (sys.platform,))()  # what it lets klint keep from what renders
    yield from _stamps(_files(PACKAGE))
    yield from _stamps(_files(PACKAGE.parent / "rules"))  # where they are in a checkout
    for place in sys.path:
        yield from _stamps(_packages(place or "."))
    for place in os.get_exec_path():
        yield from _stamps(f"{place}/{name}" for name in _PROGRAMS)


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder of code, but for what Python makes of them."""
    waiting = [str(folder)]
    while waiting:
        for entry in _entries(waiting.pop()):
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path
            elif entry.name != "__pycache__":
                waiting.append(entry.path)


def _packages(folder: str) -> Iterator[str]:
    """What is installed in a folder of packages: each has a folder there with its name and version."""
    return (entry.path for entry in _entries(folder) if entry.name.endswith("-info"))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [*entries]
    except OSError:
        return []  # an archive, or nothing at all


def _stamps(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 -- a Path each is dear where little is linted
        except OSError:
            continue
        yield f"{path} {found.st_size} {found.st_mtime_ns}"
