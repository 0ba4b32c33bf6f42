"""When a root of the server is linted, whatever breaks meanwhile."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from klint.server.outcome import Outcome
from klint.server.root import Root
from klint.server.settings import Settings


def test_what_breaks_while_an_outcome_is_told_is_told_itself_and_what_changes_next_is_linted() -> None:
    failed: list[BaseException] = []
    told: list[Outcome] = []

    def tell(_: Root, outcome: Outcome) -> None:
        told.append(outcome)
        if len(told) == 1:
            raise ZeroDivisionError

    async def drive() -> None:
        linter: Any = SimpleNamespace(lint=lambda job: Outcome(None, job.buffers))
        watch: Any = lambda event: event  # noqa: E731 -- nothing is rendered
        root = Root(Path("/root"), linter, lambda: ({}, {}), tell, failed.append, watch)
        root.configure(Settings())
        first = await root.current()
        root.change()
        assert await asyncio.wait_for(root.current(), 30) is not first
        root.stop()

    asyncio.run(drive())
    assert [*map(type, failed)] == [ZeroDivisionError]
    assert len(told) == 2
