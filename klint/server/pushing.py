"""Diagnostics that are sent as they change, to editors that do not ask for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsprotocol import types

from klint.server.buffers import Buffers
from klint.server.outcome import NOTHING, Outcome


class Pushing:
    """Sends what is said in each file where that is not what was sent last.

    What was found in a version of a document that has changed since is not sent: what is found in the newer one will
    be.
    """

    def __init__(self, buffers: Buffers, send: Callable[[types.PublishDiagnosticsParams], None]) -> None:
        """Send by a function."""
        self._buffers = buffers
        self._send = send
        self._sent: dict[Path, tuple[str, int | None]] = {}

    def tell(self, outcome: Outcome, is_its: Callable[[Path], bool], *, with_open: bool = True) -> None:
        """Send what is new of an outcome, in files that are its root's; of open documents only if nobody asks."""
        for path in sorted({*outcome.files, *outcome.buffers, *self._sent}):
            buffer = self._buffers.get(path)
            if is_its(path) and buffer is outcome.buffers.get(path):
                told = outcome.told(path) if buffer is None or with_open else NOTHING
                version = buffer.version if buffer and with_open else None
                self._update(path, told.identity, version, told.diagnostics)

    def clear(self, is_its: Callable[[Path], bool]) -> None:
        """Take back what was sent of some files."""
        for path in [path for path in self._sent if is_its(path)]:
            self._update(path, NOTHING.identity, None, [])

    def _update(self, path: Path, identity: str, version: int | None, diagnostics: list[types.Diagnostic]) -> None:
        if self._sent.get(path, (NOTHING.identity, None)) == (identity, version):
            return
        if identity == NOTHING.identity and version is None:
            self._sent.pop(path, None)
        else:
            self._sent[path] = (identity, version)
        self._send(types.PublishDiagnosticsParams(self._buffers.uri(path), diagnostics, version))
