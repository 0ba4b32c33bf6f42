"""Two sides of a scope → what has changed, thing by thing.

A change is told where it is met first on a request's way: what a door newly opens follows from the door, and what
comes in through a new host from the host, unless its door is new as well. So something that is on both sides, and that
requests come to on both, is where a change begins.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from klint.diffing.changes import Change, Exposed, Kind, Side, What
from klint.diffing.facts import (
    Door,
    DoorKey,
    EndKey,
    Guards,
    Leg,
    Name,
    PortKey,
    RequestKey,
    Strand,
    facts_of,
    name_of,
)
from klint.diffing.reach import Reach, broken, working
from klint.diffing.renames import renamed, renames
from klint.exposure.audience import Who
from klint.hops import GuardKind, State
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.diffing.pairing import Scope
    from klint.text.document import Place

Item = TypeVar("Item", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Found:
    """A change of one thing; those of one `group` are told as one. `owner` is the object whose bundle it is told of."""

    change: Change
    group: Hashable
    owner: Name
    ends: tuple[Set[EndKey], Set[EndKey]] = (frozenset(), frozenset())
    who: tuple[Set[Who], Set[Who]] = (frozenset(), frozenset())


class _Turned(NamedTuple):
    """What became of where something leads: the kind of the change, what is lost, and what is gained."""

    kind: Kind
    lost: Mapping[Any, Leg]
    gained: Mapping[Any, Leg]
    ends: tuple[Leg | None, Leg | None] = (None, None)
    """Where requests end, on each side, if that is the change and is certain."""

    @property
    def is_certain(self) -> bool:
        """Whether requests end, or ended, for certain, if they do."""
        return self.kind not in (Kind.BROKEN, Kind.MENDED) or self.ends != (None, None)


def _turned(
    old: Mapping[Any, Leg], old_breaks: Mapping[Any, Leg], new: Mapping[Any, Leg], new_breaks: Mapping[Any, Leg]
) -> _Turned | None:
    """What becomes of legs that worked, and of those that were broken; None where nothing does.

    Where none is left that works requests end, for certain if one of them is broken for certain.
    """
    lost = _others({key: leg for key, leg in old.items() if key not in new}, new)
    gained = _others({key: leg for key, leg in new.items() if key not in old}, old)
    if not lost and not gained:
        return None
    if lost and gained:
        return _Turned(Kind.MOVED, lost, gained)
    if lost:
        ending = next((leg for key, leg in new_breaks.items() if key not in old_breaks), None)
        ends = ending is not None or not _others(new, old)
        return _Turned(Kind.BROKEN if ends else Kind.NARROWED, lost, gained, (None, ending))
    ending = next((leg for key, leg in old_breaks.items() if key not in new_breaks), None)
    ended = ending is not None or not _others(old, new)
    return _Turned(Kind.MENDED if ended else Kind.WIDENED, lost, gained, (ending, None))


def _others(some: Mapping[Any, Leg], others: Mapping[Any, Leg]) -> dict[Any, Leg]:
    """Some legs without those to a Service that is not known on this side, and that others lead to."""
    owners = {key.owner for key in others if isinstance(key, PortKey)}
    return {
        key: leg
        for key, leg in some.items()
        if not (leg.is_unknown and isinstance(key, PortKey) and key.owner in owners)
    }


class Comparison:
    """What has changed in a scope, thing by thing."""

    def __init__(self, scope: Scope) -> None:
        before, after = facts_of(scope.before), facts_of(scope.after)
        self._names = renames(before, after)
        self._old, self._new = Reach(renamed(before, self._names)), Reach(after)

    def found(self) -> Iterator[Found]:
        """The changes, with what follows from each."""
        opened, closed = self._new.exposed - self._old.exposed, self._old.exposed - self._new.exposed
        left = set(opened), set(closed)
        for item in self._found():
            told = _told(opened, item.ends[1], item.who[1]), _told(closed, item.ends[0], item.who[0])
            change = replace(item.change, opened=told[0], closed=told[1])
            left[0].difference_update(change.opened)
            left[1].difference_update(change.closed)
            yield replace(item, change=change)
        for exposed, kind in ((left[0], Kind.WIDENED), (left[1], Kind.NARROWED)):
            for end, who in sorted(exposed, key=lambda item: (str(item.end), item.who.value)):
                yield self._of_end(Exposed(end, who), kind)

    def _found(self) -> Iterator[Found]:
        yield from self._renamed()
        for key in _keys(self._old.facts.doors, self._new.facts.doors):
            yield from self._door(key)
        for request in _keys(self._old.facts.requests, self._new.facts.requests):
            yield from self._request(request)
        for port in _keys(self._old.ports, self._new.ports):
            if port in self._old.ports and port in self._new.ports:
                yield from self._service(port)
        for end in self._new.ends:
            if end in self._old.ends:
                yield from self._policies(end)

    def _renamed(self) -> Iterator[Found]:
        for old, new in sorted(self._names.items()):
            places = (self._old.facts.places.get(new), self._new.facts.places.get(new))
            sides = [
                Side((place,) if place else (), to=(str(name),)) for place, name in zip(places, (old, new), strict=True)
            ]
            yield Found(Change(Kind.RENAMED, What.NAME, (str(old),), sides[0], sides[1]), new.kind, new)

    def _of_end(self, exposed: Exposed, kind: Kind) -> Found:
        reach = self._new if kind is Kind.WIDENED else self._old
        end = exposed.end
        side = Side((reach.facts.ends[end].pod.workload.place,), exposed.who)
        if kind is Kind.WIDENED:
            change = Change(kind, What.REACHED, (str(end),), None, side, opened=(exposed,))
        else:
            change = Change(kind, What.REACHED, (str(end),), side, None, closed=(exposed,))
        return Found(change, (end.owner, exposed.who), end.owner)

    # Doors

    def _door(self, key: DoorKey) -> Iterator[Found]:
        old, new = self._old.facts.doors.get(key), self._new.facts.doors.get(key)
        if old is None or new is None:
            reach, door = (self._old, old) if old is not None else (self._new, new)
            if door is not None and door.is_seen and reach.is_live(key):
                side = self._side_of_door(key, door, reach)
                is_new = reach is self._new
                change = Change(
                    Kind.WIDENED if is_new else Kind.NARROWED,
                    What.DOOR,
                    (reach.name_of(key),),
                    None if is_new else side,
                    side if is_new else None,
                )
                yield self._found_at(change, (key.owner, _mechanism(door), door.audience.who), key)
            return
        if not (self._old.is_live(key) or self._new.is_live(key)) or not (old.is_seen or self._is_used(key)):
            return
        whos = old.audience.who, new.audience.who
        sides = self._side_of_door(key, old, self._old), self._side_of_door(key, new, self._new)
        kind = _direction(*whos)
        if kind is not None or old.how != new.how:
            change = Change(
                kind or Kind.MOVED,
                What.DOOR if old.is_seen else What.SERVED,
                (self._new.name_of(key) if new.is_seen else str(key.owner),),
                *sides,
                is_certain=Who.UNKNOWN not in whos,
            )
            about = (key.owner, _mechanism(old), _mechanism(new)) if old.is_seen else (old.how, new.how)
            yield self._found_at(change, (about, whos), key)
        for guard, is_lost in _differing(old.guards, new.guards):
            if kind is not None and guard is GuardKind.ALLOW_LIST:
                continue  # that is why others can use it
            guards, places = (old.guards, new.guards), (old.at, new.at)
            yield self._guard(guard, is_lost, self._new.name_of(key), key.owner, guards, places)

    def _is_used(self, key: DoorKey) -> bool:
        return key in self._old.by_door and key in self._new.by_door

    def _found_at(self, change: Change, group: Hashable, key: DoorKey) -> Found:
        old, new = key in self._old.facts.doors, key in self._new.facts.doors
        ends = (
            self._old.ends_of_door(key) if old else frozenset(),
            self._new.ends_of_door(key) if new else frozenset(),
        )
        whos = (
            {self._old.facts.doors[key].audience.who} if old else frozenset(),
            {self._new.facts.doors[key].audience.who} if new else frozenset(),
        )
        return Found(change, group, key.owner, ends, whos)

    def _side_of_door(self, key: DoorKey, door: Door, reach: Reach) -> Side:
        requests = tuple(map(str, reach.by_door.get(key, ())))
        straight = reach.ends_of([door.into]) if door.into is not None else ()
        leads = (*requests, *sorted(map(str, straight)))
        return Side((door.at,), door.audience.who, door.audience, (reach.name_of(key),), leads)

    # Requests

    def _request(self, key: RequestKey) -> Iterator[Found]:
        old, new = self._old.live.get(key), self._new.live.get(key)
        if old is None and new is None:
            return
        if old is None or new is None:
            yield from self._come_or_gone(key)
            return
        yield from self._coming(key, old, new)
        yield from self._guards(key, old, new)
        turned = _turned(working(old), broken(old), working(new), broken(new))
        if turned is not None:
            yield self._going(key, turned, old, new)

    def _come_or_gone(self, key: RequestKey) -> Iterator[Found]:
        is_new = key in self._new.live
        reach, other = (self._new, self._old) if is_new else (self._old, self._new)
        live, rest = reach.live[key], other.facts.requests.get(key, [])
        doors = distinct(door for strand in live for door in strand.arrivals)
        if all(reach.facts.doors[door].is_seen and door not in other.facts.doors for door in doors):
            return  # it follows from its doors
        shut = next((hop for strand in rest for hop in strand.shut), None)
        leg = next(iter(broken(rest).values()), None)
        hop = shut or (leg.break_ if leg is not None else None)
        kind = (Kind.MENDED if hop else Kind.WIDENED) if is_new else (Kind.BROKEN if hop else Kind.NARROWED)
        side = self._side(live, reach)
        there = Side((shut.at if shut else leg.at if leg else live[0].at,), hop=hop) if hop else None
        change = Change(
            kind,
            What.REQUEST if hop is None else What.COMING if shut else What.GOING,
            (str(key),),
            there if is_new else side,
            side if is_new else there,
            is_certain=not hop or any(reach.facts.doors[door].is_seen for door in doors),
        )
        owner = name_of(live[0].route)
        group = (owner, side.who, side.through) if hop is None else (hop.kind, hop.wants, None if shut else side.to)
        yield self._found_of(change, group, owner, live if not is_new else [], live if is_new else [])

    def _coming(self, key: RequestKey, old: list[Strand], new: list[Strand]) -> Iterator[Found]:
        """Where it comes in through other doors, which are on both sides and open as they were."""
        first, second = _doors(old), _doors(new)
        was, is_ = self._old.who_of(old), self._new.who_of(new)
        gained = {door for door in second - first if self._stands(door)}
        lost = {door for door in first - second if self._stands(door)}
        if not gained and not lost:
            return  # it follows from its doors
        if (first - second) and (second - first) and (not gained or not lost or was == is_):
            kind = Kind.MOVED  # what is known of its doors has changed, and those that nobody sees count for no more
        elif was == is_:
            kind = Kind.WIDENED if gained else Kind.NARROWED
        else:
            kind = _direction_of(was, is_)
        before, after = self._side(old, self._old), self._side(new, self._new)
        if (was, before.through) == (is_, after.through):
            return  # another route has it now, which is served as the former was
        change = Change(
            kind,
            What.COMING,
            (str(key),),
            before,
            after,
            is_certain=Who.UNKNOWN not in (was | is_),
        )
        group = (before.who, after.who, before.through, after.through)
        yield self._found_of(change, group, name_of(new[0].route), old, new)

    def _stands(self, key: DoorKey) -> bool:
        """Whether a door is the same on both sides, as far as is known: nobody sees what is in no manifest."""
        old, new = self._old.facts.doors.get(key), self._new.facts.doors.get(key)
        if old is not None and new is not None:
            return old.audience.who is new.audience.who
        return not any(door.is_seen for door in (old, new) if door is not None)

    def _guards(self, key: RequestKey, old: list[Strand], new: list[Strand]) -> Iterator[Found]:
        """What requests pass on the routes of a host and path, apart from what their doors ask of all."""
        first, second = _guards_by_door(old), _guards_by_door(new)
        common = first.keys() & second.keys()
        sides: list[tuple[Guards, Guards, DoorKey | None]]
        sides = [(first[door], second[door], door) for door in sorted(common, key=str)]
        if not common:
            sides = [(_any(first.values()), _any(second.values()), None)]
        found: dict[GuardKind, tuple[bool, Guards, Guards]] = {}
        twofold: set[GuardKind] = set()
        for one, two, door in sides:
            own = dict(_differing(*self._own_guards(door))) if door else {}
            for guard, is_lost in _differing(one, two):
                if own.get(guard) is is_lost:
                    continue
                if guard in found and found[guard][0] is not is_lost:
                    twofold.add(guard)
                found.setdefault(guard, (is_lost, one, two))
        owner = name_of(new[0].route)
        for guard, (is_lost, one, two) in found.items():
            lacking = new if is_lost else old
            is_unseen = guard is not GuardKind.TLS and any(strand.may_be_guarded for strand in lacking)
            if guard not in twofold and not is_unseen:
                places = (old[0].at, new[0].at)
                yield self._guard(guard, is_lost, str(key), owner, (one, two), places)

    def _own_guards(self, door: DoorKey) -> tuple[Guards, Guards]:
        return self._old.facts.doors[door].guards, self._new.facts.doors[door].guards

    def _guard(
        self,
        guard: GuardKind,
        is_lost: bool,
        subject: str,
        owner: Name,
        guards: tuple[Guards, Guards],
        places: tuple[Place, Place],
    ) -> Found:
        """A guard that one of the sides has, and the places of what has none."""
        kind = Kind.UNGUARDED if is_lost else Kind.GUARDED
        had = Side((guards[0 if is_lost else 1][guard],))
        has_not = Side((places[1 if is_lost else 0],))
        sides = (had, has_not) if is_lost else (has_not, had)
        return Found(Change(kind, What.GUARD, (subject,), sides[0], sides[1], guard), (owner, guard), owner)

    def _going(self, key: RequestKey, turned: _Turned, old: list[Strand], new: list[Strand]) -> Found:
        sides = [
            Side(
                tuple(leg.at for leg in legs.values()) or ((end.at,) if end else (strands[0].at,)),
                to=tuple(map(str, legs)),
                hop=end.break_ if end else None,
            )
            for legs, end, strands in (
                (turned.lost, turned.ends[0], old),
                (turned.gained, turned.ends[1], new),
            )
        ]
        change = Change(turned.kind, What.GOING, (str(key),), sides[0], sides[1], is_certain=turned.is_certain)
        wants = tuple(end.break_.wants for end in turned.ends if end is not None and end.break_ is not None)
        group = (frozenset(turned.lost), frozenset(turned.gained), wants)
        return self._found_of(change, group, name_of(new[0].route), old, new)

    def _side(self, strands: list[Strand], reach: Reach) -> Side:
        doors = distinct(door for strand in strands for door in strand.arrivals)
        audiences = [reach.facts.doors[door].audience for door in doors]
        widest = min(audiences, key=lambda item: item.who.narrowness)
        return Side(
            distinct(strand.at for strand in strands),
            widest.who,
            widest,
            distinct(map(reach.name_of, doors)),
            tuple(map(str, working(strands))),
        )

    def _found_of(self, change: Change, group: Hashable, owner: Name, old: list[Strand], new: list[Strand]) -> Found:
        ends = self._old.ends_of(working(old)), self._new.ends_of(working(new))
        return Found(change, group, owner, ends, (self._old.who_of(old), self._new.who_of(new)))

    # Services and pods

    def _service(self, key: PortKey) -> Iterator[Found]:
        old, new = self._old.facts.ports[key], self._new.facts.ports[key]
        legs = [{end: leg for end, leg in port.into.items() if not leg.is_broken} for port in (old, new)]
        breaks = [{leg.hops[-1].wants: leg for leg in port.broken} for port in (old, new)]
        turned = _turned(legs[0], breaks[0], legs[1], breaks[1])
        if turned is None:
            return
        sides = []
        for found, end, port in (
            (turned.lost, turned.ends[0], old),
            (turned.gained, turned.ends[1], new),
        ):
            at = end.at if end else port.service.at("spec", "selector") if port.service else None
            sides.append(Side((at,) if at else (), to=tuple(map(str, found)), hop=end.break_ if end else None))
        change = Change(turned.kind, What.LEADING, (str(key),), sides[0], sides[1], is_certain=turned.is_certain)
        group = (key.owner, frozenset(_owners_of(turned.lost)), frozenset(_owners_of(turned.gained)))
        ends = (set(legs[0]), set(legs[1]))
        yield Found(change, group, key.owner, ends, (self._old.ports[key], self._new.ports[key]))

    def _policies(self, key: EndKey) -> Iterator[Found]:
        old, new = self._old.facts.ends[key], self._new.facts.ends[key]
        is_straight = key in self._old.straight and key in self._new.straight
        kept_out = [end.lets_in is State.BROKEN and is_straight for end in (old, new)]
        is_held = [bool(end.policies) for end in (old, new)]
        for what, (was, is_) in ((What.ISOLATION, kept_out), (What.GUARD, is_held)):
            if was != is_:
                those = (old if was else new).policies
                sides = [
                    Side(tuple(those.values())) if has else Side((end.pod.workload.place,))
                    for has, end in ((was, old), (is_, new))
                ]
                kind = Kind.UNGUARDED if was else Kind.GUARDED
                subject = str(key.owner)
                change = Change(kind, what, (subject,), sides[0], sides[1], guard=GuardKind.POLICY)
                yield Found(change, (GuardKind.POLICY, frozenset(those)), next(iter(those)))
                return


def _mechanism(door: Door) -> str:
    return door.how.partition(" ")[0]


def _direction(old: Who, new: Who) -> Kind | None:
    return None if old is new else _direction_of({old}, {new})


def _direction_of(old: Set[Who], new: Set[Who]) -> Kind:
    """Whether an audience has become wider or narrower; by how many kinds of people it is where the widest is one."""
    widths = (_widest(old), -len(old)), (_widest(new), -len(new))
    return Kind.WIDENED if widths[1] < widths[0] else Kind.NARROWED if widths[1] > widths[0] else Kind.MOVED


def _differing(old: Guards, new: Guards) -> Iterator[tuple[GuardKind, bool]]:
    """The guards that only one side has, with whether that is the old one."""
    for guard in GuardKind:
        if (guard in old) != (guard in new):
            yield guard, guard in old


def _doors(strands: Iterable[Strand]) -> Set[DoorKey]:
    return {door for strand in strands for door in strand.arrivals}


def _guards_by_door(strands: Iterable[Strand]) -> Mapping[DoorKey, Guards]:
    """What all requests pass that come through a door, whichever of the routes takes them."""
    found: dict[DoorKey, Guards] = {}
    for strand in strands:
        for door, guards in strand.arrivals.items():
            found[door] = _all((found[door], guards)) if door in found else guards
    return found


def _all(several: Iterable[Guards]) -> Guards:
    """The guards that are in all of them."""
    first, *others = several
    return {guard: at for guard, at in first.items() if all(guard in other for other in others)}


def _any(several: Iterable[Guards]) -> Guards:
    """The guards that are in some of them."""
    return {guard: at for guards in several for guard, at in guards.items()}


def _told(pairs: Set[Exposed], ends: Set[EndKey], whos: Set[Who]) -> tuple[Exposed, ...]:
    """Those of the pairs that some ends and people make, in the order of their names."""
    found = (Exposed(end, who) for end in ends for who in whos)
    return tuple(sorted((item for item in found if item in pairs), key=lambda item: (str(item.end), item.who.value)))


def _keys(old: Iterable[Key], new: Iterable[Key]) -> list[Key]:
    """The keys of both sides, each once, those of the new one first."""
    return list(dict.fromkeys((*new, *old)))


def _owners_of(keys: Iterable[Hashable]) -> Iterator[Name]:
    return (key.owner for key in keys if isinstance(key, EndKey))


def _widest(those: Set[Who]) -> int:
    return min(who.narrowness for who in those)


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """Each of them once, in their order."""
    return tuple(dict.fromkeys(items))
