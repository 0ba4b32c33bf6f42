"""Which entry of `replacements` writes a field of an object.

Source: kustomize's api/types/replacement.go, api/filters/replacement/replacement.go, kyaml/utils/pathsplitter.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.regex import regex
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.selector import may_select
from klint.text.data import value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath

_STEP = regex(r"\[[^\[\]]*+\]|(?:\\.|[^.\[\\])++")
_OWN_NAME = "metadata.name"
"""The field of a target that names none."""


def replacing(found: Kustomization, document: Document, path: DataPath, names: Collection[str]) -> Place | None:
    """The target of the last replacement in a kustomization that writes the field at a path, if one does.

    `names` are those that the object has had.
    """
    for place in reversed(list(_targets(found))):
        target = mapping(place.value)
        if not may_select(mapping(target.get("select")), document.data, names) or any(
            may_select(mapping(item), document.data, names) for item in sequence(target.get("reject"))
        ):
            continue
        fields = [string(name) for name in sequence(target.get("fieldPaths"))] or [_OWN_NAME]
        for index, name in enumerate(fields):
            if _leads_to(name, document.data, path):
                return place.below("fieldPaths", index) if target.get("fieldPaths") else place
    return None


def _targets(found: Kustomization) -> Iterator[Place]:
    """The targets of the replacements in a kustomization, and in the files that it names for some."""
    for item, at in found.items("replacements"):
        for replacement in _in_file(found, string(item["path"])) if "path" in item else [found.place(*at)]:
            yield from replacement.below("targets").items


def _in_file(found: Kustomization, name: str) -> Iterator[Place]:
    for document in found.sources.documents(found.path(name)) if found.sources.tree.is_file(found.path(name)) else ():
        whole = Place(document, ())
        yield from whole.items or (whole,)


def _leads_to(name: str, data: Any, path: DataPath) -> bool:
    """Whether a field path leads to a value, or to what encloses it."""
    steps = _STEP.findall(name)
    if not 0 < len(steps) <= len(path):
        return False
    for step, own in zip(steps, path, strict=False):
        data = value_at(data, (own,))
        if not _is_step(step, own, data):
            return False
    return True


def _is_step(step: str, own: str | int, data: Any) -> bool:
    if step == "*":
        return True
    if step.startswith("["):
        key, _, value = step[1:-1].partition("=")
        return isinstance(own, int) and str(mapping(data).get(key)) == value
    return step.replace("\\", "") == str(own)
