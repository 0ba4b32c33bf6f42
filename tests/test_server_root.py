"""When a root of the server is linted, whatever breaks or ends meanwhile."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from klint.server.linter import Job
from klint.server.outcome import Outcome, Told
from klint.server.root import Root
from klint.server.settings import Settings
from klint.server.worker import call_in
from klint.session import Cancelled

PATIENCE = 30
"""Seconds after which a test gives up."""


def root_of(
    lint: Callable[[Job], Outcome],
    tell: Callable[[Root, Outcome], None] = lambda *_: None,
    fail: Callable[[BaseException], None] = lambda _: None,
    snapshot: Callable[[], Any] = lambda: ({}, {}),
) -> Root:
    """A root that is linted by a function; a job's `progress` is the event that ends its rendering."""
    linter: Any = SimpleNamespace(lint=lint)
    watch: Any = lambda event: event  # noqa: E731 -- nothing is shown
    root = Root(Path("/shop"), linter, snapshot, tell, fail, watch)
    root.configure(Settings())
    return root


async def current(root: Root) -> Outcome:
    return await asyncio.wait_for(root.current(), PATIENCE)


def test_what_breaks_while_an_outcome_is_told_is_told_itself_and_what_changes_next_is_linted() -> None:
    failed: list[BaseException] = []
    told: list[Outcome] = []

    def tell(_: Root, outcome: Outcome) -> None:
        told.append(outcome)
        if len(told) == 1:
            raise ZeroDivisionError

    async def drive() -> None:
        root = root_of(lambda job: Outcome(None, job.buffers), tell, failed.append)
        first = await current(root)
        root.change()
        assert await current(root) is not first
        root.stop()

    asyncio.run(drive())
    assert [*map(type, failed)] == [ZeroDivisionError]
    assert len(told) == 2


def test_what_was_said_of_documents_that_are_as_they_were_stays_where_linting_breaks() -> None:
    same, other, closed = (Path(f"/shop/{name}.yaml") for name in ("same", "other", "closed"))
    jobs: list[Job] = []
    failed: list[BaseException] = []
    buffers: dict[Path, Any] = {same: object(), other: object()}

    def lint(job: Job) -> Outcome:
        jobs.append(job)
        if len(jobs) == 2:
            raise ZeroDivisionError
        return Outcome(None, job.buffers, {path: Told() for path in (same, other, closed)})

    async def drive() -> tuple[Outcome, Outcome]:
        root = root_of(lint, fail=failed.append, snapshot=lambda: (dict(buffers), {}))
        first = await current(root)
        buffers[other] = object()
        root.change()
        second = await current(root)
        root.change()
        await current(root)
        root.stop()
        return first, second

    first, second = asyncio.run(drive())
    assert [*map(type, failed)] == [ZeroDivisionError]
    assert second.files == {path: first.files[path] for path in (same, closed)}
    assert second.buffers == buffers
    assert [job.touched for job in jobs] == [None, frozenset(), None]  # whatever was read then is read again


@pytest.mark.parametrize(
    ("end", "renderings"),
    [(Root.end_rendering, [True, True, False]), (Root.change, [True, True, False, True])],
    ids=["by a person", "for what is typed"],
)
def test_what_changed_on_the_disk_is_linted_though_a_rendering_is_ended(
    end: Callable[[Root], None], renderings: list[bool]
) -> None:
    jobs: list[Job] = []
    has_begun, file = Event(), Path("/shop/web.yaml")

    def lint(job: Job) -> Outcome:
        jobs.append(job)
        if len(jobs) == 2:
            has_begun.set()
            ending: Any = job.progress
            assert ending.wait(PATIENCE)
            raise Cancelled
        return Outcome(None, job.buffers)

    async def drive() -> None:
        root = root_of(lint)
        await current(root)
        root.touch([file])
        assert await asyncio.to_thread(has_begun.wait, PATIENCE)
        end(root)
        await current(root)
        while len(jobs) < len(renderings):
            await asyncio.sleep(0.01)
        root.stop()

    asyncio.run(asyncio.wait_for(drive(), PATIENCE))
    assert [job.renders for job in jobs] == renderings
    assert jobs[1].touched == jobs[2].touched == frozenset([file])


def test_a_loop_that_is_closed_is_told_nothing() -> None:
    loop, told = asyncio.new_event_loop(), list[int]()
    call_in(loop, told.append, 1)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    call_in(loop, told.append, 2)
    assert told == [1]


def test_nobody_waits_for_what_is_linted_no_more() -> None:
    async def drive() -> None:
        root = root_of(lambda job: Outcome(None, job.buffers))
        waiting = asyncio.ensure_future(root.current())
        await asyncio.sleep(0)
        root.stop()
        for asked in (waiting, root.current()):
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(asked, PATIENCE)

    asyncio.run(drive())
