"""The referee: a document as a tree of nodes with positions, read as kubectl reads it, within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from klint.records import dataclass, field
from klint.text.yaml.errors import MAX_DEPTH, MAX_NODES, TOO_MANY, TooComplexError, YamlError
from klint.text.yaml.events import events, text_of
from klint.text.yaml.nodes import Composed, DuplicateKey, Entry, Node
from klint.text.yaml.scalars import key_text, resolve


def compose(text: str) -> Composed:
    """One document as a tree of nodes with positions.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    return _Composer(text).compose()


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
        for event in events(self.text):
            happened = type(event)
            if happened is ScalarEvent:
                entry = _scalar(event, self.text)
            elif happened is AliasEvent:
                entry = self._alias(event)
            elif happened is MappingStartEvent or happened is SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    raise TooComplexError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.index)
                kind: Literal["mapping", "sequence"] = "mapping" if happened is MappingStartEvent else "sequence"
                stack.append(_Open(Node(kind, event.start_mark.index, -1), event.anchor))
                if event.anchor:
                    self.anchors.pop(event.anchor, None)
                    self.open_anchors.add(event.anchor)
                continue
            elif happened is MappingEndEvent or happened is SequenceEndEvent:
                opened = stack.pop()
                node = opened.node
                node.end = event.end_mark.index
                opened.close()
                entry = Entry(node, node.start, node.end)
                if opened.anchor:
                    self.open_anchors.discard(opened.anchor)
                    self.anchors[opened.anchor] = node
            else:
                documents += happened is DocumentStartEvent
                if documents > 1:
                    raise YamlError("another document starts inside a line", event.start_mark.index)
                continue
            if happened is ScalarEvent and event.anchor:
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
            raise TooComplexError(TOO_MANY, entry.start)
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
    value, style = text_of(event.value), event.style or ""
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
