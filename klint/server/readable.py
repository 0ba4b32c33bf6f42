"""Open documents that cannot be read while somebody writes in them, and the texts that stand for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from klint.server.buffers import Buffer
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.walk import SUFFIXES


class Readable:
    """Of each open document of YAML the newest version that can be read.

    What a document that cannot be read would be is not known, and what refers to it is not wrong for that: the text
    that could be read stands for it until it can be read again. In a template nobody knows what is broken. What is
    wrong with the configuration is said by what reads that.
    """

    def __init__(self) -> None:
        self._newest: dict[Path, Buffer] = {}

    def broken(self, buffers: Mapping[Path, Buffer], config_file: Path | None) -> dict[Path, list[Document]]:
        """The documents that cannot be read, of texts that could be read before somebody began to write there."""
        broken: dict[Path, list[Document]] = {}
        for path, buffer in buffers.items():
            known = self._newest.get(path)
            if known is buffer or not path.name.endswith(SUFFIXES) or path == config_file or "{{" in buffer.text:
                continue
            unread = [one for one in read_documents(Source("", buffer.read)) if one.data is None and one.problems]
            if not unread:
                self._newest[path] = buffer
            elif known is not None:
                broken[path] = unread
        self._newest = {path: buffer for path, buffer in self._newest.items() if path in buffers}
        return broken

    def instead(self, buffers: Mapping[Path, Buffer], broken: Collection[Path]) -> dict[Path, Buffer]:
        """The open documents, with what stands for the broken ones."""
        return {path: self._newest[path] if path in broken else buffer for path, buffer in buffers.items()}
