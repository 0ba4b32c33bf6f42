"""Fixed texts → a diff, or the files themselves."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from klint.errors import Failure
from klint.fixing.editable import STDIN
from klint.fixing.rounds import Fixed
from klint.text.encoding import decode
from klint.workspace.paths import shown


def diff(fixed: Fixed, context: int = 3) -> str:
    """What fixes change, as `git apply` and `patch -p1` take it, the files in the order of their names.

    Args:
        fixed: what fixes make.
        context: how many lines around a change are shown.
    """
    return "".join(part for path in fixed.after for part in _diff(fixed, path, context))


def _diff(fixed: Fixed, path: Path, context: int) -> Iterator[str]:
    name = str(path) if path == STDIN else shown(path)
    before, after = (decode(texts[path]).text for texts in (fixed.before, fixed.after))
    for line in unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}", n=context):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    return [line for line in text.replace("\n", "\n\0").split("\0") if line]


def write(fixed: Fixed) -> Iterator[Failure]:
    """Write what has changed: all of the files, or none as far as that is in klint's hands.

    A file is first written beside the old one, with its permissions, and then put in its place. One that somebody has
    changed since it was read stays as it is.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in fixed.after.items():
            if path != STDIN:
                ready.append((_written_beside(path, content), path))
        changed = [path for _, path in ready if path.read_bytes() != fixed.before[path]]
        for path in changed:
            yield Failure(shown(path), "It has changed since klint read it, and nothing was written", "Run klint again")
        while ready and not changed:
            beside, path = ready[0]
            beside.replace(path)
            del ready[0]
    except OSError as error:
        name = shown(Path(error.filename2 or error.filename or "."))
        yield Failure(name, f"It cannot be written: {error.strerror}", "Fix that, or print the changes with --diff")
    finally:
        for beside, _ in ready:
            with suppress(OSError):
                beside.unlink()


def _written_beside(path: Path, content: bytes) -> Path:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        stream.write(content)
    beside = Path(stream.name)
    beside.chmod(stat.S_IMODE(path.stat().st_mode))
    return beside
