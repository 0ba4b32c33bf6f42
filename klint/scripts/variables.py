"""Variables of a script that is read without running it: where it may take several ways, so may their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.scripts.snippet import HOLE

MAX_WAYS = 64
"""Combinations of values that one command is read with; where there are more, they count as unknown."""

LONGEST = 4_096
"""Characters of a string, or items of an array, that a variable may hold before it counts as unknown: variables that
are made of each other could hold any number."""

LONGEST_LATER = 64
"""The same, once a script has had its share of commands or of what is filled in."""

MAX_FILLED_IN = 2**21
"""Characters of values that are filled into one script on all its ways before it has had its share."""

Value = str | tuple[Word, ...]
"""A scalar, or an array."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A value that depends on which way the script took at a point. None is a way on which it is not set."""

    point: int
    ways: tuple[Value | Choice | None, ...]


Stored = Value | Choice | None
T = TypeVar("T")


class Variables:
    """The values that variables have at one point of a script.

    What was before a branch or a subshell is kept for the variables that it sets, and for those alone: a script may
    have many of both. Nor is its environment copied, which many scripts may have in common.
    """

    def __init__(self, environment: Mapping[str, Stored]) -> None:
        self._environment = environment
        self._values: dict[str, Stored] = {}
        self._before: list[dict[str, Stored]] = []
        self.longest = LONGEST
        self._left = MAX_FILLED_IN
        self._points = 0
        self._picks: dict[int, int] = {}
        self._undecided: tuple[int, int] | None = None
        self._is_unknown = False

    def stored(self, name: str) -> Stored:
        """A variable's value with all its ways; None when nothing sets it."""
        return self._values[name] if name in self._values else self._environment.get(name)

    def set(self, name: str, value: Stored) -> None:
        """Set a variable; None unsets it."""
        if self._before:
            self._before[-1].setdefault(name, self.stored(name))
        self._values[name] = value

    @contextmanager
    def undone(self) -> Iterator[dict[str, Stored]]:
        """A part of the script whose changes are taken back behind it; they are in what is yielded then."""
        changes: dict[str, Stored] = {}
        self._before.append({})
        yield changes
        for name, before in self._before.pop().items():
            changes[name] = self.stored(name)
            self._values[name] = before

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """A part that knows none of the variables: it runs elsewhere."""
        kept = self._environment, self._values, self._before
        self._environment, self._values, self._before = {}, {}, []
        yield
        self._environment, self._values, self._before = kept

    def new_point(self) -> int:
        """A number for a point where the script divides."""
        self._points += 1
        return self._points

    def get(self, name: str) -> Value | None:
        """A variable's value, on the way that `each_way` is at; None when nothing sets it."""
        value = self.stored(name)
        while isinstance(value, Choice):
            if self._is_unknown:
                return HOLE
            way = self._picks.get(value.point)
            if way is None:
                way = 0
                self._undecided = self._undecided or (value.point, len(value.ways))
            value = value.ways[way]
        return None if value is None else self.bounded(value)

    @property
    def is_spent(self) -> bool:
        """Whether the script has had its share."""
        return self._left <= 0

    def spend(self) -> None:
        """Take the script to have had its share: from here on only short values are filled in."""
        self._left = 0
        self.longest = LONGEST_LATER

    def bounded(self, value: Value) -> Value:
        """A value that is to be filled in, unknown if it is too long: where it is made of itself, it doubles."""
        length = len(value)
        self._left -= length + 1
        if isinstance(value, tuple) and length <= self.longest:
            length = size(value)
            self._left -= length
        if self._left <= 0:
            self.spend()
        return HOLE if length > self.longest else value

    def each_way(self, evaluate: Callable[[], T], most: int = MAX_WAYS) -> list[tuple[dict[int, int], T]]:
        """What `evaluate` gives on every way that makes a difference to it, with the way taken at each point.

        `evaluate` only reads variables. Where there are more ways than `most`, what differs counts as unknown.
        """
        results: list[tuple[dict[int, int], T]] = []
        pending: list[dict[int, int]] = [{}]
        try:
            while pending:
                self._picks, self._undecided = pending.pop(), None
                result = evaluate()
                if self._undecided is None:
                    results.append((self._picks, result))
                    continue
                point, ways = self._undecided
                if len(results) + len(pending) + ways > most:
                    self._is_unknown = True
                    return [({}, evaluate())]
                pending.extend({**self._picks, point: way} for way in reversed(range(ways)))
        finally:
            self._picks, self._undecided, self._is_unknown = {}, None, False
        return results

    def assign(self, name: str, evaluate: Callable[[], Value], most: int = MAX_WAYS) -> None:
        """Set a variable to what `evaluate` gives, on each way."""
        self.set(name, _tree(self.each_way(evaluate, most)))

    def join(self, point: int, ways: Sequence[Mapping[str, Stored]]) -> None:
        """Go on from where several ways meet again, each given by what it changes."""
        for name in dict.fromkeys(name for way in ways for name in way):
            before = self.stored(name)
            self.set(name, _joined(point, tuple(way.get(name, before) for way in ways)))


def size(value: Value) -> int:
    """The characters of a value, with those between the items of an array."""
    return len(value) if isinstance(value, str) else sum(len(word.value) + 1 for word in value)


def _tree(results: list[tuple[dict[int, int], Value]]) -> Stored:
    """Results by the ways that led to them, as one value. All were divided at the same point first."""
    picks, value = results[0]
    if not picks:
        return value
    point = next(iter(picks))
    groups: dict[int, list[tuple[dict[int, int], Value]]] = {}
    for taken, result in results:
        rest = {other: way for other, way in taken.items() if other != point}
        groups.setdefault(taken[point], []).append((rest, result))
    return _joined(point, tuple(_tree(groups[way]) for way in sorted(groups)))


def _joined(point: int, ways: tuple[Stored, ...]) -> Stored:
    first = ways[0]
    if all(way is first or way == first for way in ways):
        return first
    return Choice(point, ways)
