"""The protocol's own part: documents open, change and close, what is only text runs as a command that does nothing, and
what has been answered is forgotten.

pygls keeps documents as well, whose lines are those of `str.splitlines`: after a form feed or a line separator, which
end no line in the protocol, an editor's changes would be made in the wrong line. So klint keeps them itself. It also
keeps what came of each notification until the editor leaves (pygls 2.1), which is one more for each key that is typed.
And it leaves requests without an answer that it cannot understand, or that come after the last one: an editor may wait
for these without end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.exceptions import (
    FeatureNotificationError,
    JsonRpcException,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import MsgId
from pygls.protocol.language_server import lsp_method

from klint.server.buffers import Buffers


class Protocol(LanguageServerProtocol):
    """pygls's protocol with klint's own documents."""

    def __init__(self, server: Any, converter: Any) -> None:
        self.buffers = Buffers()
        super().__init__(server, converter)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Iterator[Any]:
        """A document is opened."""
        self.buffers.add(params.text_document)
        yield from self._tell(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Iterator[Any]:
        """A document changes."""
        document = params.text_document
        self.buffers.change(document.uri, document.version, params.content_changes)
        yield from self._tell(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Iterator[Any]:
        """A document is closed."""
        self.buffers.remove(params.text_document.uri)
        yield from self._tell(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """A command is run. One without a name is a lens that is only text: some editors send even that."""
        if params.command:
            return (yield from super().lsp_workspace__execute_command(params))
        return None

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Leave an object as it is: pygls shows each that is in a message, and any may look like a message."""
        return data

    def handle_message(self, message: Any) -> None:
        """Handle a message as JSON has it. Whoever waits for an answer gets one, whatever is wrong with the message."""
        if not isinstance(message, dict):
            raise JsonRpcInvalidRequest
        name, method = message.get("id"), message.get("method")
        try:
            if message.get("jsonrpc") != self.VERSION:
                raise JsonRpcInvalidRequest
            untimely = self._untimely(method) if method else None
            if untimely and name is not None:
                raise untimely
            if not untimely:
                super().handle_message(super().structure_message(message))
        except JsonRpcException as error:
            if name is None:
                self._server._report_server_error(error, FeatureNotificationError)
            elif method:
                self._send_response(name, error=error.to_response_error())
            else:
                self._handle_response(name, error=error.to_response_error())

    def _untimely(self, method: str) -> JsonRpcException | None:
        """Why a method is not for now: before the server and the editor know each other, again, or after the end."""
        if method == types.EXIT:
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest("The server was shut down")
        if self._workspace is None:
            return None if method == types.INITIALIZE else JsonRpcServerNotInitialized()
        return JsonRpcInvalidRequest("The server is initialized already") if method == types.INITIALIZE else None

    def _execute_handler(self, msg_id: MsgId, *args: Any, **kwargs: Any) -> None:
        """Handle a message; once that is done nobody asks for what came of it."""
        super()._execute_handler(msg_id, *args, **kwargs)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._forget(msg_id, future))

    def _forget(self, msg_id: MsgId, future: Future[Any]) -> None:
        if self._request_futures.get(msg_id) is future:
            del self._request_futures[msg_id]

    def _tell(self, method: str, params: Any) -> Iterator[Any]:
        if (handler := self.fm.features.get(method)) is not None:
            yield handler, (params,), None
