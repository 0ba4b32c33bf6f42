"""Documents of templates that are filled in line by line: where they are written."""

from __future__ import annotations

from collections.abc import Sequence

from klint.records import dataclass
from klint.text.document import Document, Path, Place
from klint.text.go_expressions import SPRIG, Functions
from klint.text.go_templates import Find, expand
from klint.text.reading import read_documents
from klint.text.source import Source, Span


@dataclass(frozen=True, eq=False)
class ExpandedOrigin:
    """The way back from a template that was filled in: to the same line, and to the same columns before and behind what
    was filled in."""

    template: Source

    @property
    def written(self) -> Document | None:
        """None: a template is no document."""
        return None

    def back(self, rendered: Span) -> Span:
        """Where a span of the filled-in text is in the template."""
        filled, line = rendered.source.line(rendered.line), self.template.line(rendered.line)
        first, behind = rendered.column - 1, len(filled) - rendered.end_column + 1
        if filled[:first] != line[:first]:
            first = len(line) - len(line.lstrip())
        if behind and not line.endswith(filled[-behind:]):
            behind = len(line) - len(line.rstrip())
        start = self.template.line_starts[rendered.line - 1]
        return self.template.span(start + first, start + len(line) - behind, approximate=rendered.approximate)

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self.back(document.rendered_span(path))

    def place(self, document: Document, path: Path) -> Place | None:
        """None: an edit of a template is never certain."""
        return None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: the value stands where it is made."""
        return ()


def expanded_documents(
    source: Source, find: Find, functions: Functions = SPRIG, *, keep: Sequence[str] = ()
) -> tuple[Document, ...]:
    """The documents of a template that is filled in, with their way back.

    Raises:
        NotPlainError: it cannot be.
    """
    text = expand(source.text, find, functions, keep=keep)
    filled = Source(source.path, text, source.relative, has_bom=source.has_bom)
    return tuple(read_documents(filled, ExpandedOrigin(source)))
