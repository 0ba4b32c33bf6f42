"""The commands by name. A command's module is imported when the command runs, not to list it."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from klint import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "check": "Lint manifests; what klint does without a command.",
    "baseline": "Write down what is known, so that check reports the rest.",
    "explain": "Print a rule's page: what, why, and what to do.",
    "rules": "List the rules and their severities.",
    "render": "Print what charts and kustomizations render to, and from where.",
    "trace": "Print where a request goes, or who can reach something.",
    "map": "Draw what is open to whom, and where it leads.",
    "diff": "Print what a change opens, closes and breaks.",
    "report": "Write what klint check finds as one page of HTML.",
    "server": "Serve an editor over the Language Server Protocol.",
    "init": "Write a .klint.yaml from what the workspace shows.",
    "migrate": "Say what stands in the way of leaving ingress-nginx.",
    "cluster-facts": "Turn what kubectl prints into `cluster` of .klint.yaml.",
    "completion": "Print a script that completes commands in a shell.",
}
"""Each command's name, which is also that of its module (with underscores), and the first line of its help."""

_OWN_OPTIONS = ("-h", "--help", "--version")


class _Commands(click.Group):
    """klint's commands; `klint web.yaml` is `klint check web.yaml`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"klint.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        is_completing_first_word = ctx.resilient_parsing and not args
        if first not in COMMANDS and first not in _OWN_OPTIONS and not is_completing_first_word:
            _tell_misspelt(ctx, first)
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


def _tell_misspelt(ctx: click.Context, word: str) -> None:
    """Fail where the first word is no path, and much like a command."""
    if not word or word.startswith("-") or ctx.resilient_parsing or os.path.lexists(word):
        return
    from klint.errors import closest

    if command := closest(word, list(COMMANDS)):
        ctx.fail(f"There is no command and no path {word!r}. Did you mean {command!r}?")


@click.group(
    "klint",
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[COMMAND] [PATHS]...",
    options_metavar="",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def klint() -> None:
    """Read Kubernetes manifests the way traffic does.

    klint says where a request would stop, or where one gets in that should not. Without a command it lints the
    paths it is given, or the working directory: `klint`, `klint deploy/`, `klint --output sarif web.yaml`.

    Exit codes: 0 nothing found, 1 findings, 2 klint could not do its job.
    """
