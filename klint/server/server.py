"""The server: what it answers to which request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import klint
from klint.registry import Rule
from klint.server.actions import KINDS, Actions, wants
from klint.server.buffers import Buffer, Buffers
from klint.server.client import Client
from klint.server.linter import Linter
from klint.server.outcome import Outcome
from klint.server.protocol import Protocol
from klint.server.pushing import Pushing
from klint.server.root import Root
from klint.server.settings import SECTION, Settings, misfits
from klint.server.uris import path_of
from klint.server.worker import Worker


class Server(LanguageServer):
    """klint in an editor."""

    protocol: Protocol

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Serve what some rules find, which are all there are."""
        super().__init__("klint", klint.__version__, protocol_cls=Protocol)
        self.rules = rules
        self.client = Client()
        self.settings = Settings()
        self.worker = Worker()
        self.has_shut_down = False
        self._roots: dict[Path, Root] = {}
        self._files: set[Path] = set()
        """Those of the roots that are a file."""
        self._complaints: set[str] = set()
        self._pushing = Pushing(self.buffers, self.text_document_publish_diagnostics)
        self._register()

    @property
    def buffers(self) -> Buffers:
        """The documents that are open."""
        return self.protocol.buffers

    def _register(self) -> None:
        actions = types.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=False)
        self._on(types.INITIALIZE, self._initialize)
        self._on(types.INITIALIZED, self._initialized)
        self._on(types.SHUTDOWN, self._shut_down)
        self._on(types.TEXT_DOCUMENT_DID_OPEN, self._did_open)
        self._on(types.TEXT_DOCUMENT_DID_CHANGE, self._did_change)
        self._on(types.TEXT_DOCUMENT_DID_CLOSE, self._did_close)
        self._on(types.TEXT_DOCUMENT_DID_SAVE, self._did_save, types.SaveOptions(include_text=False))
        self._on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._did_change_folders)
        self._on(types.TEXT_DOCUMENT_CODE_ACTION, self._code_actions, actions)

    def _on(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Answer a method by a handler. pygls marks what it registers, which a bound method does not let it do."""
        self.feature(method, options)(partial(handler))

    # Where the server begins and ends

    def _initialize(self, params: types.InitializeParams) -> None:
        self.client = Client.of(params.capabilities)
        self.buffers.encoding = self.client.encoding
        said = params.initialization_options
        self._set(said.get(SECTION, said) if isinstance(said, dict) else None)

    def _initialized(self, _: types.InitializedParams) -> None:
        folders = [folder.uri for folder in self.workspace.folders.values()]
        if not folders and self.workspace.root_uri:
            folders = [self.workspace.root_uri]
        self._add_folders(folders)

    def _shut_down(self, *_: Any) -> None:
        self.has_shut_down = True
        for root in self._roots.values():
            root.stop()

    def _set(self, said: Any) -> None:
        self.settings = Settings.of(said)
        for text in misfits(said):
            self._complain(text)

    # Roots

    def _add_folders(self, uris: Iterable[str]) -> None:
        for uri in uris:
            folder = path_of(uri)
            if folder is not None and folder not in self._roots:
                self._open(folder, folder)
        for path in [path for path, root in self._roots.items() if self._root_of(path) is not root]:
            self._drop(path)

    def _open(self, path: Path, folder: Path) -> Root:
        """Begin to lint a folder, or a file in one that is not open."""
        linter = Linter(folder, [path], self.rules, self.client)
        self._roots[path] = Root(path, linter, self.worker, self._snapshot, self._told, self._failed, self.settings)
        return self._roots[path]

    def _drop(self, path: Path) -> None:
        root = self._roots.pop(path)
        self._files.discard(path)
        root.stop()
        self._pushing.clear(lambda file: root.holds(file) and self._root_of(file) is None)

    def _root_of(self, path: Path) -> Root | None:
        """The innermost folder that is open and holds a file; else the file itself."""
        folders = [root for root in self._roots.values() if root.holds(path)]
        return max(folders, key=lambda root: len(root.folder.parts), default=None)

    def _rooted(self, buffer: Buffer) -> Root:
        root = self._root_of(buffer.path)
        if root is None:
            self._files.add(buffer.path)
            root = self._open(buffer.path, buffer.path.parent)
        return root

    def _snapshot(self) -> tuple[Mapping[Path, Buffer], Mapping[Path, str]]:
        buffers = {buffer.path: buffer for buffer in self.buffers}
        return buffers, {path: buffer.uri for path, buffer in buffers.items()}

    def _told(self, root: Root, outcome: Outcome) -> None:
        self._pushing.tell(outcome, lambda path: self._root_of(path) is root)
        for text in outcome.complaints:
            self._complain(text)

    def _failed(self, error: BaseException) -> None:
        self._complain(f"Something in klint broke: {type(error).__name__}: {error}")

    def _complain(self, text: str) -> None:
        """Say what klint could not do, once."""
        if text not in self._complaints:
            self._complaints.add(text)
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, text))

    # Documents and folders

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._changed(params.text_document.uri)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._changed(params.text_document.uri)

    def _changed(self, uri: str) -> None:
        buffer = self.buffers.at(uri)
        if buffer is not None:
            self._rooted(buffer)
            for root in self._roots.values():
                root.change()

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        for root in self._roots.values() if path else ():
            root.touch([path] if path else [])

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path in self._files:
            self._drop(path)
        for root in self._roots.values():
            root.change()

    def _did_change_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            path = path_of(folder.uri)
            if path in self._roots:
                self._drop(path)
        self._add_folders(folder.uri for folder in params.event.added)
        for buffer in self.buffers:
            self._rooted(buffer)

    # Requests

    async def _code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        buffer = self.buffers.at(params.text_document.uri)
        if buffer is None:
            return None
        outcome = await self._rooted(buffer).current()
        actions = Actions(outcome, buffer.path, self.buffers, self.client)
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        found: list[types.CodeAction] = []
        if wants(only, types.CodeActionKind.QuickFix.value):
            found.extend(actions.quick_fixes(params.range))
        return found
