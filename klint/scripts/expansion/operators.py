"""What an operator of `${…}` makes of a value that is known: `${x%.*}`, `${x/a/b}`, `${x^^}`."""

from __future__ import annotations

from fnmatch import fnmatchcase

from klint.scripts.snippet import HOLE
from klint.scripts.variables import LONGEST

MAX_MATCHED = 512
"""Characters of a value that a pattern is taken off (`${x%%*.}`): every length of it is tried."""


def edit(result: str, operator: str, argument: str, replacement: str) -> str:
    """What an operator makes of a value; a replacement (`b` of `${x/a/b}`) is taken as it is written."""
    if operator in ("#", "##", "%", "%%"):
        return _strip(result, operator, argument)
    if operator in ("^", "^^", ",", ",,") and not argument:
        change = str.upper if operator[0] == "^" else str.lower
        return change(result) if len(operator) == 2 else change(result[:1]) + result[1:]
    if operator in ("/", "//", "/#", "/%") and not set(argument) & set("*?["):
        if set(replacement) & set("$`\"'\\"):
            return HOLE
        if operator == "/#":
            return replacement + result.removeprefix(argument) if result.startswith(argument) else result
        if operator == "/%":
            return result.removesuffix(argument) + replacement if result.endswith(argument) else result
        if not argument or result.count(argument) * len(replacement) > LONGEST:
            return HOLE if argument else result
        return result.replace(argument, replacement, 1 if operator == "/" else -1)
    if operator == "@":
        return result
    return HOLE


def _strip(result: str, operator: str, pattern: str) -> str:
    """`${x#pattern}` and its kin: the shortest or the longest match at one end is taken off."""
    if len(result) > MAX_MATCHED:
        return HOLE
    if operator[0] == "#":
        cuts = [(result[:count], result[count:]) for count in range(len(result) + 1)]
    else:
        cuts = [(result[len(result) - count :], result[: len(result) - count]) for count in range(len(result) + 1)]
    if len(operator) == 2:
        cuts.reverse()
    return next((kept for dropped, kept in cuts if fnmatchcase(dropped, pattern)), result)
