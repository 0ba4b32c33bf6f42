"""Files that a kustomization uses as something else than a resource: patches, values, generator inputs, settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source
from klint.workspace.parsed import Parsed
from klint.workspace.paths import shown
from klint.workspace.tree import Tree
from klint.workspace.walk import KUSTOMIZATIONS


def fragments(tree: Tree, folders: Iterable[Path], parsed: Parsed) -> dict[str, str]:
    """Such files of the kustomizations in some folders: by their paths, what they are."""
    found: dict[str, str] = {}
    for folder in sorted(folders):
        for name in KUSTOMIZATIONS:
            for data in _read(tree, folder / name, parsed):
                for used, what in _named(data):
                    found.setdefault(os.path.normpath(folder / used), f"{what} of {shown(folder / name)}")
    return found


def _read(tree: Tree, file: Path, parsed: Parsed) -> Iterator[Mapping[str, Any]]:
    try:
        source = Source(str(file), decode(tree.read(file)).text)
    except (OSError, NotTextError):
        return
    yield from (mapping(document.data) for document in parsed.documents(source))


def _named(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("patches", "patchesJson6902", "replacements"):
        yield from ((string(mapping(item).get("path")), "a patch") for item in sequence(data.get(name)))
    yield from ((string(item), "a patch") for item in sequence(data.get("patchesStrategicMerge")))
    for chart in map(mapping, sequence(data.get("helmCharts"))):
        values = (chart.get("valuesFile"), *sequence(chart.get("additionalValuesFiles")))
        yield from ((string(item), "chart values") for item in values)
    for generator in ("configMapGenerator", "secretGenerator"):
        for item in map(mapping, sequence(data.get(generator))):
            yield from ((string(entry).rpartition("=")[2], "an input") for entry in sequence(item.get("files")))
    for name in ("configurations", "crds", "transformers", "generators", "validators"):
        yield from ((string(item), "a setting") for item in sequence(data.get(name)))
