"""Patches and images that deployers have as fields of their own, as a kustomization has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from klint.kube.resource import mapping, sequence
from klint.text.document import Place
from klint.workspace.deployers.delivery import Setting


def listed(at: Place) -> Iterator[Setting]:
    """The patches and images that Flux adds to a kustomization, out of the fields at a place.

    Source: fluxcd/pkg's kustomize/kustomize_generator.go, WriteFile; and helm-controller's
    internal/postrender/kustomize.go, which still read all four in v0.37.
    """
    for name, dump in _LISTS.items():
        for index, entry in enumerate(sequence(mapping(at.value).get(name))):
            made = dump(entry)
            if made is not None:
                yield Setting(name, made, at.below(name, index), is_entry=True)


def as_text(entry: Any) -> Any:
    """A patch that is merged: an object, and a text in a kustomization."""
    return json.dumps(entry) if isinstance(entry, dict) else None


def with_operations(entry: Any) -> Any:
    """A JSON patch: its operations are data, and text in a kustomization."""
    found = mapping(entry)
    return {**found, "patch": json.dumps(found["patch"])} if isinstance(found.get("patch"), list) else found or None


def _as_it_is(entry: Any) -> Any:
    return entry if isinstance(entry, dict) else None


_LISTS = {
    "patches": _as_it_is,
    "patchesStrategicMerge": as_text,
    "patchesJson6902": with_operations,
    "images": _as_it_is,
}
"""Fields whose entries go into the kustomization, and how they are written there."""
