"""klint check: lint manifests and report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from klint import report as reports
from klint.cli.command import (
    COULD_NOT_DO_ITS_JOB,
    Command,
    complete_rules,
    is_debugging,
    render_timeout,
    rule_folders,
    split_lists,
)
from klint.cli.terminal import color_option, complain, emit, say, wants_color
from klint.errors import Failure, KlintError, nearest
from klint.records import replace
from klint.report import Options, formats
from klint.timings import Timings, processor_time, unmeasured

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from klint.cli.progress import Progress
    from klint.config.config import Config
    from klint.engine import Report
    from klint.findings import Finding
    from klint.registry import Rule
    from klint.session import Session
    from klint.timings import Measure
    from klint.workspace.discovery import Piped

FOUND_SOMETHING = 1
LEVELS = ("error", "warning", "note", "never")
STDIN = "-"


class Output(NamedTuple):
    """A format, and the file it is written to; none is standard output."""

    format: str
    file: str = ""


class Request(NamedTuple):
    """What the command line asks for: one field an option."""

    paths: tuple[str, ...]
    output: tuple[Output, ...]
    fail_on: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    folders: tuple[str, ...]
    config: str | None
    isolated: bool
    report_only: bool
    force_exclude: bool
    no_gitignore: bool
    no_render: bool
    no_cache: bool
    allow_network: bool
    render_timeout: float | None
    environment: str
    platform: str
    closed_world: bool
    stdin_filename: str | None
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


def _known_environment(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    from klint.config.config import ENVIRONMENTS

    return _known("environment", value, ENVIRONMENTS)


def _known_platform(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return _known("platform", value, _platforms() if value else ())


def _known(what: str, value: str, names: Sequence[str]) -> str:
    if value and value not in names:
        raise click.BadParameter(f"There is no {what} {value!r}. {nearest(value, list(names))}")
    return value


def _platforms() -> tuple[str, ...]:
    from klint.config.reading import schema

    return tuple(schema()["$defs"]["platform"]["enum"])


def _complete_environments(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from klint.config.config import ENVIRONMENTS

    return _completed(ENVIRONMENTS, incomplete)


def _complete_platforms(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _completed(_platforms(), incomplete)


def _completed(names: Sequence[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("check", cls=Command, context_settings={"auto_envvar_prefix": "KLINT"})
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True))
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
@click.option(
    "--select",
    multiple=True,
    metavar="NAMES",
    callback=split_lists,
    shell_complete=complete_rules,
    help="Run only these rules or layers; names with commas between, repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="NAMES",
    callback=split_lists,
    shell_complete=complete_rules,
    help="Do not run these rules or layers.",
)
@rule_folders
@click.option("--config", type=click.Path(), metavar="FILE", help="Read this file, not the nearest .klint.yaml.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@click.option(
    "--report-only",
    is_flag=True,
    allow_from_autoenv=False,
    help="Lint the whole project, but report only what concerns PATHS.",
)
@click.option("--force-exclude", is_flag=True, help="Skip excluded files even when PATHS name them.")
@click.option("--no-gitignore", is_flag=True, help="Lint files that git ignores, too.")
@click.option("--no-render", is_flag=True, help="Lint what is written, not what charts and kustomizations render to.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of renderings.")
@click.option(
    "--allow-network",
    is_flag=True,
    allow_from_autoenv=False,
    help="Let Kustomize fetch remote bases. klint fetches nothing else.",
)
@render_timeout
@click.option(
    "--environment",
    default="",
    metavar="NAME",
    callback=_known_environment,
    shell_complete=_complete_environments,
    help="The environment of everything: production, staging, development or local; overrides the configuration.",
)
@click.option(
    "--platform",
    default="",
    metavar="NAME",
    callback=_known_platform,
    shell_complete=_complete_platforms,
    help="The platform of everything, such as eks or openshift; overrides the configuration.",
)
@click.option("--closed-world", is_flag=True, help="Take what is not in the workspace for missing, not for unknown.")
@click.option("--stdin-filename", metavar="PATH", help="What to call standard input, which the path - is.")
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
    ctx.exit(_run(Request(**options), is_debugging=is_debugging(ctx)))


def _run(request: Request, *, is_debugging: bool) -> int:
    from klint.registry import load_rules

    timings = Timings() if request.timings else None
    measure = timings.measure if timings else unmeasured
    known, failures = load_rules(request.folders)
    session, unknown = _session(request, known, measure, is_debugging=is_debugging)
    if timings:
        timings.add("starting", processor_time())
    report = session.report()
    report = replace(report, failures=(*failures, *unknown, *report.failures))
    with measure("report"):
        if request.report_only:
            report = _narrowed(report, request.paths)
        report = replace(report, failures=(*report.failures, *_write(request, report)))
    complain(report.failures)
    workspace = report.workspace
    if not (workspace.documents or workspace.renderings or workspace.scripts or report.failures or request.quiet):
        say("There are no Kubernetes manifests here, so nothing was linted; --verbose tells what was passed over")
    if timings:
        emit(f"{timings}\n", sys.stderr)
    return _status(request, report)


def _session(
    request: Request, known: Sequence[Rule], measure: Measure, *, is_debugging: bool
) -> tuple[Session, tuple[Failure, ...]]:
    """What is linted, how and with which rules; and what is wrong with the names of rules on the command line."""
    from klint.session import Options as Looking
    from klint.session import Session
    from klint.workspace.configuration import absolute, find_project

    paths = absolute(request.paths or (".",))
    project = find_project(paths, config_file=request.config, isolated=request.isolated)
    config = project.config.told(request.environment, request.platform, closed_world=request.closed_world)
    rules, unknown = _chosen(request, config, known)
    session = Session(
        project.tree,
        config,
        rules,
        paths=[project.root] if request.report_only else paths,
        options=Looking(
            respect_gitignore=not request.no_gitignore,
            force_exclude=request.force_exclude,
            render=not request.no_render,
            use_cache=not request.no_cache,
            allow_network=request.allow_network,
            render_timeout=request.render_timeout,
        ),
        piped=_piped(request),
        known=known,
        on_crash=(lambda text: emit(text, sys.stderr)) if is_debugging else None,
        progress=None if request.quiet else _progress,
        measure=measure,
    )
    return session, unknown


def _piped(request: Request) -> Piped | None:
    """Standard input, if the paths name it."""
    from klint.workspace.discovery import STDIN_NAME, Piped

    if STDIN not in request.paths or request.report_only:
        return None
    name = request.stdin_filename or STDIN_NAME
    if sys.stdin is None:
        raise KlintError(Failure(name, "It is closed", "Pipe something in"))
    return Piped(sys.stdin.buffer, name)


def _progress() -> Progress:
    from klint.cli.progress import Progress

    return Progress("Rendering", is_shown=True)


def _chosen(request: Request, config: Config, known: Sequence[Rule]) -> tuple[tuple[Rule, ...], tuple[Failure, ...]]:
    """The rules to run. The command line goes before the configuration; names in it that nothing has are failures."""
    from klint.registry import choose, unknown_names

    ignore = request.ignore or [name for name in config.ignore if name not in request.select]
    return choose(known, request.select or config.select, ignore), (
        *unknown_names(known, request.select, "--select"),
        *unknown_names(known, request.ignore, "--ignore"),
    )


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
