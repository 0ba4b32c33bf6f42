"""The objects of a git repository: commits, trees and files, loose and packed.

git is not run: it would read the repository's configuration, which a stranger may have written, and fetch what a
partial clone lacks. What a repository borrows of another one (`objects/info/alternates`) is not read, no more than
anything else outside.

Source: Documentation/gitrepository-layout.adoc and gitformat-pack.adoc of git.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from klint.records import cached_property, dataclass
from klint.workspace.folder import Folder
from klint.workspace.git.pack import BrokenError, Kept, Pack, Stored, inflate

MAX_PACKS = 10_000
"""Packs of one repository. git makes one of 50, if it is asked to tidy up."""

_HEAD, _LONGEST_SIZE, _LONGEST_MODE, _MAX_NAMES = 256, 12, 7, 1000
_NO_OCTAL = set(b"89")

_HASHES = {20: hashlib.sha1, 32: hashlib.sha256}
"""How objects are named, by the bytes of a name."""


class MissingError(BrokenError):
    """An object that the repository does not have."""


@dataclass(frozen=True)
class Objects:
    """The objects of a repository, by its common folder; their names have 20 bytes (SHA-1) or 32 (SHA-256)."""

    common: Path
    name_size: int

    @cached_property
    def _git(self) -> Folder:
        return Folder(self.common)

    @cached_property
    def _packs(self) -> list[Pack]:
        place = self.common / "objects" / "pack"
        try:
            names = [entry.name for entry in self._git.entries(place) if entry.name.endswith(".idx")]
        except OSError:
            return []
        kept = Kept()
        return [Pack(self._git, place / name, self.name_size, kept) for name in names[:MAX_PACKS]]

    def read(self, name: bytes, kind: str) -> bytes:
        """The content of an object of a kind.

        Raises:
            MissingError: the repository does not have it.
            BrokenError: it is of another kind, or cannot be read.
        """
        found = self.find(name)
        if found.kind != kind:
            raise BrokenError(f"{name.hex()} is a {found.kind}, not a {kind}")
        return found.data

    def find(self, name: bytes) -> Stored:
        """An object by its name; raises as `read` does."""
        try:
            found = self._find(name)
        except MissingError:
            raise
        except (BrokenError, OSError) as error:
            raise BrokenError(f"{name.hex()} cannot be read: {error}") from None
        if self.name_of(found) != name:
            raise BrokenError(f"{name.hex()} is not what it is called")
        return found

    def name_of(self, stored: Stored) -> bytes:
        """The name that an object has, wherever it is."""
        head = b"%s %d\0" % (stored.kind.encode(), len(stored.data))
        return _HASHES[self.name_size](head + stored.data, usedforsecurity=False).digest()

    def _find(self, name: bytes) -> Stored:
        for pack in self._packs:
            with suppress(FileNotFoundError):  # git may tidy up meanwhile
                offset = pack.offset(name)
                if offset is not None:
                    return pack.read(offset)
        return self._loose(name)

    def _loose(self, name: bytes) -> Stored:
        text = name.hex()
        try:
            stream = self._git.open(self.common / "objects" / text[:2] / text[2:])
        except FileNotFoundError:
            raise MissingError(f"{text} is not in the repository{self._why_missing()}") from None
        with stream:
            kind, size, start = _header(stream.read(_HEAD))
            stream.seek(0)
            return Stored(kind, inflate(stream, start + size)[start:])

    def _why_missing(self) -> str:
        """What may explain that an object is missing: a clause, or nothing."""
        objects = self.common / "objects"
        if self._git.exists(objects / "info" / "alternates"):
            return ", which borrows objects of another one: klint reads nothing outside"
        if any(self._git.exists(pack.index.with_suffix(".promisor")) for pack in self._packs):
            return ", a partial clone: klint fetches nothing"
        if self._git.exists(self.common / "shallow"):
            return ", a shallow clone: klint fetches nothing"
        return ""

    def names(self, prefix: str, limit: int = 2) -> list[bytes]:
        """The names that begin with some hexadecimal digits, at least two, in no order; so many at most."""
        found: set[bytes] = set()
        whole = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
        for pack in self._packs:
            with suppress(OSError, BrokenError):
                for name in islice(pack.names(whole), _MAX_NAMES):
                    if name.hex().startswith(prefix):
                        found.add(name)
                    if len(found) >= limit:
                        break
        with suppress(OSError):
            for entry in self._git.entries(self.common / "objects" / prefix[:2]):
                if entry.name.startswith(prefix[2:]) and len(entry.name) == 2 * self.name_size - 2:
                    with suppress(ValueError):
                        found.add(bytes.fromhex(prefix[:2] + entry.name))
        return sorted(found)[:limit]


def read_tree(data: bytes, name_size: int) -> Iterator[tuple[int, bytes, bytes]]:
    """What a tree lists: each entry's mode, name, and the name of its object.

    Raises:
        BrokenError: this is no tree.
    """
    position = 0
    while position < len(data):
        end = data.find(b"\0", position)
        mode, _, name = data[position : max(end, position)].partition(b" ")
        position = end + 1 + name_size
        if end < 0 or position > len(data) or not mode.isdigit() or len(mode) > _LONGEST_MODE or set(mode) & _NO_OCTAL:
            raise BrokenError("it is no tree")
        yield int(mode, 8), name, data[end + 1 : position]


def _header(packed: bytes) -> tuple[str, int, int]:
    """The kind of a loose object, the size of what it holds, and where that begins; from the beginning of its file."""
    try:
        head, end, _ = zlib.decompressobj().decompress(packed, 64).partition(b"\0")
    except zlib.error:
        raise BrokenError("it does not inflate") from None
    kind, _, size = head.partition(b" ")
    if not end or not size.isdigit() or len(size) > _LONGEST_SIZE:
        raise BrokenError("it has no header")
    return kind.decode("ascii", "replace"), int(size), len(head) + 1
