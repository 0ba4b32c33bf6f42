"""A YAML document as a tree: the data of every part, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from klint.records import dataclass, field
from klint.text.yaml.scalars import key_text


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

    def span(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Where the value at a path below stands: a scalar, the key of a collection, an item of a list.

        A path that leads nowhere stands for what encloses it: a missing field is added there.
        """
        node, start, end = self, self.start, self.end
        for step in path:
            entry = node.child(step)
            if entry is None:
                break
            node = entry.node
            start, end = entry.start, entry.end
            if entry.key_start >= 0 and (node.kind != "scalar" or start == end):
                start, end = entry.key_start, entry.key_end
        return start, end

    def path_at(self, offset: int) -> tuple[str | int, ...]:
        """The path of the value that stands at an offset, or whose key does: the innermost; the empty one for none."""
        node: Node = self
        path: tuple[str | int, ...] = ()
        while node.start <= offset <= node.end:  # an alias stands elsewhere
            steps: list[tuple[str | int, Entry]] = [*node.entries.items(), *enumerate(node.items)]
            on_key = next((step for step, entry in steps if entry.key_start <= offset <= entry.key_end), None)
            if on_key is not None:
                return (*path, on_key)
            around = [(step, entry) for step, entry in steps if entry.start <= offset <= entry.end]
            if not around:
                return path if node.kind == "scalar" else ()
            step, entry = around[-1]
            node, path = entry.node, (*path, step)
        return path

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
