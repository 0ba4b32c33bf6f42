"""What a value refers to, and where that is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.spots import Spot, spots
from klint.records import dataclass
from klint.text.source import Span

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.references import Reference


@dataclass(frozen=True, slots=True)
class Definition:
    """What is under a cursor, and the places of what it refers to, in the files that a person edits."""

    span: Span
    targets: tuple[Span, ...]


def definition(report: Report, path: Path, offset: int) -> Definition | None:
    """Where the value at an offset of a file leads; None where it refers to nothing that is known.

    Args:
        report: of the text that the offset is in.
        path: the file, absolute.
        offset: in characters.
    """
    span = None
    targets: dict[tuple[str, int, int, int, int], Span] = {}
    for spot in spots(report, path, offset):
        for reference in references_at(spot):
            for target in reference.targets:
                span = spot.span
                found = target.span
                targets.setdefault(found.sort_key, found)
    return Definition(span, tuple(targets.values())) if span is not None else None


def references_at(spot: Spot) -> Iterator[Reference]:
    """The references that stand where a spot is, or in the value whose key it is on."""
    for reference in spot.graph.references(spot.resource):
        at = reference.at
        if at.document is spot.place.document and at.path == spot.place.path:
            yield reference
