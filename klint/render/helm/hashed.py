"""Copies without markers of the templates that a chart hashes.

A Deployment's pods are replaced when a ConfigMap changes because an annotation has the hash of what that renders to:

    checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}

With markers it would be the hash of another text. So what is hashed there is a copy of the template, which calls copies
in turn: then nothing but the markers tells two renderings of the chart apart, and one is enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from klint.records import cached_property
from klint.regex import regex
from klint.render.helm.charts import in_chart
from klint.render.helm.marking import actions, moves

COPIES = "templates/_K-copies.tpl"
"""The file of the copies. It is a partial, and makes no manifest."""

_CALLED = r"""(?P<called>"(?P<name>[^"\n]*+)"|
    \([ \t]*+print[ \t]++\$?\.Template\.BasePath[ \t]++"/(?P<file>[^"\n]*+)"[ \t]*+\))"""
_HASHED = regex(
    rf"""(?<![\w.$])include[ \t]++{_CALLED}[ \t]++[^|{{}}"`()]*+
    (?:\|\s*+(?:toYaml|toJson|trim|quote)\s*+)*+\|\s*+(?:sha1sum|sha256sum|sha512sum|adler32sum)\b""",
    re.VERBOSE,
)
_CALL = regex(rf"(?<![\w.$])(?:include|template)[ \t]++{_CALLED}", re.VERBOSE)
_ANY_CALL = regex(r"(?<![\w.$])(?:include|template|block)\b")
_DEFINE = regex(r'\{\{-?\s*+define\s+"(?P<name>[^"\n]*+)"')


class _UncertainError(Exception):
    """A copy is not certain to render to what the template does."""


def with_copies(templates: Mapping[str, str]) -> Mapping[str, str] | None:
    """The templates of a chart by name, what they hash being copies of others in a further one, `COPIES`.

    None where they hash nothing, or where the copies are not certain to render to the same.
    """
    hashing = [name for name, text in templates.items() if _HASHED.search(text)]
    if COPIES in templates or not hashing:
        return None
    copies = _Copies(templates)
    try:
        calling = {name: copies.calling(name) for name in hashing}
        return {**templates, **calling, COPIES: "\n".join(copies.texts())}
    except _UncertainError:
        return None


class _Copies:
    """The copies of what has been asked for, and of what these call."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = templates
        self._wanted: dict[tuple[str, str], None] = {}

    def calling(self, file: str) -> str:
        """A template that hashes copies."""
        inside = self._defines[file]

        def called(action: str, at: int) -> Iterator[tuple[int, int, str]]:
            is_inside = any(start <= at < end for _, start, end in inside)
            yield from (self._copied(found, "" if is_inside else file) for found in _HASHED.finditer(action))

        return _with_actions(self._templates[file], called)

    def texts(self) -> Iterator[str]:
        """The copies, as `define`s."""
        waiting = list(self._wanted)
        for name, file in waiting:
            yield self._copy_of_file(file) if file else self._copy_of_define(name)
            waiting += [*self._wanted][len(waiting) :]

    @cached_property
    def _defines(self) -> Mapping[str, list[tuple[str, int, int]]]:
        """By template: the name of each `define`, where it begins and where it ends."""
        return {file: list(_defines(text)) if "define" in text else [] for file, text in self._templates.items()}

    @cached_property
    def _texts_by_name(self) -> Mapping[str, set[str]]:
        """The texts of the `define`s of a name: of several the last one counts, whichever that is."""
        found: dict[str, set[str]] = {}
        for file, defines in self._defines.items():
            for name, start, end in defines:
                found.setdefault(name, set()).add(self._templates[file][start:end])
        return found

    def _copied(self, found: re.Match[str], file: str) -> tuple[int, int, str]:
        """What a call is to say, and where; a template is looked for beside the one that calls it, if that is known."""
        wanted = (found["name"] or "", "")
        if found["file"] is not None:
            if not file:
                raise _UncertainError  # beside the template that calls this one
            wanted = ("", f"{in_chart(file)[0]}templates/{found['file']}")
        self._wanted[wanted] = None
        return (*found.span("called"), f'"{_name_of_copy(*wanted)}"')

    def _copy_of_define(self, name: str) -> str:
        texts = self._texts_by_name.get(name, set())
        if len(texts) != 1:
            raise _UncertainError
        (text,) = texts
        copy = _DEFINE.sub(lambda found: found[0].replace(f'"{name}"', f'"{_name_of_copy(name, "")}"'), text, count=1)
        return self._calling_copies(copy, "")

    def _copy_of_file(self, file: str) -> str:
        text = self._templates.get(file)
        if text is None or self._defines[file]:
            raise _UncertainError
        return f'{{{{ define "{_name_of_copy("", file)}" }}}}{self._calling_copies(text, file)}{{{{ end }}}}'

    def _calling_copies(self, text: str, file: str) -> str:
        """A text that calls nothing but copies."""

        def called(action: str, _: int) -> Iterator[tuple[int, int, str]]:
            calls = list(_CALL.finditer(action))
            if len(calls) != len(_ANY_CALL.findall(action)):
                raise _UncertainError
            yield from (self._copied(found, file) for found in calls)

        return _with_actions(text, called)


def _name_of_copy(name: str, file: str) -> str:
    return f"K#{file or name}"


def _defines(text: str) -> Iterator[tuple[str, int, int]]:
    """The name of each `define`, where it begins and where it ends."""
    blocks: list[tuple[str, int]] = []
    for action in actions(text):
        for opened in moves([action.group()]):
            if opened is not None:
                blocks.append((opened, action.start()))
            elif blocks:
                name, start = blocks.pop()
                if name:
                    yield name, start, action.end()


def _with_actions(text: str, rewritten: Callable[[str, int], Iterator[tuple[int, int, str]]]) -> str:
    """A text with parts of its actions written otherwise, as is said for an action and the offset where it begins."""
    parts, position = [], 0
    for action in actions(text):
        if not action.group().lstrip("{- \t\r\n").startswith("/*"):
            for start, end, new in rewritten(action.group(), action.start()):
                parts += [text[position : action.start() + start], new]
                position = action.start() + end
    return "".join([*parts, text[position:]])
