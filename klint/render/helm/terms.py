"""What the expressions of a chart's templates mean: values of the chart, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.records import dataclass
from klint.render.helm.syntax import Constant

ValuePath = tuple[str | int, ...]
"""The steps to a value below those of the outermost chart."""

_MAX_SIZE = 200
"""Parts of a term: one that has more cannot be followed."""


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


def applied(name: str, arguments: tuple[Term, ...]) -> Term:
    """A function of terms, as far as that can be followed."""
    size = 1 + sum(map(_size, arguments))
    return Applied(name, arguments, size) if size <= _MAX_SIZE else UNKNOWN


def choice(condition: Term, one: Term, other: Term) -> Term:
    """One term or the other, as far as that can be followed."""
    size = 1 + sum(map(_size, (condition, one, other)))
    return Choice(condition, one, other, size) if size <= _MAX_SIZE else UNKNOWN


def included(term: Term) -> Iterator[tuple[str, Term]]:
    """The named templates whose text a term holds, each with what it is given."""
    if isinstance(term, Applied):
        if term.function == "include" and term.arguments and isinstance(term.arguments[0], Constant):
            yield str(term.arguments[0].value), term.arguments[1] if len(term.arguments) > 1 else UNKNOWN
        for argument in term.arguments:
            yield from included(argument)


def _size(term: Term) -> int:
    return term.size if isinstance(term, Applied | Choice) else 1
