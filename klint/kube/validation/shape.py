"""Whether plain data decodes into an API type: the API server refuses `port: "80"` before it looks at anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from klint.document import Path

Shape = Any
"""What a field must be: `str`, `int`, `bool`, a tuple of these, `[shape]` for a list, or a mapping from field to shape,
in which `*` stands for every other key. Fields a shape does not name are not looked at."""

_NAMES: Mapping[type, str] = {str: "a string", int: "an integer", bool: "a boolean", list: "a list", dict: "a mapping"}
_TEMPLATE = re.compile(r"\$|\{\{|\(\(|\[\[|<[^<>]+>|%\w+%|@\w+@|__\w+__")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that does not decode, where it stands, and what is read there (`an integer`)."""

    path: Path
    value: Any
    wanted: str


def is_template(value: Any) -> bool:
    """Whether some tool fills this in before the API server reads it: `${PORT}`, `$(PORT)`, `{{ .port }}`, `<port>`."""
    return isinstance(value, str) and _TEMPLATE.search(value) is not None


def is_placeholder(value: Any) -> bool:
    """Whether a tool or a reader fills this in: a template, or a word in capitals as in `port: PORT`."""
    return is_template(value) or (isinstance(value, str) and _CAPITALS.match(value) is not None)


def _is_braced(value: Any) -> bool:
    """Whether YAML took a template for a collection: `{port}` or `[[port]]`."""
    if isinstance(value, dict):
        return list(value.values()) == [None]
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)


def mismatches(value: Any, shape: Shape, path: Path = ()) -> Iterator[Mismatch]:
    """The values below that do not have their shape. Null decodes into anything; placeholders are passed over."""
    if value is None or is_placeholder(value):
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield Mismatch(path, value, _NAMES[dict])
            return
        others = shape.get("*")
        for key, item in value.items():
            inner = shape.get(key, others)
            if inner is not None:
                yield from mismatches(item, inner, (*path, key))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield Mismatch(path, value, _NAMES[list])
            return
        for index, item in enumerate(value):
            yield from mismatches(item, shape[0], (*path, index))
    elif not _is_braced(value):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        # A float without a fraction is written as an integer when YAML becomes JSON.
        kind = int if isinstance(value, float) and value.is_integer() else type(value)
        if kind not in kinds:
            yield Mismatch(path, value, " or ".join(_NAMES[item] for item in kinds))
