"""YAML and JSON files that carry shell, walked with positions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import dataclass
from klint.scripts.snippet import Snippet, of_scalar
from klint.text import yaml
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_TAG = re.compile(r"!\S+")


@dataclass(frozen=True, slots=True)
class Part:
    """A node of a document, or nothing: what is looked for below nothing is nothing."""

    document: Document
    node: yaml.Node | None

    def __bool__(self) -> bool:
        return self.node is not None and self.node.data is not None

    def __getitem__(self, key: str | int) -> Part:
        entry = self.node.child(key) if self.node is not None else None
        return Part(self.document, entry.node if entry is not None else None)

    def at(self, *keys: str | int) -> Part:
        """What is at a path below."""
        part = self
        for key in keys:
            part = part[key]
        return part

    def items(self) -> Iterator[tuple[str, Part]]:
        """Keys and values of a mapping."""
        if self.node is not None:
            for key, entry in self.node.entries.items():
                yield key, Part(self.document, entry.node)

    def __iter__(self) -> Iterator[Part]:
        """Items of a list."""
        if self.node is not None:
            for entry in self.node.items:
                yield Part(self.document, entry.node)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return self.node is not None and self.node.kind == "mapping"

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return self.node is not None and self.node.kind == "sequence"

    @property
    def tag(self) -> str:
        """The tag that is written in front of it; empty if none is."""
        if self.node is None:
            return ""
        text = self.document.source.text
        found = _TAG.match(text, self.document.start + self.node.start)
        return found[0] if found is not None else ""

    @property
    def is_scalar(self) -> bool:
        """Whether it is a string, a number and so on, and not empty."""
        return self.node is not None and self.node.kind == "scalar" and self.node.data is not None

    @property
    def snippet(self) -> Snippet | None:
        """A scalar's value and where it stands."""
        return of_scalar(self.document, self.node) if self.is_scalar and self.node is not None else None

    @property
    def text(self) -> str:
        """A scalar's value as a string; empty for anything else."""
        snippet = self.snippet
        return snippet.text if snippet is not None else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The scalars in a list, or the one scalar that stands for a list of itself."""
        if self.is_scalar:
            return (self.text,)
        return tuple(item.text for item in self if item.is_scalar)

    @property
    def span(self) -> Span:
        """Where it stands."""
        start = self.document.start
        return self.document.source.span(
            *((start + self.node.start, start + self.node.end) if self.node is not None else (start, start))
        )

    @property
    def strings(self) -> Mapping[str, str]:
        """A mapping's scalars, as environment variables have them."""
        return {key: item.text for key, item in self.items() if item.is_scalar}

    @property
    def snippets(self) -> Iterator[Snippet]:
        """The scalars of a list, of lists in it, or the one scalar itself."""
        if self.is_list:
            for item in self:
                yield from item.snippets
        else:
            snippet = self.snippet
            if snippet is not None:
                yield snippet


def read_tree(source: Source) -> Iterator[Part]:
    """The roots of a file's documents; what does not parse is left out, the linter says so elsewhere."""
    for document in read_documents(source):
        root = document.root
        if root is not None:
            yield Part(document, root)
