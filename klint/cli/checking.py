"""What `klint check` does, once it is known what is asked for. It knows nothing of click: see `klint.cli.main`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint import report as reports
from klint.cli.opening import STDIN, Lint, News, Opened, comparisons_of, located, open_session
from klint.cli.terminal import COULD_NOT_DO_ITS_JOB, complain, emit, say, wants_color
from klint.errors import Failure
from klint.records import dataclass, replace
from klint.report import Options
from klint.timings import Timings, processor_time, unmeasured

if TYPE_CHECKING:
    from klint.comparing import Comparison
    from klint.engine import Report
    from klint.findings import Finding
    from klint.fixing import Fixed
    from klint.remembering.runs import Run
    from klint.session import Session
    from klint.timings import Measure

FOUND_SOMETHING = 1


@dataclass(frozen=True)
class Output:
    """A format, and the file it is written to; none is standard output."""

    format: str
    file: str = ""


@dataclass(frozen=True)
class Request:
    """What the command line asks for: one field an option, with the option's default."""

    lint: Lint
    output: tuple[Output, ...] = (Output("text"),)
    fail_on: str = "warning"
    report_only: bool = False
    news: News = News()
    concise: bool = False
    show_suppressed: bool = False
    sarif_category: str = ""
    color: str = "auto"
    verbose: bool = False
    quiet: bool = False
    timings: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    watch: bool = False

    @classmethod
    def plain(cls, paths: tuple[str, ...], flags: Collection[str]) -> Request:
        """What paths and flags such as `--no-cache` ask for."""
        names = {flag.removeprefix("--").replace("-", "_") for flag in flags}

        def given(kind: type[Lint | News | Request]) -> dict[str, Any]:
            return dict.fromkeys(names.intersection(kind.__match_args__), True)

        return cls(Lint(paths, **given(Lint)), news=News(**given(News)), **given(cls))


@dataclass(frozen=True)
class Told:
    """What a run has to tell: a text for each output, files first; the exit code; whether there was nothing to lint."""

    texts: list[str]
    status: int
    is_idle: bool

    @property
    def plain(self) -> list[Any]:
        """The same as JSON has it."""
        return [self.texts, self.status, self.is_idle]


def run(request: Request, *, is_debugging: bool = False) -> int:
    """Lint and report; the exit code."""
    remembered = None if is_debugging else _rememberable(request)
    said = remembered.said() if remembered else None
    if said is not None:
        return _tell(request, Told(*said))
    status = _after_edits(request, remembered) if remembered else None
    if status is not None:
        return status
    timings = Timings() if request.timings else None
    measure = timings.measure if timings else unmeasured
    opened = open_session(
        request.lint,
        covers_project=request.report_only,
        measure=measure,
        shows_progress=not request.quiet,
        is_debugging=is_debugging,
        project=remembered.project() if remembered else None,
    )
    if timings:
        timings.add("starting", processor_time())
    session = opened.session
    comparisons, crashes = comparisons_of(request.news, opened, measure)
    fixed = _fixed(request, session, comparisons) if request.fix or request.diff else None
    report = fixed.report if fixed else session.report()
    report = replace(report, failures=(*opened.failures, *crashes, *report.failures))
    if fixed and request.diff:
        with measure("report"):
            status = _show(request, report, fixed)
        _tell_times(timings)
        return status
    if fixed:
        report = replace(report, failures=(*report.failures, *_write_fixed(request, session, fixed)))
    report, told, status = conclude(request, report, comparisons, measure)
    if remembered and _is_lasting(session, report):
        kept = session.kept() if _can_take_up(request, opened) else None
        remembered.keep(told.plain, kept)
    _tell_times(timings)
    return status


def conclude(
    request: Request, report: Report, comparisons: Sequence[Comparison], measure: Measure = unmeasured
) -> tuple[Report, Told, int]:
    """Tell what of a report is asked for: what that is, as it is told, and the exit code."""
    for comparison in comparisons:
        report = comparison.news(report)
    with measure("report"):
        report = _wanted(request, report)
        told = _told(request, report)
        return report, told, _tell(request, told, report.failures)


def _wanted(request: Request, report: Report) -> Report:
    return _narrowed(report, request.lint.paths) if request.report_only else report


def _told(request: Request, report: Report) -> Told:
    return Told([*_texts(request, report)], _status(request, report), _is_idle(request, report))


_OF_FINDINGS = frozenset(("text", "github", "checkstyle", "gitlab", "rdjson", "sarif"))
"""The formats that tell of findings, and of all else how much there is at most."""


def _can_take_up(request: Request, opened: Opened) -> bool:
    """Whether what is told of a workspace follows from what is found, so that not all of it need be looked at."""
    is_of_findings = not request.verbose and all(output.format in _OF_FINDINGS for output in request.output)
    return is_of_findings and not (request.news.baseline or opened.project.config.baseline or opened.failures)


def _after_edits(request: Request, remembered: Run) -> int | None:
    """Tell what is found after edits of a few files since the last run; None where all of it has to be linted."""
    edits = remembered.edits()
    kept = remembered.workspace(edits) if edits and edits.sign else None
    if edits is None or kept is None:
        return None
    opened = open_session(
        request.lint,
        covers_project=request.report_only,
        shows_progress=not request.quiet,
        project=remembered.project(edits),
    )
    if edits.touch_settings or not _can_take_up(request, opened):
        return None
    report = opened.session.take_up(
        kept,
        edits.files,
        lambda report: _told(request, _wanted(request, report)).plain == edits.said,
    )
    if report is None:
        return None
    report, told, status = conclude(request, report, ())
    if _is_lasting(opened.session, report):
        remembered.keep(told.plain, opened.session.kept(), edits)
    return status


def _rememberable(request: Request) -> Run | None:
    """The run, where what it says follows from what it reads: unless something is changed, fetched, or run that klint
    does not know. Files alone are linted faster than they are looked up.
    """
    lint = request.lint
    is_of_its_own = request.fix or request.diff or request.timings or request.news.since is not None
    if is_of_its_own or lint.no_cache or lint.allow_network or lint.folders or STDIN in lint.paths:
        return None
    if not request.report_only and not any(map(os.path.isdir, lint.paths or (".",))):
        return None
    from klint.remembering.runs import Run

    return Run(located(lint), f"{request} {wants_color(request.color)}")


def _tell_times(timings: Timings | None) -> None:
    if timings:
        emit(f"{timings}\n", sys.stderr)


def _fixed(request: Request, session: Session, comparisons: Sequence[Comparison]) -> Fixed:
    """Fix what is asked for: nothing that is no news."""
    from klint.cli.fixing import made

    concerns = _concerning(request.lint.paths) if request.report_only else lambda _: True

    def wanted(finding: Finding) -> bool:
        return concerns(finding) and not any(comparison.may_know(finding) for comparison in comparisons)

    return made(session, wanted, is_unsafe=request.unsafe_fixes, is_quiet=request.quiet)


def _write_fixed(request: Request, session: Session, fixed: Fixed) -> tuple[Failure, ...]:
    from klint.cli.fixing import write

    return write(fixed, session.piped, is_quiet=request.quiet)


def _show(request: Request, report: Report, fixed: Fixed) -> int:
    from klint.cli.fixing import show

    show(fixed, is_quiet=request.quiet)
    complain(report.failures)
    if report.failures:
        return COULD_NOT_DO_ITS_JOB
    return FOUND_SOMETHING if fixed.after else 0


def _concerning(paths: Sequence[str]) -> Callable[[Finding], bool]:
    """Whether findings stand in some files, refer to them or follow a path through them."""
    wanted = [Path(os.path.abspath(path)) for path in paths]

    def concerns(finding: Finding) -> bool:
        files = (Path(os.path.abspath(file)) for file in _files_of(finding))
        return any(file.is_relative_to(path) for file in files for path in wanted)

    return concerns


def _narrowed(report: Report, paths: Sequence[str]) -> Report:
    """The report on some files."""
    concerns = _concerning(paths)
    return replace(
        report,
        findings=tuple(filter(concerns, report.findings)),
        known=tuple(replace(item, findings=tuple(filter(concerns, item.findings))) for item in report.known),
        suppressed=tuple(item for item in report.suppressed if concerns(item.finding)),
    )


def _files_of(finding: Finding) -> Iterator[str]:
    yield finding.span.file
    yield from (item.at.span.file for item in finding.related)
    for hop in finding.path:
        yield hop.at.span.file
        yield from (target.place.span.file for target in hop.targets)


def _is_lasting(session: Session, report: Report) -> bool:
    """Whether another run on the same would say the same: rules of others may ask anybody, and failures may pass."""
    is_ours = all(rule.pack == "klint" for rule in session.known)
    return is_ours and not report.failures and not report.workspace.is_cut_short


def _outputs_in_order(request: Request) -> list[Output]:
    """Files before standard output."""
    return sorted(request.output, key=lambda output: not output.file)


def _texts(request: Request, report: Report) -> Iterator[str]:
    """The report in each format asked for."""
    for output in _outputs_in_order(request):
        options = Options(
            color=not output.file and wants_color(request.color),
            style="concise" if request.concise else "full",
            verbose=request.verbose,
            quiet=request.quiet,
            show_suppressed=request.show_suppressed,
            sarif_category=request.sarif_category,
        )
        yield reports.render(output.format, report, options)


def _tell(request: Request, told: Told, failures: Sequence[Failure] = ()) -> int:
    """Write what a run has to tell, and what it could not do; the exit code."""
    unwritten = tuple(_write(request, told))
    complain((*failures, *unwritten))
    if told.is_idle and not unwritten:
        say("There are no Kubernetes manifests here, so nothing was linted; --verbose tells what was passed over")
    return COULD_NOT_DO_ITS_JOB if unwritten else told.status


def _write(request: Request, told: Told) -> Iterator[Failure]:
    for output, text in zip(_outputs_in_order(request), told.texts, strict=True):
        if not output.file:
            # What becomes of standard input goes where a filter's result goes, as with other fixers.
            emit(text, sys.stderr if request.fix and STDIN in request.lint.paths else None)
            continue
        try:
            Path(output.file).parent.mkdir(parents=True, exist_ok=True)
            Path(output.file).write_text(text, "utf-8", newline="\n")
        except OSError as error:
            remedy = "Choose another file for --output"
            yield Failure(output.file, f"The report cannot be written: {error.strerror}", remedy)


def _is_idle(request: Request, report: Report) -> bool:
    """Whether there was nothing to lint, and somebody wants to hear that."""
    workspace = report.workspace
    return not (workspace.documents or workspace.renderings or workspace.scripts or report.failures or request.quiet)


def _status(request: Request, report: Report) -> int:
    from klint.findings import Severity

    if report.failures:
        return COULD_NOT_DO_ITS_JOB
    if request.fail_on == "never":
        return 0
    least = Severity(request.fail_on).rank
    return FOUND_SOMETHING if any(item.severity and item.severity.rank >= least for item in report.findings) else 0
