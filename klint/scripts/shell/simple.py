"""Simple commands: the words of each, on every way that makes a difference, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from klint.scripts.commands import Command, Word, names, program_name
from klint.scripts.expansion.words import value, words
from klint.scripts.kubectl import is_kubectl
from klint.scripts.shell.assignments import assignment
from klint.scripts.shell.builtins import BUILTINS
from klint.scripts.shell.functions import call
from klint.scripts.shell.sourced import source
from klint.scripts.shell.streams import herestring
from klint.scripts.shell.where import Where
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.wrappers import Inner, may_wrap, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node

    from klint.scripts.shell.reader import Shell

TRACKED = ("KUBECONFIG", "AWS_PROFILE", "HELM_KUBECONTEXT", "HELM_NAMESPACE", "CLOUDSDK_ACTIVE_CONFIG_NAME")
"""Variables that tell which cluster a command talks to."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.-]*")
SOURCING = frozenset(("source", "."))
_UNSAID = names("command builtin eval")
"""Wrappers that say nothing of how a command runs."""


def command(shell: Shell, node: Node, where: Where, more: Sequence[Node] = (), tail: tuple[Word, ...] = ()) -> None:
    """`X=a program words`, with words that stand behind its redirections."""
    assignments: list[Node] = []
    nodes: list[Node] = []
    for child in node.children:
        kind = child.type
        if kind == "variable_assignment" and not nodes:
            assignments.append(child)
        elif kind == "herestring_redirect":
            where = where._replace(stdin=herestring(shell.parameters, child, where))
        elif kind == "file_redirect":
            nodes.extend(behind_target(child))
        elif not kind.endswith("_redirect") and kind != "comment" and not child.is_error:
            nodes.append(child)
    shell.substitutions(node, where)
    first, *others = _lines([*nodes, *more], where)
    if not first:
        for item in assignments:
            assignment(shell, item, where)
    elif not _is_passed_over(shell, where.text(first[0])) and not _is_idle(shell, [*assignments, *first], where):
        end = node.end_byte if not others else first[-1].end_byte
        on_every_way(shell, first, where, node.start_byte, end, assignments, tail)
    for other in others:
        on_every_way(shell, other, where, other[0].start_byte, other[-1].end_byte)
    for child in node.children:
        if child.is_error and child.named_child_count:
            shell.statements(child.children, where)


def on_every_way(
    shell: Shell,
    nodes: Sequence[Node],
    where: Where,
    start: int,
    end: int,
    assignments: Sequence[Node] = (),
    tail: tuple[Word, ...] = (),
) -> None:
    """Run the words of some nodes, once for each way that makes a difference to them."""
    parameters, snippet = shell.parameters, where.snippet
    where = where._replace(start=snippet.range(start, end)[0], end=snippet.range(start, end)[1])

    def evaluate() -> tuple[tuple[Word, ...], dict[str, str]]:
        environment: dict[str, str] = {}
        for item in assignments:
            name = item.child_by_field_name("name")
            given = value(parameters, snippet, item.child_by_field_name("value"))
            if name is not None and isinstance(given, str):
                environment[where.text(name)] = given
        return (*words(parameters, snippet, nodes), *tail), environment

    is_fixed = "$" not in snippet.text[start:end] and nodes[-1].end_byte <= end
    for _, (argv, environment) in (
        [({}, evaluate())] if is_fixed else parameters.variables.each_way(evaluate, shell.max_ways)
    ):
        inner = where._replace(environment={**where.environment, **environment}) if environment else where
        if argv and not _is_written(argv, where):
            # `"$@"`: the command stands where the function was called with it.
            script = argv[0].source
            start, end = argv[0].start, max(word.end for word in argv if word.source is script)
            inner = inner._replace(snippet=Snippet.part(script, start, end), start=start, end=end)
        run(shell, argv, inner)


def _is_written(argv: Sequence[Word], where: Where) -> bool:
    """Whether the command is written here: its first word, or where that comes from another file, one behind it."""
    script = where.snippet.source
    words = argv[:1] if argv[0].source is script else argv
    return any(word.source is script and where.start <= word.start <= where.end for word in words)


def run(shell: Shell, argv: tuple[Word, ...], where: Where) -> None:
    """Run words: an alias, a function, a builtin, what a wrapper runs, or else a command of its own."""
    if not argv:
        return
    shell.count_command()
    name = argv[0].text
    if name in shell.aliases and argv[0].raw == name:
        replaced = [Word(part, argv[0].source, argv[0].start, argv[0].end) for part in shell.aliases[name].split()]
        argv = (*replaced, *argv[1:])
        name = argv[0].text if argv else None
    if name in shell.functions:
        call(shell, shell.functions[name], argv, where)
        return
    if name is not None and name in BUILTINS:
        BUILTINS[name](shell, argv[1:])
    if name in SOURCING:
        source(shell, argv[1:], where)
    found = unwrap(argv) if argv else ()
    for inner in found:
        _run_inner(shell, inner, where)
    if argv and (not found or any(inner.is_kept for inner in found)):
        _add(shell, argv, where)


def behind_target(redirect: Node) -> list[Node]:
    """The words of a command that stand behind a redirection, which the grammar takes for more targets.

    A target on another line is none: the line above ends in a `>`.
    """
    targets = redirect.children_by_field_name("destination")
    is_misplaced = bool(targets) and targets[0].start_point.row != redirect.start_point.row
    return targets if is_misplaced else targets[1:]


def _lines(nodes: Sequence[Node], where: Where) -> list[list[Node]]:
    """The words of each line. The grammar takes a line that begins with a backslash for words of the one above."""
    if len(nodes) < 2 or nodes[0].start_point.row == nodes[-1].end_point.row:
        return [list(nodes)]
    lines: list[list[Node]] = [[]]
    for node in nodes:
        if where.text(node).startswith("\n") or (lines[-1] and _is_misplaced(node)):
            lines.append([])
        lines[-1].append(node)
    return lines


def _is_misplaced(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type != "file_redirect" or node.start_point.row == parent.start_point.row:
        return False
    first = parent.child_by_field_name("destination")
    return first is not None and first.id == node.id


def _is_passed_over(shell: Shell, program: str) -> bool:
    """Whether nobody asks for a program's commands, by its name as written. It must change nothing, either."""
    return (
        shell.programs is not None
        and _PLAIN_NAME.fullmatch(program) is not None
        and program not in shell.programs
        and program not in shell.functions
        and program not in shell.aliases
        and program not in BUILTINS
        and program not in SOURCING
        and not may_wrap(program)
        and not is_kubectl(program)
    )


def _is_idle(shell: Shell, nodes: Sequence[Node], where: Where) -> bool:
    """Whether nobody asks about a command, though they do about its program. It must stand by itself."""
    if shell.is_idle is None or shell.marks is None or where.assigned_to or where.stdin is not None:
        return False
    program = where.text(nodes[0])
    if program in shell.functions or program in shell.aliases:
        return False
    return shell.is_idle(where.text(node) for node in nodes)


def _run_inner(shell: Shell, inner: Inner, where: Where) -> None:
    where = where._replace(
        wrappers=(*where.wrappers, inner.name) if inner.name not in _UNSAID else where.wrappers,
        in_loop=where.in_loop or inner.in_loop,
        kept_alive=where.kept_alive or (inner.name if inner.in_loop else ""),
        environment={**where.environment, **dict(inner.environment)} if inner.environment else where.environment,
    )
    code = where.stdin if inner.reads_stdin else inner.code
    with shell.deeper() as is_read:
        if is_read:
            with shell.own_names(inner):
                if code is not None:
                    shell.read(where._replace(snippet=code, stdin=None if inner.reads_stdin else where.stdin))
                elif inner.argv:
                    run(shell, inner.argv, where)


def _add(shell: Shell, argv: tuple[Word, ...], where: Where) -> None:
    if shell.programs is not None:
        program = program_name(argv[0])
        if program and program not in shell.programs and not is_kubectl(program):
            return
    environment = where.environment
    stored = shell.parameters.variables.stored
    tracked = {name: text if isinstance(text, str) else HOLE for name in TRACKED if (text := stored(name)) is not None}
    if tracked:
        environment = {**tracked, **environment}
    shell.commands.append(
        Command(
            argv,
            where.snippet.source,
            where.start,
            where.end,
            shell.context,
            environment,
            where.wrappers,
            where.functions,
            where.branches,
            where.assigned_to,
            where.background,
            where.in_loop,
            where.kept_alive,
            shell.is_called,
        )
    )
