"""The objects of Lists, each as a document of its own, which is how they are applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.kube.resource import sequence
from klint.records import dataclass, replace
from klint.text.document import Document, Path, Place
from klint.text.source import Span


@dataclass(frozen=True, eq=False)
class ItemOrigin:
    """The way back from an object to its place in a List."""

    holder: Document
    at: Path

    @property
    def written(self) -> Document | None:
        """The List, as a person wrote it."""
        return self.holder.origin.written if self.holder.origin else self.holder

    def back(self, rendered: Span) -> Span:
        """The text is the List's."""
        return self.holder.origin.back(rendered) if self.holder.origin else rendered

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self.holder.span((*self.at, *path))

    def place(self, document: Document, path: Path) -> Place | None:
        """The same place in the List."""
        return self.holder.place((*self.at, *path))

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """What made the List what it is."""
        return self.holder.origin.related(self.holder, (*self.at, *path)) if self.holder.origin else ()


def unlisted(documents: Iterable[Document]) -> Iterator[Document]:
    """Some documents, with the objects of Lists in their place."""
    for document in documents:
        data = document.data
        if not (isinstance(data, dict) and data.get("kind") == "List"):
            yield document
            continue
        for index, item in enumerate(sequence(data.get("items"))):
            if isinstance(item, dict):
                yield replace(document, data=item, problems=(), origin=ItemOrigin(document, ("items", index)))
