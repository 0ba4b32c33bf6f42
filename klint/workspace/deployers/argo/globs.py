"""Folders and files of the workspace that a pattern names, as Argo CD looks for them in a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from klint.records import dataclass, field
from klint.workspace.deployers.argo.unknown import NotFollowedError
from klint.workspace.tree import FolderEntry, Tree

MAX_VISITED = 200_000
"""Entries of folders that are looked at for all patterns of a run."""

_MAX_ALTERNATIVES = 64


def alternatives(pattern: str) -> list[str]:
    """A pattern as those without `{a,b}` that it stands for.

    Raises:
        NotFollowedError: it stands for too many.
    """
    found, waiting = [], [pattern]
    while waiting:
        current = waiting.pop(0)
        start = current.find("{")
        end = current.find("}", start)
        if start < 0 or end < 0:
            found.append(current)
            continue
        start = current.rfind("{", 0, end)
        waiting += [f"{current[:start]}{item}{current[end + 1 :]}" for item in current[start + 1 : end].split(",")]
        if len(waiting) + len(found) > _MAX_ALTERNATIVES:
            raise NotFollowedError("a pattern with too many alternatives")
    return list(dict.fromkeys(found))


def fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern of one: `*`, `?`, `[a-z]`, `[^a-z]`. A `*` stands for slashes as well."""
    return fnmatchcase(name, pattern.replace("[^", "[!"))


@dataclass
class Files:
    """The files and folders of a Tree, listed when a pattern leads there, each folder once. Links are not followed."""

    tree: Tree
    _listed: dict[Path, list[FolderEntry]] = field(default_factory=dict)
    _visited: int = 0

    def directories(self, pattern: str) -> Iterator[Path]:
        """The folders that fit a pattern from the root: no `*` stands for a slash, and hidden folders do not count.

        Source: argo-cd's applicationset/generators/git.go, filterApps (Go's path.Match), and docs
        operator-manual/applicationset/Generators-Git.md, "Exclude directories".
        """
        folders = [self.tree.root]
        for part in filter(None, pattern.strip("/").split("/")):
            folders = [below for folder in folders for below in self._folders(folder, part)]
        yield from (folder for folder in folders if folder != self.tree.root)

    def tracked(self, pattern: str) -> list[Path]:
        """The files that fit a pattern as `git ls-files` has it: a `*` stands for slashes as well.

        Source: argo-cd's docs operator-manual/applicationset/Generators-Git-File-Globbing.md.
        """
        pattern = pattern.removeprefix("/")
        parts = pattern.split("/")
        plain = parts[: next((index for index, part in enumerate(parts) if is_glob(part)), len(parts) - 1)]
        top = self.tree.root.joinpath(*plain)
        root = f"{self.tree.root}".rstrip(os.sep) + os.sep
        found = (path for path in self.below(top) if fits(str(path).removeprefix(root).replace(os.sep, "/"), pattern))
        return sorted(found)

    def doubly_starred(self, folder: Path, pattern: str) -> list[Path]:
        """The files that fit a pattern from a folder, in which `**` stands for any number of folders: those of a folder
        before those further down.

        Source: argo-cd's docs user-guide/helm.md, "Glob Patterns in Value Files".
        """
        found: dict[Path, None] = {}
        for text in alternatives(pattern):
            found.update(dict.fromkeys(self._starred(folder, tuple(filter(None, text.split("/"))), set())))
        return list(found)

    def below(self, folder: Path) -> Iterator[Path]:
        """All files below a folder, hidden ones too, in the order of their paths."""
        waiting = [folder]
        while waiting:
            current = waiting.pop()
            entries = self._entries(current)
            yield from (current / name for name, kind in entries if kind == "file")
            waiting += [current / name for name, kind in reversed(entries) if kind == "folder" and name != ".git"]

    def in_folder(self, folder: Path) -> Iterator[Path]:
        """The files of a folder."""
        return (folder / name for name, kind in self._entries(folder) if kind == "file")

    def _folders(self, folder: Path, pattern: str) -> Iterator[Path]:
        for name, kind in self._entries(folder):
            if kind == "folder" and not name.startswith(".") and fits(name, pattern):
                yield folder / name

    def _starred(self, folder: Path, parts: tuple[str, ...], seen: set[tuple[Path, int]]) -> Iterator[Path]:
        if not parts or (folder, len(parts)) in seen:
            return
        seen.add((folder, len(parts)))
        first, *rest = parts
        entries = self._entries(folder)
        if first == "**":
            yield from self._starred(folder, tuple(rest) or ("*",), seen)
        elif not rest:
            yield from (folder / name for name, kind in entries if kind == "file" and fits(name, first))
        elif first == "..":
            yield from self._starred(folder.parent, tuple(rest), seen)
        for name, kind in entries:
            if kind == "folder" and name != ".git" and (first == "**" or (rest and fits(name, first))):
                yield from self._starred(folder / name, parts if first == "**" else tuple(rest), seen)

    def _entries(self, folder: Path) -> list[FolderEntry]:
        if folder not in self._listed:
            try:
                found = self.tree.entries(folder)
            except OSError:
                found = []
            self._visited += len(found)
            if self._visited > MAX_VISITED:
                raise NotFollowedError("patterns that too many files are looked at for")
            self._listed[folder] = found
        return self._listed[folder]


def is_glob(text: str) -> bool:
    """Whether a text is a pattern, and not a name."""
    return any(sign in text for sign in "*?[{")
