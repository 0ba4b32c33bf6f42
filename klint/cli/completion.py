"""klint completion: what makes a shell complete."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from klint.cli.command import Command
from klint.cli.terminal import emit

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands in a shell.

    It completes commands, options and rule names. Put its output where the shell looks: for bash
    eval "$(klint completion bash)" in ~/.bashrc, for zsh the same in ~/.zshrc, for fish
    klint completion fish > ~/.config/fish/completions/klint.fish.
    """
    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 # click brings all of SHELLS
    emit(script(ctx.find_root().command, {}, "klint", "_KLINT_COMPLETE").source())
