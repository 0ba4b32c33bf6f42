"""Values → YAML, in the manner of what stands around them."""

from __future__ import annotations

import json
import re
from typing import Any

from klint.records import dataclass
from klint.text.yaml import resolve

_PLAIN = re.compile(r"(?:[^\W_]|[_/$+]|\.(?!\.)|-(?=[^\W_]))(?:[^\s:#]|(?<!\s)#|:(?=\S)|[ ](?=[^\s#]))*+")
"""A string that needs no quotes outside of brackets, as far as its characters go."""

_IN_BRACKETS = re.compile(r"[][{},:?]")
_ESCAPED = re.compile(r"[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON may hold in a string and YAML may not, or would change."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a document is written where something is to be added.

    `keys` and `strings` are the quotes that they are put in, empty for none; `quotes` are those for strings that need
    some. `step` is how far a mapping is indented below its key, `lists` how far a list is. `colon` and `comma` are what
    stands between the parts of a mapping or a list in brackets.
    """

    keys: str = ""
    strings: str = ""
    quotes: str = '"'
    step: int = 2
    lists: int = 0
    colon: str = ": "
    comma: str = ", "


def scalar(value: Any, manner: Manner, *, in_brackets: bool = False, quotes: str | None = None) -> str:
    """A scalar on one line: a string in the given quotes, or in those of its surroundings."""
    if not isinstance(value, str):
        return json.dumps(value)
    quotes = manner.strings if quotes is None else quotes
    if not quotes and is_plain(value, in_brackets=in_brackets):
        return value
    if (quotes or manner.quotes) == "'" and value.isprintable() and not _ESCAPED.search(value):
        return "'" + value.replace("'", "''") + "'"
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def is_plain(value: str, *, in_brackets: bool = False) -> bool:
    """Whether YAML without quotes means just this string to kubectl."""
    if not value.isprintable() or not _PLAIN.fullmatch(value) or (in_brackets and _IN_BRACKETS.search(value)):
        return False
    return resolve(value) is value


def key(name: str, manner: Manner, *, in_brackets: bool = False) -> str:
    """A key, in quotes where those around it are or where it needs them."""
    return scalar(name, manner, in_brackets=in_brackets, quotes=manner.keys)


def flow(value: Any, manner: Manner, *, in_brackets: bool = True) -> str:
    """A value on one line, collections in brackets."""
    if isinstance(value, dict):
        parts = [
            f"{key(name, manner, in_brackets=True)}{manner.colon}{flow(item, manner)}" for name, item in value.items()
        ]
        return f"{{{manner.comma.join(parts)}}}"
    if isinstance(value, list):
        return f"[{manner.comma.join(flow(item, manner) for item in value)}]"
    return scalar(value, manner, in_brackets=in_brackets)


def block(value: Any, indentation: int, manner: Manner) -> str:
    """A collection on lines of its own: the first as it stands, the others behind so many spaces."""
    if isinstance(value, dict):
        parts = [f"{key(name, manner)}:{after_key(item, indentation, manner)}" for name, item in value.items()]
    else:
        parts = [f"- {after_dash(item, indentation, manner)}" for item in value]
    return ("\n" + " " * indentation).join(parts)


def after_key(value: Any, indentation: int, manner: Manner) -> str:
    """What stands after `key:`, from the space or line break on; the key is indented so far."""
    if isinstance(value, (dict, list)) and value:
        deeper = indentation + (manner.step if isinstance(value, dict) else manner.lists)
        return "\n" + " " * deeper + block(value, deeper, manner)
    if isinstance(value, str) and not manner.strings and is_literal(value):
        return " " + literal(value, indentation + manner.step)
    return " " + flow(value, manner, in_brackets=False)


def after_dash(value: Any, indentation: int, manner: Manner) -> str:
    """What stands after `- `; the dash is indented so far."""
    if isinstance(value, (dict, list)) and value:
        return block(value, indentation + 2, manner)
    return after_key(value, indentation, manner)[1:]


def is_literal(value: str) -> bool:
    """Whether a string has several lines that can stand in a block as they are."""
    return "\n" in value and fits_block(value)


def fits_block(value: str) -> bool:
    """Whether a string can stand in a block as it is."""
    visible = value.replace("\n", "").replace("\t", "")
    return visible.isprintable() and not _ESCAPED.search(visible) and value[:1] not in ("", " ", "\t", "\n")


def literal(value: str, indentation: int, header: str = "|", indicator: str = "", comment: str = "") -> str:
    """A string as a block, from its header on."""
    lines = value.split("\n")
    ends_in = len(lines) - len(value.rstrip("\n").split("\n"))
    chomping = ("-", "")[ends_in] if ends_in < 2 else "+"
    text = "".join(f"\n{' ' * indentation if line else ''}{line}" for line in lines[: len(lines) - bool(ends_in)])
    return f"{header}{indicator}{chomping}{comment}{text}"
