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
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from klint.workspace.git.objects import MissingError, Objects, read_tree
from klint.workspace.git.pack import BrokenError, Stored
from klint.workspace.git.repository import git_folder
from klint.workspace.git.revisions import Repository, RevisionError
from klint.workspace.tree import (
    MAX_ENTRIES,
    MAX_FILE_SIZE,
    FolderEntry,
    NoRegularFileError,
    OutsideError,
    TooLargeError,
    Tree,
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
    """What a tree lists, and the objects that it is among. Of a submodule, a folder, the name is that of a commit."""

    kind: Literal["file", "folder", "link"]
    name: bytes
    objects: Objects
    is_submodule: bool = False


class RevisionTree:
    """The files of one revision of the repository at `root`, which is also where they would lie on the disk."""

    def __init__(self, root: Path, revision: str, beside: Tree | None = None) -> None:
        """Look the revision up.

        Args:
            root: the repository's root.
            revision: a commit, branch or tag.
            beside: where most files are what they were: those of them that are, by the name that git gives them, need
                not be unpacked.

        Raises:
            RevisionError: there is no such repository or revision, or it cannot be read.
        """
        self._root = Path(os.path.abspath(root))
        objects, name = Repository(self._root).tree(revision)
        self._top = _Node("folder", name, objects)
        self._folders: dict[tuple[Path, bytes], Mapping[str, _Node]] = {}
        self._submodules: dict[str, _Node | None] = {}
        self._beside = beside
        self.unread: list[str] = []
        """Why objects could not be read, those that could not."""

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
        real, node = self._find(path)
        if node.kind != "file":
            raise NoRegularFileError(path)
        if self._beside is not None:
            with suppress(OSError):
                data = self._beside.read(Path(real))
                if node.objects.name_of(Stored("blob", data)) == node.name:
                    return data
        return self._read(node, "blob", path)

    def _read(self, node: _Node, kind: str, path: Path) -> bytes:
        try:
            return node.objects.read(node.name, kind)
        except BrokenError as error:
            reason = str(error) if isinstance(error, MissingError) else f"git's object {error}"
            self.unread.append(reason)
            raise UnreadableError(reason, path, errno.EIO) from None

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
        real, node = self._find(folder)
        if node.kind != "folder":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        return sorted(FolderEntry(name, found.kind) for name, found in self._listed(node, real, folder).items())

    def real(self, path: Path) -> str:
        """Where a path leads, through all links."""
        return self._find(path)[0]

    def is_repository(self, folder: Path) -> bool:
        """Whether this is the root, or a submodule."""
        try:
            real, node = self._find(folder)
        except OSError:
            return False
        return real == str(self._root) or node.is_submodule

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
            node = self._listed(here, self._joined(way) if here.is_submodule else "", path).get(step)
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
        return self._joined(way), way[-1][1] if way else self._top

    def _joined(self, way: list[tuple[str, _Node]]) -> str:
        return "/".join((str(self._root).rstrip("/"), *(name for name, _ in way))).replace("/", os.sep)

    def _steps(self, absolute: str, path: Path) -> list[str]:
        """The names from the root to an absolute path, the last one first."""
        root = str(self._root).rstrip(os.sep)
        if absolute != root and not absolute.startswith(root + os.sep):
            raise OutsideError("it leads out of the workspace", path)
        return _steps_of(absolute[len(root) :].replace(os.sep, "/"))

    def _listed(self, node: _Node, real: str, path: Path) -> Mapping[str, _Node]:
        """What is in a folder; `real` is where it is, which counts for submodules."""
        if node.is_submodule:
            top = self._submodule(node, real)
            return self._listed(top, real, path) if top else {}
        key = node.objects.common, node.name
        if key not in self._folders:
            try:
                self._folders[key] = dict(_nodes(self._read(node, "tree", path), node.objects, path))
            except BrokenError as error:
                self.unread.append(f"git's object {node.name.hex()} cannot be read: {error}")
                raise UnreadableError(self.unread[-1], path) from None
        return self._folders[key]

    def _submodule(self, node: _Node, real: str) -> _Node | None:
        """The topmost folder of a submodule's commit; None where the submodule is not checked out."""
        if real not in self._submodules:
            self._submodules[real] = None
            if git_folder(Path(real)):
                try:
                    objects, name = Repository(Path(real)).tree(node.name.hex())
                except RevisionError as error:
                    self.unread.append(f"submodule {real}: {error}")
                else:
                    self._submodules[real] = _Node("folder", name, objects)
        return self._submodules[real]


def _nodes(data: bytes, objects: Objects, path: Path) -> Iterator[tuple[str, _Node]]:
    """What a tree lists. What git takes into none, names that lead elsewhere and its own folder, is not there."""
    for number, (mode, name, target) in enumerate(read_tree(data, objects.name_size)):
        if number == MAX_ENTRIES:
            raise TooLargeError(f"it holds more than {MAX_ENTRIES} entries", path)
        kind = _KINDS.get(stat.S_IFMT(mode))
        if kind and name not in (b"", b".", b"..") and b"/" not in name and name.lower() != b".git":
            yield os.fsdecode(name), _Node(kind, target, objects, stat.S_IFMT(mode) == _SUBMODULE)


def _steps_of(path: str) -> list[str]:
    """The names in a path, the last one first."""
    return [step for step in reversed(path.split("/")) if step not in ("", os.curdir)]
