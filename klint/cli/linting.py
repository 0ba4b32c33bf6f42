"""What decides what is found, and what of it is new: the options of commands that lint, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
from klint.cli.terminal import emit
from klint.errors import Failure, KlintError, nearest
from klint.records import dataclass
from klint.timings import unmeasured

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from klint.cli.progress import Progress
    from klint.comparing import Comparison
    from klint.config.config import Config
    from klint.registry import Rule
    from klint.session import Session
    from klint.timings import Measure
    from klint.workspace.configuration import Located, Project
    from klint.workspace.discovery import Piped

STDIN = "-"


@dataclass(frozen=True)
class Lint:
    """What is linted, how and with which rules: one field an option."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    folders: tuple[str, ...]
    config: str | None
    isolated: bool
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

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Lint:
        """What a command was given, taken out of all that it was given."""
        return cls(**{name: options.pop(name) for name in cls.__match_args__})


@dataclass(frozen=True)
class News:
    """What is told of what was there before: one field an option."""

    baseline: str | None
    no_baseline: bool
    since: str | None

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> News:
        """As `Lint.taken_from`."""
        return cls(**{name: options.pop(name) for name in cls.__match_args__})


class Opened(NamedTuple):
    """A Session, the project that it is about, and what is wrong with rules and their names on the command line."""

    session: Session
    project: Project
    failures: tuple[Failure, ...]


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


def comparisons_of(
    news: News, opened: Opened, measure: Measure = unmeasured
) -> tuple[tuple[Comparison, ...], tuple[Failure, ...]]:
    """What is known before the run, if only news are wanted; and what crashed to find that.

    Raises:
        KlintError: the baseline or the revision cannot be read.
    """
    session, project, _ = opened
    if not (news.baseline or project.config.baseline) and news.since is None:
        return (), ()
    from klint.cli.known import baseline_file, compared
    from klint.comparing import since

    file = None if news.no_baseline else baseline_file(news.baseline, project)
    baseline = compared(session, project, file) if file else None
    comparisons = (baseline,) if baseline else ()
    if news.since is None:
        return comparisons, ()
    revision, crashes = since(session, news.since, baseline, measure)
    return (*comparisons, revision), crashes


def open_session(
    lint: Lint,
    *,
    covers_project: bool = False,
    measure: Measure = unmeasured,
    shows_progress: bool = True,
    is_debugging: bool = False,
    project: Project | None = None,
) -> Opened:
    """The Session that options ask for; `covers_project` lints all of the project that the paths are in.

    `project` is that project, if somebody knows it.

    Raises:
        KlintError: the configuration cannot be used, or there is nothing to read.
    """
    from klint.registry import load_rules
    from klint.session import Options as Looking
    from klint.session import Session
    from klint.workspace.configuration import absolute

    known, failures = load_rules(lint.folders)
    paths = absolute(lint.paths or (".",))
    project = project or located(lint).project()
    config = project.config.told(lint.environment, lint.platform, closed_world=lint.closed_world)
    rules, unknown = _chosen(lint, config, known)
    session = Session(
        project.tree,
        config,
        rules,
        paths=[project.root] if covers_project else paths,
        options=Looking(
            respect_gitignore=not lint.no_gitignore,
            force_exclude=lint.force_exclude,
            render=not lint.no_render,
            use_cache=not lint.no_cache,
            allow_network=lint.allow_network,
            render_timeout=lint.render_timeout,
        ),
        piped=None if covers_project else _piped(lint),
        known=known,
        on_crash=(lambda text: emit(text, sys.stderr)) if is_debugging else None,
        progress=_progress if shows_progress else None,
        measure=measure,
    )
    return Opened(session, project, (*failures, *unknown))


def located(lint: Lint) -> Located:
    """Where the project of the paths is.

    Raises:
        KlintError: the working directory is gone.
    """
    from klint.workspace.configuration import absolute, locate

    return locate(absolute(lint.paths or (".",)), config_file=lint.config, isolated=lint.isolated)


def _piped(lint: Lint) -> Piped | None:
    """Standard input, if the paths name it."""
    from klint.workspace.discovery import STDIN_NAME, Piped

    if STDIN not in lint.paths:
        return None
    name = lint.stdin_filename or STDIN_NAME
    if sys.stdin is None:
        raise KlintError(Failure(name, "It is closed", "Pipe something in"))
    return Piped(sys.stdin.buffer, name)


def _progress() -> Progress:
    from klint.cli.progress import Progress

    return Progress("Rendering", is_shown=True)


def _chosen(lint: Lint, config: Config, known: Sequence[Rule]) -> tuple[tuple[Rule, ...], tuple[Failure, ...]]:
    """The rules to run. The command line goes before the configuration; names in it that nothing has are failures."""
    from klint.registry import choose, unknown_names

    ignore = lint.ignore or [name for name in config.ignore if name not in lint.select]
    return choose(known, lint.select or config.select, ignore), (
        *unknown_names(known, lint.select, "--select"),
        *unknown_names(known, lint.ignore, "--ignore"),
    )
