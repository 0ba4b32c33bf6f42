"""klint render: what charts and kustomizations render to, each line with where it comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from klint.cli.command import Command, color_option, fail, render_timeout_option
from klint.cli.terminal import emit, wants_color
from klint.errors import Failure

if TYPE_CHECKING:
    from klint.workspace.rendering import Rendering

WIDEST_ORIGIN = 60


@click.command("render", cls=Command)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--plain", is_flag=True, help="Print the rendered text alone, to be piped on.")
@click.option("--no-cache", is_flag=True, help="Render anew, and remember nothing.")
@click.option("--allow-network", is_flag=True, help="Let Kustomize fetch remote bases.")
@render_timeout_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    plain: bool,
    no_cache: bool,
    allow_network: bool,
    render_timeout: float | None,
    color: str,
) -> None:
    """Print what charts and kustomizations render to, and from where.

    PATHS are folders; without any, the working directory. A chart is rendered once for each of its sets of values.
    """
    from klint.report.escape import escape_lines, inert
    from klint.session import Options, Session

    options = Options(
        use_cache=not no_cache, allow_network=allow_network, whole_definitions=True, render_timeout=render_timeout
    )
    workspace = Session.of(paths or (".",), options=options).workspace
    is_colored = wants_color(color)
    for rendering in workspace.renderings:
        if rendering.documents and plain:
            text = "".join(_plain(rendering))
            emit(escape_lines(text) if _is_seen() else text)
        elif rendering.documents:
            emit(inert("".join(_traced(rendering, is_colored))))
    problems = [
        Failure(str(problem.span), problem.message) for item in workspace.renderings for problem in item.problems
    ]
    if not (problems or workspace.failures or any(rendering.documents for rendering in workspace.renderings)):
        problems = [Failure("", "There is no chart and no kustomization here", "Name a folder that holds one")]
    fail(ctx, (*workspace.failures, *problems))


def _is_seen() -> bool:
    """Whether a terminal shows what is printed; what reads a pipe or a file is to get what is deployed, as it is."""
    return sys.stdout is not None and sys.stdout.isatty()


def _plain(rendering: Rendering) -> Iterator[str]:
    from klint.render.trace import trace

    for document in rendering.documents:
        lines = [line.text for line in trace(document)]
        yield from (f"{line}\n" for line in (lines if lines[:1] == ["---"] else ["---", *lines]))


def _traced(rendering: Rendering, is_colored: bool) -> Iterator[str]:
    """Two columns: the place to edit, then the rendered line. `~` marks a place that is approximate."""
    from klint.render.trace import trace
    from klint.report.escape import escape

    yield click.style(f"# {escape(rendering.name)}\n", bold=True) if is_colored else f"# {escape(rendering.name)}\n"
    traced = [list(trace(document)) for document in rendering.documents]
    origins = {
        id(line): f"{'~' if line.origin.approximate else ''}{escape(line.origin.file)}:{line.origin.line}"
        for lines in traced
        for line in lines
        if line.origin is not None
    }
    width = min(WIDEST_ORIGIN, max(map(len, origins.values()), default=0))
    for lines in traced:
        if not lines or lines[0].text != "---":
            yield f"{'':{width}}  ---\n"
        for line in lines:
            place = f"{origins.get(id(line), ''):{width}}"
            yield f"{click.style(place, dim=True) if is_colored else place}  {escape(line.text)}\n"
