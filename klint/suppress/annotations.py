"""Ignores in annotations: `klint.dev/ignore: "rule: reason"`."""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate, Workload
from klint.regex import regex
from klint.suppress.ignores import AnnotationIgnore, Ignore
from klint.text.document import Place

ANNOTATION = "klint.dev/ignore"

# Entries of an annotation are parted where names of rules follow, so that a reason may hold a semicolon.
_NAMES = r"[\w-]++(?:\s*+,\s*+[\w-]++){0,99}"
_ANNOTATION_SEPARATOR = regex(rf"(?<!\s)(?:\s*+;|[^\S\n]*+\n)\s*+(?={_NAMES}(?:\s*+(?:[:;]|\Z)|[^\S\n]*+\n))")


def annotation_ignores(resource: Resource) -> Iterator[Ignore]:
    """`klint.dev/ignore: "rule, rule: reason; rule: reason"` on an object or on its pod template."""
    places: dict[tuple[str | int, ...], tuple[str, Place]] = {}
    owners: tuple[Resource | PodTemplate, ...] = (resource, *(resource.pods if isinstance(resource, Workload) else ()))
    for owner in owners:
        if ANNOTATION in owner.annotations:
            place = owner.at("metadata", "annotations", ANNOTATION)
            places.setdefault(place.path, (owner.annotations[ANNOTATION], place))
    for text, place in places.values():
        for entry in _ANNOTATION_SEPARATOR.split(text.strip()):
            names, _, reason = entry.partition(":")
            rules = tuple(name.strip() for name in names.split(","))
            yield AnnotationIgnore(
                place, rules, reason.strip(), "annotation", document=resource.document, path=resource.path
            )
