"""What a function says of its parameters. `inspect` knows more; importing it is a tenth of a small run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from klint.records import dataclass

NOTHING: Any = object()
"""The annotation or default of a parameter that has none."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: `either` takes its argument by position or by name, `keyword` by name alone."""

    name: str
    kind: Literal["either", "keyword", "other"]
    annotation: Any
    default: Any


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a function, in their order; those of what it wraps, if it wraps one."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code, annotations = function.__code__, function.__annotations__
    names = code.co_varnames
    positional, keyword = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    last = (function.__defaults__ or ())[::-1]
    defaults = {**dict(zip(names[:positional][::-1], last, strict=False)), **(function.__kwdefaults__ or {})}
    found = []
    for index, name in enumerate(
        names[: keyword + bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)]
    ):
        is_either = code.co_posonlyargcount <= index < positional
        kind: Any = "either" if is_either else "keyword" if positional <= index < keyword else "other"
        found.append(Parameter(name, kind, annotations.get(name, NOTHING), defaults.get(name, NOTHING)))
    return found


_VARARGS, _VARKEYWORDS = 0x04, 0x08
"""Flags of code: https://docs.python.org/3/library/inspect.html#inspect-module-co-flags."""
