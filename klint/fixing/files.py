"""Fixed texts → a diff, or the files themselves."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from klint.errors import Failure
from klint.fixing.editable import STDIN
from klint.fixing.rounds import Fixed
from klint.text.differences import Difference, differences
from klint.text.encoding import decode
from klint.workspace.paths import relative_to, shown


def diff(fixed: Fixed, context: int = 3) -> str:
    """What fixes change, as `git apply` and `patch -p1` take it, the files in the order of their names.

    The names are from the working directory, or, since neither follows one that leads out of where it runs, from the
    workspace's root where a file is elsewhere.

    Args:
        fixed: what fixes make.
        context: how many lines around a change are shown.
    """
    folder = Path.cwd()
    if not all(path == STDIN or path.is_relative_to(folder) for path in fixed.after):
        folder = fixed.report.workspace.root
    return "".join(part for path in fixed.after for part in _diff(fixed, path, folder, context))


def _diff(fixed: Fixed, path: Path, folder: Path, context: int) -> Iterator[str]:
    name = str(path) if path == STDIN else relative_to(folder, path)
    old, new = (_lines(decode(texts[path]).text) for texts in (fixed.before, fixed.after))
    yield f"--- a/{name}\n+++ b/{name}\n"
    for group in _near_each_other(differences(old, new), 2 * context):
        start, end = max(group[0].old_start - context, 0), min(group[-1].old_end + context, len(old))
        new_start, new_end = (
            start + group[0].new_start - group[0].old_start,
            end + group[-1].new_end - group[-1].old_end,
        )
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
        for part in group:
            yield from _marked(" ", old[start : part.old_start])
            yield from _marked("-", old[part.old_start : part.old_end])
            yield from _marked("+", new[part.new_start : part.new_end])
            start = part.old_end
        yield from _marked(" ", old[start:end])


def _near_each_other(parts: Iterable[Difference], lines: int) -> Iterator[list[Difference]]:
    group: list[Difference] = []
    for part in parts:
        if group and part.old_start - group[-1].old_end > lines:
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _range(start: int, end: int) -> str:
    """A range of lines as a unified diff has it: of none, it names the line before."""
    if end - start == 1:
        return str(end)
    return f"{start + 1 if end > start else start},{end - start}"


def _marked(mark: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


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
                ready.append((_beside(path), path))
                _fill(*ready[-1], content)
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


def _beside(path: Path) -> Path:
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        return Path(stream.name)


def _fill(beside: Path, path: Path, content: bytes) -> None:
    beside.write_bytes(content)
    before = path.stat()
    with suppress(OSError, AttributeError):  # only root may, in a container for one, and only where there are owners
        os.chown(beside, before.st_uid, before.st_gid)
    beside.chmod(stat.S_IMODE(before.st_mode))
