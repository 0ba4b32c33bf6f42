"""Where files come from: the one door through which klint lists, reads and asks for the files of what is linted.

Three things are a Tree: the disk (`disk.py`), open editor buffers laid over another Tree (`overlay.py`), and a git
revision (`revision.py`); `noting.py` notes what is read of one. What is linted may be a stranger's, so each of them
keeps these promises:

- nothing that lies outside the root is read, wherever links lead, nor what git keeps for itself;
- only regular files are read, and none past a limit, whatever size it says it has;
- nothing is run, fetched or written.
"""

from __future__ import annotations

import errno
from collections import namedtuple
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

MAX_FILE_SIZE = 16 * 2**20
"""Bytes. The largest manifests in public repositories, bundles of CRDs, stay below 6 MB."""

MAX_ENTRIES = 100_000
"""Entries of one folder that are looked at."""


class UnreadableError(OSError):
    """A file or folder that klint does not read; `strerror` says why, in a few words."""

    def __init__(self, reason: str, path: Path, number: int = errno.EACCES) -> None:
        super().__init__(number, reason, str(path))


class OutsideError(UnreadableError):
    """A path that leads out of the root, perhaps through a link."""


class TooLargeError(UnreadableError):
    """A file that is larger than it may be."""

    @classmethod
    def of(cls, path: Path, limit: int) -> TooLargeError:
        """The error of a file that is larger than so many bytes."""
        amount = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 2**10} KiB"
        return cls(f"it is larger than {amount}", path)


class NoRegularFileError(UnreadableError):
    """A folder, pipe, socket or device where a file is asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__("it is no regular file", path)


if TYPE_CHECKING:

    class FolderEntry(NamedTuple):
        """What a folder lists under a name; a link is not followed to say what it is."""

        name: str
        kind: Literal["file", "folder", "link", "other"]
else:
    # NamedTuple compiles its annotations, for which Python first makes all that there is to its grammar.
    FolderEntry = namedtuple("FolderEntry", ("name", "kind"))


class Tree(Protocol):
    """Files below a root. Paths are absolute, or relative to the working directory, whatever the files come from.

    It shows the files of one moment: what it was asked once it may remember. `fresh` is the same Tree now.
    """

    @property
    def root(self) -> Path:
        """The folder that holds all of it."""

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content.

        Raises:
            OutsideError, TooLargeError, NoRegularFileError: klint does not read it.
            OSError: it is not there, or the system refuses it.
        """

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file, however large it is; raises as `read` does."""

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name, be it a link that leads nowhere."""

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file that may be read, or a link to one."""

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder that may be looked into, or a link to one."""

    def entries(self, folder: Path) -> list[FolderEntry]:
        """What is in a folder, by name.

        Raises:
            OSError: it is not in the root, is no folder, cannot be read, or holds more than MAX_ENTRIES.
        """

    def real(self, path: Path) -> str:
        """Where a path leads, through all links.

        Raises:
            OutsideError: it leads out of the root, or into what git keeps for itself.
            OSError: it leads nowhere.
        """

    def is_repository(self, folder: Path) -> bool:
        """Whether a git repository begins in this folder: the .gitignore files above it are another's."""

    def tracks(self, path: Path) -> bool:
        """Whether git tracks this file, or a file somewhere below this folder."""

    def fresh(self) -> Tree:
        """This Tree as it is now, for who looks again later."""
