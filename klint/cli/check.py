"""klint check: lint manifests and report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from klint import report as reports
from klint.cli.command import COULD_NOT_DO_ITS_JOB, Command, is_debugging
from klint.cli.linting import STDIN, Lint, News, comparisons_of, linting_options, located, news_options, open_session
from klint.cli.terminal import color_option, complain, emit, say, wants_color
from klint.errors import Failure, nearest
from klint.records import dataclass, replace
from klint.report import Options, formats
from klint.timings import Timings, processor_time, unmeasured

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from klint.comparing import Comparison
    from klint.engine import Report
    from klint.findings import Finding
    from klint.fixing import Fixed
    from klint.remembering.runs import Run
    from klint.session import Session

FOUND_SOMETHING = 1
LEVELS = ("error", "warning", "note", "never")


@dataclass(frozen=True)
class Output:
    """A format, and the file it is written to; none is standard output."""

    format: str
    file: str = ""


@dataclass(frozen=True)
class Request:
    """What the command line asks for: one field an option."""

    lint: Lint
    output: tuple[Output, ...]
    fail_on: str
    report_only: bool
    news: News
    concise: bool
    show_suppressed: bool
    sarif_category: str
    color: str
    verbose: bool
    quiet: bool
    timings: bool
    fix: bool
    unsafe_fixes: bool
    diff: bool


@dataclass(frozen=True)
class Told:
    """What a run has to tell: a text for each output, files first; the exit code; whether there was nothing to lint."""

    texts: list[str]
    status: int
    is_idle: bool


def _outputs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[Output, ...]:
    outputs = []
    for value in values:
        name, _, file = value.partition("=")
        if name not in formats():
            raise click.BadParameter(f"There is no format {name!r}. {nearest(name, list(formats()))}")
        outputs.append(Output(name, "" if file == "-" else file))
    if sum(not output.file for output in outputs) > 1:
        raise click.BadParameter("Only one format can go to standard output; give the others a file: sarif=FILE")
    files = [os.path.abspath(output.file) for output in outputs if output.file]
    if len(set(files)) < len(files):
        raise click.BadParameter("Two formats would go to one file; give each its own")
    return tuple(outputs)


def _complete_formats(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in formats() if name.startswith(incomplete)]


@click.command("check", cls=Command, context_settings={"auto_envvar_prefix": "KLINT"})
@click.option(
    "--output",
    "-o",
    multiple=True,
    default=("text",),
    metavar="FORMAT[=FILE]",
    callback=_outputs,
    shell_complete=_complete_formats,
    help=f"How to report, and where to; repeatable. Formats: {', '.join(formats())}.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="warning",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@linting_options
@click.option(
    "--report-only",
    is_flag=True,
    allow_from_autoenv=False,
    help="Lint the whole project, but report only what concerns PATHS.",
)
@news_options
@click.option("--concise", is_flag=True, help="Print one line per finding.")
@click.option("--show-suppressed", is_flag=True, help="Report silenced findings, too, as such.")
@click.option("--sarif-category", default="", metavar="NAME", help="The category of this run in code scanning.")
@color_option
@click.option("--verbose", "-v", is_flag=True, help="Say what klint saw: targets and why, files passed over, rules.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and failures, nothing else.")
@click.option(
    "--timings", is_flag=True, help="Print the time of each part of the run and of each rule to standard error."
)
@click.option(
    "--fix", is_flag=True, allow_from_autoenv=False, help="Make the fixes that are safe; report what remains."
)
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    allow_from_autoenv=False,
    help="With --fix or --diff: also fixes that may change what works, or guess what is meant.",
)
@click.option(
    "--diff",
    is_flag=True,
    allow_from_autoenv=False,
    help="Print what --fix would change, and write nothing; the exit code is 1 if that is something.",
)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Lint manifests; what klint does without a command.

    PATHS are files, folders or - for standard input; without any, the working directory. The environment can set
    options, too: KLINT_FAIL_ON=error.
    """
    request = Request(Lint.taken_from(options), news=News.taken_from(options), **options)
    if request.fix and request.diff:
        raise click.UsageError("--fix writes what --diff prints: choose one")
    if request.unsafe_fixes and not (request.fix or request.diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    ctx.exit(_run(request, is_debugging=is_debugging(ctx)))


def _run(request: Request, *, is_debugging: bool) -> int:
    run = None if is_debugging else _rememberable(request)
    said = run.said() if run else None
    if said is not None:
        return _tell(request, Told(*said))
    timings = Timings() if request.timings else None
    measure = timings.measure if timings else unmeasured
    opened = open_session(
        request.lint,
        covers_project=request.report_only,
        measure=measure,
        shows_progress=not request.quiet,
        is_debugging=is_debugging,
        project=run.project() if run else None,
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
    for comparison in comparisons:
        report = comparison.news(report)
    with measure("report"):
        if request.report_only:
            report = _narrowed(report, request.lint.paths)
        told = Told([*_texts(request, report)], _status(request, report), _is_idle(request, report))
        status = _tell(request, told, report.failures)
    if run and _is_lasting(session, report):
        run.keep([told.texts, told.status, told.is_idle], renders=bool(report.workspace.renderings))
    _tell_times(timings)
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
