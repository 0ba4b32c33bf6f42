"""The way back that kustomize leaves in annotations of what it builds."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import cached_property, dataclass, replace
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.staging.stage import ROOT, Stage
from klint.render.kustomize.transformations import BuiltOrigin, Transformation
from klint.render.kustomize.untraced import KINDS, Untraced
from klint.text.document import Document, Place
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_ORIGIN = "config.kubernetes.io/origin"
_TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


@dataclass(frozen=True, eq=False)
class Trace:
    """Reads the annotations that kustomize leaves on built objects; paths in them are relative to what was built."""

    staged: Stage
    root: Kustomization

    def origin(self, document: Document) -> BuiltOrigin:
        """The way back for one object."""
        annotations = mapping(mapping(mapping(document.data).get("metadata")).get("annotations"))
        origin = mapping(self._said(annotations, _ORIGIN))
        if "path" not in origin and not string(_configured_by(origin).get("kind")).endswith("Generator"):
            return self._without_annotations(document)
        steps = [
            self._step(_staged_name(step.get("configuredIn")), string(_configured_by(step).get("kind")))
            for step in map(mapping, sequence(self._said(annotations, _TRANSFORMATIONS)))
        ]
        transformations = [step for step in steps if step is not None]
        found = self.staged.objects.get(_staged_name(origin.get("path")))
        if found is not None:
            return BuiltOrigin(found.document, found.path, transformations, self.root.span(), found.is_outlined)
        configured = _staged_name(origin.get("configuredIn"))
        kustomization = self.staged.kustomizations.get(configured.partition("/")[0]) or self.root
        if configured in self.staged.settings:
            fallback: Place | Span = replace(self.staged.settings[configured].span(()), approximate=True)
        else:
            fallback = _generator(kustomization, document.data)
        return BuiltOrigin(None, (), transformations, fallback)

    def _without_annotations(self, document: Document) -> BuiltOrigin:
        """The way back for an object whose annotations a patch took away: the transformations are all that may be."""
        found = self._untraced.find(document.data)
        if found is None:
            return BuiltOrigin(None, (), (), _generator(self.root, document.data))
        item, folders = found
        settings = [name for name in self.staged.settings if name.partition("/")[0] in folders]
        steps = [self._step(f"{folder}/", kind) for folder in folders for kind in KINDS]
        steps += [self._step(name, string(mapping(self.staged.settings[name].data).get("kind"))) for name in settings]
        found_steps = [step for step in steps if step is not None]
        return BuiltOrigin(item.document, item.path, found_steps, self.root.span(), item.is_outlined)

    def _step(self, name: str, kind: str) -> Transformation | None:
        """What is configured in a staged file: the same one for all objects."""
        if (name, kind) not in self._steps:
            self._steps[name, kind] = self._make_step(name, kind)
        return self._steps[name, kind]

    def _make_step(self, name: str, kind: str) -> Transformation | None:
        kustomization = self.staged.kustomizations.get(name.partition("/")[0])
        return Transformation(kustomization, kind, self.staged.settings.get(name)) if kustomization else None

    def _said(self, annotations: Mapping[str, Any], key: str) -> Any:
        """What an annotation says as YAML: many objects have the same."""
        text = string(annotations.get(key))
        if text not in self._read:
            self._read[text] = next((item.data for item in read_documents(Source("", text))), None)
        return self._read[text]

    @cached_property
    def _read(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _steps(self) -> dict[tuple[str, str], Transformation | None]:
        return {}

    @cached_property
    def _untraced(self) -> Untraced:
        return Untraced(self.staged)


def _staged_name(relative: object) -> str:
    """The staged file that an annotation names."""
    return posixpath.normpath(posixpath.join(ROOT, string(relative)))


def _configured_by(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The generator or transformer that made an object, or changed it.

    Of an object that has lost its annotations kustomize says that the patch made it which took them away.
    """
    return mapping(item.get("configuredBy"))


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
