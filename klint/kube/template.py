"""OpenShift Templates: the objects in one, with their parameters filled in as `oc process` would.

Sources: OpenShift's documentation, "Using templates"; library-go's pkg/template/templateprocessing/template.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, sequence
from klint.regex import regex
from klint.text.document import Path

_WITHIN_TEXT = regex(r"\$\{([A-Za-z0-9_]+)\}")
_WHOLE_VALUE = regex(r"\$\{\{([A-Za-z0-9_]+)\}\}\Z")


def is_template(data: Mapping[str, Any]) -> bool:
    """Whether an object is a Template; the oldest are of the core group."""
    return data.get("kind") == "Template" and api_group(data) in ("template.openshift.io", "")


def templated_objects(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The objects of a Template with their paths in it, and the labels it gives them.

    `${NAME}` in a text becomes the parameter's default; a text that is `${{NAME}}` becomes a number, a boolean or what
    else the default is in JSON. A parameter without a default, or whose value is generated, stays as it is written: to
    be filled in.
    """
    defaults = {
        item["name"]: item["value"]
        for item in map(mapping, sequence(data.get("parameters")))
        if isinstance(item.get("name"), str) and isinstance(item.get("value"), str)
    }
    fill_in = _filler(defaults)
    labels = fill_in(mapping(data.get("labels")))
    for index, item in enumerate(sequence(data.get("objects"))):
        if isinstance(item, dict):
            yield ("objects", index), _labelled(fill_in(item), labels)


def _filler(defaults: Mapping[str, str]) -> Callable[[Any], Any]:
    def fill_in(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill_in(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fill_in(item) for item in value]
        if not isinstance(value, str) or "${" not in value:
            return value
        whole = _WHOLE_VALUE.match(value)
        if whole is None:
            return _WITHIN_TEXT.sub(lambda match: defaults.get(match[1], match[0]), value)
        import json

        text = defaults.get(whole[1], value)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    return fill_in


def _labelled(data: dict[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """An object with the Template's labels, which go over its own."""
    if not labels:
        return data
    metadata = mapping(data.get("metadata"))
    return {**data, "metadata": {**metadata, "labels": {**mapping(metadata.get("labels")), **labels}}}
