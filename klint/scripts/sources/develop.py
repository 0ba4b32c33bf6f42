"""Skaffold and Tilt, the tools of the inner loop: the port-forwards they declare, and the commands they run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from klint.scripts.commands import Command, Context
from klint.scripts.forwards import Forward, kind_of
from klint.scripts.snippet import Snippet
from klint.scripts.sources.base import NewShell, word_of
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source, Span


def skaffold_forwards(source: Source) -> Iterator[Forward]:
    """The `portForward` entries of a Skaffold file and of its profiles."""
    for root in read_tree(source):
        yield from _declared(root["portForward"], "")
        for profile in root["profiles"]:
            yield from _declared(profile["portForward"], profile["name"].text)


def _declared(entries: Part, profile: str) -> Iterator[Forward]:
    for entry in entries:
        yield Forward(
            tool="Skaffold",
            at=(entry["resourceName"] or entry["port"] or entry).span,
            kind=kind_of(entry["resourceType"].text),
            name=entry["resourceName"].text,
            namespace=entry["namespace"].text,
            port=entry["port"].text,
            local_port=entry["localPort"].text,
            address=entry["address"].text,
            profile=profile,
            address_at=_literal(entry["address"]),
        )


def _literal(part: Part) -> Span | None:
    """Where a scalar's value stands, without quotes, if it is written as it is."""
    snippet = part.snippet
    span = snippet.span(0, len(snippet.text)) if snippet else None
    return span if snippet and span and span.source.text[span.start : span.end] == snippet.text else None


def skaffold(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of Skaffold's hooks and custom builds and tests."""
    for root in read_tree(source):
        yield from _hooks(root, Context(kind="Skaffold file"), new_shell)


def _hooks(part: Part, context: Context, new_shell: NewShell) -> Iterator[Command]:
    pending = [part]
    while pending:
        current = pending.pop()
        for key, value in current.items():
            if key == "command" and value.is_list:
                shell = new_shell(context)
                shell.run_words([word_of(snippet) for snippet in value.snippets])
                yield from shell.finish()
            elif key in ("buildCommand", "command") and value.snippet is not None:
                shell = new_shell(context)
                shell.run(value.snippet)
                yield from shell.finish()
            else:
                pending.append(value)
        pending.extend(current)


def tilt_forwards(source: Source) -> Iterator[Forward]:
    """The `port_forwards` of a Tiltfile's resources."""
    for call in _calls(source):
        if _called(call) not in ("k8s_resource", "helm_resource"):
            continue
        names = [*call.args[:1], *(item.value for item in call.keywords if item.arg in ("workload", "name"))]
        name = next((item.value for item in names if isinstance(item, ast.Constant)), "")
        for keyword in call.keywords:
            if keyword.arg == "port_forwards":
                items = keyword.value.elts if isinstance(keyword.value, (ast.List, ast.Tuple)) else [keyword.value]
                for item in items:
                    yield _tilt_forward(source, item, str(name))


def _tilt_forward(source: Source, item: ast.expr, name: str) -> Forward:
    """`8080`, `"8080:80"`, `"0.0.0.0:8080:80"` or `port_forward(8080, 80, host="0.0.0.0")`."""
    local = remote = address = ""
    if isinstance(item, ast.Constant):
        parts = str(item.value).split(":")
        local, remote = parts[-2] if len(parts) > 1 else parts[-1], parts[-1]
        address = ":".join(parts[:-2])
    elif isinstance(item, ast.Call):
        numbers = [str(argument.value) for argument in item.args if isinstance(argument, ast.Constant)]
        named = {
            keyword.arg: str(keyword.value.value)
            for keyword in item.keywords
            if isinstance(keyword.value, ast.Constant)
        }
        local = named.get("local_port") or (numbers[0] if numbers else "")
        remote = named.get("container_port") or (numbers[1] if len(numbers) > 1 else local)
        address = named.get("host", "")
    start, end = _range(source, item)
    return Forward("Tilt", source.span(start, end), name=name, port=remote, local_port=local, address=address)


def tilt(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands that a Tiltfile runs by `local` and `local_resource`."""
    for call in _calls(source):
        called = _called(call)
        if called not in ("local", "local_resource"):
            continue
        arguments = call.args[:1] if called == "local" else call.args[1:2]
        arguments = [*arguments, *(item.value for item in call.keywords if item.arg in ("cmd", "command", "serve_cmd"))]
        for argument in arguments:
            shell = new_shell(Context(kind="Tiltfile"))
            if isinstance(argument, ast.List):
                shell.run_words([word_of(_string(source, item)) for item in argument.elts if _is_string(item)])
            elif _is_string(argument):
                shell.run(_string(source, argument))
            yield from shell.finish()


def _calls(source: Source) -> Iterator[ast.Call]:
    """The calls in a Tiltfile, in order. Its language is a part of Python's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python has to say of it is no business of the user's
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _string(source: Source, node: ast.expr) -> Snippet:
    """A string's value: character by character where it has no escapes, else as a whole."""
    start, end = _range(source, node)
    value = str(node.value) if isinstance(node, ast.Constant) else ""
    at = source.text.find(value, start, end)
    return Snippet.part(source, at, at + len(value)) if at >= 0 else Snippet.standing_at(source, value, start, end)


def _range(source: Source, node: ast.expr) -> tuple[int, int]:
    """The range of a node, which Python counts in bytes."""

    def offset(line: int, column: int) -> int:
        return source.line_starts[line - 1] + len(source.line(line).encode()[:column].decode("utf-8", "replace"))

    return (
        offset(node.lineno, node.col_offset),
        offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
    )
