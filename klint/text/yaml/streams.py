"""A stream of documents, cut into them."""

from __future__ import annotations

from collections.abc import Iterator

from klint.regex import regex

_DOCUMENT_MARKER = regex(r"\n(?:---(?=[\s#]|\Z)|\.\.\.(?=\s|\Z))(?:[^\n]*\n\ufeff)?")
"""Begins with the line break before it, which is found many times faster than the start of a line."""
_NO_CONTENT = regex(r"(?:[ \t]*+(?:#[^\n]*+)?\r?\n|%[^\n]*+\n)*+(?:%[^\n]*+|[ \t]*+(?:#[^\n]*+)?)\Z")


def split(text: str) -> Iterator[tuple[int, int]]:
    """Cut a stream into documents: the start and end offset of each that is more than comments and directives.

    A `---` or `...` at the start of a line ends a document wherever it stands: YAML allows no scalar to hold one.
    """
    start = 0
    for marker in _DOCUMENT_MARKER.finditer(
        "\n" + text
    ):  # so that offsets in it are those of the text behind the break
        here, behind = marker.start(), marker.end() - 1
        if _has_content(text, start, here):
            yield start, here
        start = here if marker.group() == "\n---" and not text.startswith("#", behind) else behind
    if _has_content(text, start, len(text)):
        yield start, len(text)


def _has_content(text: str, start: int, end: int) -> bool:
    start += 3 if text.startswith("---", start, end) else 0
    first = start + text.startswith("\n", start, end)
    if text[first : min(first + 1, end)].isalpha():
        return True  # as of nearly all documents
    return _NO_CONTENT.match(text, start, end) is None
