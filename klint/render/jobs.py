"""Renderings to make, one by one, and how they are made in parallel and within their time."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

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
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        futures = [pool.submit(job.make) for job in jobs]
        kept: Collection[Future[Rendering | tuple[Rendering, ...]]] = futures
        try:
            for done in _done(futures):
                if progress is not None:
                    progress(done, len(jobs))
        except KeyboardInterrupt:
            kept = {future for future in futures if future.done()}  # what ends from now on was ended
            pool.shutdown(wait=False, cancel_futures=True)
            end()
            message = f"Interrupted after {len(kept)} of {len(jobs)} charts and kustomizations"
            made.failures.append(Failure("", message, "What follows does not know the others"))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end()
            raise
    for job, future in zip(jobs, futures, strict=True):
        if future not in kept:
            continue
        error = future.exception()
        if error is None:
            result = future.result()
            made.renderings.extend(result if isinstance(result, tuple) else (result,))
        elif isinstance(error, RunOutOfTimeError):
            made.late.extend(() if job.is_extra else (job,))
        else:
            message = f"It does not render: {type(error).__name__}: {error}"
            made.failures.append(Failure(job.name, message, "Exclude it"))
    return made


def _done(futures: Iterable[Future[Any]]) -> Iterator[int]:
    """How many have ended, each time that one has, and as long as none does."""
    waiting, done = set(futures), 0
    while waiting:
        ended, waiting = wait(waiting, BEAT, FIRST_COMPLETED)
        for _ in ended:
            done += 1
            yield done
        if not ended:
            yield done


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
