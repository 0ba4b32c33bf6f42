"""Paths → script sources: which files of a workspace carry scripts, by name or first line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from klint.document import Source
from klint.shell.hints import concerns_script
from klint.shell.sources import adapter_for
from klint.workspace import MAX_FILE_SIZE, Workspace, relative_to, shown


def open_scripts(workspace: Workspace) -> Workspace:
    """The workspace with the files that carry scripts read. A file that is no text carries none."""
    sources = []
    for path in workspace.others:
        relative = relative_to(workspace.root, path)
        if not adapter_for(relative) and (path.suffix or not _starts_like_a_script(path)):
            continue
        try:
            if path.stat().st_size > MAX_FILE_SIZE:
                continue
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        if adapter_for(relative, text[:200]) and concerns_script(text):
            sources.append(Source(shown(path), text, relative))
    return replace(workspace, scripts=tuple(sources))


def _starts_like_a_script(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False
