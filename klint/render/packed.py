"""What is packed, unpacked within bounds: an archive of kilobytes can hold gigabytes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

MAX_MEMBERS = 20_000
"""Files and folders of one archive. The largest public charts have some hundreds."""


class PackedError(ValueError):
    """What is packed is broken, or larger than it may be."""


def gunzip(data: bytes, limit: int) -> bytes:
    """What gzip streams, one after another, unpack to.

    Raises:
        PackedError: they are broken, or unpack to more than `limit` bytes.
    """
    found = bytearray()
    while data:
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            found += stream.decompress(data, limit - len(found) + 1)
        except zlib.error:
            raise PackedError("it is no gzip stream") from None
        if len(found) > limit:
            raise PackedError(f"it unpacks to more than {limit // 2**20} MiB")
        if not stream.eof:
            raise PackedError("it is cut short")
        data = stream.unused_data
    return bytes(found)


def untar(data: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The regular files of an archive, by their names: relative ones that lead to no folder above.

    Raises:
        PackedError: it is broken, or holds more than MAX_MEMBERS.
    """
    import tarfile  # most of what klint unpacks is no archive

    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MAX_MEMBERS:
                    raise PackedError(f"it holds more than {MAX_MEMBERS} files")
                stream = archive.extractfile(member) if member.isreg() else None
                path = PurePosixPath(member.name)
                if stream is not None and not path.is_absolute() and not {"..", "\0"} & {*path.parts, *member.name}:
                    yield path, stream.read()
    except (tarfile.TarError, OSError, EOFError, OverflowError, ValueError) as error:
        raise error if isinstance(error, PackedError) else PackedError(f"it is no archive: {error}") from None
