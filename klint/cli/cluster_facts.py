"""klint cluster-facts: what kubectl prints of a cluster, as the configuration has it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from klint.cli.command import Command
from klint.cli.terminal import emit, say
from klint.errors import Failure, KlintError

if TYPE_CHECKING:
    from klint.text.source import Source

_STDIN = "-"


@click.command("cluster-facts", cls=Command)
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@click.option("--output", "-o", metavar="FILE", help="Write here, rather than to standard output.")
def command(files: tuple[str, ...], output: str | None) -> None:
    """Turn what kubectl prints into `cluster` of .klint.yaml.

    FILES hold the output of `kubectl get KINDS -A -o yaml` or `-o json`; without any, or for -, standard input does.
    klint itself connects to no cluster. It keeps only what references need: the names of Secrets, the ports of
    containers. What it leaves out it counts on standard error. The useful KINDS are:

    \b
    namespaces,services,secrets,ingressclasses,gatewayclasses,gateways,
    referencegrants,networkpolicies,deployments,statefulsets,daemonsets,
    customresourcedefinitions,nodes

    The version of the cluster comes from the output of `kubectl version -o yaml`.
    """
    from klint.config.facts import read_facts, section
    from klint.text.words import counted

    facts = read_facts([_read(file) for file in files or (_STDIN,)])
    text = section(facts)
    if output in (None, _STDIN):
        emit(text)
    else:
        _write(text, Path(str(output)))
    for what, count in (facts.left_out or {}).items():
        say(f"{what}: {count} left out")
    say(f"{counted(len(facts.objects), 'object')} kept")


def _read(file: str) -> Source:
    from klint.text.encoding import NotTextError, decode
    from klint.text.source import Source

    name = "<stdin>" if file == _STDIN else file
    try:
        if file == _STDIN:
            data = sys.stdin.buffer.read() if sys.stdin is not None else b""
        else:
            data = Path(file).read_bytes()
        return Source(name, decode(data).text)
    except OSError as error:
        raise KlintError(Failure(name, f"It cannot be read: {error.strerror}")) from None
    except NotTextError as error:
        raise KlintError(Failure(name, f"It cannot be read: it is {error}")) from None


def _write(text: str, file: Path) -> None:
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        message = f"The facts cannot be written: {error.strerror}"
        raise KlintError(Failure(str(file), message, "Choose another file with --output")) from None
