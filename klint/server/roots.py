"""Which roots there are: folders that are open, and files of no open folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from klint.server.root import Root


class Roots:
    """The roots by path. A folder is one while it is open, a file while it is open and in no folder that is."""

    def __init__(self, make: Callable[[Path, Path], Root], closed: Callable[[Path, Root], None]) -> None:
        """Keep none yet.

        Args:
            make: begins to lint a path, given the folder outside of which nothing is looked at.
            closed: called with what is linted no more, once it is no root.
        """
        self._make = make
        self._closed = closed
        self._roots: dict[Path, Root] = {}
        self._files: set[Path] = set()
        """Those of the roots that are a file."""

    def __iter__(self) -> Iterator[Root]:
        """All of them now, whatever is opened and closed meanwhile."""
        return iter([*self._roots.values()])

    def at(self, path: Path) -> Root | None:
        """The root that a path is."""
        return self._roots.get(path)

    def holding(self, path: Path) -> Root | None:
        """The root that a file belongs to: the innermost folder that is open and holds it, or itself."""
        return next((self._roots[folder] for folder in (path, *path.parents) if folder in self._roots), None)

    def of_document(self, path: Path) -> Root:
        """The root that an open file belongs to; it is one itself if no open folder holds it."""
        root = self.holding(path)
        if root is None:
            root = self._roots[path] = self._make(path, path.parent)
            self._files.add(path)
        return root

    def add(self, folders: Iterable[Path]) -> None:
        """Folders are opened. Files in them are roots no more."""
        for folder in folders:
            if folder not in self._roots:
                self._roots[folder] = self._make(folder, folder)
        for file in [file for file in self._files if any(folder in self._roots for folder in file.parents)]:
            self.remove(file)

    def remove(self, path: Path) -> None:
        """A folder is closed, or a file that is a root; anything else is none of them."""
        root = self._roots.pop(path, None)
        self._files.discard(path)
        if root is not None:
            root.stop()
            self._closed(path, root)

    def remove_file(self, path: Path) -> None:
        """A file is closed: it is a root no more, if it was one."""
        if path in self._files:
            self.remove(path)
