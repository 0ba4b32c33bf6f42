"""klint report: one page for a person who was not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from klint.cli.command import Command, fail, is_debugging
from klint.cli.linting import linting_options, news_options
from klint.cli.opening import STDIN, Lint, News, comparisons_of, open_session
from klint.cli.terminal import emit, say
from klint.cli.writing import write_page
from klint.records import replace
from klint.text.words import abridged

USUAL_NAME = "klint-report.html"
_MANY = 3
"""Paths that are named; the others are counted."""


@click.command("report", cls=Command, context_settings={"auto_envvar_prefix": "KLINT"})
@click.option(
    "--output-file",
    "-o",
    type=click.Path(allow_dash=True),
    default=USUAL_NAME,
    show_default=True,
    metavar="FILE",
    allow_from_autoenv=False,
    help="Write here; - prints.",
)
@linting_options
@news_options
@click.pass_context
def command(ctx: click.Context, /, output_file: str, **options: Any) -> None:
    """Write what klint check finds as one page of HTML.

    The page is for people who were not there: what is open to whom, what was found with the lines that it is about,
    what was not analysed and why, and what is silenced and until when. It is one file that needs nothing else. PATHS
    and options are those of klint check.

    Exit codes: 0 the page is written, whatever is in it, 2 klint could not do its job.
    """
    from klint.registry import rule_names
    from klint.report.html.report import render

    news, lint = News.taken_from(options), Lint.taken_from(options)
    opened = open_session(lint, is_debugging=is_debugging(ctx))
    comparisons, crashes = comparisons_of(news, opened)
    report = opened.session.report()
    report = replace(report, failures=(*opened.failures, *crashes, *report.failures))
    for comparison in comparisons:
        report = comparison.news(report)
    ran = {rule.name for rule in report.rules}
    rules_off = [name for name in rule_names(lint.folders) if name not in ran]
    text = render(report, _name(lint.paths), date.today(), rules_off)
    if output_file == STDIN:
        emit(text)
    else:
        write_page(Path(output_file), text)
        say(f"{output_file} is written")
    fail(ctx, report.failures)


def _name(paths: Sequence[str]) -> str:
    """What the page calls what it is about: the paths, or the working directory by its name."""
    return abridged([Path.cwd().name if path == os.curdir else path for path in paths or (os.curdir,)], _MANY)
