"""Charts that a kustomization inflates: klint renders them itself, and stages their objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import sequence, string
from klint.render.kustomize.inflation import find_vendored, inflate
from klint.render.kustomize.staging.folder import Folder
from klint.render.kustomize.staging.resources import objects
from klint.text.document import Path as DataPath
from klint.text.document import Place
from klint.workspace.rendering import Missing

_OLD_CHART_FIELDS = {
    "chartName": "name",
    "chartVersion": "version",
    "chartRepoUrl": "repo",
    "chartHome": "chartHome",
    "values": "valuesFile",
    "valuesLocal": "valuesInline",
    "valuesMerge": "valuesMerge",
    "releaseName": "releaseName",
    "releaseNamespace": "namespace",
}


def charts(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Charts, which klint renders itself."""
    for item, path in folder.mappings(key, value):
        yield "resources", [*chart(folder, item, path)]


def old_charts(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Charts as they were written before `helmCharts`."""
    for item, path in folder.mappings(key, value):
        named = {new: item[old] for old, new in _OLD_CHART_FIELDS.items() if old in item}
        yield "resources", [*chart(folder, named, path)]


def chart(
    folder: Folder, item: Mapping[str, Any], path: tuple[str | int, ...], written: Place | None = None
) -> Iterator[str]:
    """Stage the objects of one chart; `written` is the generator that asks for it, if it is not the entry itself."""
    name = string(item.get("name"))
    vendored = find_vendored(folder.found, item) if name else None
    at = (*path, "name")
    if vendored is None:
        where = f" of {item['repo']}" if string(item.get("repo")) else ""
        folder.limit(Missing.CHARTS, f"Chart {name}{where} is not in the workspace, and klint fetches nothing", *at)
        return
    if folder.staging.charts is None:
        folder.limit(Missing.HELM, f"Chart {name} is left out: install klint-k8s[helm] or put helm on the PATH", *at)
        return
    named: list[tuple[DataPath, Any]] = [(("valuesFile",), item.get("valuesFile"))]
    for index, name_of_file in enumerate(sequence(item.get("additionalValuesFiles"))):
        named.append((("additionalValuesFiles", index), name_of_file))
    files: list[Path] = []
    for place, values in named:
        if isinstance(values, str) and values:
            file = folder.file(values, *path, *place)
            files += [file] if file else []
    if len(files) < sum(bool(values) for _, values in named):
        return
    inflated = inflate(folder.found, item, written or folder.found.place(*path), vendored, files, folder.staging.charts)
    folder.staging.problems += inflated.problems
    folder.staging.gaps += inflated.gaps
    folder.staging.unread += inflated.unread
    folder.staging.consumed |= {*files, *inflated.files}
    yield from objects(folder, folder.readable(inflated.documents))
