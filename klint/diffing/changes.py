"""A change of exposure, as data; reports make the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from klint.diffing.facts import EndKey
from klint.enums import Enum
from klint.exposure.audience import Who
from klint.hops import GuardKind, Hop
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.exposure.audience import Audience
    from klint.text.document import Place


class Kind(Enum):
    """What a change is, in the order in which changes are told."""

    WIDENED = "widened"
    """Somebody can reach what they could not reach."""
    BROKEN = "broken"
    """Requests end where they did not."""
    UNGUARDED = "unguarded"
    """Requests no longer pass something that kept some of them away, or encrypted them."""
    MOVED = "moved"
    """Requests go elsewhere, or come in elsewhere."""
    RENAMED = "renamed"
    GUARDED = "guarded"
    MENDED = "mended"
    NARROWED = "narrowed"

    @property
    def mirrored(self) -> Kind:
        """What the change is the other way round."""
        return _MIRRORED.get(self, self)


_MIRRORED = {
    Kind.WIDENED: Kind.NARROWED,
    Kind.NARROWED: Kind.WIDENED,
    Kind.BROKEN: Kind.MENDED,
    Kind.MENDED: Kind.BROKEN,
    Kind.UNGUARDED: Kind.GUARDED,
    Kind.GUARDED: Kind.UNGUARDED,
}


class What(Enum):
    """What has changed."""

    DOOR = "entry"
    SERVED = "class"
    """Who serves a route whose entry is in no manifest."""
    REQUEST = "host"
    """That there are routes for a host and path."""
    COMING = "arrival"
    """How requests come to a host and path."""
    GOING = "backend"
    """Where they go on to."""
    GUARD = "guard"
    ISOLATION = "isolation"
    """Whether NetworkPolicies keep requests away that come straight from outside."""
    LEADING = "service"
    """Where a port of a Service leads."""
    REACHED = "workload"
    """Who can reach a port of pods, where no single change explains it."""
    NAME = "name"


class Exposed(NamedTuple):
    """A port of pods, and somebody who can reach it from outside."""

    end: EndKey
    who: Who


@dataclass(frozen=True, slots=True)
class Side:
    """How it is on one side.

    `who` can use it, `through` what; `to` is where it leads, and `hop` where it ends instead. `places` say so.
    """

    places: tuple[Place, ...] = ()
    who: Who | None = None
    audience: Audience | None = None
    through: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    hop: Hop | None = None


@dataclass(frozen=True)
class Change:
    """One change. `subjects` are what has changed alike, by name; a side is None where there is nothing of it.

    `opened` are the ports of pods that somebody can reach by it who could not before, `closed` the contrary. `guard` is
    set of a guard that is lost or gained. `is_certain` is unset where it depends on what is in no manifest.
    """

    kind: Kind
    what: What
    subjects: tuple[str, ...]
    before: Side | None
    after: Side | None
    guard: GuardKind | None = None
    is_certain: bool = True
    opened: tuple[Exposed, ...] = ()
    closed: tuple[Exposed, ...] = ()

    @property
    def is_worse(self) -> bool:
        """Whether more can be reached by it, or less works."""
        return self.kind in (Kind.BROKEN, Kind.UNGUARDED) or self.widens

    @property
    def widens(self) -> bool:
        """Whether somebody can reach what they could not reach."""
        return self.kind is Kind.WIDENED or (self.kind is Kind.MOVED and bool(self.opened))
