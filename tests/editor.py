"""An editor for the tests: a real client of `klint server`, over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

from lsprotocol import types
from pygls.lsp.client import LanguageClient

Result = TypeVar("Result")

PATIENCE = 30
"""Seconds after which a test gives up on an answer, however busy the machine is."""


class Editor:
    """Starts a server, opens folders, types, and remembers what it is told.

    `said` has the diagnostics that were sent, by file: each time with the version they are about.
    """

    def __init__(
        self,
        *folders: Path,
        capabilities: types.ClientCapabilities | None = None,
        options: Any = None,
        settings: Any = None,
        cwd: Path | None = None,
    ) -> None:
        self.said: defaultdict[Path, list[types.PublishDiagnosticsParams]] = defaultdict(list)
        self.messages: list[str] = []
        self.parts: list[types.ProgressParams] = []
        self.shown: list[str] = []
        self.refreshed = 0
        self.versions: dict[Path, int] = {}
        self._watched: set[types.ProgressToken] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.client = LanguageClient("test", "1")
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(self._hear())
        self.client.feature(types.WINDOW_LOG_MESSAGE)(lambda params: self.messages.append(params.message))
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.messages.append(params.message))
        self.client.feature(types.WORKSPACE_CONFIGURATION)(lambda params: [settings for _ in params.items])
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda _: None)
        self.client.feature(types.WORKSPACE_DIAGNOSTIC_REFRESH)(self._refresh())
        self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda _: None)
        self.client.feature(types.PROGRESS)(partial(self.parts.append))
        self.client.feature(types.WINDOW_SHOW_DOCUMENT)(self._show())
        self.do(self.client.start_io(sys.executable, "-m", "klint", "server", cwd=cwd))
        params = types.InitializeParams(
            capabilities=capabilities or types.ClientCapabilities(),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders],
            initialization_options=options,
        )
        self.server = self.do(self.client.initialize_async(params))
        self.client.initialized(types.InitializedParams())

    def _hear(self) -> Callable[[types.PublishDiagnosticsParams], None]:
        def hear(params: types.PublishDiagnosticsParams) -> None:
            self.said[Path(params.uri.removeprefix("file://"))].append(params)

        return hear

    def _refresh(self) -> Callable[[None], None]:
        def refresh(_: None) -> None:
            self.refreshed += 1

        return refresh

    def _show(self) -> Callable[[types.ShowDocumentParams], types.ShowDocumentResult]:
        def show(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
            self.shown.append(params.uri)
            return types.ShowDocumentResult(True)

        return show

    def do(self, action: Coroutine[Any, Any, Result]) -> Result:
        """Wait for something."""
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(PATIENCE)

    def wait(self, condition: Callable[[], Result]) -> Result:
        """Wait until a condition is true of what was heard."""

        async def waiting() -> Result:
            while not (found := condition()):
                await asyncio.sleep(0.01)
            return found

        return self.do(asyncio.wait_for(waiting(), PATIENCE))

    def call(self, action: Callable[[], Any]) -> None:
        """Send something, in the client's thread."""

        async def calling() -> None:
            action()

        self.do(calling())

    # What a person does

    def open(self, file: Path, text: str | None = None, language: str = "yaml") -> None:
        """Open a file, or a text in its place."""
        self.versions[file] = 1
        content = file.read_text("utf-8") if text is None else text
        item = types.TextDocumentItem(file.as_uri(), language, 1, content)
        self.call(lambda: self.client.text_document_did_open(types.DidOpenTextDocumentParams(item)))

    def type(self, file: Path, text: str, at: types.Range | None = None) -> int:
        """Change a range of an open file, or all of it; gives the version."""
        self.versions[file] += 1
        change = (
            types.TextDocumentContentChangePartial(at, text)
            if at
            else types.TextDocumentContentChangeWholeDocument(text)
        )
        document = types.VersionedTextDocumentIdentifier(self.versions[file], file.as_uri())
        params = types.DidChangeTextDocumentParams(document, [change])
        self.call(lambda: self.client.text_document_did_change(params))
        return self.versions[file]

    def save(self, file: Path, text: str) -> None:
        """Write an open file."""
        file.write_text(text, "utf-8")
        params = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(file.as_uri()))
        self.call(lambda: self.client.text_document_did_save(params))

    def close(self, file: Path) -> None:
        """Close a file."""
        del self.versions[file]
        params = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(file.as_uri()))
        self.call(lambda: self.client.text_document_did_close(params))

    def watched(self, *files: Path) -> None:
        """Tell that files have changed."""
        changes = [types.FileEvent(file.as_uri(), types.FileChangeType.Changed) for file in files]
        params = types.DidChangeWatchedFilesParams(changes)
        self.call(lambda: self.client.workspace_did_change_watched_files(params))

    def last(self, file: Path) -> list[types.Diagnostic]:
        """What was said last of a file."""
        return list(self.said[file][-1].diagnostics) if self.said[file] else []

    def told(self, file: Path, version: int | None = 1) -> list[types.Diagnostic]:
        """What is said last of a version of a file, or of the file where it is not open."""
        return list(self.wait(lambda: [one for one in self.said[file] if one.version == version])[-1].diagnostics)

    def ask(self, file: Path, known: str | None = None) -> Any:
        """Ask for the diagnostics of an open file."""
        document = types.TextDocumentIdentifier(file.as_uri())
        params = types.DocumentDiagnosticParams(document, previous_result_id=known)
        return self.do(self.client.text_document_diagnostic_async(params))

    def ask_for_all(self, known: dict[Path, str], token: str | None = None) -> Future[Any]:
        """Ask for the diagnostics of all files; the answer may take its time."""
        previous = [types.PreviousResultId(path.as_uri(), value) for path, value in known.items()]
        params = types.WorkspaceDiagnosticParams(previous, partial_result_token=token)
        asked = self.client.workspace_diagnostic_async(params)
        return asyncio.run_coroutine_threadsafe(asked, self._loop)

    def request(self, method: str, params: Any) -> tuple[str, Future[Any]]:
        """Send a request: its id, and what is answered once it is."""
        name = str(uuid4())
        asked = partial(self.client.protocol.send_request_async, method, params, name)

        async def requesting() -> Any:
            return await asked()

        return name, asyncio.run_coroutine_threadsafe(requesting(), self._loop)

    def cancel(self, name: str) -> None:
        """Take a request back."""
        self.call(lambda: self.client.cancel_request(types.CancelParams(name)))

    def begun(self, *, can_be_cancelled: bool = True) -> tuple[types.ProgressToken, Any]:
        """Wait for work that begins and has not been waited for; gives its token, and what is said of it.

        What others began, which can be cancelled where this cannot or the other way round, is passed over.
        """

        def is_meant(one: types.ProgressParams) -> bool:
            is_new = one.token not in self._watched and _is(one, "begin")
            return is_new and _told(one)["cancellable"] is can_be_cancelled

        found, *_ = self.wait(lambda: [one for one in self.parts if is_meant(one)])
        self._watched.add(found.token)
        return found.token, found.value

    def ended(self, token: types.ProgressToken) -> list[str]:
        """Wait until some work ends; gives what was told of it in between."""
        heard = self.wait(lambda: _until_end([one for one in self.parts if one.token == token]))
        return [_told(one)["message"] for one in heard if _is(one, "report")]

    def stop(self, token: types.ProgressToken) -> None:
        """Cancel some work."""
        params = types.WorkDoneProgressCancelParams(token)
        self.call(lambda: self.client.window_work_done_progress_cancel(params))

    def actions(self, file: Path, line: int, *only: str) -> list[Any]:
        """What can be done on a line, counted from 0."""
        at = types.Range(types.Position(line, 0), types.Position(line, 0))
        context = types.CodeActionContext([], list(only) or None)
        params = types.CodeActionParams(types.TextDocumentIdentifier(file.as_uri()), at, context)
        found = self.do(self.client.text_document_code_action_async(params))
        return list(found or ())  # lsprotocol takes a code action with a command for a command

    def leave(self, *, politely: bool = True) -> int | None:
        """End the server; gives its exit code."""
        if politely:
            self.do(self.client.shutdown_async(None))
        process = self.client._server
        assert process is not None
        self.call(lambda: self.client.exit(None))
        self.do(asyncio.wait_for(process.wait(), PATIENCE))
        self.do(self.client.stop())  # type: ignore[no-untyped-call]
        self._loop.call_soon_threadsafe(self._loop.stop)
        return process.returncode


def _is(part: types.ProgressParams, kind: str) -> bool:
    return _told(part).get("kind") == kind


def _told(part: types.ProgressParams) -> dict[str, Any]:
    return part.value if isinstance(part.value, dict) else {}


def _until_end(parts: list[types.ProgressParams]) -> list[types.ProgressParams]:
    return parts if parts and _is(parts[-1], "end") else []


def span(diagnostic: types.Diagnostic) -> tuple[int, int, int, int]:
    """Line and character where a diagnostic begins and ends."""
    start, end = diagnostic.range.start, diagnostic.range.end
    return start.line, start.character, end.line, end.character


def codes(diagnostics: list[types.Diagnostic]) -> list[str]:
    """The rules that speak, in order."""
    return [str(diagnostic.code) for diagnostic in diagnostics]
