"""Line markers in Helm templates: which lines can carry one without changing what the template means.

A marker is a trailing comment that names a file and a line. A template rendered with markers, once they are taken
out again, equals the template rendered without: then each marker tells exactly where its line came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from klint.records import dataclass, field
from klint.regex import regex

MARKER = regex(r"""(\}\})? #K(?P<file>\d{1,9})\.(?P<line>\d{1,9})(?P<opens><?)K#(?(1)\{\{"" )""")
"""A marker. One that opens stands after a key whose block an action makes; the block ends where the same line's other
marker stands. In a template, where the line's last action trims what follows it, an empty action trims in its stead.
"""

RENDERED = regex(r" #K(?P<file>\d{1,9})\.(?P<line>\d{1,9})(?P<opens><?)K#")
"""A marker in what templates render to. It begins with a literal, which is looked for many times faster."""

_COMMENT_START = regex(r"\{\{(?:-\s*)?/\*")
_COMMENT = regex(r"\{\{(?:-\s*)?(?>/\*.*?\*/)\s*-?\}\}", re.DOTALL)
_ACTION = regex(r"""\{\{(?:"(?:\\.|[^"\\\n])*+"|`[^`]*+`|'(?:\\.|[^'\\\n])++'|[^"`'}]|\}(?!\}))*+\}\}""")
_KEYWORD = regex(r"\{\{-?\s*(\w+|/\*|\$[\w.]*\s*:?=)?")
_OPENING = frozenset(("if", "range", "with", "define", "block"))
_SILENT = frozenset(("if", "else", "end", "range", "with", "define", "block", "break", "continue"))
_KEY = regex(
    r"""\s*+(?:-\ ++)*+
        (?:(?:"[^"\n]*+"|'[^'\n]*+')\s*+|(?:[^\s\#"'\-\[\]{},&*!|>%@`]|-[^\s\#])(?:[^\#\n:]|:(?!\s|\Z))*+):(?=\s|\Z)""",
    re.VERBOSE,
)
KEY_TEXT = regex(r"""\s*+(?:- ++)*+(["']?)([^\s"':#]++(?:\s++[^\s"':#]++)*+)\1\s*+:(?=\s|\Z)""")
"""A key as people read it; its second group is the key without quotes."""

_ITEM = regex(r"\s*- +[^\s#]")
_KEY_OF_BLOCK = regex(r"""\s*(?:- +)*[\w./"'-]+:(?=\s*\{\{[^}]*\|\s*nindent \d+\s*-?\}\}\s*\Z)""")
"""A key whose value, a block of lines, an action on the same line makes: `labels: {{- include "x" . | nindent 4 }}`."""

_MAKES_BLOCK = regex(r"\b(?:toYaml|n?indent)\b")
_CALL = regex(r'\b(?:include|template)\s+"([^"]+)"')
_NAME = regex(r'\{\{-?\s*(?:define|block)\s+"([^"]*)"')

_VALUES = regex(r"(?<![\w)\]])\.Values((?:\.\w+)+)")
_DOT_VALUE = regex(r"(?<![\w$.)\]])\.((?:\w+(?:\.\w+)*)?)(?=[\s|)}])")
_VARIABLE = regex(r"\$(\w+)((?:\.\w+)*)(?!\s*(?:,|:?=))")
_DECLARED = regex(r"(?:\$(?P<key>\w+)\s*,\s*)?\$(?P<name>\w+)\s*:=")
_PARSES = regex(r"\bfrom(?:Yaml|Json)(?:Array)?\b")
"""What reads the text of a template as data: the markers in it are lost, and the order of its lines."""

_BUILT_IN = frozenset(("Chart", "Release", "Capabilities", "Files", "Template", "Values"))


_MANY_VALUES = 16
"""Paths below `.Values` that one line is known to name, steps of such a path, and blocks out of which a variable is
taken: people write few."""


class Daring(IntEnum):
    """How far markers go. Inside a `define` they can break a chart, when its text becomes part of a name or is parsed.

    Blocks seldom become part of a name, but anything else that only an action prints often does.
    """

    OUTSIDE_DEFINES = 0
    KEYS = 1
    BLOCKS = 2


class TemplateLine(NamedTuple):
    """A line of a template: its text, what it takes to mark it, and what is known of its actions.

    `number` is the line to show for it: its own, or where an action that ends on it began. `daring` is None for what
    cannot carry a marker. `define` is the name of the `define` that it is in, empty outside of all. `key` is its key,
    if that stands there literally. `prints` is set when it holds nothing but actions that print, `is_trimmed` when it
    ends with an action that trims what follows. `calls` are the templates that its actions name; `values` are the paths
    below `.Values` that they name, through `with` too. `parses` is set where an action is about what a template says,
    read as data.
    """

    text: str
    number: int
    daring: Daring | None
    define: str
    key: str = ""
    has_action: bool = True
    prints: bool = False
    is_trimmed: bool = False
    calls: frozenset[str] = frozenset()
    values: tuple[tuple[str, ...], ...] = ()
    parses: bool = False

    @property
    def is_bare_reference(self) -> bool:
        """Whether its value is a reference and nothing else: `port: {{ .Values.port }}`, `port: {{ $p.port }}`."""
        return _BARE.match(self.text) is not None


ANY = "*"
"""In a path below `.Values`: any item of the list or mapping that a `range` goes through."""

KEY = "\0key"
"""In such a path: the key of the item, or its index, that comes before."""


@dataclass(frozen=True)
class Block:
    """An open block: its keyword, and the path below `.Values` that a dot in it means, if that is known.

    `names` are the variables it declares, with the paths they stand for. `is_parsed` is set where the dot in it is what
    a template says, read as data; `parsed` are the variables that have such data, of the whole file and by `define`.
    """

    keyword: str
    dot: tuple[str, ...] | None
    define: str
    names: dict[str, tuple[str, ...]]
    is_parsed: bool = False
    parsed: set[tuple[str, str]] = field(default_factory=set)


def read_template(text: str) -> list[TemplateLine]:
    """The lines of a template."""
    found = list(actions(text))
    blocks = [Block("", None, "", {})]
    lines: list[TemplateLine] = []
    position = first = 0
    for number, raw in enumerate(text.split("\n"), 1):
        end = position + len(raw)
        while first < len(found) and found[first].end() <= position:
            first += 1
        last = first
        while last < len(found) and found[last].start() < end:
            last += 1
        lines.append(_line(raw, number, position, found[first:last], blocks, lines))
        position = end + 1
    return lines


def actions(text: str) -> Iterator[re.Match[str]]:
    """Actions and comments. One that is not closed ends the search, as it does for the template engine."""
    start = text.find("{{")
    while start >= 0:
        action = (_COMMENT if _COMMENT_START.match(text, start) else _ACTION).match(text, start)
        if action is None:
            return
        yield action
        start = text.find("{{", action.end())


def _line(
    raw: str, number: int, position: int, here: list[re.Match[str]], blocks: list[Block], above: list[TemplateLine]
) -> TemplateLine:
    """One line; `here` are the actions that reach into it, `above` the lines before it."""
    define = blocks[-1].define
    end = position + len(raw)
    if not here:
        key = KEY_TEXT.match(raw) if ":" in raw else None
        daring = _daring(raw, here, define, prints=False, is_trimmed=False) if "{{" not in raw else None
        return TemplateLine(raw, number, daring, define, key[2] if key else "", has_action=False)
    if here[0].start() < position and here[0].end() > end:
        return TemplateLine(raw, above[-1].number, None, define)
    values: list[tuple[str, ...]] = []
    parses = False
    for action in here:
        values.extend(_values(action.group(), blocks))
        parses = parses or _parses(action.group(), blocks)
        if action.start() >= position:
            _follow(action.group(), blocks)
    define = define or blocks[-1].define
    literal = _literal(raw, position, here)
    prints = not literal.replace("\0", "").strip() and all(_prints(action.group()) for action in here)
    is_trimmed = here[-1].end() == position + len(raw.rstrip()) and here[-1].group().endswith("-}}")
    is_whole = here[-1].end() <= end
    starts_above = here[0].start() < position
    key = KEY_TEXT.match(literal)
    return TemplateLine(
        raw,
        above[-1].number if starts_above and len(here) == 1 and above[-1].has_action else number,
        _daring(literal, here, define, prints=prints, is_trimmed=is_trimmed)
        if is_whole and "{{" not in literal
        else None,
        define,
        key[2] if key and "\0" not in key[2] else "",
        True,
        prints and is_whole,
        is_trimmed,
        frozenset(name for action in here for name in _calls(action.group())),
        tuple(dict.fromkeys(values))[:_MANY_VALUES],
        parses,
    )


def _daring(literal: str, here: list[re.Match[str]], define: str, *, prints: bool, is_trimmed: bool) -> Daring | None:
    """What it takes to mark a line that ends outside of any action."""
    has_key = (":" in literal and _KEY.match(literal) is not None) or _ITEM.match(literal) is not None
    if not (has_key or prints) or literal.lstrip().startswith("#") or (is_trimmed and not _prints(here[-1].group())):
        return None
    if not define:
        return Daring.OUTSIDE_DEFINES
    if has_key and not is_trimmed:
        return Daring.KEYS
    return Daring.BLOCKS if _MAKES_BLOCK.search(here[-1].group()) else None


class Carrier(NamedTuple):
    """What it takes to mark a line, and what matters for how: see TemplateLine."""

    daring: Daring | None = None
    has_action: bool = False
    is_trimmed: bool = False


class _Shape(NamedTuple):
    """What a line is outside of all `define`s, and inside of one, if all its actions begin and end on it.

    `moves` are the blocks that it opens and closes: the name of a `define`, an empty one for another block, None for an
    end.
    """

    outside: Carrier
    inside: Carrier
    moves: tuple[str | None, ...]


def carriers(text: str) -> list[Carrier]:
    """The lines of a template as far as it takes to mark them: `read_template` says more of each, and takes longer.

    Most lines of a chart are like one of another template, or of another chart.
    """
    found = list(actions(text))
    defines = [""]
    lines = []
    position = first = 0
    for raw in text.split("\n"):
        end = position + len(raw)
        while first < len(found) and found[first].end() <= position:
            first += 1
        last = first
        while last < len(found) and found[last].start() < end:
            last += 1
        here, is_inside = found[first:last], bool(defines[-1])
        is_plain = here[0].start() >= position and here[-1].end() <= end if here else "{{" not in raw
        shape = _shape(raw) if is_plain and len(raw) <= _LONG_LINE else _shape_of(raw, position, here)
        _move(defines, shape.moves)
        lines.append(shape.inside if is_inside or defines[-1] else shape.outside)
        position = end + 1
    return lines


_LONG_LINE = 200
"""Characters of a line that is hardly like another one, and is not remembered."""


@lru_cache(maxsize=1 << 14)
def _shape(raw: str) -> _Shape:
    return _shape_of(raw, 0, list(actions(raw)))


def _shape_of(raw: str, position: int, here: list[re.Match[str]]) -> _Shape:
    end = position + len(raw)
    moved = tuple(moves(action.group() for action in here if action.start() >= position))
    if here and (here[-1].end() > end):
        return _Shape(Carrier(has_action=True), Carrier(has_action=True), moved)
    literal = _literal(raw, position, here)
    prints = bool(here) and not literal.replace("\0", "").strip() and all(_prints(action.group()) for action in here)
    is_trimmed = bool(here) and here[-1].end() == position + len(raw.rstrip()) and here[-1].group().endswith("-}}")
    outside, inside = (
        _daring(literal, here, define, prints=prints, is_trimmed=is_trimmed) if "{{" not in literal else None
        for define in ("", "x")
    )
    return _Shape(Carrier(outside, bool(here), is_trimmed), Carrier(inside, bool(here), is_trimmed), moved)


def moves(here: Iterable[str]) -> Iterator[str | None]:
    """The blocks that actions open and close: see _Shape."""
    for action in here:
        keyword = _keyword(action)
        if keyword in _OPENING:
            name = _NAME.match(action)
            yield name[1] if name else ""
        elif keyword == "end":
            yield None


def _move(defines: list[str], moved: Iterable[str | None]) -> None:
    """Enter and leave blocks, each with the name of the `define` that it is in."""
    for move in moved:
        if move is not None:
            defines.append(move or defines[-1])
        elif len(defines) > 1:
            defines.pop()


def mark(text: str, lines: Sequence[Carrier | TemplateLine], file: int, daring: Daring) -> str:
    """The template with a marker on every line that may carry one; `file` is the number that markers name."""
    marked = []
    for number, (raw, line) in enumerate(zip(text.split("\n"), lines, strict=True), 1):
        if line.daring is None or line.daring > daring:
            marked.append(raw)
            continue
        content = raw.rstrip()
        marker = f" #K{file}.{number}K#"
        block = _KEY_OF_BLOCK.match(raw) if line.has_action else None
        key_end = block.end() if block else 0
        opening = f" #K{file}.{number}<K#" if block else ""
        if line.is_trimmed:
            end = len(content) - len("-}}")
            marker = f'}}}}{marker}{{{{"" '
        else:
            end = len(content)
        marked.append(raw[:key_end] + opening + raw[key_end:end] + marker + raw[end:])
    return "\n".join(marked)


def _literal(raw: str, position: int, here: list[re.Match[str]]) -> str:
    """The line with each action replaced by a single NUL."""
    pieces = []
    cursor = position
    end = position + len(raw)
    for action in here:
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


def _calls(action: str) -> list[str]:
    """The templates that an action names."""
    return _CALL.findall(action) if "include" in action or "template" in action else []


def _prints(action: str) -> bool:
    keyword = _keyword(action)
    return keyword not in _SILENT and not keyword.startswith("/*") and not keyword.endswith("=")


def _parses(action: str, blocks: list[Block]) -> bool:
    """Whether an action is about what a template says, read as data: here, or where a variable or the dot got it."""
    if _PARSES.search(action) and _calls(action):
        return True
    if blocks[-1].is_parsed and _DOT_VALUE.search(action):
        return True
    parsed, define = blocks[0].parsed, blocks[-1].define
    return bool(parsed) and any((define, match[1]) in parsed for match in _VARIABLE.finditer(action))


def _follow(action: str, blocks: list[Block]) -> None:
    """Enter and leave blocks; `with .Values.a` makes `.b` mean `.Values.a.b`."""
    keyword = _keyword(action)
    parses = _parses(action, blocks)
    if keyword in _OPENING:
        name = _NAME.match(action)
        define = name[1] if name else blocks[-1].define
        path = _argument(action, blocks)
        dot = _context(blocks) if keyword == "if" else path if keyword in ("with", "range") else None
        item = (*path, ANY) if path is not None and keyword == "range" else path
        declared = _DECLARED.search(action)
        names = {declared["name"]: item} if declared and item is not None else {}
        if declared and declared["key"] and item is not None:
            names[declared["key"]] = (*item, KEY)
        is_parsed = blocks[-1].is_parsed if keyword == "if" else parses and keyword in ("with", "range")
        if parses and declared and keyword in ("with", "range"):
            blocks[0].parsed.add((define, declared["name"]))
        blocks.append(Block(keyword, item if keyword == "range" else dot, define, names, is_parsed))
    elif keyword == "end" and len(blocks) > 1:
        blocks.pop()
    elif keyword.startswith("$"):
        variable = keyword.partition(":")[0].strip("$ =")
        path = _argument(action, blocks)
        if path is not None:
            blocks[-1].names[variable] = path
        if parses:
            blocks[0].parsed.add((blocks[-1].define, variable))


def _argument(action: str, blocks: list[Block]) -> tuple[str, ...] | None:
    """The path that an action such as `range`, `with` or an assignment is about, if it is about just one."""
    found = list(dict.fromkeys(_values(action, blocks)))
    return found[0] if len(found) == 1 else None


def _context(blocks: list[Block]) -> tuple[str, ...] | None:
    return blocks[-1].dot


def _values(action: str, blocks: list[Block]) -> Iterator[tuple[str, ...]]:
    """The paths below `.Values` that an action names: in full, from a dot, or through a variable."""
    return (path for path in _all_values(action, blocks) if len(path) <= _MANY_VALUES)


def _all_values(action: str, blocks: list[Block]) -> Iterator[tuple[str, ...]]:
    for match in _VALUES.finditer(action) if ".Values" in action else ():
        yield _steps(match[1])
    for match in _VARIABLE.finditer(action) if "$" in action else ():
        near = islice(reversed(blocks), _MANY_VALUES)
        path = next((block.names[match[1]] for block in near if match[1] in block.names), None)
        if path is not None:
            yield (*path, *_steps(match[2]))
    context = _context(blocks)
    if context is not None:
        for match in _DOT_VALUE.finditer(action):
            if match[1].partition(".")[0] not in _BUILT_IN:
                yield (*context, *_steps(match[1]))


def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split(".") if step)


_BARE = regex(
    r"""\s*+(?:-\ ++)*+(?:[\w./"'-]++:\s++)?["']?
        \{\{-?\s*+(?:toYaml\s++)?\$?[\w.]*+\s*+
        (?:\|\s*+(?:quote|squote|int|int64|toString|toYaml|n?indent\ \d+)\s*+)*+
        -?\}\}["']?\s*\Z""",
    re.VERBOSE,
)
