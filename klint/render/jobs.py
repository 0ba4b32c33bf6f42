"""Renderings to make, one by one, and how they are made in parallel and within their time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from klint.errors import Failure
from klint.records import dataclass
from klint.render.budget import RunOutOfTimeError
from klint.text.document import Problem
from klint.text.words import counted
from klint.workspace.rendering import Rendering, Sources

Progress = Callable[[int, int], None]
"""Called with how many renderings are done and how many there are: whenever one more is, and every BEAT meanwhile."""

BEAT = 0.1
"""Seconds after which who watches is asked again, though none is done: rendering one chart may take half a minute."""


@dataclass(frozen=True)
class Job:
    """One rendering to make: its name for progress and order, and the function that makes it.

    `file` is what asks for it, and `unread` gives the texts that nobody has read if it is not made. Some make several,
    or none. What `is_extra` is not missed where there is no time for it.
    """

    name: str
    make: Callable[[], Rendering | tuple[Rendering, ...]]
    file: Path = Path()
    unread: Callable[[], tuple[str, ...]] = tuple
    is_extra: bool = False


class Made(NamedTuple):
    """What came of some jobs: renderings in the order of the jobs, what went wrong, and jobs there was no time for."""

    renderings: list[Rendering]
    failures: list[Failure]
    late: list[Job]


def run(jobs: Sequence[Job], progress: Progress | None, end: Callable[[], None]) -> Made:
    """Make all renderings. Threads suffice: the work is in other processes.

    When klint is interrupted, `end` ends the processes, and what is done so far is all there is. What `progress` raises
    ends them, too, and is raised.
    """
    made = Made([], [], [])
    crew = _Crew(jobs)
    outcomes = crew.outcomes
    try:
        crew.start()
        for done in crew.done():
            if progress is not None:
                progress(done, len(jobs))
    except KeyboardInterrupt:
        outcomes = dict(outcomes)  # what ends from now on was ended
        crew.dismiss()
        end()
        message = f"Interrupted after {len(outcomes)} of {len(jobs)} charts and kustomizations"
        made.failures.append(Failure("", message, "What follows does not know the others"))
    except BaseException:
        crew.dismiss()
        end()
        raise
    finally:
        crew.join()
    for number, job in enumerate(jobs):
        outcome = outcomes.get(number, ())
        if isinstance(outcome, RunOutOfTimeError):
            made.late.extend(() if job.is_extra else (job,))
        elif isinstance(outcome, BaseException):
            message = f"It does not render: {type(outcome).__name__}: {outcome}"
            made.failures.append(Failure(job.name, message, "Exclude it"))
        else:
            made.renderings.extend(outcome if isinstance(outcome, tuple) else (outcome,))
    return made


class _Crew:
    """Threads that each take the next job until there are no more: `concurrent.futures` takes long to import."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.outcomes: dict[int, Rendering | tuple[Rendering, ...] | BaseException] = {}
        """What came of a job, or what it raised, by its number."""
        self._jobs = jobs
        self._waiting = deque(range(len(jobs)))
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._threads = [Thread(target=self._work) for _ in range(min(workers(), len(jobs)))]

    def start(self) -> None:
        """Begin with the jobs."""
        for thread in self._threads:
            thread.start()

    def done(self) -> Iterator[int]:
        """How many have ended, each time that one has, and as long as none does, until all have."""
        done = 0
        while done < len(self._jobs):
            with suppress(Empty):
                self._ended.get(timeout=BEAT)
                done += 1
            yield done

    def dismiss(self) -> None:
        """Begin with no more jobs."""
        self._waiting.clear()

    def join(self) -> None:
        """Wait for what was begun."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _work(self) -> None:
        while True:
            try:
                number = self._waiting.popleft()
            except IndexError:
                return
            try:
                self.outcomes[number] = self._jobs[number].make()
            except BaseException as error:
                self.outcomes[number] = error
            self._ended.put(None)


def workers() -> int:
    """How many renders run at once."""
    return max(1, min(8, os.cpu_count() or 1))


def not_rendered(files: Sequence[Path], message: str, sources: Sources, unread: tuple[str, ...] = ()) -> Rendering:
    """Nothing is passed over in silence: one problem for all that is not rendered for one reason."""
    span, *others = (sources.get(file).span(0, 0) for file in dict.fromkeys(files))
    related = tuple(("not rendered either", other) for other in others[:9])
    problem = Problem("not-analysed", message, span, related, is_harmless=True)
    return Rendering("", (), (), problems=(problem,), unread=unread)


def without_tool(files: Sequence[Path], what: str, outcome: str, tool: str, sources: Sources) -> Rendering:
    """One problem for all that a missing tool leaves unrendered."""
    count = counted(len(files), what)
    remedy = f"install klint-k8s[{tool}] or put {tool} on the PATH"
    return not_rendered(files, f"{count}: {outcome}; {remedy}", sources)
