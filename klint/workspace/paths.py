"""Paths as klint names them. As text where they are many: pathlib takes its time."""

from __future__ import annotations

import os
from pathlib import Path


def shown(path: Path) -> str:
    """A path as reports show it: relative to the working directory where that is shorter, with forward slashes."""
    try:
        here = os.getcwd()  # noqa: PTH109 (as text)
    except FileNotFoundError:  # somebody removed it; who goes on, as an editor or a watch does, is told of whole paths
        return path.as_posix()
    return _below(here, path) or path.as_posix()


def relative_to(root: Path, path: Path) -> str:
    """A path from a folder, with forward slashes."""
    return _below(str(root), path) or Path(os.path.relpath(path, root)).as_posix()


def _below(folder: str, path: Path) -> str:
    """The path from a folder that holds it; empty if it does not."""
    text = str(path)
    if text == folder:
        return "."
    prefix = folder if folder.endswith(os.sep) else folder + os.sep
    return text.removeprefix(prefix).replace(os.sep, "/") if text.startswith(prefix) else ""


def folder_of(path: str) -> str:
    """The folder of a relative path; empty for the topmost."""
    return path.rpartition("/")[0]


def shared_folders(first: str, second: str) -> int:
    """How many leading folders two relative paths share."""
    count = 0
    for one, other in zip(first.split("/")[:-1], second.split("/")[:-1], strict=False):
        if one != other:
            break
        count += 1
    return count
