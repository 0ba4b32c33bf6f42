"""One pack of a git repository: many objects in a file, some as what changes in others.

Everything is bounded, since a pack may be a stranger's: objects are inflated no further than they say, chains of deltas
are as long as git makes them at most, and what it takes to make one object counts as a whole.

Source: Documentation/gitformat-pack.adoc of git.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from klint.records import cached_property, dataclass, field
from klint.workspace.folder import Folder

MAX_OBJECT = 64 * 2**20
"""Bytes of an object that others are made from, or that is asked for."""

MAX_WORK = 8 * MAX_OBJECT
"""Bytes that are inflated and put together to make one object."""

MAX_KEPT = 32 * 2**20
"""Bytes of the objects that are kept to make others from."""

MAX_DEPTH = 4095
"""Deltas in a chain. `git repack --depth` takes no more."""

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_INDEX_MAGIC, _INDEX_VERSION = b"\xfftOc", 2
_NAMES_AT = 8 + 256 * 4
_CHUNK = 65536


class BrokenError(ValueError):
    """An object that cannot be read; the message is a clause that says why."""


class Stored(NamedTuple):
    """An object: commit, tree, blob or tag, and its content."""

    kind: str
    data: bytes


class _Entry(NamedTuple):
    """What stands at a place in a pack. A delta has no kind of its own, but a base: a place in the pack, or a name."""

    kind: str
    data: bytes
    base: int | bytes | None


class Kept:
    """Objects that deltas were applied to or came to of late: the next one often begins where the last one did."""

    def __init__(self) -> None:
        self._objects: dict[tuple[Path, int], Stored] = {}
        self._size = 0

    def get(self, pack: Path, offset: int) -> Stored | None:
        """The object at a place of a pack, if it is kept."""
        return self._objects.get((pack, offset))

    def put(self, pack: Path, offset: int, stored: Stored) -> None:
        """Keep an object; what is kept for longest goes."""
        if len(stored.data) > MAX_KEPT // 16 or (pack, offset) in self._objects:
            return
        self._objects[pack, offset] = stored
        self._size += len(stored.data)
        while self._size > MAX_KEPT:
            self._size -= len(self._objects.pop(next(iter(self._objects))).data)


@dataclass(frozen=True)
class Pack:
    """A pack and its index, of which only what is asked for is read. `name_size` is the bytes of an object's name.

    `kept` is what was read of late, which packs may share.
    """

    git: Folder
    index: Path
    name_size: int
    kept: Kept = field(default_factory=Kept, repr=False, compare=False)

    @property
    def file(self) -> Path:
        """The pack itself."""
        return self.index.with_suffix(".pack")

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        """How many names begin with each byte or a lesser one; none where this is no index that klint knows."""
        with self.git.open(self.index) as stream:
            head = stream.read(_NAMES_AT)
        if len(head) < _NAMES_AT or head[:8] != _INDEX_MAGIC + struct.pack(">I", _INDEX_VERSION):
            return (0,) * 256
        counts = struct.unpack_from(">256I", head, 8)
        return counts if list(counts) == sorted(counts) else (0,) * 256

    def names(self, prefix: bytes) -> Iterator[bytes]:
        """The names that begin with some bytes, at least one, in order."""
        with self.git.open(self.index) as stream:
            number = self._first(stream, prefix)
            while number < self._counts[255]:
                name = self._name(stream, number)
                if not name.startswith(prefix):
                    return
                yield name
                number += 1

    def offset(self, name: bytes) -> int | None:
        """Where an object stands in the pack; None if it is not in it."""
        with self.git.open(self.index) as stream:
            number, total = self._first(stream, name), self._counts[255]
            if number >= total or self._name(stream, number) != name:
                return None
            offsets = _NAMES_AT + total * (self.name_size + 4)
            (offset,) = struct.unpack(">I", _read_at(stream, offsets + 4 * number, 4))
            if offset & 0x80000000:
                (offset,) = struct.unpack(">Q", _read_at(stream, offsets + 4 * total + 8 * (offset & 0x7FFFFFFF), 8))
            return int(offset)

    def _first(self, stream: BinaryIO, name: bytes) -> int:
        """The number of the first name that is no less than this one."""
        low, high = self._counts[name[0] - 1] if name[0] else 0, self._counts[name[0]]
        while low < high:
            middle = (low + high) // 2
            if self._name(stream, middle) < name:
                low = middle + 1
            else:
                high = middle
        return low

    def _name(self, stream: BinaryIO, number: int) -> bytes:
        return _read_at(stream, _NAMES_AT + number * self.name_size, self.name_size)

    def read(self, offset: int) -> Stored:
        """The object at a place.

        Raises:
            BrokenError: it cannot be read.
            OSError: the pack cannot.
        """
        deltas: list[tuple[int, bytes]] = []
        work = 0
        with self.git.open(self.file) as stream:
            while (base := self.kept.get(self.index, offset)) is None:
                entry = _entry(stream, offset, self.name_size)
                work += len(entry.data)
                if work > MAX_WORK or len(deltas) > MAX_DEPTH:
                    raise BrokenError("it is made of more than klint puts together")
                if entry.base is None:
                    base = Stored(entry.kind, entry.data)
                    break
                deltas.append((offset, entry.data))
                below = entry.base if isinstance(entry.base, int) else self.offset(entry.base)
                if below is None:
                    raise BrokenError("its delta has no base")
                offset = below
        if deltas:
            self.kept.put(self.index, offset, base)
        for offset, delta in reversed(deltas):
            base = Stored(base.kind, apply_delta(base.data, delta))
            work += len(base.data)
            if work > MAX_WORK:
                raise BrokenError("it is made of more than klint puts together")
            self.kept.put(self.index, offset, base)
        return base


def apply_delta(base: bytes, delta: bytes) -> bytes:
    """What a delta makes of its base.

    Raises:
        BrokenError: it does not fit.
    """
    try:
        return _applied(base, delta)
    except IndexError:
        raise BrokenError("its delta is cut short") from None


def _applied(base: bytes, delta: bytes) -> bytes:
    base_size, position = _size(delta, 0)
    size, position = _size(delta, position)
    if base_size != len(base) or size > MAX_OBJECT:
        raise BrokenError("its delta does not fit")
    made = bytearray()
    while position < len(delta):
        code = delta[position]
        position += 1
        if code & 0x80:  # copy from the base
            start = length = 0
            for bit in range(4):
                if code & 1 << bit:
                    start |= delta[position] << 8 * bit
                    position += 1
            for bit in range(3):
                if code & 0x10 << bit:
                    length |= delta[position] << 8 * bit
                    position += 1
            length = length or 0x10000
            if start + length > len(base):
                raise BrokenError("its delta does not fit")
            made += base[start : start + length]
        elif code:  # take what follows
            made += delta[position : position + code]
            position += code
        else:
            raise BrokenError("its delta is of another kind")
        if len(made) > size:
            raise BrokenError("its delta does not fit")
    if len(made) != size or position != len(delta):
        raise BrokenError("its delta does not fit")
    return bytes(made)


def _size(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, position
        if shift > 63:
            raise BrokenError("a size in it has no end")


def _entry(stream: BinaryIO, offset: int, name_size: int) -> _Entry:
    head = _read_at(stream, offset, 64, exactly=False)
    try:
        kind, size, position = _header(head)
        base: int | bytes | None = None
        if kind == _OFFSET_DELTA:
            back, position = _distance(head, position)
            if not 0 < back < offset:
                raise BrokenError("its delta has no base")
            base = offset - back
        elif kind == _NAMED_DELTA:
            base, position = head[position : position + name_size], position + name_size
        elif kind not in _KINDS:
            raise BrokenError("it is of a kind that klint does not know")
    except IndexError:
        raise BrokenError("it is cut short") from None
    stream.seek(offset + position)
    return _Entry(_KINDS.get(kind, ""), inflate(stream, size), base)


def _header(head: bytes) -> tuple[int, int, int]:
    """The kind of an entry, the size of what it holds, and where that begins."""
    kind, size, shift, position = head[0] >> 4 & 7, head[0] & 0xF, 4, 1
    while head[position - 1] & 0x80:
        size |= (head[position] & 0x7F) << shift
        shift += 7
        position += 1
    return kind, size, position


def _distance(head: bytes, position: int) -> tuple[int, int]:
    """How far before a delta its base stands, and the position after that."""
    byte = head[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = head[position]
        value = (value + 1 << 7) | (byte & 0x7F)
    return value, position + 1


def inflate(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, as zlib has packed them.

    Raises:
        BrokenError: they are more or fewer, or too many.
    """
    if size > MAX_OBJECT:
        raise BrokenError(f"it is larger than {MAX_OBJECT // 2**20} MiB")
    packed, made = zlib.decompressobj(), bytearray()
    left = size + size // 4 + 2 * _CHUNK  # of what is packed: it need not have an end
    while not packed.eof:
        chunk = packed.unconsumed_tail or stream.read(min(_CHUNK, left))
        left -= 0 if packed.unconsumed_tail else len(chunk)
        if not chunk:
            raise BrokenError("it is cut short")
        try:
            made += packed.decompress(chunk, size - len(made) + 1)
        except zlib.error:
            raise BrokenError("it does not inflate") from None
        if len(made) > size:
            raise BrokenError("it is larger than it says")
    if len(made) != size:
        raise BrokenError("it is smaller than it says")
    return bytes(made)


def _read_at(stream: BinaryIO, position: int, size: int, *, exactly: bool = True) -> bytes:
    stream.seek(position)
    data = stream.read(size)
    if len(data) < size and exactly:
        raise BrokenError("its index is cut short")
    return data
