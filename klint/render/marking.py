"""Line markers in Helm templates: which lines can carry one without changing what the template means.

A marker is a trailing comment that names a file and a line. A template rendered with markers, once they are taken
out again, equals the template rendered without: then each marker tells exactly where its line came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MARKER = re.compile(r" #K(\d+)\.(\d+)K#")

_ACTION = re.compile(
    r"\{\{-?\s*/\*.*?\*/\s*-?\}\}"
    r"""|\{\{(?:"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+'|[^"`'}]|\}(?!\}))*\}\}""",
    re.DOTALL,
)
_KEYWORD = re.compile(r"\{\{-?\s*(\w+|/\*|\$[\w.]*\s*:?=)?")
_OPENING = frozenset(("if", "range", "with", "define", "block"))
_SILENT = frozenset(("if", "else", "end", "range", "with", "define", "block", "break", "continue"))
_KEY = re.compile(
    r"""\s*(?:- +)*(?:"[^"\n]*"|'[^'\n]*'|[^\s#"'\-\[\]{},&*!|>%@`][^#\n]*?|-[^\s#][^#\n]*?)\s*:(?=\s|\Z)"""
)
_ITEM = re.compile(r"\s*- +[^\s#]")
_KEY_OF_BLOCK = re.compile(r"""\s*(?:- +)*[\w./"'-]+:(?=\s*\{\{[^}]*\|\s*nindent \d+\s*-?\}\}\s*\Z)""")
"""A key whose value, a block of lines, an action on the same line makes: `labels: {{- include "x" . | nindent 4 }}`."""

_VALUES = re.compile(r"(?<![\w$)\]])(\$)?\.Values((?:\.\w+)+)")
_DOT_VALUE = re.compile(r"(?<![\w$.)\]])\.((?:\w+(?:\.\w+)*)?)(?=[\s|)}])")


@dataclass(frozen=True)
class TemplateLine:
    """A line of a template: its text, whether it may carry a marker, and what is known of its actions.

    `number` is the line to show for it: its own, or where an action that ends on it began. `prints` is set when it
    holds nothing but actions that print; `values` are the paths below `.Values` that its actions name, through `with`
    too.
    """

    text: str
    number: int
    can_mark: bool
    in_define: bool
    has_action: bool
    prints: bool
    is_bare_reference: bool
    values: tuple[tuple[str, ...], ...] = ()


Block = tuple[str, tuple[str, ...] | None]
"""An open block: its keyword, and the path below `.Values` that a dot in it means, if that is known."""


def read_template(text: str) -> list[TemplateLine]:
    """The lines of a template."""
    actions = list(_ACTION.finditer(text))
    blocks: list[Block] = []
    lines: list[TemplateLine] = []
    position = first = 0
    for number, raw in enumerate(text.split("\n"), 1):
        end = position + len(raw)
        while first < len(actions) and actions[first].end() <= position:
            first += 1
        last = first
        while last < len(actions) and actions[last].start() < end:
            last += 1
        lines.append(_line(raw, number, position, actions[first:last], blocks, lines))
        position = end + 1
    return lines


def _line(
    raw: str, number: int, position: int, here: list[re.Match[str]], blocks: list[Block], above: list[TemplateLine]
) -> TemplateLine:
    """One line; `here` are the actions that reach into it, `above` the lines before it."""
    in_define = _in_define(blocks)
    values: list[tuple[str, ...]] = []
    for action in here:
        values.extend(_values(action.group(), _context(blocks)))
        if action.start() >= position:
            _follow(action.group(), blocks)
    in_define = in_define or _in_define(blocks)
    literal = _literal(raw, position, here)
    prints = bool(here) and not literal.replace("\0", "").strip() and all(_prints(action.group()) for action in here)
    has_key = _KEY.match(literal) is not None or _ITEM.match(literal) is not None
    is_whole = not here or here[-1].end() <= position + len(raw)
    is_trimmed = raw.rstrip().endswith("-}}")
    is_comment = raw.lstrip().startswith("#")
    can_mark = is_whole and not is_trimmed and not is_comment and "{{" not in literal
    starts_above = bool(here) and here[0].start() < position
    return TemplateLine(
        raw,
        above[-1].number if starts_above and len(here) == 1 and above[-1].has_action else number,
        can_mark and (has_key or (prints and not in_define)),
        in_define,
        bool(here),
        prints and is_whole,
        _is_bare_reference(raw),
        tuple(dict.fromkeys(values)),
    )


def _in_define(blocks: list[Block]) -> bool:
    return any(keyword in ("define", "block") for keyword, _ in blocks)


def mark(text: str, lines: list[TemplateLine], file: int, *, inside_defines: bool) -> str:
    """The template with a marker on every line that may carry one; `file` is the number that markers name."""
    marked = []
    for raw, line in zip(text.split("\n"), lines, strict=True):
        if line.can_mark and (inside_defines or not line.in_define):
            marker = f" #K{file}.{line.number}K#"
            content = raw.rstrip()
            block = _KEY_OF_BLOCK.match(raw)
            key_end = block.end() if block else 0
            after_key = marker if block else ""
            marked.append(raw[:key_end] + after_key + content[key_end:] + marker + raw[len(content) :])
        else:
            marked.append(raw)
    return "\n".join(marked)


def _literal(raw: str, position: int, actions: list[re.Match[str]]) -> str:
    """The line with each action replaced by a single NUL."""
    pieces = []
    cursor = position
    end = position + len(raw)
    for action in actions:
        if action.end() <= position or action.start() >= end:
            continue
        if action.start() > cursor:
            pieces.append(raw[cursor - position : action.start() - position])
        pieces.append("\0")
        cursor = action.end()
    if cursor < end:
        pieces.append(raw[cursor - position :])
    return "".join(pieces)


def _keyword(action: str) -> str:
    match = _KEYWORD.match(action)
    return (match[1] or "") if match else ""


def _prints(action: str) -> bool:
    keyword = _keyword(action)
    return keyword not in _SILENT and not keyword.startswith("/*") and not keyword.endswith("=")


def _follow(action: str, blocks: list[Block]) -> None:
    """Enter and leave blocks; `with .Values.a` makes `.b` mean `.Values.a.b`."""
    keyword = _keyword(action)
    if keyword in _OPENING:
        found = _VALUES.search(action) if keyword == "with" else None
        dot = tuple(found[2].strip(".").split(".")) if found else None
        if keyword == "if":
            dot = _context(blocks)
        blocks.append((keyword, dot))
    elif keyword == "end" and blocks:
        blocks.pop()


def _context(blocks: list[Block]) -> tuple[str, ...] | None:
    return blocks[-1][1] if blocks else None


def _values(action: str, context: tuple[str, ...] | None) -> Iterator[tuple[str, ...]]:
    for match in _VALUES.finditer(action):
        yield tuple(match[2].strip(".").split("."))
    if context is not None and not _VALUES.search(action):
        for match in _DOT_VALUE.finditer(action):
            if not match[1].startswith(("Chart", "Release", "Capabilities", "Files", "Template", "Values")):
                yield (*context, *(match[1].split(".") if match[1] else ()))


_BARE = re.compile(
    r"""\s*(?:-\ +)*[\w./"'-]+:\s+["']?
        \{\{-?\s*\$?\.Values(?:\.\w+)+\s*
        (?:\|\s*(?:quote|squote|int|int64|toString|toYaml|n?indent\ \d+)\s*)*
        -?\}\}["']?\s*\Z""",
    re.VERBOSE,
)


def _is_bare_reference(raw: str) -> bool:
    """Whether the line's value is a value of the chart and nothing else: `port: {{ .Values.service.port }}`."""
    return _BARE.match(raw) is not None


def mark_all(templates: Mapping[int, tuple[str, list[TemplateLine]]], *, inside_defines: bool) -> dict[int, str]:
    """Every template with markers, by its number."""
    return {file: mark(text, lines, file, inside_defines=inside_defines) for file, (text, lines) in templates.items()}
