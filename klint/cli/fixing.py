"""What `klint check` does with fixes: it makes them, shows them, and says what it did."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from klint.cli.terminal import emit, emit_bytes, say
from klint.errors import Failure
from klint.fixing import STDIN, Fixed, files, make_fixes
from klint.report.escape import escape_lines, inert
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.findings import Finding
    from klint.session import Session
    from klint.workspace.discovery import Piped

_MANY = 5
"""Findings whose fix is left out that are named; the others are counted."""


def made(session: Session, wanted: Callable[[Finding], bool], *, is_unsafe: bool, is_quiet: bool) -> Fixed:
    """Make fixes, in memory, and say which are left out."""
    fixed = make_fixes(session, is_unsafe=is_unsafe, wanted=wanted)
    if not is_quiet:
        for finding in fixed.left_out[:_MANY]:
            say(f"{finding.span}: The fix of {finding.rule} is left out: it mends nothing or brings up something else")
        if len(fixed.left_out) > _MANY:
            say(f"{len(fixed.left_out) - _MANY} more fixes are left out as well")
    return fixed


def write(fixed: Fixed, piped: Piped | None, *, is_quiet: bool) -> tuple[Failure, ...]:
    """Write the files, and what becomes of standard input to standard output; what went wrong."""
    failures = tuple(files.write(fixed))
    if piped is not None:
        emit_bytes(fixed.after.get(STDIN, piped.data))
    if not (failures or is_quiet):
        _tell("Fixed", fixed)
    return failures


def show(fixed: Fixed, *, is_quiet: bool) -> None:
    """Print a diff of what would be written."""
    text = files.diff(fixed)
    emit(inert(escape_lines(text) if sys.stdout.isatty() else text))
    if not is_quiet:
        _tell("Would fix", fixed)


def _tell(verb: str, fixed: Fixed) -> None:
    unsafe = len(fixed.unsafe)
    if fixed.made:
        text = f"{verb} {counted(len(fixed.made), 'finding')} in {counted(len(fixed.after), 'file')}"
        say(f"{text} ({unsafe:,} more with --unsafe-fixes)" if unsafe else text)
    elif unsafe:
        say(f"Nothing to fix without --unsafe-fixes ({unsafe:,} with it)")
