"""Facts → what requests from outside come to, and who sends them. Everything is looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Set

from klint.diffing.changes import Exposed
from klint.diffing.facts import DoorKey, EndKey, Facts, Leg, PortKey, RequestKey, Strand
from klint.exposure.audience import Who
from klint.records import cached_property


class Reach:
    """Who comes how far in facts."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.live: dict[RequestKey, list[Strand]] = {}
        self.by_door: dict[DoorKey, list[RequestKey]] = {}
        self.ports: dict[PortKey, set[Who]] = {}
        self.ends: dict[EndKey, set[Who]] = {}
        self.straight: set[EndKey] = set()
        """The ends that are reached without a route."""
        self._walk()

    def _walk(self) -> None:
        facts = self.facts
        for door in facts.doors.values():
            if door.into is not None:
                self.straight.update(self.ends_of([door.into]))
                self._reach(door.into, {door.audience.who})
        for key, strands in facts.requests.items():
            live = [strand for strand in strands if strand.is_live]
            if live:
                self.live[key] = live
            for strand in live:
                for door_key in strand.arrivals:
                    self.by_door.setdefault(door_key, []).append(key)
                who = self.who_of([strand])
                for port, leg in strand.into.items():
                    if not leg.is_broken:
                        self._reach(port, who)
        for port, who in self.ports.items():
            for end, leg in facts.ports[port].into.items():
                if not leg.is_broken:
                    self.ends.setdefault(end, set()).update(who)

    def _reach(self, key: PortKey | EndKey, who: Set[Who]) -> None:
        if isinstance(key, PortKey):
            self.ports.setdefault(key, set()).update(who)
        else:
            self.ends.setdefault(key, set()).update(who)

    @cached_property
    def exposed(self) -> frozenset[Exposed]:
        """Who reaches which ports of pods."""
        return frozenset(Exposed(end, who) for end, several in self.ends.items() for who in several)

    def name_of(self, key: DoorKey) -> str:
        """A door in words: `LoadBalancer 443 of Service web`; who serves the route where it is in no manifest."""
        door = self.facts.doors[key]
        return f"{door.how} of {key.owner}" if door.is_seen else door.how

    def who_of(self, strands: Iterable[Strand]) -> set[Who]:
        """Who sends what some strands take."""
        return {self.facts.doors[key].audience.who for strand in strands for key in strand.arrivals}

    def ends_of(self, keys: Iterable[PortKey | EndKey]) -> set[EndKey]:
        """The ends behind some of them."""
        found: set[EndKey] = set()
        for key in keys:
            if isinstance(key, PortKey):
                port = self.facts.ports.get(key)
                found.update(end for end, leg in port.into.items() if not leg.is_broken) if port else None
            else:
                found.add(key)
        return found

    def ends_of_door(self, key: DoorKey) -> set[EndKey]:
        """The ends that a door leads to, straight or through routes."""
        door = self.facts.doors[key]
        found = self.ends_of([door.into]) if door.into is not None else set()
        for request in self.by_door.get(key, ()):
            found |= self.ends_of(working(self.live[request]))
        return found

    def is_live(self, key: DoorKey) -> bool:
        """Whether a door leads anywhere, as far as is known. What a Gateway opens may have routes elsewhere."""
        door = self.facts.doors.get(key)
        if door is None:
            return False
        if isinstance(door.into, PortKey):
            port = self.facts.ports[door.into]
            return bool(port.into or key in self.by_door or not port.broken)
        return True


def working(strands: Iterable[Strand]) -> dict[PortKey, Leg]:
    """Where strands lead that requests come to."""
    found = (item for strand in strands if strand.arrivals for item in strand.into.items())
    return {key: leg for key, leg in found if not leg.is_broken}


def broken(strands: Iterable[Strand]) -> dict[PortKey, Leg]:
    """Where strands should lead and do not."""
    return {key: leg for strand in strands for key, leg in strand.into.items() if leg.is_broken}
