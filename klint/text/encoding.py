"""Bytes → text, as kubectl decodes the files that it is given."""

from __future__ import annotations

import codecs

from klint.records import dataclass

_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file. `has_bom` says that it begins with a byte order mark, which is no part of the text."""

    text: str
    has_bom: bool = False


class NotTextError(ValueError):
    """Bytes that are no text; the message says what they are, as in "This is …"."""


def decode(data: bytes) -> Text:
    """The text of a file: UTF-8, or UTF-16 that begins with a byte order mark.

    Source: FileVisitor.Visit in cli-runtime's pkg/resource/visitor.go (`unicode.BOMOverride`). kubectl goes on after
    bytes that are no UTF-8, with a replacement character in their place; klint does not, since nobody means that.

    Raises:
        NotTextError: these bytes are something else.
    """
    if data.startswith(_UTF_32):
        raise NotTextError("UTF-32 text, which kubectl does not read")
    encoding = _UTF_16.get(data[:2], "utf-8")
    has_bom = encoding != "utf-8" or data.startswith(codecs.BOM_UTF8)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and b"\0" in data[:8192]:
            raise NotTextError("a binary file") from None
        name = "UTF-8" if encoding == "utf-8" else "UTF-16"
        raise NotTextError(f"not {name} text (byte {error.start})") from None
    if "\0" in text:
        raise NotTextError("a binary file")
    return Text(text.removeprefix("\ufeff"), has_bom)


def encode(text: str, like: bytes) -> bytes:
    """A text as bytes, in the encoding of those that it takes the place of, and with their byte order mark."""
    if like[:2] in _UTF_16:
        return like[:2] + text.encode(_UTF_16[like[:2]])
    return (codecs.BOM_UTF8 if like.startswith(codecs.BOM_UTF8) else b"") + text.encode("utf-8")


def looks_like_a_manifest(data: bytes) -> bool:
    """Whether bytes that are no text hold the word that every manifest has, in whatever encoding."""
    return b"apiVersion" in data.replace(b"\0", b"")


def decode_script(data: bytes) -> Text:
    """The text of a script. Commands are ASCII: a byte that is no UTF-8 costs one character of a comment or a message.

    Raises:
        NotTextError: this is a binary file.
    """
    try:
        return decode(data)
    except NotTextError:
        if b"\0" in data:
            raise NotTextError("a binary file") from None
        return Text(data.decode("utf-8", "replace"))
