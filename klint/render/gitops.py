"""Sets of values that Argo CD Applications and Flux HelmReleases install charts of the workspace with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klint.document import Document
from klint.document import Path as DataPath
from klint.kube.resource import api_group, mapping, sequence, string
from klint.render.values import InlineValues, ValueSet


@dataclass(frozen=True)
class Installation:
    """A chart that a GitOps object installs: its folder, None when it is not in the workspace, and the values."""

    document: Document
    folder: Path | None
    values: ValueSet


def installations(documents: Iterable[Document], root: Path) -> Iterator[Installation]:
    """What the Applications and HelmReleases among some documents install. Paths in them start at the repository."""
    for document in documents:
        data = mapping(document.data)
        key = (api_group(data), data.get("kind"))
        if key == ("argoproj.io", "Application"):
            yield from _application(document, data, root)
        elif key == ("helm.toolkit.fluxcd.io", "HelmRelease"):
            yield from _helm_release(document, data, root)


def _application(document: Document, data: Mapping[str, Any], root: Path) -> Iterator[Installation]:
    spec = mapping(data.get("spec"))
    sources: list[tuple[Any, DataPath]] = [(spec.get("source"), ("spec", "source"))]
    sources += [(item, ("spec", "sources", index)) for index, item in enumerate(sequence(spec.get("sources")))]
    references = {f"${string(mapping(item).get('ref'))}" for item, _ in sources}
    for item, path in sources:
        source = mapping(item)
        helm = mapping(source.get("helm"))
        if "chart" not in source and not ("path" in source and (helm or _is_chart(root / string(source["path"])))):
            continue
        folder = root / string(source.get("path")) if "path" in source else None
        yield Installation(
            document,
            folder if folder is not None and _is_chart(folder) else None,
            ValueSet(
                name=document.source.path,
                files=_files(helm.get("valueFiles"), folder or root, root, references),
                inline=tuple(_inline(document, helm, (*path, "helm"), ("values", "valuesObject"))),
                sets=tuple(
                    f"{string(parameter.get('name'))}={parameter.get('value', '')}"
                    for parameter in map(mapping, sequence(helm.get("parameters")))
                ),
                release=string(helm.get("releaseName")) or string(mapping(data.get("metadata")).get("name")),
                namespace=string(mapping(spec.get("destination")).get("namespace")),
                target=document.source.relative,
            ),
        )


def _helm_release(document: Document, data: Mapping[str, Any], root: Path) -> Iterator[Installation]:
    spec, metadata = mapping(data.get("spec")), mapping(data.get("metadata"))
    chart = mapping(mapping(spec.get("chart")).get("spec"))
    is_here = mapping(chart.get("sourceRef")).get("kind") == "GitRepository"
    folder = Path(os.path.normpath(root / string(chart.get("chart")))) if is_here else None
    yield Installation(
        document,
        folder if folder is not None and _is_chart(folder) else None,
        ValueSet(
            name=document.source.path,
            files=_files(chart.get("valuesFiles"), root, root, set()),
            inline=tuple(_inline(document, spec, ("spec",), ("values",))),
            release=string(spec.get("releaseName")) or string(metadata.get("name")),
            namespace=string(spec.get("targetNamespace")) or string(metadata.get("namespace")),
            target=document.source.relative,
        ),
    )


def _is_chart(folder: Path) -> bool:
    return (folder / "Chart.yaml").is_file()


def _files(names: Any, folder: Path, root: Path, references: set[str]) -> tuple[Path, ...]:
    """Values files that are there: relative to the chart, or to the root after the name of another source."""
    files = []
    for name in sequence(names):
        first, _, rest = string(name).partition("/")
        file = root / rest if first in references else folder / string(name).lstrip("/")
        files.append(Path(os.path.normpath(file)))
    return tuple(file for file in files if file.is_file() and file.is_relative_to(root))


def _inline(
    document: Document, owner: Mapping[str, Any], path: DataPath, fields: tuple[str, ...]
) -> Iterator[InlineValues]:
    """Values as a mapping, whose lines are known, or as a text, which counts as its whole."""
    for field in fields:
        value = owner.get(field)
        if isinstance(value, dict) and value:
            yield InlineValues(json.dumps(value), document, (*path, field))
        elif isinstance(value, str) and value.strip():
            yield InlineValues(value, document, (*path, field))
