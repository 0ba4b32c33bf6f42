"""A line over each object that requests come to: who reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.graphs import graphs_holding
from klint.editor.reach import reach
from klint.records import dataclass
from klint.text.source import Span
from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.kube.resource import Resource

_MOST = 8
"""Bundles whose words are told over an object of a base."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What is told over an object: `span` is its name. Who refers to it say `uses` of the span's start."""

    span: Span
    title: str


def lenses(report: Report, path: Path) -> tuple[Lens, ...]:
    """What is told over the objects of a file, from top to bottom; of several bundles what any of them says.

    Args:
        report: of the text that the file has.
        path: the file, absolute.
    """
    file = shown(path)
    told: dict[tuple[str, int, int, int, int], tuple[Span, dict[str, None]]] = {}
    for graph in graphs_holding(report, path)[:_MOST]:
        for resource in graph.resources_in(file) or graph.resources:
            for span in _name_in(resource, file):
                _, words = told.setdefault(span.sort_key, (span, {}))
                words.update(dict.fromkeys(reach(resource, graph)))
    return tuple(Lens(span, " · ".join(words)) for _, (span, words) in sorted(told.items()) if words)


def _name_in(resource: Resource, file: str) -> Iterator[Span]:
    """The object's name, if it is written in a file."""
    span = resource.place.span
    if span.file == file and not span.approximate:
        yield span
