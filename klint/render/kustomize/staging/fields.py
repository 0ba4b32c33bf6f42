"""What kustomize takes in a kustomization, as far as it is plain data: names, labels, selectors, but no path.

Source: kustomize's api/types (v5.8), whose JSON tags these are. What is not in here klint hands to no program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.records import dataclass
from klint.text.document import Path

Shape = type | tuple["Shape"] | Mapping[str, "Shape"]
"""What a value may be: text, a whole number or a boolean; a list of one shape; a mapping, by its fields, where the
field ANY stands for whatever key there is."""

ANY = "*"

TEXTS: Shape = {ANY: str}

_FIELD = {"group": str, "version": str, "kind": str, "path": str, "create": bool}
SELECTOR: Shape = dict.fromkeys(
    ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"), str
)
_OBJECT = {"group": str, "version": str, "kind": str, "name": str, "namespace": str}
_IMAGE = dict.fromkeys(("name", "newName", "tagSuffix", "newTag", "digest"), str)
_PATH_OPTIONS: Shape = {"delimiter": str, "index": int, "encoding": str, "create": bool}
REPLACEMENT: Shape = {
    "source": {**_OBJECT, "fieldPath": str, "options": _PATH_OPTIONS},
    "sourceValue": str,
    "targets": ({"select": SELECTOR, "reject": (SELECTOR,), "fieldPaths": (str,), "options": _PATH_OPTIONS},),
}
GENERATOR_OPTIONS: Shape = {"labels": TEXTS, "annotations": TEXTS, "disableNameSuffixHash": bool, "immutable": bool}
PATCH_OPTIONS: Shape = {ANY: bool}

FIELDS: Mapping[str, Shape] = {
    "namespace": str,
    "namePrefix": str,
    "nameSuffix": str,
    "commonLabels": TEXTS,
    "commonAnnotations": TEXTS,
    "labels": ({"pairs": TEXTS, "includeSelectors": bool, "includeTemplates": bool, "fields": (_FIELD,)},),
    "images": (_IMAGE,),
    "imageTags": (_IMAGE,),
    "replicas": ({"name": str, "count": int},),
    "vars": ({"name": str, "objref": {**_OBJECT, "apiVersion": str}, "fieldref": {"fieldPath": str}},),
    "generatorOptions": GENERATOR_OPTIONS,
    "sortOptions": {"order": str, "legacySortOptions": {"orderFirst": (str,), "orderLast": (str,)}},
}
"""Fields of a kustomization that name no file."""

TRANSFORMERS: Mapping[str, Mapping[str, Shape]] = {
    "AnnotationsTransformer": {"annotations": TEXTS, "fieldSpecs": (_FIELD,)},
    "HashTransformer": {},
    "ImageTagTransformer": {"imageTag": _IMAGE, "fieldSpecs": (_FIELD,)},
    "LabelTransformer": {"labels": TEXTS, "fieldSpecs": (_FIELD,)},
    "NamespaceTransformer": {
        "namespace": str,
        "fieldSpecs": (_FIELD,),
        "unsetOnly": bool,
        "setRoleBindingSubjects": str,
    },
    "PrefixTransformer": {"prefix": str, "fieldSpecs": (_FIELD,)},
    "PrefixSuffixTransformer": {"prefix": str, "suffix": str, "fieldSpecs": (_FIELD,)},
    "SuffixTransformer": {"suffix": str, "fieldSpecs": (_FIELD,)},
    "ReplicaCountTransformer": {"replica": {"name": str, "count": int}, "fieldSpecs": (_FIELD,)},
    "SortOrderTransformer": {"sortOptions": FIELDS["sortOptions"]},
}
"""The transformers of kustomize's own (`apiVersion: builtin`) that name no file, with their fields."""


@dataclass(frozen=True)
class Misfit:
    """A value that kustomize does not take, where it stands, and why."""

    path: Path
    reason: str


def fitting(value: Any, shape: Shape, path: Path, misfits: list[Misfit]) -> Any:
    """What of a value fits a shape, None if nothing does; the rest is added to `misfits`.

    Go reads a field in whatever case it is written: here it gets the one that kustomize gives it.
    """
    if isinstance(shape, tuple):
        if isinstance(value, list):
            found = (fitting(item, shape[0], (*path, index), misfits) for index, item in enumerate(value))
            return [item for item in found if item is not None]
    elif isinstance(shape, Mapping):
        if isinstance(value, dict):
            return dict(_fields(value, shape, path, misfits))
    elif isinstance(value, shape) and (shape is bool or not isinstance(value, bool)):
        return value
    if value is not None:
        misfits.append(Misfit(path, f"{_name(path)} should be {_kind(shape)}"))
    return None


def _fields(
    value: Mapping[Any, Any], shape: Mapping[str, Shape], path: Path, misfits: list[Misfit]
) -> Iterator[tuple[str, Any]]:
    spelled = {name.lower(): name for name in shape}
    given: set[str] = set()
    for key, item in value.items():
        name = str(key) if ANY in shape else spelled.get(str(key).lower(), "")
        if not name or name in given:
            misfits.append(Misfit((*path, str(key)), f"unknown field {key!r}" if not name else f"{name} stands twice"))
            continue
        given.add(name)
        found = fitting(item, shape.get(ANY, shape.get(name, str)), (*path, str(key)), misfits)
        if found is not None:
            yield name, found


def _name(path: Path) -> str:
    last = path[-1]
    return f"an entry of {path[-2]}" if isinstance(last, int) and len(path) > 1 else str(last)


def _kind(shape: Shape) -> str:
    if isinstance(shape, tuple):
        return "a list"
    if isinstance(shape, Mapping):
        return "a mapping"
    return {str: "text", int: "a whole number", bool: "true or false"}[shape]
