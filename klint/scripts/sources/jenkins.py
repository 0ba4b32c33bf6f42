"""Jenkinsfiles: the strings that `sh` steps are given, declarative or scripted.

Groovy is not parsed beyond its comments, strings and braces: that is enough to tell a step from the text of another.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping

from klint.records import dataclass, field
from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell
from klint.text.source import Source

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\#![^\n]*)
    | (?P<string>
        \"{3}(?:[^"\\]|\\.|"(?!""))*+\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
        | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    )
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>[{}()\[\],:=+;])
    | (?P<line>\n)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|\r?\n|([\s\S]))")
_INTERPOLATION = re.compile(r"(?<!\\)\$(?:\{([^{}]*)\}|([A-Za-z_][\w.]*))|\\(?:u+([0-9a-fA-F]{4})|(\r?\n)|([\s\S]))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

_MAX_OPEN = 100
"""Blocks in each other that are told apart. A pipeline has a dozen."""

_MAX_BRANCHES = 100
"""Branches that are looked at of those that are named for a step."""


@dataclass
class _Block:
    """An open block, and what holds for the steps in it: of what is around it, too, which stays while it is open."""

    name: str = ""
    argument: str = ""
    stage: str = ""
    branches: tuple[str, ...] = ()
    variables: ChainMap[str, str] = field(default_factory=ChainMap)
    own_branches: tuple[str, ...] = ()

    def block(self, name: str, argument: str) -> _Block:
        """A block that opens in this one."""
        stage = argument if name == "stage" and argument else self.stage
        return _Block(name, argument, stage, self.branches, self.variables.new_child())

    def add_branches(self, names: Iterable[str]) -> None:
        """Take branches that it names, or that a block in it named."""
        new = tuple(name for name in names if name not in self.branches)[: _MAX_BRANCHES - len(self.branches)]
        self.own_branches += new
        self.branches += new


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every `sh` step."""
    tokens = [token for token in _TOKEN.finditer(source.text) if token.lastgroup != "comment"]
    stack = [_Block()]
    triggers = ("schedule",) if re.search(r"\bcron\s*\(", source.text) else ()
    heading: list[re.Match[str]] = []
    index = deeper = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        text = token[0]
        if text == "{" and len(stack) > _MAX_OPEN:
            deeper += 1
            heading = []
        elif text == "{":
            names = [item[0] for item in heading if item.lastgroup == "name"]
            strings = [_plain(item[0]) for item in heading if item.lastgroup == "string"]
            stack.append(stack[-1].block(names[0] if names else "", strings[0] if strings else ""))
            heading = []
        elif text == "}" and deeper:
            deeper -= 1
            heading = []
        elif text == "}":
            _note(stack[-1], heading)
            closed = stack.pop() if len(stack) > 1 else stack[0]
            if closed.name in ("when", "environment", "anyOf", "allOf"):
                stack[-1].add_branches(closed.own_branches)
                stack[-1].variables.update(closed.variables.maps[0])
            heading = []
        elif token.lastgroup == "line" or text == ";":
            _note(stack[-1], heading)
            heading = []
        elif text == "sh" and token.lastgroup == "name":
            script, index = _script(tokens, index)
            if script is not None:
                yield from _step(source, script, stack[-1], triggers, new_shell)
        else:
            heading.append(token)


def _note(block: _Block, line: list[re.Match[str]]) -> None:
    """`branch 'main'` in a `when` block, `NAME = 'value'` in an `environment` block."""
    strings = [item[0] for item in line if item.lastgroup == "string"]
    if not strings:
        return
    if block.name in ("when", "anyOf", "allOf") and line[0][0] in ("branch", "buildingTag", "tag"):
        value = _plain(strings[0])
        block.add_branches((value if line[0][0] == "branch" else f"refs/tags/{value}",))
    elif block.name == "environment" and len(line) == 3 and line[1][0] == "=":
        block.variables[line[0][0]] = _plain(strings[0])


def _script(tokens: list[re.Match[str]], index: int) -> tuple[re.Match[str] | None, int]:
    """The string that an `sh` step runs: its only argument, or the one named `script`."""
    level = 0
    first: re.Match[str] | None = None
    name = ""
    while index < len(tokens):
        token = tokens[index]
        text = token[0]
        if token.lastgroup == "string":
            if name == "script" or (first is None and not name):
                first = token
            name = ""
        elif token.lastgroup == "name":
            name = text
        elif text in "([":
            level += 1
        elif text in ")]":
            level -= 1
            if level <= 0:
                return first, index + 1
        elif text in "{};" or (token.lastgroup == "line" and level <= 0 and tokens[index - 1][0] not in ",:"):
            return first, index
        elif text == "=":
            return None, index
        index += 1
    return first, index


def _step(
    source: Source, token: re.Match[str], block: _Block, triggers: tuple[str, ...], new_shell: NewShell
) -> Iterator[Command]:
    context = Context(
        kind="Jenkins pipeline",
        unit=f"stage {block.stage}" if block.stage else "",
        branches=block.branches,
        triggers=triggers,
        variables=block.variables,
    )
    shell = new_shell(context)
    shell.run(_value(source, token, block.variables))
    yield from shell.finish()


def _plain(literal: str) -> str:
    quote = 3 if literal.startswith(("'''", '"""')) else 1
    return literal[quote:-quote]


def _value(source: Source, token: re.Match[str], variables: Mapping[str, str]) -> Snippet:
    """A Groovy string's value. In double quotes Groovy fills in `${…}` before the shell sees it."""
    literal = token[0]
    quote = 3 if literal.startswith(("'''", '"""')) else 1
    snippet = Snippet.part(source, token.start() + quote, token.end() - quote)
    if literal.startswith("'"):
        return snippet.replace(_ESCAPE, lambda match: _unescape(match[1], match[2]))

    def fill(match: re.Match[str]) -> str:
        expression = match[1] if match[1] is not None else match[2]
        if expression is not None:
            return variables.get(expression.strip().removeprefix("env.").removeprefix("params."), HOLE)
        return _unescape(match[3], match[5])

    return snippet.replace(_INTERPOLATION, fill)


def _unescape(code: str | None, letter: str | None) -> str:
    if code:
        return chr(int(code, 16))
    return "" if letter is None else _LETTERS.get(letter, letter)
