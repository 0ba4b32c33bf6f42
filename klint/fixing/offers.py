"""Which fixes of findings can be made, or shown, and with which edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from klint.edits import Edit
from klint.findings import Finding
from klint.fixes import Fix, Safety
from klint.fixing.editable import Editable
from klint.records import dataclass
from klint.text.document import Document


@dataclass(frozen=True, eq=False)
class Offer:
    """A finding, its fix, and the edits that make it: in files that a person edits, and at least one.

    `safety` is that of the fix, where it is made: what is a safe change of an object is unsafe in a file of values, of
    which more may be made than the object.
    """

    finding: Finding
    fix: Fix
    safety: Safety
    edits: tuple[Edit, ...]


def offers(findings: Iterable[Finding], editable: Editable, levels: Sequence[Safety]) -> Iterator[Offer]:
    """The fixes of findings that can be made, or shown, of some levels of safety."""
    for finding in findings:
        fix = finding.fix
        if fix is not None and (safety := _safety(fix)) in levels:
            edits = fix.edits()
            if edits and all(editable.path(edit.source) for edit in edits):
                yield Offer(finding, fix, safety, edits)


def _safety(fix: Fix) -> Safety:
    if fix.safety is not Safety.SAFE:
        return fix.safety
    documents = (change.place.document for change in fix.changes if not isinstance(change, Edit))
    return Safety.UNSAFE if any(map(_is_made_of_values, documents)) else Safety.SAFE


def _is_made_of_values(document: Document) -> bool:
    """Whether it comes out of a template, which is no document."""
    while document.origin is not None:
        if document.origin.written is None:
            return True
        document = document.origin.written
    return False
