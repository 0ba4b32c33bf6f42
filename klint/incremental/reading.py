"""A workspace with some of its files read again, where that is all that an edit changes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from klint.records import replace
from klint.scripts.sources import adapter_for
from klint.text.document import Document
from klint.workspace.discovery import read_again
from klint.workspace.paths import shown
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


def with_files_read_again(workspace: Workspace, tree: Tree, paths: Collection[Path]) -> Reading | None:
    """The workspace as it is in a Tree where no other files changed; None where that takes a look at all of it.

    Files of manifests that still hold manifests change nothing else. What charts and kustomizations are made of does,
    and so do settings, ignored files and whatever is new or gone.
    """
    names = {shown(path): path for path in paths}
    found: dict[str, list[Document]] = {name: [] for name in names}
    for document in workspace.documents:
        if document.source.path in found:
            found[document.source.path].append(document)
    again: dict[str, tuple[Document, ...]] = {}
    for name, path in names.items():
        if not found[name] or name in workspace.renderings_of or adapter_for(found[name][0].source.relative):
            return None
        again[name] = read_again(workspace, tree, path, found[name][0].source)
        if not again[name]:
            return None
    changed = {
        name: Changed(tuple(found[name]), several)
        for name, several in again.items()
        if [*map(id, several)] != [*map(id, found[name])]
    }
    documents: list[Document] = []
    for document in workspace.documents:
        name = document.source.path
        documents.extend(again.pop(name, ()) if name in names else (document,))
    return Reading(replace(workspace, documents=tuple(documents), tree=tree), changed)
