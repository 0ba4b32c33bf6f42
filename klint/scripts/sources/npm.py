"""package.json: the scripts that npm, yarn and pnpm run."""

from __future__ import annotations

from collections.abc import Iterator

from klint.scripts.commands import Command, Context
from klint.scripts.sources.base import NewShell
from klint.scripts.sources.tree import read_tree
from klint.text.source import Source


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every script."""
    for root in read_tree(source):
        for name, script in root["scripts"].items():
            for snippet in script.snippets:
                shell = new_shell(Context(kind="package.json", unit=f"script {name}"))
                shell.run(snippet)
                yield from shell.finish()
