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
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_DEPTH = 200
"""Nested collections a document may have. Kubernetes objects stay below 40; the fast parser's stack ends near 255."""

MAX_NODES = 1_000_000
"""Nodes a document may have once its aliases are expanded."""

_DOCUMENT_MARKER = re.compile(r"^(?:---|\.\.\.)(?=\s|\Z)", re.MULTILINE)
_DIRECTIVES_ONLY = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*(?:%[^\n]*|[ \t]*(?:#[^\n]*)?)\Z")

# What the fast parser accepts but reads otherwise than kubectl: merge keys, tags, YAML 1.1 booleans and octals,
# keys that are not strings, and indentation deep enough to exhaust its stack.
_NEEDS_REFEREE = re.compile(
    r"""
    <<\s*:
    | (?:^|[\s\[{,])!
    | [:\-,\[]\s+ [-+]?(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|0[0-9_]+|0[bo][0-9_]+
                 |[0-9][0-9_]*_[0-9_]*) [ \t]*(?:[,\]}\#\r\n]|\Z)
    | \[ (?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|0[0-9_]+) \s*[,\]]
    | (?:^[ \t]*(?:-[ ]+)*|[{,]\s*) (?:[-+.]?[0-9][\w.]*|[yYnN]|(?i:true|false|yes|no|on|off|null)|~) [ \t]*:(?=\s|\Z)
    | (?:^|[:\-,\[{])\s*[{\[][{]
    | ^[ \t]*(?:-[ ]+)*\?\s
    | ^[ \t\-?:]{400,}
    | [\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufeff]
    """,
    re.VERBOSE | re.MULTILINE,
)

_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"[-+]?(?:0[bB]_*[01][01_]*|0[oO]_*[0-7][0-7_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?\Z")


class YamlError(Exception):
    """Text that is not a YAML document; `offset` counts characters from the text's start."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


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
        start = marker.start() if marker.group() == "---" else marker.end()
    if _has_content(text, start, len(text)):
        yield start, len(text)


def _has_content(text: str, start: int, end: int) -> bool:
    start += 3 if text.startswith("---", start) else 0
    return _DIRECTIVES_ONLY.match(text, start, end) is None


def load(text: str) -> tuple[Any, tuple[DuplicateKey, ...]]:
    """One document's plain data, and its duplicate keys.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    import yaml_rs

    if _NEEDS_REFEREE.search(text) is None:
        try:
            return yaml_rs.loads(text, parse_datetime=False), ()
        except yaml_rs.YAMLDecodeError:
            pass
    composed = compose(text)
    return (composed.root.data if composed.root else None), composed.duplicates


def compose(text: str) -> Composed:
    """One document as a tree of nodes with positions.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    return _Composer(text).compose()


def resolve(value: str) -> Any:
    """What a plain scalar means to kubectl (go-yaml v2, then JSON)."""
    if value in _NULL:
        return None
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    if value[0] not in "+-.0123456789":
        return value
    if _INTEGER.match(value):
        number = _integer(value.replace("_", ""))
        if number is not None:
            return number
    if _FLOAT.match(value):
        real = float(value.replace("_", ""))
        return int(real) if real.is_integer() and abs(real) < 2**53 else real
    return value


def _integer(digits: str) -> int | None:
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-").lower()
    if digits[:2] in ("0b", "0o", "0x"):
        return sign * int(digits, 0)
    if len(digits) > 1 and digits[0] == "0":
        return sign * int(digits, 8) if set(digits) <= set("01234567") else None
    return sign * int(digits)


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
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
        )

        _bound_flow_nesting(self.text)
        root: Node | None = None
        stack: list[_Open] = []
        for event in _events(self.text):
            if isinstance(event, ScalarEvent):
                entry = _scalar(event)
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
                self._close(opened)
                entry = Entry(node, node.start, node.end)
                if opened.anchor:
                    self.open_anchors.discard(opened.anchor)
                    self.anchors[opened.anchor] = node
            else:
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
            raise TooComplexError(f"aliases expand to more than {MAX_NODES:,} nodes", entry.start)
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
            opened.merges.append(entry)
            return
        name = key_text(key.node.data)
        first = node.entries.get(name)
        if first is not None:
            self.duplicates.append(DuplicateKey(name, key.start, key.end, first.key_start))
        node.entries[name] = entry

    def _close(self, opened: _Open) -> None:
        node = opened.node
        if node.kind == "sequence":
            node.data = [item.node.data for item in node.items]
            return
        for merge in opened.merges:
            sources = [item.node for item in merge.node.items] if merge.node.kind == "sequence" else [merge.node]
            for source in sources:
                if source.kind != "mapping":
                    raise YamlError("only mappings can be merged with <<", merge.start)
                for name, entry in source.entries.items():
                    node.entries.setdefault(name, entry)
        node.data = {name: entry.node.data for name, entry in node.entries.items()}


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read."""

    node: Node
    anchor: str | None
    key: Entry | None = None
    merges: list[Entry] = field(default_factory=list)


def _scalar(event: Any) -> Entry:
    start, end = event.start_mark.index, event.end_mark.index
    value, tag, style = event.value, event.tag, event.style or ""
    plain = not style
    data: Any = value
    if plain and value == "<<" and tag in (None, "tag:yaml.org,2002:merge"):
        style = "merge"
    elif (plain and tag is None and event.implicit[0]) or tag in (
        "tag:yaml.org,2002:int",
        "tag:yaml.org,2002:float",
        "tag:yaml.org,2002:bool",
    ):
        data = resolve(value)
    elif tag == "tag:yaml.org,2002:null":
        data = None
    if plain and not value:
        end = start
    return Entry(Node("scalar", start, end, data, style), start, end)


def _bound_flow_nesting(text: str) -> None:
    """Refuse runs of opening brackets before the parser sees them: its time grows with the square of their depth."""
    depth = 0
    for match in re.finditer(r"[\[{]{2,}|[\]}]+", text):
        run = match.group()
        depth = depth + len(run) if run[0] in "[{" else max(0, depth - len(run))
        if depth > 50 * MAX_DEPTH:
            raise TooComplexError(f"nested deeper than {MAX_DEPTH} levels", match.start())


def _events(text: str) -> Iterator[Any]:
    """The parser's events, from C where it can.

    The C library (libyaml 0.1) refuses a colon inside a plain scalar of a flow collection (`[1:30]`), which kubectl
    and YAML 1.2 allow; ruamel's own parser reads such a document again, from the event where the other stopped.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    delivered = 0
    try:
        try:
            for event in _drain(_c_parser(text)):
                yield event
                delivered += 1
        except MarkedYAMLError as error:
            if "unexpected ':'" not in str(error.problem):
                raise
            yield from itertools.islice(_drain(_pure_parser(text)), delivered, None)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(_sentence(error), mark.index if mark else 0) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        raise YamlError(str(getattr(error, "reason", "")) or "not YAML", int(position or 0)) from None


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
