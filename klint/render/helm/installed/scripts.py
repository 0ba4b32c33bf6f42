"""Which scripts may install charts: every run with charts asks that, and few have to read a command (commands.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from klint.text.encoding import NotTextError
from klint.text.source import Source
from klint.workspace.fixtures import TEST_SCRIPTS
from klint.workspace.paths import relative_to
from klint.workspace.scripts import read_source
from klint.workspace.tree import Tree


def installing(files: Iterable[Path], tree: Tree, root: Path) -> Iterator[Source]:
    """Those of some files that are scripts and may install a chart, but for scripts of tests; paths are from a root."""
    for path in files:
        with suppress(OSError, NotTextError):
            source = read_source(tree, path, relative_to(root, path))
            if source is not None and _may_install(source):
                yield source


def _may_install(source: Source) -> bool:
    text, folders = source.text, source.relative.lower().split("/")[:-1]
    return "helm" in text and ("upgrade" in text or "install" in text) and TEST_SCRIPTS.isdisjoint(folders)
