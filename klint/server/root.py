"""When a root is linted, and who waits for it: what is newest first, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from klint.server.buffers import Buffer
from klint.server.linter import Job, Linter
from klint.server.outcome import Outcome
from klint.server.settings import Settings
from klint.server.worker import Worker

QUIET = 0.15
"""Seconds without a change before what somebody types is linted, where nobody waits for it."""


class Root:
    """A folder that is open in the editor, or one file of a folder that is not.

    It is linted on the worker's thread, with the documents that are open now. What changes meanwhile is looked at the
    next time; what changes again before then, only once.
    """

    def __init__(
        self,
        folder: Path,
        linter: Linter,
        worker: Worker,
        snapshot: Callable[[], tuple[Mapping[Path, Buffer], Mapping[Path, str]]],
        tell: Callable[[Root, Outcome], None],
        fail: Callable[[BaseException], None],
        settings: Settings,
    ) -> None:
        """Begin to lint.

        Args:
            folder: the folder, or the file.
            linter: what lints it.
            worker: what it is linted on.
            snapshot: gives the documents that are open, and what the editor calls files.
            tell: called with what linting came to.
            fail: called with what broke.
            settings: the editor's settings.
        """
        self.folder = folder
        self.settings = settings
        self.outcome: Outcome | None = None
        self._linter = linter
        self._snapshot = snapshot
        self._tell = tell
        self._fail = fail
        self._worker = worker
        self._wanted = 1
        """Counts changes that somebody may wait for."""
        self._done = 0
        """How many of those the outcome has."""
        self._touched: set[Path] | None = None
        self._renders = True
        self._waiting: list[tuple[int, asyncio.Future[Outcome]]] = []
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._hurry.set()
        self._wake.set()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def holds(self, path: Path) -> bool:
        """Whether a file is in it."""
        return path.is_relative_to(self.folder)

    def change(self) -> None:
        """Something that is open is not what it was."""
        self._wanted += 1
        self._wake.set()

    def touch(self, paths: Iterable[Path] | None) -> None:
        """Files or folders may have changed on the disk, None for any: they are read and rendered again."""
        if paths is None:
            self._touched = None
        elif self._touched is not None:
            self._touched.update(paths)
        self._renders = True
        self._wake.set()

    async def current(self) -> Outcome:
        """What linting comes to with the documents as they are now."""
        if self.outcome is not None and self._done >= self._wanted:
            return self.outcome
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._wanted, future))
        self._hurry.set()
        return await future

    def stop(self) -> None:
        """Lint no more."""
        self._task.cancel()
        for _, future in self._waiting:
            future.cancel()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await self._quiet()
            self._wake.clear()
            await self._lint()

    async def _quiet(self) -> None:
        """Wait until nobody types, or somebody waits."""
        wanted = -1
        while wanted != self._wanted and not self._hurry.is_set():
            wanted = self._wanted
            try:
                await asyncio.wait_for(self._hurry.wait(), QUIET)
            except TimeoutError:
                continue

    async def _lint(self) -> None:
        buffers, uris = self._snapshot()
        touched = None if self._touched is None else frozenset(self._touched)
        job = Job(buffers, uris, self.settings, touched, self._renders)
        wanted, self._touched, self._renders = self._wanted, set(), False
        self._hurry.clear()
        try:
            outcome = await self._worker.run(self._linter.lint, job)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._fail(error)
            outcome = self.outcome or Outcome(None, buffers)
        self.outcome, self._done = outcome, wanted
        self._tell(self, outcome)
        ready = [future for least, future in self._waiting if least <= wanted]
        self._waiting = [(least, future) for least, future in self._waiting if least > wanted]
        for future in ready:
            if not future.done():
                future.set_result(outcome)
        if self._waiting:
            self._hurry.set()
