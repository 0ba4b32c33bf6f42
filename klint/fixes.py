"""Fixes: what a rule would change, and how sure it is. No text is looked at until somebody asks for the edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from klint.enums import StrEnum
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.edits import Edit
    from klint.text.changes import Change


class Safety(StrEnum):
    """What a fix may do to what works today."""

    SAFE = "safe"
    """Nothing: what works today works as it did, and what is meant is plain. `--fix` makes it."""
    UNSAFE = "unsafe"
    """It may change what works today, or what is meant is a guess. `--unsafe-fixes` lets `--fix` make it."""
    SHOWN = "shown"
    """It is for a person to look at. klint never makes it."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What would mend a finding: a title such as `Drop the nodePort`, and changes that are all made, or none.

    A change is data: `Replace`, `Insert`, `Remove` or `Rename` at a Place, each speaking of the document as it is. An
    `Edit` of a Span is for what is no YAML. Where a value is rendered it is changed in the file that a person wrote, if
    that has just it; else there is no edit.
    """

    title: str
    changes: Sequence[Change | Edit]
    safety: Safety = Safety.UNSAFE

    def edits(self) -> tuple[Edit, ...]:
        """The edits of files that make all of it; none where they are not certain."""
        return edits_of([self]) or ()


def edits_of(fixes: Iterable[Fix]) -> tuple[Edit, ...] | None:
    """The edits that make several fixes at once; None where some of it is not certain, or two of them meet."""
    from klint.edits import Edit
    from klint.text.editing import edits_of as edits_of_changes

    raw: list[Edit] = []
    changes: list[Change] = []
    for fix in fixes:
        for change in fix.changes:
            if isinstance(change, Edit):
                raw.append(change)
            else:
                changes.append(change)
    made = edits_of_changes(changes)
    if made is not None and len(made) < 2 and not raw:
        return made
    if made is None or any(edit.span.approximate for edit in raw):
        return None
    edits = sorted((*made, *raw), key=lambda edit: (edit.source.path, edit.span.start, edit.span.end))
    if any(one.source.path == other.source.path and one.span.end > other.span.start for one, other in pairwise(edits)):
        return None
    return tuple(edits)
