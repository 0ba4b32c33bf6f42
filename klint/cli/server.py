"""klint server: what klint finds, in an editor."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click

from klint.cli.command import Command, fail, rules_option
from klint.errors import Failure, KlintError


@click.command("server", cls=Command)
@rules_option
@click.pass_context
def command(ctx: click.Context, /, folders: tuple[str, ...]) -> None:
    """Serve an editor over the Language Server Protocol.

    The editor starts it and speaks to it over standard input and output. It needs the extra `editor`.
    """
    try:
        from klint.server.server import Server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        remedy = "Install klint-k8s[editor]"
        raise KlintError(Failure("", "The language server needs pygls, which is not installed", remedy)) from None
    from klint.registry import load_rules

    rules, failures = load_rules(folders)
    fail(ctx, failures)
    gc.enable()  # it stays for a day
    os.chdir(Path(__file__).parent)  # what is told of files does not depend on where the editor starts it
    # An exception would wait for the thread that reads, which waits itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = Server(rules)
    server.start_io(*_own_channel())
    ctx.exit(0 if server.has_shut_down else 1)


def _own_channel() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the protocol alone: what anything else prints goes to standard error."""
    channel = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    return channel
