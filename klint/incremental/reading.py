"""A workspace with some of its files read again, where that is all that an edit changes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from klint.records import replace
from klint.scripts.sources import adapter_for
from klint.text.document import Document
from klint.workspace.beside import is_plain, read_new
from klint.workspace.discovery import read_again
from klint.workspace.paths import relative_to, shown
from klint.workspace.tree import Tree
from klint.workspace.workspace import Workspace


class Changed(NamedTuple):
    """The documents that a file had, and those that it has now."""

    before: tuple[Document, ...]
    now: tuple[Document, ...]


class Reading(NamedTuple):
    """A workspace read again, and what changed of it by file, as reports call it."""

    workspace: Workspace
    changed: Mapping[str, Changed]


def with_files_read_again(
    workspace: Workspace, tree: Tree, paths: Collection[Path], below: Sequence[Path], *, respect_gitignore: bool = True
) -> Reading | None:
    """The workspace as it is in a Tree where no other files changed; None where that takes a look at all of it.

    Files of manifests that hold other ones change nothing else; nor do those that are new or gone, where nothing in the
    workspace is made of files. What charts and kustomizations are made of does, and so do settings and ignored files.

    Args:
        workspace: as it was.
        tree: what it is read from now.
        paths: the files that may have changed, absolute.
        below: the files and folders that are linted, absolute.
        respect_gitignore: whether what git ignores is not linted.
    """
    names = {shown(path): path for path in paths}
    if not names.keys().isdisjoint(failure.where for failure in workspace.failures):
        return None  # what could not be read may be fine by now
    found: dict[str, list[Document]] = {name: [] for name in names}
    kept: list[Document] = []
    for document in workspace.documents:
        found.get(document.source.path, kept).append(document)
    again: dict[str, tuple[Document, ...]] = {}
    for name, path in names.items():
        if name in workspace.renderings_of or adapter_for(relative_to(workspace.root, path)):
            return None
        is_there = tree.exists(path)
        if is_there and found[name]:
            again[name] = read_again(workspace, tree, path, found[name][0].source)
        elif path in below or not is_plain(workspace):
            return None
        elif is_there:
            again[name] = read_new(workspace, tree, path, below, respect_gitignore=respect_gitignore)
        else:
            again[name] = ()
        if not again[name] and (is_there or not found[name]):
            return None
    changed = {
        name: Changed(tuple(found[name]), several)
        for name, several in again.items()
        if [*map(id, several)] != [*map(id, found[name])]
    }
    documents = sorted(chain(kept, *again.values()), key=lambda document: document.source.path)
    return Reading(replace(workspace, documents=tuple(documents), tree=tree), changed)
