"""Remembers what was rendered, by the content of everything that went into it."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from klint import __version__

FOLDER = ".klint_cache"
_FORMAT = 2
"""Raise it when something else is remembered under a key: other markers, other fields."""

_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is klint's cache. See https://bford.info/cachedir/ for what this file is for.\n"
)


def identity(program: str) -> str:
    """What tells one version of a program from another without starting it: its file, size and time of change."""
    try:
        found = Path(program).resolve()
        status = found.stat()
    except OSError:
        return program
    return f"{found} {status.st_size} {status.st_mtime_ns}"


class Cache:
    """A folder of gzipped JSON files, each named after the hash of its inputs.

    Files are written whole and then moved into place, so that several processes may share the folder; where it cannot
    be written, nothing is remembered and nothing fails.
    """

    def __init__(self, folder: Path | None) -> None:
        """Use a folder; None remembers nothing."""
        self._folder = folder

    def key(self, parts: Iterable[str | bytes]) -> str:
        """The hash of what goes into a rendering; every part counts, and where one ends."""
        digest = hashlib.sha256(f"klint {__version__} {_FORMAT}".encode())
        for part in parts:
            data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def get(self, key: str) -> Any:
        """What is remembered under a key, or None."""
        if self._folder is None:
            return None
        try:
            return json.loads(gzip.decompress((self._folder / f"{key}.json.gz").read_bytes()))
        except (OSError, ValueError, EOFError, zlib.error):
            return None

    def put(self, key: str, value: Any) -> None:
        """Remember something that JSON can hold."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._prepare(self._folder)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as stream:
                try:
                    stream.write(gzip.compress(json.dumps(value).encode(), compresslevel=1, mtime=0))
                    stream.close()
                    Path(stream.name).replace(self._folder / f"{key}.json.gz")
                except OSError:
                    Path(stream.name).unlink(missing_ok=True)

    @staticmethod
    def _prepare(folder: Path) -> None:
        if not (folder / "CACHEDIR.TAG").exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n", "utf-8")
            (folder / "CACHEDIR.TAG").write_text(_TAG, "utf-8")
