"""`klint check --watch`: lint, and again whenever files change, with one Session."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from klint.baseline.file import baseline_file
from klint.cli.checking import Request, conclude
from klint.cli.opening import Opened, comparisons_of, open_session
from klint.cli.terminal import COULD_NOT_DO_ITS_JOB, complain, emit, failures_of, is_read
from klint.config import FILE_NAME
from klint.records import replace
from klint.report.escape import escape, inert
from klint.report.text import line
from klint.text.words import abridged
from klint.workspace.configuration import absolute
from klint.workspace.paths import shown
from klint.workspace.watch import Watch

if TYPE_CHECKING:
    from klint.comparing import Comparison
    from klint.engine import Report
    from klint.errors import Failure
    from klint.findings import Finding

FEW = 3
"""Changed files that are named; the others are counted."""

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
"""Clears a terminal, and what has scrolled away."""


def watch(request: Request, *, is_debugging: bool) -> int:
    """Lint until Ctrl-C ends it, or who reads standard output has gone; the exit code of the last run."""
    runs = _Runs(request, is_debugging=is_debugging)
    with suppress(KeyboardInterrupt):
        runs.run()
        while is_read(sys.stdout):
            runs.wait()
            runs.run()
    return runs.status


class _Runs:
    """The runs of one watch. A change of what a Session is made from makes another one; others are told to it."""

    def __init__(self, request: Request, *, is_debugging: bool) -> None:
        self.status = COULD_NOT_DO_ITS_JOB
        self._request = request
        self._is_debugging = is_debugging
        self._is_text = any(output.format == "text" and not output.file for output in request.output)
        self._has_screen = self._is_text and sys.stdout is not None and sys.stdout.isatty()
        self._opened: Opened | None = None
        self._comparisons: Sequence[Comparison] = ()
        self._crashes: Sequence[Failure] = ()
        self._changed: frozenset[Path] = frozenset()
        self._before: Sequence[Finding] | None = None
        paths = absolute(request.lint.paths or (".",))
        outputs = [Path(os.path.abspath(output.file)) for output in request.output if output.file]
        self._sources = frozenset(self._made_from(paths))
        self._watch = Watch((*paths, *self._sources), outputs)

    def run(self) -> None:
        """Lint, and report what is found and what of it is new."""
        self._start()
        try:
            report = self._report()
        except Exception as error:
            self._opened = None
            complain(failures_of(error, is_debugging=self._is_debugging))
            self.status = COULD_NOT_DO_ITS_JOB
        else:
            report, _, self.status = conclude(self._request, report, self._comparisons)
            self._compare(report)
            self._watch.add(_inputs(report))
        if self._is_text:
            emit("\nWatching for changes; Ctrl-C ends this.\n")

    def wait(self) -> None:
        """Wait until files change."""
        self._changed = self._watch.wait()
        if any(path.is_relative_to(source) for path in self._changed for source in self._sources):
            self._opened = None

    def _start(self) -> None:
        """On a terminal of its own a run starts at the top of the screen, and says when and why there is one."""
        if not self._is_text or not self._changed:
            return
        names = sorted(map(shown, self._changed))
        head = f"{escape(abridged(names, FEW))} changed\n\n"
        emit(f"{CLEAR}{time.strftime('%H:%M:%S')}  {inert(head)}" if self._has_screen else inert(f"\n{head}"))

    def _report(self) -> Report:
        if self._opened is not None:
            report = self._opened.session.update({}, touched=self._changed)
        else:
            with _to_stay():
                self._opened = self._open()
                report = self._opened.session.report()
        return replace(report, failures=(*self._opened.failures, *self._crashes, *report.failures))

    def _open(self) -> Opened:
        """Another Session, and what is known before it."""
        request = self._request
        opened = open_session(
            request.lint,
            covers_project=request.report_only,
            shows_progress=not request.quiet,
            is_debugging=self._is_debugging,
        )
        self._comparisons, self._crashes = comparisons_of(request.news, opened)
        if file := baseline_file(request.news.baseline, opened.project):
            self._sources |= {file.file}
            self._watch.add([file.file])
        return opened

    def _compare(self, report: Report) -> None:
        """Say which findings the run before did not have, and which of its are gone."""
        before, self._before = self._before, report.findings
        if before is None or not self._is_text:
            return
        sections = (("New", report.findings, before), ("No longer there", before, report.findings))
        lines = [text for title, these, those in sections for text in _section(title, these, those)]
        emit(inert("".join(f"{text}\n" for text in lines)))

    def _made_from(self, paths: Sequence[Path]) -> Iterator[Path]:
        """Files and folders that a Session is made from: the configuration, there or not, and folders of rules."""
        lint = self._request.lint
        if lint.config is not None:
            yield Path(os.path.abspath(lint.config))
        elif not lint.isolated:
            start = Path(os.path.commonpath(paths))
            yield from (folder / FILE_NAME for folder in (start, *start.parents))
        yield from absolute(lint.folders)


@contextmanager
def _to_stay() -> Iterator[None]:
    """What is made here stays: Python looks through it for garbage neither meanwhile nor later, as it does otherwise.

    What was made to stay before is garbage by now, and goes.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _section(title: str, these: Sequence[Finding], those: Sequence[Finding]) -> Iterator[str]:
    """The findings among these that are not among those, under a title."""
    left = Counter(finding.identity for finding in those)
    only = []
    for finding in these:
        left[finding.identity] -= 1
        if left[finding.identity] < 0:
            only.append(finding)
    if only:
        yield from ("", f"{title}:", *(f"  {line(finding)}" for finding in only))


def _inputs(report: Report) -> Collection[Path]:
    """The folders that renderings were made from: they may lie elsewhere than what is linted."""
    files = {source.path for rendering in report.workspace.renderings for source in rendering.written}
    return {Path(os.path.abspath(file)).parent for file in files}
