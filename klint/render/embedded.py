"""YAML inside YAML: where a part of a text that stands in a document is in the file that a person edits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from klint.records import dataclass, replace
from klint.text import yaml
from klint.text.document import Document, Path
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_BLOCK = re.compile(r"\|[-+1-9]{0,2}[ \t]*(?:#[^\n]*)?\r?\n")


@dataclass(frozen=True, eq=False)
class EmbeddedOrigin:
    """The way back from a text to the scalar of a document that holds it.

    A literal block (`|`) maps line by line; what stands on one line as it is, column by column. In other scalars, whose
    lines YAML folds or whose characters it escapes, every place is the scalar's own, and approximate.
    """

    outer: Document
    path: Path

    @property
    def written(self) -> Document | None:
        """The document that the text stands in."""
        return self.outer

    def back(self, rendered: Span) -> Span:
        """Where a span of the text is in the file."""
        whole = self.outer.span(self.path)
        start = self._start
        if start is None:
            return replace(whole, approximate=True)
        line, indentation = start
        source = self.outer.source
        if not 0 < line + rendered.line - 1 <= len(source.line_starts):
            return whole
        first = source.line_starts[line + rendered.line - 2] + indentation
        return source.span(first + rendered.column - 1, first + rendered.end_column - 1)

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path of the text."""
        return self.back(document.rendered_span(path))

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: the value stands where it is made."""
        return ()

    @cached_property
    def _start(self) -> tuple[int, int] | None:
        """The line of the file that the text's first line is on, and how many columns are before each of its lines."""
        node = self._node
        if node is None or self.outer.origin is not None:
            return None
        start = self.outer.start + node.start
        text = self.outer.source.text
        block = _BLOCK.match(text, start)
        if block and node.style == "|":
            line = self.outer.source.span(start, start).line + 1
            return line, self._indentation(line, str(node.data))
        written = text[start : self.outer.start + node.end]
        for before in (0, 1):
            if written[before : len(written) - before] == node.data and "\n" not in written:
                span = self.outer.source.span(start, start)
                return span.line, span.column - 1 + before
        return None

    def _indentation(self, line: int, value: str) -> int:
        """How far a literal block is indented: its first line with something on it says so."""
        source = self.outer.source
        for number, inner in enumerate(value.split("\n"), line):
            if inner.strip() and number <= len(source.line_starts):
                outer = source.line(number)
                return len(outer) - len(inner) if outer.endswith(inner) else 0
        return 0

    @cached_property
    def _node(self) -> yaml.Node | None:
        node = self.outer.root
        for step in self.path:
            entry = node.child(step) if node else None
            node = entry.node if entry else None
        return node if node is not None and node.kind == "scalar" else None


def embedded_documents(outer: Document, path: Path, text: str) -> Sequence[Document]:
    """The documents of a text at a path of a document, with their way back; problems stand where one mends them."""
    origin = EmbeddedOrigin(outer, path)
    return tuple(
        replace(
            document,
            origin=origin,
            problems=tuple(
                replace(
                    problem,
                    span=origin.back(problem.span),
                    related=tuple((message, origin.back(span)) for message, span in problem.related),
                )
                for problem in document.problems
            ),
        )
        for document in read_documents(Source(outer.source.path, text, outer.source.relative))
    )
