"""klint check: lint manifests and report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from klint import report as reports
from klint.cli.command import COULD_NOT_DO_ITS_JOB, Command, is_debugging
from klint.cli.linting import Lint, linting_options, open_session
from klint.cli.terminal import color_option, complain, emit, say, wants_color
from klint.errors import Failure, nearest
from klint.records import dataclass, replace
from klint.report import Options, formats
from klint.timings import Timings, processor_time, unmeasured

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from klint.engine import Report
    from klint.findings import Finding

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
    concise: bool
    show_suppressed: bool
    sarif_category: str
    color: str
    verbose: bool
    quiet: bool
    timings: bool


def _outputs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[Output, ...]:
    outputs = []
    for value in values:
        name, _, file = value.partition("=")
        if name not in formats():
            raise click.BadParameter(f"There is no format {name!r}. {nearest(name, list(formats()))}")
        outputs.append(Output(name, "" if file == "-" else file))
    if sum(not output.file for output in outputs) > 1:
        raise click.BadParameter("Only one format can go to standard output; give the others a file: sarif=FILE")
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
@click.option("--concise", is_flag=True, help="Print one line per finding.")
@click.option("--show-suppressed", is_flag=True, help="Report silenced findings, too, as such.")
@click.option("--sarif-category", default="", metavar="NAME", help="The category of this run in code scanning.")
@color_option
@click.option("--verbose", "-v", is_flag=True, help="Say what klint saw: targets and why, files passed over, rules.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and failures, nothing else.")
@click.option(
    "--timings", is_flag=True, help="Print the time of each part of the run and of each rule to standard error."
)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Lint manifests; what klint does without a command.

    PATHS are files, folders or - for standard input; without any, the working directory. The environment can set
    options, too: KLINT_FAIL_ON=error.
    """
    ctx.exit(_run(Request(Lint.taken_from(options), **options), is_debugging=is_debugging(ctx)))


def _run(request: Request, *, is_debugging: bool) -> int:
    timings = Timings() if request.timings else None
    measure = timings.measure if timings else unmeasured
    session, _, failures = open_session(
        request.lint,
        covers_project=request.report_only,
        measure=measure,
        shows_progress=not request.quiet,
        is_debugging=is_debugging,
    )
    if timings:
        timings.add("starting", processor_time())
    report = session.report()
    report = replace(report, failures=(*failures, *report.failures))
    with measure("report"):
        if request.report_only:
            report = _narrowed(report, request.lint.paths)
        report = replace(report, failures=(*report.failures, *_write(request, report)))
    complain(report.failures)
    workspace = report.workspace
    if not (workspace.documents or workspace.renderings or workspace.scripts or report.failures or request.quiet):
        say("There are no Kubernetes manifests here, so nothing was linted; --verbose tells what was passed over")
    if timings:
        emit(f"{timings}\n", sys.stderr)
    return _status(request, report)


def _narrowed(report: Report, paths: Sequence[str]) -> Report:
    """The report on some files: findings that stand in them, refer to them or follow a path through them."""
    wanted = [Path(os.path.abspath(path)) for path in paths]

    def concerns(finding: Finding) -> bool:
        files = (Path(os.path.abspath(file)) for file in _files_of(finding))
        return any(file.is_relative_to(path) for file in files for path in wanted)

    return replace(
        report,
        findings=tuple(finding for finding in report.findings if concerns(finding)),
        suppressed=tuple(item for item in report.suppressed if concerns(item.finding)),
    )


def _files_of(finding: Finding) -> Iterator[str]:
    yield finding.span.file
    yield from (item.at.span.file for item in finding.related)
    for hop in finding.path:
        yield hop.at.span.file
        yield from (target.place.span.file for target in hop.targets)


def _write(request: Request, report: Report) -> Iterator[Failure]:
    """Write the report in each format asked for, files before standard output."""
    for output in sorted(request.output, key=lambda output: not output.file):
        options = Options(
            color=not output.file and wants_color(request.color),
            style="concise" if request.concise else "full",
            verbose=request.verbose,
            quiet=request.quiet,
            show_suppressed=request.show_suppressed,
            sarif_category=request.sarif_category,
        )
        text = reports.render(output.format, report, options)
        if not output.file:
            emit(text)
            continue
        try:
            Path(output.file).parent.mkdir(parents=True, exist_ok=True)
            Path(output.file).write_text(text, "utf-8", newline="\n")
        except OSError as error:
            remedy = "Choose another file for --output"
            yield Failure(output.file, f"The report cannot be written: {error.strerror}", remedy)


def _status(request: Request, report: Report) -> int:
    from klint.findings import Severity

    if report.failures:
        return COULD_NOT_DO_ITS_JOB
    if request.fail_on == "never":
        return 0
    least = Severity(request.fail_on).rank
    return FOUND_SOMETHING if any(item.severity and item.severity.rank >= least for item in report.findings) else 0
