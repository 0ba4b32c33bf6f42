"""klint's dataclasses behave as those of the standard library, which make every class anew."""

import copy
import dataclasses
import pickle
import sys
from functools import cached_property
from threading import Thread
from typing import Any, ClassVar

import pytest

from klint import records

FLAGS: tuple[dict[str, bool], ...] = (
    {},
    {"frozen": True},
    {"frozen": True, "eq": False},
    {"frozen": True, "slots": True},
    {"slots": True, "eq": False},
    {"frozen": True, "order": True},
    {"frozen": True, "repr": False},
)


def made(library: Any, flags: dict[str, bool]) -> tuple[Any, Any]:
    """A class and one that inherits from it."""

    class Base:
        a: int
        b: str = "b"
        layer: ClassVar[str] = "layer"

    Base.__qualname__ = "Base"
    base = library.dataclass(Base, **flags)

    class Below(base):  # type: ignore[misc, valid-type]
        c: list[int] = library.field(default_factory=list, compare=False)
        d: Any = library.field(default=None, repr=False)

        def sum(self) -> int:
            return int(self.a) + len(self.c)

    Below.__qualname__ = "Below"
    return base, library.dataclass(Below, **flags)


def told(work: Any) -> Any:
    try:
        return work()
    except (TypeError, AttributeError) as error:
        return type(error).__name__


@pytest.mark.parametrize("flags", FLAGS, ids=lambda flags: "-".join(flags) or "plain")
def test_a_record_is_a_dataclass(flags: dict[str, bool]) -> None:
    answers = []
    for library in (records, dataclasses):
        base, below = made(library, flags)
        one, same, other = below(1, c=[1]), below(1, "b", []), below(1, "x")
        answers.append(
            [
                repr(one) if flags.get("repr", True) else "",
                repr(base(a=2)) if flags.get("repr", True) else "",
                one == same,
                one == other,
                one == base(1),
                told(lambda: hash(one) == hash(same)),  # noqa: B023
                told(lambda: one < other),  # noqa: B023
                told(lambda: setattr(one, "a", 2)),  # noqa: B023
                told(lambda: delattr(one, "d")),  # noqa: B023
                told(below),
                told(lambda: below(1, x=2)),  # noqa: B023
                one.sum(),
                below(1).c is below(1).c,
                [field.name for field in dataclasses.fields(below)],
                dataclasses.is_dataclass(below),
                dataclasses.replace(same, b="y").b,
                library.replace(same, b="y").b,
                dataclasses.asdict(other),
                below.layer,
                below.__match_args__,
                hasattr(one, "__dict__"),
                copy.copy(other).b,
                copy.deepcopy(other).b,
            ]
        )
    assert answers[0] == answers[1]


@records.dataclass(frozen=True, slots=True)
class Kept:
    a: int
    b: tuple[str, ...] = ()


def test_a_record_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, ("b",)))) == Kept(1, ("b",))  # noqa: S301


def test_what_is_computed_once_is_kept() -> None:
    @records.dataclass(frozen=True)
    class Lazy:
        a: int

        @records.cached_property
        def twice(self) -> list[int]:
            return [self.a, self.a]

    lazy = Lazy(1)
    assert lazy.twice is lazy.twice
    with pytest.raises(dataclasses.FrozenInstanceError):
        lazy.a = 2  # type: ignore[misc]


def test_a_cached_property_is_that_of_the_standard_library() -> None:
    class Counting:
        calls = 0

        @records.cached_property
        def value(self) -> int:
            """What it is."""
            self.calls += 1
            if self.calls == 1:
                raise ValueError("not yet")
            return self.calls

    described = vars(Counting)["value"]
    assert isinstance(described, cached_property)
    assert getattr(Counting, "value") is described  # noqa: B009
    assert (described.__doc__, described.attrname) == ("What it is.", "value")
    counting = Counting()
    with pytest.raises(ValueError, match="not yet"):
        _ = counting.value
    assert (counting.value, counting.value, vars(counting)) == (2, 2, {"calls": 2, "value": 2})
    del counting.value
    assert counting.value == 3


def test_who_computes_something_waits_for_nobody() -> None:
    """As from Python 3.12 on: a value that another instance's thread computes is not waited for."""

    class Waiting:
        def __init__(self, other: "Waiting | None") -> None:
            self.other = other

        @records.cached_property
        def depth(self) -> int:
            if self.other is None:
                return 1
            found: list[int] = []
            other = Thread(target=lambda: found.append(self.other.depth), daemon=True)  # type: ignore[union-attr]
            other.start()
            other.join(10)
            return 1 + found[0]

    assert Waiting(Waiting(None)).depth == 2


def test_methods_of_its_own_are_kept() -> None:
    @records.dataclass(frozen=True)
    class Named:
        a: int

        def __repr__(self) -> str:
            return "mine"

        def __hash__(self) -> int:
            return 7

    assert (repr(Named(1)), hash(Named(1)), Named(1) == Named(1)) == ("mine", 7, True)


def test_a_record_takes_no_more_memory() -> None:
    for flags in ({"frozen": True}, {"frozen": True, "slots": True}):
        assert sys.getsizeof(made(records, flags)[1](1)) == sys.getsizeof(made(dataclasses, flags)[1](1))
