"""A Tree that notes which files are read through it: what is made of it follows from these."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from klint.workspace.tree import MAX_FILE_SIZE, FolderEntry, Tree


class NotingTree:
    """Another Tree as it is, with the files whose content somebody asked for."""

    def __init__(self, below: Tree) -> None:
        """Note what is read of a Tree from now on."""
        self._below = below
        self._noted: set[str] = set()

    @property
    def noted(self) -> frozenset[str]:
        """The files, readable or not, by the absolute paths that they were asked for by and those that these lead to.

        What they hold matters, and not only that they are there.
        """
        return frozenset(self._noted)

    def _note(self, path: Path) -> None:
        self._noted.add(os.path.abspath(path))
        with suppress(OSError):
            self._noted.add(self._below.real(path))

    # What a Tree does

    @property
    def root(self) -> Path:
        """The root of the Tree below."""
        return self._below.root

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content."""
        self._note(path)
        return self._below.read(path, limit)

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file, however large it is."""
        self._note(path)
        return self._below.head(path, size)

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name, be it a link that leads nowhere."""
        return self._below.exists(path)

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file, or a link to one."""
        return self._below.is_file(path)

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder, or a link to one."""
        return self._below.is_folder(path)

    def entries(self, folder: Path) -> list[FolderEntry]:
        """What is in a folder, by name."""
        return self._below.entries(folder)

    def real(self, path: Path) -> str:
        """Where a path leads, through all links."""
        return self._below.real(path)

    def is_repository(self, folder: Path) -> bool:
        """Whether a git repository begins in this folder."""
        return self._below.is_repository(folder)

    def tracks(self, path: Path) -> bool:
        """Whether git tracks this file, or a file somewhere below this folder."""
        return self._below.tracks(path)

    def fresh(self) -> Tree:
        """The Tree below as it is now. What is read of that is not noted here."""
        return self._below.fresh()
