"""Diagnostics that an editor asks for, while folders open and close."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lsprotocol import types

from klint.server.buffers import Buffers
from klint.server.outcome import Outcome, Told
from klint.server.pulling import Pulling

FILE = Path("/shop/web.yaml")
PATIENCE = 30
"""Seconds after which a test gives up."""

WRONG = types.Diagnostic(types.Range(types.Position(0, 0), types.Position(0, 1)), "wrong")


class Opened(list[Any]):
    """The roots that there are: each file belongs to the first."""

    def holding(self, _: Path) -> Any:
        return next(iter(self), None)


def opened() -> Any:
    return Opened()


class Asked:
    """A document that is open, the roots that there are, and how often the editor was told to ask again."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.roots = opened()
        self.buffers = Buffers()
        self.buffers.add(types.TextDocumentItem(FILE.as_uri(), "yaml", 1, "a: 1"))
        self.outcome = Outcome(None, {item.path: item for item in self.buffers}, {FILE: Told(((WRONG, None),))})
        nothing: Callable[..., None] = lambda *_: None  # noqa: E731
        self.pulling = Pulling(self.buffers, self.roots, nothing, self.refresh)

    def refresh(self) -> None:
        self.refreshed += 1


async def cancelled() -> Outcome:
    raise asyncio.CancelledError


@pytest.mark.parametrize("is_closed", [False, True])
def test_who_asked_of_a_folder_that_was_closed_is_told_to_ask_again(is_closed: bool) -> None:
    async def drive() -> int:
        asked = Asked()
        closed: Any = SimpleNamespace(current=cancelled)
        with pytest.raises(asyncio.CancelledError):
            await asked.pulling.document(FILE, closed, None)
        if is_closed:
            asked.buffers.remove(FILE.as_uri())
        other: Any = SimpleNamespace(outcome=asked.outcome)
        asked.roots.append(other)
        asked.pulling.tell(other, asked.outcome)
        return asked.refreshed

    assert asyncio.run(drive()) == (0 if is_closed else 1)


def test_what_was_said_of_a_folder_is_taken_back_when_it_is_closed() -> None:
    async def drive() -> Any:
        asked = Asked()
        asked.roots.append(SimpleNamespace(outcome=asked.outcome))
        known = types.PreviousResultId(FILE.as_uri(), asked.outcome.told(FILE).identity)
        answer = asyncio.ensure_future(asked.pulling.everything(types.WorkspaceDiagnosticParams([known])))
        await asyncio.sleep(0)
        assert not answer.done()  # it is what the editor knows
        asked.buffers.remove(FILE.as_uri())
        asked.roots.clear()
        asked.pulling.wake()
        return await asyncio.wait_for(answer, PATIENCE)

    (report,) = asyncio.run(drive()).items
    assert (report.uri, list(report.items)) == (FILE.as_uri(), [])
