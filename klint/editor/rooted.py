"""What is told of files, with their paths from the root of what is linted.

`klint server` works in a folder that is nobody's, so that reports name each file by its absolute path. Of relative ones
nobody could tell in a sentence whether `shop/web` is a file, or an object of a namespace.
"""

from __future__ import annotations

from pathlib import Path

from klint.editor.markdown import plain
from klint.workspace.paths import shown


def from_root(told: str, root: Path) -> str:
    """A text, perhaps in Markdown, in which the root and the files in it are named by their paths from there."""
    name = shown(root)
    if not Path(name).is_absolute() or name.endswith("/"):
        return told
    for written in {name, plain(name)}:
        first, *rest = told.split(written)
        told = first + "".join(_after(written, part) for part in rest)
    return told


def _after(root: str, text: str) -> str:
    """What followed the root's path in a text, with as much of that as it takes now."""
    if text.startswith("/"):
        return text[1:]
    is_longer = text[:1].isalnum() or text[:1] in ("-", "_", ".", "\\")  # another folder's name begins with this one
    return f"{root}{text}" if is_longer else f".{text}"
