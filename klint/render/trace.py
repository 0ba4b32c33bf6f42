"""A rendered document line by line, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from klint.records import dataclass
from klint.text import yaml
from klint.text.data import MISSING, value_at
from klint.text.document import Document, Path
from klint.text.source import Span


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line of rendered text, and where it comes from: None for what holds no key or item of its own."""

    text: str
    origin: Span | None


def trace(document: Document) -> Iterator[TracedLine]:
    """The lines of a rendered document, without what the renderer itself left in it."""
    first = document.source.span(document.start, document.start).line
    paths: dict[int, Path] = {}
    for offset, path in _places(document.root):
        line = document.source.span(document.start + offset, document.start + offset).line
        paths.setdefault(line, path)
    is_kept = True
    for number, text in enumerate(document.text.rstrip("\n").split("\n"), first):
        if number in paths:
            is_kept = value_at(document.data, paths[number]) is not MISSING
        if is_kept:
            yield TracedLine(text.rstrip("\r"), document.span(paths[number]) if number in paths else None)


def _places(root: yaml.Node | None) -> Iterator[tuple[int, Path]]:
    """Where each key and item starts, outermost first."""
    waiting: list[tuple[yaml.Node, Path]] = [(root, ())] if root else []
    while waiting:
        node, path = waiting.pop()
        for key, entry in node.entries.items():
            yield entry.key_start, (*path, key)
            waiting.append((entry.node, (*path, key)))
        for index, entry in enumerate(node.items):
            yield entry.start, (*path, index)
            waiting.append((entry.node, (*path, index)))
