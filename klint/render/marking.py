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

_VALUES = re.compile(r"(?<![\w)\]])\.Values((?:\.\w+)+)")
_DOT_VALUE = re.compile(r"(?<![\w$.)\]])\.((?:\w+(?:\.\w+)*)?)(?=[\s|)}])")
_VARIABLE = re.compile(r"\$(\w+)((?:\.\w+)*)(?!\s*(?:,|:?=))")
_DECLARED = re.compile(r"\$(\w+)\s*:=")
_BUILT_IN = frozenset(("Chart", "Release", "Capabilities", "Files", "Template", "Values"))


@dataclass(frozen=True)
class TemplateLine:
    """A line of a template: its text, whether it may carry a marker, and what is known of its actions.

    `number` is the line to show for it: its own, or where an action that ends on it began. `define` numbers the
    `define` that it is in, 0 outside of all. `prints` is set when it
    holds nothing but actions that print; `values` are the paths below `.Values` that its actions name, through `with`
    too.
    """

    text: str
    number: int
    can_mark: bool
    define: int
    has_action: bool
    prints: bool
    is_bare_reference: bool
    values: tuple[tuple[str, ...], ...] = ()


ANY = "*"
"""In a path below `.Values`: any item of the list or mapping that a `range` goes through."""


@dataclass(frozen=True)
class Block:
    """An open block: its keyword, and the path below `.Values` that a dot in it means, if that is known.

    `names` are the variables it declares, with the paths they stand for.
    """

    keyword: str
    dot: tuple[str, ...] | None
    define: int
    names: dict[str, tuple[str, ...]]


def read_template(text: str) -> list[TemplateLine]:
    """The lines of a template."""
    actions = list(_ACTION.finditer(text))
    blocks = [Block("", None, 0, {})]
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
    define = _define(blocks)
    values: list[tuple[str, ...]] = []
    for action in here:
        values.extend(_values(action.group(), blocks))
        if action.start() >= position:
            _follow(action.group(), blocks, number)
    define = define or _define(blocks)
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
        can_mark and (has_key or (prints and not define)),
        define,
        bool(here),
        prints and is_whole,
        _is_bare_reference(raw),
        tuple(dict.fromkeys(values)),
    )


def _define(blocks: list[Block]) -> int:
    return blocks[-1].define


def mark(text: str, lines: list[TemplateLine], file: int, *, inside_defines: bool) -> str:
    """The template with a marker on every line that may carry one; `file` is the number that markers name."""
    marked = []
    for raw, line in zip(text.split("\n"), lines, strict=True):
        if line.can_mark and (inside_defines or not line.define):
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


def _follow(action: str, blocks: list[Block], number: int) -> None:
    """Enter and leave blocks; `with .Values.a` makes `.b` mean `.Values.a.b`."""
    keyword = _keyword(action)
    if keyword in _OPENING:
        define = number if keyword in ("define", "block") else _define(blocks)
        path = _argument(action, blocks)
        dot = _context(blocks) if keyword == "if" else path if keyword in ("with", "range") else None
        item = (*path, ANY) if path is not None and keyword == "range" else path
        declared = _DECLARED.search(action)
        names = {declared[1]: item} if declared and item is not None else {}
        blocks.append(Block(keyword, item if keyword == "range" else dot, define, names))
    elif keyword == "end" and len(blocks) > 1:
        blocks.pop()
    elif keyword.startswith("$"):
        path = _argument(action, blocks)
        if path is not None:
            blocks[-1].names[keyword.partition(":")[0].strip("$ =")] = path


def _argument(action: str, blocks: list[Block]) -> tuple[str, ...] | None:
    """The path that an action such as `range`, `with` or an assignment is about, if it is about just one."""
    found = list(dict.fromkeys(_values(action, blocks)))
    return found[0] if len(found) == 1 else None


def _context(blocks: list[Block]) -> tuple[str, ...] | None:
    return blocks[-1].dot


def _values(action: str, blocks: list[Block]) -> Iterator[tuple[str, ...]]:
    """The paths below `.Values` that an action names: in full, from a dot, or through a variable."""
    for match in _VALUES.finditer(action):
        yield _steps(match[1])
    for match in _VARIABLE.finditer(action):
        path = next((block.names[match[1]] for block in reversed(blocks) if match[1] in block.names), None)
        if path is not None:
            yield (*path, *_steps(match[2]))
    context = _context(blocks)
    if context is not None:
        for match in _DOT_VALUE.finditer(action):
            if match[1].partition(".")[0] not in _BUILT_IN:
                yield (*context, *_steps(match[1]))


def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split(".") if step)


_BARE = re.compile(
    r"""\s*(?:-\ +)*(?:[\w./"'-]+:\s+)?["']?
        \{\{-?\s*\$?[\w.]*\.?[\w.]*\s*
        (?:\|\s*(?:quote|squote|int|int64|toString|toYaml|n?indent\ \d+)\s*)*
        -?\}\}["']?\s*\Z""",
    re.VERBOSE,
)


def _is_bare_reference(raw: str) -> bool:
    """Whether the line's value is a reference and nothing else: `port: {{ .Values.port }}`, `port: {{ $p.port }}`."""
    return _BARE.match(raw) is not None


def mark_all(templates: Mapping[int, tuple[str, list[TemplateLine]]], *, inside_defines: bool) -> dict[int, str]:
    """Every template with markers, by its number."""
    return {file: mark(text, lines, file, inside_defines=inside_defines) for file, (text, lines) in templates.items()}
