"""The index: what klint's own rules say of themselves, so that a run loads those alone that have something to look at.

`rules/index.py` is written from the rules (`UPDATE=1 pytest tests/test_registry.py`). Each entry has the checksum of
the rule.py that it was made from, and stands for no other text: a rule that was edited since, and one that is not in
there, is loaded to know what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

from klint.findings import Severity
from klint.intents import Exposure
from klint.registry.options import Option
from klint.registry.rule import Check, Function, Rule

Entry = tuple[Any, ...]
"""The checksum, then the fields of a Check in their order, as literals."""

_HEADER = '''\
"""What the rules here say of themselves. `UPDATE=1 pytest tests/test_registry.py` writes it."""

INDEX = {
'''


def indexed(entry: Entry | None, folder: Path, find_function: Callable[[], Function]) -> Check | None:
    """The Check that an entry tells of; None where there is no entry, or it was made from another text of the rule."""
    if entry is None or entry[0] != _checksum(folder):
        return None
    _, subjects, takes_graph, severity, options, explained_by, explained_on, follows, summary, marks, over = entry
    return Check(
        find_function,
        subjects,
        takes_graph,
        {environment: level and Severity(level) for environment, level in severity},
        tuple(Option(*option) for option in options),
        frozenset(map(Exposure, explained_by)),
        explained_on,
        follows,
        summary,
        marks,
        over,
    )


def index_text(rules: Iterable[Rule]) -> str:
    """The index of rules, as Python."""
    lines = sorted(f"    {_key(rule)!r}: {_entry(rule)!r},\n" for rule in rules)
    return f"{_HEADER}{''.join(lines)}}}\n"


def _key(rule: Rule) -> str:
    return f"{rule.layer}/{rule.folder.name}"


def _entry(rule: Rule) -> Entry:
    check = rule.check
    return (
        _checksum(rule.folder),
        check.subjects,
        check.takes_graph,
        tuple((environment, level and level.value) for environment, level in check.severity.items()),
        tuple((option.name, option.parameter, option.type, option.default) for option in check.options),
        tuple(sorted(exposure.value for exposure in check.explained_by)),
        check.explained_on,
        check.follows,
        check.summary,
        check.marks,
        _over(rule),
    )


def _over(rule: Rule) -> tuple[str, ...]:
    """The collections of a graph that a rule is nothing but loops over; none where it is more."""
    if not rule.check.looks_at("Graph"):
        return ()
    import ast

    module = ast.parse((rule.folder / "rule.py").read_bytes())
    function = next(node for node in module.body if isinstance(node, ast.FunctionDef) and node.decorator_list)
    graph = function.args.args[0].arg
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    names = []
    for statement in statements:
        match statement:
            case ast.For(iter=ast.Attribute(value=ast.Name(id=name), attr=collection)) if name == graph:
                names.append(collection)
            case _:
                return ()
    return tuple(names)


def _checksum(folder: Path) -> int:
    """Tells one text of a rule from another."""
    with open(f"{folder}/rule.py", "rb", buffering=0) as opened:  # noqa: PTH123 -- a Path each is dear in a small run
        return crc32(opened.read())
