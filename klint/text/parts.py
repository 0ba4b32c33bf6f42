"""Documents that are a part of another: an object of a List, data that somebody else reads as a text."""

from __future__ import annotations

from klint.records import dataclass
from klint.text.document import Document, Path, Place
from klint.text.source import Span


@dataclass(frozen=True, eq=False)
class PartOrigin:
    """The way back from a document to its place in another."""

    whole: Place

    @property
    def written(self) -> Document | None:
        """The document that it is a part of, as a person wrote it."""
        return self.whole.document.origin.written if self.whole.document.origin else self.whole.document

    def back(self, rendered: Span) -> Span:
        """Where all of it is: it has no text of its own."""
        return self.whole.span

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self.whole.below(*path).span

    def place(self, document: Document, path: Path) -> Place | None:
        """The same place in the other document."""
        return self.whole.document.place((*self.whole.path, *path))

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """What made the other document what it is there."""
        origin = self.whole.document.origin
        return origin.related(self.whole.document, (*self.whole.path, *path)) if origin else ()
