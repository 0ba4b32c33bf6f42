"""Files of manifests that are new among others, or gone: told without a look at all of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from klint.text.document import Document
from klint.workspace.discovery import read_text
from klint.workspace.ignored import Ignored
from klint.workspace.paths import relative_to, shown
from klint.workspace.tree import Tree
from klint.workspace.walk import HISTORIES, SUFFIXES, TOOL_FOLDERS
from klint.workspace.workspace import Workspace

_TEMPLATES = "templates"
"""What the folder of a chart is called whose files are no manifests."""


def is_plain(workspace: Workspace) -> bool:
    """Whether no file of a workspace decides what becomes of another one, as charts and kustomizations do."""
    return not (workspace.charts or workspace.kustomizations or workspace.renderings or workspace.has_deployers)


def read_new(
    workspace: Workspace, tree: Tree, path: Path, below: Sequence[Path], *, respect_gitignore: bool
) -> tuple[Document, ...]:
    """The documents of a file that a plain workspace did not have; none where it is in doubt whether it is linted.

    Args:
        workspace: as it was.
        tree: what the file is read from.
        path: the file, absolute.
        below: the files and folders that are linted, absolute.
        respect_gitignore: whether what git ignores is not linted.
    """
    if not path.name.endswith(SUFFIXES) or _TEMPLATES in path.parts or path in below:
        return ()
    if any(told.path == shown(path) for told in workspace.passed_over):
        return ()
    if not any(
        _is_walked(path, folder, Ignored(workspace.root, tree, workspace.config, respect_gitignore))
        for folder in below
        if path.is_relative_to(folder)
    ):
        return ()
    return read_text(workspace, tree, path, shown(path), relative_to(workspace.root, path))


def _is_walked(path: Path, above: Path, ignored: Ignored) -> bool:
    """Whether a walk through a folder certainly comes upon a file below it, and takes it."""
    tree = ignored.tree
    try:
        is_file = tree.is_file(path) and tree.real(path) == str(Path(tree.real(above), path.relative_to(above)))
    except OSError:
        return False
    if not is_file or not tree.is_folder(above):
        return False
    ignored.want(above)
    between = [folder for folder in path.parents if folder != above and folder.is_relative_to(above)]
    return not any(
        folder.name in HISTORIES
        or folder.name in TOOL_FOLDERS
        or ignored.by_configuration(folder, is_folder=True)
        or ignored.by_git(folder, is_folder=True)
        for folder in between
    ) and not (ignored.by_configuration(path, is_folder=False) or ignored.by_git(path, is_folder=False))
