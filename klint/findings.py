"""What klint says: severities, hops and paths, findings."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from klint.records import dataclass
from klint.text.document import Place
from klint.text.source import Span

if TYPE_CHECKING:
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
        return list(Severity).index(self)


class State(Enum):
    """What became of a reference."""

    RESOLVED = "resolved"
    BROKEN = "broken"
    """It leads nowhere, for certain as far as the widest scope tells."""
    UNKNOWN = "unknown"
    """Its target may be in the cluster, in another bundle or made by an operator. Not the same as missing."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One reference from a resource to others, and what became of it.

    `wants` says what is referred to (`Service web`), `why` in one clause what is wrong or not known.
    """

    source: Resource
    at: Place
    wants: str
    state: State
    targets: tuple[Resource, ...] = ()
    why: str = ""

    @property
    def target(self) -> Resource | None:
        """The first target; None when there is none."""
        return self.targets[0] if self.targets else None


Path = tuple[Hop, ...]
"""The chain of hops a request takes, entry first. It ends at a pod, or where it breaks."""


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
    path: Path = ()
    severity: Severity | None = None
    rule: str = ""
    bundles: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Where the finding stands."""
        return self.at.span
