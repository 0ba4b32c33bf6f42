"""Open editor buffers laid over another Tree: what is not saved yet is linted as if it were."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from klint.workspace.tree import (
    MAX_ENTRIES,
    MAX_FILE_SIZE,
    FolderEntry,
    NoRegularFileError,
    OutsideError,
    TooLargeError,
    Tree,
)


class OverlayTree:
    """A Tree with some files changed, added (with the folders around them) or gone.

    A buffer counts for the file that its path leads to, through whatever links. What lies outside the Tree below it is
    no part of this one either. A buffer that could not be saved, as a folder stands there, or a file where a folder
    would have to be, counts for nothing.
    """

    def __init__(self, below: Tree, changed: Mapping[Path, bytes | None]) -> None:
        """Lay over a Tree what differs from it: a file's content by its absolute path, None where it is gone."""
        self._below = below
        self._changed = dict(changed)
        self._contents: dict[str, bytes] = {}
        self._gone: set[str] = set()
        self._added: dict[str, dict[str, FolderEntry]] = {}
        """By folder, what it lists because of the buffers."""
        self._top = self._place(self.root)
        for path, content in changed.items():
            try:
                self._lay(self._place(path), content)
            except OutsideError:
                continue

    @property
    def root(self) -> Path:
        """The root of the Tree below."""
        return self._below.root

    def fresh(self) -> OverlayTree:
        """The same buffers over the Tree below as it is now."""
        return OverlayTree(self._below.fresh(), self._changed)

    def _lay(self, place: str, content: bytes | None) -> None:
        if content is None:
            self._gone.add(place)
            return
        missing = []
        above = place
        while above != self._top and not self._below.exists(Path(above)):
            missing.append(above)
            above = os.path.split(above)[0]
        is_folder = above == self._top or self._below.is_folder(Path(above))
        is_taken = place in self._added or not self._contents.keys().isdisjoint(missing[1:])
        if is_folder != bool(missing) or is_taken:
            return
        self._contents[place] = content
        kind: Literal["file", "folder"] = "file"
        for part in missing:
            folder, name = os.path.split(part)
            self._added.setdefault(folder, {})[name] = FolderEntry(name, kind)
            kind = "folder"

    def _place(self, path: Path) -> str:
        """Where a path leads in the Tree below, as far as it leads there; the rest is as it is written."""
        root, current, rest = os.path.abspath(self.root), os.path.abspath(path), ""
        while True:
            try:
                return _join(self._below.real(Path(current)), rest) if rest else self._below.real(Path(current))
            except OutsideError:
                raise
            except OSError:
                above, name = os.path.split(current)
                if current == root:  # it is not there, so nothing leads elsewhere
                    return _join(root, rest) if rest else root
                if above == current:
                    raise OutsideError("it leads out of the workspace", path) from None
                if name == ".git":
                    raise OutsideError("it is git's own", path) from None
                current, rest = above, _join(name, rest) if rest else name

    # What a Tree does

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content."""
        content = self._content(path)
        if content is None:
            return self._below.read(path, limit)
        if len(content) > limit:
            raise TooLargeError.of(path, limit)
        return content

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file, however large it is."""
        content = self._content(path)
        return self._below.head(path, size) if content is None else content[:size]

    def _content(self, path: Path) -> bytes | None:
        """What is held instead of a file; None where the Tree below knows."""
        place = self.real(path)
        if place in self._added and place not in self._contents:
            raise NoRegularFileError(path)
        return self._contents.get(place)

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name, be it a link that leads nowhere."""
        folder, name = os.path.split(os.path.abspath(path))
        try:
            place = _join(self._place(Path(folder)), name)
        except OSError:
            return False
        return not self._is_gone(place) and (
            place in self._contents or place in self._added or self._below.exists(path)
        )

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file, or a link to one."""
        try:
            place = self.real(path)
        except OSError:
            return False
        return place in self._contents or self._below.is_file(path)

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder, or a link to one."""
        try:
            place = self.real(path)
        except OSError:
            return False
        return place not in self._contents and (place in self._added or self._below.is_folder(path))

    def entries(self, folder: Path) -> list[FolderEntry]:
        """What is in a folder, by name."""
        place = self.real(folder)
        added = self._added.get(place, {})
        below = self._below.entries(folder) if self._below.is_folder(folder) or not added else []
        entries = {**{entry.name: entry for entry in below}, **added}.values()
        kept = [entry for entry in entries if _join(place, entry.name) not in self._gone]
        if len(kept) > MAX_ENTRIES:
            raise TooLargeError(f"it holds more than {MAX_ENTRIES} entries", folder)
        return sorted(kept)

    def real(self, path: Path) -> str:
        """Where a path leads, through all links."""
        place = self._place(path)
        if not self._is_gone(place):
            if place in self._contents or place in self._added:
                return place
            return self._below.real(path)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))

    def _is_gone(self, place: str) -> bool:
        return bool(self._gone) and any(str(part) in self._gone for part in (Path(place), *Path(place).parents))

    def is_repository(self, folder: Path) -> bool:
        """Whether a git repository begins in this folder."""
        return self._below.is_repository(folder)

    def tracks(self, path: Path) -> bool:
        """Whether git tracks this file, or a file below this folder: not if it is in a buffer alone."""
        return self._below.tracks(path)


def _join(folder: str, name: str) -> str:
    return f"{folder.rstrip(os.sep)}{os.sep}{name}"
