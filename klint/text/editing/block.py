"""Changes in collections that stand on lines of their own."""

from __future__ import annotations

import re
from typing import Any

from klint.text.editing.layout import Layout, Lines, Spot, UnsafeEditError
from klint.text.editing.order import index_of
from klint.text.editing.rewrite import Rewrite
from klint.text.editing.writing import Manner, after_dash, after_key, block, flow, key, literal
from klint.text.yaml import Entry, Node

_HEADER = re.compile(r"([|>])[-+]?([1-9]?)[-+]?")


def replace(layout: Layout, spot: Spot, value: Any, manner: Manner) -> Rewrite:
    """Write another value where one stands, all of it: a collection, or what takes another number of lines."""
    holder = spot.holder
    entry, node = spot.entry, spot.node
    is_collection = isinstance(value, (dict, list)) and bool(value)
    end = layout.end(entry)
    is_block = node.kind != "scalar" and not layout.is_flow(node)
    column = layout.column(entry.start)
    if is_collection and is_block and (holder is None or column > _indentation(layout, spot)):
        return Rewrite(entry.start, layout.line_end(end), block(value, column, manner))
    if node.kind != "scalar" and not is_block and (node.data or holder is None or not is_collection):
        return Rewrite(entry.start, end, flow(value, manner))
    if holder is None:
        return Rewrite(entry.start, layout.line_end(end) if is_block else end, flow(value, manner))
    start = _after_mark(layout, holder, entry)
    comment, end = _comment(layout, start, entry, end)
    indentation = _indentation(layout, spot)
    if holder.node.kind == "sequence":
        text = " " + after_dash(value, indentation, manner)
    else:
        text = after_key(value, indentation, manner)
    first, line_break, below = text.partition("\n")
    return Rewrite(start, end, f"{first}{comment}{line_break}{below}")


def _indentation(layout: Layout, spot: Spot) -> int:
    """How many characters stand before the key or the dash of a value."""
    if spot.holder is None:
        return 0
    if spot.holder.node.kind == "sequence":
        return layout.column(layout.dash(spot.holder.node, spot.entry))
    return layout.column(spot.entry.key_start)


def _after_mark(layout: Layout, holder: Spot, entry: Entry) -> int:
    """The offset behind the colon or dash of a value."""
    return layout.dash(holder.node, entry) + 1 if holder.node.kind == "sequence" else layout.colon(entry)


def _comment(layout: Layout, start: int, entry: Entry, end: int) -> tuple[str, int]:
    """The comment that belongs to a key or dash, with the spaces before it, and where what is to be replaced ends."""
    line_end = layout.line_end(start)
    before = layout.text[start : entry.start]
    if entry.start > line_end:
        if layout.text[line_end : entry.start].strip():
            raise UnsafeEditError  # comments, an anchor or a tag
        return layout.text[start:line_end].rstrip(), layout.line_end(end)
    if before.strip():
        raise UnsafeEditError
    if entry.node.style in ("|", ">"):
        header = layout.text[entry.start : line_end]
        return header[len(_HEADER.match(header)[0]) :].rstrip(), end  # type: ignore[index]
    last = layout.line_end(end)
    return layout.text[end:last].rstrip(), last


def rewrite(layout: Layout, spot: Spot, value: str, manner: Manner) -> Rewrite:
    """Write another text into a block scalar, in the same style and as far indented."""
    node = spot.node
    header_end = layout.line_end(node.start)
    header = layout.text[node.start : header_end]
    match = _HEADER.match(header)
    if match is None:
        raise UnsafeEditError
    indentation = _content_column(layout, node)
    if indentation is None:
        indentation = _indentation(layout, spot) + manner.step
    if match[1] == ">":
        value = re.sub(r"\n(?=[^\n])", "\n\n", value)
    text = literal(value, indentation, match[1], match[2], header[match.end() :].rstrip())
    return Rewrite(node.start, layout.end(spot.entry), text)


def _content_column(layout: Layout, node: Node) -> int | None:
    """How far the lines of a block scalar are indented; None if nothing stands on them."""
    first = next((line for line in str(node.data).split("\n") if line.strip(" ")), "")
    at = layout.next_line(node.start)
    while first and at < node.end:
        line = layout.text[at : layout.line_end(at)]
        if line.strip(" "):
            return (len(line) - len(line.lstrip(" "))) - (len(first) - len(first.lstrip(" ")))
        at = layout.next_line(at)
    return None


def insert(layout: Layout, spot: Spot, step: str | int, value: Any, manner: Manner) -> Rewrite:
    """Add an entry to a mapping, or an item at an index of a list."""
    entries = layout.entries(spot.node)
    if isinstance(step, str):
        first = entries[0].key_start
        column = layout.column(first)
        text = f"{key(step, manner)}:{after_key(value, column, manner)}"
        step = index_of(step, layout.names(spot.node), layout, first)
    else:
        first = layout.dash(spot.node, entries[0])
        column = layout.column(spot.node.start)
        text = f"- {after_dash(value, column, manner)}"
    if step == 0:
        return Rewrite(first, first, f"{text}\n{' ' * column}")
    end = layout.line_end(layout.end(entries[step - 1]))
    return Rewrite(end, end, f"\n{' ' * column}{text}")


def remove(layout: Layout, spot: Spot, entry: Entry) -> Rewrite:
    """Take an entry or an item out with its lines. It is not the only one."""
    node = spot.node
    entries = layout.entries(node)
    index = next(index for index, item in enumerate(entries) if item is entry)
    begin = layout.dash(node, entry) if node.kind == "sequence" else entry.key_start
    if not layout.is_first(begin):
        if index + 1 == len(entries):
            raise UnsafeEditError
        following = entries[index + 1]
        end = layout.dash(node, following) if node.kind == "sequence" else following.key_start
        if layout.has_comment(layout.after(entry), end):
            raise UnsafeEditError
        return Rewrite(begin, end, "")
    return remove_lines(layout, begin, layout.end(entry))


def remove_lines(lines: Lines, begin: int, end: int) -> Rewrite:
    """Take out the lines from where an entry or an item begins to where it ends."""
    start, after = lines.line_start(begin), lines.next_line(end)
    if after == len(lines.text) and not lines.text.endswith("\n") and start:
        start = lines.line_end(start - 1)
    return Rewrite(start, after, "")
