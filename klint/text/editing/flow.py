"""Changes in collections that stand in brackets, on one line or on several."""

from __future__ import annotations

import re
from typing import Any

from klint.text.editing.layout import Layout, Spot, UnsafeEditError
from klint.text.editing.order import index_of
from klint.text.editing.rewrite import Rewrite
from klint.text.editing.writing import Manner, flow, key
from klint.text.yaml import Entry

_REST = re.compile(r"[ \t]*+(,?)[ \t]*+(?:#.*)?\Z")
"""What may stand behind the last part of a line."""

_COMMA = re.compile(r"[ \t]*,")


def insert(layout: Layout, spot: Spot, step: str | int, value: Any, manner: Manner) -> Rewrite:
    """Add an entry to a mapping, or an item at an index of a list."""
    node = spot.node
    entries = layout.entries(node)
    text = flow(value, manner)
    if isinstance(step, str):
        text = f"{key(step, manner, in_brackets=True)}{manner.colon}{text}"
    if not entries:
        return _into_nothing(layout, spot, text)
    if isinstance(step, str):
        step = index_of(step, layout.names(node), layout, entries[0].key_start)
    if step < len(entries):
        start = layout.begin(entries[step])
        separator = _line_break(layout, start) if layout.is_first(start) else manner.comma[1:]
        return Rewrite(start, start, f"{text},{separator}")
    last, end = layout.begin(entries[-1]), layout.end(entries[-1])
    if not layout.is_first(last):
        return Rewrite(end, end, f"{manner.comma}{text}")
    rest = layout.text[end : layout.line_end(end)]
    match = _REST.match(rest)
    if match is None or (not match[1] and "," in layout.text[end : node.end]):
        if match is None and rest.strip(" \t")[:1] in ("]", "}"):
            return Rewrite(end, end, f",{_line_break(layout, last)}{text}")
        raise UnsafeEditError
    if match[1]:
        return Rewrite(end + len(rest), end + len(rest), f"{_line_break(layout, last)}{text},")
    return Rewrite(end, end + len(rest), f",{rest}{_line_break(layout, last)}{text}")


def _into_nothing(layout: Layout, spot: Spot, text: str) -> Rewrite:
    start, end = spot.node.start + 1, spot.node.end - 1
    if layout.text[start:end].strip():
        raise UnsafeEditError  # a comment
    return Rewrite(start, end, text)


def remove(layout: Layout, spot: Spot, entry: Entry) -> Rewrite:
    """Take an entry or an item out, with the comma that it no longer needs, or with its line."""
    entries = layout.entries(spot.node)
    index = next(index for index, item in enumerate(entries) if item is entry)
    start, end = layout.begin(entry), layout.end(entry)
    if len(entries) == 1:
        inner = (spot.node.start + 1, spot.node.end - 1)
        if layout.has_comment(inner[0], start) or layout.has_comment(end, inner[1]):
            raise UnsafeEditError
        return Rewrite(*inner, "")
    is_last = index == len(entries) - 1
    rest = _REST.match(layout.text[end : layout.line_end(end)])
    if layout.is_first(start) and rest is not None and (rest[1] or is_last):
        return _line(layout, entries, index, has_comma=bool(rest[1]))
    first, last = (layout.end(entries[index - 1]), end) if is_last else (start, layout.begin(entries[index + 1]))
    if layout.has_comment(first, start) or layout.has_comment(end, last):
        raise UnsafeEditError
    return Rewrite(first, last, "")


def _line(layout: Layout, entries: list[Entry], index: int, *, has_comma: bool) -> Rewrite:
    """Take whole lines out; before what was the last, without a comma behind it, no comma may stay."""
    start, end = layout.line_start(layout.begin(entries[index])), layout.end(entries[index])
    if has_comma:
        return Rewrite(start, layout.next_line(end), "")
    before = layout.end(entries[index - 1])
    between = layout.text[before : layout.line_end(start - 1) if start else start]
    comma = _COMMA.match(between)
    if comma is None:
        raise UnsafeEditError
    return Rewrite(before, layout.line_end(end), between[comma.end() :].rstrip())


def _line_break(layout: Layout, at: int) -> str:
    """A line break, and the same indentation as that of a line."""
    return "\n" + layout.text[layout.line_start(at) : at]
