"""Every regular expression of klint takes linear time: none has the shape that lets it part a text in very many ways,
and none takes longer than linear on the texts made from its own parts."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from typing import Any

import pytest

import klint
from klint.config.patterns import Patterns
from klint.exposure import entry_points, tls_secrets
from klint.kube import ingress_nginx
from klint.kube.controllers import INGRESS_CONTROLLERS
from klint.kube.validation import shape
from klint.regex import regex
from klint.scripts import marks, sources
from klint.text.yaml import misreading
from tests.backtracking import bodies, one_character, parsed, slow_text

PACKAGE = Path(klint.__file__).parent
RULES = PACKAGE / "rules" if (PACKAGE / "rules").is_dir() else PACKAGE.parent / "rules"

BACKTRACKING = (constants.MAX_REPEAT, constants.MIN_REPEAT)
LINEAR = (constants.POSSESSIVE_REPEAT, constants.ATOMIC_GROUP)
LOOKING = (constants.ASSERT, constants.ASSERT_NOT)
PUMPS = " \t\n-/.,:;=_a0x\"'\\#({[<$%@|&!?*+~^`)}]>é"


GLOBS = ("a*", "*a*a*a*", "**/a/**/b*/**", "a/**", "*?[a-c]*[!x]", "/a*/b", "**/*")


def built_patterns() -> Iterator[tuple[str, re.Pattern[str] | None, str]]:
    """Patterns that functions build, built of what they are made of: the function, the pattern, and its use."""
    for glob in Patterns(GLOBS)._patterns:
        yield "klint/config/patterns:_compiled", glob._whole, "match"
        yield "klint/config/patterns:_compiled", glob._folder, "match"
    for controller in INGRESS_CONTROLLERS:
        setting = re.compile(controller.external_name_setting, re.IGNORECASE)
        yield "klint/exposure/aliases:_refusals", setting, "search"
    yield "klint/exposure/entry_points:_addresses", re.compile(entry_points._PORT, re.IGNORECASE), "search"
    yield "klint/exposure/tls:_with_settings", re.compile(r"default\-ssl\-certificate|tlsStore"), "search"
    yield "klint/exposure/tls_secrets:_is_provided", re.compile(tls_secrets._COPIERS), "search"
    yield "klint/exposure/tls_secrets:_words", re.compile(tls_secrets._WORD), "finditer"
    for text in (ingress_nginx._TAG, ingress_nginx._BITNAMI_SUFFIX):
        yield "klint/kube/ingress_nginx:controller_image", re.compile(text, re.DOTALL), "fullmatch"
    yield "klint/kube/ingress_nginx:controller_of_chart", re.compile(ingress_nginx._CHART_VERSION), "fullmatch"
    yield "klint/kube/validation/shape:_scalar_faults", re.compile(shape._TIME), "match"
    yield "klint/kube/well_known:_has", re.compile(r"8080(?!\d)"), "search"
    yield "klint/render/kustomize/diagnosis:_span", re.compile(r"\bconfigMapGenerator\b"), "search"
    section = re.compile(r"^## How\ to[ \t]*\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    yield "klint/report/pages:section", section, "search"
    yield "klint/scripts/marks:_by_length", marks._by_length(frozenset(("k", "oc", "ssh", "kubectl")))[1], "search"
    yield "klint/suppress/rewriting:with_name", re.compile(r"(?<![\w-])side\-door(?![\w-])"), "finditer"


BUILT = {f"{where}:{index}": (pattern, use) for index, (where, pattern, use) in enumerate(built_patterns()) if pattern}
ELSEWHERE = {
    "klint/text/yaml/misreading:_compiled": "found in the table of their texts",
    "klint/scripts/sources/__init__:adapter_for": "found in the table of their texts",
    "klint/regex:lambda": "found as what they are patterns of",
    "klint/incremental/kept:__init__": "built by the run before, and written down",
    "klint/config/schema:lambda": "in klint's own schema, and anchored",
    "klint/render/kustomize/selector:may_match": "a stranger's, in bounds: see test_render_hostile_kustomize",
}
"""Functions that build other patterns, and why these are not among the built ones."""


SOURCES = {
    file.relative_to(root.parent).with_suffix("").as_posix(): file.read_text("utf-8")
    for root in (PACKAGE, RULES)
    for file in sorted(root.rglob("*.py"))
}
"""The text of every module, by its path."""

ASKING = [file for file, text in SOURCES.items() if re.search(r"\bre\.[a-z]", text)]
"""The modules that may ask `re` for something: parsing all others would take several times as long."""


@cache
def tree_of(file: str) -> ast.Module:
    return ast.parse(SOURCES[file])


@cache
def nodes_of(file: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(file)))


def found_patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern by where it is."""
    found: dict[str, re.Pattern[str]] = {}
    for file in SOURCES:
        if not file.endswith("/__main__"):
            module = importlib.import_module(file.replace("/", ".").removesuffix(".__init__"))
            for name, value in vars(module).items():
                for index, pattern in enumerate(patterns_in(value)):
                    found[f"{file}:{name}:{index}"] = pattern
    for file in ASKING:
        for call in nodes_of(file):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[ast.Constant(value=str(text)), *_]
                ) if method != "escape":
                    found[f"{file}:literal:{len(found)}"] = re.compile(text)
    for index, (_, text) in enumerate((*misreading._MISREAD_WORDS, *misreading._MISREAD_SIGNS)):
        found[f"klint/text/yaml/misreading:_MISREAD:{index}"] = re.compile(text, re.VERBOSE)
    for index, text in enumerate((misreading._WORDS, misreading._BLOCK_HEADER, misreading._ODD_CHARACTER)):
        found[f"klint/text/yaml/misreading:_MISREAD:more-{index}"] = re.compile(text, re.VERBOSE)
    for index, (_, text, _) in enumerate(sources._BY_PATH):
        found[f"klint/scripts/sources/__init__:_BY_PATH:{index}"] = re.compile(text, re.DOTALL)
    found.update({where: pattern for where, (pattern, _) in BUILT.items()})
    for name in ("_HEAD", "_ENTRIES", "_ITEM"):
        found[f"klint/text/yaml/misreading:{name}"] = re.compile(getattr(misreading, name), re.VERBOSE)
    return found


def patterns_in(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, regex):  # type: ignore[arg-type]
        yield re.compile(value.pattern, value.flags & ~re.UNICODE)
    elif isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from patterns_in(item, depth - 1)
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            yield from patterns_in(key, depth - 1)
            yield from patterns_in(item, depth - 1)


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


def captures_in_linear(items: Any, *, is_inside: bool = False) -> Iterator[int]:
    """The numbers of the groups that capture inside a possessive repetition or an atomic group."""
    for operator, argument in items:
        if is_inside and operator is constants.SUBPATTERN and argument[0] is not None:
            yield argument[0]
        for below in bodies(operator, argument):
            yield from captures_in_linear(below, is_inside=is_inside or operator in LINEAR)


def building_functions() -> Iterator[str]:
    """The functions that give `re` a pattern which is not written where they do."""
    for file in ASKING:
        pending: list[tuple[ast.AST, str]] = [(tree_of(file), "")]
        while pending:
            node, function = pending.pop()
            match node:
                case ast.FunctionDef(name=name):
                    function = name
                case ast.Lambda():
                    function = "lambda"
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[first, *_]) if (
                    function and method != "escape" and not isinstance(first, ast.Constant)
                ):
                    yield f"{file}:{function}"
            pending.extend((child, function) for child in ast.iter_child_nodes(node))


FOUND = found_patterns()


def test_what_functions_build_is_known() -> None:
    """A pattern that is built anew is built above as well, or bounded."""
    known = {where.rpartition(":")[0] for where in BUILT} | set(ELSEWHERE)
    assert set(building_functions()) == known


# What is quadratic when it is measured

USES = ("match", "fullmatch", "search", "finditer")
"""What a pattern is used for, as far as its time goes: `finditer` stands for `sub`, `split` and all else that searches
a whole text."""


def searched() -> dict[str, tuple[re.Pattern[str], str]]:
    """Every pattern once for each of its uses; one that is handed on may be used for anything."""
    known = {pattern.pattern for name, pattern in FOUND.items() if ":literal:" not in name}
    found: dict[tuple[str, int, str], str] = {}
    for where, pattern in FOUND.items():
        file, _, name = where.removesuffix(":" + where.split(":")[-1]).partition(":")
        if ":literal:" in where and pattern.pattern in known:
            continue
        for use in sorted(uses_of(file, name, where)):
            found.setdefault((pattern.pattern, pattern.flags, use), f"{where}:{use}")
    return {where: (re.compile(text, flags), use) for (text, flags, use), where in found.items()}


@cache
def receivers_of(file: str) -> dict[int, str]:
    """What is called of a name, by the node that is the name."""
    return {
        id(below): node.attr
        for node in nodes_of(file)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.IfExp)
        for below in ast.walk(node.value)
    }


def uses_of(file: str, name: str, where: str) -> set[str]:
    """How a module uses a pattern that it knows by name, or writes where it is used."""
    if where in BUILT:
        return {BUILT[where][1]}
    if (file, name) == ("klint/text/yaml/misreading", "_MISREAD"):
        return {"search"}
    if file == "klint/text/yaml/misreading" and not where.partition(":")[2].count(":"):
        return {"match"}
    nodes = nodes_of(file)
    if name == "literal":
        text = FOUND[where].pattern
        methods = {
            call.func.attr
            for call in nodes
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.args
            and isinstance(call.args[0], ast.Constant)
            and call.args[0].value == text
        }
    else:
        receivers = receivers_of(file)
        named = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
        methods = {receivers.get(id(node), "") for node in named if isinstance(node.ctx, ast.Load)}
    return {method if method in USES else "finditer" for method in methods or {""}}


SEARCHED = searched()


def test_no_pattern_parts_a_text_in_very_many_ways() -> None:
    assert [(where, pattern) for where, pattern in FOUND.items() if list(entangled(parsed(pattern)))] == []


@pytest.mark.parametrize("text", [r"(?:a+)+b", r"(?:\w+\s*)*;", r"(?:a|b*)*c", r"(?:[^,]+,?)*x"])
def test_what_is_exponential_is_known(text: str) -> None:
    assert list(entangled(parsed(re.compile(text))))


@pytest.mark.parametrize(
    "text", [r"(?:,\s*\w+)*x", r"(?:\w+\s)*x", r"(?:a++)+b", r"(?>a+)+b", r"(?:[^']|'')*'", r"a*b*c"]
)
def test_what_is_not_exponential_is_known(text: str) -> None:
    assert not list(entangled(parsed(re.compile(text))))


def test_no_pattern_captures_where_python_loses_it() -> None:
    """Python up to 3.11.7 may raise a SystemError for a group that captures inside a possessive repetition."""
    assert [(where, pattern) for where, pattern in FOUND.items() if list(captures_in_linear(parsed(pattern)))] == []


@pytest.mark.parametrize("text", [r"(?:(a))*+", r"(a)?+", r"(?>(?P<x>a)b)", r"(?:a(?:b|(c)))++"])
def test_captures_in_possessive_repetitions_are_known(text: str) -> None:
    assert list(captures_in_linear(parsed(re.compile(text))))


def test_possessive_repetitions_inside_captures_are_fine() -> None:
    assert not list(captures_in_linear(parsed(re.compile(r"(a++)(?:(?>b)c)*+(d)?"))))


@pytest.mark.parametrize("name", SEARCHED)
def test_pattern_takes_linear_time(name: str) -> None:
    assert not slow_text(*SEARCHED[name]), SEARCHED[name][0].pattern


QUADRATIC = [
    (r"a*a*b", "match"),
    (r"\s+\Z", "search"),
    (r"\[([^\]]+)\]\(", "finditer"),
    (r"<!--.*?-->", "search"),
    (r'"(?:[^"\\]|\\.)*+"', "finditer"),
    (r"\w*\d+;", "fullmatch"),
    (r"(?:ab)*(?:abab)*c", "match"),
    (r"(\w+)[^;]*;", "match"),
    (r"[a-z]++=", "finditer"),
]
LINEAR_TIME = [
    (r"a*+b*c", "match"),
    (r"\s+\Z", "match"),
    (r"(?<!\s)\s++\Z", "search"),
    (r"\[([^][]+)\]", "finditer"),
    (r"\b[a-z]++(?==)", "finditer"),
    (r"(?:[^,]*,)*x", "match"),
    (r"x{0,200}y", "search"),
]


@pytest.mark.parametrize(("text", "use"), QUADRATIC)
def test_what_is_quadratic_is_known(text: str, use: str) -> None:
    assert slow_text(re.compile(text), use)


@pytest.mark.parametrize(("text", "use"), LINEAR_TIME)
def test_what_is_linear_is_known(text: str, use: str) -> None:
    assert not slow_text(re.compile(text), use)
