"""The bundles that a file is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.workspace.paths import relative_to, shared_folders, shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.graph import Graph


def graphs_holding(report: Report, path: Path) -> tuple[Graph, ...]:
    """The graphs of the bundles that objects of a file are in, or that are rendered from it, in the report's order."""
    return tuple(_holding(report, shown(path)))


def graphs_near(report: Report, path: Path) -> tuple[Graph, ...]:
    """The graphs of the bundles that a file is in; of one that is in none, as one that is no YAML, those of its folder,
    or of the nearest above that has any."""
    found = graphs_holding(report, path)
    if found:
        return found
    beside = [(len(_shared(report, graph, path)), graph) for graph in report.graphs]
    nearest = max((length for length, _ in beside), default=0)
    return tuple(graph for length, graph in beside if length == nearest)


def _shared(report: Report, graph: Graph, path: Path) -> str:
    """The folders that a file shares with the nearest of a bundle's."""
    own = relative_to(report.workspace.root, path)
    files = {resource.document.file.relative for resource in graph.resources}
    return max((own[: _common(own, file)] for file in files), key=len, default="")


def _common(first: str, second: str) -> int:
    folders = first.split("/")[: shared_folders(first, second)]
    return len("/".join(folders))


def _holding(report: Report, file: str) -> Iterator[Graph]:
    made = {(item.name, item.delivery) for item in report.workspace.renderings_of.get(file, ())}
    for graph in report.graphs:
        bundle = graph.bundle
        if bundle.is_rendered:
            if (bundle.name, bundle.delivery) in made:
                yield graph
        elif graph.resources_in(file):
            yield graph
