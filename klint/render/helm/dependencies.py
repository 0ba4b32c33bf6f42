"""The charts that a chart depends on: where they lie in the workspace, and the line that asks for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, string, texts
from klint.records import replace
from klint.render.helm.charts import MAX_CHART_SIZE, Chart, ChartError, ChartFile
from klint.render.helm.values import ValuesIn, find_values
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


def installed_folders(chart: Chart, feeding: Sequence[ValuesIn]) -> frozenset[str]:
    """The folders of a chart and of the charts in it that values leave on, each as `ChartPart.folder`."""
    names, folders = set[tuple[str, ...]](), set[str]()
    for part in chart.parts:
        parent = part.names[:-1]
        if not part.names or (parent in names and not is_turned_off(part.dependency, feeding, parent)):
            names.add(part.names)
            folders.add(part.folder)
    return frozenset(folders)


def is_turned_off(dependency: Mapping[str, Any], feeding: Sequence[ValuesIn], parent: tuple[str, ...] = ()) -> bool:
    """Whether values turn a dependency off; `parent` is where those of the chart that asks for it stand.

    Source: helm.sh/docs topics/charts, "Tags and Condition fields": the first path of `condition` that the values have
    decides; else it is off where they turn tags of it off, and none on.
    """
    paths = [path.strip() for path in string(dependency.get("condition")).split(",")]
    decided = (found for path in paths if path and (found := find_values((*parent, *path.split(".")), feeding)))
    for value in next(decided, ()):
        if isinstance(value.data, bool):
            return not value.data
    tags = [find_values(("tags", tag), feeding) for tag in texts(dependency.get("tags"))]
    told = [found[0].data for found in tags if found]
    return False in told and True not in told
