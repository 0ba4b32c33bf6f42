"""The language of Traefik's routers: ``Host(`a.example.com`) && (PathPrefix(`/api`) || Path(`/health`))``.

Sources: doc.traefik.io routing/routers (Rule, and Rule syntax for the differences of v2 and v3); traefik/traefik
pkg/rules/parser.go and vulcand/predicate: the operators are those of Go, `!` before `&&` before `||`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from klint.kube.routes.shape import ANY_PATH, PathKind, PathMatch
from klint.records import dataclass, replace

_TOKEN = re.compile(r"""\s*(?:(&&|\|\||[!(),])|([A-Za-z]+)|`([^`]*)`|"((?:[^"\\]|\\.)*)")""")
_END = re.compile(r"\s*\Z")
_MOST = 64
"""A rule that comes to more alternatives than this is not taken apart."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Requests that a rule takes: those with one of the hosts (any where there are none), the path and the conditions.

    `path` is None where the rule says nothing of it.
    """

    hosts: tuple[str, ...] = ()
    path: PathMatch | None = None
    conditions: tuple[tuple[str, str], ...] = ()


def alternatives(rule: str) -> tuple[Alternative, ...]:
    """What a rule takes; one whose only condition is the rule itself where klint cannot tell."""
    try:
        tokens = list(_tokens(rule))
        found, rest = _any(tokens, 0)
    except _RuleError:
        return (Alternative(conditions=(("rule", rule),)),)
    return tuple(found) if rest == len(tokens) else (Alternative(conditions=(("rule", rule),)),)


class _RuleError(Exception):
    """A rule that Traefik refuses, or one that is too long to take apart."""


def _tokens(rule: str) -> Iterator[tuple[str, str]]:
    position = 0
    while not _END.match(rule, position):
        found = _TOKEN.match(rule, position)
        if found is None:
            raise _RuleError
        sign, name, raw, quoted = found.groups()
        kind, text = (
            ("sign", sign) if sign else ("name", name) if name else ("text", raw if raw is not None else quoted)
        )
        yield kind, text
        position = found.end()


def _any(tokens: Sequence[tuple[str, str]], at: int) -> tuple[list[Alternative], int]:
    found, at = _all(tokens, at)
    while tokens[at : at + 1] == [("sign", "||")]:
        more, at = _all(tokens, at + 1)
        found = [*found, *more]
        if len(found) > _MOST:
            raise _RuleError
    return found, at


def _all(tokens: Sequence[tuple[str, str]], at: int) -> tuple[list[Alternative], int]:
    found, at = _one(tokens, at)
    while tokens[at : at + 1] == [("sign", "&&")]:
        more, at = _one(tokens, at + 1)
        if len(found) * len(more) > _MOST:
            raise _RuleError
        found = [_both(*pair) for pair in product(found, more)]
    return found, at


def _one(tokens: Sequence[tuple[str, str]], at: int) -> tuple[list[Alternative], int]:
    if tokens[at : at + 1] == [("sign", "!")]:
        start = at + 1
        _, at = _one(tokens, start)
        text = "".join(text for _, text in tokens[start:at])
        return [Alternative(conditions=(("not", text),))], at
    if tokens[at : at + 1] == [("sign", "(")]:
        found, at = _any(tokens, at + 1)
        if tokens[at : at + 1] != [("sign", ")")]:
            raise _RuleError
        return found, at + 1
    return _matcher(tokens, at)


def _matcher(tokens: Sequence[tuple[str, str]], at: int) -> tuple[list[Alternative], int]:
    if len(tokens) < at + 3 or tokens[at][0] != "name" or tokens[at + 1] != ("sign", "("):
        raise _RuleError
    name, values, at = tokens[at][1].lower(), [], at + 2
    while True:
        if at >= len(tokens) or tokens[at][0] != "text":
            raise _RuleError
        values.append(tokens[at][1])
        at += 1
        if tokens[at : at + 1] == [("sign", ")")]:
            return list(_meaning(name, values)), at + 1
        if tokens[at : at + 1] != [("sign", ",")]:
            raise _RuleError
        at += 1


_PATHS = {"path": PathKind.EXACT, "pathprefix": PathKind.STRING, "pathregexp": PathKind.REGEX}


def _meaning(name: str, values: Sequence[str]) -> Iterator[Alternative]:
    """What a matcher takes. Several values are v2's way to say or; `{name:pattern}` in a path is v2's as well."""
    if name in ("host", "hostheader", "hostsni"):
        yield Alternative(hosts=() if "*" in values else tuple(dict.fromkeys(value.lower() for value in values)))
    elif name in _PATHS:
        for value in values:
            yield Alternative(path=_path(_PATHS[name], value))
    else:
        yield Alternative(conditions=((name, ", ".join(values)),))


def _path(kind: PathKind, text: str) -> PathMatch:
    if kind is PathKind.STRING and text == "/":
        return ANY_PATH
    return PathMatch(PathKind.REGEX if "{" in text and not text.startswith("${") else kind, text)


def _both(first: Alternative, second: Alternative) -> Alternative:
    """What both take: of two hosts or two paths the second becomes a condition."""
    conditions = [*first.conditions, *second.conditions]
    if first.hosts and second.hosts:
        conditions.append(("host", ", ".join(second.hosts)))
    path = first.path or second.path
    if first.path and second.path and first.path != second.path:
        conditions.append(("path", second.path.text))
    return replace(first, hosts=first.hosts or second.hosts, path=path, conditions=tuple(conditions))
