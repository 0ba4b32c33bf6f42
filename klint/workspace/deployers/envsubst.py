"""Variables in a text, filled in as Flux does after a build. What is not known stays as it is: to be filled in.

Source: fluxcd/pkg's envsubst/parse/parse.go, scan.go and funcs.go; the forms are those of its README.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from klint.regex import regex

MAX_SIZE = 16 * 2**20
"""Characters that a text may become."""

_MAX_DEPTH = 20
_NAME = regex(r"[^\W]+")
_OPERATOR = regex(r":[=\-?+]|=|\^\^?|,,?|/[/#%]?|##?|%%?|:")
_SPECIAL = regex(r"\$\$|\$\{")
_GLOB = regex(r"[*?\[\\]")
_INTEGER = regex(r"[+-]?[0-9]+\Z")


class Undefined:
    """A variable that nobody defines: it has its default, if it has one."""


UNDEFINED = Undefined()

Value = str | Undefined | None
"""A variable's value; None where it is not known."""


def fill_in(text: str, value_of: Callable[[str], Value]) -> str:
    """A text with its variables filled in, as far as they are known.

    Raises:
        ValueError: Flux refuses the text for what stands behind a `${`, or it becomes larger than MAX_SIZE.
    """
    parts: list[str] = []
    size = end = 0
    while (found := _SPECIAL.search(text, end)) is not None:
        parts.append(text[end : found.start()])
        if found[0] == "$$":
            end = found.end()
            parts.append("$")
        else:
            value, end = _Reader(text, value_of).variable(found.end())
            parts.append(value)
        size += len(parts[-1])
        if size > MAX_SIZE:
            raise ValueError
    return "".join((*parts, text[end:])) if parts else text


def variables_in(text: str) -> Iterator[str]:
    """The names of the variables that a text has, but for those in what others default to."""
    for found in _SPECIAL.finditer(text):
        name = _NAME.match(text, found.end()) if found[0] == "${" else None
        if name is not None:
            yield name[0]


class _Reader:
    """Reads one variable, and what is done with its value."""

    def __init__(self, text: str, value_of: Callable[[str], Value], depth: int = 0) -> None:
        self.text = text
        self.value_of = value_of
        self.depth = depth

    def variable(self, start: int) -> tuple[str, int]:
        """What stands behind `${`, evaluated, and where it ends; as it is written if its value is not known."""
        if self.depth > _MAX_DEPTH:
            raise ValueError
        is_length = self.text.startswith("#", start)
        name = _NAME.match(self.text, start + is_length)
        if name is None:
            raise ValueError
        operator = _OPERATOR.match(self.text, name.end()) if not is_length else None
        kind, position = (operator[0], operator.end()) if operator else ("", name.end())
        arguments: list[str | None] = []
        if operator is not None and kind[0] not in "^,":
            arguments, position = self._arguments(kind, position)
        if not self.text.startswith("}", position):
            raise ValueError
        value = self.value_of(name[0])
        made = None if is_length and value is UNDEFINED else _made(value, kind, arguments)
        if is_length and isinstance(value, str):
            made = str(len(value.encode()))
        return (self.text[start - 2 : position + 1] if made is None else made), position + 1

    def _arguments(self, kind: str, position: int) -> tuple[list[str | None], int]:
        """What stands behind an operator, as far as it is known, and where it ends."""
        divider = kind[0] if kind[0] == "/" or kind == ":" else ""
        found: list[str | None] = []
        parts: list[str | None] = []
        while position < len(self.text) and self.text[position] != "}":
            if self.text.startswith("${", position):
                inner = _Reader(self.text, self.value_of, self.depth + 1)
                text, end = inner.variable(position + 2)
                parts.append(None if text == self.text[position:end] else text)
                position = end
            elif not found and self.text[position] == divider:
                found.append(_joined(parts))
                parts, position = [], position + 1
            else:
                step = 2 if self.text[position] == "\\" and self.text[position + 1 : position + 2] in ("/", "\\") else 1
                parts.append(self.text[position + step - 1 : position + step])
                position += step
        return [*found, _joined(parts)], position


def _joined(parts: list[str | None]) -> str | None:
    texts = [part for part in parts if part is not None]
    return "".join(texts) if len(texts) == len(parts) else None


def _made(value: Value, kind: str, arguments: list[str | None]) -> str | None:
    """What becomes of a value; None if that is not known."""
    if value is None:
        return None
    if kind in ("=", ":=", ":-", ":?", ":+"):
        return value if isinstance(value, str) and value else arguments[0]
    if not isinstance(value, str):
        return None
    if not kind:
        return value
    if kind[0] in "^,":
        change = str.upper if kind[0] == "^" else str.lower
        return change(value) if len(kind) == 2 else change(value[:1]) + value[1:]
    known = [argument for argument in arguments if argument is not None]
    if len(known) < len(arguments):
        return None
    if kind[0] == "/":
        return _replaced(value, kind, known)
    if kind[0] in "#%":
        remove = str.removeprefix if kind[0] == "#" else str.removesuffix
        return None if _GLOB.search(known[0]) else remove(value, known[0])
    return _part(value, known)


def _replaced(value: str, kind: str, arguments: list[str]) -> str | None:
    old, *rest = arguments
    new = rest[0] if rest else ""
    if not rest or not old or value.count(old) * len(new) > MAX_SIZE:
        return None
    if kind == "/#":
        return new + value.removeprefix(old) if value.startswith(old) else value
    if kind == "/%":
        return value.removesuffix(old) + new if value.endswith(old) else value
    return value.replace(old, new) if kind == "//" else value.replace(old, new, 1)


def _part(value: str, arguments: list[str]) -> str | None:
    """The part of a value from a position, counted from the end if it is negative, and of a length."""
    if not all(map(_INTEGER.match, arguments)) or not value.isascii():
        return None
    first, *rest = (int(argument[:9]) for argument in arguments)
    start = first if first >= 0 else max(0, len(value) + first)
    if not rest:
        return value[start:]
    end = start + rest[0] if rest[0] >= 0 else len(value) + rest[0]
    return value[start:end] if end >= start else ""
