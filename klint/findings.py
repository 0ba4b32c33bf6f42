"""What klint says: severities and findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.enums import StrEnum
from klint.hops import Hop
from klint.intents import Intent
from klint.kube.keys import ListKeys
from klint.records import dataclass, replace
from klint.text.data import value_at
from klint.text.document import Place
from klint.text.source import Span

if TYPE_CHECKING:
    from klint.fixes import Fix
    from klint.kube.resource import Resource


class Severity(StrEnum):
    """How sure and how bad."""

    NOTE = "note"
    """Worth knowing."""
    WARNING = "warning"
    """Very likely wrong."""
    ERROR = "error"
    """The API server rejects it, or traffic certainly breaks, or something is certainly exposed."""

    @property
    def rank(self) -> int:
        """0 for a note, 1 for a warning, 2 for an error."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding rests on, and what is there."""

    message: str
    at: Place | Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule has to say.

    `message` is one sentence without a full stop: what is exposed or broken, from where, because of what.
    `severity` is set where a rule is less (or more) sure than usual; else the rule's own applies.
    `about` is the object that it is about, where that is another one than `at` is in. `key` tells apart what a rule
    says several times of one place. `fix` is what would mend it.
    `rule` is filled in by the engine, and so are `about`; `bundles` where a bundle was rendered: the overlays or sets
    of values that the finding comes out of; and the `intent` that explains it, if one is declared that does.
    """

    message: str
    at: Place | Span
    related: tuple[Related, ...] = ()
    path: tuple[Hop, ...] = ()
    severity: Severity | None = None
    rule: str = ""
    bundles: tuple[str, ...] = ()
    about: Resource | None = None
    key: str = ""
    intent: Intent | None = None
    fix: Fix | None = None

    @property
    def span(self) -> Span:
        """Where the finding stands."""
        return self.at.span

    @property
    def identity(self) -> str:
        """Knows the finding again in another run: 32 hexadecimal digits.

        It is made of the rule, the object, the path in it with the items of lists by what names them, and the key. So
        it stays what it is when lines, documents, keys and items move, and when the message changes. What is in no
        document is known by its file and the text of its line.
        """
        from hashlib import sha256

        at, about = self.at, self.about
        steps = [self.rule]
        if about is not None:
            steps += about.written_identity  # as a person wrote it: overlays may have given it another name
        if not isinstance(at, Place):
            steps += (at.source.relative, " ".join(at.source.line(at.line).split()))
        elif about is not None and at.document is about.document and at.path[: len(about.path)] == about.path:
            steps += about.list_keys.path(at.path[len(about.path) :])
        else:
            steps += (at.document.file.relative, *ListKeys(at.document.data).path(at.path))
        steps.append(self.key)
        return sha256("\0".join(steps).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def counterparts(self) -> Iterator[Finding]:
        """The same said of each related object: of two that claim one thing, their order tells which is blamed."""
        for related in self.related:
            if isinstance(related.at, Place) and (about := object_around(related.at)):
                yield replace(self, at=related.at, about=about, related=())


def object_around(place: Place) -> Resource | None:
    """The innermost object of a document that a place is in."""
    from klint.kube.resource import Resource

    found, value = None, place.document.data
    for length in range(len(place.path) + 1):
        if isinstance(value, dict) and "apiVersion" in value and "kind" in value and "metadata" in value:
            found = length
        if length < len(place.path):
            value = value_at(value, place.path[length : length + 1], None)
    return None if found is None else Resource.of(place.document, place.path[:found])
