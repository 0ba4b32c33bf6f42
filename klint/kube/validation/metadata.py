"""What the API server refuses in the metadata of every object.

Sources: k8s.io/apimachinery pkg/api/validation/objectmeta.go ValidateObjectMeta with ValidateAnnotations,
ValidateOwnerReferences and ValidateFinalizers, pkg/apis/meta/v1/validation ValidateLabels and ValidateManagedFields;
k8s.io/kubernetes pkg/apis/core/validation validateKubeFinalizerName.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from klint.kube.names import is_dns_label, is_label_value, is_qualified_name
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.validation.problem import FieldProblem
from klint.text.document import Path
from klint.text.placeholders import is_placeholder
from klint.text.words import joined
from klint.text.yaml import key_text

_ANNOTATIONS_LIMIT = 256 * 1024
"""Bytes, keys and values together (TotalAnnotationSizeLimitB)."""

_RARE = frozenset(("finalizers", "ownerReferences", "managedFields"))
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def metadata_problems(
    resource: Resource, is_name: Callable[[str], bool], *, letters: str, is_namespaced: bool = True
) -> Iterator[FieldProblem]:
    """What is wrong with the metadata of an object.

    Args:
        resource: the object.
        is_name: whether the kind accepts a name.
        letters: what such a name may hold, for the end of a sentence.
        is_namespaced: whether objects of the kind stand in a namespace; kubectl drops it from all others.
    """
    metadata = mapping(resource.data.get("metadata"))
    yield from _names(resource, metadata, is_name, letters)
    namespace = metadata.get("namespace") if is_namespaced else None
    if namespace and isinstance(namespace, str) and not is_dns_label(namespace) and not is_placeholder(namespace):
        message = f"namespace {namespace} of {resource.kind} {resource.name} is not a valid namespace name"
        yield FieldProblem(resource.at("metadata", "namespace"), message)
    yield from label_problems(resource, metadata.get("labels"), ("metadata", "labels"), f"{resource} has")
    yield from _annotations(resource, metadata)
    if not _RARE.isdisjoint(metadata):
        yield from _finalizers(resource, metadata)
        yield from _owners(resource, metadata)
        yield from _managed_fields(resource, metadata)


def _names(
    resource: Resource, metadata: Mapping[str, Any], is_name: Callable[[str], bool], letters: str
) -> Iterator[FieldProblem]:
    name, generated = metadata.get("name"), string(metadata.get("generateName"))
    if name in (None, "") and not metadata.get("generateName"):
        message = f"This {resource.kind} has neither a name nor a generateName"
        yield FieldProblem(resource.at("metadata"), message, missing=("name", "generateName"))
    elif isinstance(name, str) and name and not is_name(name) and not is_placeholder(name):
        yield FieldProblem(resource.place, f"The name of {resource} is refused: it may hold {letters}")
    if generated and not is_name(example_name(generated)) and not is_placeholder(generated):
        message = f"generateName {generated} of {resource.kind} {resource.name} is refused: it may hold {letters}"
        yield FieldProblem(resource.at("metadata", "generateName"), message)


def example_name(prefix: str) -> str:
    """What is judged in place of the names that generateName leads to (maskTrailingDash)."""
    return prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def label_problems(resource: Resource, labels: Any, path: Path, what: str) -> Iterator[FieldProblem]:
    """What no label can be, in a map of labels at a path; `what` begins the sentence: `The selector of … asks for`."""
    for key, value in mapping(labels).items():
        key = key_text(key)
        if not is_qualified_name(key) and not is_placeholder(key):
            yield FieldProblem(resource.at(*path, key), f"{what} the label {key}, which is not a valid label key")
        elif isinstance(value, str) and not is_label_value(value) and not is_placeholder(value):
            yield FieldProblem(resource.at(*path, key), f"{what} {key}={value}, which is not a valid label value")


def _annotations(resource: Resource, metadata: Mapping[str, Any]) -> Iterator[FieldProblem]:
    size = 0
    annotations = mapping(metadata.get("annotations"))
    for key, value in annotations.items():
        key = key_text(key)
        size += len(key) + (len(value) if isinstance(value, str) else 0)
        if not is_qualified_name(key) and not is_qualified_name(key.lower()) and not is_placeholder(key):
            message = f"{resource} has the annotation {key}, which is not a valid annotation key"
            yield FieldProblem(resource.at("metadata", "annotations", key), message)
    if size * 4 > _ANNOTATIONS_LIMIT:
        texts = [*map(key_text, annotations), *(item for item in annotations.values() if isinstance(item, str))]
        size = sum(len(text.encode(errors="replace")) for text in texts)
        if size > _ANNOTATIONS_LIMIT:
            message = f"The annotations of {resource} have {size} bytes, and {_ANNOTATIONS_LIMIT} is the most"
            yield FieldProblem(resource.at("metadata", "annotations"), message)


def _finalizers(resource: Resource, metadata: Mapping[str, Any]) -> Iterator[FieldProblem]:
    finalizers = sequence(metadata.get("finalizers"))
    for index, name in enumerate(finalizers):
        name = "" if name is None else name
        if not isinstance(name, str) or is_placeholder(name):
            continue
        if not is_qualified_name(name) or ("/" not in name and name not in _STANDARD_FINALIZERS):
            message = f"finalizer {name or '(none)'} of {resource} is not a name such as example.com/cleanup"
            yield FieldProblem(resource.at("metadata", "finalizers", index), message)
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        message = f"{resource} has the finalizers orphan and foregroundDeletion, and only one can count"
        yield FieldProblem(resource.at("metadata", "finalizers"), message)


def _owners(resource: Resource, metadata: Mapping[str, Any]) -> Iterator[FieldProblem]:
    controllers = 0
    for index, owner in enumerate(sequence(metadata.get("ownerReferences"))):
        owner = {} if owner is None else owner
        if not isinstance(owner, dict):
            continue
        at = ("metadata", "ownerReferences", index)
        missing = tuple(field for field in ("apiVersion", "kind", "name", "uid") if owner.get(field) in (None, ""))
        if missing:
            message = f"An owner of {resource} cannot be without {joined(missing)}"
            yield FieldProblem(resource.at(*at), message, missing=missing)
        version = owner.get("apiVersion")
        if isinstance(version, str) and (version.count("/") > 1 or version.endswith("/")):
            message = f"An owner of {resource} has apiVersion {version}, which is not a group with a version"
            yield FieldProblem(resource.at(*at, "apiVersion"), message)
        if (version, owner.get("kind")) == ("v1", "Event"):
            yield FieldProblem(resource.at(*at, "kind"), f"An Event cannot own {resource}")
        if owner.get("controller") is True:
            controllers += 1
            if controllers == 2:
                message = f"Two owners of {resource} are its controller, and only one can be"
                yield FieldProblem(resource.at(*at, "controller"), message)


def _managed_fields(resource: Resource, metadata: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """What `kubectl get -o yaml` writes down; wrong only where somebody has changed it."""
    for index, entry in enumerate(sequence(metadata.get("managedFields"))):
        entry = {} if entry is None else entry
        if not isinstance(entry, dict):
            continue
        manager, part = entry.get("manager") or "", entry.get("subresource") or ""
        if (
            entry.get("operation") not in ("Apply", "Update")
            or entry.get("fieldsType") not in (None, "", "FieldsV1")
            or (
                isinstance(manager, str) and (len(manager.encode(errors="replace")) > 128 or not _is_printable(manager))
            )
            or (isinstance(part, str) and len(part) > 256)
        ):
            message = f"managedFields of {resource} are not what an API server has written"
            yield FieldProblem(resource.at("metadata", "managedFields", index), message)


def _is_printable(text: str) -> bool:
    """ValidateFieldManager: what Go's unicode.IsPrint calls printable."""
    return text.isprintable()
