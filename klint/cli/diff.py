"""klint diff: what a change does to exposure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from klint.cli.command import Command, color_option, fail, reading_options
from klint.cli.terminal import emit, wants_color
from klint.config.config import ENVIRONMENTS
from klint.errors import Failure, KlintError
from klint.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

    from klint.diffing.comparing import Difference
    from klint.engine import Report
    from klint.session import Options

GOT_WORSE = 1
FAIL_ON = ("widened", "broken", "unguarded", "never")


@dataclass(frozen=True)
class _Sides:
    """What is compared: two reports, and the folders that the names of their bundles begin with, where these differ."""

    before: Report
    after: Report
    folders: tuple[str, str] = ("", "")


def _complete_revisions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from klint.cli.known import complete_revisions

    return complete_revisions(ctx, param, incomplete)


@click.command("diff", cls=Command)
@click.argument("before", shell_complete=_complete_revisions)
@click.argument("after", nargs=-1, type=click.Path())
@click.option("--environment", type=click.Choice(ENVIRONMENTS), help="Look at the bundles of this environment alone.")
@click.option("--all", "is_all", is_flag=True, help="Print all that follows from a change, however much it is.")
@click.option(
    "--output",
    "-o",
    type=click.Choice(("text", "json", "markdown", "sarif")),
    default="text",
    show_default=True,
    help="How.",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(FAIL_ON),
    default=("widened", "broken", "unguarded"),
    show_default=True,
    help="What makes the exit code 1; repeatable.",
)
@reading_options
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    before: str,
    after: tuple[str, ...],
    environment: str | None,
    is_all: bool,
    output: str,
    fail_on: tuple[str, ...],
    config: str | None,
    no_render: bool,
    no_cache: bool,
    render_timeout: float | None,
    color: str,
) -> None:
    """Print what a change opens, closes and breaks.

    BEFORE is a commit, branch or tag: the work tree is compared with where HEAD parts from it, and AFTER are the files
    and folders that are looked at. Or BEFORE and AFTER are two folders. A name that could be either is refused: write
    ./name for the folder.

    Exit codes: 0 nothing got worse, 1 something did, 2 klint could not do its job.
    """
    from klint.session import Options

    options = Options(render=not no_render, use_cache=not no_cache, render_timeout=render_timeout)
    if _are_folders(before, after):
        sides = _folders(before, after[0], config, options)
    else:
        sides = _revision(before, after, config, options)
    difference = _difference(sides, environment)
    emit(_written(output, difference, sides, is_all=is_all, color=wants_color(color)))
    fail(ctx, difference.failures)
    ctx.exit(GOT_WORSE if _fails(difference, fail_on) else 0)


def _difference(sides: _Sides, environment: str | None) -> Difference:
    from klint.diffing.comparing import Difference, compare
    from klint.diffing.pairing import scopes, set_apart

    before, after = sides.before, sides.after
    found = scopes(before.graphs, after.graphs, sides.folders)
    found = [scope for scope in found if environment in (None, scope.environment)]
    comparable, unrendered = set_apart(found, before.workspace, after.workspace, sides.folders)
    failures = dict.fromkeys((*before.failures, *after.failures))
    return Difference(tuple(compare(comparable)), tuple(unrendered), tuple(failures))


def _written(output: str, difference: Difference, sides: _Sides, *, is_all: bool, color: bool) -> str:
    """The changes in a format; its module is imported when somebody asks for it."""
    if output == "json":
        from klint.report.diff_json import to_json

        return to_json(difference)
    if output == "markdown":
        from klint.report.diff_markdown import to_markdown

        return to_markdown(difference, sides.before.workspace, sides.after.workspace)
    if output == "sarif":
        from klint.report.diff_sarif import to_sarif

        return to_sarif(difference, sides.after)
    from klint.report.diff import to_text

    return to_text(difference, is_all=is_all, color=color)


def _are_folders(before: str, after: Sequence[str]) -> bool:
    """Whether two folders are named.

    Raises:
        KlintError: nobody knows which is meant, a folder or a revision, or what is to be compared with a folder.
    """
    if len(after) != 1 or not Path(before).is_dir():
        return False
    is_revision, is_folder = _is_revision(before), Path(after[0]).is_dir()
    if is_revision and is_folder:
        remedy = f"Write ./{before} for the folder, or {before}~0 for the revision"
        raise KlintError(Failure(before, "This is both a folder and a revision", remedy))
    if not is_revision and not is_folder:
        raise KlintError(Failure(after[0], "There is no such folder", f"Name one to compare {before} with"))
    return is_folder


def _is_revision(name: str) -> bool:
    from klint.workspace.configuration import find_project
    from klint.workspace.git.revisions import Repository, RevisionError

    if name.startswith((".", os.sep)) or name.endswith(os.sep):
        return False
    try:
        Repository(find_project((), isolated=True).tree.root).tree(name)
    except RevisionError:
        return False
    return True


def _folders(before: str, after: str, config: str | None, options: Options) -> _Sides:
    """Each folder with the configuration that it would have by itself, unless one is given for both."""
    from klint.session import Session
    from klint.workspace.configuration import absolute
    from klint.workspace.paths import shown

    old, new = (Session.of((path,), config_file=config, options=options).report() for path in (before, after))
    first, second = map(shown, absolute((before, after)))
    return _Sides(old, new, (first, second))


def _revision(revision: str, paths: Sequence[str], config: str | None, options: Options) -> _Sides:
    from klint.comparing import report_at
    from klint.session import Session

    session = Session.of(paths or (".",), config_file=config, options=options)
    before = report_at(session, revision, "klint diff")
    if before is None:
        raise KlintError(Failure(revision, "There is no commit yet", "Compare two folders, or commit something"))
    return _Sides(before, session.report())


def _fails(difference: Difference, fail_on: Sequence[str]) -> bool:
    changes = list(difference.changes)
    return any(change.kind.value in fail_on or ("widened" in fail_on and change.widens) for change in changes)
