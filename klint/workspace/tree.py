"""The files of what is linted, as the disk has them: the one door through which klint reads them.

What is linted may be a stranger's. So nothing is read that lies outside the root, wherever links lead, nor what git
keeps for itself; only regular files are opened, and never in a way that waits for a writer; no file is read past a
limit, whatever size it says it has.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from klint.records import dataclass, field

MAX_FILE_SIZE = 16 * 2**20
"""Bytes. The largest manifests in public repositories, bundles of CRDs, stay below 6 MB."""

MAX_ENTRIES = 100_000
"""Entries of one folder that are looked at."""

_OPEN = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _OPEN |= getattr(os, _flag, 0)  # not every system has each


class UnreadableError(OSError):
    """A file or folder that klint does not read; `strerror` says why, in a few words."""

    def __init__(self, reason: str, path: Path, number: int = errno.EACCES) -> None:
        super().__init__(number, reason, str(path))


class OutsideError(UnreadableError):
    """A path that leads out of the root, perhaps through a link."""


class TooLargeError(UnreadableError):
    """A file that is larger than it may be."""


class NoRegularFileError(UnreadableError):
    """A folder, pipe, socket or device where a file is asked for."""


@dataclass(frozen=True)
class Tree:
    """The disk below a root. Paths given to it are absolute, or relative to the working directory.

    A folder's real path is looked up once and remembered: a Tree is made for a run, and sees the folders of its time.
    """

    root: Path
    _real: dict[str, str | OSError] = field(default_factory=dict, repr=False, compare=False)

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content.

        Raises:
            OutsideError, TooLargeError, NoRegularFileError: klint does not read it.
            OSError: it is not there, or the system refuses it.
        """
        with self._opened(path) as stream:
            data = stream.read(limit + 1) if os.fstat(stream.fileno()).st_size <= limit else None
        if data is None or len(data) > limit:
            raise TooLargeError(f"it is larger than {_amount(limit)}", path)
        return data

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file, however large it is; raises as `read` does."""
        with self._opened(path) as stream:
            return stream.read(size)

    def _opened(self, path: Path) -> BinaryIO:
        real = self.real(path)
        if not stat.S_ISREG(os.lstat(real).st_mode):  # opening a device may do something already
            raise NoRegularFileError("it is no regular file", path)
        try:
            descriptor = os.open(real, _OPEN)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        stream = os.fdopen(descriptor, "rb")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            stream.close()
            raise NoRegularFileError("it is no regular file", path)
        return stream

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file that may be read, or a link to one."""
        try:
            return stat.S_ISREG(os.lstat(self.real(path)).st_mode)
        except OSError:
            return False

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder that may be looked into, or a link to one."""
        try:
            return stat.S_ISDIR(os.lstat(self.real(path)).st_mode)
        except OSError:
            return False

    def entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What is in a folder, by name.

        Raises:
            OSError: it is not in the root, is no folder, cannot be read, or holds more than MAX_ENTRIES.
        """
        self.real(folder)
        with os.scandir(folder) as found:
            entries = [entry for entry, _ in zip(found, range(MAX_ENTRIES + 1), strict=False)]
        if len(entries) > MAX_ENTRIES:
            raise TooLargeError(f"it holds more than {MAX_ENTRIES} entries", folder)
        return sorted(entries, key=lambda entry: entry.name)

    def files(self, folder: Path) -> Iterator[Path]:
        """The regular files below a folder, in the order of their paths; links to folders are not followed.

        What cannot be read is left out.
        """
        waiting = [folder]
        while waiting:
            current = waiting.pop()
            try:
                entries = self.entries(current)
            except OSError:
                continue
            folders = []
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(current / entry.name)
                elif entry.is_file(follow_symlinks=False):
                    yield current / entry.name
            waiting.extend(reversed(folders))

    def real(self, path: Path) -> str:
        """Where a path leads, through all links.

        Raises:
            OutsideError: it leads out of the root, or into what git keeps for itself.
            OSError: it leads nowhere.
        """
        folder, name = os.path.split(os.path.abspath(path))
        found = f"{self._real_folder(folder).rstrip(os.sep)}{os.sep}{name}"
        try:
            if not name or stat.S_ISLNK(os.lstat(found).st_mode):
                found = os.path.realpath(found, strict=True)
        except ValueError:  # a null in the name
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
        self._check(found, path)
        return found

    def _real_folder(self, folder: str) -> str:
        """From the nearest folder above that is known, a step at a time: a path is as deep as somebody likes."""
        unknown = []
        current = folder
        while current not in self._real:
            unknown.append(current)
            above = os.path.split(current)[0]
            if above == current:
                break
            current = above
        for current in reversed(unknown):
            self._real[current] = self._step(current)
        found = self._real[folder]
        if isinstance(found, OSError):
            raise OSError(found.errno, found.strerror, folder)
        return found

    def _step(self, folder: str) -> str | OSError:
        above, name = os.path.split(folder)
        try:
            if not name:
                return os.path.realpath(folder, strict=True)
            found = self._real[above]
            if isinstance(found, OSError):
                return found
            found = f"{found.rstrip(os.sep)}{os.sep}{name}"
            return os.path.realpath(found, strict=True) if stat.S_ISLNK(os.lstat(found).st_mode) else found
        except ValueError:
            return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        except OSError as error:
            return error

    def _check(self, real: str, path: Path) -> None:
        root = self._real_folder(os.path.abspath(self.root)).rstrip(os.sep)
        if real != root and not real.startswith(root + os.sep):
            raise OutsideError("it leads out of the workspace", path)
        if f"{os.sep}.git{os.sep}" in f"{real[len(root) :]}{os.sep}":
            raise OutsideError("it is git's own", path)


def _amount(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 2**10} KiB"
