"""Whether plain data decodes into an API type: the API server refuses `port: "80"` and `targetport: 80` before it looks
at anything else (strict decoding, which kubectl asks for since 1.27).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from klint.records import dataclass
from klint.text.document import Path
from klint.text.placeholders import is_placeholder, is_template
from klint.text.words import joined
from klint.text.yaml import key_text

Shape = Any
"""What a field must be: `str`, `int`, `bool`, a tuple of these, `TIME`, `ANYTHING`, `[shape]` for a list, or a mapping
from field to shape, in which `*` stands for every key. A field that a mapping does not name does not exist."""

TIME = "time"
ANYTHING = "anything"

_NAMES: Mapping[Any, str] = {
    str: "a string",
    int: "an integer",
    bool: "a boolean",
    list: "a list",
    dict: "a mapping",
    TIME: "a time such as 2026-01-31T12:00:00Z",
}
_TIME = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:[.,][0-9]+)?(?:Z|[+-][0-2][0-9]:[0-5][0-9])\Z"
)
"""RFC 3339 as k8s.io/apimachinery pkg/apis/meta/v1/time.go UnmarshalJSON has Go read it."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that does not decode, where it stands, and what is read there: its shape, and in words (`an integer`)."""

    path: Path
    value: Any
    shape: Shape
    wanted: str


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that does not exist where it stands, and those that do, with their shapes."""

    path: Path
    value: Any
    fields: Mapping[str, Shape]


def _is_braced(value: Any) -> bool:
    """Whether YAML took a template for a collection: `{port}` or `[[port]]`."""
    if isinstance(value, dict):
        return len(value) == 1 and next(iter(value.values())) is None
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) and len(value[0]) == 1


def decodes(value: Any, shape: Shape) -> bool:
    """Whether everything has its shape, without a word on what has not: `decoding_faults` has those.

    Nearly all that is linted decodes, so this is what must be fast. It may say no to what has no faults.
    """
    if value is None:
        return True
    kind = type(shape)
    if kind is dict:
        if type(value) is not dict:
            return False
        others = shape.get("*")
        for key, item in value.items():
            inner = shape.get(key, others)
            if type(item) is inner:  # a string, an integer or a boolean where one is wanted
                continue
            if inner is None or not decodes(item, inner):
                return False
        return True
    if kind is list:
        if type(value) is not list:
            return False
        inner = shape[0]
        return all(type(item) is inner or decodes(item, inner) for item in value)
    if kind is tuple:
        return type(value) in shape
    return not any(True for _ in _scalar_faults(value, shape, ()))


def decoding_faults(value: Any, shape: Shape, path: Path = ()) -> Iterator[Mismatch | UnknownField]:
    """The values below that do not have their shape, and the fields that do not exist.

    Null decodes into anything. Placeholders are passed over, among fields too, and so are the directives of a
    strategic merge (`$patch`).
    """
    if not isinstance(shape, dict | list):
        yield from _scalar_faults(value, shape, path)
    elif value is None or is_placeholder(value):
        return
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield Mismatch(path, value, shape, _NAMES[dict])
            return
        others = shape.get("*")
        for key, item in value.items():
            key = key_text(key)
            inner = shape.get(key, others)
            if inner is not None:
                yield from decoding_faults(item, inner, (*path, key))
            elif not is_template(key) and not _is_braced(value):
                yield UnknownField((*path, key), item, shape)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from decoding_faults(item, shape[0], (*path, index))
    else:
        yield Mismatch(path, value, shape, _NAMES[list])


def _scalar_faults(value: Any, shape: Shape, path: Path) -> Iterator[Mismatch]:
    if value is None or shape is ANYTHING or _is_braced(value):
        return
    if shape is TIME:  # has capitals of its own
        if not (isinstance(value, str) and (re.match(_TIME, value) or is_template(value))):
            yield Mismatch(path, value, shape, _NAMES[TIME])
        return
    if is_placeholder(value):
        return
    kinds = shape if isinstance(shape, tuple) else (shape,)
    # A float without a fraction is written as an integer when YAML becomes JSON.
    kind = int if isinstance(value, float) and value.is_integer() else type(value)
    if kind not in kinds:
        yield Mismatch(path, value, shape, joined([_NAMES[item] for item in kinds], "or"))
