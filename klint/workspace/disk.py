"""The disk as a Tree: what is linted as it lies there, and what git says of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from klint.records import dataclass, field
from klint.workspace.folder import Folder
from klint.workspace.git.repository import repository_root

if TYPE_CHECKING:
    from klint.workspace.git.index import Tracked


@dataclass(frozen=True)
class DiskTree(Folder):
    """The disk below a root, which is where .gitignore files end to count."""

    _indexes: dict[Path, Tracked] = field(default_factory=dict, repr=False, compare=False)

    def is_repository(self, folder: Path) -> bool:
        """Whether a git repository begins in this folder."""
        return os.path.lexists(folder / ".git")

    def tracks(self, path: Path) -> bool:
        """Whether the index of the repository that holds it names this file, or a file below this folder."""
        from klint.workspace.git.index import Tracked  # few folders hold what git ignores

        root = repository_root(path.parent) or self.root
        return self._indexes.setdefault(root, Tracked(root)).has(path)

    def fresh(self) -> DiskTree:
        """The disk as it is now."""
        return DiskTree(self.root)
