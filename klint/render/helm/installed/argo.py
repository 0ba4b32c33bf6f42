"""What Argo CD Applications install."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.render.helm.installed.installation import (
    Installation,
    chart_folder,
    filled_in,
    inline_values,
    release_name,
    values_files,
)
from klint.render.helm.values import ValueSet
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.workspace.tree import Tree


def of_application(document: Document, data: Mapping[str, Any], tree: Tree) -> Iterator[Installation]:
    """The charts that an Application installs."""
    spec = mapping(data.get("spec"))
    sources: list[tuple[Any, DataPath]] = [(spec.get("source"), ("spec", "source"))]
    sources += [(item, ("spec", "sources", index)) for index, item in enumerate(sequence(spec.get("sources")))]
    references = {f"${string(mapping(item).get('ref'))}" for item, _ in sources}
    for item, path in sources:
        source = mapping(item)
        helm = mapping(source.get("helm"))
        folder = chart_folder(tree, source.get("path"))
        if "chart" not in source and not ("path" in source and (helm or folder)):
            continue
        files, absent = values_files(
            document, helm, (*path, "helm", "valueFiles"), folder or tree.root, tree, references
        )
        yield Installation(
            document,
            folder,
            ValueSet(
                name=document.source.path,
                files=files,
                inline=tuple(inline_values(document, helm, (*path, "helm"), ("values", "valuesObject"))),
                sets=tuple(
                    f"{string(parameter.get('name'))}={_escaped(parameter.get('value', ''))}"
                    for parameter in map(mapping, sequence(helm.get("parameters")))
                ),
                release=release_name(helm.get("releaseName"), mapping(data.get("metadata")).get("name")),
                namespace=filled_in(mapping(spec.get("destination")).get("namespace")),
                target=document.source.relative,
                at={
                    "release": Place(document, (*path, "helm", "releaseName")),
                    "namespace": Place(document, ("spec", "destination", "namespace")),
                },
                absent=() if helm.get("ignoreMissingValueFiles") is True else absent,
            ),
        )


def _escaped(value: Any) -> str:
    """A parameter's value as Argo CD hands it to `--set`: a comma is a comma, except in a list.

    Source: argo-cd's util/helm/helm.go, cleanSetParameters.
    """
    text = str(value)
    return text if text.startswith("{") and text.endswith("}") else _COMMA.sub(r"\,", text)


_COMMA = re.compile(r"(?<!\\),")
