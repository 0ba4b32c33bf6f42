"""Templates as trees: text, what is printed, and blocks with what they depend on.

What is read is what tells when a part of a template is rendered: the actions of text/template and the pipelines in them
(pkg.go.dev/text/template, "Actions", "Arguments" and "Pipelines"). Nothing is evaluated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from klint.records import dataclass
from klint.regex import regex
from klint.render.helm.marking import actions

MAX_DEPTH = 40
"""How deep blocks, named templates and parentheses may lie in each other; what lies deeper is not looked at."""

_WORD = regex(r"(\w+)\b\s*")
_QUOTED = regex(r'\s*"([^"]*)"\s*')
_ASSIGNED = regex(r"(?:\$(\w+)\s*,\s*)?\$(\w+)\s*(:?=)\s*")
_TOKEN = regex(
    r"""\s*+(?:
        (?P<text>"(?:\\.|[^"\\])*+"|`[^`]*+`)|(?P<char>'(?:\\.|[^'\\])*+')
        |(?P<number>[+-]?\d[\w.]*+)|(?P<variable>\$\w*+)|(?P<fields>(?:\.\w++)++)|(?P<dot>\.)
        |(?P<name>[A-Za-z_]\w*+)|(?P<sign>[()|])
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, object] = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True)
class Constant:
    """A literal."""

    value: object


@dataclass(frozen=True)
class Fields:
    """Fields of something: of the dot where `of` is None, else of a variable or of what is in parentheses."""

    of: Expression | None
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """A variable by its name without the dollar, which alone is the one that a template starts with."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments, the last of which may have been piped in; without a name, what cannot be read."""

    function: str
    arguments: tuple[Expression, ...] = ()


Expression = Constant | Fields | Variable | Call
UNREAD = Call("")


@dataclass(frozen=True)
class Text:
    """What is copied as it stands."""

    text: str


@dataclass(frozen=True)
class Print:
    """What an action prints."""

    expression: Expression


@dataclass(frozen=True)
class Assign:
    """A variable that is declared, or set where `is_new` is not set."""

    name: str
    expression: Expression
    is_new: bool


@dataclass(frozen=True)
class Block:
    """An `if`, `with` or `range`: what decides, what it declares (index and item of a `range`), and both branches."""

    keyword: str
    expression: Expression
    names: tuple[str, str]
    body: list[Node]
    otherwise: list[Node]


Node = Text | Print | Assign | Block


@dataclass(frozen=True)
class Tree:
    """A template, and what it defines by name."""

    nodes: list[Node]
    defines: dict[str, list[Node]]


def read_tree(text: str) -> Tree:
    """A template as a tree. One that is not closed is read as far as it goes."""
    tree = Tree([], {})
    # Each open block: what its parts go to, how many `else if` blocks end with it, and the last of these.
    open_blocks: list[tuple[list[Node], Block | None]] = [(tree.nodes, None)]
    position = 0
    for action in actions(text):
        _add_text(open_blocks, text[position : action.start()])
        position = action.end()
        inner = action.group().removeprefix("{{").removesuffix("}}").removeprefix("-").removesuffix("-").strip()
        if not inner.startswith("/*"):
            _add(open_blocks, inner, tree)
    _add_text(open_blocks, text[position:])
    return tree


def _add_text(open_blocks: list[tuple[list[Node], Block | None]], text: str) -> None:
    if text.strip():
        open_blocks[-1][0].append(Text(text))


def _add(open_blocks: list[tuple[list[Node], Block | None]], action: str, tree: Tree) -> None:
    """Add what an action does to the innermost open block, or open or close one."""
    here, block = open_blocks[-1]
    word = _WORD.match(action)
    keyword, rest = (word[1], action[word.end() :]) if word else ("", action)
    if keyword in ("if", "with", "range"):
        opened = _block(keyword, rest)
        here.append(opened)
        open_blocks.append((opened.body, opened))
    elif keyword in ("define", "block"):
        name = _QUOTED.match(rest)
        body: list[Node] = []
        if name:
            tree.defines[name[1]] = body
        if name and keyword == "block":
            here.append(Print(Call("template", (Constant(name[1]), read_pipeline(rest[name.end() :])))))
        open_blocks.append((body, None))
    elif keyword == "else" and block is not None:
        open_blocks[-1] = (block.otherwise, block)
        inner = _WORD.match(rest)
        if inner and inner[1] in ("if", "with"):
            chained = _block(inner[1], rest[inner.end() :])
            block.otherwise.append(chained)
            open_blocks[-1] = (chained.body, chained)
    elif keyword == "end":
        if len(open_blocks) > 1:
            open_blocks.pop()
    elif keyword not in ("break", "continue"):
        assigned = _ASSIGNED.match(action)
        if assigned:
            here.append(Assign(assigned[2], read_pipeline(action[assigned.end() :]), assigned[3] == ":="))
        else:
            here.append(Print(read_pipeline(action)))


def _block(keyword: str, rest: str) -> Block:
    declared = _ASSIGNED.match(rest)
    names = (declared[1] or "", declared[2]) if declared else ("", "")
    return Block(keyword, read_pipeline(rest[declared.end() if declared else 0 :]), names, [], [])


@lru_cache(maxsize=4096)
def read_pipeline(text: str) -> Expression:
    """A pipeline: what goes through a `|` is the last argument of what follows."""
    reader = _Reader(text)
    found = reader.pipeline(0)
    return found if reader.is_done else UNREAD


class _Reader:
    """Reads the tokens of a pipeline from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    @property
    def is_done(self) -> bool:
        return self._next == len(self._tokens)

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._next][:2] if not self.is_done else ("", "")

    def pipeline(self, depth: int) -> Expression:
        piped: tuple[Expression, ...] = ()
        while True:
            piped = (self._command(depth, piped),)
            if self._token() != ("sign", "|"):
                return piped[0]
            self._next += 1

    def _command(self, depth: int, piped: tuple[Expression, ...]) -> Expression:
        kind, name = self._token()
        is_call = kind == "name" and name not in _WORDS
        self._next += is_call
        operands = []
        while not self.is_done and self._token() not in (("sign", "|"), ("sign", ")")):
            operands.append(self._operand(depth))
        if is_call:
            return Call(name, (*operands, *piped))
        return operands[0] if len(operands) == 1 and not piped else UNREAD  # a field that is a method, called

    def _operand(self, depth: int) -> Expression:
        kind, text = self._token()
        self._next += 1
        if kind == "text":
            return Constant(text[1:-1])
        if kind == "number":
            return Constant(int(text)) if text.lstrip("+-").isdecimal() and len(text) < 19 else UNREAD
        if kind == "name":
            return Constant(_WORDS[text]) if text in _WORDS else Call(text)
        if kind == "dot":
            return Fields(None, ())
        if kind == "fields":
            return Fields(None, _steps(text))
        if kind == "variable":
            return self._fields_of(Variable(text[1:]))
        if (kind, text) == ("sign", "(") and depth < MAX_DEPTH:
            inner = self.pipeline(depth + 1)
            if self._token() == ("sign", ")"):
                self._next += 1
                return self._fields_of(inner)
        return UNREAD

    def _fields_of(self, of: Expression) -> Expression:
        kind, text = self._token()
        if kind == "fields" and not self._tokens[self._next][2]:
            self._next += 1
            return Fields(of, _steps(text))
        return of


def _steps(text: str) -> tuple[str, ...]:
    return tuple(text.split(".")[1:])


def _tokens(text: str) -> Iterator[tuple[str, str, bool]]:
    """The kind of each token, the token, and whether there is space before it."""
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            if text[position:].strip():
                yield "", "", True
            return
        kind = token.lastgroup or ""
        yield kind, token[kind], token.start(kind) > position
        position = token.end()
