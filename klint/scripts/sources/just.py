"""justfiles: the lines of recipes, each a shell of its own, or a whole recipe that begins with a shebang."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell
from klint.scripts.sources.shebang import has_other_interpreter, is_shell, is_shell_script
from klint.scripts.variables import LONGEST
from klint.text.source import Source

_ASSIGNMENT = re.compile(r"(?:(export)\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)")
_HEADER = re.compile(r"@?([A-Za-z_][\w-]*+)(?=[\s:])((?:\"[^\"]*\"|'[^']*'|[^:\"'])*+):(?!=)")
_PARAMETER = re.compile(r"(?<![+*$])([+*$]*+)([A-Za-z_][\w-]*+)(?:=(\"[^\"]*\"|'[^']*'|[^\s:]++))?")
_INTERPOLATION = re.compile(r"\{\{\{\{|\{\{((?:[^{}]|\{(?!\{)|\}(?!\}))*+)\}\}")
_SHELL = re.compile(r"set\s+(?:windows-)?shell\s*:=\s*\[\s*[\"']([^\"']+)")
_WITH_DEFAULT = re.compile(r"env(?:_var_or_default)?\(\s*+[\"'][^\"']*+[\"']\s*+,(.*)\)\Z")
_STRING = re.compile(r"(\"\"\"|'''|\"|')(.*)\1\Z", re.DOTALL)
_MAX_DEPTH = 20
_PREFIX = re.compile(r"[@-]*\s*")


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every recipe."""
    variables: dict[str, str] = {}
    exported: dict[str, str] = {}
    recipes: list[tuple[str, dict[str, str], list[Snippet]]] = []
    given: dict[str, set[str]] = {}
    other_shell = False
    for line in Snippet.whole(source).lines():
        text = line.text
        if text[:1] in (" ", "\t"):
            if recipes:
                recipes[-1][2].append(line)
            continue
        if not text.strip() and recipes:
            recipes[-1][2].append(line)
        shell_setting = _SHELL.match(text)
        if shell_setting is not None:
            other_shell |= not text.startswith("set windows") and not is_shell(shell_setting[1])
        assignment = _ASSIGNMENT.match(text)
        header = None if assignment else _HEADER.match(text)
        if assignment is not None:
            variables[assignment[2]] = _evaluate(assignment[3], variables)
            if assignment[1]:
                exported[assignment[2]] = variables[assignment[2]]
        elif header is not None:
            parameters = {}
            for marks, name, default in _PARAMETER.findall(header[2]):
                parameters[name] = _evaluate(default, {}) if default else HOLE
                if "$" in marks:
                    given.setdefault(header[1], set()).add(name)
            recipes.append((header[1], parameters, []))
    for name, parameters, lines in recipes:
        own = {parameter: parameters[parameter] for parameter in given.get(name, ())}
        context = Context(kind="justfile", unit=f"recipe {name}", variables={**exported, **own})
        body = [_fill(line, {**variables, **parameters}) for line in _dedented(lines)]
        text = "\n".join(line.text for line in body)
        if is_shell_script(text):
            body = [Snippet.join(body, "\n")]
        elif has_other_interpreter(text) or other_shell:
            continue
        else:
            body = list(_continued(body))
        for line in body:
            prefix = _PREFIX.match(line.text)
            shell = new_shell(context)
            shell.run(line.cut(prefix.end() if prefix else 0, len(line.text)))
            yield from shell.finish()


def _dedented(lines: list[Snippet]) -> list[Snippet]:
    filled = [line for line in lines if line.text.strip()]
    if not filled:
        return []
    indent = min(len(line.text) - len(line.text.lstrip()) for line in filled)
    return [line.cut(min(indent, len(line.text)), len(line.text)) for line in lines]


def _continued(lines: list[Snippet]) -> Iterator[Snippet]:
    pending: list[Snippet] = []
    for line in lines:
        pending.append(line)
        if not line.text.endswith("\\"):
            yield Snippet.join(pending, "\n")
            pending = []
    if pending:
        yield Snippet.join(pending, "\n")


def _fill(line: Snippet, variables: Mapping[str, str]) -> Snippet:
    return line.replace(
        _INTERPOLATION, lambda match: "{{" if match[1] is None else _evaluate(match[1], variables) or HOLE
    )


def _evaluate(expression: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """A string, a variable, the default of an environment variable, or several of them added; else unknown."""
    expression = expression.strip()
    string = _STRING.match(expression)
    if string is not None and string[1] not in string[2]:
        return string[2]
    if expression in variables:
        return variables[expression]
    default = _WITH_DEFAULT.match(expression) if depth < _MAX_DEPTH else None
    if default is not None:
        return _evaluate(default[1], variables, depth + 1)
    parts = [part for part in re.split(r"(?<!\s)\s++\+\s+", expression) if part]
    if len(parts) > 1 and depth < _MAX_DEPTH:
        joined = "".join(_evaluate(part, variables, depth + 1) for part in parts)
        return joined if len(joined) <= LONGEST else HOLE
    return expression if re.fullmatch(r"\d+", expression) else HOLE
