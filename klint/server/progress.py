"""How far rendering has come, where the editor shows it; and the way to end it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from klint.server.worker import call_in
from klint.session import Cancelled

if TYPE_CHECKING:
    from types import TracebackType

    from pygls.progress import Progress as Channel

TITLE = "klint: rendering"


class WorkDone:
    """A progress in the editor. To be used in the loop's thread."""

    def __init__(self, channel: Channel, *, can_end: bool) -> None:
        """Show it, and offer to end it if it can be ended."""
        self.token = str(uuid4())
        self._channel = channel
        self._can_end = can_end
        self._is_open = True
        self._has_begun = False
        self._reported = 0, 0
        self._begin = asyncio.get_running_loop().create_task(self._create())

    async def _create(self) -> None:
        """Begin once the editor has agreed; what has ended by then was too short to be shown."""
        with suppress(JsonRpcException):
            await self._channel.create_async(self.token)
            if self._is_open:
                begin = types.WorkDoneProgressBegin(TITLE, cancellable=self._can_end, percentage=0)
                self._channel.begin(self.token, begin)
                self._has_begun = True
            else:
                self._forget()

    def report(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if self._has_begun and self._is_open and (done, total) != self._reported:
            self._reported = done, total
            text = f"{done} of {total} charts and kustomizations"
            percentage = 100 * done // total if total else 0
            self._channel.report(self.token, types.WorkDoneProgressReport(message=text, percentage=percentage))

    def end(self) -> None:
        """It is over."""
        self._is_open = False
        if self._has_begun:
            self._channel.end(self.token, types.WorkDoneProgressEnd())
            self._forget()

    def _forget(self) -> None:
        """Let pygls know of it no more: by itself it never forgets a token."""
        self._channel.tokens.pop(self.token, None)


class Rendering:
    """What a Session tells how far rendering has come, on the worker's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, show: Callable[[], WorkDone] | None, ending: Event) -> None:
        """Show it by a function of the loop's thread, if at all, until it ends or is to: when `ending` is set."""
        self._loop = loop
        self._show = show
        self._ending = ending
        self._shown: WorkDone | None = None

    def __enter__(self) -> Self:
        call_in(self._loop, self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        call_in(self._loop, self._end)

    def update(self, done: int, total: int) -> None:
        """So many of so many are done; raises Cancelled where nobody wants the rest."""
        if self._ending.is_set():
            raise Cancelled
        call_in(self._loop, self._report, done, total)

    def _open(self) -> None:
        self._shown = self._show() if self._show else None

    def _report(self, done: int, total: int) -> None:
        if self._shown is not None:
            self._shown.report(done, total)

    def _end(self) -> None:
        if self._shown is not None:
            self._shown.end()
