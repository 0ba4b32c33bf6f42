"""Entries of the configuration that are about objects, by what they name: none is tried in vain, however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Generic, TypeVar

from klint.config.patterns import Patterns
from klint.kube.resource import Resource

if TYPE_CHECKING:
    from typing import Protocol

    class ObjectPattern(Protocol):
        """What an entry says of the objects it is about. It is about those that match all it says."""

        @property
        def kind(self) -> str:
            """Their kind, which may hold `*` and `?`; empty for any."""

        @property
        def namespace(self) -> str:
            """Their namespace, likewise."""

        @property
        def name(self) -> str:
            """Their name, likewise."""

        @property
        def path(self) -> Patterns:
            """The files that they are in; no patterns for any."""


Entry = TypeVar("Entry")


class Entries(Generic[Entry]):
    """Entries, each with the objects it is about, and perhaps under keys of its own."""

    def __init__(self) -> None:
        self._entries: list[tuple[Entry, ObjectPattern]] = []
        self._by_names: dict[tuple[str, str, str], list[int]] = defaultdict(list)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry, _ in self._entries)

    def add(self, entry: Entry, objects: ObjectPattern, keys: Iterable[str] = ()) -> None:
        """Remember an entry; without keys it is found under any."""
        for key in dict.fromkeys(keys) or ("",):
            self._by_names[key, _literal(objects.name), _end(objects.path)].append(len(self._entries))
        self._entries.append((entry, objects))

    def about(self, path: str, resource: Resource | None, key: str = "") -> Iterator[Entry]:
        """The entries about an object in a file, or about what is there in no object, in the order of the file."""
        if not self._entries:
            return
        names = ("", resource.name) if resource and resource.name else ("",)
        names_of_path = dict.fromkeys(("", *path.split("/")))
        keys = product(dict.fromkeys(("", key)), names, names_of_path)
        for index in sorted({index for key in keys for index in self._by_names.get(key, ())}):
            entry, objects = self._entries[index]
            if _is_about(objects, path, resource):
                yield entry


def _is_about(objects: ObjectPattern, path: str, resource: Resource | None) -> bool:
    if objects.path.lines and not objects.path.match(path):
        return False
    if not (objects.kind or objects.namespace or objects.name):
        return True
    return resource is not None and all(
        not wanted or fnmatchcase(value, wanted)
        for wanted, value in (
            (objects.kind, resource.kind),
            (objects.namespace, resource.namespace),
            (objects.name, resource.name),
        )
    )


def _literal(name: str) -> str:
    """A name that means itself alone; empty for a pattern."""
    return "" if set("*?[") & set(name) else name


def _end(path: Patterns) -> str:
    """The name that a path must have to match; empty where a pattern does not say."""
    if len(path.lines) != 1:
        return ""
    line = path.lines[0].rstrip()
    return "" if set("*?[\\") & set(line) or line.startswith(("!", "#")) else line.rstrip("/").rpartition("/")[2]
