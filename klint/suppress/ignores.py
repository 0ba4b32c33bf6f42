"""What an ignore is, and what rules about ignores look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from klint.config.config import Suppression
from klint.kube.resource import Resource
from klint.records import dataclass
from klint.text.document import Document, Place
from klint.text.source import Span

if TYPE_CHECKING:
    from datetime import date

    from klint.edits import Edit
    from klint.text.changes import Change

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

    def without(self, rule: str) -> tuple[Change | Edit, ...]:
        """What takes a rule out of it, or drops it where it names no other; nothing if a person has to see to that.

        Without a rule all of it is dropped.
        """
        return ()

    def renamed(self, rule: str, name: str) -> tuple[Change | Edit, ...]:
        """What gives a rule of it another name; nothing if a person has to see to that."""
        return ()

    def has_expired(self, today: date | None) -> bool:
        """Whether its last day is over, by that day or by the clock."""
        if self.expires is None:
            return False
        return (today or type(self.expires).today()) > self.expires


@dataclass(frozen=True, eq=False)
class CommentIgnore(Ignore):
    """`# klint: ignore[rule] reason` at the end of a line, or alone on the line before it.

    It silences what has a place on `lines`, or in a script on those of the `command` that the last of them is part of.
    """

    lines: tuple[int, ...] = ()
    command: range = range(0)

    def without(self, rule: str) -> tuple[Change | Edit, ...]:
        """As above: it gives up its line if it stands alone."""
        from klint.suppress.rewriting import dropping, naming

        rest = [name for name in self.rules if rule and name != rule]
        return naming(self.span, ", ".join(rest)) if rest else dropping(self.span)

    def renamed(self, rule: str, name: str) -> tuple[Change | Edit, ...]:
        """As above."""
        from klint.suppress.rewriting import naming, with_name

        return naming(self.span, with_name(rule, name, ", ".join(self.rules)))


@dataclass(frozen=True, eq=False)
class AnnotationIgnore(Ignore):
    """The annotation `klint.dev/ignore` on an object or its pod template.

    It silences what has a place in the object, which `document` and `path` name.
    """

    document: Document | None = None
    path: tuple[str | int, ...] = ()

    def without(self, rule: str) -> tuple[Change | Edit, ...]:
        """As above, where its annotation says nothing else."""
        match self.at:
            case Place(document, (*owner, _, _, str() as key), value=str() as text) if self._is_all_of(text):
                return (Resource.of(document, tuple(owner)).without_annotation(key),)
        return ()

    def _is_all_of(self, text: str) -> bool:
        names, _, reason = text.partition(":")
        return len(self.rules) == 1 and names.strip() == self.rules[0] and reason.strip() == self.reason

    def renamed(self, rule: str, name: str) -> tuple[Change | Edit, ...]:
        """As above."""
        from klint.suppress.rewriting import with_name
        from klint.text.changes import Replace

        match self.at:
            case Place(value=str() as text) as at:
                return (Replace(at, with_name(rule, name, text)),)
        return ()


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

    @property
    def changes(self) -> tuple[Change | Edit, ...]:
        """What drops it, or the rule out of it; nothing if a person has to see to that."""
        return self.ignore.without(self.rule)


@dataclass(frozen=True, slots=True)
class UnknownRule:
    """An ignore that names a rule which does not exist; `closest` is the rule with a name like it, if there is one."""

    ignore: Ignore
    name: str
    closest: str

    @property
    def changes(self) -> tuple[Change | Edit, ...]:
        """What writes the name of the closest rule in its place; nothing if a person has to see to that."""
        return self.ignore.renamed(self.name, self.closest) if self.closest else ()


@dataclass(frozen=True)
class Ignores:
    """What rules about ignores look at."""

    useless: tuple[UselessIgnore, ...] = ()
    unknown: tuple[UnknownRule, ...] = ()
