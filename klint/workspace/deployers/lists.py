"""The objects of Lists, each as a document of its own, which is how they are applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.kube.resource import sequence
from klint.records import replace
from klint.text.document import Document, Place
from klint.text.parts import PartOrigin


def unlisted(documents: Iterable[Document]) -> Iterator[Document]:
    """Some documents, with the objects of Lists in their place."""
    for document in documents:
        data = document.data
        if not (isinstance(data, dict) and data.get("kind") == "List"):
            yield document
            continue
        for index, item in enumerate(sequence(data.get("items"))):
            if isinstance(item, dict):
                yield replace(document, data=item, problems=(), origin=PartOrigin(Place(document, ("items", index))))
