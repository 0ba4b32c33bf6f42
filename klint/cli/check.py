"""klint check: lint manifests and report."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from klint.cli.checking import Output, Request, run
from klint.cli.command import Command, color_option, is_debugging
from klint.cli.linting import linting_options, news_options
from klint.cli.opening import STDIN, Lint, News
from klint.errors import nearest
from klint.report import formats

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

LEVELS = ("error", "warning", "note", "never")


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
@click.option(
    "--watch",
    is_flag=True,
    allow_from_autoenv=False,
    help="Lint again whenever files change, until Ctrl-C; say which findings are new, and which are gone.",
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
    if request.watch and (request.fix or request.diff or request.timings or STDIN in request.lint.paths):
        raise click.UsageError("--watch goes with neither --fix, --diff, --timings nor standard input")
    if request.watch:
        from klint.cli.watching import watch

        ctx.exit(watch(request, is_debugging=is_debugging(ctx)))
    ctx.exit(run(request, is_debugging=is_debugging(ctx)))
