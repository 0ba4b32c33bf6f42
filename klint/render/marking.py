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

    `values` are the paths below `.Values` that its actions name, through `with` too.
    """

    text: str
    can_mark: bool
    in_define: bool
    has_action: bool
    is_bare_reference: bool
    values: tuple[tuple[str, ...], ...] = ()


def read_template(text: str) -> list[TemplateLine]:
    """The lines of a template."""
    actions = list(_ACTION.finditer(text))
    return list(_lines(text, actions))


def mark(text: str, lines: list[TemplateLine], file: int, *, inside_defines: bool) -> str:
    """The template with a marker on every line that may carry one; `file` is the number that markers name."""
    marked = []
    for number, (raw, line) in enumerate(zip(text.split("\n"), lines, strict=True), 1):
        if line.can_mark and (inside_defines or not line.in_define):
            marker = f" #K{file}.{number}K#"
            content = raw.rstrip()
            block = _KEY_OF_BLOCK.match(raw)
            key_end = block.end() if block else 0
            after_key = marker if block else ""
            marked.append(raw[:key_end] + after_key + content[key_end:] + marker + raw[len(content) :])
        else:
            marked.append(raw)
    return "\n".join(marked)


def _lines(text: str, actions: list[re.Match[str]]) -> Iterator[TemplateLine]:
    blocks: list[tuple[str, tuple[str, ...] | None]] = []
    position = 0
    index = 0
    for raw in text.split("\n"):
        end = position + len(raw)
        in_define = any(kind in ("define", "block") for kind, _ in blocks)
        here: list[re.Match[str]] = []
        starts_inside = index > 0 and actions[index - 1].end() > position
        values: list[tuple[str, ...]] = []
        while index < len(actions) and actions[index].start() < end:
            action = actions[index]
            values.extend(_values(action.group(), _context(blocks)))
            _follow(action.group(), blocks)
            here.append(action)
            index += 1
        ends_inside = (bool(here) and here[-1].end() > end) or (starts_inside and actions[index - 1].end() > end)
        if starts_inside and not here:
            values.extend(_values(actions[index - 1].group(), _context(blocks)))
        literal = _literal(raw, position, actions[max(0, index - len(here) - 1) : index])
        in_define = in_define or any(kind in ("define", "block") for kind, _ in blocks)
        can_mark = not ends_inside and not raw.rstrip().endswith("-}}") and "{{" not in literal
        yield TemplateLine(
            raw,
            can_mark and _carries(raw, literal, here, in_define),
            in_define,
            bool(here) or starts_inside,
            _is_bare_reference(raw),
            tuple(dict.fromkeys(values)),
        )
        position = end + 1


def _carries(raw: str, literal: str, here: list[re.Match[str]], in_define: bool) -> bool:
    """A line with a key or a list item; outside `define` also one that holds only actions which print something."""
    if raw.lstrip().startswith("#"):
        return False
    if _KEY.match(literal) or _ITEM.match(literal):
        return True
    only_actions = bool(here) and not literal.replace("\0", "").strip()
    return only_actions and not in_define and all(_prints(action.group()) for action in here)


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


def _follow(action: str, blocks: list[tuple[str, tuple[str, ...] | None]]) -> None:
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


def _context(blocks: list[tuple[str, tuple[str, ...] | None]]) -> tuple[str, ...] | None:
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
