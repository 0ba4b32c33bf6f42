"""No regular expression of klint takes exponential time: none has the shape that lets it part a text in many ways."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import klint
from klint.text.yaml import misreading

PACKAGE = Path(klint.__file__).parent
RULES = PACKAGE / "rules" if (PACKAGE / "rules").is_dir() else PACKAGE.parent / "rules"

BACKTRACKING = (constants.MAX_REPEAT, constants.MIN_REPEAT)
LINEAR = (constants.POSSESSIVE_REPEAT, constants.ATOMIC_GROUP)
LOOKING = (constants.ASSERT, constants.ASSERT_NOT)
PUMPS = " \t\n-/.,:;=_a0x\"'\\#({[<$%@|&!?*+~^`)}]>é"


def found_patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern by where it is."""
    sources = {file: file.read_text("utf-8") for root in (PACKAGE, RULES) for file in sorted(root.rglob("*.py"))}
    found: dict[str, re.Pattern[str]] = {}
    for file, source in sources.items():
        if file.name == "__main__.py":
            continue
        below = file.relative_to(PACKAGE.parent if PACKAGE in file.parents else RULES.parent).with_suffix("")
        module = importlib.import_module(".".join(below.parts).removesuffix(".__init__"))
        for name, value in vars(module).items():
            for index, pattern in enumerate(patterns_in(value)):
                found[f"{below.as_posix()}:{name}:{index}"] = pattern
        for call in ast.walk(ast.parse(source)):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[ast.Constant(value=str(text)), *_]
                ) if method != "escape":
                    found[f"{below.as_posix()}:literal:{len(found)}"] = re.compile(text)
    for index, (_, text) in enumerate(misreading._MISREAD):
        found[f"klint/text/yaml/misreading:_MISREAD:{index}"] = re.compile(text, re.VERBOSE)
    for name in ("_HEAD", "_ENTRIES", "_ITEM"):
        found[f"klint/text/yaml/misreading:{name}"] = re.compile(getattr(misreading, name), re.VERBOSE)
    return found


def patterns_in(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from patterns_in(item, depth - 1)
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            yield from patterns_in(key, depth - 1)
            yield from patterns_in(item, depth - 1)


def parsed(pattern: re.Pattern[str]) -> Any:
    return parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)


# What is exponential by its shape


def entangled(items: Any) -> Iterator[Any]:
    """The repetitions whose body holds another one that could be parted in many ways."""
    for operator, argument in items:
        if operator in LINEAR:
            continue
        if operator in BACKTRACKING and argument[1] > 100:
            body = list(argument[2])
            for inner in inner_repetitions(body):
                if not any(is_apart(item, inner) for item in flat(body) if item is not inner):
                    yield operator, argument
        for below in bodies(operator, argument):
            yield from entangled(below)


def inner_repetitions(items: Any) -> Iterator[Any]:
    for item in items:
        operator, argument = item
        if operator in LINEAR or operator in LOOKING:
            continue
        if operator in BACKTRACKING and argument[1] > 100:
            yield item
        for below in bodies(operator, argument):
            yield from inner_repetitions(below)


def flat(items: Any) -> Iterator[Any]:
    """What must be matched each time, in groups too."""
    for item in items:
        operator, argument = item
        if operator is constants.SUBPATTERN:
            yield from flat(argument[3])
        elif operator is constants.ATOMIC_GROUP:
            yield from flat(argument)
        elif operator in (*BACKTRACKING, constants.POSSESSIVE_REPEAT) and argument[0] > 0:
            yield from flat(argument[2])
            yield item
        else:
            yield item


def is_apart(item: Any, inner: Any) -> bool:
    """Whether an item is one character that the inner repetition cannot match."""
    characters = characters_of([item])
    return bool(characters) and not characters & characters_of(inner[1][2], anywhere=True)


def characters_of(items: Any, *, anywhere: bool = False) -> frozenset[str]:
    """Which of a choice of characters an item of one character may be; with `anywhere`, any item below."""
    alphabet = PUMPS + "bkyzABXYZ12"
    result: set[str] = set()
    for operator, argument in items:
        if operator in (constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY):
            single = re.compile(one_character(operator, argument), re.DOTALL)
            result |= {character for character in alphabet if single.fullmatch(character)}
            if operator is constants.LITERAL:
                result.add(chr(argument))
        elif anywhere:
            for below in bodies(operator, argument):
                result |= characters_of(below, anywhere=True)
    return frozenset(result)


CATEGORIES = {
    constants.CATEGORY_DIGIT: r"\d",
    constants.CATEGORY_NOT_DIGIT: r"\D",
    constants.CATEGORY_SPACE: r"\s",
    constants.CATEGORY_NOT_SPACE: r"\S",
    constants.CATEGORY_WORD: r"\w",
    constants.CATEGORY_NOT_WORD: r"\W",
}


def one_character(operator: Any, argument: Any) -> str:
    if operator is constants.ANY:
        return r"[^\n]"
    if operator is constants.LITERAL:
        return re.escape(chr(argument))
    if operator is constants.NOT_LITERAL:
        return f"[^{re.escape(chr(argument))}]"
    inside = ""
    for kind, value in argument:
        if kind is constants.NEGATE:
            inside += "^"
        elif kind is constants.LITERAL:
            inside += re.escape(chr(value))
        elif kind is constants.RANGE:
            inside += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            inside += CATEGORIES[value]
    return f"[{inside}]"


def bodies(operator: Any, argument: Any) -> list[Any]:
    if operator in (*BACKTRACKING, constants.POSSESSIVE_REPEAT):
        return [argument[2]]
    if operator is constants.SUBPATTERN:
        return [argument[3]]
    if operator is constants.ATOMIC_GROUP:
        return [argument]
    if operator is constants.BRANCH:
        return list(argument[1])
    if operator in LOOKING:
        return [argument[1]]
    if operator is constants.GROUPREF_EXISTS:
        return [body for body in argument[1:] if body]
    return []


def captures_in_linear(items: Any, *, is_inside: bool = False) -> Iterator[int]:
    """The numbers of the groups that capture inside a possessive repetition or an atomic group."""
    for operator, argument in items:
        if is_inside and operator is constants.SUBPATTERN and argument[0] is not None:
            yield argument[0]
        for below in bodies(operator, argument):
            yield from captures_in_linear(below, is_inside=is_inside or operator in LINEAR)


FOUND = found_patterns()


@pytest.mark.parametrize("name", FOUND)
def test_pattern_parts_no_text_in_very_many_ways(name: str) -> None:
    assert not list(entangled(parsed(FOUND[name]))), FOUND[name].pattern


@pytest.mark.parametrize("text", [r"(?:a+)+b", r"(?:\w+\s*)*;", r"(?:a|b*)*c", r"(?:[^,]+,?)*x"])
def test_what_is_exponential_is_known(text: str) -> None:
    assert list(entangled(parsed(re.compile(text))))


@pytest.mark.parametrize(
    "text", [r"(?:,\s*\w+)*x", r"(?:\w+\s)*x", r"(?:a++)+b", r"(?>a+)+b", r"(?:[^']|'')*'", r"a*b*c"]
)
def test_what_is_not_exponential_is_known(text: str) -> None:
    assert not list(entangled(parsed(re.compile(text))))


@pytest.mark.parametrize("name", FOUND)
def test_pattern_captures_nothing_where_python_loses_it(name: str) -> None:
    """Python up to 3.11.7 may raise a SystemError for a group that captures inside a possessive repetition."""
    assert not list(captures_in_linear(parsed(FOUND[name]))), FOUND[name].pattern


@pytest.mark.parametrize("text", [r"(?:(a))*+", r"(a)?+", r"(?>(?P<x>a)b)", r"(?:a(?:b|(c)))++"])
def test_captures_in_possessive_repetitions_are_known(text: str) -> None:
    assert list(captures_in_linear(parsed(re.compile(text))))


def test_possessive_repetitions_inside_captures_are_fine() -> None:
    assert not list(captures_in_linear(parsed(re.compile(r"(a++)(?:(?>b)c)*+(d)?"))))
