"""klint completion: what makes a shell complete."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from klint.cli.command import Command
from klint.cli.terminal import emit
from klint.errors import Failure, KlintError

SHELLS = ("bash", "zsh", "fish")

ZSH_FOLDER = "~/.zfunc"
ZSH_LINES = f"fpath+=({ZSH_FOLDER}); autoload -Uz compinit; compinit"
"""What makes zsh look there: it has no folder for the completions of one person."""


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--install", is_flag=True, help="Put the script where the shell looks, rather than print it.")
@click.pass_context
def command(ctx: click.Context, shell: str | None, install: bool) -> None:
    """Print a script that completes commands in a shell.

    It completes commands, options and rule names, in bash with the package bash-completion, zsh or fish: the shell
    of the environment, unless another one is named. `klint completion --install` is all it takes; new shells complete.
    """
    shell = shell or _shell()
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101 # click brings all of SHELLS
    script = completion(ctx.find_root().command, {}, "klint", "_KLINT_COMPLETE").source()
    if not install:
        emit(script)
        return
    try:
        emit("".join(f"{line}\n" for line in _install(shell, script)))
    except OSError as error:
        remedy = "Print the script, and put it where the shell looks"
        raise KlintError(Failure(str(error.filename), f"It cannot be written: {error.strerror}", remedy)) from error


def _shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise click.UsageError(f"Name the shell: {', '.join(SHELLS)}")
    return name


def _install(shell: str, script: str) -> list[str]:
    """Write the script, and say where to."""
    file = _file(shell)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(script, "utf-8", newline="\n")
    told = [f"Wrote {file}"]
    if shell == "zsh":
        settings = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
        before = settings.read_text("utf-8", "surrogateescape") if settings.exists() else ""
        if ZSH_FOLDER not in before:
            with settings.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(f"{'' if before.endswith(chr(10)) or not before else chr(10)}{ZSH_LINES}\n")
            told.append(f"Added to {settings}: {ZSH_LINES}")
    return told


def _file(shell: str) -> Path:
    """Where a shell looks for the completions of one person.

    Sources: scop/bash-completion README.md (BASH_COMPLETION_USER_DIR, XDG_DATA_HOME), and fish's manual, "Where to put
    completions" (XDG_CONFIG_HOME).
    """
    home = Path.home()
    if shell == "bash":
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        own = os.environ.get("BASH_COMPLETION_USER_DIR")
        return (Path(own) if own else data / "bash-completion") / "completions" / "klint"
    if shell == "fish":
        return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions" / "klint.fish"
    return Path(ZSH_FOLDER).expanduser() / "_klint"
