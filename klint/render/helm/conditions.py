"""On which values the parts of a chart's templates depend: symbolic evaluation, and what makes a condition true.

Conditions are followed through variables, blocks and named templates down to the values they ask for. What cannot be
followed (what a cluster serves, what text is made of values) is taken to be as it has to be: whoever turns a switch on
renders the chart and sees what comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from klint.records import dataclass
from klint.render.helm.syntax import Assign, Block, Constant, Expression, Fields, Node, Print, Text, Variable
from klint.text.data import MISSING, value_at

ValuePath = tuple[str | int, ...]
"""The steps to a value below those of the outermost chart."""

Settings = Mapping[ValuePath, object]
"""Values by their paths: those to set, and those that have to stay what they are."""

MAX_STEPS = 100_000
"""Nodes and conditions of one chart that are looked at. The largest public charts take a tenth."""

_MAX_DEPTH = 40
"""How deep blocks and named templates may lie in each other; what lies deeper is not looked at."""

_MAX_ITEMS = 100
"""Items that a `range` goes through."""

_MAX_WAYS = 8
"""Ways to make a condition true that are kept apart."""

_MAX_SIZE = 200
"""Parts of a term: one that has more cannot be followed."""

_SAME = frozenset(
    ("required", "tpl", "quote", "trim", "int", "int64", "toString", "deepCopy", "first", "upper", "lower")
)
"""Functions whose result holds where their last argument does."""


@dataclass(frozen=True)
class Value:
    """A value of the chart's."""

    path: ValuePath


@dataclass(frozen=True)
class Root:
    """What a template starts with: `.Values` are those of the chart with this name below the outermost one."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """A `dict`, or a `list` by its indexes."""

    entries: Mapping[str | int, Term]


@dataclass(frozen=True)
class Applied:
    """A function of terms; without a name, what cannot be followed."""

    function: str
    arguments: tuple[Term, ...] = ()
    size: int = 1


@dataclass(frozen=True)
class Choice:
    """What a variable is that was set in a block: one thing where the condition holds, else another."""

    condition: Term
    one: Term
    other: Term
    size: int = 1


Term = Constant | Value | Root | Record | Applied | Choice
UNKNOWN = Applied("")
NOTHING = Constant(None)
"""The index of an item that is not there."""

Guard = tuple["Term", bool]
"""A condition, and whether it has to hold."""

NEVER: Guard = (Constant(False), True)

Output = tuple[Sequence[Guard], Term]
"""What a named template prints, and under which conditions."""


class TooMuchError(Exception):
    """A chart whose conditions take more than MAX_STEPS."""


@dataclass(frozen=True)
class _Scope:
    """The variables that a block declares, and how many conditions held where it began."""

    variables: dict[str, Term]
    guards: int


@dataclass(frozen=True)
class At:
    """A place in a template that the walk has come to."""

    dot: Term
    scopes: tuple[_Scope, ...]
    guards: tuple[Guard, ...] = ()
    depth: int = 0
    templates: frozenset[str] = frozenset()

    @staticmethod
    def start(dot: Term, guards: tuple[Guard, ...] = ()) -> At:
        """Where a template begins: `$` is what it was given."""
        return At(dot, (_Scope({"": dot}, len(guards)),), guards)

    def template(self, name: str, given: Term) -> At:
        """Where a named template begins that is taken in here."""
        scope = _Scope({"": given}, len(self.guards))
        return At(given, (scope,), self.guards, self.depth + 1, self.templates | {name})

    def inside(self, guard: Guard, dot: Term | None = None, **variables: Term) -> At:
        """Inside a block that renders where a condition holds."""
        guards = (*self.guards, guard)
        scope = _Scope(variables, len(guards))
        return At(self.dot if dot is None else dot, (*self.scopes, scope), guards, self.depth + 1, self.templates)

    def assign(self, name: str, term: Term, *, is_new: bool) -> None:
        """Declare a variable, or set one: outside of this block it is then one thing or the other."""
        if is_new:
            self.scopes[-1].variables[name] = term
            return
        scope = next((scope for scope in reversed(self.scopes) if name in scope.variables), None)
        if scope is not None:
            before = scope.variables[name]
            for condition, holds in reversed(self.guards[scope.guards :]):
                term = _choice(condition, term, before) if holds else _choice(condition, before, term)
            scope.variables[name] = term


Visit = Callable[[Text | Print, Term, At], None]
"""Called with what is copied or printed, what is printed as a term, and where the walk is."""


class Conditions:
    """The conditions of a chart's templates. `values` are its values with those of its subcharts, `defines` the
    templates it has by name.
    """

    def __init__(self, values: Mapping[str, object], defines: Mapping[str, list[Node]]) -> None:
        self.values = values
        self.defines = defines
        self._compared: defaultdict[ValuePath, list[object]] = defaultdict(list)
        self._printed: set[ValuePath] = set()
        self._collections: set[ValuePath] = set()
        self._asked: set[str] = set()
        self._left = MAX_STEPS

    def current(self, path: ValuePath) -> object:
        """What a value is; MISSING if it is not set."""
        return value_at(self.values, path)

    def go_through(self, nodes: Sequence[Node], at: At, visit: Visit, into: Callable[[str], bool]) -> None:
        """Visit what a template copies and prints. `into` says which of the named templates are looked into.

        Raises:
            TooMuchError: it takes more than MAX_STEPS.
        """
        if at.depth > _MAX_DEPTH:
            return
        for node in nodes:
            self._step()
            if isinstance(node, Text):
                visit(node, UNKNOWN, at)
            elif isinstance(node, Block):
                self._go_through_block(node, at, visit, into)
            else:
                term = self.term(node.expression, at)
                if isinstance(node, Assign):
                    at.assign(node.name, term, is_new=node.is_new)
                else:
                    self._print(term)
                    visit(node, term, at)
                for name, given in _included(term):
                    if name in self.defines and name not in at.templates and into(name):
                        self.go_through(self.defines[name], at.template(name, given), visit, into)

    def _go_through_block(self, node: Block, at: At, visit: Visit, into: Callable[[str], bool]) -> None:
        term = self.term(node.expression, at)
        index, name = node.names
        if node.keyword == "range":
            for key, item in self._items(term):
                variables = {variable: found for variable, found in ((index, key), (name, item)) if variable}
                guard = NEVER if key is NOTHING else (term, True)
                self.go_through(node.body, at.inside(guard, item, **variables), visit, into)
        else:
            variables = {name: term} if name else {}
            dot = term if node.keyword == "with" else None
            self.go_through(node.body, at.inside((term, True), dot, **variables), visit, into)
        self.go_through(node.otherwise, at.inside((term, False)), visit, into)

    def _items(self, term: Term) -> Iterator[tuple[Term, Term]]:
        """What a `range` goes through. Where nothing is, whoever installs the chart has to fill something in."""
        if isinstance(term, Value):
            found = self.current(term.path)
            keys = list(found) if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
            for key in islice(keys, _MAX_ITEMS):
                yield Constant(key), Value((*term.path, key))
            if not keys:
                yield NOTHING, UNKNOWN
        elif isinstance(term, Record):
            yield from ((Constant(key), item) for key, item in islice(term.entries.items(), _MAX_ITEMS))
        else:
            yield UNKNOWN, UNKNOWN

    def _print(self, term: Term) -> None:
        """Remember what is printed: it is no switch."""
        if isinstance(term, Value):
            self._printed.add(term.path)
        elif isinstance(term, Applied) and term.function != "include":
            for argument in term.arguments:
                self._print(argument)

    # Terms

    def term(self, expression: Expression, at: At) -> Term:
        """What an expression means at a place."""
        self._step()
        if isinstance(expression, Constant):
            return expression
        if isinstance(expression, Variable):
            found = (
                scope.variables[expression.name] for scope in reversed(at.scopes) if expression.name in scope.variables
            )
            return next(found, UNKNOWN)
        if isinstance(expression, Fields):
            return self._fields(at.dot if expression.of is None else self.term(expression.of, at), expression.steps)
        arguments = tuple(self.term(argument, at) for argument in expression.arguments)
        return self._applied(expression.function, arguments)

    def _fields(self, term: Term, steps: tuple[str | int, ...]) -> Term:
        for number, step in enumerate(steps):
            if isinstance(term, Root):
                if step != "Values":
                    return UNKNOWN
                is_global = steps[number + 1 : number + 2] == ("global",)
                term = Value(() if is_global else term.names)
            elif isinstance(term, Value):
                self._collections.add(term.path)
                term = Value((*term.path, step))
            elif isinstance(term, Record):
                term = term.entries.get(step, UNKNOWN)
            else:
                return UNKNOWN
        return term

    def _applied(self, function: str, arguments: tuple[Term, ...]) -> Term:
        constants = [item.value if isinstance(item, Constant) else None for item in arguments]
        if function == "dict":
            pairs = zip(constants[::2], arguments[1::2], strict=False)
            return Record({key: item for key, item in pairs if isinstance(key, str)})
        if function in ("list", "tuple"):
            return Record(dict(enumerate(arguments)))
        if function in ("index", "get") and arguments:
            steps = constants[1:]
            known = tuple(step for step in steps if isinstance(step, str | int))
            return self._fields(arguments[0], known) if len(known) == len(steps) else UNKNOWN
        if function in ("merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite") and arguments:
            return arguments[0] if isinstance(arguments[0], Value | Record) else arguments[-1]
        if function in ("template", "include"):
            return _function("include", arguments)
        if function in _SAME and arguments:
            return arguments[0 if function in ("tpl", "first") else -1]
        if function in ("eq", "ne") and len(arguments) == 2:
            for one, other in (arguments, arguments[::-1]):
                if isinstance(one, Value) and isinstance(other, Constant):
                    self._compared[one.path].append(other.value)
        return _function(function, arguments)

    def texts(self, term: Term) -> set[str]:
        """The texts that a term may be: a literal, or what a value is now."""
        if isinstance(term, Applied | Choice):
            parts = term.arguments if isinstance(term, Applied) else (term.one, term.other)
            return {text for part in parts for text in self.texts(part)}
        found = (
            term.value if isinstance(term, Constant) else self.current(term.path) if isinstance(term, Value) else None
        )
        return {found} if isinstance(found, str) else set()

    # What makes conditions true

    def settings(self, guards: Sequence[Guard]) -> Settings | None:
        """The fewest values to set for all of some conditions to hold; None where that cannot be told.

        With them are those that have to stay what they are.

        Raises:
            TooMuchError: it takes more than MAX_STEPS.
        """
        self._left = max(self._left, MAX_STEPS // 100)  # what all were gone through for may still be told of each
        return next(iter(self._all((self._ways(term, holds, 0) for term, holds in guards))), None)

    def changes(self, settings: Settings) -> Settings:
        """The settings that are not what the chart has."""
        return {path: value for path, value in settings.items() if not _is_same(self.current(path), value)}

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
        self._step()
        if depth > _MAX_DEPTH:
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
        current = self.current(path)
        is_set = current is not MISSING and bool(current)
        if is_set == holds:
            return [{path: current} if isinstance(current, bool) else {}]
        if isinstance(current, bool):
            return [{path: holds}]
        if not holds:
            return []
        if path in self._collections:
            return [{}] if current is MISSING or current is None or current == {} else []  # something may be set in it
        if self._compared.get(path):
            return [{path: self._compared[path][0]}]
        return [{path: True}] if (current is MISSING or current is None) and path not in self._printed else []

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
            return self._ways(_choice(condition, one, other), holds, depth)
        if function in ("eq", "ne") and len(arguments) == 2:
            return self._ways_to_equal(arguments[0], arguments[1], holds == (function == "eq"), depth)
        if function == "hasKey" and len(arguments) == 2:
            collection, key = arguments
            if isinstance(collection, Value) and isinstance(key, Constant) and isinstance(key.value, str):
                is_there = self.current((*collection.path, key.value)) is not MISSING
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
            return [{}] if _is_same(one.value, other.value) == holds else []
        if depth > _MAX_DEPTH:
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
        current = self.current(path)
        if _is_same(current, wanted) == holds:
            return [{path: current} if isinstance(current, bool | int | str) else {}]
        if holds:
            is_open = current in (MISSING, None, "")
            return [{path: wanted}] if is_open or type(current) is type(wanted) else []
        if isinstance(current, bool):
            return [{path: not current}]
        others = (value for value in self._compared.get(path, ()) if not _is_same(value, current))
        return [{path: value} for value in islice(others, 1)]

    def _ways_of_template(self, term: Applied, solve: Callable[[Sequence[Output]], list[Settings]]) -> list[Settings]:
        """What solves for what a named template prints; whatever that is where it is not known, or asks for itself."""
        name = term.arguments[0].value if term.arguments and isinstance(term.arguments[0], Constant) else None
        if not isinstance(name, str) or name not in self.defines or name in self._asked:
            return [{}]
        found: list[Output] = []

        def note(node: Text | Print, what: Term, at: At) -> None:
            found.append((at.guards, Constant(node.text.strip()) if isinstance(node, Text) else what))

        given = term.arguments[1] if len(term.arguments) > 1 else UNKNOWN
        self._asked.add(name)
        try:
            self.go_through(self.defines[name], At.start(given), note, lambda _: False)
            return solve(found)
        finally:
            self._asked.discard(name)

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuchError


def _function(name: str, arguments: tuple[Term, ...]) -> Term:
    size = 1 + sum(map(_size, arguments))
    return Applied(name, arguments, size) if size <= _MAX_SIZE else UNKNOWN


def _choice(condition: Term, one: Term, other: Term) -> Term:
    size = 1 + sum(map(_size, (condition, one, other)))
    return Choice(condition, one, other, size) if size <= _MAX_SIZE else UNKNOWN


def _size(term: Term) -> int:
    return term.size if isinstance(term, Applied | Choice) else 1


def joined(one: Settings, other: Settings) -> Settings | None:
    """What two conditions need; None where they need different things."""
    if any(not _is_same(value, one.get(path, value)) for path, value in other.items()):
        return None
    return {**one, **other}


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _included(term: Term) -> Iterator[tuple[str, Term]]:
    """The named templates whose text a term holds, each with what it is given."""
    if isinstance(term, Applied):
        if term.function == "include" and term.arguments and isinstance(term.arguments[0], Constant):
            yield str(term.arguments[0].value), term.arguments[1] if len(term.arguments) > 1 else UNKNOWN
        for argument in term.arguments:
            yield from _included(argument)
