"""What is printed where, and whether in colour."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from klint.errors import Failure, KlintError

COULD_NOT_DO_ITS_JOB = 2
"""The exit code."""

_left: set[TextIO] = set()
"""Streams whose readers have gone."""


def wants_color(choice: str, stream: TextIO | None = None) -> bool:
    """Whether standard output, or another stream, is coloured. click knows none of the variables people set for this.

    The option's word counts; else FORCE_COLOR, then NO_COLOR, each when not empty; else whether a terminal reads it.
    """
    stream = stream or sys.stdout
    if choice != "auto":
        return choice == "always"
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream is not None and stream.isatty()


def emit(text: str, stream: TextIO | None = None) -> None:
    """Write text, as UTF-8, to standard output or another stream. That its reader has gone, as `head` does, is fine.

    Raises:
        KlintError: it cannot be written.
    """
    emit_bytes(text.encode("utf-8", "backslashreplace"), stream)


def emit_bytes(content: bytes, stream: TextIO | None = None) -> None:
    """Write bytes as they are; all else is as above."""
    stream = stream or sys.stdout
    if not isinstance(stream, io.TextIOWrapper):  # closed
        return
    try:
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()
    except OSError as error:
        _left.add(stream)
        # Python flushes once more when it exits; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise KlintError(Failure(stream.name, f"Nothing can be written there: {error.strerror}")) from None


def is_read(stream: TextIO) -> bool:
    """Whether a stream has not turned out to be one that nobody reads any more."""
    return stream not in _left


def say(message: str) -> None:
    """Tell the person at the terminal something, in one line on standard error."""
    from klint.report.escape import escape, inert

    emit(inert(f"klint: {escape(message)}\n"), sys.stderr)


def complain(failures: Iterable[Failure]) -> None:
    """Say what klint could not do, a line each, and each once."""
    for line in dict.fromkeys(map(str, failures)):
        say(line)


def failures_of(error: Exception, *, is_debugging: bool = False) -> tuple[Failure, ...]:
    """What klint could not do, by the error that ended it; the traceback of one that klint did not raise is printed."""
    if isinstance(error, KlintError):
        return error.failures
    if is_debugging:
        from traceback import format_exception

        emit("".join(format_exception(error)), sys.stderr)
    message = f"Something in klint broke: {type(error).__name__}: {error}"
    return (Failure("", message, "Run it with --debug and report what it prints"),)
