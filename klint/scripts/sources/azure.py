"""Azure Pipelines: `script` and `bash` steps, and the tasks that run shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import replace
from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, filled
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_MACRO = re.compile(
    r"\$\(([A-Za-z_][\w.-]*)\)|\$\{\{\s*(?:variables|parameters)\.([\w.-]+)\s*\}\}|\$\{\{(?:[^}$\n]|\}(?!\})|\$(?!\{\{))*+\}\}"
)
_BRANCH = re.compile(r"variables\['Build\.SourceBranch(?:Name)?'\],\s*'(?:refs/heads/)?([\w./-]+)'")
_PROGRAMS = frozenset(("date", "pwd", "whoami", "hostname", "uname", "nproc", "tty", "id", "ls"))
"""Programs of one word that scripts call as `$(…)`: a variable of the pipeline would have another name."""

_SCRIPT_INPUTS: Mapping[str, str] = {
    "bash": "script",
    "cmdline": "script",
    "shellscript": "",
    "azurecli": "inlineScript",
    "ssh": "inline",
}


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a pipeline's or a template's steps."""
    for root in read_tree(source):
        trigger = root["trigger"]
        triggers = ["push"] if trigger and trigger.text != "none" else []
        triggers += ["schedule"] if root["schedules"] else []
        context = Context(
            kind="Azure pipeline",
            branches=(*(trigger.texts if trigger.text != "none" else ()), *trigger.at("branches", "include").texts),
            triggers=tuple(triggers),
        )
        yield from _level(root, context, {**_parameters(root), **_variables(root)}, new_shell)


def _level(part: Part, context: Context, variables: Mapping[str, str], new_shell: NewShell) -> Iterator[Command]:
    """Stages hold jobs, jobs hold steps, and any of them may be left out."""
    yield from _steps(part["steps"], context, variables, new_shell)
    for key in ("stages", "jobs"):
        for item in part[key]:
            name = next((item[kind].text for kind in ("stage", "job", "deployment") if item[kind]), "")
            environment = item["environment"].text or item.at("environment", "name").text
            inner = replace(
                context,
                unit=f"{key[:-1]} {name}" if name else context.unit,
                environment=_fill_text(environment, variables) or context.environment,
                branches=tuple(_BRANCH.findall(item["condition"].text)) or context.branches,
            )
            own = {**variables, **_variables(item)}
            yield from _level(item, inner, own, new_shell)
            for _, strategy in item["strategy"].items():
                for hook, phase in strategy.items():
                    if hook == "on":
                        for _, end in phase.items():
                            yield from _steps(end["steps"], inner, own, new_shell)
                    else:
                        yield from _steps(phase["steps"], inner, own, new_shell)


def _steps(steps: Part, context: Context, variables: Mapping[str, str], new_shell: NewShell) -> Iterator[Command]:
    for step in steps:
        for key, nested in step.items():  # `${{ if … }}:` holds steps
            if key.startswith("${{"):
                yield from _steps(nested, context, variables, new_shell)
        script = _script(step)
        if script is None:
            continue
        env = {name: _fill_text(text, variables) for name, text in step["env"].strings.items()}
        plain = {name.replace(".", "_").upper(): text for name, text in variables.items()}
        reader = new_shell(
            replace(
                context,
                variables={**plain, **env},
                working_directory=step["workingDirectory"].text or context.working_directory,
            )
        )
        filled = script.replace(_MACRO, lambda match: _value(match, variables))
        reader.run(filled, wrappers=("ssh",) if step["task"].text.lower().startswith("ssh@") else ())
        yield from reader.finish()


def _script(step: Part) -> Snippet | None:
    for key in ("script", "bash"):
        if step[key]:
            return step[key].snippet
    task = step["task"].text.partition("@")[0].lower()
    if task not in _SCRIPT_INPUTS:
        return None
    inputs = step["inputs"]
    if inputs["scriptType"] and inputs["scriptType"].text not in ("bash", "inline"):
        return None
    return inputs[_SCRIPT_INPUTS[task]].snippet


def _variables(part: Part) -> dict[str, str]:
    """`variables:` as a mapping, or as a list of names and values."""
    found = dict(part["variables"].strings)
    for item in part["variables"]:
        if item["name"] and item["value"]:
            found[item["name"].text] = item["value"].text
    return found


def _parameters(root: Part) -> dict[str, str]:
    return {item["name"].text: item["default"].text for item in root["parameters"] if item["default"].is_scalar}


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match[1] in _PROGRAMS:
        return match[0]
    return variables.get(match[1] or match[2] or "", HOLE)


def _fill_text(text: str, variables: Mapping[str, str]) -> str:
    return filled(text, _MACRO, lambda match: _value(match, variables))
