"""`for`, `while` and `until`: loops over known words are read once for each, others once."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from klint.scripts.expansion.words import words
from klint.scripts.shell.where import Where
from klint.scripts.snippet import HOLE
from klint.scripts.variables import Choice

if TYPE_CHECKING:
    from tree_sitter import Node, Query

    from klint.scripts.shell.reader import Shell

_ENDLESS = re.compile(r"(?:true|:|sleep\s+\S+|\[\[?\s*(?:1|true)\s*\]\]?|\(\(\s*1\s*\)\))\s*;?\Z")
_ENDLESS_FOR = re.compile(r"for\s*\(\(\s*;\s*;\s*\)\)")
_LOOPS = frozenset(("for_statement", "c_style_for_statement", "while_statement"))
_NEVER_RUN_HERE = frozenset(("function_definition", "subshell", "command_substitution"))


def for_statement(shell: Shell, node: Node, where: Where) -> None:
    """`for x in a b; do …`; without `in` it goes over the positional parameters."""
    parameters, variables = shell.parameters, shell.parameters.variables
    name_node = node.child_by_field_name("variable")
    body = node.child_by_field_name("body")
    if name_node is None or body is None:
        shell.statements(node.children, where)
        return
    shell.substitutions(node, where, skip=body)
    if any(child.type == "in" for child in node.children):
        nodes = node.children_by_field_name("value")
        results = variables.each_way(lambda: words(parameters, where.snippet, nodes), shell.max_ways)
        items = list(dict.fromkeys(word.value for _, found in results for word in found))
    else:
        items = [word.value for word in parameters.positional or ()]
    _forget(shell, body, where)
    if not items or len(items) > shell.max_ways:
        items = [HOLE]
    variables.set(where.text(name_node), items[0] if len(items) == 1 else Choice(variables.new_point(), tuple(items)))
    _body(shell, body, where._replace(in_loop=True))


def c_style_for_statement(shell: Shell, node: Node, where: Where) -> None:
    """`for ((i = 0; i < 3; i++)); do …`."""
    body = node.child_by_field_name("body")
    if body is None:
        return
    header = where.snippet.text[node.start_byte : body.start_byte]
    _forget(shell, node, where)
    is_endless = _ENDLESS_FOR.match(header) is not None and not _leaves(body)
    _body(shell, body, where._replace(in_loop=True, kept_alive="for ((;;))" if is_endless else where.kept_alive))


def while_statement(shell: Shell, node: Node, where: Where) -> None:
    """`while a; do b; done` and `until a; do b; done`."""
    variables = shell.parameters.variables
    word = node.children[0].type if node.children else "while"
    body = node.child_by_field_name("body")
    conditions = node.children_by_field_name("condition")
    if not body:
        shell.statements(node.children, where)
        return
    tested = where.snippet.text[node.children[0].end_byte : body.start_byte].strip()
    if tested.rstrip("; \t\n") == ("false" if word == "while" else "true"):
        return
    kept_alive = where.kept_alive
    is_left = _leaves(body)
    is_endless = _ENDLESS.match(tested) if word == "while" else tested.rstrip("; \t\n") == "false"
    if is_endless and not is_left:
        kept_alive = f"{word} {tested.rstrip('; ')}"
    retried = kept_alive or ("" if is_left else f"{word} loop")
    with variables.undone() as changes:
        _forget(shell, node, where)
        shell.statements(conditions, where._replace(in_loop=True, kept_alive=retried))
        _body(shell, body, where._replace(in_loop=True, kept_alive=kept_alive))
    variables.join(variables.new_point(), [changes, {}])


def _body(shell: Shell, body: Node, where: Where) -> None:
    ended = shell.ended
    shell.statement(body, where)
    shell.ended = ended


def _leaves(body: Node) -> bool:
    """Whether a loop's body ends the loop itself: it polls for something or tries a few times, and keeps nothing up."""
    stack = [(body, False)]
    while stack:
        node, is_nested = stack.pop()
        if node.type == "command":
            name = node.child_by_field_name("name")
            word = name.text if name else None
            if word in (b"exit", b"return") or (word == b"break" and not is_nested):
                return True
        stack.extend(
            (child, is_nested or node.type in _LOOPS) for child in node.children if child.type not in _NEVER_RUN_HERE
        )
    return False


def _forget(shell: Shell, node: Node, where: Where) -> None:
    """What a loop assigns has, at the loop's start, a value from the time before or from the last round."""
    if "=" not in where.text(node):
        return
    from tree_sitter import QueryCursor

    variables = shell.parameters.variables
    captured = QueryCursor(_assignments()).captures(node)
    for name in {where.text(found) for found in captured.get("name", ())}:
        if variables.stored(name) is not None:
            variables.set(name, HOLE)


@cache
def _assignments() -> Query:
    import tree_sitter_bash
    from tree_sitter import Language, Query

    return Query(Language(tree_sitter_bash.language()), "(variable_assignment name: (variable_name) @name)")
