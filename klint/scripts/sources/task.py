"""Taskfiles: the commands of tasks, with `{{.NAME}}` filled in where a variable is plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, filled
from klint.scripts.sources.tree import Part, read_tree
from klint.scripts.variables import LONGEST
from klint.text.source import Source

_TEMPLATE = re.compile(r"\{\{-?((?:[^}]|\}(?!\}))*+)(\}\})?")
_NAME = re.compile(r"\.(\w+)(?:\s*\|\s*default\s+[\"']([^\"']*)[\"'])?\Z")
_DEFAULT = re.compile(r"default\s+[\"']([^\"']*)[\"']\s+\.(\w+)\Z")


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every task. Each command is a shell of its own."""
    for root in read_tree(source):
        variables = _variables(root["vars"], {})
        for name, task in root["tasks"].items():
            own = _variables(task["vars"], variables)
            context = Context(
                kind="Taskfile",
                unit=f"task {name}",
                working_directory=task["dir"].text,
                variables={**_environment(root["env"], variables), **_environment(task["env"], own)},
            )
            for snippet in _scripts(task):
                shell = new_shell(context)
                shell.run(snippet.replace(_TEMPLATE, lambda match, own=own: _value(match, own)))  # type: ignore[misc]
                yield from shell.finish()


def _scripts(task: Part) -> Iterator[Snippet]:
    """A task's commands: a string, a list of strings and of mappings, what it defers and what its variables run."""
    for part in (task, task["cmds"], task["cmd"]):
        items = list(part) if part.is_list else [part] if part.is_scalar else []
        for item in items:
            for script in (item, item["cmd"], item["defer"]):
                if script.snippet is not None:
                    yield script.snippet
    for condition in task["preconditions"]:
        yield from condition["sh"].snippets
        if condition.is_scalar:
            yield from condition.snippets
    yield from task["status"].snippets
    for _, variable in task["vars"].items():
        yield from variable["sh"].snippets


def _variables(part: Part, outer: Mapping[str, str]) -> dict[str, str]:
    found = dict(outer)
    for name, value in part.items():
        text = filled(value.text, _TEMPLATE, lambda match: _value(match, found)) if value.is_scalar else HOLE
        found[name] = text if len(text) <= LONGEST else HOLE
    return found


def _environment(part: Part, variables: Mapping[str, str]) -> dict[str, str]:
    return {
        name: filled(text, _TEMPLATE, lambda match: _value(match, variables)) for name, text in part.strings.items()
    }


def _value(template: re.Match[str], variables: Mapping[str, str]) -> str:
    if not template[2]:  # it is not closed
        return template[0]
    expression = template[1].removesuffix("-").strip()
    name = _NAME.match(expression)
    if name is not None:
        return variables.get(name[1]) or name[2] or HOLE
    default = _DEFAULT.match(expression)
    return (variables.get(default[2]) or default[1]) if default is not None else HOLE
