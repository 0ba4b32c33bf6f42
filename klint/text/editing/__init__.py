"""Change → Edit: changes of the data, made in the text as a person would make them.

    changes → where they are written → what stands around each (layout) → the change, in a block or in brackets
            → the text read anew → Edits

Comments, quotes, indentation, style and line breaks stay as they are. A change is made only where it is certain: the
text is read anew with it, and unless it then says exactly what it said, with the one difference, there is no edit.
What concerns a single line that the outline knows (line) needs neither: no other line is read otherwise for it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from klint.edits import Edit, edited
from klint.records import replace
from klint.text.changes import Change, Insert, Remove, Rename, Replace
from klint.text.data import is_same
from klint.text.editing import block, flow, line
from klint.text.editing.layout import Layout, Spot, UnsafeEditError
from klint.text.editing.rewrite import Rewrite
from klint.text.editing.writing import Manner, fits_block, is_literal, key, scalar
from klint.text.editing.writing import flow as write_flow
from klint.text.source import Source
from klint.text.yaml import YamlError, load, split

if TYPE_CHECKING:
    from klint.text.document import Document


def edit_of(change: Change) -> Edit | None:
    """The edit that makes one change; None where nobody wrote the value as it is, or no edit of it is certain."""
    edits = edits_of([change])
    return edits[0] if edits else None


def edits_of(changes: Iterable[Change]) -> tuple[Edit, ...] | None:
    """The edits that make all of some changes, in files that people write; None if they are not certain.

    Every change speaks of its document as it is, whatever the others do there. Two that touch the same value, or one
    that is in the other, are not certain.
    """
    written: list[Change] = []
    for change in changes:
        found = change.written()
        if found is None:
            return None
        written.append(found)
    return _edits(written)


def _edits(changes: Sequence[Change]) -> tuple[Edit, ...] | None:
    """From the innermost texts outwards: what becomes of a text in a scalar is a change of the document around it."""
    documents = {change.place.document for change in changes}
    if len(documents) == 1 and (document := changes[0].place.document).holder is None:
        return _in_document(document, changes)
    depth = max((_depth(change.place.document) for change in changes), default=0)
    left = [change for change in changes if _depth(change.place.document) < depth]
    innermost: defaultdict[Any, list[Change]] = defaultdict(list)
    for change in changes:
        if _depth(change.place.document) == depth:
            innermost[_document_key(change.place.document)].append(change)
    edits: list[Edit] = []
    texts: defaultdict[Any, list[Edit]] = defaultdict(list)
    for (*text, _), group in innermost.items():
        made = _in_document(group[0].place.document, group)
        if made is None:
            return None
        edits.extend(made)
        texts[tuple(text)].extend(made)
    if depth == 0:
        return tuple(edits)
    for (*text, _), group in innermost.items():
        holder = group[0].place.document.holder
        inner = texts.pop(tuple(text), None)
        if inner and holder:
            outer = Replace(holder, edited(inner[0].source.text, inner)).written()
            if outer is None:
                return None
            left.append(outer)
    return _edits(left)


def _depth(document: Document) -> int:
    """How many texts in texts a document is in."""
    return 1 + _depth(document.holder.document) if document.holder else 0


def _document_key(document: Document) -> tuple[Any, ...]:
    """The same for what is one document, read twice: the text that it is in, and where it begins there."""
    holder = document.holder
    if holder is None:
        return (document.source.path, document.start)
    holder = holder.document.place(holder.path) or holder
    return (_document_key(holder.document), holder.path, document.start)


def _in_document(document: Document, changes: Sequence[Change]) -> tuple[Edit, ...] | None:
    """The edits that make all changes in one document: together where they do not meet, else one after the other."""
    if len(changes) == 1 and (made := line.rewrite(document, changes[0])) is not None:
        return _made(document, [made])
    try:
        ordered, expected = _last_first(changes), document.data
        for change in ordered:
            expected = change.applied(expected)
        within_lines = line.rewrites(document, ordered)
        if within_lines is not None:
            return _made(document, within_lines)
        together = _together(document, ordered)
        if together is not None and _says(_text(document, together), expected, document):
            return together
        if len(ordered) > 1 and (text := _in_turn(document, ordered)) is not None and _says(text, expected, document):
            return tuple(Edit(document.source.extent(document.start, document.end), text).parts())
    except (LookupError, UnsafeEditError):
        pass
    return None


def _last_first(changes: Sequence[Change]) -> list[Change]:
    """In an order in which none moves what another is about.

    Raises:
        LookupError: two touch the same.
    """

    def position(change: Change) -> tuple[list[tuple[int, str]], bool]:
        steps = [(step, "") if isinstance(step, int) else (-1, str(step)) for step in change.touched]
        return steps, not isinstance(change, Rename)

    ordered = sorted(changes, key=position, reverse=True)
    for first, second in pairwise(ordered):
        meets = first.touched[: len(second.touched)] == second.touched
        is_another_part = first.touched != second.touched or isinstance(first, Replace)
        if meets and not (isinstance(second, Rename) and is_another_part):
            raise LookupError(first.touched)
    return ordered


def _together(document: Document, changes: Sequence[Change]) -> tuple[Edit, ...] | None:
    """The edit of each change, from top to bottom; None where some overlap."""
    rewrites = sorted((_rewrite(document, change) for change in reversed(changes)), key=lambda made: made[:2])
    if any(above.end > below.start for above, below in pairwise(rewrites)):
        return None
    return _made(document, rewrites)


def _made(document: Document, rewrites: Iterable[Rewrite]) -> tuple[Edit, ...]:
    """Rewrites as edits of no more lines than differ."""
    source, at = document.source, document.start
    edits = []
    for start, end, new in rewrites:
        old, text = source.text[at + start : at + end], new.replace("\n", _line_break(document)) if new else ""
        edit = Edit(source.extent(at + start, at + end), text)
        may_share = old == text or (old and text and ("\n" in old or "\n" in text))
        edits.append(edit.narrowed() if may_share else edit)
    return tuple(edits)


def _line_break(document: Document) -> str:
    """How the document's lines end."""
    text = document.source.text
    end = text.find("\n", document.start, document.end)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def _in_turn(document: Document, changes: Sequence[Change]) -> str | None:
    """The document's text with one change made after the other."""
    current = _standing_alone(document, document.text, document.data)
    for change in changes:
        made, data = _together(current, [change]), change.applied(current.data)
        if made is None or not _says(text := _text(current, made), data, current):
            return None
        current = _standing_alone(document, text, data)
    return current.text


def _standing_alone(document: Document, text: str, data: Any) -> Document:
    """A document in a source of its own, with another text."""
    return replace(document, source=Source(document.source.path, text), start=0, end=len(text), data=data)


def _text(document: Document, edits: Sequence[Edit]) -> str:
    """The document's own text with some edits made, from top to bottom."""
    parts, position = [], document.start
    for edit in edits:
        parts += [document.source.text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*parts, document.source.text[position : document.end]])


def _says(text: str, expected: Any, before: Document) -> bool:
    """Whether a document's new text is one document, and says what it should."""
    is_followed = before.end < len(before.source.text)
    if len(list(split(text))) != 1 or (is_followed and before.text.endswith("\n") and not text.endswith("\n")):
        return False
    try:
        data, duplicates = load(text)
    except YamlError:
        return False
    repeated = sum(problem.rule == "duplicate-key" for problem in before.problems)
    return is_same(data, expected) and len(duplicates) <= repeated and (not _is_json(before.text) or _is_json(text))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _rewrite(document: Document, change: Change) -> Rewrite:
    made = line.rewrite(document, change)
    if made is not None:
        return made
    layout = document.layout
    if layout is None:
        raise UnsafeEditError
    return _laid_out(layout, change)


def _laid_out(layout: Layout, change: Change) -> Rewrite:
    match change:
        case Replace(place, value):
            return _replace(layout, layout.find(place.path), value)
        case Insert(place, step, value):
            spot = layout.find(place.path)
            return _insert(layout, spot, step, value, change.into(spot.node.data))
        case Remove(place):
            return _remove(layout, layout.find(place.path))
        case Rename(place, name):
            return _rename(layout, layout.find(place.path), name)


def _replace(layout: Layout, spot: Spot, value: Any) -> Rewrite:
    entry, node, holder = spot.entry, spot.node, spot.holder
    in_brackets = layout.is_in_flow(spot)
    around = [item.node for item in spot.holders]
    manner = layout.manner(holder.node if holder else node, around[1:])
    if node.kind == "scalar" and not isinstance(value, (dict, list)):
        if node.style in ("|", ">"):
            if isinstance(value, str) and fits_block(value):
                return block.rewrite(layout, spot, value, manner)
        elif in_brackets or not isinstance(value, str) or node.style or not is_literal(value):
            was_string = isinstance(node.data, str) and entry.start < entry.end
            text = scalar(value, manner, in_brackets=in_brackets, quotes=node.style if was_string else None)
            is_behind_mark = entry.start == entry.end and layout.text[entry.start - 1 : entry.start] in (":", "-")
            return Rewrite(entry.start, entry.end, f" {text}" if is_behind_mark else text)
    if in_brackets:
        return Rewrite(entry.start, layout.end(entry), write_flow(value, manner))
    return block.replace(layout, spot, value, manner)


def _insert(layout: Layout, spot: Spot, step: str | int, value: Any, made: Any) -> Rewrite:
    node, around = spot.node, [item.node for item in spot.holders]
    manner = layout.manner(node, around)
    if not layout.is_flow(node):
        return block.insert(layout, spot, step, value, manner)
    if not node.data and around and not layout.is_in_flow(spot):
        return block.replace(layout, spot, made, layout.manner(around[0], around[1:]))
    return flow.insert(layout, spot, step, value, manner)


def _rename(layout: Layout, spot: Spot, name: str) -> Rewrite:
    holder, entry = spot.holder, spot.entry
    if holder is None or layout.colon(entry) <= entry.key_end:
        raise UnsafeEditError
    is_quoted = layout.text[entry.key_start] in ("'", '"')
    manner = Manner(keys=layout.text[entry.key_start] if is_quoted else "")
    return Rewrite(entry.key_start, entry.key_end, key(name, manner, in_brackets=layout.is_in_flow(spot)))


def _remove(layout: Layout, spot: Spot) -> Rewrite:
    holder = spot.holder
    if holder is None:
        raise UnsafeEditError
    if layout.is_flow(holder.node):
        return flow.remove(layout, holder, spot.entry)
    if len(layout.entries(holder.node)) > 1:
        return block.remove(layout, holder, spot.entry)
    empty: Any = {} if holder.node.kind == "mapping" else []
    return block.replace(layout, holder, empty, Manner())
