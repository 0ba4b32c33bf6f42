"""klint's enumerations behave as those of the standard library, which take long to make."""

import copy
import enum
import pickle
from typing import Any

import pytest

from klint import enums


def made(library: Any, base: str) -> Any:
    class Color(getattr(library, base)):  # type: ignore[misc]
        """What is said of it is no member."""

        RED = "red"
        GREEN = "green"
        ALSO_GREEN = "green"

        @property
        def loud(self) -> str:
            return str(self.value).upper()

    Color.__qualname__ = f"Color_{library.__name__.replace('.', '_')}_{base}"
    globals()[Color.__qualname__] = Color  # where pickle looks for it
    return Color


def told(work: Any) -> Any:
    try:
        return work()
    except (ValueError, KeyError) as error:
        return type(error).__name__, str(error).replace("Color_klint_enums", "Color_enum")


@pytest.mark.parametrize("base", ["Enum", "StrEnum"])
def test_an_enumeration_is_one(base: str) -> None:
    answers = []
    for library in (enums, enum):
        color = made(library, base)
        red, green = color.RED, color.GREEN
        assert color("red") is red
        assert color(red) is red
        assert color["GREEN"] is color.ALSO_GREEN is green
        assert red is copy.copy(red) is copy.deepcopy(red)
        assert pickle.loads(pickle.dumps(green)) is green  # noqa: S301
        answers.append(
            (
                [(item.name, item.value, item.loud) for item in color],
                [item.name for item in reversed(color)],
                list(color.__members__),
                len(color),
                [item.replace("enum.", "") for item in (str(red), repr(red), f"{red}", f"{red:>12}")],
                [red == "red", red != green, red in color, isinstance(red, str), isinstance(red, color), bool(red)],
                {red: 1}[color("red")],
                told(lambda color=color: color("blue")),
                told(lambda color=color: color["BLUE"]),
            )
        )
    ours, theirs = answers
    assert ours == theirs


def test_a_match_finds_members() -> None:
    color = made(enums, "StrEnum")
    match color("green"):
        case color.RED:
            pytest.fail("it is green")
        case color.GREEN:
            pass
        case _:
            pytest.fail("it is one of them")
