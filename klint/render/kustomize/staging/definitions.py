"""Definitions of custom resources as kustomize is given them: without the schemas, which are nearly all of them.

No rule reads a schema, and kustomize would take most of its time and memory for them. What it builds has them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, sequence

_MAY_NAME_SCHEMA = re.compile(rb"\b(?:versions|validation|schema|openAPIV3Schema)\b")
"""What a patch, or a field path, has to say that leads to a schema: `spec.versions[].schema` or `spec.validation`.

Source: the fields of CustomResourceDefinitionSpec, apiextensions.k8s.io v1 and v1beta1.
"""


def without_schemas(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """A definition without its schemas; None for one that has none, and for any other object."""
    if data.get("kind") != "CustomResourceDefinition" or api_group(data) != "apiextensions.k8s.io":
        return None
    spec = mapping(data.get("spec"))
    versions = [_without(version, "schema") for version in sequence(spec.get("versions"))]
    outline = _without(spec, "validation")
    if "versions" in outline:
        outline = {**outline, "versions": versions}
    return {**data, "spec": outline} if outline != spec else None


def with_schemas(built: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """What was built of a definition without its schemas, with those that are written."""
    spec = mapping(built.get("spec"))
    kept = {name: value for name, value in mapping(written.get("spec")).items() if name in ("versions", "validation")}
    return {**built, "spec": {**spec, **kept}}


def may_reach_schemas(settings: Iterable[bytes]) -> bool:
    """Whether any of some patches, kustomizations and settings of transformers may change a schema, or copy one."""
    return any(_MAY_NAME_SCHEMA.search(text) for text in settings)


def _without(value: Any, name: str) -> Any:
    return {key: item for key, item in value.items() if key != name} if isinstance(value, dict) else value
