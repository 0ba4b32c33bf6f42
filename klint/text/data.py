"""Plain data, as documents hold it: what is at a path, what is the same, and the same with one change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import is_
from typing import Any

MISSING = object()
"""What is at a path that leads nowhere."""


def value_at(data: Any, path: Sequence[str | int], otherwise: Any = MISSING) -> Any:
    """The value at a path, or another if there is none."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step, otherwise)
        elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            data = data[step]
        else:
            return otherwise
    return data


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same to JSON: `1`, `True` and `1.0` are not, and the order of keys does not count."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):  # of rule packs they are read only, of a class of its own
            if one.keys() != other.keys():
                return False
            waiting.extend((value, other[key]) for key, value in one.items())
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif type(one) is not type(other) or one != other:
            return False
    return True


def shared(data: Any, other: Any) -> Any:
    """The same data, made of another wherever that is the same (see `is_same`), so that this is kept once."""
    if isinstance(data, dict) and isinstance(other, dict):
        made: Any = {key: shared(value, other[key]) if key in other else value for key, value in data.items()}
        is_other = len(made) == len(other) and all(value is other.get(key) for key, value in made.items())
        return other if is_other else made
    if isinstance(data, list) and isinstance(other, list):
        if len(data) != len(other):
            return data
        made = list(map(shared, data, other))
        return other if all(map(is_, made, other)) else made
    return other if type(data) is type(other) and data == other else data


def changed(data: Any, path: Sequence[str | int], change: Callable[[Any], Any]) -> Any:
    """The data with what is at a path replaced by what `change` makes of it; all that lies beside it is shared."""
    if not path:
        return change(data)
    step, *below = path
    copy = data.copy()
    copy[step] = changed(data[step], below, change)
    return copy


def patched(data: Any, patch: Any) -> Any:
    """The data with a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    old = data if isinstance(data, dict) else {}
    made = {**old, **{key: patched(old.get(key), value) for key, value in patch.items()}}
    return {key: value for key, value in made.items() if patch.get(key, value) is not None}


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The path and the text of each value that holds no others, lists' items among them."""
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if path and not (isinstance(data, dict | list) and data):
        yield path, text_of(data)
    for step, value in below:
        yield from leaves(value, (*path, step))


def text_of(value: Any) -> str:
    """A value as a flag has it: `true` and `false`, nothing for null and what is empty."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or value in ({}, []) else str(value)
