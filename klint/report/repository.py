"""Paths as a code host knows them: relative to the repository's root, whatever the working directory."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from klint.workspace.git.repository import repository_root

if TYPE_CHECKING:
    from klint.text.source import Source
    from klint.workspace.workspace import Workspace


class RepositoryPaths:
    """Turns sources into paths below the git repository's root, or below the working directory without one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace.root
        self._root = str((repository_root(workspace.root) or Path.cwd()).resolve())
        self._real_folder = cache(os.path.realpath)
        self._paths: dict[str, str] = {}
        self._uris: dict[str, str] = {}

    def path(self, source: Source) -> str:
        """The path with forward slashes, links followed: relative, or absolute for a file outside the root."""
        if source.path not in self._paths:
            folder, name = os.path.split(self._workspace / source.relative if source.relative else source.path)
            found = f"{self._real_folder(folder).rstrip(os.sep)}{os.sep}{name}"
            if name in ("", ".", "..") or Path(found).is_symlink():
                found = os.path.realpath(found)
            below = self._root.rstrip(os.sep) + os.sep
            self._paths[source.path] = found.removeprefix(below).replace(os.sep, "/")
        return self._paths[source.path]

    def uri(self, source: Source) -> str:
        """The path as a URI reference, percent-encoded; a `file:` URI for a file outside the root."""
        if source.path not in self._uris:
            path = self.path(source)
            encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
            self._uris[source.path] = f"file://{encoded}" if Path(path).is_absolute() else encoded
        return self._uris[source.path]
