"""What a map is made of: areas, and in each of them stops and the lines between these. Data; formats make the words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.hops import GuardKind, Hop, State
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.audience import Audience
    from klint.exposure.entries import Entry
    from klint.findings import Finding
    from klint.kube.resource import Resource
    from klint.workspace.bundles import Bundle

LAYERS = ("entry", "routing", "distribution", "workload")
"""The layers of stops, in the order in which a request meets them."""


@dataclass(frozen=True, eq=False)
class Stop:
    """Something that requests come to.

    It is one of three: an `entry`, a port that is open from outside; what a `hop` wants that is no object of the
    workspace, be it missing, unknown or merely not in it; or else an object. `id` is the same in another run, as long
    as the object, or what is wanted, has its name and its bundle. `resource` is the object, or what opens the entry;
    None where there is none. `audience` is that of what lets requests in. `findings` are those about the object; those
    of one that is more than one stop are told at the first.
    """

    id: str
    layer: str
    resource: Resource | None = None
    entry: Entry | None = None
    hop: Hop | None = None
    audience: Audience | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def state(self) -> State:
        """Whether it is there: broken where it is missing, unknown where it may be missing."""
        return State.RESOLVED if self.hop is None else self.hop.state

    @property
    def kind(self) -> str:
        """The mechanism of an entry, else the kind of the object or of what is wanted."""
        if self.entry is not None:
            return self.entry.mechanism.value
        return self.resource.kind if self.resource is not None else self._wanted("kind")

    @property
    def name(self) -> str:
        """The name of the object, of what opens the entry, or of what is wanted; empty where that has none."""
        return self.resource.name if self.resource is not None else self._wanted("name")

    @property
    def namespace(self) -> str:
        """The namespace; empty where it is left to whoever deploys it."""
        return self.resource.namespace if self.resource is not None else self._wanted("namespace")

    @property
    def at(self) -> Place | None:
        """Where it is written: what opens the entry, the object, or else the reference to what is wanted."""
        if self.entry is not None:
            return self.entry.number_at
        if self.resource is not None:
            return self.resource.place
        return self.hop.at if self.hop is not None else None

    def _wanted(self, field: str) -> str:
        return str(getattr(self.hop.wants, field)) if self.hop is not None else ""


@dataclass(frozen=True, eq=False)
class Line:
    """Requests that go from one stop to another: those stops by their ids.

    `requests` are those that a route sends there, in words, `ports` those of the Service that they go to, and `guards`
    the kinds of what all of them pass. `through` are objects between the stops: a controller's pods, a class, a
    Gateway. `hop` is the reference that makes the line: the one that does not lead on where one does not, and None
    where an object is open itself.
    """

    source: str
    target: str
    state: State
    requests: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    guards: tuple[GuardKind, ...] = ()
    through: tuple[Resource, ...] = ()
    hop: Hop | None = None


@dataclass(frozen=True, eq=False)
class Area:
    """What a bundle opens, and where that leads.

    Stops are in the order of the layers. `findings` are those of the bundle that are about none of its stops.
    """

    id: str
    bundle: Bundle
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of its stops, sorted; without what is left to deploying."""
        return tuple(sorted({stop.namespace for stop in self.stops} - {""}))


@dataclass(frozen=True, eq=False)
class ExposureMap:
    """The whole exposure of a workspace: an area for each bundle that has a stop.

    `findings` are those that belong to no area.
    """

    areas: tuple[Area, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def stops(self) -> Iterator[Stop]:
        """The stops of all areas."""
        return (stop for area in self.areas for stop in area.stops)

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of all areas."""
        return (line for area in self.areas for line in area.lines)
