"""Where a git repository begins, and where it keeps what it knows."""

from __future__ import annotations

import os
from pathlib import Path

from klint.workspace.folder import Folder

_MAX_POINTER = 8192


def repository_root(path: Path) -> Path | None:
    """The folder of the git repository that a path is in."""
    return next((folder for folder in (path, *path.parents) if os.path.lexists(folder / ".git")), None)


def git_folder(root: Path) -> Path | None:
    """Where the repository at a folder keeps its HEAD and index. A `.git` file leads on for worktrees and submodules.

    Anybody can write such a file, so it counts only where it leads to a worktree that names this folder in turn, or
    to a submodule of a repository that this folder is in.
    """
    git = root / ".git"
    if Folder(git).is_folder(git):
        return git
    word, _, pointer = _line(git).partition(" ")
    if word != "gitdir:":
        return None
    folder = Path(os.path.normpath(root / pointer))
    is_submodule = any(folder.is_relative_to(above / ".git" / "modules") for above in root.parents)
    back = _line(folder / "gitdir")
    is_worktree = bool(back) and os.path.realpath(back) == os.path.realpath(git)
    return folder if is_submodule or is_worktree else None


def common_folder(folder: Path) -> Path:
    """Where a repository keeps its objects and branches: for a worktree's folder, `.git/worktrees/x`, that is `.git`.

    A `commondir` file that says anything else counts for nothing.
    """
    above = folder.parent.parent
    is_worktree = folder.parent.name == "worktrees" and _line(folder / "commondir") == os.path.join("..", "..")  # noqa: PTH118 - as git writes it
    return above if is_worktree else folder


def _line(file: Path) -> str:
    try:
        return os.fsdecode(Folder(file).read(file, _MAX_POINTER)).strip("\n")
    except OSError:
        return ""
