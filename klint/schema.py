"""Where a document does not fit its JSON schema, in words for the person who wrote it.

Reads the keywords that config.schema.json uses. A general validator would do the same and say `is not valid under any
of the given schemas`, and takes ten times as long to import as klint takes to start; a test has it agree with this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from klint.document import Document, Path
from klint.errors import nearest

_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}
_IN_WORDS = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A mistake: the path of the value that has it, or of the key when the key itself is the mistake."""

    path: Path
    message: str
    remedy: str = ""
    is_key: bool = False


class Schema:
    """A JSON schema. What its `oneOf` offers differs in type, what its `anyOf` offers in required keys."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._root = data

    def misfits(self, document: Document, data: Any) -> Iterator[Misfit]:
        """Every place where a document's data do not fit."""
        yield from self._check(document, data, self._root, ())

    def _check(self, document: Document, value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
        schema = self._resolved(schema)
        choices = [self._resolved(choice) for choice in schema.get("oneOf", ())]
        if choices:
            chosen = next((choice for choice in choices if _has_kind(value, choice)), None)
            if chosen is None:
                yield _wrong_kind(document, value, choices, path)
            else:
                yield from self._check(document, value, {"description": _description(schema), **chosen}, path)
        elif not _has_kind(value, schema):
            yield _wrong_kind(document, value, [schema], path)
        elif "enum" in schema:
            if not any(value == allowed and type(value) is type(allowed) for allowed in schema["enum"]):
                shown = _shown(document, value, path)
                yield Misfit(path, f"{name_of(path)} cannot be {shown}", f"Known are {_words(schema['enum'])}")
        elif isinstance(value, dict):
            yield from self._check_mapping(document, value, schema, path)
        elif isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                yield Misfit(path, f"{name_of(path)} is empty", _description(schema))
            for index, item in enumerate(value):
                yield from self._check(document, item, schema["items"], (*path, index))
        elif isinstance(value, str):
            yield from _check_text(value, schema, path)

    def _check_mapping(
        self, document: Document, value: Mapping[str, Any], schema: Mapping[str, Any], path: Path
    ) -> Iterator[Misfit]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        for key in schema.get("required", ()):
            if key not in value:
                yield Misfit(path, f"{name_of(path)} needs {key!r}", _description(properties[key]))
        alternatives = [key for choice in schema.get("anyOf", ()) for key in choice["required"]]
        if alternatives and value.keys().isdisjoint(alternatives) and value.keys() <= properties.keys():
            yield Misfit(path, f"{name_of(path)} needs one of {', '.join(alternatives)}", _description(schema))
        if len(value) < schema.get("minProperties", 0):
            yield Misfit(path, f"{name_of(path)} is empty", _description(schema))
        for key, item in value.items():
            if key in properties:
                yield from self._check(document, item, properties[key], (*path, key))
            elif others is False:
                remedy = nearest(key, list(properties)) or f"Known are {', '.join(properties)}"
                yield Misfit((*path, key), f"{name_of(path)} has no setting {key!r}", remedy, is_key=True)
            elif others is not True:
                yield from self._check(document, item, others, (*path, key))

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema with what its $ref names; its own words go first."""
        if "$ref" not in schema:
            return schema
        target: Any = self._root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return {**self._resolved(target), **{key: item for key, item in schema.items() if key != "$ref"}}


def name_of(path: Path) -> str:
    """A path as people write it: `targets[0].exists`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "The configuration"


def _has_kind(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether the value is a mapping, list, text or truth value as the schema asks; an enum is about anything else."""
    if "type" in schema:
        return isinstance(value, _TYPES[schema["type"]])
    return not isinstance(value, dict | list)


def _wrong_kind(document: Document, value: Any, choices: list[Mapping[str, Any]], path: Path) -> Misfit:
    kinds = [_IN_WORDS[choice["type"]] if "type" in choice else _words(choice["enum"]) for choice in choices]
    if "text" in kinds and isinstance(value, bool | int | float):
        shown = _shown(document, value, path)
        return Misfit(path, f"{name_of(path)} must be text, and {shown} is none", f'Put it in quotes: "{shown}"')
    return Misfit(path, f"{name_of(path)} must be {' or '.join(kinds)}, not {_shown(document, value, path)}")


def _description(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", "")).removesuffix(".")


def _words(allowed: list[Any]) -> str:
    return ", ".join(word for word in allowed if isinstance(word, str))


def _check_text(value: str, schema: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
    if len(value) < schema.get("minLength", 0):
        yield Misfit(path, f"{name_of(path)} is empty", _description(schema))
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        yield Misfit(path, f"{name_of(path)} cannot be {value!r}", f'An example is "{schema["examples"][0]}"')


def _shown(document: Document, value: Any, path: Path) -> str:
    """A value as it stands in the file: `off` is not False there."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    span = document.span(path)
    return repr(value) if isinstance(value, str) else span.source.line(span.line)[span.column - 1 : span.end_column - 1]
