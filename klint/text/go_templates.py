"""Go templates as far as they are plain: text that a tool fills in before it is YAML.

Nothing is run; values and functions are those of `klint.text.go_expressions`. A text is filled in as Go does it, where
all of it is known. Or it is filled in line by line: then an action that klint does not know leaves a placeholder, and
one that decides which lines there are, other than an `if`, makes the whole text no plain one.

Source: pkg.go.dev/text/template ("Text and spaces", "Actions", "Variables").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from klint.records import dataclass, field
from klint.regex import regex
from klint.text.go_expressions import MAX_TEXT, SPRIG, Functions, Unknown, evaluate, printed

_ACTION = regex(
    r"""\{\{(-(?=\s))?((?:/\*(?:[^*]|\*(?!/))*+\*/|`[^`]*+`|"(?:\\.|[^"\\])*+"|[^`"}/]|/(?!\*)|\}(?!\}))*+)\}\}""",
    re.DOTALL,
)
_KEYWORD = regex(r"(if|else|end|range|with|define|template|block|break|continue)\b\s*(.*)", re.DOTALL)
_DECLARED = regex(r"(?:(\$\w+)\s*,\s*)?(\$\w+)\s*:=\s*(.*)", re.DOTALL)
_NAME = regex(r"[A-Za-z_]\w*")
_INDENT = regex(r"\|\s*n?indent\s+(\d+)\s*\Z")
_ENDS_TRIMMING = regex(r"\s-\Z")
_MAX_DEPTH = 50
_MAX_ROUNDS = 10_000
"""Rounds of all loops of one text."""


class NotPlainError(Exception):
    """A template of which klint cannot tell what becomes of it. The message says why, in a few words."""


Find = Callable[[Sequence[str]], Any]
"""What a path in the data of a template leads to: an Unknown, or None where nothing is there."""


def is_template(text: str) -> bool:
    """Whether a text has actions."""
    return "{{" in text


def execute(text: str, find: Find, functions: Functions = SPRIG) -> str:
    """What Go makes of a template.

    Raises:
        NotPlainError: that is not known.
    """
    pieces, size = [], 0
    for piece in _executed(_parsed(text, trims=True), _Scope(find, functions)):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_TEXT:
            raise NotPlainError("a template that becomes too long")
    return "".join(pieces)


def expand(text: str, find: Find, functions: Functions = SPRIG, *, keep: Sequence[str] = ()) -> str:
    """A template filled in line by line: each line is made of the same line of the template.

    Actions on paths that begin with one of `keep` stay as they are.

    Raises:
        NotPlainError: it cannot be.
    """
    if len(text) > MAX_TEXT:
        raise NotPlainError("a template that is too long")
    return "".join(_expanded(_parsed(text), _Scope(find, functions), tuple(keep)))


@dataclass(frozen=True)
class _Action:
    """An action as it is written, and what it says; a comment says nothing."""

    written: str
    says: str


@dataclass(frozen=True)
class _Branch:
    """What one of the actions of a block has below it; `keyword` is `else` where it needs no condition."""

    written: str
    keyword: str
    condition: str
    nodes: list[_Node] = field(default_factory=list)


@dataclass
class _Block:
    """An `if`, `with` or `range`, with its branches, up to its `end`."""

    branches: list[_Branch]
    end: str = ""


_Node = str | _Action | _Block


def _parsed(text: str, *, trims: bool = False) -> list[_Node]:
    """The parts of a template. With `trims` a `-` in an action takes away the white space beside it."""
    top: list[_Node] = []
    nodes, blocks = top, list[tuple[_Block, list[_Node]]]()
    for part in _parts(text, trims=trims):
        match = _KEYWORD.fullmatch(part.says) if isinstance(part, _Action) else None
        if isinstance(part, str) or match is None:
            nodes.append(part)
            continue
        keyword, rest = match[1], match[2]
        if keyword in ("if", "with", "range") and len(blocks) < _MAX_DEPTH:
            branch = _Branch(part.written, keyword, rest)
            block = _Block([branch])
            nodes.append(block)
            blocks.append((block, nodes))
            nodes = branch.nodes
        elif keyword == "else" and blocks and rest.split(None, 1)[:1] in ([], ["if"], ["with"]):
            inner, condition = (*rest.split(None, 1), "", "")[:2]
            branch = _Branch(part.written, inner or keyword, condition)
            blocks[-1][0].branches.append(branch)
            nodes = branch.nodes
        elif keyword == "end" and blocks and not rest:
            block, nodes = blocks.pop()
            block.end = part.written
        else:
            raise NotPlainError(f"the template function {keyword}")
    if blocks:
        raise NotPlainError("a template that does not parse")
    return top


def _parts(text: str, *, trims: bool) -> Iterator[str | _Action]:
    position, is_trimmed = 0, False
    while (start := text.find("{{", position)) >= 0:
        match = _ACTION.match(text, start)
        if match is None:
            raise NotPlainError("a template that does not parse")
        before = text[position:start]
        before = before.lstrip() if is_trimmed else before
        yield before.rstrip() if trims and match[1] else before
        says = match[2].removesuffix("-") if _ENDS_TRIMMING.search(match[2]) else match[2]
        is_trimmed = trims and says != match[2]
        says = says.strip()
        yield _Action(match[0], "" if says.startswith("/*") else says)
        position = match.end()
    yield text[position:].lstrip() if is_trimmed else text[position:]


@dataclass
class _Scope:
    """What is known at a place in a template. Inside a block, `.` may be another value, and variables are its own."""

    find: Find
    functions: Functions
    variables: dict[str, Any] = field(default_factory=dict)
    """By name; `""` is what `.` stands for, where that is not all the data."""
    rounds: Iterator[int] = field(default_factory=count)

    def look(self, start: str, path: Sequence[str]) -> Any:
        """What a path leads to."""
        if start == "$" or (not start and "" not in self.variables):
            return self.find(path)
        value = self.variables.get(start, Unknown(f"the variable {start}"))
        for step in path:
            if isinstance(value, Unknown):
                return value
            if not isinstance(value, Mapping) or step not in value:
                return Unknown(f"the value {start}.{'.'.join(path)}")
            value = value[step]
        return value

    def value(self, pipeline: str) -> Any:
        """The value of a pipeline; an Unknown where klint does not know it."""
        return evaluate(pipeline, self.look, self.functions)

    def known(self, pipeline: str) -> Any:
        """The value of a pipeline.

        Raises:
            NotPlainError: klint does not know it.
        """
        value = self.value(pipeline)
        if isinstance(value, Unknown):
            raise NotPlainError(value.why)
        return value

    def inside(self, variables: Mapping[str | None, Any]) -> _Scope:
        """The scope inside a block, with variables of its own, those that have a name."""
        own = {name: value for name, value in variables.items() if name is not None}
        return _Scope(self.find, self.functions, {**self.variables, **own}, self.rounds)


def _executed(nodes: Sequence[_Node], scope: _Scope) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, _Block):
            for inner, below in _taken(node, scope):
                yield from _executed(below, inner)
        elif declared := _DECLARED.fullmatch(node.says):
            if declared[1]:
                raise NotPlainError("a template that does not parse")
            scope.variables[declared[2]] = scope.known(declared[3])
        elif node.says:
            try:
                yield printed(scope.known(node.says))
            except ValueError:
                raise NotPlainError("a value that is none, or is no text") from None


def _taken(block: _Block, scope: _Scope) -> Iterator[tuple[_Scope, Sequence[_Node]]]:
    """The branch of a block that is taken, with its scope: of a loop once a round."""
    for branch in block.branches:
        declared = _DECLARED.fullmatch(branch.condition)
        key, name, pipeline = declared.groups() if declared else (None, None, branch.condition)
        value = True if branch.keyword == "else" else scope.known(pipeline)
        if not value:
            continue
        if branch.keyword == "range":
            for index, item in _items(value):
                if next(scope.rounds) >= _MAX_ROUNDS:
                    raise NotPlainError("a template with too long loops")
                yield scope.inside({key: index, name: item, "": item}), branch.nodes
        elif branch.keyword == "with":
            yield scope.inside({name: value, "": value}), branch.nodes
        else:
            yield scope.inside({name: value}), branch.nodes
        return


def _items(value: Any) -> Sequence[tuple[Any, Any]]:
    """What a loop goes over: a list, or a mapping in the order of its keys."""
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return sorted(value.items())
    raise NotPlainError("a loop over what is no list")


def _expanded(nodes: Sequence[_Node], scope: _Scope, keep: tuple[str, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, _Block):
            yield from _expanded_block(node, scope, keep)
        elif node.says and node.says.lstrip("$").startswith(keep):
            yield node.written
        else:
            yield (_filled_in(node.says, scope) if node.says else "") + _lines(node.written)


def _expanded_block(block: _Block, scope: _Scope, keep: tuple[str, ...]) -> Iterator[str]:
    for branch in block.branches:
        if branch.keyword not in ("if", "else"):
            raise NotPlainError(f"the template function {branch.keyword}")
    was_taken = False
    for branch in block.branches:
        is_taken = not was_taken and (branch.keyword == "else" or bool(scope.known(branch.condition)))
        was_taken = was_taken or is_taken
        yield _lines(branch.written)
        yield from _expanded(branch.nodes, scope, keep) if is_taken else _left_out(branch.nodes)
    yield _lines(block.end)


def _left_out(nodes: Sequence[_Node]) -> Iterator[str]:
    """The lines of what is not reached, empty."""
    for node in nodes:
        if isinstance(node, _Block):
            for branch in node.branches:
                yield _lines(branch.written)
                yield from _left_out(branch.nodes)
            yield _lines(node.end)
        else:
            yield _lines(node if isinstance(node, str) else node.written)


def _lines(text: str) -> str:
    return "\n" * text.count("\n")


def _filled_in(says: str, scope: _Scope) -> str:
    """What an action leaves on its line."""
    if ":=" in says or "=" in says.replace('"', "").split(" "):
        raise NotPlainError("a variable, which other actions read")
    indent = _INDENT.search(says)
    try:
        text = printed(scope.value(says[: indent.start()] if indent else says))
    except ValueError:
        text = f"$({_last_name(says)})"
    if "\n" in text:  # it would move what is below
        raise NotPlainError("a value of several lines")
    return (" " * min(int(indent[1]), _MAX_DEPTH) if indent else "") + text


def _last_name(says: str) -> str:
    names: list[str] = _NAME.findall(says)
    return names[-1] if names else "value"
