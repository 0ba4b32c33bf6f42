"""Which sets of values a chart is rendered with, and where a value is set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klint import yaml
from klint.document import Document, Span
from klint.document import Path as DataPath
from klint.render.marking import ANY

_VALUES_FILE = re.compile(r"values[-._].+\.ya?ml\Z|.+[-._]values\.ya?ml\Z")


@dataclass(frozen=True)
class InlineValues:
    """Values written in another manifest: what they are as YAML, and where, if they stand there as a mapping."""

    text: str
    document: Document
    path: DataPath


@dataclass(frozen=True)
class ValueSet:
    """One way a chart is installed: `files` go over the chart's own values in order, then `inline`, then `sets`.

    `name` is what reports call it, empty for the chart's own values; `target` is the file (relative to the
    workspace's root) that says where it goes, the last values file unless it is named.
    """

    name: str = ""
    files: tuple[Path, ...] = ()
    inline: tuple[InlineValues, ...] = ()
    sets: tuple[str, ...] = ()
    release: str = "release-name"
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    target: str = ""


def value_sets(folder: Path) -> Iterator[ValueSet]:
    """The chart's own values, and one set for each values file beside them or in `ci/`."""
    yield ValueSet()
    beside = sorted(path for path in folder.iterdir() if path.is_file() and _VALUES_FILE.match(path.name))
    ci = sorted((folder / "ci").glob("*.y*ml")) if (folder / "ci").is_dir() else []
    for path in (*beside, *(path for path in ci if _VALUES_FILE.match(path.name))):
        yield ValueSet(path.relative_to(folder).as_posix(), (path,))


@dataclass(frozen=True, eq=False)
class ValuesIn:
    """A document that sets values, all of it or what is at a path of it."""

    document: Document
    path: DataPath = ()


@dataclass(frozen=True)
class FoundValue:
    """A value where it is set: what it is and where."""

    data: Any
    span: Span


def find_values(path: Sequence[str], values: Sequence[ValuesIn]) -> list[FoundValue]:
    """What a path leads to in the last of the documents that sets it: several things where it goes through any item."""
    return next((found for item in reversed(values) if (found := list(_find(path, item)))), [])


def _find(path: Sequence[str], values: ValuesIn) -> Iterator[FoundValue]:
    document = values.document
    root = document.root
    entries: list[yaml.Entry] = [yaml.Entry(root, 0, 0)] if root else []
    for step in (*values.path, *path):
        entries = [child for entry in entries for child in _children(entry.node, str(step))]
    for entry in entries if path else ():
        start, end = entry.start, entry.end
        if entry.key_start >= 0 and (entry.node.kind != "scalar" or start == end):
            start, end = entry.key_start, entry.key_end
        yield FoundValue(entry.node.data, document.source.span(document.start + start, document.start + end))


def _children(node: yaml.Node, step: str) -> Iterator[yaml.Entry]:
    if step == ANY:
        yield from (*node.entries.values(), *node.items)
    else:
        entry = node.child(int(step) if node.kind == "sequence" and step.isdigit() else step)
        if entry is not None:
            yield entry
