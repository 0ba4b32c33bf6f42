"""Namespaces, and how two objects' namespaces compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import merge
from typing import Generic, TypeVar

from klint.kube.resource import Resource
from klint.kube.ternary import Ternary
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder

NAME_LABEL = "kubernetes.io/metadata.name"


Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Namespace(Resource):
    """A Namespace. Every one carries its own name as a label (pkg/apis/core/v1/defaults.go SetDefaults_Namespace)."""

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels, with the one the API server adds."""
        return {**super().labels, NAME_LABEL: self.name}


def may_be_one_namespace(first: str, second: str) -> bool:
    """Whether two objects may end up in one namespace: the same, or left open by one of them.

    What an object leaves out, `kubectl -n`, Helm or Argo CD fills in when it is deployed.
    """
    return first == second or is_open_namespace(first) or is_open_namespace(second)


def is_same_namespace(first: str, second: str) -> Ternary:
    """Whether two objects that are deployed together are in one namespace; what both leave open is filled in alike."""
    if first == second:
        return True
    return None if is_open_namespace(first) or is_open_namespace(second) else False


class ByNamespace(Generic[Key, Item]):
    """Items by a key, and of each key those in a namespace that may be a certain one, in the order they came.

    Thousands of namespaces may have objects with one name: only those of the right one, and those that leave theirs
    open, are looked at.
    """

    def __init__(self, items: Iterable[tuple[Key, str, Item]]) -> None:
        self._items: dict[Key, list[Item]] = defaultdict(list)
        self._namespaces: dict[Key, list[str]] = defaultdict(list)
        self._divided: dict[Key, _Divided] = {}
        for key, namespace, item in items:
            self._items[key].append(item)
            self._namespaces[key].append(namespace)

    def keys(self) -> Iterable[Key]:
        """The keys that there are, each once."""
        return self._items.keys()

    def anywhere(self, key: Key) -> list[Item]:
        """The items of a key, whatever their namespace."""
        return self._items.get(key, [])

    def count(self, key: Key, namespace: str) -> int:
        """How many there are in what may be a namespace."""
        if is_open_namespace(namespace):
            return len(self.anywhere(key))
        return sum(map(len, self._meant(key, namespace)))

    def within(self, key: Key, namespace: str) -> Iterator[Item]:
        """The items of a key in what may be a namespace."""
        items = self.anywhere(key)
        if is_open_namespace(namespace):
            return iter(items)
        closed, left_open = self._meant(key, namespace)
        found = merge(closed, left_open) if closed and left_open else closed or left_open
        return (items[order] for order in found)

    def _meant(self, key: Key, namespace: str) -> tuple[Sequence[int], Sequence[int]]:
        """Which items of a key are in a namespace, and which leave theirs open."""
        if key not in self._items:
            return (), ()
        namespaces = self._namespaces[key]
        if len(namespaces) == 1:  # as of most keys
            (only,) = namespaces
            return (_FIRST, ()) if only == namespace or is_open_namespace(only) else ((), ())
        divided = self._divided.get(key)
        if divided is None:  # few keys of several are asked for
            closed: dict[str, list[int]] = defaultdict(list)
            left_open: list[int] = []
            for order, name in enumerate(namespaces):
                (left_open if is_open_namespace(name) else closed[name]).append(order)
            divided = self._divided[key] = closed, left_open
        return divided[0].get(namespace, ()), divided[1]


_FIRST = (0,)
_Divided = tuple[dict[str, list[int]], list[int]]


@lru_cache(maxsize=4096)
def is_open_namespace(namespace: str) -> bool:
    """Whether the namespace is filled in when the object is deployed."""
    return not namespace or is_placeholder(namespace)
