"""The charts that a chart depends on: where they lie in the workspace, and the line that asks for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, string
from klint.records import replace
from klint.render.helm.charts import MAX_CHART_SIZE, Chart, ChartError, ChartFile
from klint.text.document import Place
from klint.text.source import Span
from klint.workspace.rendering import Sources

_MAX_DEPTH = 8
"""How deep charts may depend on each other."""

Find = Callable[[str], "list[Chart]"]
"""The charts of the workspace that have a name."""


def with_dependencies(chart: Chart, at: Callable[[Path], Chart | None], named: Find) -> Chart:
    """A chart with what it depends on, as far as the workspace has it.

    That is the chart that a `file://` repository leads to (`at` reads the chart in a folder), else one of the same
    name whose version satisfies the dependency, as `helm dependency build` would put it into charts/. The files keep
    the places where a person edits them.

    Raises:
        ChartError: all of it is too large.
    """
    files = dict(chart.files)
    _add(files, "", chart, at, named, _MAX_DEPTH)
    if sum(len(file.data) for file in files.values()) > MAX_CHART_SIZE:
        raise ChartError(f"it is larger than {MAX_CHART_SIZE // 2**20} MiB with its dependencies")
    return chart if len(files) == len(chart.files) else replace(chart, files=dict(sorted(files.items())))


def _add(
    files: dict[str, ChartFile], prefix: str, chart: Chart, at: Callable[[Path], Chart | None], named: Find, depth: int
) -> None:
    for dependency in chart.missing_dependencies if depth else ():
        found = _find(dependency, chart, at, named)
        if found is None or found.folder == chart.folder:
            continue
        inner = f"{prefix}charts/{found.name}/"
        files |= {f"{inner}{name}": replace(file, name=f"{inner}{name}") for name, file in found.files.items()}
        _add(files, inner, found, at, named, depth - 1)


def _find(dependency: Mapping[str, Any], chart: Chart, at: Callable[[Path], Chart | None], named: Find) -> Chart | None:
    repository = string(dependency.get("repository"))
    name = string(dependency.get("name"))
    if repository.startswith("file://"):
        found = at(Path(os.path.normpath(chart.folder / repository.removeprefix("file://"))))
        if found is not None:
            return found if found.name == name else None
    wanted = string(dependency.get("version"))
    return next((other for other in named(name) if other.satisfies(wanted)), None)


def dependency_span(chart: Chart, name: str, sources: Sources, *, approximate: bool = True) -> Span:
    """The line of Chart.yaml that names a dependency: what comes out of its archive cannot be edited here."""
    for at in asked_for(chart, sources):
        if mapping(at.value).get("name") == name:
            return replace(at.below("name").span, approximate=approximate)
    return sources.get(chart.folder / "Chart.yaml").span(0, 0, approximate=True)


def asked_for(chart: Chart, sources: Sources) -> Iterator[Place]:
    """Where a chart's own files name what it depends on."""
    for name in ("Chart.yaml", "requirements.yaml"):
        for document in sources.documents(chart.folder / name) if name in chart.files else ():
            yield from Place(document, ("dependencies",)).items
