"""Edits of comments that ignore something: no other comment is touched, and no line that has more."""

from __future__ import annotations

import re

from klint.edits import Edit
from klint.text.source import Span


def naming(span: Span, rules: str) -> tuple[Edit, ...]:
    """The edit that has a comment name these rules; none where it has no brackets."""
    start = span.source.text.find("[", span.start, span.end) + 1
    end = span.source.text.find("]", start, span.end)
    return (Edit(span.source.span(start, end), rules),) if start and end > 0 else ()


def dropping(span: Span) -> tuple[Edit, ...]:
    """The edit that takes a comment away: with its line where it stands alone, else with the space before it."""
    source, text, start, end = span.source, span.source.text, span.start, span.end
    before = text[source.line_starts[span.line - 1] : start]
    start -= len(before) - len(before.rstrip())
    if not before.strip():
        is_last = span.line == len(source.line_starts)
        start, end = (len(text[:start].rstrip("\r\n")), end) if is_last else (start, source.line_starts[span.line])
    return (Edit(source.extent(start, end), ""),)


def with_name(rule: str, name: str, text: str) -> str:
    """A text with another name in the place of a rule's."""
    return re.sub(rf"(?<![\w-]){re.escape(rule)}(?![\w-])", name, text)
