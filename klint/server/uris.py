"""Paths ↔ URIs: those of files, as editors write them and as klint does."""

from __future__ import annotations

import os
from pathlib import Path

from pygls.uris import to_fs_path


def path_of(uri: str) -> Path | None:
    """The absolute path of a file's URI; None for what is in no file system, such as a text that was never saved."""
    if not uri.startswith("file:"):
        return None
    try:
        path = to_fs_path(uri)
    except ValueError:  # no URI at all, such as one with half of an address
        return None
    return Path(os.path.abspath(path)) if path and "\0" not in path else None


def uri_of(path: Path) -> str:
    """The URI of an absolute path."""
    return path.as_uri()
