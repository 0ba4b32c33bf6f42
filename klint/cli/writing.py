"""Files that klint writes."""

from __future__ import annotations

import os
from pathlib import Path


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
