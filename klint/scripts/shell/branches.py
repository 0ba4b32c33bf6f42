"""`if`, `case`, `&&` and `||`: a script takes one way, and every way is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from klint.scripts.shell.where import Where
from klint.scripts.snippet import HOLE
from klint.scripts.variables import Stored

if TYPE_CHECKING:
    from tree_sitter import Node

    from klint.scripts.shell.reader import Shell

_Way = Callable[[Where], None]

_TESTS_EMPTY = re.compile(r"(?:-z\s+|!\s*-n\s+|-n\s+)\"?\$\{?([A-Za-z_]\w*)")
_TEST_PROGRAMS = re.compile(r"(?:!\s*)?(?:\[|test\s|command\s+-v|which\s|type\s|grep\s)")


def and_or_list(shell: Shell, node: Node, where: Where) -> None:
    """`a && b || c`. What stands behind a test, or behind `||`, may not run."""
    parts: list[tuple[str, Node]] = []
    current = node
    while current.type == "list":
        named = [child for child in current.children if child.is_named and child.type != "comment"]
        operator = next((child.type for child in current.children if child.type in ("&&", "||")), "&&")
        parts.append((operator, named[-1]))
        current = named[0]
    shell.statement(current, where)
    tested = where.text(current)
    for operator, part in reversed(parts):
        if operator == "||" or _TEST_PROGRAMS.match(tested):
            _branch(shell, where, [_statement_way(shell, part)], tested)
        else:
            shell.statement(part, where)
        tested = where.text(part)


def if_statement(shell: Shell, node: Node, where: Where) -> None:
    """`if a; then b; elif c; then d; else e; fi`."""
    conditions: list[list[Node]] = [[]]
    bodies: list[list[Node]] = [[]]
    is_complete = False
    target = conditions[0]
    for child in node.children:
        if child.type == "then":
            target = bodies[-1]
        elif child.type == "elif_clause":
            split = next((index for index, item in enumerate(child.children) if item.type == "then"), 0)
            conditions.append(child.children[:split])
            bodies.append(child.children[split:])
        elif child.type == "else_clause":
            is_complete = True
            conditions.append([])
            bodies.append(child.children)
        else:
            target.append(child)
    tested = " ".join(where.text(item) for item in conditions[0] if item.is_named)
    if tested.strip() == "false":
        conditions, bodies = conditions[1:], bodies[1:]
    for condition in conditions:
        shell.statements(condition, where)
    _branch(shell, where, [_way(shell, body) for body in bodies], tested, is_complete=is_complete)


def case_statement(shell: Shell, node: Node, where: Where) -> None:
    """`case $x in a) b;; *) c;; esac`."""
    ways: list[_Way] = []
    is_complete = False
    for child in node.children:
        if child.type == "case_item":
            split = next((index for index, item in enumerate(child.children) if item.type == ")"), 0)
            is_complete |= any(item.is_named and where.text(item) == "*" for item in child.children[:split])
            ways.append(_way(shell, child.children[split + 1 :]))
        elif child.is_named:
            shell.substitutions(child, where)
    _branch(shell, where, ways, is_complete=is_complete)


def _way(shell: Shell, nodes: Sequence[Node]) -> _Way:
    return lambda where: shell.statements(nodes, where)


def _statement_way(shell: Shell, node: Node) -> _Way:
    return lambda where: shell.statement(node, where)


def _branch(shell: Shell, where: Where, ways: Sequence[_Way], tested: str = "", *, is_complete: bool = False) -> None:
    """Read ways of which the script takes one, or none unless they are complete."""
    variables = shell.parameters.variables
    point = variables.new_point()
    after: list[dict[str, Stored]] = []
    ended = shell.ended
    ends: list[str] = []
    for index, way in enumerate(ways):
        shell.ended = ""
        with variables.undone() as changes:
            way(where._replace(branches=(*where.branches, (point, index))))
        ends.append(shell.ended)
        if not shell.ended:
            after.append(changes)
    shell.ended = ended or (ends[0] if is_complete and ends and all(ends) else "")
    if not is_complete:
        # `[ -z "$X" ] && X=default`: on the way round it X has a value from outside, of which nothing is known.
        defaulted = {
            name: after[0][name]
            for name in _TESTS_EMPTY.findall(tested)
            if len(after) == 1 and after[0].get(name) is not None and variables.stored(name) in (None, HOLE, "")
        }
        after.append(defaulted)
    variables.join(point, after)
