"""Watching: which files below some folders changed, by their size, times and inode.

klint asks for these again and again rather than have the system tell: that works on every system and disk, those of
containers and networks among them, and needs no library.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep

from klint.workspace.walk import HISTORIES, TOOL_FOLDERS

PAUSE = 0.3
"""Seconds between two looks, at least."""

QUIET = 0.1
"""Seconds in which nothing changes, once something has, until it is told: a checkout writes many files."""

LONGEST = 2.0
"""Seconds after which a change is told, although others go on."""

SHARE = 20
"""Of many files a look takes long. No more than one part in so many of the time is spent on looking."""

Stamp = tuple[int, int, int, int]


class Watch:
    """Files, and folders with all that is below, but for what version control and tools keep there."""

    def __init__(self, paths: Sequence[Path], ignored: Collection[Path] = ()) -> None:
        """Look at paths, which need not exist; those of ignored files are none that change."""
        self._paths = tuple(map(os.fspath, paths))
        self._ignored = frozenset(map(os.fspath, ignored))
        self._seen = _look(self._paths, self._ignored)

    def add(self, paths: Iterable[Path]) -> None:
        """Watch more paths, of which some may be watched already. What is there now is no change."""
        watched = [Path(name) for name in self._paths]
        more = {os.fspath(path) for path in paths if not any(path.is_relative_to(folder) for folder in watched)}
        self._paths = (*self._paths, *sorted(more))
        self._seen = {**_look(sorted(more), self._ignored), **self._seen}

    def wait(self) -> frozenset[Path]:
        """Wait for a change, and for the end of those that come with it; the files that changed since the last time."""
        changed: set[str] = set()
        pause, first = PAUSE, 0.0
        while True:
            sleep(pause)
            start = monotonic()
            before, self._seen = self._seen, _look(self._paths, self._ignored)
            now = {name for name in before.keys() | self._seen.keys() if before.get(name) != self._seen.get(name)}
            if changed and (not now or start - first > LONGEST):
                return frozenset(map(Path, changed | now))
            if now and not changed:
                first = start
            changed |= now
            pause = max(QUIET if changed else PAUSE, SHARE * (monotonic() - start))


def _look(paths: Sequence[str], ignored: Collection[str]) -> dict[str, Stamp]:
    """Each file, and what tells one state of it from another."""
    seen: dict[str, Stamp] = {}
    folders = []
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 -- a Path each is dear
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode):
            folders.append(path)
        elif path not in ignored:
            seen[path] = _stamp(found)
    while folders:
        for entry in _entries(folders.pop()):
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in HISTORIES and entry.name not in TOOL_FOLDERS:
                        folders.append(entry.path)
                elif entry.path not in ignored:
                    seen[entry.path] = _stamp(entry.stat())
            except OSError:
                continue  # a link that leads nowhere, or gone since
    return seen


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
