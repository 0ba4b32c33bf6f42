"""Go templates as far as they are plain: text that a tool fills in before it is YAML.

Known are values by their paths, comparisons, a few functions on text, and `if`. Nothing is run: an action that klint
does not know leaves a placeholder, and one that decides which lines there are makes the whole text no plain one. Each
line of the result is made of the same line of the template.

Source: pkg.go.dev/text/template ("Actions", "Functions"); masterminds.github.io/sprig.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from klint.records import dataclass
from klint.regex import regex
from klint.text.document import Document, Path, Place
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_ACTION = regex(
    r"""\{\{(-(?=\s))?((?:/\*(?:[^*]|\*(?!/))*+\*/|`[^`]*+`|"(?:\\.|[^"\\])*+"|[^`"}/]|/(?!\*)|\}(?!\}))*+)\}\}""",
    re.DOTALL,
)
_TOKEN = regex(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<mark>[()|])"""
    r"""|(?P<path>\$?(?:\.[A-Za-z_]\w*)+|\.)|(?P<word>[A-Za-z_]\w*))"""
)
_KEYWORD = regex(r"(if|else if|else|end|range|with|define|template|block|break|continue)\b\s*(.*)", re.DOTALL)
_NAME = regex(r"[A-Za-z_]\w*")
_INDENT = regex(r"\|\s*n?indent\s+(\d+)\s*\Z")
_MAX_DEPTH = 50
_MAX_TEXT = 2**20


class NotPlainError(Exception):
    """A template that decides by what is not known which lines there are, or that is past klint's limits."""


class _Unknown:
    """A value that is not known."""


UNKNOWN = _Unknown()
"""What a path leads to where nobody knows."""

Look = Callable[[Sequence[str]], Any]
"""What a path, `.Values.port` as `("Values", "port")`, leads to: UNKNOWN, or None where nothing is there."""


def is_template(text: str) -> bool:
    """Whether a text has actions."""
    return "{{" in text


def expand(text: str, look: Look, *, keep: Sequence[str] = ()) -> str:
    """A template filled in. Actions on paths that begin with one of `keep` stay as they are.

    Raises:
        NotPlainError: it cannot be.
    """
    if len(text) > _MAX_TEXT:
        raise NotPlainError
    out: list[str] = []
    # For each `if` around: whether a branch of it was taken, and whether this one is.
    branches: list[tuple[bool, bool]] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        match = _ACTION.match(text, start)
        if match is None:
            raise NotPlainError
        out.append(_shown(text[position:start], branches))
        position = match.end()
        action = match[2].removesuffix(" -").strip()
        keyword = _KEYWORD.fullmatch(action)
        if keyword is not None:
            _branch(keyword[1], keyword[2], branches, look)
            out.append("\n" * match[0].count("\n"))
        elif all(is_taken for _, is_taken in branches):
            kept = action.lstrip("$").startswith(tuple(keep)) if keep else False
            out.append(match[0] if kept else _filled_in(action, look, match[0].count("\n")))
        else:
            out.append("\n" * match[0].count("\n"))
    if branches:
        raise NotPlainError
    out.append(text[position:])
    return "".join(out)


def _shown(text: str, branches: Sequence[tuple[bool, bool]]) -> str:
    return text if all(is_taken for _, is_taken in branches) else "\n" * text.count("\n")


def _branch(keyword: str, condition: str, branches: list[tuple[bool, bool]], look: Look) -> None:
    """Enter a branch of an `if`, or leave it."""
    if keyword == "if":
        is_reached = all(is_taken for _, is_taken in branches)
        is_met = is_reached and _is_true(_evaluate(condition, look))
        branches.append((is_met, is_met))
    elif keyword == "end" and branches:
        branches.pop()
    elif keyword in ("else", "else if") and branches:
        was_met, _ = branches.pop()
        is_reached = not was_met and all(is_taken for _, is_taken in branches)
        is_met = is_reached and (keyword == "else" or _is_true(_evaluate(condition, look)))
        branches.append((was_met or is_met, is_met))
    else:
        raise NotPlainError
    if len(branches) > _MAX_DEPTH:
        raise NotPlainError


def _filled_in(action: str, look: Look, lines: int) -> str:
    if action.startswith("/*"):
        return "\n" * lines
    if ":=" in action or "=" in action.replace('"', "").split(" "):
        raise NotPlainError  # a variable, which other actions read
    indent = _INDENT.search(action)
    value = _evaluate(action[: indent.start()] if indent else action, look)
    text = f"$({_last_name(action)})" if value is UNKNOWN else _text(value)
    return (" " * min(int(indent[1]), _MAX_DEPTH) if indent else "") + text + "\n" * lines


def _last_name(action: str) -> str:
    names: list[str] = _NAME.findall(action)
    return names[-1] if names else "value"


def _text(value: Any) -> str:
    """A value as it is printed; a list or mapping as YAML on one line. Line breaks would move what is below."""
    if isinstance(value, str):
        if "\n" in value:
            raise NotPlainError
        return value
    return "" if value is None else json.dumps(value)


def _is_true(value: Any) -> bool:
    if value is UNKNOWN:
        raise NotPlainError
    return bool(value)


def _evaluate(expression: str, look: Look) -> Any:
    try:
        tokens = list(_tokens(expression))
        value, rest = _pipeline(tokens, look, 0)
    except (IndexError, ValueError):
        return UNKNOWN
    return value if not rest else UNKNOWN


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    position = 0
    text = expression.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ValueError(text)
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


_Tokens = list[tuple[str, str]]


def _pipeline(tokens: _Tokens, look: Look, depth: int) -> tuple[Any, _Tokens]:
    """The value of commands joined by `|`, up to a closing parenthesis; and what comes after."""
    if depth > _MAX_DEPTH:
        raise ValueError(depth)
    value, tokens = _command(tokens, look, depth, ())
    while tokens and tokens[0] == ("mark", "|"):
        value, tokens = _command(tokens[1:], look, depth, (value,))
    return value, tokens


def _command(tokens: _Tokens, look: Look, depth: int, piped: tuple[Any, ...]) -> tuple[Any, _Tokens]:
    values = []
    name = ""
    if tokens[0][0] == "word" and tokens[0][1] not in _CONSTANTS:
        name, tokens = tokens[0][1], tokens[1:]
    while tokens and tokens[0] not in (("mark", "|"), ("mark", ")")):
        (kind, text), tokens = tokens[0], tokens[1:]
        if (kind, text) == ("mark", "("):
            value, tokens = _pipeline(tokens, look, depth + 1)
            if tokens[0] != ("mark", ")"):
                raise ValueError(tokens)
            tokens = tokens[1:]
        else:
            value = _operand(kind, text, look)
        values.append(value)
    values += piped
    if name:
        return _call(name, values), tokens
    if len(values) != 1:
        raise ValueError(values)
    return values[0], tokens


_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "nil": None}


def _operand(kind: str, text: str, look: Look) -> Any:
    if kind == "string":
        return text[1:-1] if text[0] == "`" else json.loads(text)
    if kind == "number":
        return float(text) if "." in text else int(text)
    if kind == "path":
        return look([step for step in text.removeprefix("$").split(".") if step])
    if kind == "word" and text in _CONSTANTS:
        return _CONSTANTS[text]
    raise ValueError(text)


def _call(name: str, values: list[Any]) -> Any:
    """A function's value. `and`, `or` and `default` may not need what is unknown."""
    if name in ("and", "or"):
        wanted = name == "or"
        for value in values:
            if value is UNKNOWN or bool(value) is wanted:
                return value
        return values[-1]
    if name in ("get", "getOrNil"):  # helmfile's: get PATH [DEFAULT] OBJECT
        return _got(values)
    function = _FUNCTIONS.get(name)
    if function is None or any(value is UNKNOWN for value in values):
        return UNKNOWN
    try:
        return function(*values)
    except (TypeError, KeyError, AttributeError, IndexError):
        return UNKNOWN


def _got(values: list[Any]) -> Any:
    path, *default, found = values
    if found is UNKNOWN or not isinstance(path, str):
        return UNKNOWN
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return default[0] if found is None and default else found


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "eq": lambda first, *others: any(first == other for other in others),
    "ne": lambda first, other: first != other,
    "not": lambda value: not value,
    "default": lambda default, value: value or default,
    "ternary": lambda yes, no, test: yes if test else no,
    "quote": lambda value: json.dumps(_text(value)),
    "squote": lambda value: "'" + _text(value).replace("'", "''") + "'",
    "toYaml": lambda value: value,
    "toJson": json.dumps,
    "toString": _text,
    "lower": lambda value: value.lower(),
    "upper": lambda value: value.upper(),
    "trim": lambda value: value.strip(),
    "hasKey": lambda mapping, key: key in mapping,
    "has": lambda item, items: item in items,
    "contains": lambda part, text: part in text,
    "hasPrefix": lambda part, text: text.startswith(part),
    "hasSuffix": lambda part, text: text.endswith(part),
    "list": lambda *items: list(items),
    "index": lambda found, *steps: _at(found, steps),
}


def _at(found: Any, steps: Sequence[Any]) -> Any:
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else found[step]
    return found


@dataclass(frozen=True, eq=False)
class ExpandedOrigin:
    """The way back from a template that was filled in: to the same line, and to the same columns before and behind what
    was filled in."""

    template: Source

    @property
    def written(self) -> Document | None:
        """None: a template is no document."""
        return None

    def back(self, rendered: Span) -> Span:
        """Where a span of the filled-in text is in the template."""
        filled, line = rendered.source.line(rendered.line), self.template.line(rendered.line)
        first, behind = rendered.column - 1, len(filled) - rendered.end_column + 1
        if filled[:first] != line[:first]:
            first = len(line) - len(line.lstrip())
        if behind and not line.endswith(filled[-behind:]):
            behind = len(line) - len(line.rstrip())
        start = self.template.line_starts[rendered.line - 1]
        return self.template.span(start + first, start + len(line) - behind, approximate=rendered.approximate)

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self.back(document.rendered_span(path))

    def place(self, document: Document, path: Path) -> Place | None:
        """None: an edit of a template is never certain."""
        return None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: the value stands where it is made."""
        return ()


def expanded_documents(source: Source, look: Look, *, keep: Sequence[str] = ()) -> tuple[Document, ...]:
    """The documents of a template that is filled in, with their way back.

    Raises:
        NotPlainError: it cannot be.
    """
    text = expand(source.text, look, keep=keep)
    filled = Source(source.path, text, source.relative, has_bom=source.has_bom)
    return tuple(read_documents(filled, ExpandedOrigin(source)))
