"""Shell text → tree-sitter's trees, with offsets in characters, and as much of broken text as can be saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_OPEN = 500
"""Parentheses that may be open at one time, and stages of a pipeline: the parser's time grows with the square of their
number. A text with more is read line by line."""

MAX_HEREDOCS = 500
"""Heredocs that are read in one go, for the same reason. Reading goes on with the statement that was cut off."""

_STATEMENT_END = re.compile(rb"(?<![|\\])\n")
_PARENTHESIS = re.compile(rb"[()]")
_MAX_RESTARTS = 50
_MAX_READ_AGAIN = 50 * 2**20
"""Characters of a text that is read again from below each of its errors: a long one, fewer times."""
_MAX_OPEN_LINES = 40
_WORDS = frozenset(("string", "concatenation", "expansion", "simple_expansion", "array", "command_name"))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def parse(text: str) -> Iterator[list[Node]]:
    """The statements of a script, in order, in runs of siblings. Byte offsets in them are offsets of characters.

    The parser gets a shadow of the text: every character that is not ASCII is a full stop there, which is a letter
    of words as they are, and so takes one byte. Whoever wants a node's text takes it from the original.

    An error that swallows lines (a quote that is never closed, an `if` without its `fi`) costs the line it begins on:
    reading starts again below.
    """
    shadow = _shadow(text)
    start = 0
    if _is_too_much(shadow):
        while start < len(shadow):
            end = _line_end(shadow, start)
            if not _is_too_much(shadow[start:end]):
                yield _tree(shadow, start, end).children
            start = end
        return
    while start < len(shadow):
        end = _heredocs_end(shadow, start)
        runs = list(_statements(shadow, start, end))
        if end < len(shadow) and runs[-1] and runs[-1][-1].start_byte > start:
            end = runs[-1].pop().start_byte
        yield from runs
        start = end


def _statements(shadow: bytes, start: int, end: int) -> Iterator[list[Node]]:
    for _ in range(min(_MAX_RESTARTS, _MAX_READ_AGAIN // max(1, len(shadow)))):
        root = _tree(shadow, start, end)
        bad = next((child for child in root.children if _swallows_lines(child)), None) if root.has_error else None
        if bad is None:
            yield root.children
            return
        yield [child for child in root.children if child.end_byte <= bad.start_byte]
        line, start = _first_line(shadow, bad.start_byte, end)
        yield line.children
    yield _tree(shadow, start, end).children


def _heredocs_end(shadow: bytes, start: int) -> int:
    """Where the line starts that would be one with too many heredocs."""
    at = start
    for _ in range(MAX_HEREDOCS):
        at = shadow.find(b"<<", at) + 2
        if at < 2:
            return len(shadow)
    end = shadow.rfind(b"\n", start, at) + 1
    return end if end > start else len(shadow)


@cache
def _parser() -> Parser:
    # Imported late: a workspace without scripts does not load the parser.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _tree(shadow: bytes, start: int, end: int) -> Node:
    """The tree of a part of the shadow, with offsets in the whole."""
    from tree_sitter import Point, Range

    parser = _parser()
    if start == 0 and end == len(shadow):
        return parser.parse(shadow).root_node
    # Rows are only ever compared within a tree, so they may count from its start.
    line_start = max(start, shadow.rfind(b"\n", start, end) + 1)
    last = Point(shadow.count(b"\n", start, end), end - line_start)
    parser.included_ranges = [Range(Point(0, 0), last, start, end)]
    try:
        return parser.parse(shadow).root_node
    finally:
        del parser.included_ranges


def _shadow(text: str) -> bytes:
    if not text.isascii():
        text = _NOT_ASCII.sub(".", text)
    if "\r" in text:
        # A line break of two characters, as one followed by an empty line; a continued line stays continued.
        text = text.replace("\\\r\n", " \\\n").replace("\r\n", "\n\n")
    return text.encode("ascii")


def _is_too_much(shadow: bytes) -> bool:
    """Whether parentheses nest, or pipelines run on, beyond what the parser can do in good time."""
    if shadow.count(b"(") > MAX_OPEN:
        depth = 0
        for match in _PARENTHESIS.finditer(shadow):
            depth = depth + 1 if match[0] == b"(" else max(0, depth - 1)
            if depth > MAX_OPEN:
                return True
    return shadow.count(b"|") > MAX_OPEN and any(
        statement.count(b"|") > MAX_OPEN for statement in _STATEMENT_END.split(shadow)
    )


def _swallows_lines(node: Node) -> bool:
    """Whether an error in a statement may have taken lines into it that are statements of their own."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.is_error and current.start_point.row != current.end_point.row:
            return True
        if current.is_missing and current.type != "heredoc_end":
            statement = current.parent
            while statement is not None and statement.type in _WORDS:
                statement = statement.parent
            if statement is not None and statement.start_point.row != statement.end_point.row:
                return True
        stack.extend(child for child in current.children if child.has_error or child.is_missing)
    return False


def _first_line(shadow: bytes, start: int, last: int) -> tuple[Node, int]:
    """What begins on a line, and where the next line starts. A quote or heredoc that is closed below is followed."""
    first = end = min(_line_end(shadow, start), last)
    for _ in range(_MAX_OPEN_LINES):
        tree = _tree(shadow, start, end)
        if not tree.has_error:
            return tree, end
        if end == last:
            break
        end = min(_line_end(shadow, end), last)
    return _tree(shadow, start, first), first


def _line_end(shadow: bytes, start: int) -> int:
    """Where the line below starts, continued lines taken as one."""
    end = start
    while True:
        line_break = shadow.find(b"\n", end)
        if line_break < 0:
            return len(shadow)
        end = line_break + 1
        if shadow[line_break - 1 : line_break] != b"\\":
            return end
