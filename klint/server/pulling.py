"""Diagnostics that the editor asks for: of a document, and of everything.

An editor that shows diagnostics of the whole workspace asks again as soon as it has an answer. So its question waits
for something new, and what it knows already is answered with its result id alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from klint.server.buffers import Buffer, Buffers
from klint.server.outcome import NOTHING, Outcome, Told
from klint.server.root import Root
from klint.server.roots import Roots
from klint.server.uris import path_of

Report = types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport

MOST_AT_ONCE = 100
"""Files of a partial answer."""


class Pulling:
    """Answers questions, and asks the editor to put them again where an answer has changed."""

    def __init__(
        self,
        buffers: Buffers,
        roots: Roots,
        send: Callable[[types.ProgressToken, types.WorkspaceDiagnosticReportPartialResult], None],
        refresh: Callable[[], None],
    ) -> None:
        """Answer.

        Args:
            buffers: the documents that are open.
            roots: what is linted.
            send: sends a part of an answer.
            refresh: asks the editor to ask again.
        """
        self._buffers = buffers
        self._roots = roots
        self._send = send
        self._refresh = refresh
        self._answered: dict[Path, str] = {}
        """What the editor knows of documents, by result id; of one that it asked for in vain, nothing."""
        self._asking: list[Path] = []
        self._news = asyncio.Event()
        self.was_asked = False
        """Whether the editor has ever asked for everything, and not just for documents that are open."""

    async def document(
        self, path: Path, root: Root, known: str | None
    ) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
        """What is said of the newest version of a document."""
        self._asking.append(path)
        try:
            outcome = await root.current()
            while outcome.buffers.get(path) is not self._buffers.get(path):  # somebody goes on typing
                outcome = await root.current()
        except asyncio.CancelledError:
            if self._buffers.get(path) is not None:
                self._answered[path] = ""  # if its root was closed, another one has the answer
            raise
        finally:
            self._asking.remove(path)
        told = outcome.told(path)
        self._answered[path] = told.identity
        if told.identity == known:
            return types.RelatedUnchangedDocumentDiagnosticReport(told.identity)
        return types.RelatedFullDocumentDiagnosticReport(told.diagnostics, result_id=told.identity)

    async def everything(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        """What is said in all files, as soon as some of it is not what the editor knows."""
        known = {path: item.value for item in params.previous_result_ids if (path := path_of(item.uri))}
        may_wait, self.was_asked = self.was_asked or bool(known), True
        while True:
            news = self._news
            if all(root.outcome for root in self._roots):
                reports = list(self._reports(known))
                if not may_wait or any(isinstance(one, types.WorkspaceFullDocumentDiagnosticReport) for one in reports):
                    return types.WorkspaceDiagnosticReport(self._streamed(reports, params.partial_result_token))
            await news.wait()

    def tell(self, root: Root, outcome: Outcome) -> None:
        """Something was linted: who waits for it is answered, and who does not know of it is told to ask."""
        self.wake()
        if any(self._is_news(buffer, root, outcome) for buffer in self._buffers):
            self._refresh()

    def wake(self) -> None:
        """What is said in some files may be another thing: who asked for everything may have an answer."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def forget(self, path: Path) -> None:
        """A document is closed."""
        self._answered.pop(path, None)

    def _is_news(self, buffer: Buffer, root: Root, outcome: Outcome) -> bool:
        """Whether the editor has another answer about a document, and has not asked anew."""
        path = buffer.path
        if path in self._asking or path not in self._answered or outcome.buffers.get(path) is not buffer:
            return False
        return self._roots.holding(path) is root and outcome.told(path).identity != self._answered[path]

    def _reports(self, known: Mapping[Path, str]) -> Iterator[Report]:
        found = self._found()
        for path in sorted({*found, *known}):
            told = found.get(path, NOTHING)
            if self._has_changed(path) or (told is NOTHING and path not in known):
                continue
            buffer = self._buffers.get(path)
            version = buffer.version if buffer else None
            uri, identity = self._buffers.uri(path), told.identity
            if known.get(path) == identity:
                yield types.WorkspaceUnchangedDocumentDiagnosticReport(uri, identity, version)
            else:
                yield types.WorkspaceFullDocumentDiagnosticReport(uri, told.diagnostics, version, result_id=identity)

    def _found(self) -> dict[Path, Told]:
        """What is said by file."""
        return {
            path: told
            for root in self._roots
            if root.outcome
            for path, told in root.outcome.files.items()
            if self._roots.holding(path) is root
        }

    def _has_changed(self, path: Path) -> bool:
        """Whether a document is another than the one that was linted: it is asked for by itself."""
        root = self._roots.holding(path)
        outcome = root.outcome if root else None
        return outcome is not None and outcome.buffers.get(path) is not self._buffers.get(path)

    def _streamed(self, reports: list[Report], token: types.ProgressToken | None) -> list[Report]:
        """What is left to answer once all parts are sent that the editor can take."""
        if token is None:
            return reports
        for start in range(0, len(reports), MOST_AT_ONCE):
            self._send(token, types.WorkspaceDiagnosticReportPartialResult(reports[start : start + MOST_AT_ONCE]))
        return []
