"""The documents that are open in the editor, as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lsprotocol import types

from klint.records import dataclass, replace
from klint.server.lines import Lines
from klint.server.uris import path_of, uri_of


@dataclass(frozen=True)
class Buffer:
    """One open document at one version; a change makes another one. `uri` is as the editor writes it."""

    uri: str
    path: Path
    text: str
    version: int

    @property
    def mark(self) -> int:
        """Characters of a byte order mark that it begins with: the editor counts them, and klint does not read them."""
        return int(self.text.startswith("\ufeff"))

    @property
    def read(self) -> str:
        """The text as klint reads it, without that mark."""
        return self.text[self.mark :]

    @property
    def content(self) -> bytes:
        """What klint reads in the file's place."""
        return self.text.encode("utf-8")


class Buffers:
    """The open documents by path. What is in no file system is none of them."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._open: dict[Path, Buffer] = {}
        self._uris: dict[Path, str] = {}
        """What the editor calls a file, where that is known."""

    def __iter__(self) -> Iterator[Buffer]:
        return iter(self._open.values())

    def get(self, path: Path) -> Buffer | None:
        """The document that is open of a file."""
        return self._open.get(path)

    def at(self, uri: str) -> Buffer | None:
        """The document that is open under a URI."""
        path = path_of(uri)
        return self._open.get(path) if path else None

    def uri(self, path: Path) -> str:
        """A file's URI as the editor writes it, even where it is closed by now."""
        return self._uris.get(path) or uri_of(path)

    def add(self, document: types.TextDocumentItem) -> Buffer | None:
        """A document is opened; None if klint has nothing to do with it."""
        path = path_of(document.uri)
        if path is None:
            return None
        self._uris[path] = document.uri
        self._open[path] = Buffer(document.uri, path, _whole(document.text), document.version)
        return self._open[path]

    def change(self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> Buffer | None:
        """A document changes: each change speaks of the text that the one before it left."""
        buffer = self.at(uri)
        if buffer is None:
            return None
        text = buffer.text
        for change in changes:
            text = self._changed(text, change)
        self._open[buffer.path] = replace(buffer, text=text, version=version)
        return self._open[buffer.path]

    def _changed(self, text: str, change: types.TextDocumentContentChangeEvent) -> str:
        if not isinstance(change, types.TextDocumentContentChangePartial):
            return _whole(change.text)
        lines = Lines(text, self.encoding)
        start, end = lines.offset(change.range.start), lines.offset(change.range.end)
        return text[:start] + _whole(change.text) + text[max(start, end) :]

    def remove(self, uri: str) -> Buffer | None:
        """A document is closed: the file counts again."""
        path = path_of(uri)
        return self._open.pop(path, None) if path else None


def _whole(text: str) -> str:
    """A text with a question mark for each half of a character, which editors can send and no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
