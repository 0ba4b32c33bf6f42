"""When a root is linted, and who waits for it: what is newest first, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event

from klint.edits import Edit
from klint.server.buffers import Buffer
from klint.server.linter import Job, Linter
from klint.server.outcome import Outcome
from klint.server.progress import Rendering
from klint.server.settings import Settings
from klint.server.worker import Worker
from klint.session import Cancelled

QUIET = 0.15
"""Seconds without a change before what somebody types is linted, where nobody waits for it."""


class Root:
    """A folder that is open in the editor, or one file of a folder that is not.

    It is linted on a thread of its own, with the documents that are open now. What changes meanwhile is looked at the
    next time; what changes again before then, only once.
    """

    def __init__(
        self,
        folder: Path,
        linter: Linter,
        snapshot: Callable[[], tuple[Mapping[Path, Buffer], Mapping[Path, str]]],
        tell: Callable[[Root, Outcome], None],
        fail: Callable[[BaseException], None],
        watch: Callable[[Event], Rendering],
    ) -> None:
        """Begin to lint, once the editor's settings are known.

        Args:
            folder: the folder, or the file.
            linter: what lints it.
            snapshot: gives the documents that are open, and what the editor calls files.
            tell: called with what linting came to.
            fail: called with what broke.
            watch: makes what is told how far a rendering has come, and ends it once an event is set.
        """
        self.folder = folder
        self.settings: Settings | None = None
        self.outcome: Outcome | None = None
        self._linter = linter
        self._snapshot = snapshot
        self._tell = tell
        self._fail = fail
        self._worker = Worker(f"klint {folder}")
        self._watch = watch
        self._ending = Event()
        """Set to end the rendering that is going on, if one is."""
        self._stopped = Event()
        self._wanted = 1
        """Counts changes that somebody may wait for."""
        self._done = 0
        """How many of those the outcome has."""
        self._touched: set[Path] | None = None
        self._is_stale = True
        """Whether something was saved, or has changed on the disk, since charts and kustomizations were rendered."""
        self._is_rendering = False
        self._waiting: list[tuple[int, asyncio.Future[Outcome]]] = []
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._hurry.set()
        self._wake.set()
        self._configured = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def holds(self, path: Path) -> bool:
        """Whether a file is in it."""
        return path.is_relative_to(self.folder)

    def change(self) -> None:
        """Something that is open is not what it was. That comes before any rendering: that begins again afterwards."""
        self._wanted += 1
        if self.can_end_rendering:
            self._ending.set()
        self._wake.set()

    def touch(self, paths: Iterable[Path] | None) -> None:
        """Files or folders may have changed on the disk, None for any: they are read and rendered again."""
        if paths is None:
            self._touched = None
        elif self._touched is not None:
            self._touched.update(paths)
        self._is_stale = True
        if self.can_end_rendering:
            self._ending.set()
        self._wake.set()

    def close(self, path: Path) -> None:
        """A document is closed: its file counts again, from which nothing was rendered while the text was broken."""
        self.change()
        if self.outcome is not None and path in self.outcome.broken:
            self.touch([path])

    def configure(self, settings: Settings) -> None:
        """The editor's settings are other ones."""
        if settings != self.settings:
            self.settings = settings
            self.change()
            self._configured.set()

    @property
    def can_end_rendering(self) -> bool:
        """Whether charts and kustomizations are rendered again: the first time there is nothing to go back to."""
        return self._is_rendering and self.outcome is not None

    def end_rendering(self) -> None:
        """Somebody does not want to wait for charts and kustomizations: they stay as they were until the next save.

        What else has changed on the disk is linted all the same.
        """
        if self.can_end_rendering:
            self._is_rendering = self._is_stale = False
            self._wanted += 1
            self._ending.set()

    async def current(self) -> Outcome:
        """What linting comes to with the documents as they are now.

        Raises:
            CancelledError: it is linted no more.
        """
        if self._stopped.is_set():
            raise asyncio.CancelledError
        if self.outcome is not None and self._done >= self._wanted:
            return self.outcome
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._wanted, future))
        self._hurry.set()
        return await future

    async def fixed(self, path: Path) -> tuple[Edit, ...]:
        """The edits that make all safe fixes of a file."""
        buffers, uris = self._snapshot()
        if path not in buffers:
            return ()
        touched = None if self._touched is None else frozenset(self._touched)
        job = Job(buffers, uris, self.settings or Settings(), self._watch(self._stopped), touched, renders=False)
        try:
            return await self._worker.run(self._linter.fixed, job, path)
        except Cancelled:
            return ()

    def stop(self) -> None:
        """Lint no more."""
        self._task.cancel()
        self._ending.set()
        self._stopped.set()
        self._worker.stop()
        for _, future in self._waiting:
            future.cancel()

    async def _run(self) -> None:
        await self._configured.wait()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._done < self._wanted or self._is_stale:
                await self._quiet()
                await self._lint(renders=self.outcome is None or self._done == self._wanted)
                if self._waiting:
                    self._hurry.set()

    async def _quiet(self) -> None:
        """Wait until nobody types, or somebody waits."""
        wanted = -1
        while wanted != self._wanted and not self._hurry.is_set():
            wanted = self._wanted
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), QUIET)

    async def _lint(self, *, renders: bool) -> None:
        buffers, uris = self._snapshot()
        touched = None if self._touched is None else frozenset(self._touched)
        wanted = self._wanted
        self._touched = set()
        self._is_stale = self._is_stale and not renders
        self._is_rendering = renders
        self._ending = Event()
        self._hurry.clear()
        try:
            job = Job(buffers, uris, self.settings or Settings(), self._watch(self._ending), touched, renders)
            outcome = await self._worker.run(self._linter.lint, job)
        except Cancelled:
            self._is_stale = self._is_stale or self._is_rendering  # unless it was ended for good
            self._touched = None if touched is None or self._touched is None else {*touched, *self._touched}
            return
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._fail(error)
            self._touched = None  # nobody knows what of it was read
            outcome = self.outcome.still(buffers) if self.outcome else Outcome(None, buffers)
        finally:
            self._is_rendering = False
        self.outcome, self._done = outcome, wanted
        ready = [future for least, future in self._waiting if least <= wanted]
        self._waiting = [(least, future) for least, future in self._waiting if least > wanted]
        for future in ready:
            if not future.done():
                future.set_result(outcome)
        try:
            self._tell(self, outcome)
        except Exception as error:  # the editor hears of it, and what changes next is linted all the same
            self._fail(error)
