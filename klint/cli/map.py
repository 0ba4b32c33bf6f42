"""klint map: what is open to whom, and where it leads."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from klint.cli.command import Command, fail, is_debugging
from klint.cli.linting import drawing_options
from klint.cli.opening import STDIN, Lint, open_session
from klint.cli.terminal import emit, say
from klint.cli.writing import write_output, write_page

_PAGE = "html"
_USUAL_NAME = "klint-map.html"
_MODULES = {
    _PAGE: "klint.report.html.map",
    "svg": "klint.report.map_svg",
    "mermaid": "klint.report.map_mermaid",
    "dot": "klint.report.map_dot",
    "json": "klint.report.map_json",
}
"""Each format, the default one first, and its module, whose `render` makes the text of a map."""


@click.command("map", cls=Command, context_settings={"auto_envvar_prefix": "KLINT"})
@click.option(
    "--format",
    "format_name",
    type=click.Choice(tuple(_MODULES)),
    default=next(iter(_MODULES)),
    show_default=True,
    allow_from_autoenv=False,
    help="What to draw it as.",
)
@click.option(
    "--output-file",
    "-o",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    allow_from_autoenv=False,
    help=f"Write here; - prints. If not given, html is written to {_USUAL_NAME}, and what is not html is printed.",
)
@drawing_options
@click.pass_context
def command(ctx: click.Context, /, format_name: str, output_file: str | None, **options: Any) -> None:
    """Draw what is open to whom, and where it leads.

    Each port that is open from outside, the routes behind it, the Services and the workloads that requests end in, with
    who can send them, what they must pass, and what klint check finds there. What a reference asks for in vain is drawn
    as well. PATHS are files and folders, as for klint check.

    Exit codes: 0 it is drawn, whatever is found; 2 klint could not do its job.
    """
    from klint.maps.areas import exposure_map

    environment = options["environment"] or None
    lint = Lint.taken_from({**options, "environment": ""})
    opened = open_session(lint, is_debugging=is_debugging(ctx))
    report = opened.session.report()
    failures = (*opened.failures, *report.failures)
    drawn = exposure_map(report.graphs, report.findings, environment)
    is_page = format_name == _PAGE
    render = import_module(_MODULES[format_name]).render
    text = render(drawn, failures, report.rules) if is_page else render(drawn, failures)
    file = output_file or (_USUAL_NAME if is_page else STDIN)
    if file == STDIN:
        emit(text)
    elif is_page:
        write_page(Path(file), text)
        say(f"{file} is written")
    else:
        write_output(Path(file), text)
    fail(ctx, failures)
