"""Schemas of a chart's values: Helm resolves what they refer to, on the disk and in the network."""

from __future__ import annotations

import json
from typing import Any

from klint.regex import regex

_META_SCHEMA = regex(r"https?://json-schema\.org/(?:draft-0[4-7]/schema|draft/20(?:19-09|20-12)/schema)#?\Z")
"""The schemas of schemas that validators have built in."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_KEYS: dict[str, str] = {key.lower(): key for key in (*_REFERENCES, "$schema")}


def is_self_contained(data: bytes) -> bool:
    """Whether a schema refers to nothing but parts of itself. One that cannot be read does not count as one.

    Any text under such a key counts, wherever it stands: what a validator takes for a reference need not be guessed.
    """
    try:
        return all(_is_own(key, value) for key, value in _texts(json.loads(data)))
    except (ValueError, RecursionError):
        return False


def _is_own(key: str, value: str) -> bool:
    if key in _REFERENCES:
        return value.startswith("#")
    if key == "$schema":
        return _META_SCHEMA.match(value) is not None
    return True


def _texts(schema: Any) -> list[tuple[str, str]]:
    """Every text with the key it stands under, a reference's in whatever letter case: Go reads keys in any."""
    found: list[tuple[str, str]] = []
    waiting = [schema]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            waiting.extend(current.values())
            for key, value in current.items():
                if isinstance(value, str):
                    found.append((_KEYS.get(str(key).lower(), str(key)), value))
    return found
