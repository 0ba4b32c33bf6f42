"""File patterns as in .gitignore, matched against paths relative to where they are written.

Matching takes time in proportion to pattern and path, whatever a repository writes: between two stars, the first place
that fits is as good as any, so that nothing is tried twice (`(?>…)`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.records import cached_property, dataclass
from klint.regex import regex


@dataclass(frozen=True)
class Patterns:
    """A list of .gitignore patterns; an empty list matches nothing."""

    lines: tuple[str, ...] = ()

    def match(self, path: str) -> bool:
        """Whether a path (forward slashes; a folder's ends in one) matches."""
        return bool(self.decision(path))

    def decision(self, path: str) -> bool | None:
        """True where the last pattern that applies excludes the path, False where it re-includes it, else None.

        One that names the path itself goes before all that name a folder around it.
        """
        around: bool | None = None
        for pattern in reversed(self._patterns):
            if pattern.is_of(path):
                return pattern.excludes
            if around is None and pattern.is_around(path):
                around = pattern.excludes
        return around

    @cached_property
    def invalid(self) -> tuple[str, ...]:
        """The lines that are no patterns, which match nothing, as in git."""
        return tuple(line for line in self.lines if _is_said(line) and _parse(line) is None)

    @cached_property
    def _patterns(self) -> tuple[_Pattern, ...]:
        return tuple(pattern for line in self.lines if _is_said(line) and (pattern := _parse(line)))


@dataclass(frozen=True)
class _Pattern:
    """One line. Its parts stand between `**`, each a list of names, one a folder deep; the first begins at the root.

    Without `is_inner` it is about what its parts lead to; else about everything below that.
    """

    excludes: bool
    parts: tuple[tuple[str, ...], ...]
    is_folder: bool
    is_inner: bool

    def is_of(self, path: str) -> bool:
        """Whether it names the path itself."""
        if self.is_inner:
            return bool(self._folder.match(path))
        if path.endswith("/"):
            return bool(self._whole.match(path[:-1]))
        return not self.is_folder and bool(self._whole.match(path))

    def is_around(self, path: str) -> bool:
        """Whether it names a folder that the path is in."""
        return not self.is_inner and bool(self._folder.match(path))

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return self._compiled(r"\Z")

    @cached_property
    def _folder(self) -> re.Pattern[str]:
        return self._compiled("/(?=.)")

    def _compiled(self, end: str) -> re.Pattern[str]:
        first, *others = ("/".join(part) for part in self.parts)
        expression = first
        for index, part in enumerate(others):
            slash = "/" if index or first else ""
            expression += f"{slash}(?>(?:[^/]++/)*?{part}{end if index == len(others) - 1 else '(?=/)'})"
        return re.compile(expression if others else expression + end, re.DOTALL)


def _is_said(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#") and line.rstrip() != "/"


def _parse(line: str) -> _Pattern | None:
    """A line as a pattern; None when it is none."""
    text = line if line.endswith("\\ ") else line.rstrip()
    excludes = not text.startswith("!")
    names = (text if excludes else text[1:]).split("/")
    is_folder = not names[-1]
    names = names[:-1] if is_folder else names
    if not any(names):
        return None
    if len(names) == 1:
        names.insert(0, "**")
    elif not names[0]:
        del names[0]
    if is_folder and names[-1] == "**":
        names.append("*")
    is_inner = names[-1] == "**" and len(names) > 1
    parts: list[list[str]] = [[]]
    for name in names:
        if name == "**":
            parts.append([])
            continue
        expression = _name(name)
        if expression is None:
            return None
        parts[-1].append(expression)
    inner = [part for part in parts[1:] if part]
    if is_inner and not inner and not parts[0]:  # `**` alone, which is everything
        is_inner, inner = False, [["[^/]++"]]
    if not inner and len(parts) > 1 and not is_inner:
        inner = [["[^/]++"]]
    return _Pattern(excludes, (tuple(parts[0]), *map(tuple, inner)), is_folder, is_inner)


def _name(glob: str) -> str | None:
    """One name's expression, which ends where the name does; None when the glob is none."""
    if glob == "*":
        return "[^/]++"
    pieces = [""]
    for piece in _pieces(glob):
        if piece is None:
            return None
        if piece == "*":
            pieces.append("")
        else:
            pieces[-1] += piece
    end = r"(?=/|\Z)"
    first, *others = pieces
    if not others:
        return first + end
    *middle, last = others
    found = "".join(f"(?>[^/]*?{piece})" for piece in middle if piece)
    return first + found + (f"(?>[^/]*?{last}{end})" if last else "[^/]*+")


_CLASS = regex(r"\[([!^]?)(\]?(?:[^\]\\]|\\.)*+)\]", re.DOTALL)
_RANGE = regex(r"(\\?.)(?:-(\\?[^\]]))?", re.DOTALL)


def _pieces(glob: str) -> Iterator[str | None]:
    """A glob's parts as expressions of one character each, or `*`; None for what makes it no glob."""
    position = 0
    while position < len(glob):
        character = glob[position]
        position += 1
        if character == "*":
            yield "*"
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            match = _CLASS.match(glob, position - 1)
            if match is None:
                yield None
                return
            position = match.end()
            ranges = [(low[-1], (high or low)[-1]) for low, high in _RANGE.findall(match[2])]
            if any(low > high for low, high in ranges):
                yield None
                return
            inside = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)
            yield rf"(?!/)[{'^' if match[1] else ''}{inside}]"
        elif character == "\\":
            if position == len(glob):
                yield None
                return
            yield re.escape(glob[position])
            position += 1
        else:
            yield re.escape(character)
