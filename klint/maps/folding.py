"""A map with fewer stops: where many are alike they are told as one, and counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from klint.findings import Severity
from klint.hops import State
from klint.maps.model import Area, ExposureMap, Line, Stop
from klint.records import cached_property, dataclass

FEW = 5
"""So many alike are told one by one."""

_WORST_FIRST = (State.BROKEN, State.UNKNOWN, State.RESOLVED)


@dataclass(frozen=True, eq=False)
class Group:
    """Stops that are drawn as one: mostly a single one. All have a layer, a kind, a state and an audience in common."""

    stops: tuple[Stop, ...]

    @property
    def first(self) -> Stop:
        """The one that stands for the others."""
        return self.stops[0]

    @property
    def layer(self) -> str:
        """Their layer."""
        return self.first.layer

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Their namespaces, each once."""
        return tuple(dict.fromkeys(stop.namespace for stop in self.stops))

    @cached_property
    def severities(self) -> Mapping[Severity, int]:
        """How many findings of each severity are told there."""
        return Counter(finding.severity or Severity.NOTE for stop in self.stops for finding in stop.findings)


@dataclass(frozen=True, eq=False)
class Link:
    """The lines between two groups, which are told by their numbers in the picture."""

    source: int
    target: int
    lines: tuple[Line, ...]

    @property
    def is_within(self) -> bool:
        """Whether it leads from one of a group to another one of it."""
        return self.source == self.target

    @property
    def state(self) -> State:
        """Broken if any of the lines is, else unknown if any of them is."""
        states = {line.state for line in self.lines}
        return next(state for state in _WORST_FIRST if state in states)


@dataclass(frozen=True, eq=False)
class Picture:
    """An area as it is drawn."""

    area: Area
    groups: tuple[Group, ...]
    links: tuple[Link, ...]


def pictures(drawn: ExposureMap, fits: Callable[[Sequence[Picture]], bool]) -> list[Picture]:
    """The areas that have stops, folded as little as makes them fit, or as much as can be where nothing does."""
    areas = [area for area in drawn.areas if area.stops]
    found: list[Picture] = []
    for fold in (_each, _alike, _by_namespace, _by_kind):
        found = [_picture(area, fold(area)) for area in areas]
        if fits(found):
            break
    return found


def folded_alone(drawn: ExposureMap, fits: Callable[[Picture], bool]) -> list[Picture]:
    """The same, each area by itself."""
    return [
        picture
        for area in drawn.areas
        for picture in pictures(ExposureMap((area,)), lambda found: all(map(fits, found)))
    ]


def _picture(area: Area, keys: Iterable[Hashable]) -> Picture:
    """An area whose stops are drawn as one where they have the same key."""
    members: dict[Hashable, list[Stop]] = defaultdict(list)
    for stop, key in zip(area.stops, keys, strict=True):
        members[key].append(stop)
    number = {stop.id: index for index, stops in enumerate(members.values()) for stop in stops}
    between: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in area.lines:
        between[number[line.source], number[line.target]].append(line)
    return Picture(
        area,
        tuple(Group(tuple(stops)) for stops in members.values()),
        tuple(Link(source, target, tuple(lines)) for (source, target), lines in between.items()),
    )


def _each(area: Area) -> list[Hashable]:
    return [stop.id for stop in area.stops]


def _alike(area: Area) -> list[Hashable]:
    """Those that the same lines come to and leave, and that nothing is found at."""
    ends: dict[str, set[tuple[str, State]]] = defaultdict(set)
    for line in area.lines:
        ends[line.source].add((line.target, line.state))
        ends[line.target].add((line.source, line.state))
    keys = ((stop.namespace, frozenset(ends[stop.id]), stop.id if stop.findings else "") for stop in area.stops)
    return _if_many(area, keys)


def _by_namespace(area: Area) -> list[Hashable]:
    return _if_many(area, ((stop.namespace,) for stop in area.stops))


def _by_kind(area: Area) -> list[Hashable]:
    return _if_many(area, (() for _ in area.stops))


def _if_many(area: Area, more: Iterable[tuple[Hashable, ...]]) -> list[Hashable]:
    """A key for each stop, of what a group has in common and more: that of a few is the stop itself."""
    keys: list[Hashable] = [(*_common(stop), *rest) for stop, rest in zip(area.stops, more, strict=True)]
    counts = Counter(keys)
    return [key if counts[key] > FEW else stop.id for stop, key in zip(area.stops, keys, strict=True)]


def _common(stop: Stop) -> tuple[Hashable, ...]:
    audience = stop.audience.who if stop.audience is not None else None
    return (stop.layer, stop.kind, stop.state, audience, stop.hop.kind if stop.hop is not None else None)
