"""The server: what it answers to which request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from traceback import format_exception
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

import klint
from klint.errors import described
from klint.registry import Rule
from klint.server.actions import EXPLAIN, FIX_ALL, KINDS, Actions, asks_to_fix_all, fix_all, unresolved_fix_all, wants
from klint.server.buffers import Buffer, Buffers
from klint.server.client import Client
from klint.server.features import Features
from klint.server.linter import Linter
from klint.server.outcome import Outcome
from klint.server.progress import Rendering, WorkDone
from klint.server.protocol import Protocol
from klint.server.pulling import Pulling
from klint.server.pushing import Pushing
from klint.server.root import Root
from klint.server.roots import Roots
from klint.server.settings import SECTION, Settings, misfits
from klint.server.uris import path_of
from klint.workspace.walk import HISTORIES, TOOL_FOLDERS

SOON = 5
"""Seconds that an editor has to say what its settings are."""

_UNSEEN = HISTORIES | TOOL_FOLDERS
"""Folders in which much changes that is never linted."""


class Server(LanguageServer):
    """klint in an editor."""

    protocol: Protocol

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Serve what some rules find, which are all there are."""
        super().__init__("klint", klint.__version__, protocol_cls=Protocol)
        self.rules = rules
        self.client = Client()
        self.settings = Settings()
        self.has_shut_down = False
        self._roots = Roots(self._begin, self._closed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._complaints: set[str] = set()
        self._rendering: dict[types.ProgressToken, Path] = {}
        """Whose progress is shown under which token."""
        self._pushing = Pushing(self.buffers, self.text_document_publish_diagnostics)
        self._pulling = Pulling(self.buffers, self._roots, self._send_part, self._refresh)
        self._on(types.INITIALIZE, self._initialize)
        self._on(types.INITIALIZED, self._initialized)
        self._on(types.SHUTDOWN, self._shut_down)
        self._on(types.TEXT_DOCUMENT_DID_OPEN, self._did_open)
        self._on(types.TEXT_DOCUMENT_DID_CHANGE, self._did_change)
        self._on(types.TEXT_DOCUMENT_DID_CLOSE, self._did_close)
        self._on(types.TEXT_DOCUMENT_DID_SAVE, self._did_save, types.SaveOptions(include_text=False))
        self._on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._did_change_folders)
        self._on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._did_change_files)
        self._on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._did_change_settings)
        self._on(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, self._cancel_progress)

    def _on(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Answer a method by a handler. pygls marks what it registers, which a bound method does not let it do."""
        self.feature(method, options)(partial(handler))

    @property
    def buffers(self) -> Buffers:
        """The documents that are open."""
        return self.protocol.buffers

    # Where the server begins and ends

    def _initialize(self, params: types.InitializeParams) -> None:
        """Learn what the editor can do; what it cannot do anything with is not offered."""
        client = self.client = Client.of(params.capabilities)
        self.buffers.encoding = client.encoding
        said = params.initialization_options
        self.settings = self._read_settings(said.get(SECTION, said) if isinstance(said, dict) else None)
        actions = types.CodeActionOptions(code_action_kinds=list(KINDS))
        self._on(types.TEXT_DOCUMENT_CODE_ACTION, self._code_actions, actions)
        if client.resolves_edits:
            actions.resolve_provider = True
            self._on(types.CODE_ACTION_RESOLVE, self._resolve)
        if client.shows_documents:
            self.command(EXPLAIN)(partial(self._explain))
        self._on(types.TEXT_DOCUMENT_HOVER, self._hover)
        self._on(types.TEXT_DOCUMENT_DEFINITION, self._definition)
        self._on(types.TEXT_DOCUMENT_REFERENCES, self._references)
        self._on(types.TEXT_DOCUMENT_DOCUMENT_LINK, self._links)
        self._on(types.TEXT_DOCUMENT_CODE_LENS, self._lenses)
        self._on(
            types.TEXT_DOCUMENT_COMPLETION, self._complete, types.CompletionOptions(trigger_characters=[" ", "[", "{"])
        )
        if client.asks:
            options = types.DiagnosticOptions(True, True, SECTION)
            self._on(types.TEXT_DOCUMENT_DIAGNOSTIC, self._diagnose, options)
            self._on(types.WORKSPACE_DIAGNOSTIC, self._diagnose_all)

    async def _initialized(self, _: types.InitializedParams) -> None:
        folders = [folder.uri for folder in self.workspace.folders.values()]
        if not folders and self.workspace.root_uri:
            folders = [self.workspace.root_uri]
        self._roots.add(_paths(folders))
        await self._register()

    async def _register(self) -> None:
        """Ask to be told of files and settings that change."""
        wanted = []
        if self.client.watches_files:
            watched = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
            wanted.append(types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched))
        if self.client.watches_settings:
            section = types.DidChangeConfigurationRegistrationOptions(SECTION)
            wanted.append(types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
        if wanted:
            with suppress(JsonRpcException):
                await self.client_register_capability_async(types.RegistrationParams(wanted))

    def _shut_down(self, *_: Any) -> None:
        self.has_shut_down = True
        for root in self._roots:
            root.stop()

    # Settings

    async def _configure(self, root: Root) -> None:
        """Tell a root its settings: those that the editor has for it, else those that it began with."""
        said = None
        if self.client.has_settings:
            item = types.ConfigurationItem(root.folder.as_uri(), SECTION)
            with suppress(JsonRpcException, TimeoutError):
                asked = self.workspace_configuration_async(types.ConfigurationParams([item]))
                said = next(iter(await asyncio.wait_for(asked, SOON)), None)
        root.configure(self.settings if said is None else self._read_settings(said))

    def _read_settings(self, said: Any) -> Settings:
        for text in misfits(said):
            self._complain(text, types.MessageType.Warning)
        return Settings.of(said)

    async def _did_change_settings(self, params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict) and SECTION in params.settings:
            self.settings = self._read_settings(params.settings[SECTION])
        for root in self._roots:
            await self._configure(root)

    # Roots

    def _begin(self, path: Path, folder: Path) -> Root:
        """Begin to lint a folder, or a file in one that is not open."""
        loop = asyncio.get_running_loop()
        show = partial(self._show_progress, path) if self.client.shows_progress else None
        linter = Linter(folder, [path], self.rules, self.client)
        root = Root(path, linter, self._snapshot, self._told, self._failed, partial(Rendering, loop, show))
        task = loop.create_task(self._configure(root))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return root

    def _closed(self, path: Path, root: Root) -> None:
        self._rendering = {token: found for token, found in self._rendering.items() if found != path}
        self._pushing.clear(lambda file: root.holds(file) and self._roots.holding(file) is None)
        self._pulling.wake()

    def _snapshot(self) -> tuple[Mapping[Path, Buffer], Mapping[Path, str]]:
        buffers = {buffer.path: buffer for buffer in self.buffers}
        return buffers, {path: buffer.uri for path, buffer in buffers.items()}

    def _told(self, root: Root, outcome: Outcome) -> None:
        asks = self.client.asks
        if asks:
            self._pulling.tell(root, outcome)
        if not self._pulling.was_asked:  # some editors ask for open documents alone
            self._pushing.tell(outcome, lambda path: self._roots.holding(path) is root, with_open=not asks)
        for text in outcome.complaints:
            self._complain(text)

    def _failed(self, error: BaseException) -> None:
        """Say that klint has a mistake, and in the log where."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, "".join(format_exception(error))))
        self._complain(f"Something in klint broke: {described(error)}. Report it, with what the log of klint says")

    def _complain(self, text: str, kind: types.MessageType = types.MessageType.Error) -> None:
        """Show what klint could not do, once."""
        if text not in self._complaints:
            self._complaints.add(text)
            self.window_show_message(types.ShowMessageParams(kind, text))

    # Progress

    def _show_progress(self, path: Path) -> WorkDone:
        root = self._roots.at(path)
        shown = WorkDone(self.work_done_progress, can_end=root is not None and root.can_end_rendering)
        self._rendering = {token: found for token, found in self._rendering.items() if found != path}
        self._rendering[shown.token] = path
        return shown

    def _cancel_progress(self, params: types.WorkDoneProgressCancelParams) -> None:
        path = self._rendering.pop(params.token, None)
        root = self._roots.at(path) if path is not None else None
        if root is not None:
            root.end_rendering()

    # Documents and files

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._changed(params.text_document.uri)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._changed(params.text_document.uri)

    def _changed(self, uri: str) -> None:
        buffer = self.buffers.at(uri)
        if buffer is not None:
            self._roots.of_document(buffer.path)
            for root in self._roots:
                root.change()

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        self._touch([path] if path is not None and self.client.watches_files else None)

    def _did_change_files(self, params: types.DidChangeWatchedFilesParams) -> None:
        paths = (path_of(change.uri) for change in params.changes)
        self._touch([path for path in paths if path and not _UNSEEN.intersection(path.parts)])

    def _touch(self, paths: Sequence[Path] | None) -> None:
        """Files have changed on the disk, None for any: whoever does not watch them cannot tell which."""
        if paths is None or paths:
            for root in self._roots:
                root.touch(paths)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is None:
            return
        self._pulling.forget(path)
        self._roots.remove_file(path)
        for root in self._roots:
            root.close(path)

    def _did_change_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        for path in _paths(folder.uri for folder in params.event.removed):
            self._roots.remove(path)
        self._roots.add(_paths(folder.uri for folder in params.event.added))
        for buffer in self.buffers:
            self._roots.of_document(buffer.path)
        for root in self._roots:  # what was found in a folder that was closed may be another one's to tell
            if root.outcome is not None:
                self._told(root, root.outcome)

    # Diagnostics that are asked for

    async def _diagnose(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        buffer = self.buffers.at(params.text_document.uri)
        if buffer is None:
            return types.RelatedFullDocumentDiagnosticReport([])
        return await self._pulling.document(
            buffer.path, self._roots.of_document(buffer.path), params.previous_result_id
        )

    async def _diagnose_all(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        self._pushing.clear(lambda _: True)
        return await self._pulling.everything(params)

    def _send_part(self, token: types.ProgressToken, part: types.WorkspaceDiagnosticReportPartialResult) -> None:
        self.progress(types.ProgressParams(token, part))

    def _refresh(self) -> None:
        self.workspace_diagnostic_refresh(None)

    # What is under the cursor

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        features = await self._features(params.text_document)
        return features.hover(params.position) if features else None

    async def _definition(
        self, params: types.DefinitionParams
    ) -> list[types.Location] | list[types.LocationLink] | None:
        features = await self._features(params.text_document)
        return features.definition(params.position) if features else None

    async def _references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        features = await self._features(params.text_document)
        declared = params.context.include_declaration
        return features.references(params.position, with_declaration=declared) if features else None

    async def _links(self, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        features = await self._features(params.text_document)
        return features.links() if features else None

    async def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        features = await self._features(params.text_document)
        return features.lenses() if features else None

    async def _complete(self, params: types.CompletionParams) -> types.CompletionList | None:
        features = await self._features(params.text_document, is_urgent=True)
        return features.complete(params.position) if features else None

    async def _features(self, document: types.TextDocumentIdentifier, *, is_urgent: bool = False) -> Features | None:
        """What answers about an open document: as it is now; where it is urgent, as it was linted last."""
        buffer = self.buffers.at(document.uri)
        if buffer is None:
            return None
        root = self._roots.of_document(buffer.path)
        outcome = (root.outcome if is_urgent else None) or await root.current()
        latest = self.buffers.at(document.uri) or buffer
        return Features(outcome.report, outcome, latest, self.client) if outcome.report else None

    # Code actions

    async def _code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        buffer = self.buffers.at(params.text_document.uri)
        if buffer is None:
            return None
        root = self._roots.of_document(buffer.path)
        outcome = await root.current()
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        actions = Actions(outcome, buffer.path, self.buffers, self.client)
        found: list[types.CodeAction] = []
        if wants(only, types.CodeActionKind.QuickFix.value):
            found.extend(actions.about(params.range))
        if wants(only, FIX_ALL) and actions.can_fix_all:
            if self.client.resolves_edits and not asks_to_fix_all(only):
                found.append(unresolved_fix_all(buffer.uri))
            elif only:  # it takes its time: not whenever the cursor moves
                found.append(await self._fix_all(buffer))
        return found

    async def _resolve(self, action: types.CodeAction) -> types.CodeAction:
        buffer = self.buffers.at(action.data["uri"]) if isinstance(action.data, dict) else None
        return action if buffer is None else await self._fix_all(buffer)

    async def _fix_all(self, buffer: Buffer) -> types.CodeAction:
        edits = await self._roots.of_document(buffer.path).fixed(buffer.path)
        return fix_all(buffer.path, edits, self.buffers, self.client)

    async def _explain(self, rule: str) -> None:
        """Open the page of a rule: that which came with it, so that it is the one of this version."""
        page = next((known.folder / "README.md" for known in self.rules if known.name == rule), None)
        if page is not None:
            await self.window_show_document_async(types.ShowDocumentParams(page.as_uri(), take_focus=True))


def _paths(uris: Iterable[str]) -> Iterator[Path]:
    """The paths of URIs of files and folders."""
    return (path for uri in uris if (path := path_of(uri)) is not None)
