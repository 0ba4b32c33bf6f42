"""Which files git tracks: the names in its index. What klint does not understand of it says that nothing is tracked."""

from __future__ import annotations

import os
import struct
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from klint.records import cached_property, dataclass
from klint.workspace.folder import Folder
from klint.workspace.git.repository import git_folder

MAX_INDEX = 128 * 2**20
"""Bytes. An index takes about 100 bytes a file."""

_OBJECT_IDS = (20, 32)
"""Bytes of an object's name: SHA-1, SHA-256."""


@dataclass(frozen=True)
class Tracked:
    """The files that git tracks in the repository at a folder. Its index is read when somebody asks."""

    root: Path

    def has(self, path: Path) -> bool:
        """Whether git tracks a file, or a file somewhere below a folder."""
        name = self._name(path)
        return bool(name) and (self._at(name) == name or self._at(f"{name}/").startswith(f"{name}/"))

    def _name(self, path: Path) -> str:
        prefix, text = f"{self.root}".rstrip(os.sep) + os.sep, str(path)
        return text.removeprefix(prefix).replace(os.sep, "/") if text.startswith(prefix) else ""

    def _at(self, name: str) -> str:
        index = bisect_left(self._names, name)
        return self._names[index] if index < len(self._names) else ""

    @cached_property
    def _names(self) -> list[str]:
        folder = git_folder(self.root)
        try:
            data = Folder(folder).read(folder / "index", MAX_INDEX) if folder else b""
        except OSError:
            return []
        return sorted(map(os.fsdecode, read_index(data)))


def read_index(data: bytes) -> list[bytes]:
    """The names in an index, of version 2, 3 or 4; none when this is no index, or one that another completes.

    Source: Documentation/gitformat-index.adoc of git.
    """
    for size in _OBJECT_IDS:
        try:
            return list(_names(data, size))
        except (ValueError, IndexError, struct.error):
            continue
    return []


def _names(data: bytes, id_size: int) -> Iterator[bytes]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError
    position, name = 12, b""
    for _ in range(count):
        start = position
        position += 40 + id_size  # times, device, inode, mode, owner, group, size; then the object's name
        (flags,) = struct.unpack_from(">H", data, position)
        position += 4 if flags & 0x4000 else 2
        kept = b""
        if version == 4:
            dropped, position = _varint(data, position)
            if dropped > len(name):
                raise ValueError
            kept = name[: len(name) - dropped]
        end = data.index(b"\0", position)
        name = kept + data[position:end]
        if not name or min(len(name), 0xFFF) != flags & 0xFFF:
            raise ValueError
        position = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        yield name
    if position + id_size > len(data) or _is_split(data, position, len(data) - id_size):
        raise ValueError


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """An offset as in git's pack files, and the position after it."""
    byte = data[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = data[position]
        value = (value + 1 << 7) | (byte & 0x7F)
        if value > MAX_INDEX:
            raise ValueError
    return value, position + 1


def _is_split(data: bytes, position: int, end: int) -> bool:
    """Whether an extension says that other files hold the rest."""
    while position + 8 <= end:
        signature, size = struct.unpack_from(">4sI", data, position)
        if signature == b"link":
            return True
        position += 8 + size
    return False
