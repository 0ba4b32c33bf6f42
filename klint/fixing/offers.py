"""Which fixes of findings can be made, or shown, and with which edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from klint.edits import Edit
from klint.findings import Finding
from klint.fixes import Fix, Safety
from klint.fixing.editable import Editable
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class Offer:
    """A finding, its fix, and the edits that make it: in files that a person edits, and at least one."""

    finding: Finding
    fix: Fix
    edits: tuple[Edit, ...]


def offers(
    findings: Iterable[Finding], editable: Editable, levels: Sequence[Safety] = tuple(Safety)
) -> Iterator[Offer]:
    """The fixes of findings that can be made, or shown."""
    for finding in findings:
        fix = finding.fix
        if fix is not None and fix.safety in levels:
            edits = fix.edits()
            if edits and all(editable.path(edit.source) for edit in edits):
                yield Offer(finding, fix, edits)
