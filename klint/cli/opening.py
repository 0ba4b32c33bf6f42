"""What is linted and what of it is news, as a command line asks for it, and the Session that this comes to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from klint.cli.terminal import emit
from klint.errors import Failure, KlintError
from klint.records import dataclass
from klint.timings import unmeasured

if TYPE_CHECKING:
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
    """What is linted, how and with which rules: one field an option, with the option's default."""

    paths: tuple[str, ...]
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    config: str | None = None
    isolated: bool = False
    force_exclude: bool = False
    no_gitignore: bool = False
    no_render: bool = False
    no_cache: bool = False
    allow_network: bool = False
    render_timeout: float | None = None
    environment: str = ""
    platform: str = ""
    closed_world: bool = False
    stdin_filename: str | None = None

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Lint:
        """What a command was given, taken out of all that it was given."""
        return cls(**{name: options.pop(name) for name in cls.__match_args__})


@dataclass(frozen=True)
class News:
    """What is told of what was there before: one field an option, with the option's default."""

    baseline: str | None = None
    no_baseline: bool = False
    since: str | None = None

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> News:
        """As `Lint.taken_from`."""
        return cls(**{name: options.pop(name) for name in cls.__match_args__})


@dataclass(frozen=True)
class Opened:
    """A Session, the project that it is about, and what is wrong with rules and their names on the command line."""

    session: Session
    project: Project
    failures: tuple[Failure, ...]


def comparisons_of(
    news: News, opened: Opened, measure: Measure = unmeasured
) -> tuple[tuple[Comparison, ...], tuple[Failure, ...]]:
    """What is known before the run, if only news are wanted; and what crashed to find that.

    Raises:
        KlintError: the baseline or the revision cannot be read.
    """
    session, project = opened.session, opened.project
    if not (news.baseline or project.config.baseline) and news.since is None:
        return (), ()
    from klint.baseline.file import baseline_file
    from klint.comparing import compared, since

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
