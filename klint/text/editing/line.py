"""Changes of a single line that the outline of a document tells: the usual fixes.

They need no composer, nor is the text read anew. The outline vouches for the line: what stands on it ends there, and
the lines around it are what they are whatever it says. So a scalar in the place of a scalar, a key in the place of a
key, and a line more or less in a mapping change nothing else, if the new part means what it should by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from klint.text.changes import Change, Insert, Remove, Rename, Replace
from klint.text.data import is_same, value_at
from klint.text.editing import block
from klint.text.editing.layout import QUOTES, Lines
from klint.text.editing.order import index_of
from klint.text.editing.rewrite import Rewrite
from klint.text.editing.writing import Manner, scalar
from klint.text.yaml import resolve

if TYPE_CHECKING:
    from klint.text.document import Document, Path


_ANY = Manner()
"""What a scalar in known quotes, or in none, asks nothing of."""


def rewrites(document: Document, changes: Sequence[Change]) -> list[Rewrite] | None:
    """What changes are in the text, from top to bottom; None if one is of more than its line, or two of them meet.

    A line that comes does so alone: it goes below another, or above it. A mapping does not lose all of its entries.
    """
    gone = Counter(change.place.path[:-1] for change in changes if isinstance(change, Remove))
    if any(len(value_at(document.data, path)) <= count for path, count in gone.items()):
        return None
    made = []
    for change in changes:
        found = None if isinstance(change, Insert) else rewrite(document, change)
        if found is None:
            return None
        made.append(found)
    made.sort()
    return None if any(above.end > below.start for above, below in pairwise(made)) else made


def rewrite(document: Document, change: Change) -> Rewrite | None:
    """What a change is in the text; None if it is of more than a line, or of one that the outline does not tell."""
    path = change.place.path
    match change:
        case Replace(_, value):
            return _replace(document, path, value)
        case Rename(_, name):
            return _rename(document, path, name)
        case Remove():
            return _remove(document, path)
        case Insert(_, step, value):
            return _insert(document, path, step, value)


def _replace(document: Document, path: Path, value: Any) -> Rewrite | None:
    """A scalar in the place of another, unless it is to be written as others around it are."""
    found = document.outline.scalar(path)
    if found is None:
        return None
    if isinstance(value, str) and not isinstance(value_at(document.data, path), str):
        return None
    text = _scalar(value, _quotes(document, found[0]))
    return None if text is None else Rewrite(*found, text)


def _rename(document: Document, path: Path, name: str) -> Rewrite | None:
    at = document.outline.key(path)
    if at is None or name in value_at(document.data, path[:-1]):
        return None
    text = _scalar(name, _quotes(document, at[0]))
    return None if text is None else Rewrite(*at, text)


def _remove(document: Document, path: Path) -> Rewrite | None:
    """A scalar taken out with its line, if that begins with its key, and is not the mapping's only one."""
    found, at = document.outline.scalar(path), document.outline.key(path)
    if found is None or at is None:
        return None
    lines = Lines(document.outline.text)
    if not lines.is_first(at[0]) or len(value_at(document.data, path[:-1])) == 1:
        return None
    made = block.remove_lines(lines, at[0], found[1])
    if lines.is_aside(made.end) and ("|" in lines.text or ">" in lines.text):
        return None  # the empty line or comment below it may become part of a text above it
    return made


def _insert(document: Document, path: Path, step: str | int, value: Any) -> Rewrite | None:
    """A scalar under a new key, on a line below that of a scalar, or above the first one."""
    keys = document.outline.keys(path) if isinstance(step, str) else None
    if not keys or not isinstance(step, str) or step in keys:
        return None
    first = next(iter(keys.values()))[0]
    lines = Lines(document.outline.text)
    index = index_of(step, list(keys), lines, first)
    name, text = _scalar(step, _quotes(document, first)), _as_others(document, path, value)
    if name is None or text is None:
        return None
    indentation = " " * lines.column(first)
    if index == 0:
        return Rewrite(first, first, f"{name}: {text}\n{indentation}")
    above = document.outline.scalar(_last(document, (*path, list(keys)[index - 1])))
    if above is None:
        return None
    end = lines.line_end(above[1])
    return Rewrite(end, end, f"\n{indentation}{name}: {text}")


def _last(document: Document, path: Path) -> Path:
    """What stands last in the value at a path: the last of what is in its last entry."""
    while isinstance(value := value_at(document.data, path), (dict, list)) and value:
        path = (*path, next(reversed(value)) if isinstance(value, dict) else len(value) - 1)
    return path


def _as_others(document: Document, path: Path, value: Any) -> str | None:
    """A scalar as those of a mapping are written; None if that cannot be told, or something else has to tell it."""
    found = set()
    if isinstance(value, str):
        for step, other in value_at(document.data, path).items():
            if isinstance(other, str):
                at = document.outline.scalar((*path, step))
                if at is None:
                    return None
                found.add(_quotes(document, at[0]))
    return _scalar(value, found.pop() if len(found) == 1 else "")


def _scalar(value: Any, quotes: str) -> str | None:
    """A scalar, or a key, that is certain to mean just this; None if none is, or if it needs quotes and has none."""
    if isinstance(value, (dict, list)) or (isinstance(value, str) and not value.isprintable()):
        return None
    text = scalar(value, _ANY, quotes=quotes)
    is_certain = quotes or text == value if isinstance(value, str) else is_same(resolve(text), value)
    return text if is_certain else None


def _quotes(document: Document, start: int) -> str:
    """Those that a scalar or key begins with, if it has some."""
    first = document.outline.text[start]
    return first if first in QUOTES else ""
