"""What decides what is found, and what of it is new: the options of commands that lint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from klint.cli.command import (
    Decorated,
    complete_rules,
    config_option,
    no_cache_option,
    render_timeout_option,
    rules_option,
    split_lists,
)
from klint.errors import nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _known_environment(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return _known("environment", value, _environments() if value else ())


def _known_platform(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return _known("platform", value, _platforms() if value else ())


def _known(what: str, value: str, names: Sequence[str]) -> str:
    if value and value not in names:
        raise click.BadParameter(f"There is no {what} {value!r}. {nearest(value, list(names))}")
    return value


def _environments() -> tuple[str, ...]:
    from klint.config.config import ENVIRONMENTS

    return ENVIRONMENTS


def _platforms() -> tuple[str, ...]:
    from klint.config.reading import schema

    return tuple(schema()["$defs"]["platform"]["enum"])


def _complete_environments(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _completed(_environments(), incomplete)


def _complete_platforms(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _completed(_platforms(), incomplete)


def _completed(names: Sequence[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def linting_options(command: Decorated) -> Decorated:
    """The options that `Lint` has, and its paths."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


def drawing_options(command: Decorated) -> Decorated:
    """The same for a command that draws what is there; its `environment` chooses among the bundles."""
    for add in reversed(_OPTIONS):
        command = (_CHOSEN_ENVIRONMENT if add is _ENVIRONMENT else add)(command)
    return command


def _environment(help_text: str) -> Callable[[Any], Any]:
    return click.option(
        "--environment",
        default="",
        metavar="NAME",
        callback=_known_environment,
        shell_complete=_complete_environments,
        help=help_text,
    )


_ENVIRONMENT = _environment(
    "The environment of everything: production, staging, development or local; overrides the configuration."
)
_CHOSEN_ENVIRONMENT = _environment(
    "Draw the bundles of this environment alone: production, staging, development or local."
)
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, type=click.Path(allow_dash=True)),
    click.option(
        "--select",
        multiple=True,
        metavar="NAMES",
        callback=split_lists,
        shell_complete=complete_rules,
        help="Run only these rules or layers; names with commas between, repeatable.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="NAMES",
        callback=split_lists,
        shell_complete=complete_rules,
        help="Do not run these rules or layers.",
    ),
    rules_option,
    config_option,
    click.option("--isolated", is_flag=True, help="Read no configuration."),
    click.option("--force-exclude", is_flag=True, help="Skip excluded files even when PATHS name them."),
    click.option("--no-gitignore", is_flag=True, help="Lint files that git ignores, too."),
    click.option(
        "--no-render", is_flag=True, help="Lint what is written, not what charts and kustomizations render to."
    ),
    no_cache_option,
    click.option(
        "--allow-network",
        is_flag=True,
        allow_from_autoenv=False,
        help="Let Kustomize fetch remote bases. klint fetches nothing else.",
    ),
    render_timeout_option,
    _ENVIRONMENT,
    click.option(
        "--platform",
        default="",
        metavar="NAME",
        callback=_known_platform,
        shell_complete=_complete_platforms,
        help="The platform of everything, such as eks or openshift; overrides the configuration.",
    ),
    click.option(
        "--closed-world", is_flag=True, help="Take what is not in the workspace for missing, not for unknown."
    ),
    click.option("--stdin-filename", metavar="PATH", help="What to call standard input, which the path - is."),
)


def news_options(command: Decorated) -> Decorated:
    """The options that `News` has."""
    for add in reversed(_NEWS_OPTIONS):
        command = add(command)
    return command


def _complete_revisions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from klint.cli.known import complete_revisions

    return complete_revisions(ctx, param, incomplete)


_NEWS_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--baseline",
        type=click.Path(),
        metavar="FILE",
        help="Report what this file, which klint baseline wrote, does not know; overrides the configuration.",
    ),
    click.option("--no-baseline", is_flag=True, help="Report what the baseline knows, too."),
    click.option(
        "--since",
        metavar="REVISION",
        shell_complete=_complete_revisions,
        help="Report what was not there where HEAD parts from this commit, branch or tag.",
    ),
)
