"""A stream of documents, cut into them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.regex import regex

_DOCUMENT_MARKER = regex(r"^(?:---(?=[\s#]|\Z)|\.\.\.(?=\s|\Z))(?:[^\n]*\n\ufeff)?", re.MULTILINE)
_NO_CONTENT = regex(r"(?:[ \t]*+(?:#[^\n]*+)?\r?\n|%[^\n]*+\n)*+(?:%[^\n]*+|[ \t]*+(?:#[^\n]*+)?)\Z")


def split(text: str) -> Iterator[tuple[int, int]]:
    """Cut a stream into documents: the start and end offset of each that is more than comments and directives.

    A `---` or `...` at the start of a line ends a document wherever it stands: YAML allows no scalar to hold one.
    """
    start = 0
    for marker in _DOCUMENT_MARKER.finditer(text):
        if _has_content(text, start, marker.start()):
            yield start, marker.start()
        start = marker.start() if marker.group() == "---" and not text.startswith("#", marker.end()) else marker.end()
    if _has_content(text, start, len(text)):
        yield start, len(text)


def _has_content(text: str, start: int, end: int) -> bool:
    start += 3 if text.startswith("---", start, end) else 0
    return _NO_CONTENT.match(text, start, end) is None
