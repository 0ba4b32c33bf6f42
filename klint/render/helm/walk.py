"""The way through a chart's templates: what they copy and print, and under which conditions.

Conditions are followed through variables, blocks and named templates down to the values they ask for. What cannot be
followed (what a cluster serves, what text is made of values) is taken to be as it has to be: whoever turns a switch on
renders the chart and sees what comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from klint.records import dataclass
from klint.render.helm.syntax import MAX_DEPTH, Assign, Block, Constant, Expression, Fields, Node, Print, Text, Variable
from klint.render.helm.terms import (
    NEVER,
    NOTHING,
    UNKNOWN,
    Applied,
    Choice,
    Guard,
    Record,
    Root,
    Term,
    Value,
    ValuePath,
    applied,
    choice,
    included,
)
from klint.text.data import value_at

MAX_STEPS = 100_000
"""Nodes and conditions of one chart that are looked at. The largest public charts take a tenth."""

_MAX_ITEMS = 100
"""Items that a `range` goes through."""

_SAME = frozenset(
    ("required", "tpl", "quote", "trim", "int", "int64", "toString", "deepCopy", "first", "upper", "lower")
)
"""Functions whose result holds where their last argument does."""


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
                term = choice(condition, term, before) if holds else choice(condition, before, term)
            scope.variables[name] = term


Visit = Callable[[Text | Print, Term, At], None]
"""Called with what is copied or printed, what is printed as a term, and where the walk is."""


class Walk:
    """Goes through a chart's templates. `values` are its values with those of its subcharts, `defines` the templates it
    has by name.

    On the way it notes what values are `compared` with, which are `printed`, and which are `collections`.
    """

    def __init__(self, values: Mapping[str, object], defines: Mapping[str, list[Node]]) -> None:
        self.values = values
        self.defines = defines
        self.compared: defaultdict[ValuePath, list[object]] = defaultdict(list)
        self.printed: set[ValuePath] = set()
        self.collections: set[ValuePath] = set()
        self._left = MAX_STEPS

    def step(self) -> None:
        """Count one more node or condition that is looked at.

        Raises:
            TooMuchError: there were MAX_STEPS.
        """
        self._left -= 1
        if self._left < 0:
            raise TooMuchError

    def allow_more(self) -> None:
        """Let some more be looked at though there was enough: what all were gone through for, each may still need."""
        self._left = max(self._left, MAX_STEPS // 100)

    def current(self, path: ValuePath) -> object:
        """What a value is; MISSING if it is not set."""
        return value_at(self.values, path)

    def go_through(self, nodes: Sequence[Node], at: At, visit: Visit, into: Callable[[str], bool]) -> None:
        """Visit what a template copies and prints. `into` says which of the named templates are looked into.

        Raises:
            TooMuchError: it takes more than MAX_STEPS.
        """
        if at.depth > MAX_DEPTH:
            return
        for node in nodes:
            self.step()
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
                for name, given in included(term):
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
            self.printed.add(term.path)
        elif isinstance(term, Applied) and term.function != "include":
            for argument in term.arguments:
                self._print(argument)

    # Terms

    def term(self, expression: Expression, at: At) -> Term:
        """What an expression means at a place."""
        self.step()
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
                self.collections.add(term.path)
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
            return applied("include", arguments)
        if function in _SAME and arguments:
            return arguments[0 if function in ("tpl", "first") else -1]
        if function in ("eq", "ne") and len(arguments) == 2:
            for one, other in (arguments, arguments[::-1]):
                if isinstance(one, Value) and isinstance(other, Constant):
                    self.compared[one.path].append(other.value)
        return applied(function, arguments)

    def texts(self, term: Term) -> set[str]:
        """The texts that a term may be: a literal, or what a value is now."""
        if isinstance(term, Applied | Choice):
            parts = term.arguments if isinstance(term, Applied) else (term.one, term.other)
            return {text for part in parts for text in self.texts(part)}
        found = (
            term.value if isinstance(term, Constant) else self.current(term.path) if isinstance(term, Value) else None
        )
        return {found} if isinstance(found, str) else set()
