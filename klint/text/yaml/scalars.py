"""What a plain scalar, or a key, means to kubectl: YAML 1.1, as go-yaml v2 has it, and then JSON."""

from __future__ import annotations

from math import isinf
from typing import Any

from klint.regex import regex

_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = regex(r"([-+]?)(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


def resolve(value: str) -> Any:
    """What a plain scalar means to kubectl (go-yaml v2, then JSON).

    Numbers without a place in JSON (`.inf`, `1e400`) stay strings; kubectl refuses the former.
    """
    if value in _NULL:
        return None
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    if value[0] not in "+-.0123456789":
        return value
    digits = value if value[0] == "." else value.replace("_", "")
    number = _integer(digits)
    if number is not None:
        return number
    if _FLOAT.match(digits):
        real = float(digits)
        if real.is_integer() and abs(real) < 2**53:
            return int(real)
        return value if isinf(real) else real
    return value


def _integer(digits: str) -> int | None:
    """An integer that fits 64 bits, of whatever base; `08` is decimal, for it cannot be octal."""
    match = _INTEGER.match(digits)
    if match is None or len(digits) > 70:
        return None
    number = digits[match.end(1) :].lower()
    if number[:2] in ("0b", "0o", "0x"):
        value = int(number, 0)
    else:
        value = int(number, 8 if number[0] == "0" and not {"8", "9"} & set(number) else 10)
    value = -value if match[1] == "-" else value
    return value if -(2**63) <= value < 2**64 else None


def key_text(key: object) -> str:
    """A mapping key as the string JSON makes of it."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)
