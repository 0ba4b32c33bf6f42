"""What `$(…)` stands for where it prints a text that is written in it: `$(cat <<EOF …)`."""

from __future__ import annotations

import re

from klint.scripts.expansion.parameters import Parameters
from klint.scripts.snippet import HOLE

_CAT = re.compile(r"""\$\(\s*+cat[ \t]*+<<(-?)[ \t]*+(["']?)(\w+)\2[ \t]*+\n""")
_REFERENCE = re.compile(r"\\([$`\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})|[$`]", re.ASCII)


def printed_heredoc(parameters: Parameters, text: str) -> str | None:
    """The text of a heredoc that is all of a substitution, filled in unless its mark is quoted; None if it is other."""
    head = _CAT.match(text)
    if head is None:
        return None
    strips, quote, mark = head.groups()
    lines = text[head.end() :].removesuffix(")").rstrip().split("\n")
    if strips:
        lines = [line.lstrip("\t") for line in lines]
    if mark not in lines or lines.index(mark) < len(lines) - 1:
        return None
    body = "\n".join(lines[:-1])
    if quote:
        return body
    if any(match.lastindex is None for match in _REFERENCE.finditer(body)):  # `$(…)`, `${x%.*}`
        return HOLE
    return _REFERENCE.sub(lambda match: _filled(parameters, match), body)


def _filled(parameters: Parameters, match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    value = parameters.parameter(match[2] or match[3])
    return value if isinstance(value, str) else HOLE
