"""What only has another name: the same thing to all that lead to it, and leading to the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Set

from klint.diffing.facts import DoorKey, EndKey, Facts, Name, PortKey, RequestKey, Strand, name_of_host
from klint.kube.controllers import image_repository
from klint.records import replace


def renames(before: Facts, after: Facts) -> dict[Name, Name]:
    """The Services, workloads and hosts with another name: by the old ones the new ones, where that is plain.

    A workload is the same if it has the same images, whatever their tags, and the same Services and doors lead to the
    same ports of it, whatever those are called that have another name themselves; a Service if it leads to the same
    ends and is open in the same way; a host if it has the same paths, with the same guards. What is still there has no
    other name, and where two may be meant none is.
    """
    staying = _services(before).keys() & _services(after).keys()
    found = _alike(_workloads(before, staying), _workloads(after, staying))
    found |= _alike(_services(renamed(before, found)), _services(after))
    return found | _alike(_hosts(renamed(before, found)), _hosts(after))


def _alike(before: Mapping[Name, Hashable], after: Mapping[Name, Hashable]) -> dict[Name, Name]:
    """What is there once under another name: first what only is in another namespace, and then of the rest."""
    gone = {name: traits for name, traits in before.items() if name not in after}
    come = {name: traits for name, traits in after.items() if name not in before}
    found: dict[Name, Name] = {}
    for is_moved in (True, False):
        olds, news = _by_traits(gone, is_moved=is_moved), _by_traits(come, is_moved=is_moved)
        for traits in olds.keys() & news.keys():
            if len(olds[traits]) == len(news[traits]) == 1:
                found[olds[traits][0]] = news[traits][0]
                del gone[olds[traits][0]], come[news[traits][0]]
    return found


def _by_traits(those: Mapping[Name, Hashable], *, is_moved: bool) -> Mapping[Hashable, list[Name]]:
    found: dict[Hashable, list[Name]] = defaultdict(list)
    for name, traits in those.items():
        found[name.name if is_moved else "", traits].append(name)
    return found


def _workloads(facts: Facts, staying: Set[Name]) -> Mapping[Name, Hashable]:
    traits: dict[Name, set[Hashable]] = defaultdict(set)
    for end, found in facts.ends.items():
        traits[end.owner].update(image_repository(item.image) for item in found.pod.containers)
    for key, port in facts.ports.items():
        for end in port.into:
            traits[end.owner].add((key.owner if key.owner in staying else None, key.port, end.port))
    for door_key, door in facts.doors.items():
        if isinstance(door.into, EndKey):
            traits[door.into.owner].add((door.how, door_key.port, door.audience.who))
    return {name: (name.kind, frozenset(found)) for name, found in traits.items()}


def _services(facts: Facts) -> Mapping[Name, Hashable]:
    traits: dict[Name, set[Hashable]] = defaultdict(set)
    for key, port in facts.ports.items():
        if port.into:
            traits[key.owner].add((key.port, frozenset(port.into)))
    for door_key, door in facts.doors.items():
        if isinstance(door.into, PortKey) and door_key.owner in traits:
            traits[door_key.owner].add((door.how, door_key.port, door.audience.who))
    return {name: (name.kind, frozenset(found)) for name, found in traits.items()}


def _hosts(facts: Facts) -> Mapping[Name, Hashable]:
    traits: dict[Name, set[Hashable]] = defaultdict(set)
    for key, strands in facts.requests.items():
        for strand in strands if key.host else ():
            arrivals = frozenset((door, frozenset(guards)) for door, guards in strand.arrivals.items())
            if arrivals and strand.into:
                traits[name_of_host(key.host)].add((key.path, key.conditions, arrivals, frozenset(strand.into)))
    return {name: frozenset(found) for name, found in traits.items()}


def renamed(facts: Facts, names: Mapping[Name, Name]) -> Facts:
    """The same facts with other names."""
    if not names:
        return facts

    def door(key: DoorKey) -> DoorKey:
        return key._replace(owner=names.get(key.owner, key.owner))

    def port(key: PortKey) -> PortKey:
        return key._replace(owner=names.get(key.owner, key.owner))

    def end(key: EndKey) -> EndKey:
        return key._replace(owner=names.get(key.owner, key.owner))

    def into(key: PortKey | EndKey | None) -> PortKey | EndKey | None:
        return port(key) if isinstance(key, PortKey) else end(key) if key is not None else None

    def request(key: RequestKey) -> RequestKey:
        name = names.get(name_of_host(key.host))
        return key if name is None else key._replace(host=name.name)

    def strand(item: Strand) -> Strand:
        arrivals = {door(key): guards for key, guards in item.arrivals.items()}
        return replace(item, arrivals=arrivals, into={port(key): leg for key, leg in item.into.items()})

    return Facts(
        {door(key): replace(item, into=into(item.into)) for key, item in facts.doors.items()},
        {request(key): [strand(item) for item in strands] for key, strands in facts.requests.items()},
        {
            port(key): replace(item, into={end(target): leg for target, leg in item.into.items()})
            for key, item in facts.ports.items()
        },
        {end(key): item for key, item in facts.ends.items()},
    )
