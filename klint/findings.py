"""What klint says: severities and findings."""

from __future__ import annotations

from enum import StrEnum

from klint.hops import Hop
from klint.records import dataclass
from klint.text.document import Place
from klint.text.source import Span


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
        return list(Severity).index(self)


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
    `rule` is filled in by the engine, and so is `bundles` where a bundle was rendered: the overlays or sets of values
    that the finding comes out of.
    """

    message: str
    at: Place | Span
    related: tuple[Related, ...] = ()
    path: tuple[Hop, ...] = ()
    severity: Severity | None = None
    rule: str = ""
    bundles: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Where the finding stands."""
        return self.at.span
