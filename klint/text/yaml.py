"""YAML as kubectl reads it: plain data fast, a tree with positions on demand.

Two parsers share the work. `yaml-rs` turns text into plain data many times faster than anything that keeps
positions, so it reads everything first. ruamel.yaml's event stream is the referee: it reads what the fast parser
refuses or would read otherwise than kubectl does, and it gives every position and every syntax message. The tree it
is composed into (`Node`) holds both the data and where each part stands.

kubectl turns YAML into JSON with a YAML 1.1 reader: `yes` and `on` are booleans, `0777` is octal, timestamps are
strings, keys become strings, the last of two equal keys wins. `resolve` encodes that; a test compares it with
what `kubectl annotate --local` prints.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from math import isinf
from typing import Any, Literal

from klint.records import dataclass, field

MAX_DEPTH = 500
"""Nested collections a document may have. Kubernetes objects stay below 40."""

MAX_NODES = 1_000_000
"""Nodes a document may have once its aliases are expanded: with positions, a million take 300 MB."""

MAX_SLOW_LENGTH = 200_000
"""Characters that ruamel's own parser may be given: it needs 10 seconds for a million."""

_DOCUMENT_MARKER = re.compile(r"^(?:---(?=[\s#]|\Z)|\.\.\.(?=\s|\Z))(?:[^\n]*\n\ufeff)?", re.MULTILINE)
_NO_CONTENT = re.compile(r"(?:[ \t]*+(?:#[^\n]*+)?\r?\n|%[^\n]*+\n)*+(?:%[^\n]*+|[ \t]*+(?:#[^\n]*+)?)\Z")

_BOOLEAN = "[yY](?:es)?|YES|[nN]o?|NO|[oO](?:n|ff)|ON|OFF"
_MISREAD_VALUE = rf"""(?:
    (?:{_BOOLEAN})(?=[ ]*+(?:[\n,\]}}\#:]|\Z))
    | [-+]?0[0-9_][-+0-9._eE]*+(?!\w)
    | [-+.]?[0-9.]*+_[-+0-9._eE]*+(?!\w) | [-+]?[0-9.]++[eE][-+]?[0-9_]{{3,}}+(?![\w-])
    | [-+]?[0-9]{{19}} | [-+]?0[xX][0-9a-fA-F]{{16}} | [-+]?0[bB][01]{{63}} | [-+]?0[oO][0-7]{{21}}
    | [-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)
)"""
_MISREAD_KEY = rf"(?:{_BOOLEAN}|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL|~|[-+.]*[0-9][\w.+-]*)"

_IN_FLOW = rf"""\s*+(?=[-+.0-9_yYnNoOtTfF~?:|>])(?:
    {_MISREAD_VALUE} | {_MISREAD_KEY}\s*+[:,}}\#] | [?|>] | :\s
)"""

_MISREAD = (
    (": ", rf":[ ]++(?=[-+.0-9_yYnNoO\[{{])(?:{_MISREAD_VALUE} | [\[{{]\s*+:)"),
    ('":', rf"\":{_MISREAD_VALUE}"),
    ("':", rf"':{_MISREAD_VALUE}"),
    (
        "\n",
        rf"""\n[ ]*+(?:-[ ]++)*+(?=[-+.0-9_yYnNoOtTfF~?:\[{{])(?:
            {_MISREAD_VALUE} | {_MISREAD_KEY}[ ]*+(?::(?=\s|\Z)|[,}}\#]) | [?:](?=\s|\Z) | [\[{{]\s*+:
        )""",
    ),
    ("[", rf"\[{_IN_FLOW}"),
    ("{", rf"\{{{_IN_FLOW}"),
    (",", rf",{_IN_FLOW}"),
    ("{", rf"\n[ ]*+{_MISREAD_KEY}[ ]*+\n"),
    (",", r",\s*+:"),
    ("?", r"[\[{,][^\n\"'?]{0,200}+\?"),  # no text in flow collections may hold a question mark
    ("{", r"\{\s*+[\[{]"),  # a key that is no scalar
    ("}", r"\}\s*+:(?![0-9])"),
    ("]", r"\]\s*+:(?![0-9])"),
    (":", r":[,}\]](?<=[^\s:\"']:.)"),  # `{a:}`, whose key is `a:`
    ("<<", r"<<\s*+[:,}]"),
    ("!", r"!(?<![^\s\[{,:].)"),  # a tag
    ("&", r"&(?<![^\s\[{,:].)"),  # an anchor
    ("|", r"\|[-+0-9]*+[ ]*+(?:\#[^\n]*+)?\s*+\Z"),  # a block scalar without a text
    (">", r">[-+0-9]*+[ ]*+(?:\#[^\n]*+)?\s*+\Z"),
    (" #{", r"[:-][ ]++\#\{"),  # a placeholder that is a comment to YAML
    (" #@ ", r"[:-][ ]++\#@[ ]"),
    (" " * 100, r"\n[ ]{100}"),  # nesting that could exhaust the fast parser's stack
    ("- ", r"-[ ]++-[ ]++(?:-[ ]++){48}"),
)
"""What the fast parser accepts but reads otherwise than kubectl, or may: YAML 1.1 booleans, octals and underscores,
keys that are not strings, merge keys, tags, anchors, nesting deep enough to exhaust its stack, and placeholders that
are comments to YAML: their value is not missing, it is yet to be filled in.

Each pattern stands behind a mark, and begins with a literal: both are looked for many times faster than the rest. A
pattern is compiled when its mark first turns up.
"""

_KEY = rf"""(?>
    (?!(?:{_BOOLEAN}|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL)[ ]*+:)[A-Za-z_][\w./-]*+(?::[\w./-]++)*+ | \.
    | "[^"\\\n\t]*+" | '[^'\n\t]*+'
):"""
_TEXT = r"(?:[^\n\t:\#]++|:(?!\s)|(?<!\s)\#)++"  # a line of a scalar without quotes
_REST = r"[ ]*+(?:(?<=[ ])\#[^\n]*+)?\n"
_NOTHING = rf"(?![ ]*+\#(?:\{{|@[ ])){_REST}"  # no value, nor a placeholder that looks like a comment
_BETWEEN = r"(?:[ ]*+(?:\#[^\n]*+)?\n)*+"


def _flow(value: str) -> str:
    """A list or mapping in brackets, on one line, whose values are those given."""
    return rf"""(?:
        \[(?:[ ]*+{value}[ ]*+(?:,|(?=\])))*+[ ]*+\] | \{{(?:[ ]*+{_KEY}[ ]++{value}[ ]*+(?:,|(?=\}})))*+[ ]*+\}}
    )"""


_IN_BRACKETS = rf"""(?:
    "[^"\\\n\t]*+" | '[^'\n\t]*+'
    | (?=[-+.0-9_yYnNoO\w/$=])(?!{_MISREAD_VALUE})(?!-(?!\w))
      [\w./$=+\-](?:[\w./$=+()\-]++|:(?=[\w/])|[ ]++(?=[\w./]))*+
)"""


def _value(deeper: str) -> str:
    """A value that begins on the line of its key or dash, and what follows up to the next line with a content.

    `deeper` is an indentation that belongs to the value; after it no line can have that.
    """
    return rf"""(?:
        (?:
            (?![\s?:,\[\]{{}}\#&*!|>'"%@`]|-\s)(?!{_MISREAD_VALUE}){_TEXT}(?:\n++{deeper}[ ]*+{_TEXT})*+
            (?:(?<=[ ])\#[^\n]*+)?\n
            | (?:"(?:[^"\\\t]++|\\[^\t])*+" | '(?:[^'\t]++|'')*+'){_REST}
            | [|>][-+]?{_REST}\n*+(?P<block>{deeper}[ ]*+)(?=\S)[^\n]*+\n(?:(?P=block)[^\n]*+\n|[ ]*+\n)*+
            | {_flow(f"(?:{_IN_BRACKETS}|{_flow(_IN_BRACKETS)})")}{_REST}
        )
        {_BETWEEN}(?!{deeper})
    )"""


_HEAD = rf"(?:---{_REST})?{_BETWEEN}"
_ENTRIES = rf"""(?:
    (?P<indent>[ ]{{0,99}}+){_KEY}(?:{_NOTHING}{_BETWEEN} | [ ]++{_value("(?P=indent)[ ]")})
){{1,500}}"""
_ITEM = rf"""
    (?P<indent>[ ]{{0,99}}+)-[ ](?P<wide>[ ]{{2}})?+(?:
        {_KEY}{_NOTHING}{_BETWEEN}
        | (?P<key>{_KEY}[ ]++)?+{_value("(?P=indent)[ ](?(key)[ ]{2}(?(wide)[ ]{2}))")}
    )"""
"""Ordinary lines in the block style, which both parsers read the same: keys that are plainly texts and items of lists,
each with its value on the same line or below.

They pass over whatever stands in quoted and block scalars and comments, and cannot mistake for one of these what is
none: every match begins outside of all, for after a value they want a line that is not indented deeper.
"""

_SHORT = 10_000
"""Characters of a text that holds nothing to misread, below which the patterns of ordinary lines stay uncompiled."""

_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*+[ ]*+(?:#[^\n]*+)?\n")
_ODD_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"([-+]?)(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


_TOO_MANY = f"more than {MAX_NODES:,} values, with those that aliases repeat"


class YamlError(Exception):
    """Text that is not a YAML document. `offset` counts characters from the text's start.

    `start` is where the quoted text, list or mapping begins that was being read at `offset`.
    """

    def __init__(self, message: str, offset: int, start: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.start = offset if start is None else start


class TooComplexError(YamlError):
    """A document whose nesting or aliases pass the bounds."""


@dataclass(slots=True, eq=False)
class Entry:
    """A value in its collection: where its key stands (mappings only) and where it is used.

    `start` and `end` are those of the value, or of the alias that stands for it.
    """

    node: Node
    start: int
    end: int
    key_start: int = -1
    key_end: int = -1


@dataclass(slots=True, eq=False)
class Node:
    """A composed YAML node. Offsets count characters from the text's start; `end` is exclusive."""

    kind: Literal["scalar", "mapping", "sequence"]
    start: int
    end: int
    data: Any = None
    style: str = ""
    weight: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)
    items: list[Entry] = field(default_factory=list)

    def child(self, step: str | int) -> Entry | None:
        """The value under a key or at an index."""
        if self.kind == "mapping":
            return self.entries.get(key_text(step))
        if self.kind == "sequence" and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def descendants(self) -> Iterator[Node]:
        """The node and all below, shared ones once."""
        seen: set[int] = set()
        stack = [self]
        while stack:
            node = stack.pop()
            if id(node) not in seen:
                seen.add(id(node))
                yield node
                stack.extend(entry.node for entry in (*node.entries.values(), *node.items))


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """A key that stands twice in one mapping. The last one wins, as in kubectl."""

    key: str
    offset: int
    end: int
    first_offset: int


@dataclass(frozen=True, slots=True)
class Composed:
    """A document with positions: its root (None when empty) and the keys that stand twice."""

    root: Node | None
    duplicates: tuple[DuplicateKey, ...] = ()


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


def load(text: str) -> tuple[Any, tuple[DuplicateKey, ...]]:
    """One document's plain data, and its duplicate keys.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    import yaml_rs

    if not _may_be_misread(text):
        try:
            data = yaml_rs.loads(text, parse_datetime=False)
            if len(text) > 2 * MAX_NODES:  # shorter, it cannot have as many: each takes a character and a separator
                _check_size(data)
            return data, ()
        except (yaml_rs.YAMLDecodeError, TypeError):  # the latter for some keys that are no scalars
            pass
    composed = compose(text)
    return (composed.root.data if composed.root else None), composed.duplicates


def _check_size(data: Any) -> None:
    count, stack = 0, [data]
    while stack:
        value = stack.pop()
        below: Collection[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += 1 + (len(below) if isinstance(value, dict) else 0)
        stack.extend(below)
        if count + len(stack) > MAX_NODES:
            raise TooComplexError(_TOO_MANY, 0)


def _may_be_misread(text: str) -> bool:
    text = text.replace("\r\n", "\n") if "\r" in text else text
    if not text.endswith("\n") and _ends_in_block(text):
        return True
    if len(text) < _SHORT and not _has_misread("\n" + text):
        return False
    return _has_misread(_after_ordinary_lines(text))


def _ends_in_block(text: str) -> bool:
    """Whether a text without a last line break may end in a block scalar, to which the fast parser adds one."""
    last = text.rfind("\n") + 1
    indentation = _indentation(text, last)
    for header in _BLOCK_HEADER.finditer(text, 0, last):
        line = text.rfind("\n", 0, header.start()) + 1
        above = _indentation(text, line)
        if above < indentation or line + above == header.start():
            return True
    return False


def _indentation(text: str, line: int) -> int:
    end = line
    while text.startswith(" ", end):
        end += 1
    return end - line


def _has_misread(lines: str) -> bool:
    if not lines.replace("\n", "").isprintable():  # tabs, lone carriage returns, control characters, line separators
        return True
    return any(mark in lines and _compiled(pattern).search(lines) for mark, pattern in _MISREAD)


def _after_ordinary_lines(text: str) -> str:
    """The text from the first line that is none of `_ENTRIES` and `_ITEM`, with a line break before; often empty."""
    if not text.endswith("\n"):
        text += "\n"
    if _ODD_CHARACTER.search(text):
        return "\n" + text
    end = _compiled(_HEAD).match(text).end()  # type: ignore[union-attr]
    while match := _compiled(_ENTRIES).match(text, end) or _compiled(_ITEM).match(text, end):
        end = match.end()
    return "\n" + text[end:] if end < len(text) else ""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE)


def compose(text: str) -> Composed:
    """One document as a tree of nodes with positions.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    return _Composer(text).compose()


def resolve(value: str) -> Any:
    """What a plain scalar means to kubectl (go-yaml v2, then JSON).

    Numbers without a place in JSON (`.inf`, `1e400`) stay strings; kubectl refuses the former.
    """
    if value in _NULL:
        return None
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    if value[0] not in "+-.0123456789":
        return value
    digits = value if value[0] == "." else value.replace("_", "")
    number = _integer(digits)
    if number is not None:
        return number
    if _FLOAT.match(digits):
        real = float(digits)
        if real.is_integer() and abs(real) < 2**53:
            return int(real)
        return value if isinf(real) else real
    return value


def _integer(digits: str) -> int | None:
    """An integer that fits 64 bits, of whatever base; `08` is decimal, for it cannot be octal."""
    match = _INTEGER.match(digits)
    if match is None or len(digits) > 70:
        return None
    number = digits[match.end(1) :].lower()
    if number[:2] in ("0b", "0o", "0x"):
        value = int(number, 0)
    else:
        value = int(number, 8 if number[0] == "0" and not {"8", "9"} & set(number) else 10)
    value = -value if match[1] == "-" else value
    return value if -(2**63) <= value < 2**64 else None


def key_text(key: object) -> str:
    """A mapping key as the string JSON makes of it."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)


class _Composer:
    """Turns ruamel's events into nodes, with an explicit stack, so that no input can exhaust Python's."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.anchors: dict[str, Node] = {}
        self.open_anchors: set[str] = set()
        self.duplicates: list[DuplicateKey] = []

    def compose(self) -> Composed:
        from ruamel.yaml.events import (
            AliasEvent,
            DocumentStartEvent,
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
        )

        root: Node | None = None
        documents = 0
        stack: list[_Open] = []
        for event in _events(self.text):
            if isinstance(event, ScalarEvent):
                entry = _scalar(event, self.text)
            elif isinstance(event, AliasEvent):
                entry = self._alias(event)
            elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                if len(stack) >= MAX_DEPTH:
                    raise TooComplexError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.index)
                kind: Literal["mapping", "sequence"] = "mapping" if isinstance(event, MappingStartEvent) else "sequence"
                stack.append(_Open(Node(kind, event.start_mark.index, -1), event.anchor))
                if event.anchor:
                    self.anchors.pop(event.anchor, None)
                    self.open_anchors.add(event.anchor)
                continue
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                opened = stack.pop()
                node = opened.node
                node.end = event.end_mark.index
                opened.close()
                entry = Entry(node, node.start, node.end)
                if opened.anchor:
                    self.open_anchors.discard(opened.anchor)
                    self.anchors[opened.anchor] = node
            else:
                documents += isinstance(event, DocumentStartEvent)
                if documents > 1:
                    raise YamlError("another document starts inside a line", event.start_mark.index)
                continue
            if isinstance(event, ScalarEvent) and event.anchor:
                self.anchors[event.anchor] = entry.node
            if stack:
                self._add(stack[-1], entry)
            else:
                root = entry.node
        return Composed(root, tuple(self.duplicates))

    def _alias(self, event: Any) -> Entry:
        offset = event.start_mark.index
        if event.anchor in self.open_anchors:
            raise YamlError(f"the value of anchor {event.anchor!r} contains itself", offset)
        node = self.anchors.get(event.anchor)
        if node is None:
            raise YamlError(f"no anchor {event.anchor!r} before this alias", offset)
        return Entry(node, offset, event.end_mark.index)

    def _add(self, opened: _Open, entry: Entry) -> None:
        node = opened.node
        node.weight += entry.node.weight
        if node.weight > MAX_NODES:
            raise TooComplexError(_TOO_MANY, entry.start)
        if node.kind == "sequence":
            node.items.append(entry)
            return
        if opened.key is None:
            if entry.node.kind != "scalar":
                raise YamlError("a mapping or a list cannot be a key", entry.start)
            if entry.node.data is None:
                raise YamlError("a key cannot be empty", entry.start)
            opened.key = entry
            return
        key, opened.key = opened.key, None
        entry.key_start, entry.key_end = key.start, key.end
        if key.node.style == "merge":
            _merge(node, entry)
            return
        name = key_text(key.node.data)
        first = opened.own.setdefault(name, key)
        if first is not key:
            self.duplicates.append(DuplicateKey(name, key.start, key.end, first.start))
        node.entries[name] = entry


def _merge(node: Node, merge: Entry) -> None:
    """Take over what `<<` names. It goes before what stands above it, as in go-yaml v2, which kubectl reads with."""
    sources = [item.node for item in merge.node.items] if merge.node.kind == "sequence" else [merge.node]
    for source in reversed(sources):
        if source.kind != "mapping":
            raise YamlError("only mappings can be merged with <<", merge.start)
        node.entries.update(source.entries)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read."""

    node: Node
    anchor: str | None
    key: Entry | None = None
    own: dict[str, Entry] = field(default_factory=dict)

    def close(self) -> None:
        """Build the node's data from its children's."""
        node = self.node
        if node.kind == "sequence":
            node.data = [item.node.data for item in node.items]
        else:
            node.data = {name: entry.node.data for name, entry in node.entries.items()}


_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_COMMENTED = re.compile(r"[ ]++(#\{[^\n]*+|#@[ ][^\n]*+)")
"""A placeholder that YAML takes for a comment where a value should be: `port: #{PORT}#`, `port: #@ x`."""


def _scalar(event: Any, text: str) -> Entry:
    start, end = event.start_mark.index, event.end_mark.index
    if event.anchor or event.tag:
        start = min(_PROPERTIES.match(text, start).end(), end)  # type: ignore[union-attr]
    value, style = _text(event.value), event.style or ""
    tag = (event.tag or "").removeprefix("tag:yaml.org,2002:")
    data: Any = value
    if not style and value == "<<" and tag in ("", "merge"):
        style = "merge"
    elif tag == "" and event.implicit[0]:
        data = resolve(value)
    elif tag in _TAGGED:
        data = resolve(value)
        if type(data) not in _TAGGED[tag]:
            raise YamlError(f"{value!r} is no {tag}", start)
    elif tag == "binary":
        data = _decode(value, start)
    if not style and not value:
        end = start
        commented = _COMMENTED.match(text, start)
        data = commented[1].rstrip() if commented and not tag else data
    return Entry(Node("scalar", start, end, data, style), start, end)


def _text(value: str) -> str:
    """A scalar's text, with masked colons and with two surrogates as the one character they stand for."""
    if value.isascii():
        return value
    return value.replace(_COLON, ":").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_TAGGED: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}
"""What a scalar with one of these tags must be."""


def _decode(value: str, offset: int) -> str:
    """The text that a scalar tagged `!!binary` stands for."""
    from base64 import b64decode

    try:
        return b64decode(value, validate=True).decode("utf-8", "replace")
    except ValueError:
        raise YamlError("a !!binary value must be base64", offset) from None


_COLON = "\U0010fffd"
"""Stands for a colon that the C library would stumble over; the last character of Unicode, left to private use."""

_INNER_COLON = re.compile(r"(?<=[^\s\"'\[\]{},]):(?=\S)")
_TAG_WITH_COLON = re.compile(r"![^\s!]*:")


def _events(text: str) -> Iterator[Any]:
    """The parser's events, from C where it can.

    The C library (libyaml 0.1) refuses two things that kubectl and YAML 1.2 allow: a colon inside a plain scalar of a
    flow collection (`[1:30]`), which is masked, and escapes of JSON (`\\/` and surrogate pairs), for which ruamel's
    own parser goes on from the event where the other stopped.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if ("[" in text or "{" in text) and not _TAG_WITH_COLON.search(text):
        text = _INNER_COLON.sub(_COLON, text)
    delivered = 0
    try:
        try:
            for event in _drain(_c_parser(text)):
                yield event
                delivered += 1
        except MarkedYAMLError as error:
            if "escape c" not in str(error.problem) or len(text) > MAX_SLOW_LENGTH:
                raise
            yield from itertools.islice(_drain(_pure_parser(text)), delivered, None)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        start = error.context_mark.index if error.context_mark else None
        raise YamlError(_sentence(error), mark.index if mark else 0, start) from None
    except YAMLError as error:
        position = int(getattr(error, "position", 0) or 0)
        if getattr(error, "encoding", "") != "unicode":  # the C library counts bytes
            position = len(text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "ignore"))
        raise YamlError(str(getattr(error, "reason", "")) or "not YAML", position) from None


def _drain(parser: Any) -> Iterator[Any]:
    while (event := parser.get_event()) is not None:
        yield event


def _c_parser(text: str) -> Any:
    try:
        from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    except ImportError:  # an interpreter that ruamel.yaml.clib has no wheel for
        return _pure_parser(text)
    return CParser(text)


def _pure_parser(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).get_constructor_parser(io.StringIO(text))[1]


def _sentence(error: Any) -> str:
    problem = (error.problem or "not YAML").strip()
    return f"{problem} ({error.context.strip()})" if error.context else problem
