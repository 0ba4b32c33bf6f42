"""A git revision as a Tree: the files as they were committed.

klint reads the repository's objects by itself. git would read the repository's configuration first, which may be a
stranger's, and may run what that names or fetch what a partial clone lacks; linting runs nothing and opens no socket.
So files are what the commit has: no filter, line ending or encoding of `.gitattributes` is applied, and a file that Git
LFS keeps elsewhere is its pointer.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from klint.workspace.git.objects import MissingError, read_tree
from klint.workspace.git.pack import BrokenError
from klint.workspace.git.revisions import Repository
from klint.workspace.tree import (
    MAX_ENTRIES,
    MAX_FILE_SIZE,
    FolderEntry,
    NoRegularFileError,
    OutsideError,
    TooLargeError,
    UnreadableError,
)

_MAX_LINKS = 40
"""Links on the way to one file, as Linux follows them."""

_MAX_LINK = 4096

_SUBMODULE = 0o160000

_KINDS: Mapping[int, Literal["file", "folder", "link"]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    _SUBMODULE: "folder",
}


class _Node(NamedTuple):
    """What a tree lists. A submodule is a folder with nothing in it, and an empty name."""

    kind: Literal["file", "folder", "link"]
    name: bytes


class RevisionTree:
    """The files of one revision of the repository at `root`, which is also where they would lie on the disk."""

    def __init__(self, root: Path, revision: str) -> None:
        """Look the revision up.

        Raises:
            RevisionError: there is no such repository or revision, or it cannot be read.
        """
        self._root = Path(os.path.abspath(root))
        self._objects, name = Repository(self._root).tree(revision)
        self._top = _Node("folder", name)
        self._folders: dict[bytes, Mapping[str, _Node]] = {}

    @property
    def root(self) -> Path:
        """The repository's root."""
        return self._root

    def fresh(self) -> RevisionTree:
        """This: a revision does not change."""
        return self

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        """A file's content."""
        data = self._content(path)
        if len(data) > limit:
            raise TooLargeError.of(path, limit)
        return data

    def head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file."""
        return self._content(path)[:size]

    def _content(self, path: Path) -> bytes:
        _, node = self._find(path)
        if node.kind != "file":
            raise NoRegularFileError(path)
        return self._read(node, "blob", path)

    def _read(self, node: _Node, kind: str, path: Path) -> bytes:
        try:
            return self._objects.read(node.name, kind)
        except MissingError as error:
            raise UnreadableError(str(error), path, errno.EIO) from None
        except BrokenError as error:
            raise UnreadableError(f"git's object {error}", path, errno.EIO) from None

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name, be it a link that leads nowhere."""
        try:
            self._find(path, last=False)
        except OSError:
            return False
        return True

    def is_file(self, path: Path) -> bool:
        """Whether this is a regular file, or a link to one."""
        return self._kind(path) == "file"

    def is_folder(self, path: Path) -> bool:
        """Whether this is a folder, or a link to one."""
        return self._kind(path) == "folder"

    def _kind(self, path: Path) -> str:
        try:
            return self._find(path)[1].kind
        except OSError:
            return ""

    def entries(self, folder: Path) -> list[FolderEntry]:
        """What is in a folder, by name."""
        _, node = self._find(folder)
        if node.kind != "folder":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        return sorted(FolderEntry(name, found.kind) for name, found in self._listed(node, folder).items())

    def real(self, path: Path) -> str:
        """Where a path leads, through all links."""
        return self._find(path)[0]

    def is_repository(self, folder: Path) -> bool:
        """Whether this is the root, or a submodule."""
        try:
            real, node = self._find(folder)
        except OSError:
            return False
        return real == str(self._root) or (node.kind == "folder" and not node.name)

    def tracks(self, path: Path) -> bool:
        """Whether it is in the revision: all that is, git tracks."""
        return self.exists(path)

    def _find(self, path: Path, *, last: bool = True) -> tuple[str, _Node]:
        """Where a path leads, and what is there. The last link is followed unless that is not wanted."""
        waiting = self._steps(os.path.abspath(path), path)
        way: list[tuple[str, _Node]] = []
        links = 0
        while waiting:
            step = waiting.pop()
            here = way[-1][1] if way else self._top
            if step == ".git":
                raise OutsideError("it is git's own", path)
            if step == os.pardir:
                if not way:
                    raise OutsideError("it leads out of the workspace", path)
                way.pop()
                continue
            if here.kind != "folder":
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
            node = self._listed(here, path).get(step)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            if node.kind != "link" or not (waiting or last):
                way.append((step, node))
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            target = os.fsdecode(self._read(node, "blob", path)[: _MAX_LINK + 1])
            if not target or len(target) > _MAX_LINK or "\0" in target:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            if target.startswith("/"):
                waiting += self._steps(target, path)
                way.clear()
            else:
                waiting += _steps_of(target)
        found = "/".join((str(self._root).rstrip("/"), *(name for name, _ in way)))
        return found.replace("/", os.sep), way[-1][1] if way else self._top

    def _steps(self, absolute: str, path: Path) -> list[str]:
        """The names from the root to an absolute path, the last one first."""
        root = str(self._root).rstrip(os.sep)
        if absolute != root and not absolute.startswith(root + os.sep):
            raise OutsideError("it leads out of the workspace", path)
        return _steps_of(absolute[len(root) :].replace(os.sep, "/"))

    def _listed(self, node: _Node, path: Path) -> Mapping[str, _Node]:
        """What is in a folder."""
        if not node.name:
            return {}
        if node.name not in self._folders:
            try:
                self._folders[node.name] = dict(_nodes(self._read(node, "tree", path), self._objects.name_size, path))
            except BrokenError as error:
                raise UnreadableError(f"git's object {node.name.hex()} cannot be read: {error}", path) from None
        return self._folders[node.name]


def _nodes(data: bytes, name_size: int, path: Path) -> Iterator[tuple[str, _Node]]:
    """What a tree lists. What git takes into none, names that lead elsewhere and its own folder, is not there."""
    for number, (mode, name, target) in enumerate(read_tree(data, name_size)):
        if number == MAX_ENTRIES:
            raise TooLargeError(f"it holds more than {MAX_ENTRIES} entries", path)
        kind = _KINDS.get(stat.S_IFMT(mode))
        if kind and name not in (b"", b".", b"..") and b"/" not in name and name.lower() != b".git":
            yield os.fsdecode(name), _Node(kind, b"" if stat.S_IFMT(mode) == _SUBMODULE else target)


def _steps_of(path: str) -> list[str]:
    """The names in a path, the last one first."""
    return [step for step in reversed(path.split("/")) if step not in ("", os.curdir)]
