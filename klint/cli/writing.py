"""Files that klint writes."""

from __future__ import annotations

import os
from pathlib import Path

from klint.errors import Failure, KlintError

_HEAD = 2_000
"""Bytes of a page that its head, but for its style, is within."""
_ANOTHER = "Choose another file with --output-file"


def write_whole(file: Path, text: str) -> None:
    """Write beside a file and move there: a link in its place is replaced and not followed, and no reader has a part.

    Raises:
        OSError: it cannot be written.
    """
    beside = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, "utf-8", "backslashreplace", newline="\n")
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def write_output(file: Path, text: str) -> None:
    """Write what a command was asked to write, where the user said.

    Raises:
        KlintError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text)
    except OSError as error:
        raise KlintError(Failure(str(file), f"It cannot be written: {error.strerror}", _ANOTHER)) from None


def write_page(file: Path, text: str) -> None:
    """Write a page of HTML, where nothing or another page of klint's is.

    Raises:
        KlintError: there is something else, or it cannot be written.
    """
    if not _is_free(file):
        message = "This is no page of klint's, and is not replaced by one"
        raise KlintError(Failure(str(file), message, _ANOTHER))
    write_output(file, text)


def _is_free(file: Path) -> bool:
    """Whether there is nothing, an empty file or a page that klint wrote: its head says so."""
    from klint.workspace.folder import Folder

    whole = Path(os.path.abspath(file))
    try:
        head = Folder(Path(whole.anchor)).head(whole, _HEAD)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not head or b'<meta name="generator" content="klint ' in head
