"""What commands of the shell itself change: `read`, `set`, `shift`, `alias`, `exit` and their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.scripts.commands import Word
from klint.scripts.snippet import HOLE

if TYPE_CHECKING:
    from klint.scripts.shell.reader import Shell


def _read(shell: Shell, rest: Sequence[Word]) -> None:
    for word in rest:
        if word.text is not None and word.text.isidentifier():
            shell.parameters.variables.set(word.text, HOLE)


def _set(shell: Shell, rest: Sequence[Word]) -> None:
    index = next((index for index, word in enumerate(rest) if word.value == "--"), -1)
    if index >= 0:
        shell.parameters.positional = tuple(rest[index + 1 :])
        shell.marks = None


def _shift(shell: Shell, rest: Sequence[Word]) -> None:
    count = rest[0].text if rest else "1"
    positional = shell.parameters.positional
    if positional is not None:
        known = count is not None and count.isdigit()
        shell.parameters.positional = positional[int(count or 1) :] if known else None


def _exit(shell: Shell, _rest: Sequence[Word]) -> None:
    shell.ended = "exit"


def _return(shell: Shell, _rest: Sequence[Word]) -> None:
    shell.ended = "return"


def _alias(shell: Shell, rest: Sequence[Word]) -> None:
    for word in rest:
        name, equals, replaced = word.value.partition("=")
        if equals and HOLE not in name:
            shell.aliases[name] = replaced
            shell.mark(name, replaced)


def _printf(shell: Shell, rest: Sequence[Word]) -> None:
    if len(rest) > 1 and rest[0].value == "-v":
        _read(shell, rest[1:2])


BUILTINS: Mapping[str, Callable[[Shell, Sequence[Word]], None]] = {
    "read": _read,
    "mapfile": _read,
    "readarray": _read,
    "getopts": _read,
    "let": _read,
    "set": _set,
    "shift": _shift,
    "alias": _alias,
    "exit": _exit,
    "return": _return,
    "break": _return,
    "continue": _return,
    "printf": _printf,
}
