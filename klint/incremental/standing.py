"""Whether what was rendered of charts and kustomizations stands after an edit of manifests beside them."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from klint.incremental.reading import Reading
from klint.workspace.deployers.argo.options import build_options
from klint.workspace.deployers.kinds import is_deployer
from klint.workspace.rendered import Rendered
from klint.workspace.tree import Tree
from klint.workspace.walk import HISTORIES, TOOL_FOLDERS


def stands(rendered: Rendered | None, reading: Reading, paths: Collection[Path], below: Collection[Path]) -> bool:
    """Whether rendering again would certainly give the same.

    Which files there are is the same, as else there is no Reading. So it matters whether one was read that may hold
    something else, and what manifests say of rendering.

    Args:
        rendered: what was rendered, of files that are as they were then but for these; None where nothing was.
        reading: the workspace after the edit.
        paths: the files that may have changed, absolute.
        below: the files and folders that are linted, absolute. Of others nobody may tell that they change.
    """
    before = [document for file in reading.changed.values() for document in file.before]
    now = [document for file in reading.changed.values() for document in file.now]
    if any(is_deployer(document.data) for document in now) or [*build_options(before)] != [*build_options(now)]:
        return False
    if rendered is None:
        return True
    tree = reading.workspace.tree
    return (
        rendered.read is not None
        and rendered.read.isdisjoint(_places(paths, tree))
        and _are_watched(rendered.read, _places(below, tree))
    )


def _places(paths: Collection[Path], tree: Tree) -> set[str]:
    """Some paths, and where those lead that lead anywhere."""
    found = {os.path.abspath(path) for path in paths}
    for path in paths:
        with suppress(OSError):
            found.add(tree.real(path))
    return found


def _are_watched(files: Collection[str], folders: Collection[str]) -> bool:
    """Whether who watches some folders sees all of these files."""
    return all(any(_is_seen(file, folder) for folder in folders) for file in files)


def _is_seen(file: str, folder: str) -> bool:
    """Whether a file is a folder, or below it and in none that a watch passes over."""
    is_below = file == folder or file.startswith(f"{folder.rstrip(os.sep)}{os.sep}")
    return is_below and _UNSEEN.isdisjoint(Path(file[len(folder) :]).parts)


_UNSEEN = frozenset((*HISTORIES, *TOOL_FOLDERS))
