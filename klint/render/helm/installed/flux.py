"""What Flux HelmReleases install."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping
from klint.render.helm.installed.installation import (
    Installation,
    called,
    chart_folder,
    filled_in,
    inline_values,
    release_name,
    values_files,
)
from klint.render.helm.values import ValueSet
from klint.text.document import Document, Place
from klint.workspace.tree import Tree


def of_helm_release(document: Document, data: Mapping[str, Any], tree: Tree) -> Iterator[Installation]:
    """The chart that a HelmRelease installs."""
    spec, metadata = mapping(data.get("spec")), mapping(data.get("metadata"))
    chart = mapping(mapping(spec.get("chart")).get("spec"))
    is_here = mapping(chart.get("sourceRef")).get("kind") == "GitRepository"
    folder = chart_folder(tree, chart.get("chart")) if is_here else None
    files, absent = values_files(document, chart, ("spec", "chart", "spec", "valuesFiles"), tree.root, tree, set())
    target = "targetNamespace" if "targetNamespace" in spec else ""
    yield Installation(
        document,
        folder,
        ValueSet(
            name=called(document),
            files=files,
            inline=tuple(inline_values(document, spec, ("spec",), ("values",))),
            release=release_name(spec.get("releaseName"), metadata.get("name")),
            namespace=filled_in(spec.get("targetNamespace")) or filled_in(metadata.get("namespace")),
            target=document.source.relative,
            at={
                "release": Place(document, ("spec", "releaseName")),
                "namespace": Place(document, ("spec", target) if target else ("metadata", "namespace")),
            },
            absent=absent,
        ),
    )
