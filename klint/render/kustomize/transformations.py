"""The way back from a built kustomization: what wrote each value last, in the base, a patch or the kustomization.

Kustomize says of each object which file it comes from and which transformers it went through, not which field came
from where. That is found here: the patches are applied once more, each value keeping its place (patched.py), and what
the built object has otherwise is looked for in the other transformers, from the last one to the first. What neither
explains is approximate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from klint.kube.resource import mapping, string
from klint.records import cached_property, dataclass, replace
from klint.regex import regex
from klint.render.kustomize.correspondence import Translated, Translation
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.patched import BASE, NotAppliedError, Written, with_annotations
from klint.render.kustomize.patches import Patch, patches_of, patches_of_transformer
from klint.render.kustomize.replacing import replacing
from klint.text.data import MISSING, is_same, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.source import Span

_LABELS = frozenset(("labels", "annotations", "selector", "matchLabels", "matchExpressions"))
"""Fields under which affixes never change anything. Source: kustomize api/internal/konfig/builtinpluginconsts,
nameprefix.go, namesuffix.go and namereference.go."""

_NAME = ("metadata", "name")
"""What a patch that is merged repeats, to say which object it is about."""

_SELECTORS = frozenset(("selector", "matchLabels"))

_HASH = regex(r"-[2456789bcdfghkmt]{10}\Z")
"""What kustomize adds to the names of what it generates. Source: kustomize api/hasher/hasher.go, encode."""

_FIELDS = {
    "PatchTransformer": "patches",
    "PatchStrategicMergeTransformer": "patchesStrategicMerge",
    "PatchJson6902Transformer": "patchesJson6902",
}
"""The field of a kustomization that asks for each kind of patches."""


@dataclass(frozen=True, eq=False)
class Transformation:
    """One step an object went through: the kustomization that asks for it, and the kind of transformer.

    What is to be done a field of that says, or a document of the transformer's `own`.
    """

    kustomization: Kustomization
    kind: str
    own: Document | None = None

    @property
    def is_patch(self) -> bool:
        """Whether it makes patches."""
        return self.kind in _FIELDS

    @cached_property
    def patches(self) -> tuple[Patch, ...]:
        """The patches that it makes."""
        if not self.is_patch:
            return ()
        if self.own is not None:
            return tuple(patches_of_transformer(self.kustomization, self.own))
        return tuple(patches_of(self.kustomization, _FIELDS[self.kind]))

    def renamed(self, name: str) -> str:
        """What an object with a name is called after it, where it adds a prefix or a suffix."""
        said = self.kustomization.data if self.own is None else mapping(self.own.data)
        if self.kind == "PrefixTransformer":
            return string(said.get("namePrefix") or said.get("prefix")) + name
        return name + string(said.get("nameSuffix") or said.get("suffix")) if self.kind == "SuffixTransformer" else name


@dataclass(frozen=True, eq=False)
class Patched:
    """An object after its patches: what it is, and the names that it has had.

    `doubted` are patches of which it is not known whether they are about it, or what they write. `translation` leads
    from the built object into this one, and `into_base` into what it was before them.
    """

    root: Written
    names: frozenset[str]
    doubted: Sequence[Patch]
    translation: Translation
    into_base: Translation


@dataclass(frozen=True, eq=False)
class BuiltOrigin:
    """The way back for one built object. `base` is the object as its file has it, `base_path` where in the document.

    The base of an object out of an inflated chart is a rendered document, which has a way back of its own. An object
    that is generated has none: `fallback` is the name in the entry that generates it, as far as there is one.
    `is_outlined` is set for a definition that was built without its schemas.
    """

    base: Document | None
    base_path: DataPath
    transformations: Sequence[Transformation]
    fallback: Place | Span
    is_outlined: bool = False

    @property
    def written(self) -> Document | None:
        """The document of the file it comes from."""
        return self.base if self.base and self.base.origin is None else None

    def back(self, rendered: Span) -> Span:
        """The base as a whole, or what generated the object: only paths lead further."""
        return replace(self.base.span(self.base_path), approximate=True) if self.base else self.fallback.span

    def span(self, document: Document, path: DataPath) -> Span:
        """The line that made the value what it is."""
        place, is_exact = self._maker(document, _existing(document.data, path))
        return place.span if is_exact else replace(place.span, approximate=True)

    def place(self, document: Document, path: DataPath) -> Place | None:
        """Where a patch, a field of a kustomization, the base or a generator has the value itself.

        None where a patch repeats what the base says: whoever edits one of them may mean the other.
        """
        if value_at(document.data, path) is MISSING:
            return None
        place, is_exact = self._maker(document, path)
        built = value_at(document.data, path)
        if not is_exact or not isinstance(place, Place) or not is_same(place.value, built):
            return None
        is_base = place.document is self.base
        if self.base is not None and not is_base and is_same(self._in_base_data(document, path), built):
            return None
        return place.document.place(place.path)

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """The base's line, when something else made the value; else what made the base's."""
        if self.base is None:
            return ()
        place, _ = self._maker(document, _existing(document.data, path))
        if not (isinstance(place, Place) and place.document is self.base):
            return (("the base", self._of_base(document, path).span),)
        patches = tuple(("a patch changes it", place.span) for place in self._patches(document, path))
        if patches:
            return patches
        inner = (*self.base_path, *self._translated(document, path).path)
        return self.base.origin.related(self.base, inner) if self.base.origin else ()

    def _maker(self, document: Document, path: DataPath) -> tuple[Place | Span, bool]:
        """What wrote a value last, and whether that is beyond doubt; else as much of the way to it as there is."""
        patched, built = self._patched(document), value_at(document.data, path)
        translated = patched.translation.of(path)
        written = patched.root.at(translated.path) if len(translated.path) == len(path) else None
        is_kept = written is not None and _is_built_of(written, built)
        if not isinstance(built, dict | list):
            found = self._setter(document, path, built, patched.names, written if is_kept else None)
            if found is not None:
                return found, True
        if written is None:
            return (patched.root.at(translated.path) or patched.root).place, False
        if path == _NAME and written.step != BASE and is_same(self._in_base_data(document, path), built):
            return self._of_base(document, path), True
        is_certain = is_kept and not self._is_moved(document, path, written)
        if is_certain and patched.doubted:
            is_touched = any(patch.toucher(document, path) for patch in patched.doubted)
            is_certain = not (translated.by_order or is_touched)
        return written.place, is_certain and (self.base is not None or _is_said(path, written))

    def _is_moved(self, document: Document, path: DataPath, written: Written) -> bool:
        """Whether a patch may have moved what neither content nor key tells, on the way to a value of the base."""
        if self.base is None or written.step != BASE:
            return False
        translated = self._translated(document, path)
        depths = {*translated.by_order, *([len(translated.path)] if len(translated.path) < len(path) else ())}
        return any(
            patch.reorders(document, path[:depth])
            for depth in depths
            if isinstance(path[depth], int)
            for _, step in self._steps
            for patch in step.patches
        )

    def _setter(
        self, document: Document, path: DataPath, built: Any, names: frozenset[str], written: Written | None
    ) -> Place | None:
        """What sets a value after its patches did, other than a patch. `written` is what these left, if it is that."""
        for index in reversed(range(written.step + 1 if written else 0, len(self.transformations))):
            found = _setter(self.transformations[index], document, path, built, names, is_changed=written is None)
            if found is not None:
                return found
        return None

    def _patched(self, document: Document) -> Patched:
        key = id(document.data)
        if key not in self._states:
            self._states[key] = self._apply(document)
        return self._states[key]

    @cached_property
    def _states(self) -> dict[int, Patched]:
        return {}

    def _apply(self, document: Document) -> Patched:
        """The object after its patches, in the order in which kustomize makes them."""
        if self.base is not None:
            root = with_annotations(Written.read(Place(self.base, self.base_path), self._base_data))
        else:
            root = Written.made(document.data, self.fallback)
        own = value_at(root.identity, ("metadata", "name"))
        first = string(self.fallback.value if isinstance(self.fallback, Place) else own)
        current, names = first, {first}
        doubted: list[Patch] = []
        for step, transformation in self._steps:
            current = transformation.renamed(current)
            names.add(current)
            for patch in transformation.patches:
                try:
                    root = patch.applied(root, document.data, frozenset((first, current)), frozenset(names), step)
                except NotAppliedError:
                    doubted.append(patch)
        names.add(string(value_at(document.data, ("metadata", "name"))))
        translation, into_base = (Translation(document.data, other) for other in (root.data, self._base_data))
        return Patched(root, frozenset(names), doubted, translation, into_base)

    @cached_property
    def _steps(self) -> Sequence[tuple[int, Transformation]]:
        """The transformations with their numbers, those of several patches of one kustomization once."""
        numbered = enumerate(self.transformations)
        return [list(same)[-1] for _, same in groupby(numbered, key=lambda item: id(item[1]))]

    def _patches(self, document: Document, path: DataPath) -> Iterator[Place]:
        """The patches that change something in a list or mapping: what is wrong with it may be theirs."""
        built = value_at(document.data, path)
        if not isinstance(built, (dict, list)) or self._in_base_data(document, path) == built:
            return
        for _, transformation in self._steps:
            for patch in transformation.patches:
                place = patch.toucher(document, path)
                if place is not None:
                    yield place

    def _translated(self, document: Document, path: DataPath) -> Translated:
        return self._patched(document).into_base.of(path)

    def _in_base_data(self, document: Document, path: DataPath) -> Any:
        translated = self._translated(document, path).path
        return value_at(self._base_data, translated) if len(translated) == len(path) else MISSING

    def _of_base(self, document: Document, path: DataPath) -> Place | Span:
        """The place in the base, or as much of the way to it as the base has."""
        if self.base is None:
            return self.fallback
        return Place(self.base, (*self.base_path, *self._translated(document, path).path))

    @property
    def _base_data(self) -> Any:
        return value_at(self.base.data, self.base_path) if self.base else MISSING


def _is_said(path: DataPath, written: Written) -> bool:
    """Whether this of a generated object is what its generator says, its name, or what a patch does."""
    return path in ((), ("metadata",), ("metadata", "name")) or written.step != BASE


def _existing(data: Any, path: DataPath) -> DataPath:
    """As much of a path as there is something at."""
    for depth, step in enumerate(path):
        data = value_at(data, (step,))
        if data is MISSING:
            return path[:depth]
    return path


def _setter(
    transformation: Transformation,
    document: Document,
    path: DataPath,
    built: Any,
    names: frozenset[str],
    *,
    is_changed: bool,
) -> Place | None:
    """The place in a transformation's file that sets this value, if it does.

    `is_changed` is set where the value is not what it was before: then whatever can have made it did.
    """
    kind, found = transformation.kind, transformation.kustomization
    if transformation.is_patch:
        return None
    if transformation.own is not None:
        return _in_transformer(transformation.own, path, built) if is_changed else None
    if kind == "NamespaceTransformer" and path[-1:] == ("namespace",) and found.data.get("namespace") == built:
        return found.place("namespace") if is_changed or path == ("metadata", "namespace") else None
    if kind in ("PrefixTransformer", "SuffixTransformer") and is_changed and _LABELS.isdisjoint(path):
        return _in_affixes(found, kind, str(built))
    if kind == "ImageTagTransformer" and path[-1:] == ("image",):
        return _in_images(found, str(built))
    if kind == "ReplicaCountTransformer" and path == ("spec", "replicas"):
        return _in_replicas(found, names, built)
    if kind in ("LabelTransformer", "AnnotationsTransformer"):
        return _in_labels(found, kind, path, built)
    if kind == "ReplacementTransformer":
        return replacing(found, document, path, names)
    return None


def _in_affixes(found: Kustomization, kind: str, built: str) -> Place | None:
    prefix, suffix = string(found.data.get("namePrefix")), string(found.data.get("nameSuffix"))
    if kind == "PrefixTransformer":
        return found.place("namePrefix") if prefix and built.startswith(prefix) else None
    is_set = suffix and (built.endswith(suffix) or _HASH.sub("", built).endswith(suffix))
    return found.place("nameSuffix") if is_set else None


def _in_images(found: Kustomization, built: str) -> Place | None:
    """Source: kustomize api/filters/imagetag/updater.go, and api/image/image.go for what a name is."""
    named, _, digest = built.partition("@")
    tagged, colon, tag = named.rpartition(":")
    name, tag = (tagged, tag) if colon and "/" not in tag else (named, "")
    for item, path in found.items("images"):
        parts = {"digest": digest, "newTag": tag}
        is_built = all(str(item[key]) == value for key, value in parts.items() if item.get(key))
        is_built = is_built and tag.endswith(string(item.get("tagSuffix")))
        if name == (string(item.get("newName")) or string(item.get("name"))) and is_built:
            field = next((key for key in ("newTag", "digest", "newName", "tagSuffix") if item.get(key)), None)
            return found.place(*path, field) if field else None
    return None


def _in_replicas(found: Kustomization, names: frozenset[str], built: Any) -> Place | None:
    for item, path in found.items("replicas"):
        if item.get("count") == built and item.get("name") in names:
            return found.place(*path, "count")
    return None


def _in_labels(found: Kustomization, kind: str, path: DataPath, built: Any) -> Place | None:
    """Source: kustomize api/internal/konfig/builtinpluginconsts, commonlabels.go and commonannotations.go."""
    holder, key = path[-2:-1], str(path[-1])
    if kind == "AnnotationsTransformer":
        is_set = holder == ("annotations",) and mapping(found.data.get("commonAnnotations")).get(key) == built
        return found.place("commonAnnotations", key) if is_set else None
    is_label, is_selector = holder == ("labels",), bool(_SELECTORS.intersection(holder))
    if (is_label or is_selector) and mapping(found.data.get("commonLabels")).get(key) == built:
        return found.place("commonLabels", key)
    for item, at in found.items("labels"):
        is_own = path[:-1] == ("metadata", "labels")
        in_templates = item.get("includeTemplates") is True or item.get("includeSelectors") is True
        is_meant = (
            is_own
            or (is_label and in_templates)
            or (is_selector and item.get("includeSelectors") is True)
            or bool(item.get("fields"))
        )
        if is_meant and mapping(item.get("pairs")).get(key) == built:
            return found.place(*at, "pairs", key)
    return None


def _in_transformer(own: Document, path: DataPath, built: Any) -> Place | None:
    """A transformer in a document of its own: the entry of its mapping that has the path's last key and this value."""
    for name, value in mapping(own.data).items():
        if mapping(value).get(str(path[-1])) == built:
            return Place(own, (name, str(path[-1])))
    return None


def _is_built_of(written: Written, built: Any) -> bool:
    """Whether a value is the one that was built, but for a hash in a name that was added since.

    Kustomize's reader ends a block scalar with a line break even where the patch ends in it without one, as the text of
    `patch: |-` does.
    """
    value = written.value
    if isinstance(built, dict | list):
        return isinstance(value, type(built))
    if is_same(value, built):
        return True
    return (
        isinstance(value, str)
        and isinstance(built, str)
        and (built == f"{value}\n" or (bool(value) and _HASH.sub("", built) == value))
    )
