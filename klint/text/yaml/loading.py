"""A document's plain data, from the fast parser where that reads as kubectl does, else from the referee."""

from __future__ import annotations

from collections.abc import Collection
from sys import intern
from typing import Any

from klint.text.yaml.errors import MAX_NODES, TOO_MANY, TooComplexError
from klint.text.yaml.misreading import may_be_misread
from klint.text.yaml.nodes import DuplicateKey

_SHORT = 64
"""Characters of texts that may be names: longer ones are rarely met twice."""


def load(text: str) -> tuple[Any, tuple[DuplicateKey, ...]]:
    """One document's plain data, and its duplicate keys.

    Raises:
        YamlError: the text is no YAML document; TooComplexError when it passes a bound.
    """
    import yaml_rs

    if not may_be_misread(text):
        try:
            data = yaml_rs.loads(text, parse_datetime=False)
            if len(text) > 2 * MAX_NODES:  # shorter, it cannot have as many: each takes a character and a separator
                _check_size(data)
            return _shared(data), ()
        except (yaml_rs.YAMLDecodeError, TypeError):  # the latter for keys that are no texts
            pass
    from klint.text.yaml.composing import compose

    composed = compose(text)
    return (composed.root.data if composed.root else None), composed.duplicates


def _shared(value: Any) -> Any:
    """The same data, with one string for all short texts that are equal: keys and names fill two fifths of a large
    workspace, each many times over.

    The fast parser refuses what is nested deeply enough to exhaust the stack here.
    """
    kind = type(value)
    if kind is str:
        return intern(value) if len(value) < _SHORT else value
    if kind is dict:
        return {intern(key): _shared(item) for key, item in value.items()}
    return [*map(_shared, value)] if kind is list else value


def _check_size(data: Any) -> None:
    count, stack = 0, [data]
    while stack:
        value = stack.pop()
        below: Collection[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += 1 + (len(below) if isinstance(value, dict) else 0)
        stack.extend(below)
        if count + len(stack) > MAX_NODES:
            raise TooComplexError(TOO_MANY, 0)
