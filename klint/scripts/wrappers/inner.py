"""What a wrapper runs."""

from __future__ import annotations

from collections.abc import Sequence

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.scripts.snippet import Snippet


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper runs: the words of a command, or `code` that a shell reads.

    `reads_stdin` says that a shell reads its script from what is piped into it or from a heredoc.
    """

    name: str
    argv: tuple[Word, ...] = ()
    code: Snippet | None = None
    positional: tuple[Word, ...] | None = None
    reads_stdin: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    is_elsewhere: bool = False
    """It runs on another machine or in a container: the script's variables and functions are not there."""
    is_same_shell: bool = False
    runs_functions: bool = False
    """It may run a function of the script; a program cannot."""
    in_loop: bool = False
    is_kept: bool = False
    """The outer command is one of its own, too: `ssh -R … host command`."""


def code_of(
    name: str,
    words: Sequence[Word],
    *,
    is_same_shell: bool = False,
    is_elsewhere: bool = False,
    in_loop: bool = False,
    is_kept: bool = False,
) -> tuple[Inner, ...]:
    """The words, joined by blanks and read by a shell."""
    if not words:
        return ()
    code = Snippet.join([word.code() for word in words], " ")
    return (
        Inner(
            name,
            code=code,
            is_same_shell=is_same_shell,
            is_elsewhere=is_elsewhere,
            in_loop=in_loop,
            is_kept=is_kept,
        ),
    )
