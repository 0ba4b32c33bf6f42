"""JSON documents of many findings, written fast: a person can read the frame, a program the findings.

`json` writes with its encoder in C only what is not indented, ten times as fast. So what there is much of is a line
each, which is also what version control compares best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from json import JSONEncoder
from typing import Any

from klint.report.escape import inert_json

encoded = JSONEncoder().encode
"""A value as JSON on one line, in ASCII."""


class Line(str):
    """A value that is written already: of what there is much of, only the text is kept."""

    __slots__ = ()


def members(texts: Mapping[str, str]) -> str:
    """An object on one line whose values are JSON already; one that is empty is left out."""
    return "{" + ", ".join([f'"{name}": {text}' for name, text in texts.items() if text]) + "}"


def items(texts: Iterable[str]) -> str:
    """A list on one line whose items are JSON already."""
    return "[" + ", ".join(texts) + "]"


def document(value: Any, rows: str = "", plain: Callable[[Any], Any] | None = None) -> str:
    """A value as a JSON document in ASCII, which ends in a line break.

    Args:
        value: an object whose parts are indented by two; or a list, whose items are a line each.
        rows: the key, wherever it is, of a list whose items are a line each; they may be one already.
        plain: what makes an object or a list of any other value.
    """
    writer = _Writer(rows, plain)
    text = _row_by_row(value, "") if isinstance(value, list) else writer.indented(value, "")
    return inert_json(text) + "\n"


class _Writer:
    def __init__(self, rows: str, plain: Callable[[Any], Any] | None) -> None:
        self._rows = rows
        self._plain = plain

    def indented(self, value: Any, indent: str) -> str:
        """A value whose parts are indented below it."""
        if self._plain is not None and not isinstance(value, str | int | float | dict | list | None):
            value = self._plain(value)
        inner = f"{indent}  "
        if isinstance(value, dict) and value:
            parts = [f"{inner}{encoded(name)}: {self._member(name, item, inner)}" for name, item in value.items()]
            return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
        if isinstance(value, list) and value:
            return "[\n" + ",\n".join(inner + self.indented(item, inner) for item in value) + f"\n{indent}]"
        return encoded(value)

    def _member(self, name: str, item: Any, indent: str) -> str:
        return _row_by_row(item, indent) if name == self._rows else self.indented(item, indent)


def _row_by_row(rows: list[Any], indent: str) -> str:
    """A list whose items are a line each."""
    text = f",\n{indent}  ".join(item if isinstance(item, Line) else encoded(item) for item in rows)
    return f"[\n{indent}  {text}\n{indent}]" if rows else "[]"
