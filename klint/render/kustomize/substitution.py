"""Variables that a deployer fills in after a build, and the way back from what they become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klint.records import dataclass
from klint.text.data import value_at
from klint.text.document import Document, Path, Place
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.deployers.variables import Values


@dataclass(frozen=True, eq=False)
class SubstitutedOrigin:
    """The way back from a document whose variables are filled in: that of the document as it was `built`.

    A value that has a variable stands where the variable does; where that has its own value is told with it.
    """

    built: Document
    values: Values

    @property
    def written(self) -> Document | None:
        """The document of the file it comes from."""
        return self.built.origin.written if self.built.origin else None

    def back(self, rendered: Span) -> Span:
        """The object as a whole: only paths lead further."""
        return self.built.origin.back(rendered) if self.built.origin else rendered

    def span(self, document: Document, path: Path) -> Span:
        """Where the value is written, be it a variable."""
        return self.built.span(path)

    def place(self, document: Document, path: Path) -> Place | None:
        """Where somebody wrote the value itself, if it has no variable."""
        is_same = value_at(document.data, path) == value_at(self.built.data, path)
        return self.built.place(path) if is_same else None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Where the values of its variables are said, and what else made it what it is."""
        used = self.values.used_in(value_at(self.built.data, path))
        said = tuple((f"the value of {name}", place.span) for name, place in used)
        return said + (self.built.origin.related(self.built, path) if self.built.origin else ())


def substituted(documents: Sequence[Document], values: Values) -> Iterator[tuple[Document, Document]]:
    """Each built document with its variables filled in, and as it was.

    One that is no document any more once they are is left as it is, as Flux refuses it.
    """
    texts = [values.fill_in(document) for document in documents]
    changed = {index for index, text in enumerate(texts) if text != documents[index].text}
    if changed:
        name, relative = documents[0].source.path, documents[0].source.relative
        for index in sorted(changed):
            found = [*read_documents(Source(name, texts[index], relative))]
            if len(found) != 1 or found[0].problems or not isinstance(found[0].data, dict):
                texts[index] = documents[index].text
                changed.discard(index)
        made = [*read_documents(Source(name, "".join(texts), relative))]
        if len(made) == len(documents):
            yield from zip(made, documents, strict=True)
            return
    yield from ((document, document) for document in documents)
