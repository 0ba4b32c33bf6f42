"""The command line: `main` is what the script `klint` runs."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it: 128 and the signal's number."""


def main() -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 klint could not do its job."""
    gc.disable()  # a run is short and makes next to no cycles; looking for them is a tenth of a small one
    try:
        # Whatever else is imported, it is below this line, so that Ctrl-C ends klint quietly from its first moment on.
        from klint.importing import import_faster

        import_faster()
        plain = plain_words(sys.argv[1:], os.environ)
        status = _run_click() if plain is None else _check(*plain)
    except KeyboardInterrupt:
        status = INTERRUPTED
    gc.freeze()  # nor look for them on the way out
    if nothing_waits():
        os._exit(status)
    sys.exit(status)


def nothing_waits() -> bool:
    """Whether nobody would tell an exit at once from one by which Python takes itself down first.

    That takes a thirtieth of a small run. What klint prints is written when it is printed. But others may have
    something to do in the end: threads, functions that `atexit` knows, a profiler or a debugger that runs klint.
    """
    is_alone = "threading" not in sys.modules and sys.getprofile() is None and sys.gettrace() is None
    if not is_alone or atexit._ncallbacks():
        return False
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True


PLAIN_FLAGS = frozenset(
    (
        "--closed-world",
        "--concise",
        "--force-exclude",
        "--isolated",
        "--no-baseline",
        "--no-cache",
        "--no-gitignore",
        "--no-render",
        "--quiet",
        "--report-only",
        "--show-suppressed",
        "--verbose",
    )
)
"""The flags of `klint check` that go with any other: each only makes a field of its name true."""


def plain_words(words: Sequence[str], environ: Mapping[str, str]) -> tuple[tuple[str, ...], frozenset[str]] | None:
    """The paths to check and the flags, where the command line says nothing else; None where click must understand it.

    Importing click and making the options takes as long as a third of a small run, and here is nothing to understand.
    """
    flags = frozenset(words).intersection(PLAIN_FLAGS)
    paths = tuple(word for word in words[1:] if word not in flags)
    is_plain = (
        words[:1] in ([], ["check"])
        and not any(path.startswith("-") for path in paths)
        and not any(name.startswith(("KLINT_", "_KLINT_")) for name in environ)  # options, and what a shell completes
        and sys.platform != "win32"  # where click expands patterns
    )
    return (paths, flags) if is_plain else None


def _check(paths: tuple[str, ...], flags: frozenset[str]) -> int:
    from klint.cli.checking import Request, run
    from klint.cli.terminal import COULD_NOT_DO_ITS_JOB, complain, failures_of

    try:
        return run(Request.plain(paths, flags))
    except Exception as error:
        complain(failures_of(error))
        return COULD_NOT_DO_ITS_JOB


def _run_click() -> int:
    from click import Abort, ClickException

    from klint.cli.commands import klint

    try:
        status: int = klint.main(prog_name="klint", standalone_mode=False)
    except ClickException as error:
        error.show()
        status = error.exit_code
    except Abort:
        status = INTERRUPTED
    return status
