"""Script sources: which files of a workspace carry scripts, by name or first line."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from klint.records import replace
from klint.scripts.hints import concerns_script, forwards_ports, installs, may_source, sourced_words
from klint.scripts.sources import adapter_for
from klint.text.encoding import NotTextError, decode_script
from klint.text.source import Source
from klint.workspace.paths import relative_to, shown
from klint.workspace.tree import Tree
from klint.workspace.workspace import PassedOver, Workspace


def open_scripts(workspace: Workspace) -> Workspace:
    """The workspace with the files that carry scripts read; those that cannot be are passed over, each with the reason.

    Those that source one of these are read, too: they may call what it defines. Where scripts forward ports, so are
    those that install something: they make what is forwarded to.
    """
    concerned, installing, sourcing, passed_over = [], [], [], list(workspace.passed_over)
    known = {item.path for item in workspace.passed_over} | {failure.where for failure in workspace.failures}
    for path in workspace.others:
        try:
            source = read_source(workspace.tree, path, relative_to(workspace.root, path))
        except (OSError, NotTextError) as error:
            if shown(path) not in known:
                reason = f"a script, but {error.strerror}" if isinstance(error, OSError) else str(error)
                passed_over.append(PassedOver(shown(path), reason))
            continue
        if source is None:
            continue
        if concerns_script(source.text):
            concerned.append(source)
        else:
            if installs(source.text):
                installing.append(source)
            if may_source(source.text):
                sourcing.append(source)
    defining = {PurePosixPath(source.path).name for source in concerned}
    calling = [source for source in sourcing if not defining.isdisjoint(sourced_words(source.text))]
    concerned = sorted([*concerned, *calling], key=_path)
    if any(forwards_ports(source.text) for source in concerned):
        concerned = sorted({source.path: source for source in (*concerned, *installing)}.values(), key=_path)
    return replace(workspace, scripts=tuple(concerned), passed_over=tuple(passed_over))


def _path(source: Source) -> str:
    return source.path


def read_source(tree: Tree, path: Path, relative: str) -> Source | None:
    """The file as a source, if it carries a script. Raises OSError and NotTextError when that cannot be read."""
    is_script = bool(adapter_for(relative))
    if not is_script and (path.suffix or not _starts_like_a_script(tree, path)):
        return None
    text = decode_script(tree.read(path)).text
    return Source(shown(path), text, relative) if is_script or adapter_for(relative, text[:200]) else None


def _starts_like_a_script(tree: Tree, path: Path) -> bool:
    try:
        return tree.head(path, 2) == b"#!"
    except OSError:
        return False
