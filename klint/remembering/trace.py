"""What a run asked the disk and was told. Asked again, it tells whether another run would find the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from klint.workspace.disk import DiskTree
from klint.workspace.tree import MAX_FILE_SIZE, FolderEntry, Tree

SETTLED = 2 * 10**9
"""Nanoseconds for which a file must not have changed before its times tell whether it does.

A file system may write the same time down for two changes in a row: FAT has times of two seconds.
Source: Documentation/technical/racy-git.adoc of git.
"""

_CONTENTS = ("read", "head")
_TELLS_CHANGES = os.name == "posix"
"""Whether there is a time of a file that changes with all of it, and that nobody can set. Windows has none."""

Stamp = list[int]
Answer = str | bool
Question = tuple[str, str, int]
"""A method of a Tree, the path and, for contents, how many bytes."""


class Trace:
    """What was asked since a moment, of one Tree or several.

    A file's content is kept as its digest, with what the system says of the file if that can stand for the content.
    """

    def __init__(self, began: int) -> None:
        """Begin at a time, in nanoseconds as `time.time_ns` has it."""
        self._settled = began - SETTLED
        self._answers: dict[str, dict[Question, Answer]] = {}
        self._stamps: dict[tuple[str, str], Stamp] = {}
        self.read: set[Path] = set()
        """The files whose contents were asked for through the Trees that are watched."""
        self.is_torn = False
        """Whether the same was asked twice and told differently: something changed meanwhile."""

    def watch(self, tree: DiskTree) -> Tree:
        """The same files, and what is asked of them is noted."""
        answers = self._answers.setdefault(str(tree.root), {})

        def ask(method: str, path: Path, number: int = 0) -> Any:
            if method in _CONTENTS:
                self.read.add(path)
                self._stamp(tree, path)
            told, answer = _asked(tree, method, path, number)
            if answers.setdefault((method, str(path), number), answer) != answer:
                self.is_torn = True
            if isinstance(told, OSError):
                raise told
            return told

        return _Watched(tree, ask)

    def _stamp(self, tree: DiskTree, path: Path) -> None:
        """Note a file's stamp before its content is first read: what is written meanwhile changes it."""
        key = (str(tree.root), str(path))
        stamp = None if key in self._stamps else _stamp_of(tree, path)
        if stamp is not None and max(stamp[-2:]) < self._settled:
            self._stamps[key] = stamp

    def written(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {
            root: [[*question, answer, self._stamps.get((root, question[1]))] for question, answer in answers.items()]
            for root, answers in self._answers.items()
        }


def again(written: dict[str, Any], began: int, most: int = 0) -> tuple[Trace, frozenset[Path]] | None:
    """Ask everything again: the trace of that, and the files, `most` of them, that have another content now.

    None as soon as anything else is told differently. A file whose stamp is what it was is not read.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: this is no trace.
    """
    trace = Trace(began)
    edited: set[Path] = set()
    for root, answers in written.items():
        tree = DiskTree(Path(root))
        known = trace._answers.setdefault(root, {})
        paths: dict[str, Path] = {}
        for method, name, number, answer, stamp in answers:
            path = paths.get(name) or paths.setdefault(name, Path(name))
            if method in _CONTENTS:
                if (root, name) not in trace._stamps:
                    trace._stamp(tree, path)
                if stamp is not None and trace._stamps.get((root, name)) == stamp:
                    known[method, name, number] = answer
                    continue
            if method not in _METHODS:
                return None
            told, now = _asked(tree, method, path, number)
            if now != answer:
                if method != "read" or not isinstance(told, bytes) or len(edited) == most:
                    return None
                edited.add(path)
            known[method, name, number] = now
    return trace, frozenset(edited)


def _asked(tree: DiskTree, method: str, path: Path, number: int) -> tuple[Any, Answer]:
    """What a Tree tells, or the error it raises; and what is kept of that."""
    ask = getattr(tree, method)
    try:
        told = ask(path, number) if method in _CONTENTS else ask(path)
    except OSError as error:
        return error, f"{type(error).__name__} {error.errno} {error.strerror}"
    if isinstance(told, bytes):
        return told, hashlib.sha256(told).hexdigest()
    if isinstance(told, list):
        names = "\0".join(f"{kind}/{name}" for name, kind in told)
        return told, hashlib.sha256(os.fsencode(names)).hexdigest()
    return told, told


def _stamp_of(tree: DiskTree, path: Path) -> Stamp | None:
    """What changes with a file's content: which file it is, its size, and when it was changed."""
    if not _TELLS_CHANGES:
        return None
    try:
        found = tree.status(path)
    except OSError:
        return None
    return [found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


class _Watched:
    """A Tree that asks another one through a function."""

    def __init__(self, below: Tree, ask: Callable[..., Any]) -> None:
        self._below = below
        self._ask = ask

    @property
    def root(self) -> Path:
        return self._below.root

    def read(self, path: Path, limit: int = MAX_FILE_SIZE) -> bytes:
        content: bytes = self._ask("read", path, limit)
        return content

    def head(self, path: Path, size: int) -> bytes:
        content: bytes = self._ask("head", path, size)
        return content

    def exists(self, path: Path) -> bool:
        return bool(self._ask("exists", path))

    def is_file(self, path: Path) -> bool:
        return bool(self._ask("is_file", path))

    def is_folder(self, path: Path) -> bool:
        return bool(self._ask("is_folder", path))

    def entries(self, folder: Path) -> list[FolderEntry]:
        entries: list[FolderEntry] = self._ask("entries", folder)
        return entries

    def real(self, path: Path) -> str:
        return str(self._ask("real", path))

    def is_repository(self, folder: Path) -> bool:
        return bool(self._ask("is_repository", folder))

    def tracks(self, path: Path) -> bool:
        return bool(self._ask("tracks", path))

    def fresh(self) -> Tree:
        """The Tree now. What is asked from here on is not noted: it is another run."""
        return self._below.fresh()


_METHODS = (*_CONTENTS, "exists", "is_file", "is_folder", "entries", "real", "is_repository", "tracks")
