"""The way back from a built kustomization: a field that nothing changed is the base's, else what changed it is.

Kustomize says of each object which file it comes from and which transformers it went through, not which field came
from where. That is found here: by comparing the built value with the base's and looking, from the last transformer
to the first, for the one that would set it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from klint.kube.resource import mapping, string
from klint.records import dataclass, replace
from klint.render.kustomize.correspondence import Translated, Translation, has_key
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.replacing import replacing
from klint.render.kustomize.selector import may_select
from klint.text.data import MISSING, is_same, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.embedded import embedded_documents
from klint.text.source import Span

_LABELS = frozenset(("labels", "annotations", "selector", "matchLabels", "matchExpressions"))
"""Fields under which affixes never change anything. Source: kustomize api/internal/konfig/builtinpluginconsts,
nameprefix.go, namesuffix.go and namereference.go."""


@dataclass(frozen=True, eq=False)
class Transformation:
    """One step an object went through: what asks for it, and the kind of transformer.

    That is a field of a kustomization, or a document of the transformer's own.
    """

    document: Document
    kind: str
    kustomization: Kustomization | None = None

    @cached_property
    def patches(self) -> tuple[Patch, ...]:
        """The patches that it makes."""
        if not self.kind.startswith("Patch"):
            return ()
        found = patches_of(self.kustomization) if self.kustomization else _patches_of_transformer(self.document)
        return tuple(found)


@dataclass(frozen=True, eq=False)
class BuiltOrigin:
    """The way back for one built object. `base` is the object as its file has it, `base_path` where in the document.

    The base of an object out of an inflated chart is a rendered document, which has a way back of its own.
    """

    base: Document | None
    base_path: DataPath
    transformations: Sequence[Transformation]
    fallback: Place | Span

    @property
    def written(self) -> Document | None:
        """The document of the file it comes from."""
        return self.base if self.base and self.base.origin is None else None

    def back(self, rendered: Span) -> Span:
        """The base as a whole, or what generated the object: only paths lead further."""
        return replace(self.base.span(self.base_path), approximate=True) if self.base else self.fallback.span

    def span(self, document: Document, path: DataPath) -> Span:
        """The line that made the value what it is."""
        path = _existing(document.data, path)
        changed = self._changed(document, path)
        if changed is not None:
            return changed.span
        place = self._of_base(document, path)
        if place is None:
            return self.fallback.span
        return place.span if self._is_of_base(document, path) else replace(place.span, approximate=True)

    def place(self, document: Document, path: DataPath) -> Place | None:
        """Where a patch, a field of a kustomization, the base or a generator has the value itself."""
        built = value_at(document.data, path)
        place = self._changed(document, path)
        if place is None and self.base is not None and self._is_kept(document, path):
            place = self._of_base(document, path)
        if place is None and path == ("metadata", "name") and isinstance(self.fallback, Place):
            place = self.fallback
        return place.document.place(place.path) if place and is_same(place.value, built) else None

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """The base's line, when something else made the value; else what made the base's."""
        if self.base is None:
            return ()
        if self._changed(document, path) is not None:
            place = self._of_base(document, path)
            return (("the base", (place or self.fallback).span),)
        patches = tuple(("a patch changes it", place.span) for place in self._patches(document, path))
        if patches:
            return patches
        inner = (*self.base_path, *self._translated(document, path).path)
        return self.base.origin.related(self.base, inner) if self.base.origin else ()

    def _patches(self, document: Document, path: DataPath) -> Iterator[Place]:
        """The patches that change something in a list or mapping: what is wrong with it may be theirs."""
        built = value_at(document.data, path)
        if not isinstance(built, (dict, list)) or self._in_base_data(document, path) == built:
            return
        for transformation in self.transformations:
            for patch in transformation.patches:
                place = patch.toucher(document, path)
                if place is not None:
                    yield place

    def _translated(self, document: Document, path: DataPath) -> Translated:
        return self._into_base(document).of(path)

    def _into_base(self, document: Document) -> Translation:
        key = id(document.data)
        if key not in self._translations:
            self._translations[key] = Translation(document.data, self._base_data)
        return self._translations[key]

    @cached_property
    def _translations(self) -> dict[int, Translation]:
        return {}

    def _in_base_data(self, document: Document, path: DataPath) -> Any:
        translated = self._translated(document, path).path
        return value_at(self._base_data, translated) if len(translated) == len(path) else MISSING

    def _of_base(self, document: Document, path: DataPath) -> Place | None:
        """The place in the base, or as much of the way to it as the base has."""
        if self.base is None:
            return None
        return Place(self.base, (*self.base_path, *self._translated(document, path).path))

    def _is_of_base(self, document: Document, path: DataPath) -> bool:
        """Whether a value that nothing known changed is the base's beyond doubt.

        It has to have that, or a name in it which a hash was added to, and its lists on the way the same order.
        """
        translated = self._translated(document, path)
        if len(translated.path) < len(path):
            return False
        built, base = value_at(document.data, path), value_at(self._base_data, translated.path)
        is_kept = isinstance(built, (dict, list)) or is_same(base, built) or (string(base) and base in string(built))
        return bool(is_kept) and not any(self._is_reordered(document, path[:depth]) for depth in translated.by_order)

    def _is_reordered(self, document: Document, path: DataPath) -> bool:
        """Whether a patch may have put an item into a list, taken one out or moved one."""
        return any(patch.reorders(document, path) for step in self.transformations for patch in step.patches)

    def _is_kept(self, document: Document, path: DataPath) -> bool:
        """Whether the base has all of the path, and its lists on the way whose items no key names are as they were."""
        translated = self._translated(document, path).path
        if len(translated) < len(path):
            return False
        for depth, step in enumerate(path):
            if isinstance(step, int) and not has_key(value_at(document.data, path[: depth + 1])):
                built, base = value_at(document.data, path[:depth]), value_at(self._base_data, translated[:depth])
                return is_same(built, base)
        return True

    @property
    def _base_data(self) -> Any:
        return value_at(self.base.data, self.base_path) if self.base else MISSING

    def _changed(self, document: Document, path: DataPath) -> Place | None:
        built = value_at(document.data, path)
        if built is MISSING:
            return None
        original = self._in_base_data(document, path)
        if original == built or (original is not MISSING and isinstance(built, (dict, list))):
            return None
        for transformation in reversed(self.transformations):
            found = _setter(transformation, document, path, built)
            if found is not None:
                return found
        return None


def _existing(data: Any, path: DataPath) -> DataPath:
    """As much of a path as there is something at."""
    for depth, step in enumerate(path):
        data = value_at(data, (step,))
        if data is MISSING:
            return path[:depth]
    return path


def _setter(transformation: Transformation, document: Document, path: DataPath, built: Any) -> Place | None:
    """The place in a transformation's file that sets this value, if it does."""
    kind, found = transformation.kind, transformation.kustomization
    if kind.startswith("Patch"):
        return _in_patches(transformation, document, path, built)
    if found is None:
        return _in_transformer(transformation.document, path, built)
    if kind == "NamespaceTransformer" and path[-1:] == ("namespace",) and found.data.get("namespace") == built:
        return found.place("namespace")
    if kind in ("PrefixTransformer", "SuffixTransformer") and _LABELS.isdisjoint(path):
        return _in_affixes(found, kind, str(built))
    if kind == "ImageTagTransformer" and path[-1:] == ("image",):
        return _in_images(found, str(built))
    if kind == "ReplicaCountTransformer" and path[-1:] == ("replicas",):
        return _in_replicas(found, document, built)
    if kind in ("LabelTransformer", "AnnotationsTransformer"):
        return _in_labels(found, path, built)
    if kind == "ReplacementTransformer":
        return replacing(found, document, path)
    return None


def _in_affixes(found: Kustomization, kind: str, built: str) -> Place | None:
    prefix, suffix = string(found.data.get("namePrefix")), string(found.data.get("nameSuffix"))
    if kind == "PrefixTransformer":
        return found.place("namePrefix") if prefix and built.startswith(prefix) else None
    return found.place("nameSuffix") if suffix and built.endswith(suffix) else None


def _in_images(found: Kustomization, built: str) -> Place | None:
    for item, path in found.items("images"):
        wanted = string(item.get("newName")) or string(item.get("name"))
        if wanted and built.startswith(wanted):
            field = next((key for key in ("newTag", "digest", "newName") if key in item), "name")
            return found.place(*path, field)
    return None


def _in_replicas(found: Kustomization, document: Document, built: Any) -> Place | None:
    name = string(value_at(document.data, ("metadata", "name")))
    for item, path in found.items("replicas"):
        if item.get("count") == built and string(item.get("name")) in name:
            return found.place(*path, "count")
    return None


def _in_labels(found: Kustomization, path: DataPath, built: Any) -> Place | None:
    key = path[-1]
    for field in ("commonLabels", "commonAnnotations"):
        if mapping(found.data.get(field)).get(str(key)) == built:
            return found.place(field, str(key))
    for item, at in found.items("labels"):
        if mapping(item.get("pairs")).get(str(key)) == built:
            return found.place(*at, "pairs", str(key))
    return None


def _in_transformer(own: Document, path: DataPath, built: Any) -> Place | None:
    """A transformer in a document of its own: the entry of its mapping that has the path's last key and this value."""
    for name, value in mapping(own.data).items():
        if mapping(value).get(str(path[-1])) == built:
            return Place(own, (name, str(path[-1])))
    return None


def _in_patches(transformation: Transformation, document: Document, path: DataPath, built: Any) -> Place | None:
    for patch in reversed(list(transformation.patches)):
        place = patch.setter(document, path, built)
        if place is not None:
            return place
    return None


@dataclass(frozen=True)
class Patch:
    """One patch: the document that holds it, which is a file's or a text's inside the kustomization."""

    document: Document
    target: Mapping[str, Any]

    def setter(self, document: Document, path: DataPath, built: Any) -> Place | None:
        """The place in the patch that sets this value."""
        if isinstance(self.document.data, list):
            return self._operation(document, path, built)
        data = mapping(self.document.data)
        if not (self._is_target(document.data) or self._is_same_object(document.data)):
            return None
        translated = Translation(document.data, data).of(path).path
        if len(translated) < len(path) or not _is_built_of(value_at(data, translated), built):
            return None
        return Place(self.document, translated)

    def _operation(self, document: Document, path: DataPath, built: Any) -> Place | None:
        """The last JSON patch operation that writes to the path or to what encloses it, best all that encloses it."""
        if not self._is_target(document.data):
            return None
        operations = list(enumerate(map(mapping, self.document.data)))
        for is_whole in (True, False):
            for index, operation in reversed(operations):
                steps = _pointer(string(operation.get("path")))
                if "value" not in operation or not _leads_to(steps, path):
                    continue
                written, inner = operation["value"], path[len(steps) :]
                if is_whole and not _may_become(written, value_at(document.data, path[: len(steps)])):
                    continue
                if _is_built_of(value_at(written, inner), built):
                    return Place(self.document, (index, "value", *inner))
        return None

    def toucher(self, document: Document, path: DataPath) -> Place | None:
        """The place in the patch that changes something in the list or mapping at a path, if it does."""
        if isinstance(self.document.data, list):
            for index, operation in enumerate(self.document.data) if self._is_target(document.data) else ():
                steps = _pointer(string(mapping(operation).get("path")))
                if _leads_to(steps, path) or _leads_to(tuple(map(str, path)), steps):
                    return Place(self.document, (index, "path"))
            return None
        if not (self._is_target(document.data) or self._is_same_object(document.data)):
            return None
        translated = Translation(document.data, mapping(self.document.data)).of(path).path
        return Place(self.document, translated) if len(translated) == len(path) else None

    def reorders(self, document: Document, path: DataPath) -> bool:
        """Whether the patch puts items into the list at a path, takes some out or moves them, or may."""
        if not isinstance(self.document.data, list):
            return self.toucher(document, path) is not None
        operations = map(mapping, self.document.data) if self._is_target(document.data) else ()
        return any(
            _leads_to(steps if operation.get("op") == "replace" else steps[:-1], path)
            for operation in operations
            for steps in map(_pointer, (string(operation.get("path")), string(operation.get("from"))))
            if steps
        )

    def _is_same_object(self, data: Any) -> bool:
        """A strategic merge patch names its object itself."""
        own = mapping(self.document.data)
        if own.get("kind") != mapping(data).get("kind"):
            return False
        name, built = string(value_at(own, ("metadata", "name"))), string(value_at(data, ("metadata", "name")))
        return not self.target and bool(name) and name in built

    def _is_target(self, data: Any) -> bool:
        return bool(self.target) and may_select(self.target, data)


def _is_built_of(value: Any, built: Any) -> bool:
    """Whether a patch's value is the one that was built, but for names in it that were changed since.

    Kustomize's reader ends a block scalar with a line break even where the patch ends in it without one, as the text of
    `patch: |-` does.
    """
    if isinstance(value, (dict, list)):
        return _may_become(value, built)
    return bool(value == built) or (isinstance(value, str) and built == f"{value}\n")


def _may_become(value: Any, built: Any) -> bool:
    """Whether one value is another one but for what affixes and hashes add to texts in it."""
    waiting = [(value, built)]
    while waiting:
        value, built = waiting.pop()
        if isinstance(value, dict) and isinstance(built, dict) and value.keys() == built.keys():
            waiting.extend((item, built[key]) for key, item in value.items())
        elif isinstance(value, list) and isinstance(built, list) and len(value) == len(built):
            waiting.extend(zip(value, built, strict=True))
        elif isinstance(value, str) and isinstance(built, str) and value in built:
            continue
        elif value != built:
            return False
    return True


def _pointer(text: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _leads_to(steps: tuple[str, ...], path: DataPath) -> bool:
    return len(steps) <= len(path) and all(
        step == str(own) or (step == "-" and isinstance(own, int)) for step, own in zip(steps, path, strict=False)
    )


def patches_of(found: Kustomization) -> Iterator[Patch]:
    """The patches of a kustomization, in their order."""
    for name in ("patches", "patchesJson6902"):
        for item, path in found.items(name):
            target = mapping(item.get("target"))
            file, text = string(item.get("path")), string(item.get("patch"))
            if file:
                yield from _patches_in(found, file, target)
            elif text:
                yield from _inline_patches(found.place(*path, "patch"), text, target)
    for text, path in found.entries("patchesStrategicMerge"):
        if found.sources.tree.is_file(found.path(text)):
            yield from _patches_in(found, text, {})
        else:
            yield from _inline_patches(found.place(*path), text, {})


def _patches_in(found: Kustomization, file: str, target: Mapping[str, Any]) -> Iterator[Patch]:
    for document in found.sources.documents(found.path(file)):
        if document.data is not None:
            yield Patch(document, target)


def _patches_of_transformer(own: Document) -> Iterator[Patch]:
    """The patches that stand in a transformer itself."""
    data = mapping(own.data)
    for name in ("patch", "jsonOp", "patches"):
        if string(data.get(name)):
            yield from _inline_patches(Place(own, (name,)), data[name], mapping(data.get("target")))


def _inline_patches(holder: Place, text: str, target: Mapping[str, Any]) -> Iterator[Patch]:
    for document in embedded_documents(holder, text):
        if document.data is not None:
            yield Patch(document, target)
