"""A thread that does one thing after the other, while the loop of the server goes on.

yaml-rs is loaded here, by the thread that imports this, which lives as long as the process: loaded by a thread that
ends it crashes in the next one (yaml-rs 0.1.6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import yaml_rs  # noqa: F401

Result = TypeVar("Result")


def call_in(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: Any) -> None:
    """Have a loop call a function in its own thread; not where the loop is closed, be it this very moment."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *arguments)


class Worker:
    """One thread. It ends with the process, whatever it is about: nobody waits for a rendering to leave the editor."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    def run(self, function: Callable[..., Result], *arguments: Any) -> asyncio.Future[Result]:
        """Call a function when what was asked for before is done. To be asked from the loop's thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def tell(result: Result | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def job() -> None:
            result, problem = None, None
            try:
                result = function(*arguments)
            except BaseException as error:  # whatever it is, it is for who asked
                problem = error
            call_in(loop, tell, result, problem)

        self._jobs.put(job)
        return future

    def stop(self) -> None:
        """Do no more than what was asked for already."""
        self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()
