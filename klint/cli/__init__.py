"""The command line: `main` is what the script `klint` runs."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it: 128 and the signal's number."""


def main() -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 klint could not do its job."""
    gc.disable()  # a run is short and makes next to no cycles; looking for them is a tenth of a small one
    try:
        # Imported here, so that Ctrl-C ends klint quietly from its first moment on.
        from click import Abort, ClickException

        from klint.cli.commands import klint

        try:
            status = klint.main(prog_name="klint", standalone_mode=False)
        except ClickException as error:
            error.show()
            status = error.exit_code
        except Abort:
            status = INTERRUPTED
    except KeyboardInterrupt:
        status = INTERRUPTED
    gc.freeze()  # nor look for them on the way out
    sys.exit(status)
