"""Which sets of values a chart is rendered with, and where a value is set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from klint import yaml
from klint.document import Source, Span
from klint.render.marking import ANY

_VALUES_FILE = re.compile(r"values[-._].+\.ya?ml\Z|.+[-._]values\.ya?ml\Z")


@dataclass(frozen=True)
class ValueSet:
    """One way a chart is installed. `files` go over the chart's own values in order, `inline` over them.

    `inline` are values written in another manifest (an Argo CD Application, a Flux HelmRelease): the source, and the
    offsets of the text in it. `name` is what reports call the set; empty for the chart's own values.
    """

    name: str = ""
    files: tuple[Path, ...] = ()
    texts: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    release: str = "release-name"
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


def value_sets(folder: Path) -> Iterator[ValueSet]:
    """The chart's own values, and one set for each values file beside them or in `ci/`."""
    yield ValueSet()
    beside = sorted(path for path in folder.iterdir() if path.is_file() and _VALUES_FILE.match(path.name))
    ci = sorted((folder / "ci").glob("*.y*ml")) if (folder / "ci").is_dir() else []
    for path in (*beside, *(path for path in ci if _VALUES_FILE.match(path.name))):
        yield ValueSet(path.relative_to(folder).as_posix(), (path,))


@dataclass(frozen=True)
class FoundValue:
    """A value in a values file: what it is and where."""

    data: Any
    span: Span


def find_values(path: Sequence[str], sources: Sequence[Source]) -> list[FoundValue]:
    """What a path leads to in the last of the sources that sets it: several things where it goes through any item."""
    return next((found for source in reversed(sources) if (found := list(_find(path, source)))), [])


def _find(path: Sequence[str], source: Source) -> Iterator[FoundValue]:
    root = _root(source)
    entries: list[yaml.Entry] = [yaml.Entry(root, 0, 0)] if root else []
    for step in path:
        entries = [child for entry in entries for child in _children(entry.node, step)]
    for entry in entries if path else ():
        start, end = entry.start, entry.end
        if entry.key_start >= 0 and (entry.node.kind != "scalar" or start == end):
            start, end = entry.key_start, entry.key_end
        yield FoundValue(entry.node.data, source.span(start, end))


def _children(node: yaml.Node, step: str) -> Iterator[yaml.Entry]:
    if step == ANY:
        yield from (*node.entries.values(), *node.items)
    else:
        entry = node.child(int(step) if node.kind == "sequence" and step.isdigit() else step)
        if entry is not None:
            yield entry


@lru_cache(maxsize=256)
def _root(source: Source) -> yaml.Node | None:
    try:
        return yaml.compose(source.text).root
    except yaml.YamlError:
        return None
