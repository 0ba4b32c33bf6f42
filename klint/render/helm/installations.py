"""Sets of values that Argo CD Applications and Flux HelmReleases install charts of the workspace with."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import api_group, mapping, sequence, string
from klint.records import dataclass
from klint.render.helm.charts import is_chart
from klint.render.helm.request import is_release_name
from klint.render.helm.values import InlineValues, ValueSet
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.placeholders import is_placeholder
from klint.workspace.tree import Tree


@dataclass(frozen=True)
class Installation:
    """A chart that a GitOps object installs: its folder, None when it is not in the workspace, and the values."""

    document: Document
    folder: Path | None
    values: ValueSet


def installations(documents: Iterable[Document], tree: Tree) -> Iterator[Installation]:
    """What the Applications and HelmReleases among some documents install. Paths in them start at the tree's root."""
    for document in documents:
        data = mapping(document.data)
        key = (api_group(data), data.get("kind"))
        if key == ("argoproj.io", "Application"):
            yield from _application(document, data, tree)
        elif key == ("helm.toolkit.fluxcd.io", "HelmRelease"):
            yield from _helm_release(document, data, tree)


def _application(document: Document, data: Mapping[str, Any], tree: Tree) -> Iterator[Installation]:
    spec = mapping(data.get("spec"))
    sources: list[tuple[Any, DataPath]] = [(spec.get("source"), ("spec", "source"))]
    sources += [(item, ("spec", "sources", index)) for index, item in enumerate(sequence(spec.get("sources")))]
    references = {f"${string(mapping(item).get('ref'))}" for item, _ in sources}
    for item, path in sources:
        source = mapping(item)
        helm = mapping(source.get("helm"))
        folder = _folder(tree, source.get("path"))
        if "chart" not in source and not ("path" in source and (helm or folder)):
            continue
        files, absent = _files(document, helm, (*path, "helm", "valueFiles"), folder or tree.root, tree, references)
        yield Installation(
            document,
            folder,
            ValueSet(
                name=document.source.path,
                files=files,
                inline=tuple(_inline(document, helm, (*path, "helm"), ("values", "valuesObject"))),
                sets=tuple(
                    f"{string(parameter.get('name'))}={_escaped(parameter.get('value', ''))}"
                    for parameter in map(mapping, sequence(helm.get("parameters")))
                ),
                release=_release(helm.get("releaseName"), mapping(data.get("metadata")).get("name")),
                namespace=_filled_in(mapping(spec.get("destination")).get("namespace")),
                target=document.source.relative,
                at={
                    "release": Place(document, (*path, "helm", "releaseName")),
                    "namespace": Place(document, ("spec", "destination", "namespace")),
                },
                absent=() if helm.get("ignoreMissingValueFiles") is True else absent,
            ),
        )


def _helm_release(document: Document, data: Mapping[str, Any], tree: Tree) -> Iterator[Installation]:
    spec, metadata = mapping(data.get("spec")), mapping(data.get("metadata"))
    chart = mapping(mapping(spec.get("chart")).get("spec"))
    is_here = mapping(chart.get("sourceRef")).get("kind") == "GitRepository"
    folder = _folder(tree, chart.get("chart")) if is_here else None
    files, absent = _files(document, chart, ("spec", "chart", "spec", "valuesFiles"), tree.root, tree, set())
    target = "targetNamespace" if "targetNamespace" in spec else ""
    yield Installation(
        document,
        folder,
        ValueSet(
            name=document.source.path,
            files=files,
            inline=tuple(_inline(document, spec, ("spec",), ("values",))),
            release=_release(spec.get("releaseName"), metadata.get("name")),
            namespace=_filled_in(spec.get("targetNamespace")) or _filled_in(metadata.get("namespace")),
            target=document.source.relative,
            at={
                "release": Place(document, ("spec", "releaseName")),
                "namespace": Place(document, ("spec", target) if target else ("metadata", "namespace")),
            },
            absent=absent,
        ),
    )


def _folder(tree: Tree, path: Any) -> Path | None:
    """The chart that a path from the root leads to."""
    folder = Path(os.path.normpath(tree.root / string(path).strip("/"))) if string(path) else None
    return folder if folder is not None and is_chart(folder, tree) else None


def _release(given: Any, otherwise: Any) -> str:
    """The name of a release: as given, unless it is still to be filled in; else the object's, as far as it is one."""
    name = string(otherwise)
    return _filled_in(given) or (name if is_release_name(name) else ValueSet.release)


def _filled_in(value: Any) -> str:
    return "" if is_placeholder(value) else string(value)


def _escaped(value: Any) -> str:
    """A parameter's value as Argo CD hands it to `--set`: a comma is a comma, except in a list.

    Source: argo-cd's util/helm/helm.go, cleanSetParameters.
    """
    text = str(value)
    return text if text.startswith("{") and text.endswith("}") else _COMMA.sub(r"\,", text)


_COMMA = re.compile(r"(?<!\\),")


def _files(
    document: Document, owner: Mapping[str, Any], path: DataPath, folder: Path, tree: Tree, references: set[str]
) -> tuple[tuple[Path, ...], tuple[tuple[str, Place], ...]]:
    """Values files that are there, relative to the chart, or to the root after the name of another source; and others.

    What is still to be filled in is among the others.
    """
    files, absent = [], []
    for index, item in enumerate(sequence(owner.get(str(path[-1])))):
        name = string(item)
        first, _, rest = name.partition("/")
        file = Path(os.path.normpath(tree.root / rest if first in references else folder / name.lstrip("/")))
        if tree.is_file(file):
            files.append(file)
        elif name:
            absent.append((name, Place(document, (*path, index))))
    return tuple(files), tuple(absent)


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
