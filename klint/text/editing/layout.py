"""How a document is laid out: its lines, what is around each value, and the manner in which all of it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from klint.records import cached_property, dataclass
from klint.text.editing.writing import Manner
from klint.text.yaml import Entry, Node

QUOTES = ('"', "'")


class UnsafeEditError(Exception):
    """What is written here cannot be changed without a guess."""


@dataclass(frozen=True, eq=False)
class Spot:
    """A value where it is used, and the collection that holds it; the document's own value is in none."""

    entry: Entry
    holder: Spot | None = None

    @property
    def node(self) -> Node:
        """What stands there."""
        return self.entry.node

    @property
    def holders(self) -> Iterator[Spot]:
        """The collections around it, innermost first."""
        spot = self.holder
        while spot is not None:
            yield spot
            spot = spot.holder


@dataclass(frozen=True, eq=False)
class Lines:
    """A document's text, line by line."""

    text: str

    def line_start(self, at: int) -> int:
        """The offset of a line's first character."""
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """The offset of a line's end, before its line break."""
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > at and self.text[end - 1] == "\r" else end

    def next_line(self, at: int) -> int:
        """The offset of the next line's first character; the text's end if there is none."""
        return self.text.find("\n", at) + 1 or len(self.text)

    def column(self, at: int) -> int:
        """How many characters stand on the line before an offset."""
        return at - self.line_start(at)

    def is_first(self, at: int) -> bool:
        """Whether nothing but spaces stands on the line before an offset."""
        return not self.text[self.line_start(at) : at].strip(" \t")

    def is_aside(self, start: int) -> bool:
        """Whether a line is empty or a comment."""
        return self.text[start : self.line_end(start)].strip()[:1] in ("", "#")

    def is_below_comment(self, at: int) -> bool:
        """Whether the line above that of an offset is a comment."""
        start = self.line_start(at)
        return start > 0 and self.text[self.line_start(start - 1) : start].lstrip(" \t").startswith("#")

    def has_comment(self, start: int, end: int) -> bool:
        """Whether there may be a comment between two values."""
        return "#" in self.text[start:end]


@dataclass(frozen=True, eq=False)
class Layout(Lines):
    """A document's text and its root."""

    root: Node

    # Values

    def find(self, path: Sequence[str | int]) -> Spot:
        """The value at a path.

        Raises:
            UnsafeEditError: it, or what it is in, stands elsewhere: an alias or a merge key leads there.
        """
        spot = Spot(Entry(self.root, self.root.start, self.root.end))
        for step in path:
            entry = spot.node.child(step)
            if entry is None or entry.start != entry.node.start or not self._is_own(spot.node, entry):
                raise UnsafeEditError
            spot = Spot(entry, spot)
        return spot

    def entries(self, node: Node) -> list[Entry]:
        """What stands in a collection, from top to bottom.

        Raises:
            UnsafeEditError: some of it stands elsewhere.
        """
        found = node.items or sorted(node.entries.values(), key=lambda entry: entry.key_start)
        if not all(self._is_own(node, entry) for entry in found):
            raise UnsafeEditError
        return found

    @staticmethod
    def names(node: Node) -> list[str]:
        """The keys of a mapping, from top to bottom."""
        return sorted(node.entries, key=lambda name: node.entries[name].key_start)

    @staticmethod
    def _is_own(node: Node, entry: Entry) -> bool:
        return node.kind == "sequence" or node.start <= entry.key_start <= node.end

    def is_flow(self, node: Node) -> bool:
        """Whether a collection stands in brackets.

        Raises:
            UnsafeEditError: it begins with an anchor or a tag.
        """
        first = self.text[node.start : node.start + 1]
        if first in ("&", "!"):
            raise UnsafeEditError
        return first in ("[", "{")

    def is_in_flow(self, spot: Spot) -> bool:
        """Whether a value stands in brackets."""
        return any(self.is_flow(holder.node) for holder in spot.holders)

    @staticmethod
    def begin(entry: Entry) -> int:
        """Where an entry begins, with its key if it has one."""
        return entry.key_start if entry.key_start >= 0 else entry.start

    def end(self, entry: Entry) -> int:
        """Where a value ends: what follows on the line is a comment, or belongs to what is around it.

        Raises:
            UnsafeEditError: that cannot be told.
        """
        while True:
            node = entry.node
            if entry.start != node.start:
                return entry.end  # an alias
            if node.style in ("|", ">"):
                return self._block_end(node)
            if node.kind == "scalar":
                return entry.end
            if self.is_flow(node):
                return node.end
            entries = self.entries(node)
            if not entries:
                raise UnsafeEditError
            entry = entries[-1]

    def _block_end(self, node: Node) -> int:
        header = self.text[node.start : self.line_end(node.start)].partition("#")[0]
        if "+" in header:
            return node.end - 1 if self.text[node.end - 1] == "\n" else node.end
        return self.line_end(node.start + len(self.text[node.start : node.end].rstrip()))

    def after(self, entry: Entry) -> int:
        """The offset of the line below a value."""
        return self.next_line(self.end(entry))

    def colon(self, entry: Entry) -> int:
        """The offset behind the colon between a key and its value.

        Raises:
            UnsafeEditError: there is none, or not right behind the key.
        """
        at = entry.key_end
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        if self.text[at : at + 1] != ":":
            raise UnsafeEditError
        return at + 1

    def dash(self, node: Node, entry: Entry) -> int:
        """The offset of the dash of an item of a list on lines of their own.

        Raises:
            UnsafeEditError: it cannot be found.
        """
        if self.text[node.start : node.start + 1] != "-":
            raise UnsafeEditError
        column, first, own = self.column(node.start), self.line_start(node.start), self.line_start(entry.start)
        start = own
        while start >= first:
            at = start + column
            if self.text[at : at + 1] == "-" and at < entry.start and (at == node.start or self.is_first(at)):
                return at
            if start == 0 or (start != own and not self.is_aside(start)):
                break
            start = self.line_start(start - 1)
        raise UnsafeEditError

    # Manner

    def manner(self, node: Node, holders: Sequence[Node]) -> Manner:
        """How something is to be written that comes into a collection: as what is in it, else as what is around it."""
        nodes = [node, *holders]
        is_flow = self.is_flow(node)
        keys = next((self._key_quotes(item) for item in nodes if item.entries), '"' if is_flow else "")
        known = map(self._string_quotes, nodes if is_flow else [node])
        strings = next((quotes for quotes in known if quotes is not None), '"' if is_flow and keys else "")
        step, lists = self._indentation(nodes)
        colon, comma = self._separators(node) if is_flow and keys else (": ", ", ")
        return Manner(keys, strings, self._quotes, step, lists, colon, comma)

    @cached_property
    def _quotes(self) -> str:
        """The quotes of the document's first text that has some."""
        return next((item.style for item in self.root.descendants() if item.style in QUOTES), '"')

    def _key_quotes(self, node: Node) -> str:
        first = min(node.entries.values(), key=lambda entry: entry.key_start)
        quote = self.text[first.key_start : first.key_start + 1]
        return quote if quote in QUOTES else ""

    @staticmethod
    def _string_quotes(node: Node) -> str | None:
        """The quotes of all strings in a collection; empty if some have none or others, None if it has no strings."""
        found = {
            entry.node.style if entry.node.style in QUOTES else ""
            for entry in (*node.entries.values(), *node.items)
            if isinstance(entry.node.data, str)
        }
        return (found.pop() if len(found) == 1 else "") if found else None

    def _indentation(self, nodes: Sequence[Node]) -> tuple[int, int]:
        """How far a mapping and a list are indented below their key: there, else anywhere in the document."""
        step, lists = self._indented(nodes)
        if step is None or lists is None:
            usual_step, usual_lists = self._usual_indentation
            step, lists = usual_step if step is None else step, usual_lists if lists is None else lists
        return step or 2, lists or 0

    @cached_property
    def _usual_indentation(self) -> tuple[int | None, int | None]:
        return self._indented(self.root.descendants())

    def _indented(self, nodes: Iterable[Node]) -> tuple[int | None, int | None]:
        """How far the first mapping and the first list in some nodes are indented below their key."""
        step = lists = None
        for node in nodes:
            for entry in node.entries.values() if node.kind == "mapping" else ():
                if entry.node.kind == "scalar" or entry.start != entry.node.start:
                    continue
                if self.text[entry.start : entry.start + 1] in ("[", "{", "&", "!") or not self._is_own(node, entry):
                    continue
                deeper = self.column(entry.start) - self.column(entry.key_start)
                if entry.node.kind == "mapping":
                    step = deeper if step is None else step
                else:
                    lists = deeper if lists is None else lists
            if step is not None and lists is not None:
                break
        return step, lists

    def _separators(self, node: Node) -> tuple[str, str]:
        """What JSON has between a key and its value, and between two of them: people and programs leave out spaces."""
        entries = self.entries(node)
        is_tight = bool(node.entries) and self.colon(entries[0]) == entries[0].start
        between = self.text[self.end(entries[0]) : self.begin(entries[1])] if len(entries) > 1 else ", "
        return ":" if is_tight else ": ", "," if between == "," else ", "
