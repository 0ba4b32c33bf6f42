"""One folder of the disk, out of which nothing leads: how klint opens files that a stranger may have written.

Only regular files are opened, and never in a way that waits for a writer. This is what DiskTree reads what is linted
with, and what klint reads git's and its own files with.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from klint.records import cached_property, dataclass, field
from klint.workspace.tree import (
    MAX_ENTRIES,
    MAX_FILE_SIZE,
    FolderEntry,
    NoRegularFileError,
    OutsideError,
    TooLargeError,
)

_LEAST = 4096
"""Bytes that are asked for at once where a file has more than it is said to have."""

_OPEN = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _OPEN |= getattr(os, _flag, 0)  # not every system has each


@dataclass(frozen=True)
class Folder:
    """The disk below a root; its methods are those of a Tree.

    A folder's real path is looked up once and remembered.
    """

    root: Path
    _real: dict[str, str | OSError] = field(default_factory=dict, repr=False, compare=False)

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content."""
        descriptor, size = self._opened(path)  # a stream takes longer to make than most files to read
        try:
            data = _read(descriptor, size, limit + 1) if size <= limit else None
        finally:
            os.close(descriptor)
        if data is None or len(data) > limit:
            raise TooLargeError.of(path, limit)
        return data

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file, however large it is."""
        with self.open(path) as stream:
            return stream.read(size)

    def open(self, path: Path) -> BinaryIO:
        """A regular file, open to be read."""
        return os.fdopen(self._opened(path)[0], "rb")

    def _opened(self, path: Path) -> tuple[int, int]:
        """The descriptor of a regular file, open to be read, and how many bytes it has."""
        real = self.real(path)
        if not stat.S_ISREG(os.lstat(real).st_mode):  # opening a device may do something already
            raise NoRegularFileError(path)
        try:
            descriptor = os.open(real, _OPEN)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise NoRegularFileError(path)
        return descriptor, status.st_size

    def status(self, path: Path) -> os.stat_result:
        """What the system says of what a path leads to; raises as `real` does."""
        return os.lstat(self.real(path))

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file that may be read, or a link to one."""
        try:
            return stat.S_ISREG(self.status(path).st_mode)
        except OSError:
            return False

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder that may be looked into, or a link to one."""
        try:
            return stat.S_ISDIR(self.status(path).st_mode)
        except OSError:
            return False

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name, be it a link that leads nowhere."""
        folder, name = os.path.split(os.path.abspath(path))
        try:
            found = f"{self._real_folder(folder).rstrip(os.sep)}{os.sep}{name}"
            self._check(found, path)
            return os.path.lexists(found)
        except OSError:
            return False

    def entries(self, folder: Path) -> list[FolderEntry]:
        """What is in a folder, by name."""
        self.real(folder)
        with os.scandir(folder) as found:
            entries = [_listed(entry) for entry, _ in zip(found, range(MAX_ENTRIES + 1), strict=False)]
        if len(entries) > MAX_ENTRIES:
            raise TooLargeError(f"it holds more than {MAX_ENTRIES} entries", folder)
        return sorted(entries)

    def real(self, path: Path) -> str:
        """Where a path leads, through all links. Whether there is anything outside makes no difference."""
        folder, name = os.path.split(os.path.abspath(path))
        found = ""
        try:
            found = f"{self._real_folder(folder).rstrip(os.sep)}{os.sep}{name}"
            if not name or stat.S_ISLNK(os.lstat(found).st_mode):
                found = os.path.realpath(found, strict=True)
        except ValueError:  # a null in the name
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
        except OSError:
            self._check(found or self._nearest(folder), path)
            raise
        self._check(found, path)
        return found

    def _nearest(self, folder: str) -> str:
        """Where a folder that is not there would be, as far as that can be told: in the nearest above that is."""
        rest, name = "", folder
        while isinstance(found := self._real[folder], OSError) and name:
            folder, name = os.path.split(folder)
            rest = f"{os.sep}{name}{rest}"
        return rest if isinstance(found, OSError) else f"{found.rstrip(os.sep)}{rest}"

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

    @cached_property
    def _top(self) -> str:
        """The real path of the root."""
        return self._real_folder(os.path.abspath(self.root)).rstrip(os.sep)

    def _check(self, real: str, path: Path) -> None:
        root = self._top
        if real != root and not real.startswith(root + os.sep):
            raise OutsideError("it leads out of the workspace", path)
        if f"{os.sep}.git{os.sep}" in f"{real[len(root) :]}{os.sep}":
            raise OutsideError("it is git's own", path)


def _read(descriptor: int, size: int, most: int) -> bytes:
    """What is in an open file of about a size, as far as so many bytes go. It may have grown, or a system lie of it.

    No more is asked for than the file has: of a larger buffer that is cut to its size a gap stays behind each text.
    """
    parts: list[bytes] = []
    wanted = size + 1
    while most > 0 and (part := os.read(descriptor, min(most, wanted))):
        parts.append(part)
        most -= len(part)
        wanted = max(size, _LEAST)
    return b"".join(parts)


def _listed(entry: os.DirEntry[str]) -> FolderEntry:
    if entry.is_symlink():
        return FolderEntry(entry.name, "link")
    if entry.is_dir(follow_symlinks=False):
        return FolderEntry(entry.name, "folder")
    return FolderEntry(entry.name, "file" if entry.is_file(follow_symlinks=False) else "other")
