"""What every command shares: how it fails, and options that several have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from klint.cli.terminal import COULD_NOT_DO_ITS_JOB, complain, failures_of
from klint.errors import Failure

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Command(click.Command):
    """A command that says in a line each what it could not do, and shows no traceback unless `--debug` asks for it."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params.append(click.Option(["--debug"], is_flag=True, help="Show Python's traceback when klint crashes."))

    def invoke(self, ctx: click.Context) -> None:
        """Run the command; what it cannot do becomes exit code 2."""
        ctx.obj = ctx.params.pop("debug")
        try:
            super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            fail(ctx, failures_of(error, is_debugging=is_debugging(ctx)))


def is_debugging(ctx: click.Context) -> bool:
    """Whether `--debug` was given."""
    return bool(ctx.obj)


def fail(ctx: click.Context, failures: Iterable[Failure]) -> None:
    """Say what klint could not do, if there is something, and end with exit code 2."""
    failures = tuple(failures)
    if failures:
        complain(failures)
        ctx.exit(COULD_NOT_DO_ITS_JOB)


def split_lists(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """`--select a,b --select c` is a, b and c."""
    return tuple(name for value in values for name in (part.strip() for part in value.split(",")) if name)


def complete_rules(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rule names, and layers where a list of names is asked for, for a shell to complete."""
    from click.shell_completion import CompletionItem

    from klint.registry import LAYERS, rule_names

    names = [*rule_names(ctx.params.get("folders") or ())]
    before, comma, word = incomplete.rpartition(",")
    if "select" in {parameter.name for parameter in ctx.command.params}:
        names += LAYERS
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(word)]


color_option = click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="auto obeys FORCE_COLOR and NO_COLOR, else asks the terminal.",
)
config_option = click.option(
    "--config", type=click.Path(), metavar="FILE", help="Read this file, not the nearest .klint.yaml."
)
no_cache_option = click.option(
    "--no-cache", is_flag=True, help="Neither read nor write the cache of runs and renderings."
)
render_timeout_option = click.option(
    "--render-timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Processor time that all rendering may take: 900 if not given, 0 for no limit.",
)
rules_option = click.option(
    "--rules",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(),
    # Rules are code. They come from a command line that somebody wrote, not from what lies in the environment.
    allow_from_autoenv=False,
    help="Also use the rules in this folder; repeatable. Their code runs: name only folders you trust.",
)


def reading_options(command: Decorated) -> Decorated:
    """How a workspace is read by a command that runs no rules of the pack."""
    no_render = click.option(
        "--no-render", is_flag=True, help="Read what is written, not what charts and kustomizations render to."
    )
    for add in (render_timeout_option, no_cache_option, no_render, config_option):
        command = add(command)
    return command
