"""Makefiles: recipes, with variables filled in as far as they are plain text.

Each line of a recipe is a shell of its own, unless `.ONESHELL` says otherwise. What `$(shell …)` prints cannot be
known; a variable that conditionals set to different values cannot, either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import dataclass, field
from klint.scripts.commands import NO_VARIABLES, Command, Context
from klint.scripts.snippet import HOLE, MAX_ADDED, Snippet
from klint.scripts.sources.base import NewShell
from klint.scripts.sources.shebang import is_shell
from klint.scripts.variables import LONGEST
from klint.text.source import Source

_ASSIGNMENT = re.compile(
    r"(?:(?:override|private|(un)?export)\s++)*([^\s:#=?+!$()]+)\s*(\?=|:{1,3}=|\+=|!=|=)[ \t]*(.*)", re.DOTALL
)
_RULE = re.compile(r"([^\s:#=][^:#=]*)::?(?!=)\s*+(.*)", re.DOTALL)
_CONDITIONAL = re.compile(r"(?:ifeq|ifneq|ifdef|ifndef)\b")
_REFERENCE = re.compile(r"[\w.+/-]+|[@<^*%?|+]")
_COMMENT = re.compile(r"(?<!\\)#.*", re.DOTALL)
_PREFIX = re.compile(r"[\s@+-]*")
_CONTINUED = re.compile(r"(?<![ \t])[ \t]*+\\\r?\n[ \t]*+")
_HOLES = re.compile(f"{HOLE}{{2,}}")
_MAX_DEPTH = 20
_MAX_REFERENCES = 2**15
"""References in the values of a Makefile's variables that are followed; past them a value is unknown."""
_MAX_RAW = 4 * LONGEST
"""Characters of a variable before it is expanded."""


@dataclass
class _Rule:
    targets: str
    prerequisites: str
    lines: list[Snippet] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


@dataclass
class _Makefile:
    snippet: Snippet
    variables: dict[str, str] = field(default_factory=lambda: {"MAKE": "make"})
    exported: dict[str, None] = field(default_factory=dict)
    rules: list[_Rule] = field(default_factory=list)
    one_shell: bool = False


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every rule's recipe."""
    makefile = _read(Snippet.whole(source))
    if not is_shell(makefile.variables.get("SHELL", "sh")):
        return
    left = iter(range(_MAX_REFERENCES))
    for rule in makefile.rules:
        variables = {**makefile.variables, **_merged(rule.variables, makefile.variables), "@": rule.targets}
        variables["<"] = (rule.prerequisites.split() or [HOLE])[0]
        expansion = _Expansion(variables, left)
        exported = _Exported(makefile, expansion)
        context = Context(kind="Makefile", unit=f"target {rule.targets}", variables=exported)
        lines = [line for raw in rule.lines for line in _recipe_lines(raw, expansion)]
        if makefile.one_shell and lines:
            lines = [Snippet.join(lines, "\n")]
        for line in lines:
            shell = new_shell(context)
            shell.run(line)
            yield from shell.finish()


class _Exported(Mapping[str, str]):
    """What a recipe gets of the Makefile's variables in its environment: each is made when it is asked for."""

    def __init__(self, makefile: _Makefile, expansion: _Expansion) -> None:
        self._makefile = makefile
        self._expansion = expansion

    def __getitem__(self, name: str) -> str:
        if name not in self._makefile.exported:
            raise KeyError(name)
        return self._expansion.text(self._makefile.variables.get(name, HOLE))

    def __iter__(self) -> Iterator[str]:
        return iter(self._makefile.exported)

    def __len__(self) -> int:
        return len(self._makefile.exported)

    def __repr__(self) -> str:
        return repr(dict(self))


def _merged(own: Mapping[str, str], outer: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("\0", outer.get(name, "") + " ") for name, value in own.items()}


def _read(snippet: Snippet) -> _Makefile:
    makefile = _Makefile(snippet)
    rule: _Rule | None = None
    depth = 0
    defined: str | None = None
    for raw in _logical_lines(snippet):
        text = raw.text
        if defined is not None:
            if text.strip() == "endef":
                defined = None
            else:
                before = makefile.variables[defined]
                makefile.variables[defined] = _bounded(f"{before}\n{text}" if before else text)
            continue
        if text.startswith(makefile.variables.get(".RECIPEPREFIX", "\t")) and rule is not None:
            rule.lines.append(raw.cut(1, len(text)))
            continue
        line = _CONTINUED.sub(" ", _COMMENT.sub("", text)).strip()
        first = line.split(maxsplit=1)[0] if line else ""
        if first == "define":
            defined = line.split()[1] if len(line.split()) > 1 else ""
            makefile.variables[defined] = ""
        elif _CONDITIONAL.match(line):
            depth += 1
        elif first == "endif":
            depth -= 1
        elif line and first not in ("else", "include", "-include", "sinclude", "vpath", "endef"):
            rule = _statement(makefile, raw, line, rule, is_conditional=depth > 0)
    return makefile


def _statement(
    makefile: _Makefile, raw: Snippet, line: str, rule: _Rule | None, *, is_conditional: bool
) -> _Rule | None:
    assignment = _ASSIGNMENT.fullmatch(line)
    if assignment is not None:
        _assign(makefile.variables, assignment, is_conditional=is_conditional)
        if line.startswith("export"):
            makefile.exported[assignment[2]] = None
        return None
    if line.startswith("export "):
        makefile.exported.update(dict.fromkeys(line.split()[1:]))
        return rule
    found = _RULE.fullmatch(line)
    if found is None:
        return None
    targets = found[1].rstrip()
    specific = _ASSIGNMENT.fullmatch(found[2])
    if specific is not None:
        for other in makefile.rules:
            if other.targets == targets:
                _assign(other.variables, specific, is_conditional=False, is_specific=True)
                return None
        rule = _Rule(targets, "")
        _assign(rule.variables, specific, is_conditional=False, is_specific=True)
        makefile.rules.append(rule)
        return None
    makefile.one_shell |= targets == ".ONESHELL"
    prerequisites, semicolon, _ = found[2].partition(";")
    rule = next((item for item in makefile.rules if item.targets == targets and not item.lines), None)
    if rule is None:
        rule = _Rule(targets, prerequisites)
        makefile.rules.append(rule)
    rule.prerequisites = prerequisites or rule.prerequisites
    if semicolon:
        rule.lines.append(raw.cut(raw.text.index(";") + 1, len(raw.text)))
    return rule


def _assign(
    variables: dict[str, str], assignment: re.Match[str], *, is_conditional: bool, is_specific: bool = False
) -> None:
    name, operator, value = assignment[2], assignment[3], assignment[4].strip()
    if operator == "!=":
        value = HOLE
    if operator == "+=":
        value = "\0" + value if is_specific else _bounded(f"{variables.get(name, '')} {value}".strip())
    elif is_conditional and variables.get(name, value) != value:
        value = HOLE
    elif operator == "?=" and name in variables:
        return
    variables[name] = value


def _bounded(raw: str) -> str:
    return raw if len(raw) <= _MAX_RAW else HOLE


def _logical_lines(snippet: Snippet) -> Iterator[Snippet]:
    """Lines, those that end in a backslash together with the next."""
    text = snippet.text
    start = 0
    while start < len(text):
        end = start
        while True:
            line_break = text.find("\n", end)
            end = len(text) if line_break < 0 else line_break + 1
            line = text[start:end].rstrip("\r\n")
            if line_break < 0 or (len(line) - len(line.rstrip("\\"))) % 2 == 0:
                break
        yield snippet.cut(start, start + len(text[start:end].rstrip("\r\n")))
        start = end


def _recipe_lines(raw: Snippet, expansion: _Expansion) -> Iterator[Snippet]:
    """What the shell gets of a recipe's line: a macro of several lines is several."""
    line = raw.replace(re.compile(r"(?<=\n)\t"), lambda _: "")
    expanded = expansion.snippet(line)
    start = 0
    for match in re.compile(r"(?<!\\)(?:\r?\n|\Z)").finditer(expanded.text):
        part = expanded.cut(start, match.start())
        prefix = _PREFIX.match(part.text)
        skipped = prefix.end() if prefix else 0
        if skipped < len(part.text):
            yield part.cut(skipped, len(part.text))
        start = match.end()


def _references(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and inside of every `$(…)`, `${…}` and `$x`; `$$` has the inside `$`."""
    index = text.find("$")
    while 0 <= index < len(text) - 1:
        opening = text[index + 1]
        end = index + 2
        if opening in "({":
            closing = ")" if opening == "(" else "}"
            level = 1
            while end < len(text) and level:
                level += (text[end] == opening) - (text[end] == closing)
                end += 1
            yield index, end, text[index + 2 : end - 1]
        else:
            yield index, end, opening
        index = text.find("$", end)


class _Expansion:
    """Fills in references to variables. Those that are made of each other could double with every one.

    So a value is made once, one that is too long is unknown, and so are all once `left` has nothing more to give: one
    for each reference that is followed in a value.
    """

    def __init__(
        self, variables: Mapping[str, str], left: Iterator[int], arguments: Mapping[str, str] = NO_VARIABLES
    ) -> None:
        self._variables = variables
        self._arguments = arguments
        self._left = left
        self._values: dict[str, str] = {}

    def snippet(self, snippet: Snippet) -> Snippet:
        """A recipe's line, expanded."""
        pieces: list[Snippet] = []
        last = added = 0
        for start, end, inside in _references(snippet.text):
            pieces.append(snippet.cut(last, start))
            value = self._value(inside, 0)
            added += len(value)
            value = value if added < MAX_ADDED else HOLE
            pieces.append(Snippet.standing_at(snippet.source, value, *snippet.range(start, end)))
            last = end
        return Snippet.join([*pieces, snippet.cut(last, len(snippet.text))]) if pieces else snippet

    def text(self, text: str, depth: int = 0) -> str:
        """A value, expanded."""
        parts: list[str] = []
        last = length = 0
        for start, end, inside in _references(text):
            value = self._value(inside, depth + 1)
            length += len(value)
            if length > LONGEST:
                return HOLE
            parts += [text[last:start], value]
            last = end
        expanded = _HOLES.sub(HOLE, "".join([*parts, text[last:]]))
        return expanded if len(expanded) <= LONGEST else HOLE

    def _value(self, inside: str, depth: int) -> str:
        if inside == "$":
            return "$"
        if inside in self._values:
            return self._values[inside]
        if depth > _MAX_DEPTH or (depth and next(self._left, None) is None):
            return HOLE
        if _REFERENCE.fullmatch(inside):
            value = self._arguments.get(inside, self._variables.get(inside))
            self._values[inside] = HOLE if value is None else self.text(value, depth)
            return self._values[inside]
        function, _, arguments = inside.partition(" ")
        if function == "call":
            name, *given = (self.text(part.strip(), depth) for part in arguments.split(","))
            if name in self._variables:
                numbered = {"0": name, **{str(index): part for index, part in enumerate(given, 1)}}
                return _Expansion(self._variables, self._left, numbered).text(self._variables[name], depth)
        if function == "strip":
            return " ".join(self.text(arguments, depth).split())
        if function == "or":
            options = (self.text(part.strip(), depth) for part in arguments.split(","))
            return next((option for option in options if option and option != HOLE), HOLE)
        return HOLE
