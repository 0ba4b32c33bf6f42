"""Whether a chart renders to the same with markers, but for these: then one render is enough.

Markers are comments at the ends of lines. They change what a chart means only where a template takes what another one
renders to and does more with it than to print it: where that becomes a name, is hashed or read as data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from klint.regex import regex
from klint.render.helm.marking import RENDERED, Carrier

_INCLUDE = regex(r'\binclude\b(?:\s+"(?P<name>[^"\n]*+)")?')
_PRINTED = regex(
    r"""\{\{-?\s*+(?P<include>include)\s+"[^"\n]*+"\s(?:"[^"\n]*+"|[^|{}"`])*+(?:\|\s*+n?indent\s+\d+\s*+)*+-?\}\}"""
)
"""An action that does nothing with what another template renders to but print it, indented perhaps."""

_DEFINE = regex(r'\{\{-?\s*+(?:define|block)\s+"(?P<name>[^"\n]*+)"')
_CALLED = regex(r'\b(?:include|template)\b(?:\s+"(?P<name>[^"\n]*+)")?')


def is_certain(texts: Sequence[str], carriers: Sequence[Sequence[Carrier]]) -> bool:
    """Whether nothing in templates, whose lines are given as well, reads a line that carries a marker."""
    if any(RENDERED.search(text) for text in texts):
        return False
    read: set[str] = set()
    for text in texts:
        printed = {found.start("include") for found in _PRINTED.finditer(text)}
        for found in _INCLUDE.finditer(text):
            if found.start() not in printed:
                if not found["name"]:
                    return False
                read.add(found["name"])
    return not read or read <= _without_markers(texts, carriers)


def may_call(texts: Iterable[bytes]) -> bool:
    """Whether values and files that templates render with `tpl` may have them render templates in turn."""
    return any(b"{{" in text and (b"include" in text or b"template" in text) for text in texts)


def _without_markers(texts: Sequence[str], carriers: Sequence[Sequence[Carrier]]) -> set[str]:
    """The names of the `define`s that render to nothing with a marker, neither of their own lines nor of others'."""
    callers: dict[str, set[str]] = {}
    names: set[str] = set()
    waiting: list[str] = []
    for text, lines in zip(texts, carriers, strict=True):
        defines = list(_DEFINE.finditer(text))
        ends = [*(found.start() for found in defines[1:]), len(text)]
        line, position = 0, 0
        names.update(found["name"] for found in defines)
        for found, end in zip(defines, ends, strict=False):
            line += text.count("\n", position, found.start())
            last = line + text.count("\n", found.start(), end)
            called = [call["name"] for call in _CALLED.finditer(text, found.end(), end)]
            for name in filter(None, called):
                callers.setdefault(name, set()).add(found["name"])
            if not all(called) or any(carrier.daring is not None for carrier in lines[line : last + 1]):
                waiting.append(found["name"])
            position = found.start()
    waiting += callers.keys() - names  # whole templates, by their paths
    carrying: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in carrying:
            carrying.add(name)
            waiting.extend(callers.get(name, ()))
    return names - carrying
