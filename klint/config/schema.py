"""Where a document does not fit its JSON schema, in words for the person who wrote it.

jsonschema finds the misfits; its own words for them, such as `is not valid under any of the given schemas`, are for
those who wrote the schema. It is imported to find what is wrong; that nothing is, the few keywords of klint's own
schema tell at a fifth of what importing it takes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from klint.errors import nearest
from klint.records import dataclass
from klint.text.document import Document, Path
from klint.text.words import joined

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

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
        if self.fits(data):
            return
        # Imported late: a run whose configuration is right does not pay for the library.
        from jsonschema import Draft202012Validator

        errors = Draft202012Validator(self._root).iter_errors(data)
        for error in sorted(errors, key=lambda error: [str(step) for step in error.absolute_path]):
            yield from self._in_words(document, error)

    def fits(self, data: Any) -> bool:
        """Whether nothing is wrong with the data; False as well where a keyword of the schema is not known here."""
        return self._fits(data, self._root)

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        return all(
            keyword in _ANNOTATIONS or (keyword in _CHECKS and _CHECKS[keyword](self, value, schema))
            for keyword in schema
        )

    def _in_words(self, document: Document, error: ValidationError) -> Iterator[Misfit]:
        path: Path = tuple(error.absolute_path)
        schema = self._resolved(cast(Any, error.schema))
        what, value = error.validator, cast(Any, error.instance)
        if what == "oneOf":
            yield from self._chosen(document, error, schema, path)
        elif what == "type":
            yield _wrong_kind(document, value, [schema], path)
        elif what == "enum":
            shown = _shown(document, value, path)
            yield Misfit(path, f"{name_of(path)} cannot be {shown}", f"Known are {_words(schema['enum'])}")
        elif what == "required":
            for key in schema["required"]:
                if key not in value and error.message.startswith(repr(key)):
                    yield Misfit(path, f"{name_of(path)} needs {key!r}", _description(schema["properties"][key]))
        elif what == "anyOf":
            alternatives = [key for choice in schema["anyOf"] for key in choice["required"]]
            if value.keys() <= schema["properties"].keys():
                yield Misfit(path, f"{name_of(path)} needs one of {', '.join(alternatives)}", self._about(path))
        elif what == "additionalProperties":
            known = list(schema.get("properties", ()))
            for key in (key for key in value if key not in known):
                remedy = nearest(key, known) or f"Known are {', '.join(sorted(known))}"
                yield Misfit((*path, key), f"{name_of(path)} has no setting {key!r}", remedy, is_key=True)
        elif what == "pattern":
            yield Misfit(path, f"{name_of(path)} cannot be {value!r}", f'An example is "{schema["examples"][0]}"')
        else:  # minLength, minItems, minProperties
            yield Misfit(path, f"{name_of(path)} is empty", self._about(path))

    def _chosen(
        self, document: Document, error: ValidationError, schema: Mapping[str, Any], path: Path
    ) -> Iterator[Misfit]:
        """The misfits with the one choice whose type is the value's; if there is none, that is the misfit."""
        by_choice: dict[int, list[ValidationError]] = defaultdict(list)
        for inner in error.context or ():
            by_choice[int(inner.schema_path[0])].append(inner)
        choices = [self._resolved(choice) for choice in schema["oneOf"]]
        fitting = [index for index, choice in enumerate(choices) if _has_kind(error.instance, choice)]
        if not fitting:
            yield _wrong_kind(document, error.instance, choices, path)
        for inner in by_choice[fitting[0]] if fitting else ():
            yield from self._in_words(document, inner)

    def _about(self, path: Path) -> str:
        """What the schema says of the setting at a path: the words of the outermost of its parts that has some."""
        schemas = [self._root]
        for step in path:
            resolved = [self._resolved(schema) for schema in schemas]
            resolved += [self._resolved(choice) for schema in resolved for choice in schema.get("oneOf", ())]
            steps = [
                schema["items"] if isinstance(step, int) else schema["properties"][step]
                for schema in resolved
                if (isinstance(step, int) and "items" in schema) or step in schema.get("properties", ())
            ]
            schemas = steps or [{}]
        return next((words for schema in schemas if (words := _description(self._resolved(schema)))), "")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema with what its $ref names; its own words go first."""
        if "$ref" not in schema:
            return schema
        target: Any = self._root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return {**self._resolved(target), **{key: item for key, item in schema.items() if key != "$ref"}}


_ANNOTATIONS = frozenset(("$schema", "$defs", "title", "description", "examples", "default"))


def _fits_properties(schema: Schema, value: Any, own: Mapping[str, Any]) -> bool:
    return not isinstance(value, dict) or all(
        schema._fits(value[key], below) for key, below in own["properties"].items() if key in value
    )


def _fits_additional(schema: Schema, value: Any, own: Mapping[str, Any]) -> bool:
    below, known = own["additionalProperties"], own.get("properties", ())
    return not isinstance(value, dict) or all(
        key in known or (below if isinstance(below, bool) else schema._fits(item, below)) for key, item in value.items()
    )


_CHECKS: Mapping[str, Callable[[Schema, Any, Mapping[str, Any]], bool]] = {
    "$ref": lambda schema, value, own: schema._fits(value, schema._resolved({"$ref": own["$ref"]})),
    "type": lambda _, value, own: own["type"] in _TYPES and isinstance(value, _TYPES[own["type"]]),
    "enum": lambda _, value, own: any(type(value) is type(item) and value == item for item in own["enum"]),
    "pattern": lambda _, value, own: not isinstance(value, str) or bool(re.search(own["pattern"], value)),
    "minLength": lambda _, value, own: not isinstance(value, str) or len(value) >= own["minLength"],
    "minItems": lambda _, value, own: not isinstance(value, list) or len(value) >= own["minItems"],
    "minProperties": lambda _, value, own: not isinstance(value, dict) or len(value) >= own["minProperties"],
    "required": lambda _, value, own: not isinstance(value, dict) or value.keys() >= set(own["required"]),
    "properties": _fits_properties,
    "additionalProperties": _fits_additional,
    "items": lambda schema, value, own: (
        not isinstance(value, list) or all(schema._fits(item, own["items"]) for item in value)
    ),
    "anyOf": lambda schema, value, own: any(schema._fits(value, choice) for choice in own["anyOf"]),
    "oneOf": lambda schema, value, own: sum(schema._fits(value, choice) for choice in own["oneOf"]) == 1,
}
"""Whether a value fits a keyword of the schema that it stands in."""


def name_of(path: Path) -> str:
    """A path as people write it: `targets[0].exists`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "The configuration"


_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}


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
    return Misfit(path, f"{name_of(path)} must be {joined(kinds, 'or')}, not {_shown(document, value, path)}")


def _description(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", "")).removesuffix(".")


def _words(allowed: list[Any]) -> str:
    return ", ".join(word for word in allowed if isinstance(word, str))


def _shown(document: Document, value: Any, path: Path) -> str:
    """A value as it stands in the file: `off` is not False there."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    span = document.span(path)
    return repr(value) if isinstance(value, str) else span.source.line(span.line)[span.column - 1 : span.end_column - 1]
