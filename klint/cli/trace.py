"""klint trace: where a request goes, and who can reach something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from klint.cli.command import Command, color_option, fail, reading_options
from klint.cli.terminal import emit, wants_color
from klint.config.config import ENVIRONMENTS
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.tracing.questions import Question

MOST = 10
"""Ways of a bundle that are printed unless all are asked for."""
FOUND_NOTHING = 1


@click.command("trace", cls=Command)
@click.argument("target")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--environment", type=click.Choice(ENVIRONMENTS), help="Look at the bundles of this environment alone.")
@click.option("--all", "is_all", is_flag=True, help="Print every way, however many there are.")
@click.option("--output", "-o", type=click.Choice(("text", "json")), default="text", show_default=True, help="How.")
@reading_options
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    target: str,
    paths: tuple[str, ...],
    environment: str | None,
    is_all: bool,
    output: str,
    config: str | None,
    no_render: bool,
    no_cache: bool,
    render_timeout: float | None,
    color: str,
) -> None:
    """Print where a request goes, or who can reach something.

    TARGET is a URL or a host (https://shop.example.com/cart), an object (ingress/web, service/api:80, deployment/db),
    a port of pods (:5432), or a line of a file (web.yaml:12). For a URL: which route takes it and why, and its ways on
    to pods. For the rest: every way that leads there from outside. PATHS are files and folders, as for klint check.

    Exit codes: 0 something leads there, 1 nothing does, 2 klint could not do its job.
    """
    from klint.report.escape import escape
    from klint.session import Options, Session
    from klint.tracing.answers import answers
    from klint.tracing.questions import question

    options = Options(render=not no_render, use_cache=not no_cache, render_timeout=render_timeout)
    session = Session.of(paths or (".",), config_file=config, options=options)
    asked = question(target, session.workspace.find_source)
    report = session.report()
    found = list(answers(asked, report.graphs, environment))
    if output == "json":
        from klint.report.trace_json import to_json

        emit(to_json(found, report.failures))
    elif found:
        from klint.report.trace import to_text

        emit(to_text(found, None if is_all else MOST, color=wants_color(color)))
    else:
        emit(f"{escape(f'Nothing here is {target}{_near(asked, report)}')}\n")
    fail(ctx, report.failures)
    ctx.exit(0 if any(answer.is_reached for answer in found) else FOUND_NOTHING)


def _near(asked: Question, report: Report) -> str:
    """What there is that is called alike, as a clause."""
    from klint.tracing.answers import names_like

    found = names_like(asked, report.graphs)
    return f"; there is {joined(found)}" if found else ""
