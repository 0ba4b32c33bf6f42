"""Files that a script sources: read where it does, so that what they set and define is known behind that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from klint.scripts.commands import Word
from klint.scripts.shell.where import Where
from klint.scripts.snippet import Snippet
from klint.text.source import Source

if TYPE_CHECKING:
    from klint.scripts.shell.reader import Shell

Find = Callable[[Source, str], Source | None]
"""The file that a script means by a name, in which a `HOLE` stands for what cannot be known."""

_MAX_DEPTH = 8
_MAX_FILES = 50
"""Files that one script sources, counted each time."""


def source(shell: Shell, rest: Sequence[Word], where: Where) -> None:
    """`. file arguments`. A file that sources itself is followed no further, nor is a script that has had its share."""
    script = where.snippet.source
    found = shell.find(script, rest[0].value) if shell.find and rest else None
    if found is None or found.path in (script.path, *shell.sourcing) or shell.parameters.variables.is_spent:
        return
    if len(shell.sourcing) >= _MAX_DEPTH or shell.sourced >= _MAX_FILES:
        return
    shell.sourced += 1
    shell.sourcing.append(found.path)
    positional, ended = shell.parameters.positional, shell.ended
    if len(rest) > 1:
        shell.parameters.positional = tuple(rest[1:])
    shell.expect(found.text)
    with shell.deeper() as is_read:
        if is_read:
            shell.read(where._replace(snippet=Snippet.whole(found)))
    shell.parameters.positional = positional
    shell.ended = ended or (shell.ended if shell.ended == "exit" else "")
    shell.sourcing.pop()
