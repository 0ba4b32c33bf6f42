"""What depends on the text of one file alone, kept by content."""

from __future__ import annotations

from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source

_Key = tuple[str, str, str, bool]


class Parsed:
    """The documents of texts. A text is parsed once, and again only when neither this run nor the last asked for it.

    That bounds what is kept: all that two runs over a workspace look at. It belongs to a Session, and goes with it.
    """

    def __init__(self) -> None:
        self._this_run: dict[_Key, tuple[Document, ...]] = {}
        self._last_run: dict[_Key, tuple[Document, ...]] = {}

    def documents(self, source: Source) -> tuple[Document, ...]:
        """The documents of a source. They stand in a source of the same name and text, perhaps of another run."""
        key = (source.path, source.relative, source.text, source.has_bom)
        if key not in self._this_run:
            kept = self._last_run.get(key)
            self._this_run.setdefault(key, tuple(read_documents(source)) if kept is None else kept)
        return self._this_run[key]

    def begin(self) -> None:
        """Begin another run: what the last one did not ask for is forgotten."""
        self._last_run, self._this_run = self._this_run, {}
