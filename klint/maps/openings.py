"""A map → what is open to whom: ports that lead to the same, and all that requests come to behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from klint.exposure.audience import Audience
from klint.hops import State
from klint.kube.routes.shape import Route
from klint.maps.model import Area, ExposureMap, Line, Stop
from klint.records import cached_property, dataclass


@dataclass(frozen=True, eq=False)
class Opening:
    """What one object opens to one audience, or what is in no manifest: `stops` are its ports, which lead to the same.

    `lines` are those of the area, by the stop that they come from.
    """

    area: Area
    stops: tuple[Stop, ...]
    audience: Audience
    lines: Mapping[str, Sequence[Line]]

    @cached_property
    def passed(self) -> tuple[Stop, ...]:
        """All that requests come to, the nearest first."""
        stops = {stop.id: stop for stop in self.area.stops}
        found = dict.fromkeys(stop.id for stop in self.stops)
        waiting = list(found)
        for source in waiting:
            for line in self.lines.get(source, ()):
                if line.state is not State.BROKEN and line.target not in found:
                    found[line.target] = None
                    waiting.append(line.target)
        return tuple(stops[name] for name in found)[len(self.stops) :]

    @property
    def ends(self) -> tuple[Stop, ...]:
        """What requests end in: mostly workloads."""
        return tuple(stop for stop in self.passed if not self.lines.get(stop.id))

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that they pass."""
        return tuple(stop.resource for stop in self.passed if isinstance(stop.resource, Route))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of these routes; empty where they take any."""
        return tuple(dict.fromkeys(host for route in self.routes for host in route.hosts))

    @property
    def broken(self) -> int:
        """How many references behind it lead nowhere."""
        sources = (*self.stops, *self.passed)
        return sum(line.state is State.BROKEN for stop in sources for line in self.lines.get(stop.id, ()))


def openings(drawn: ExposureMap) -> list[Opening]:
    """What is open, to the widest audience first; of each area in its order."""
    found = [opening for area in drawn.areas for opening in _openings(area)]
    return sorted(found, key=lambda opening: opening.audience.who.narrowness)


def _openings(area: Area) -> list[Opening]:
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in area.lines:
        lines[line.source].append(line)
    alike: dict[Hashable, tuple[Audience, list[Stop]]] = {}
    for stop in area.stops:
        if stop.audience is not None:
            opens = (id(stop.resource), stop.kind) if stop.resource is not None else stop.id
            leads = frozenset((line.target, line.state) for line in lines[stop.id])
            alike.setdefault((opens, stop.audience.who, leads), (stop.audience, []))[1].append(stop)
    return [Opening(area, tuple(stops), audience, lines) for audience, stops in alike.values()]
