"""Paths → script sources: which files of a workspace carry scripts, by name or first line."""

from __future__ import annotations

from pathlib import Path

from klint.document import Source
from klint.records import replace
from klint.shell.hints import concerns_script, forwards_ports, installs
from klint.shell.sources import adapter_for
from klint.workspace import MAX_FILE_SIZE, Workspace, relative_to, shown


def open_scripts(workspace: Workspace) -> Workspace:
    """The workspace with the files that carry scripts read. A file that is no text carries none.

    Where scripts forward ports, those that install something are read, too: they make what is forwarded to.
    """
    concerned, installing = [], []
    for path in workspace.others:
        source = _read(path, relative_to(workspace.root, path))
        if source is None:
            continue
        if concerns_script(source.text):
            concerned.append(source)
        elif installs(source.text):
            installing.append(source)
    if any(forwards_ports(source.text) for source in concerned):
        concerned = sorted([*concerned, *installing], key=lambda source: source.path)
    return replace(workspace, scripts=tuple(concerned))


def _read(path: Path, relative: str) -> Source | None:
    is_script = bool(adapter_for(relative))
    if not is_script and (path.suffix or not _starts_like_a_script(path)):
        return None
    try:
        if path.stat().st_size > MAX_FILE_SIZE:
            return None
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return Source(shown(path), text, relative) if is_script or adapter_for(relative, text[:200]) else None


def _starts_like_a_script(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False
