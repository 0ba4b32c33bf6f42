"""Files of a workspace that its scripts source: `. ./lib.sh`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from klint.scripts.snippet import HOLE
from klint.text.encoding import NotTextError, decode_script
from klint.text.source import Source
from klint.workspace.paths import relative_to, shown
from klint.workspace.workspace import Workspace

_MAX_SIZE = 2**18
"""Bytes of a file that is read because a script sources it; it may be read for many."""


class SourcedFiles:
    """The files that scripts source, each read once, and through the workspace's Tree alone."""

    def __init__(self, workspace: Workspace) -> None:
        self._tree = workspace.tree
        self._root = workspace.root
        self._read: dict[Path, Source | None] = {
            workspace.root / source.relative: source for source in workspace.scripts if source.relative
        }

    def find(self, script: Source, name: str) -> Source | None:
        """The file that a script means. It runs in its own folder or at the root, where that makes a difference.

        `$ROOT/lib.sh` and `$(dirname "$0")/lib.sh` mean one of the same two: what stands for the folder is not known.
        """
        rest = name.removeprefix(f"{HOLE}/")
        if HOLE in rest or "\0" in rest or rest.startswith(("/", "~")):
            return None
        folders = ((self._root / script.relative).parent, self._root)
        return next(filter(None, (self._at(Path(os.path.normpath(folder / rest))) for folder in folders)), None)

    def _at(self, path: Path) -> Source | None:
        if path not in self._read:
            self._read[path] = None
            with suppress(OSError, NotTextError):
                if self._tree.is_file(path):
                    text = decode_script(self._tree.read(path, _MAX_SIZE)).text
                    self._read[path] = Source(shown(path), text, relative_to(self._root, path))
        return self._read[path]
