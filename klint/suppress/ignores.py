"""What an ignore is, and what rules about ignores look at."""

from __future__ import annotations

from datetime import date
from typing import Literal

from klint.config.config import Suppression
from klint.records import dataclass
from klint.text.document import Document, Place
from klint.text.source import Span

MARK = "klint:"
"""What every comment that ignores something holds."""


@dataclass(frozen=True, eq=False)
class Ignore:
    """One instruction not to report something. No rules means every rule.

    `at` is where it stands, `reason` what its author says.
    """

    at: Place | Span
    rules: tuple[str, ...]
    reason: str
    origin: Literal["comment", "annotation", "configuration"]
    expires: date | None = None
    is_judged: bool = True
    """False where the text could not be read, so that nobody knows what it would have silenced."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.at.span

    def names(self, rule: str) -> bool:
        """Whether it is about this rule."""
        return not self.rules or rule in self.rules

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires


@dataclass(frozen=True, eq=False)
class CommentIgnore(Ignore):
    """`# klint: ignore[rule] reason` at the end of a line, or alone on the line before it.

    It silences what has a place on `lines`, or in a script on those of the `command` that the last of them is part of.
    """

    lines: tuple[int, ...] = ()
    command: range = range(0)


@dataclass(frozen=True, eq=False)
class AnnotationIgnore(Ignore):
    """The annotation `klint.dev/ignore` on an object or its pod template.

    It silences what has a place in the object, which `document` and `path` name.
    """

    document: Document | None = None
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, eq=False)
class ConfiguredIgnore(Ignore):
    """An entry of `suppress` in the configuration: it silences what is reported where the entry says."""

    entry: Suppression | None = None


@dataclass(frozen=True, slots=True)
class UselessIgnore:
    """An ignore that silenced nothing. `rule` is empty when it names none; `why` is a clause."""

    ignore: Ignore
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class UnknownRule:
    """An ignore that names a rule which does not exist; `closest` is the rule with a name like it, if there is one."""

    ignore: Ignore
    name: str
    closest: str


@dataclass(frozen=True)
class Ignores:
    """What rules about ignores look at."""

    useless: tuple[UselessIgnore, ...] = ()
    unknown: tuple[UnknownRule, ...] = ()
