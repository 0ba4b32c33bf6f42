"""Remembers what was rendered, by the content of everything that went into it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Any

from klint import __version__
from klint.render.packed import gunzip
from klint.workspace.folder import Folder

MAX_PACKED, MAX_UNPACKED = 16 * 2**20, 256 * 2**20
"""Bytes of one file. The renderings of the largest public charts stay below a twentieth of either."""

MAX_SIZE = 512 * 2**20
"""Bytes that the folder may hold before what was not used for longest goes."""

KEPT = 30 * 24 * 3600.0
"""Seconds for which something is kept that nobody asks for."""

_FORMAT = 3
"""Raise it when something else is remembered under a key: other markers, other fields."""

_PRUNED_EACH = 24 * 3600.0
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is klint's cache. See https://bford.info/cachedir/ for what this file is for.\n"
)


def usual_folder(root: Path) -> Path | None:
    """Where the platform keeps its users' caches; None if there is no such place, or it is part of what is linted.

    A cache that came with a repository could hide what is wrong with it.
    """
    from platformdirs import user_cache_path

    folder = user_cache_path("klint", appauthor=False)
    try:
        # Of the last two folders either may have to be made; who has no home gets none.
        existing = next(path for path in (folder, folder.parent, folder.parent.parent) if path.is_dir())
        is_inside = existing.resolve(strict=True).is_relative_to(root.resolve(strict=True))
    except (OSError, RuntimeError, StopIteration):
        return None
    return None if is_inside else folder.absolute()


def identity(program: str) -> str:
    """What tells one version of a program from another without starting it: its file, size and time of change."""
    try:
        found = Path(program).resolve()
        status = found.stat()
    except OSError:
        return program
    return f"{found} {status.st_size} {status.st_mtime_ns}"


def digest(parts: Iterable[str | bytes]) -> str:
    """The hash of some contents; every part counts, and where one ends."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big"))
        found.update(data)
    return found.hexdigest()


class Cache:
    """A folder of gzipped JSON files, each named after the hash of its inputs.

    The folder is one that only its owner may write to, and never a link. Files are written whole and then moved into
    place, so that several processes may share it; where it cannot be written, nothing is remembered and nothing fails.
    What was not asked for in KEPT goes, and so does the oldest when all of it is larger than MAX_SIZE.
    """

    def __init__(self, folder: Path | None) -> None:
        """Use a folder; None remembers nothing."""
        self._folder = folder
        self.is_cut_short = False
        """Whether something that was asked for could not be made, and may be another time."""

    def key(self, parts: Iterable[str | bytes]) -> str:
        """The hash of what goes into a rendering."""
        return digest((f"klint {__version__} {_FORMAT}", *parts))

    def get(self, key: str) -> Any:
        """What is remembered under a key, or None."""
        if self._folder is None or not _is_own(self._folder):
            return None
        file = self._folder / f"{key}.json.gz"
        try:
            found = json.loads(gunzip(Folder(self._folder).read(file, MAX_PACKED), MAX_UNPACKED))
            os.utime(file, follow_symlinks=False)
        except (OSError, ValueError, RecursionError):
            return None
        return found

    def put(self, key: str, value: Any) -> None:
        """Remember something that JSON can hold, with texts for keys."""
        if self._folder is None:
            return
        with suppress(OSError):
            data = _packed(value)
            if len(data) > MAX_PACKED or not self._prepare(self._folder):
                return
            self._write(self._folder, f"{key}.json.gz", data)
            self._prune(self._folder)

    @staticmethod
    def _prepare(folder: Path) -> bool:
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_own(folder):
            return False
        if not (folder / "CACHEDIR.TAG").exists():
            Cache._write(folder, "CACHEDIR.TAG", _TAG.encode())
        return True

    @staticmethod
    def _write(folder: Path, name: str, data: bytes) -> None:
        """Write beside the place and move there: a link that stands in the place is replaced, not followed."""
        beside = folder / f"{name}.{os.getpid()}.{get_ident()}.tmp"  # tempfile takes longer to import than to write
        try:
            with open(beside, "xb", opener=_open_privately) as stream:
                stream.write(data)
            beside.replace(folder / name)
        except OSError:
            beside.unlink(missing_ok=True)

    def _prune(self, folder: Path) -> None:
        """Once a day."""
        now, stamp = time.time(), folder / "pruned"
        with suppress(FileNotFoundError):
            if stamp.lstat().st_mtime > now - _PRUNED_EACH:
                return
        self._write(folder, stamp.name, b"")
        files = []
        for name, kind in Folder(folder).entries(folder):
            if kind != "folder" and name not in (stamp.name, "CACHEDIR.TAG"):
                with suppress(OSError):
                    status = (folder / name).lstat()
                    files.append((status.st_mtime, status.st_size, folder / name))
        kept = 0
        for changed, size, file in sorted(files, reverse=True):
            kept += size
            if kept > MAX_SIZE or changed < now - KEPT:
                with suppress(OSError):
                    file.unlink()


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_DEEP = 3
"""Levels of mappings that are written by their items: in what is kept of a workspace, down to its files."""


def _packed(value: Any) -> bytes:
    """A value as gzipped JSON. It is packed as it is written: the JSON of a large workspace is never there whole."""
    stream = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return b"".join([*(stream.compress(piece.encode()) for piece in _json(value, _DEEP)), stream.flush()])


def _json(value: Any, depth: int) -> Iterator[str]:
    """A value as JSON, in pieces."""
    if not depth or not isinstance(value, dict):
        yield json.dumps(value)
        return
    before = "{"
    for key, item in value.items():
        yield f"{before}{json.dumps(key)}: "
        yield from _json(item, depth - 1)
        before = ", "
    yield "}" if value else "{}"


def _is_own(folder: Path) -> bool:
    """Whether this is a folder, no link, that nobody but its owner, who is who runs klint, may write to."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
