"""Place → Edit: one change of the data, made in the text as a person would make it.

    place → what stands around it (layout) → the change, in a block or in brackets → the text read anew → Edit

Comments, quotes, indentation, style and line breaks stay as they are. A change is made only where it is certain: the
text is read anew with it, and unless it then says exactly what it said, with the one difference, there is no edit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from klint.edits import Edit, edited
from klint.text.data import MISSING, changed, is_same
from klint.text.editing import block, flow
from klint.text.editing.change import Change
from klint.text.editing.layout import Layout, Spot, UnsafeEditError
from klint.text.editing.writing import Manner, fits_block, is_literal, scalar
from klint.text.editing.writing import flow as write_flow
from klint.text.yaml import YamlError, split
from klint.text.yaml.composing import compose

if TYPE_CHECKING:
    from klint.text.document import Document, Place


def replaced(place: Place, value: Any) -> Edit | None:
    """The edit that gives a place of a written document another value; None if there is no certain one."""
    return _edit(
        place,
        lambda layout, spot: _replace(layout, spot, value),
        lambda data: changed(data, place.path, lambda _: value),
    )


def inserted(place: Place, step: str | int, value: Any) -> Edit | None:
    """The edit that adds a value under a key of a mapping, or before an index of a list; None if there is none.

    The mapping has no such key yet; the index is at most the list's length.
    """
    data = place.value
    if isinstance(data, dict) and isinstance(step, str) and step not in data:
        made: Any = {**data, step: value}
    elif isinstance(data, list) and isinstance(step, int) and 0 <= step <= len(data):
        made = [*data[:step], value, *data[step:]]
    else:
        return None
    return _edit(
        place,
        lambda layout, spot: _insert(layout, spot, step, value, made),
        lambda data: changed(data, place.path, lambda _: made),
    )


def removed(place: Place) -> Edit | None:
    """The edit that takes a value away with its key, or out of its list; None if there is none, as for a document."""
    if not place.path:
        return None
    *above, step = place.path
    return _edit(place, _remove, lambda data: changed(data, above, lambda holder: _without(holder, step)))


def _without(holder: Any, step: str | int) -> Any:
    copy = holder.copy()
    del copy[step]
    return copy


def _edit(place: Place, change: Callable[[Layout, Spot], Change], expect: Callable[[Any], Any]) -> Edit | None:
    document = place.document
    root = document.root
    if root is None or place.value is MISSING:
        return None
    layout = Layout(document.text, root)
    try:
        start, end, text = change(layout, layout.find(place.path))
    except UnsafeEditError:
        return None
    text = text.replace("\n", layout.line_break)
    after = layout.text[:start] + text + layout.text[end:]
    if not _says(after, expect(document.data), document):
        return None
    edit = Edit(document.source.extent(document.start + start, document.start + end), text)
    if document.holder is None:
        return edit
    outer = document.holder.replace(edited(document.source.text, [edit]))
    return outer.narrowed() if outer else None


def _says(text: str, expected: Any, before: Document) -> bool:
    """Whether a document's new text is one document, and says what it should."""
    is_followed = before.end < len(before.source.text)
    if len(list(split(text))) != 1 or (is_followed and before.text.endswith("\n") and not text.endswith("\n")):
        return False
    try:
        composed = compose(text)
    except YamlError:
        return False
    repeated = sum(problem.rule == "duplicate-key" for problem in before.problems)
    return (
        composed.root is not None
        and is_same(composed.root.data, expected)
        and len(composed.duplicates) <= repeated
        and (not _is_json(before.text) or _is_json(text))
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _replace(layout: Layout, spot: Spot, value: Any) -> Change:
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
            return Change(entry.start, entry.end, f" {text}" if is_behind_mark else text)
    if in_brackets:
        return Change(entry.start, layout.end(entry), write_flow(value, manner))
    return block.replace(layout, spot, value, manner)


def _insert(layout: Layout, spot: Spot, step: str | int, value: Any, made: Any) -> Change:
    node, around = spot.node, [item.node for item in spot.holders]
    manner = layout.manner(node, around)
    if not layout.is_flow(node):
        return block.insert(layout, spot, step, value, manner)
    if not node.data and around and not layout.is_in_flow(spot):
        return block.replace(layout, spot, made, layout.manner(around[0], around[1:]))
    return flow.insert(layout, spot, step, value, manner)


def _remove(layout: Layout, spot: Spot) -> Change:
    holder = spot.holder
    if holder is None:
        raise UnsafeEditError
    if layout.is_flow(holder.node):
        return flow.remove(layout, holder, spot.entry)
    if len(layout.entries(holder.node)) > 1:
        return block.remove(layout, holder, spot.entry)
    empty: Any = {} if holder.node.kind == "mapping" else []
    return block.replace(layout, holder, empty, Manner())
