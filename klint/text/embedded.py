"""YAML inside YAML: documents whose text is the value of a scalar in another document.

An inline patch of a kustomization, `values: |` in an Argo CD Application or a Flux HelmRelease, a kubeadm document in a
kind configuration, a manifest in a ConfigMap: each is read as a document of its own, whose places are in the file that
a person edits.
"""

from __future__ import annotations

from collections.abc import Sequence

from klint.records import cached_property, dataclass, replace
from klint.text.characters import Characters, characters, scalar_range
from klint.text.document import Document, Path, Place
from klint.text.reading import read_documents
from klint.text.source import Source, Span


@dataclass(frozen=True, eq=False)
class EmbeddedOrigin:
    """The way back from a text to the scalar that holds it.

    A literal block (`|`) maps line by line and column by column, and so does what stands on one line as it is. In other
    scalars, whose lines YAML folds or whose characters it escapes, every place is the scalar's own, and approximate.
    """

    holder: Place
    text: str

    @property
    def written(self) -> Document | None:
        """The document that the text stands in."""
        return self.holder.document

    def back(self, rendered: Span) -> Span:
        """Where a span of the text is in the file."""
        written, found = self._written, self._characters
        if written is None or found is None:
            return replace(self.holder.span, approximate=True)
        start, end = found.range(rendered.start, rendered.end)
        span = written.document.source.span(start, end, approximate=rendered.approximate)
        return written.document.origin.back(span) if written.document.origin else span

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path of the text."""
        return self.back(document.rendered_span(path))

    def place(self, document: Document, path: Path) -> Place | None:
        """The same place: a text inside a text is written by a person, if that which it is in is."""
        return Place(document, path) if self._written else None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: the value stands where it is made."""
        return ()

    @cached_property
    def _written(self) -> Place | None:
        """The scalar as a person wrote it, where what holds it is rendered."""
        place = self.holder.document.place(self.holder.path)
        return place if place and place.value == self.text else None

    @cached_property
    def _characters(self) -> Characters | None:
        """Where the text's characters are written, unless they are folded or escaped."""
        written = self._written
        node = written.document.node(written.path) if written else None
        if written is None or node is None:
            return None
        if node.style != "|":
            start, end = scalar_range(written.document, node)
            quote = len(node.style)
            text = written.document.source.text[start + quote : end - quote]
            if text != self.text or "\n" in text:
                return None
        return characters(written.document, node)


def embedded_documents(holder: Place, text: str) -> Sequence[Document]:
    """The documents of the text that a scalar holds, with their way back; problems stand where one mends them."""
    source = Source(holder.document.source.path, text, holder.document.source.relative)
    origin = EmbeddedOrigin(holder, text)
    return tuple(replace(document, holder=holder) for document in read_documents(source, origin))
