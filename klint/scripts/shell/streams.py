"""What a command reads from its standard input, where that is plain to see: heredocs, `<<< word`, `echo … |`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from klint.scripts.commands import names
from klint.scripts.expansion.parameters import Parameters
from klint.scripts.expansion.words import words
from klint.scripts.shell.where import Where
from klint.scripts.snippet import HOLE, Snippet

if TYPE_CHECKING:
    from tree_sitter import Node

WORDS = names(
    """word string raw_string ansi_c_string translated_string concatenation simple_expansion expansion number
    command_substitution process_substitution arithmetic_expansion brace_expression"""
)
"""The grammar's nodes that are words."""

_PRINTED = WORDS | {"command_name"}
_ECHO_FLAG = re.compile(r"-[neE]+|--")
_IN_HEREDOC = re.compile(r"\\([$`\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


def heredoc(parameters: Parameters, node: Node, where: Where) -> Snippet | None:
    """A heredoc's text, with variables filled in unless its mark is quoted."""
    body = next((child for child in node.children if child.type == "heredoc_body"), None)
    start = next((child for child in node.children if child.type == "heredoc_start"), None)
    if body is None or start is None:
        return None
    text = where.snippet.cut(body.start_byte, body.end_byte)
    if any(mark in where.text(start) for mark in "'\"\\"):
        return text

    def fill(match: re.Match[str]) -> str:
        found = parameters.variables.get(match[2] or match[3]) if match[1] is None else match[1]
        return found if isinstance(found, str) else HOLE

    return text.replace(_IN_HEREDOC, fill)


def herestring(parameters: Parameters, node: Node, where: Where) -> Snippet | None:
    """The word behind `<<<`."""
    found = words(parameters, where.snippet, [child for child in node.named_children if child.type in WORDS])
    return found[0].code() if found else None


def printed(parameters: Parameters, node: Node, where: Where) -> Snippet | None:
    """What a stage of a pipeline prints, if that is plain to see: `echo "…" | bash`."""
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        redirect = next((child for child in node.children if child.type == "heredoc_redirect"), None)
        if body is not None and redirect is not None and where.text(body).strip() == "cat":
            return heredoc(parameters, redirect, where)
        return printed(parameters, body, where) if body is not None and redirect is None else None
    if node.type != "command":
        return None
    nodes = [child for child in node.children if child.is_named and child.type in _PRINTED]
    argv = words(parameters, where.snippet, nodes)
    name = argv[0].text if argv else None
    if name not in ("echo", "printf"):
        return None
    rest = [word for word in argv[1:] if not _ECHO_FLAG.fullmatch(word.value)]
    if name == "printf" and len(rest) > 1 and "%" in rest[0].value:
        rest = rest[1:]
    return Snippet.join([word.code() for word in rest], " ") if rest else None
