"""Bitbucket Pipelines: the scripts of steps."""

from __future__ import annotations

from collections.abc import Iterator

from klint.records import replace
from klint.scripts.commands import Command, Context
from klint.scripts.sources.base import NewShell
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_TRIGGERS = {"pull-requests": "pull_request", "custom": "manual", "default": "push", "branches": "push", "tags": "push"}


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every pipeline's steps."""
    for root in read_tree(source):
        for section, part in root["pipelines"].items():
            context = Context(kind="Bitbucket pipeline", triggers=(_TRIGGERS[section],) if section in _TRIGGERS else ())
            if section == "default":
                yield from _steps(part, context, new_shell)
                continue
            for name, pipeline in part.items():
                inner = context
                if section == "branches":
                    inner = replace(context, branches=(name,))
                elif section == "tags":
                    inner = replace(context, branches=(f"refs/tags/{name}",))
                yield from _steps(pipeline, replace(inner, unit=f"pipeline {name}"), new_shell)


def _steps(items: Part, context: Context, new_shell: NewShell) -> Iterator[Command]:
    for item in items:
        for key in ("parallel", "stage"):
            nested = item[key]
            if nested:
                inner = replace(context, environment=nested["deployment"].text or context.environment)
                yield from _steps(nested["steps"] if nested.is_mapping else nested, inner, new_shell)
        step = item["step"]
        if not step:
            continue
        name = step["name"].text
        inner = replace(
            context,
            unit=f"step {name}" if name else context.unit,
            environment=step["deployment"].text or context.environment,
        )
        for key in ("script", "after-script"):
            shell = new_shell(inner)
            for snippet in step[key].snippets:
                shell.run(snippet)
            yield from shell.finish()
