"""Functions: kept where they are defined, followed where they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.scripts.shell.where import Where

if TYPE_CHECKING:
    from tree_sitter import Node

    from klint.scripts.shell.reader import Shell

_MAX_CALLS = 8
"""Calls inside of calls that are followed."""


@dataclass(slots=True, eq=False)
class Function:
    """A function, and where it is defined."""

    name: str
    body: Node
    where: Where
    is_called: bool = False


def definition(shell: Shell, node: Node, where: Where) -> None:
    """`name() { …; }`."""
    name_node = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if name_node is None or body is None:
        shell.statements(node.children, where)
        return
    name = where.text(name_node)
    function = Function(name, body, Where(where.snippet, branches=where.branches))
    shell.functions[name] = function
    if not shell.sourcing:  # what is defined elsewhere is read there
        shell.defined.append(function)
    if shell.marks is not None and shell.concerns(body, where):
        shell.marks.add(name)


def call(shell: Shell, function: Function, argv: tuple[Word, ...], where: Where) -> None:
    """Follow a call. Functions that call themselves, and long chains of calls, are followed no further."""
    parameters = shell.parameters
    if parameters.variables.is_spent:
        return
    function.is_called = True
    if function.name in where.functions or len(where.functions) >= _MAX_CALLS:
        return
    before, marks = parameters.positional, shell.marks
    if marks is not None and any(marks.are_in(word.value) for word in argv[1:]):
        shell.marks = None  # the function may run the words it is given
    parameters.positional = argv[1:]
    read_body(shell, function, where)
    parameters.positional = before
    shell.marks = marks


def read_body(shell: Shell, function: Function, where: Where) -> None:
    """Read what a function does; its own variables are gone behind it."""
    function.is_called = True
    shell.local_values.append({})
    ended = shell.ended
    inner = where._replace(snippet=function.where.snippet, functions=(*where.functions, function.name))
    shell.statement(function.body, inner)
    shell.ended = ended or (shell.ended if shell.ended == "exit" else "")
    for name, before in shell.local_values.pop().items():
        shell.parameters.variables.set(name, before)
