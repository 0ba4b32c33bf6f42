"""What a change does to exposure, for a person: what got worse first, with the places that say so on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.diffing.changes import Change, Kind
from klint.report.diff_words import MANY, label, not_compared, remarks, sentence, summary
from klint.report.escape import escape, inert
from klint.report.pen import Pen
from klint.report.words import bundle_title
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.diffing.comparing import Difference
    from klint.diffing.pairing import Scope
    from klint.text.document import Place

_COLUMN = max(len(kind.value) for kind in Kind) + 1


def to_text(difference: Difference, *, is_all: bool = False, color: bool = False) -> str:
    """A section for each scope with changes, and a line that counts them; `is_all` tells all that follows from each."""
    pen = Pen(is_on=color)
    lines: list[str] = []
    for item in difference.compared:
        lines.append(pen.strong(escape(title(item.scope))))
        for change in item.changes:
            lines.extend(f"  {line}" for line in _change(change, pen, None if is_all else MANY))
        lines.append("")
    lines.extend(map(escape, not_compared(difference)))
    lines.append(escape(summary(difference.changes)))
    return inert("".join(f"{line}\n" for line in lines))


def title(scope: Scope) -> str:
    """What a scope is called: its bundle, and where that goes."""
    return bundle_title(scope.bundle.name, scope.environment, scope.bundle.target.platform)


def _change(change: Change, pen: Pen, most: int | None) -> Iterator[str]:
    margin = " " * (_COLUMN + 2)
    yield f"{pen.change(label(change).ljust(_COLUMN), is_worse=change.is_worse)}  {escape(sentence(change))}"
    for line in _details(change, pen, most):
        yield f"{margin}{line}"


def _details(change: Change, pen: Pen, most: int | None) -> Iterator[str]:
    yield from map(escape, remarks(change, most))
    for word, side in (("was", change.before), ("is", change.after)):
        if side is not None and side.places:
            yield pen.faint(f"{word.ljust(3)} {_places(side.places, most)}")


def _places(places: Iterable[Place], most: int | None) -> str:
    spans = list(dict.fromkeys(str(place.span) for place in places))
    return escape(abridged(spans, most or len(spans)))
