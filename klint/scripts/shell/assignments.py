"""Assignments and declarations: `X=a`, `X+=b`, `local X`, `unset X`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.scripts.expansion.words import value
from klint.scripts.shell.where import Where
from klint.scripts.snippet import HOLE
from klint.scripts.variables import Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from klint.scripts.shell.reader import Shell


def assignment(shell: Shell, node: Node, where: Where) -> None:
    """`X=a`, `X+=b`, `X=(a b)`."""
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name = where.text(name_node)
    given = node.child_by_field_name("value")
    if given is not None:
        shell.substitutions(given, where._replace(assigned_to=name))
        shell.mark(name, where.text(given))
    _assign(shell, name, given, where, appends=any(child.type == "+=" for child in node.children))


def declaration(shell: Shell, node: Node, where: Where) -> None:
    """`local X=a`, `export X=a`, `readonly X=a`."""
    keyword = node.children[0].type
    is_local = keyword in ("local", "declare", "typeset") and bool(shell.local_values)
    variables = shell.parameters.variables
    for child in node.children[1:]:
        name_node = child.child_by_field_name("name") if child.type == "variable_assignment" else child
        if child.type not in ("variable_assignment", "variable_name") or name_node is None:
            continue
        name = where.text(name_node)
        if is_local:
            shell.local_values[-1].setdefault(name, variables.stored(name))
        if child.type == "variable_assignment":
            assignment(shell, child, where)
        elif is_local:
            variables.set(name, None)


def unset(shell: Shell, node: Node, where: Where) -> None:
    """`unset X Y`."""
    for child in node.named_children:
        shell.parameters.variables.set(where.text(child), None)


def _assign(shell: Shell, name: str, given: Node | None, where: Where, *, appends: bool) -> None:
    variables = shell.parameters.variables
    if "[" in name:
        variables.set(name.partition("[")[0], HOLE)
        return

    def evaluate() -> Value:
        new = value(shell.parameters, where.snippet, given)
        if isinstance(new, tuple) and any(word.value.startswith("[") for word in new):
            return HOLE  # an array with keys
        old = variables.get(name) if appends else None
        if isinstance(old, tuple):
            return (*old, *new) if isinstance(new, tuple) else old
        return old + new if isinstance(old, str) and isinstance(new, str) else new

    if given is not None and not appends and "$" not in where.text(given):
        variables.set(name, evaluate())
    else:
        variables.assign(name, evaluate, shell.max_ways)
