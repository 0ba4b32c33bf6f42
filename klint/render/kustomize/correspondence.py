"""What a path of an object leads to in another state of it, before or after patches: items of lists are found again.

An item is the one with the same content; else the one that a key names alone, as `name` names a container and
`mountPath` a mount, of which several may share a name; else the one in the same place among those that are left.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any

from klint.enums import Enum
from klint.kube.resource import mapping, sequence
from klint.records import dataclass
from klint.text.data import MISSING, value_at
from klint.text.document import Path

_KEYS = ("name", "containerPort", "port", "mountPath", "devicePath", "topologyKey", "ip", "type", "host", "path")


class By(Enum):
    """How an item was found again."""

    CONTENT = "content"
    KEY = "key"
    ORDER = "order"
    """By nothing but its place: right unless a patch put items in, took some out or moved them."""


@dataclass(frozen=True, slots=True)
class Translated:
    """The path in the other state, as far as there is something; and how long it is at the items found by order."""

    path: Path
    by_order: tuple[int, ...] = ()


Counterpart = tuple[int, By] | None
"""The index in the other list, and how it was found."""


class Translation:
    """Paths of one state of an object in another one. Each list on the way is compared once."""

    def __init__(self, data: Any, other: Any) -> None:
        self._data = data
        self._other = other
        self._counterparts: dict[Path, list[Counterpart]] = {}

    def of(self, path: Path) -> Translated:
        """The same path in the other state; it ends early where that has nothing that corresponds."""
        data, other = self._data, self._other
        result: list[str | int] = []
        by_order: list[int] = []
        for depth, step in enumerate(path):
            if isinstance(step, int) and isinstance(data, list):
                found = self._counterpart(path[:depth], data, sequence(other), step)
                if found is None:
                    break
                index, by = found
                if by is By.ORDER:
                    by_order.append(depth)
                other = sequence(other)[index]
                result.append(index)
            else:
                other = value_at(other, (step,))
                if other is MISSING:
                    break
                result.append(step)
            data = value_at(data, (step,))
        return Translated(tuple(result), tuple(by_order))

    def _counterpart(self, path: Path, items: list[Any], others: list[Any], index: int) -> Counterpart:
        if path not in self._counterparts:
            self._counterparts[path] = counterparts(items, others)
        found = self._counterparts[path]
        return found[index] if 0 <= index < len(found) else None


def _has_key(item: Any) -> bool:
    """Whether an item of a list has a field that may name it."""
    return isinstance(item, dict) and any(key in item for key in _KEYS)


def counterparts(items: Sequence[Any], others: Sequence[Any]) -> list[Counterpart]:
    """For each item of a list that of another list which it was, or became; None where there is none."""
    found: list[Counterpart] = _of_same_content(items, others)
    taken = {item[0] for item in found if item}
    is_keyed = False
    for key in _KEYS:
        names, theirs = _named(items, key), _named(others, key)
        for name, index in names.items() if theirs else ():
            is_keyed = True
            other = theirs.get(name)
            if found[index] is None and other is not None and other not in taken:
                found[index] = other, By.KEY
                taken.add(other)
    unpaired = [index for index, item in enumerate(found) if item is None and not (is_keyed and _has_key(items[index]))]
    left = [index for index, other in enumerate(others) if index not in taken and not (is_keyed and _has_key(other))]
    for index, other in _in_order(unpaired, left):
        found[index] = other, By.ORDER
    return found


def _of_same_content(items: Sequence[Any], others: Sequence[Any]) -> list[Counterpart]:
    contents, theirs = list(map(_content, items)), list(map(_content, others))
    found: list[Counterpart] = [None] * len(contents)
    if len(contents) == len(theirs):  # of several that are alike each is the one in its place
        pairs = enumerate(zip(contents, theirs, strict=True))
        for index in (index for index, (one, other) in pairs if one == other):
            found[index] = index, By.CONTENT
    by_content: dict[str, deque[int]] = defaultdict(deque)
    for index, other in enumerate(theirs):
        if not (index < len(found) and found[index]):
            by_content[other].append(index)
    for index, content in enumerate(contents):
        if found[index] is None and by_content[content]:
            found[index] = by_content[content].popleft(), By.CONTENT
    return found


def _content(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)


def _named(items: Sequence[Any], key: str) -> dict[tuple[type, Any], int]:
    """The items that have a key, by it; nothing where two have the same."""
    values = [(index, mapping(item).get(key)) for index, item in enumerate(items)]
    names = [((type(value), value), index) for index, value in values if isinstance(value, (str, int))]
    by_name = dict(names)
    return by_name if len(by_name) == len(names) else {}


def _in_order(unpaired: Sequence[int], left: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Pairs of what neither content nor key tells; of lists that differ in length those at the same index."""
    if len(unpaired) == len(left):
        return zip(unpaired, left, strict=True)
    indices = set(left)
    return ((index, index) for index in unpaired if index in indices)
