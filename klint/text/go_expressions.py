"""Expressions in Go templates: values by their paths, pipelines, and a few functions.

Nothing is run. What klint does not know is `Unknown`, and so is what is made of it.

Sources: pkg.go.dev/text/template ("Arguments", "Pipelines", "Functions"); masterminds.github.io/sprig.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from klint.records import dataclass
from klint.regex import regex

MAX_TEXT = 2**20
"""Characters of a template, and of what becomes of it."""

_MAX_DEPTH = 50

_TOKEN = regex(
    r"""\s*+(?:(?P<string>"(?:[^"\\]|\\.)*+"|`[^`]*+`)|(?P<number>-?\d++(?:\.\d++)?)(?![\w.])|(?P<mark>[()|])"""
    r"""|(?P<path>\$\w*+(?:\.[A-Za-z_]\w*+)*+|(?:\.[A-Za-z_]\w*+)++|\.(?![\w.]))|(?P<word>[A-Za-z_]\w*+))"""
)


@dataclass(frozen=True)
class Unknown:
    """A value that is not known, and what keeps klint from knowing it, in a few words."""

    why: str


Look = Callable[[str, Sequence[str]], Any]
"""What a path leads to, by where it starts: `.port` is `""` and `("port",)`, `$.port` is `$` and that, `$item` alone is
itself and nothing. An Unknown, or None where nothing is there."""

Functions = Mapping[str, Callable[..., Any]]
"""Functions by name. One that is called with what it does not take raises as Python does."""


def evaluate(expression: str, look: Look, functions: Functions) -> Any:
    """The value of a pipeline; an Unknown where klint does not know it."""
    try:
        return _Expression(expression, look, functions).value()
    except (ValueError, IndexError):
        return Unknown("a template that klint does not read")


def printed(value: Any) -> str:
    """A value as Go prints it.

    Raises:
        ValueError: it is nothing, a list or a mapping, which nobody prints on purpose.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**6:
        return str(int(value))
    raise ValueError(value)


class _Expression:
    """Evaluates the tokens of an expression, from the first to the last."""

    def __init__(self, text: str, look: Look, functions: Functions) -> None:
        self.tokens = [*_tokens(text.strip())]
        self.at = 0
        self.look = look
        self.functions = functions

    def value(self) -> Any:
        value = self._pipeline(0)
        if self.at < len(self.tokens):
            raise ValueError(self.tokens[self.at])
        return value

    def _pipeline(self, depth: int) -> Any:
        """The value of commands joined by `|`, each of which is given that of the one before."""
        if depth > _MAX_DEPTH:
            raise ValueError(depth)
        value = self._command(depth)
        while self._is_next("|"):
            self.at += 1
            value = self._command(depth, value)
        return value

    def _command(self, depth: int, *piped: Any) -> Any:
        kind, name = self.tokens[self.at]
        is_call = kind == "word" and name not in _CONSTANTS
        self.at += is_call
        arguments = []
        while self.at < len(self.tokens) and not self._is_next("|", ")"):
            arguments.append(self._operand(depth))
        arguments += piped
        if is_call:
            return _call(name, arguments, self.functions)
        (value,) = arguments
        return value

    def _operand(self, depth: int) -> Any:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "mark":  # an opening parenthesis: the others end a command
            value = self._pipeline(depth + 1)
            if not self._is_next(")"):
                raise ValueError(text)
            self.at += 1
            return value
        if kind == "string":
            return text[1:-1] if text[0] == "`" else json.loads(text, strict=False)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "path":
            start, *steps = text.split(".")
            return self.look(start, list(filter(None, steps)))
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        raise ValueError(text)

    def _is_next(self, *marks: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] in [("mark", mark) for mark in marks]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ValueError(text)
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "nil": None}


def _call(name: str, arguments: Sequence[Any], functions: Functions) -> Any:
    """A function's value. `and` and `or` may not need what is unknown."""
    if name in ("and", "or"):
        decisive = name == "or"
        return next((item for item in arguments if isinstance(item, Unknown) or bool(item) is decisive), arguments[-1])
    function = functions.get(name)
    if function is None:
        return Unknown(f"the template function {name}")
    unknown = next((item for item in arguments if isinstance(item, Unknown)), None)
    if unknown is not None:
        return unknown
    try:
        return function(*arguments)
    except (TypeError, ValueError, LookupError, AttributeError):
        return Unknown(f"what the template function {name} is called with")


def _index(value: Any, *steps: Any) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and type(step) is int and step >= 0:
            value = value[step]
        else:
            raise TypeError(step)
    return value


_VERB = regex(r"%([sdvq%])")


def _printf(template: str, *arguments: Any) -> str:
    left = list(arguments)

    def shown(found: Any) -> str:
        if found[1] == "%":
            return "%"
        text = printed(left.pop(0))
        return json.dumps(text) if found[1] == "q" else text

    result = _VERB.sub(shown, template)
    if left or "%" in _VERB.sub("", template):
        raise ValueError(template)
    return result


def _equal(first: Any, *others: Any) -> bool:
    return any(type(first) is type(other) and first == other for other in others)


def _dig(*arguments: Any) -> Any:
    *steps, otherwise, value = arguments
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            return otherwise
        value = value[step]
    return value


def _replaced(old: str, new: str, text: Any) -> str:
    return new.join(_within(printed(text).split(old), new))


def _joined(separator: str, values: Sequence[Any]) -> str:
    return separator.join(_within([printed(value) for value in values], separator))


def _within(parts: list[str], separator: str) -> list[str]:
    """Parts of a text to be joined, unless that becomes too long."""
    if sum(map(len, parts)) + len(parts) * len(separator) > MAX_TEXT:
        raise ValueError(separator)
    return parts


def _truncated(size: int, text: Any) -> str:
    return printed(text)[:size] if size >= 0 else printed(text)[size:]


SPRIG: Functions = {
    "base": lambda text: posixpath.basename(printed(text).rstrip("/")) or ".",
    "cat": lambda *values: " ".join(map(printed, values)),
    "coalesce": lambda *values: next(filter(None, values), None),
    "contains": lambda part, text: part in printed(text),
    "default": lambda otherwise, value=None: value or otherwise,
    "dig": _dig,
    "dir": lambda text: posixpath.dirname(printed(text)) or ".",
    "empty": lambda value: not value,
    "eq": _equal,
    "first": lambda values: values[0],
    "get": lambda value, key: value.get(key, ""),
    "has": lambda item, items: item in items,
    "hasKey": lambda value, key: key in value,
    "hasPrefix": lambda prefix, text: printed(text).startswith(prefix),
    "hasSuffix": lambda suffix, text: printed(text).endswith(suffix),
    "index": _index,
    "join": _joined,
    "last": lambda values: values[-1],
    "len": len,
    "list": lambda *items: list(items),
    "lower": lambda text: printed(text).lower(),
    "ne": lambda first, second: not _equal(first, second),
    "nospace": lambda text: "".join(printed(text).split()),
    "not": lambda value: not value,
    "print": lambda *values: "".join(map(printed, values)),
    "printf": _printf,
    "quote": lambda text: json.dumps(printed(text), ensure_ascii=False),
    "replace": _replaced,
    "splitList": lambda separator, text: printed(text).split(separator),
    "squote": lambda text: f"'{printed(text)}'",
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "toJson": lambda value: json.dumps(value, ensure_ascii=False),
    "toString": printed,
    "trim": lambda text: printed(text).strip(),
    "trimAll": lambda signs, text: printed(text).strip(signs),
    "trimPrefix": lambda prefix, text: printed(text).removeprefix(prefix),
    "trimSuffix": lambda suffix, text: printed(text).removesuffix(suffix),
    "trunc": _truncated,
    "upper": lambda text: printed(text).upper(),
}
"""Functions of Go's templates and of sprig, as far as klint knows them; `and` and `or` are part of the language."""
