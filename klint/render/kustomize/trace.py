"""The way back that kustomize leaves in annotations of what it builds."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, replace
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.staging.stage import ROOT, Stage
from klint.render.kustomize.transformations import BuiltOrigin, Transformation
from klint.text.document import Document, Place
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_ORIGIN = "config.kubernetes.io/origin"
_TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


@dataclass(frozen=True)
class Trace:
    """Reads the annotations that kustomize leaves on built objects; paths in them are relative to what was built."""

    staged: Stage
    root: Kustomization

    def origin(self, document: Document) -> BuiltOrigin:
        """The way back for one object."""
        annotations = mapping(mapping(mapping(document.data).get("metadata")).get("annotations"))
        origin = mapping(_annotation(annotations, _ORIGIN))
        steps = [self._step(mapping(item)) for item in sequence(_annotation(annotations, _TRANSFORMATIONS))]
        transformations = [step for step in steps if step is not None]
        found = self.staged.objects.get(_staged_name(origin.get("path")))
        if found is not None:
            return BuiltOrigin(found.document, found.path, transformations, self.root.span())
        configured = _staged_name(origin.get("configuredIn"))
        kustomization = self.staged.kustomizations.get(configured.partition("/")[0]) or self.root
        if configured in self.staged.settings:
            fallback: Place | Span = replace(self.staged.settings[configured].span(()), approximate=True)
        else:
            fallback = _generator(kustomization, document.data)
        return BuiltOrigin(None, (), transformations, fallback)

    def _step(self, item: Mapping[str, Any]) -> Transformation | None:
        name = _staged_name(item.get("configuredIn"))
        kind = string(mapping(item.get("configuredBy")).get("kind"))
        if name in self.staged.settings:
            return Transformation(self.staged.settings[name], kind)
        kustomization = self.staged.kustomizations.get(name.partition("/")[0])
        return Transformation(kustomization.document, kind, kustomization) if kustomization else None


def _staged_name(relative: object) -> str:
    """The staged file that an annotation names."""
    return posixpath.normpath(posixpath.join(ROOT, string(relative)))


def _annotation(annotations: Mapping[str, Any], key: str) -> Any:
    documents = list(read_documents(Source("", string(annotations.get(key)))))
    return documents[0].data if documents else None


def _generator(kustomization: Kustomization, built: Mapping[str, Any]) -> Place | Span:
    """The entry of the kustomization that generated an object."""
    name = string(mapping(built.get("metadata")).get("name"))
    for generator in ("configMapGenerator", "secretGenerator"):
        for item, path in kustomization.items(generator):
            own = string(item.get("name"))
            if own and own in name:
                return kustomization.place(*path, "name")
    return replace(kustomization.span(), approximate=True)


def without_traces(data: Mapping[str, Any]) -> dict[str, Any]:
    """An object without these annotations."""
    metadata = dict(mapping(data.get("metadata")))
    annotations = {
        key: value
        for key, value in mapping(metadata.get("annotations")).items()
        if key not in (_ORIGIN, _TRANSFORMATIONS)
    }
    if annotations:
        metadata["annotations"] = annotations
    else:
        metadata.pop("annotations", None)
    return {**data, "metadata": metadata}
