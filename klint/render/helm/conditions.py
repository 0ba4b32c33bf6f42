"""What makes conditions of a chart's templates true: which values have to be set, and which have to stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from klint.render.helm.syntax import MAX_DEPTH, Constant, Print, Text
from klint.render.helm.terms import UNKNOWN, Applied, Choice, Guard, Record, Term, Value, ValuePath, choice
from klint.render.helm.walk import At, Walk
from klint.text.data import MISSING, is_same

Settings = Mapping[ValuePath, object]
"""Values by their paths: those to set, and those that have to stay what they are."""

_MAX_WAYS = 8
"""Ways to make a condition true that are kept apart."""

Output = tuple[Sequence[Guard], Term]
"""What a named template prints, and under which conditions."""


class Conditions:
    """The conditions that a walk through a chart's templates comes to."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._asked: set[str] = set()

    def settings(self, guards: Sequence[Guard]) -> Settings | None:
        """The fewest values to set for all of some conditions to hold; None where that cannot be told.

        With them are those that have to stay what they are.

        Raises:
            TooMuchError: it takes more than MAX_STEPS.
        """
        self._walk.allow_more()
        return next(iter(self._all((self._ways(term, holds, 0) for term, holds in guards))), None)

    def changes(self, settings: Settings) -> Settings:
        """The settings that are not what the chart has."""
        return {path: value for path, value in settings.items() if not is_same(self._walk.current(path), value)}

    def _all(self, conditions: Iterator[list[Settings]] | Sequence[list[Settings]]) -> list[Settings]:
        """The ways in which several conditions hold at once."""
        ways: list[Settings] = [{}]
        for others in conditions:
            found = [way for one in ways for other in others if (way := joined(one, other)) is not None]
            ways = self._best(found)
            if not ways:
                break
        return ways

    def _any(self, conditions: Sequence[list[Settings]]) -> list[Settings]:
        """The ways in which one of several conditions holds."""
        return self._best([way for ways in conditions for way in ways])

    def _best(self, ways: list[Settings]) -> list[Settings]:
        return sorted(ways, key=lambda way: len(self.changes(way)))[:_MAX_WAYS]

    def _ways(self, term: Term, holds: bool, depth: int) -> list[Settings]:
        """The ways to make a condition hold, or not hold; none if there is none."""
        self._walk.step()
        if depth > MAX_DEPTH:
            return []
        if isinstance(term, Constant):
            return [{}] if bool(term.value) == holds else []
        if isinstance(term, Value):
            return self._ways_of_value(term.path, holds)
        if isinstance(term, Record):
            return [{}] if bool(term.entries) == holds else []
        if isinstance(term, Choice):
            branches = ((True, term.one), (False, term.other))
            return self._any(
                [self._holding(((term.condition, is_one), (branch, holds)), depth + 1) for is_one, branch in branches]
            )
        return self._ways_of_function(term, holds, depth + 1) if isinstance(term, Applied) else [{}]

    def _ways_of_value(self, path: ValuePath, holds: bool) -> list[Settings]:
        current = self._walk.current(path)
        is_set = current is not MISSING and bool(current)
        if is_set == holds:
            return [{path: current} if isinstance(current, bool) else {}]
        if isinstance(current, bool):
            return [{path: holds}]
        if not holds:
            return []
        if path in self._walk.collections:
            return [{}] if current is MISSING or current is None or current == {} else []  # something may be set in it
        if self._walk.compared.get(path):
            return [{path: self._walk.compared[path][0]}]
        return [{path: True}] if (current is MISSING or current is None) and path not in self._walk.printed else []

    def _ways_of_function(self, term: Applied, holds: bool, depth: int) -> list[Settings]:
        function, arguments = term.function, term.arguments
        if function == "not" and arguments:
            return self._ways(arguments[0], not holds, depth)
        if function == "empty" and arguments:
            return self._ways(arguments[0], not holds, depth)
        if function in ("and", "or", "default", "coalesce") and arguments:
            each = [self._ways(argument, holds, depth) for argument in arguments]
            return self._all(each) if (function == "and") == holds else self._any(each)
        if function == "ternary" and len(arguments) == 3:
            one, other, condition = arguments
            return self._ways(choice(condition, one, other), holds, depth)
        if function in ("eq", "ne") and len(arguments) == 2:
            return self._ways_to_equal(arguments[0], arguments[1], holds == (function == "eq"), depth)
        if function == "hasKey" and len(arguments) == 2:
            collection, key = arguments
            if isinstance(collection, Value) and isinstance(key, Constant) and isinstance(key.value, str):
                is_there = self._walk.current((*collection.path, key.value)) is not MISSING
                return [{}] if is_there == holds else []
        if function == "include":
            return self._ways_of_template(
                term,
                lambda outputs: (
                    self._any([self._holding((*guards, (what, True)), depth) for guards, what in outputs])
                    if holds
                    else self._all([self._none_of(output, depth) for output in outputs])
                ),
            )
        if function == "lookup":
            return [] if holds else [{}]  # away from a cluster it finds nothing
        return [{}]

    def _holding(self, guards: Sequence[Guard], depth: int) -> list[Settings]:
        return self._all([self._ways(term, holds, depth) for term, holds in guards])

    def _none_of(self, output: Output, depth: int) -> list[Settings]:
        """The ways in which something is not printed."""
        guards, what = output
        return self._any([self._ways(term, not holds, depth) for term, holds in (*guards, (what, True))])

    def _ways_to_equal(self, one: Term, other: Term, holds: bool, depth: int) -> list[Settings]:
        if isinstance(one, Constant):
            one, other = other, one
        if not isinstance(other, Constant):
            return [{}]
        if isinstance(one, Value):
            return self._ways_of_value_to_equal(one.path, other.value, holds)
        if isinstance(one, Constant):
            return [{}] if is_same(one.value, other.value) == holds else []
        if depth > MAX_DEPTH:
            return []
        if isinstance(one, Choice):
            branches = ((True, one.one), (False, one.other))
            conditions = [self._ways(one.condition, is_one, depth + 1) for is_one, _ in branches]
            equal = [self._ways_to_equal(branch, other, holds, depth + 1) for _, branch in branches]
            return self._any([self._all(both) for both in zip(conditions, equal, strict=True)])
        if not (isinstance(one, Applied) and one.function == "include"):
            return [{}]
        if other.value == "":
            return self._ways(one, not holds, depth)
        text = other.value

        def solve(outputs: Sequence[Output]) -> list[Settings]:
            same = [guards for guards, what in outputs if isinstance(what, Constant) and what.value == text]
            if holds:
                return self._any([self._holding(guards, depth) for guards in same])
            return self._all([self._none_of((guards, Constant(True)), depth) for guards in same])

        return self._ways_of_template(one, solve)

    def _ways_of_value_to_equal(self, path: ValuePath, wanted: object, holds: bool) -> list[Settings]:
        current = self._walk.current(path)
        if is_same(current, wanted) == holds:
            return [{path: current} if isinstance(current, bool | int | str) else {}]
        if holds:
            is_open = current in (MISSING, None, "")
            return [{path: wanted}] if is_open or type(current) is type(wanted) else []
        if isinstance(current, bool):
            return [{path: not current}]
        others = (value for value in self._walk.compared.get(path, ()) if not is_same(value, current))
        return [{path: value} for value in islice(others, 1)]

    def _ways_of_template(self, term: Applied, solve: Callable[[Sequence[Output]], list[Settings]]) -> list[Settings]:
        """What solves for what a named template prints; whatever that is where it is not known, or asks for itself."""
        name = term.arguments[0].value if term.arguments and isinstance(term.arguments[0], Constant) else None
        if not isinstance(name, str) or name not in self._walk.defines or name in self._asked:
            return [{}]
        found: list[Output] = []

        def note(node: Text | Print, what: Term, at: At) -> None:
            found.append((at.guards, Constant(node.text.strip()) if isinstance(node, Text) else what))

        given = term.arguments[1] if len(term.arguments) > 1 else UNKNOWN
        self._asked.add(name)
        try:
            self._walk.go_through(self._walk.defines[name], At.start(given), note, lambda _: False)
            return solve(found)
        finally:
            self._asked.discard(name)


def joined(one: Settings, other: Settings) -> Settings | None:
    """What two conditions need; None where they need different things."""
    if any(not is_same(value, one.get(path, value)) for path, value in other.items()):
        return None
    return {**one, **other}
