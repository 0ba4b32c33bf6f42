"""What depends on the text of one file alone, kept by content: its documents, and their objects."""

from __future__ import annotations

from _thread import allocate_lock  # `threading` is dear where little is linted
from collections.abc import Sequence

from klint.kube.objects import WorkloadKinds, read_resources
from klint.kube.resource import Resource
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source

_Key = tuple[str, str, str, bool]


class Parsed:
    """The documents of texts. A text is parsed once, and again only when neither this run nor the last asked for it.

    That bounds what is kept: all that two runs over a workspace look at. It belongs to a Session, and goes with it.
    Several threads may ask for the documents of one source: those that render, and in an editor those that answer.
    """

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._this_run: dict[_Key, tuple[Document, ...]] = {}
        self._last_run: dict[_Key, tuple[Document, ...]] = {}
        self._resources: dict[Document, tuple[Resource, ...]] = {}
        self._last_resources: dict[Document, tuple[Resource, ...]] = {}

    def documents(self, source: Source) -> tuple[Document, ...]:
        """The documents of a source. They stand in a source of the same name and text, perhaps of another run."""
        key = (source.path, source.relative, source.text, source.has_bom)
        with self._lock:
            found = self._this_run.get(key)
            if found is None:
                kept = self._last_run.get(key)
                found = self._this_run[key] = tuple(read_documents(source)) if kept is None else kept
            return found

    def resources(self, document: Document, workloads: WorkloadKinds) -> tuple[Resource, ...]:
        """The objects of a document; `workloads` are the same for all of a Session."""
        found = self._resources.get(document) or self._last_resources.get(document)
        if found is None:
            found = tuple(read_resources(document, workloads))
        return self._resources.setdefault(document, found)

    def forget(self, documents: Sequence[Document]) -> None:
        """Keep nothing more of the documents of a source that is no more."""
        for document in documents:
            source = document.source
            key = (source.path, source.relative, source.text, source.has_bom)
            for kept in (self._this_run, self._last_run):
                kept.pop(key, None)
            for known in (self._resources, self._last_resources):
                known.pop(document, None)

    def begin(self) -> None:
        """Begin another run: what the last one did not ask for is forgotten."""
        with self._lock:
            self._last_run, self._this_run = self._this_run, {}
        self._last_resources, self._resources = self._resources, {}
