"""The bundles that a file is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.graph import Graph


def graphs_holding(report: Report, path: Path) -> tuple[Graph, ...]:
    """The graphs of the bundles that objects of a file are in, or that are rendered from it, in the report's order."""
    return tuple(_holding(report, shown(path)))


def _holding(report: Report, file: str) -> Iterator[Graph]:
    made = {
        (item.name, item.delivery)
        for item in report.workspace.renderings
        if any(source.path == file for source in item.written)
    }
    for graph in report.graphs:
        bundle = graph.bundle
        if bundle.is_rendered:
            if (bundle.name, bundle.delivery) in made:
                yield graph
        elif graph.resources_in(file):
            yield graph
