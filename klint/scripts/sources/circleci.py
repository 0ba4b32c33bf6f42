"""CircleCI: the `run` steps of jobs and of reusable commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import replace
from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE
from klint.scripts.sources.base import NewShell
from klint.scripts.sources.shebang import is_shell
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_PARAMETER = re.compile(r"<<\s*([\w.-]+)\s*>>")


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a configuration's jobs, with what the workflows say of when they run."""
    for root in read_tree(source):
        for name, job in root["jobs"].items():
            branches, triggers, contexts = _uses(root, name)
            context = Context(
                kind="CircleCI configuration",
                unit=f"job {name}",
                environment=" ".join(contexts),
                branches=branches,
                triggers=triggers,
                working_directory=job["working_directory"].text,
                variables=job["environment"].strings,
            )
            yield from _steps(job["steps"], context, _defaults(job), job["shell"].text, new_shell)
        for name, command in root["commands"].items():
            context = Context(kind="CircleCI configuration", unit=f"command {name}")
            yield from _steps(command["steps"], context, _defaults(command), "", new_shell)


def _uses(root: Part, job: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Branches, triggers and contexts that workflows run a job with. A context is a set of credentials."""
    branches: list[str] = []
    triggers: list[str] = []
    contexts: list[str] = []
    for _, workflow in root["workflows"].items():
        for entry in workflow["jobs"]:
            settings = next((part for name, part in entry.items() if name == job), None)
            if settings is None:
                continue
            only = settings.at("filters", "branches")
            branches += only["only"].texts
            branches += [f"refs/tags/{tag}" for tag in settings.at("filters", "tags", "only").texts]
            contexts += settings["context"].texts
            triggers += [name for trigger in workflow["triggers"] for name, _ in trigger.items()]
    return tuple(dict.fromkeys(branches)), tuple(dict.fromkeys(triggers)), tuple(dict.fromkeys(contexts))


def _defaults(part: Part) -> Mapping[str, str]:
    return {
        f"parameters.{name}": item["default"].text
        for name, item in part["parameters"].items()
        if item["default"].is_scalar
    }


def _steps(
    steps: Part, context: Context, parameters: Mapping[str, str], shell: str, new_shell: NewShell
) -> Iterator[Command]:
    for step in steps:
        for condition in ("when", "unless"):
            yield from _steps(step.at(condition, "steps"), context, parameters, shell, new_shell)
        run = step["run"]
        script = (run["command"] if run.is_mapping else run).snippet
        if script is None or not is_shell(run["shell"].text or shell or "bash"):
            continue
        reader = new_shell(
            replace(
                context,
                variables={**context.variables, **run["environment"].strings},
                working_directory=run["working_directory"].text or context.working_directory,
            )
        )
        filled = script.replace(_PARAMETER, lambda match: parameters.get(match[1], HOLE))
        reader.run(filled, in_background=run["background"].text == "true")
        yield from reader.finish()
