"""Pipelines and redirections: what is piped into a command, or stands in a heredoc behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from klint.scripts.expansion.words import literal
from klint.scripts.shell import simple
from klint.scripts.shell.streams import heredoc, herestring, printed
from klint.scripts.shell.where import Where
from klint.scripts.snippet import Snippet

if TYPE_CHECKING:
    from tree_sitter import Node

    from klint.scripts.shell.reader import Shell

_NAMES_SHELL = re.compile(r"sh\b|stdin|\$")


def pipeline(shell: Shell, node: Node, where: Where) -> None:
    """`a | b`."""
    stages = [child for child in node.children if child.is_named and child.type != "comment"]
    _stages(shell, stages, where, where.stdin)


def redirected_statement(shell: Shell, node: Node, where: Where) -> None:
    """`a > b`, `a <<EOF`, `a <<< b`."""
    body = node.child_by_field_name("body")
    redirect = None
    inner = where
    for child in node.children:
        if child.type == "heredoc_redirect":
            redirect = child
            inner = inner._replace(stdin=heredoc(shell.parameters, child, where))
        elif child.type == "herestring_redirect":
            inner = inner._replace(stdin=herestring(shell.parameters, child, where))
        if child.type.endswith("_redirect"):
            shell.substitutions(child, where)
    more = redirect.children_by_field_name("argument") if redirect is not None else []
    for child in node.children:
        if child.type == "file_redirect":
            more.extend(simple.behind_target(child))
    if body is not None and body.type == "command":
        # The grammar has no node for a dash in front of a heredoc: `kubectl apply -f - <<EOF`.
        gap = (body.end_byte, node.children[1].start_byte)
        dash = literal(where.snippet, *gap)
        simple.command(shell, body, inner, more, dash)
    elif body is not None:
        shell.statement(body, inner)
    if redirect is not None:
        _behind_heredoc(shell, node, redirect, where)


def _behind_heredoc(shell: Shell, node: Node, redirect: Node, where: Where) -> None:
    """`cat <<EOF | bash` and `a <<EOF && b`: the grammar has what stands behind a heredoc's mark inside of it."""
    for child in redirect.children:
        if child.type == "pipeline":
            stages = [stage for stage in child.children if stage.is_named]
            _stages(shell, stages, where, printed(shell.parameters, node, where))
    right = redirect.child_by_field_name("right")
    if right is not None:
        shell.statement(right, where)


def _stages(shell: Shell, stages: Sequence[Node], where: Where, stdin: Snippet | None) -> None:
    for index, stage in enumerate(stages):
        with shell.own_variables():
            shell.statement(stage, where._replace(stdin=stdin))
        is_read = index + 1 < len(stages) and _NAMES_SHELL.search(where.text(stages[index + 1])) is not None
        stdin = printed(shell.parameters, stage, where) if is_read else None
