"""The patches of a kustomization: what each is about, and what it makes of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, sequence, string
from klint.records import dataclass
from klint.render.kustomize.assembled import patch_documents
from klint.render.kustomize.correspondence import Translation
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.patched import NotAppliedError, Written, merge, operate, pointer
from klint.render.kustomize.selector import admits, may_select
from klint.text.data import value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath


@dataclass(frozen=True)
class Patch:
    """One patch: the document that holds it, which is a file's or a text's inside the kustomization."""

    document: Document
    target: Mapping[str, Any]

    def applied(
        self, root: Written, built: Any, names: frozenset[str], all_names: frozenset[str], step: int
    ) -> Written:
        """An object after it, unchanged if it is about others.

        Args:
            root: the object.
            built: what has become of it in the end: its namespace then selects it as well, and where labels that select
                it are others nobody knows since when.
            names: its first name and its present one, by which a target selects.
            all_names: every name that it has had, by which a merge patch that has no target finds it.
            step: the number of the transformation.

        Raises:
            NotAppliedError: it is not known whether it is about the object, or what it does.
        """
        data = root.identity
        if not any(self._is_about(state, names, all_names) for state in (data, built)):
            return root
        is_admitted = admits(self.target, data, built)
        if is_admitted is False:
            return root
        if is_admitted is None:
            raise NotAppliedError
        if isinstance(self.document.data, list):
            return operate(root, self.document, step)
        if not isinstance(self.document.data, dict):
            raise NotAppliedError
        return merge(root, self.document, step, is_targeted=bool(self.target)) or root

    def toucher(self, document: Document, path: DataPath) -> Place | None:
        """The place in the patch that changes something in the list or mapping at a path, if it does."""
        if not self._is_about(document.data):
            return None
        if isinstance(self.document.data, list):
            for index, operation in enumerate(self.document.data):
                steps = pointer(string(mapping(operation).get("path")))
                if _leads_to(steps, path) or _leads_to(tuple(map(str, path)), steps):
                    return Place(self.document, (index, "path"))
            return None
        translated = Translation(document.data, mapping(self.document.data)).of(path).path
        return Place(self.document, translated) if len(translated) == len(path) else None

    def reorders(self, document: Document, path: DataPath) -> bool:
        """Whether the patch puts items into the list at a path, takes some out or moves them, or may."""
        if not isinstance(self.document.data, list):
            return self.toucher(document, path) is not None
        operations = map(mapping, self.document.data) if self._is_about(document.data) else ()
        return any(
            _leads_to(steps if operation.get("op") == "replace" else steps[:-1], path)
            for operation in operations
            for steps in map(pointer, (string(operation.get("path")), string(operation.get("from"))))
            if steps
        )

    def _is_about(
        self, data: Any, names: frozenset[str] = frozenset(), all_names: frozenset[str] = frozenset()
    ) -> bool:
        """Whether its target selects an object; without one it has to be a strategic merge patch, which names it.

        Where the names that the object has had are not known, a part of its own is enough.
        """
        if self.target:
            return may_select(self.target, data, names)
        own, data = mapping(self.document.data), mapping(data)
        if (api_group(own), own.get("kind")) != (api_group(data), data.get("kind")):
            return False
        name, built = (string(value_at(item, ("metadata", "name"))) for item in (own, data))
        if not all_names:
            return bool(name) and name in built
        return name in all_names and _namespace(own) == _namespace(data)


def _namespace(data: Mapping[str, Any]) -> str:
    """Source: kustomize kyaml/resid/resid.go, EffectiveNamespace."""
    return string(value_at(data, ("metadata", "namespace"))) or "default"


def _leads_to(steps: tuple[str, ...], path: DataPath) -> bool:
    return len(steps) <= len(path) and all(
        step == str(own) or (step == "-" and isinstance(own, int)) for step, own in zip(steps, path, strict=False)
    )


def patches_of(found: Kustomization, name: str) -> Iterator[Patch]:
    """The patches in a field of a kustomization, in their order."""
    if name == "patchesStrategicMerge":
        for text, path in found.entries(name):
            if found.sources.tree.is_file(found.path(text)):
                yield from _patches_in(found, text, {})
            else:
                yield from _inline_patches(found.place(*path), text, {})
        return
    for item, path in found.items(name):
        target = mapping(item.get("target"))
        file, text = string(item.get("path")), string(item.get("patch"))
        if file:
            yield from _patches_in(found, file, target)
        elif text:
            yield from _inline_patches(found.place(*path, "patch"), text, target)


def _patches_in(found: Kustomization, file: str, target: Mapping[str, Any]) -> Iterator[Patch]:
    for document in found.sources.documents(found.path(file)):
        if document.data is not None:
            yield Patch(document, target)


def patches_of_transformer(found: Kustomization, own: Document) -> Iterator[Patch]:
    """The patches of a transformer in a document of its own, which a kustomization names, in their order."""
    data = mapping(own.data)
    target = mapping(data.get("target"))
    for file in (data.get("path"), *sequence(data.get("paths"))):
        if file and isinstance(file, str):
            yield from _patches_in(found, file, target)
    for name in ("patch", "jsonOp", "patches"):
        if string(data.get(name)):
            yield from _inline_patches(Place(own, (name,)), data[name], target)


def _inline_patches(holder: Place, text: str, target: Mapping[str, Any]) -> Iterator[Patch]:
    for document in patch_documents(holder, text):
        if document.data is not None:
            yield Patch(document, target)
