"""Annotations that do not do what they look like: refused, read otherwise, or not read by what takes a Service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.exposure.misuse import Misuse
from klint.kube.clouds import (
    INGRESS_LOAD_BALANCERS,
    LOAD_BALANCERS,
    LoadBalancer,
    Reach,
    Switch,
    load_balancers_marked_by,
)
from klint.kube.routes.ingress import Ingress
from klint.kube.service import Service
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder_for_word

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_PUBLIC_WORDS = frozenset(("", "external", "internet", "internet-facing", "public", "0", "disabled", "f", "false", "n",
                           "no", "none", "off"))  # fmt: skip
"""What somebody writes who wants no internal load balancer; whoever writes anything else wants one."""

_INTERNAL_WORDS = frozenset(("internal", "intranet", "private", "1", "enabled", "on", "t", "true", "y", "yes"))
"""What somebody writes who wants one."""

_WORDS = frozenset(("false", "internal", "intranet", "private", "true"))
"""Values of annotations that are a switch for internal or public; a class is none."""

_INGRESS_KEYS = frozenset(
    key for balancer in INGRESS_LOAD_BALANCERS.values() for switch in balancer.switches for key in switch.keys
)


@dataclass(frozen=True, slots=True)
class Misreading:
    """An annotation that does not do what it looks like.

    `balancers` refuse it, read it otherwise or do not read it; with FOREIGN they would. `reach` is what they make of
    the Service; None where that is nothing, or has nothing to do with it. `is_certain` unless another one may take it.
    """

    misuse: Misuse
    key: str
    value: str
    at: Place
    balancers: tuple[LoadBalancer, ...]
    reach: Reach | None = None
    is_certain: bool = True

    @property
    def looks(self) -> str:
        """What it looks like where it is read for the contrary."""
        return "internal" if self.reach is Reach.PUBLIC else "public"

    @property
    def remedy(self) -> tuple[str, str] | None:
        """The annotation and the value by which all of `balancers` do what it looks like; None if that is a guess."""
        meant = _meant(self) if self.misuse is not Misuse.FOREIGN else None
        if meant is None:
            return None
        first, *others = (dict(_values(balancer, meant)) for balancer in self.balancers)
        shared = {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}
        key = self.key if self.misuse is not Misuse.NOT_READ else next(iter(shared), "")
        return (key, shared[key]) if key in shared else None

    @property
    def opens(self) -> bool:
        """Whether something is public that looks internal."""
        return self.reach is Reach.PUBLIC and self.is_certain


def misreadings(resource: Service | Ingress, graph: Graph) -> Iterator[Misreading]:
    """Those of a Service of type LoadBalancer, or an Ingress for a cloud's load balancer, where klint knows which."""
    if isinstance(resource, Service):
        yield from _of_service(resource, graph)
    elif resource.annotations.keys() & _INGRESS_KEYS:
        controllers = (item.controller.name for item in graph.servings(resource) if item.controller is not None)
        takers = [INGRESS_LOAD_BALANCERS[name] for name in controllers if name in INGRESS_LOAD_BALANCERS]
        yield from _misread(takers, resource.annotations, resource.at("metadata", "annotations"))


def _of_service(service: Service, graph: Graph) -> Iterator[Misreading]:
    takers = graph.load_balancers(service) if service.type == "LoadBalancer" else ()
    if takers:
        at = service.at("metadata", "annotations")
        yield from _misread(takers, service.annotations, at)
        unread = next(_unread(service, takers, at, graph), None)
        yield from [unread] if unread is not None else _foreign(service, takers, at, graph)


def _misread(takers: Sequence[LoadBalancer], annotations: Mapping[str, str], at: Place) -> Iterator[Misreading]:
    """What those that may take a Service refuse or read otherwise: each annotation once.

    Where only some refuse what others read as it looks, it is written for the others.
    """
    readers: dict[str, list[tuple[LoadBalancer, Misuse | None, Reach | None]]] = {}
    for balancer in takers:
        for switch, key in _deciding(balancer, annotations):
            reach = switch.reach(annotations[key])
            readers.setdefault(key, []).append((balancer, _misuse(switch, annotations[key]), reach))
    for key, found in readers.items():
        misuses = {misuse for _, misuse, _ in found}
        misuse = Misuse.REFUSED if misuses == {Misuse.REFUSED} else Misuse.READ_OTHERWISE
        alike = [(balancer, reach) for balancer, what, reach in found if what is misuse]
        if alike:
            balancers, reach = tuple(balancer for balancer, _ in alike), alike[0][1]
            yield Misreading(misuse, key, annotations[key], at.below(key), balancers, reach, len(alike) == len(takers))


def _misuse(switch: Switch, value: str) -> Misuse | None:
    reach = switch.reach(value)
    if reach is None:
        return Misuse.REFUSED
    documented = (*switch.internal, *switch.public)
    if value in documented or _WORDS.isdisjoint(word.lower() for word in documented):
        return None
    is_reversed = "true" in switch.public
    return None if (reach is _looks(value)) is not is_reversed else Misuse.READ_OTHERWISE


def _deciding(balancer: LoadBalancer, annotations: Mapping[str, str]) -> Iterator[tuple[Switch, str]]:
    """The annotation by which an implementation decides, unless its value is still to be filled in."""
    present = ((switch, key) for switch in balancer.switches if not switch.passes_over for key in switch.keys)
    first = next(((switch, key) for switch, key in present if key in annotations), None)
    if first is not None and not is_placeholder_for_word(annotations[first[1]]):
        yield first


def _meant(misreading: Misreading) -> Reach | None:
    """What it was most likely written for. A value that is refused may be no word for either."""
    if misreading.reach is not None:
        return Reach.INTERNAL if misreading.reach is Reach.PUBLIC else Reach.PUBLIC
    word = misreading.value.strip().lower()
    if word in _INTERNAL_WORDS:
        return Reach.INTERNAL
    return Reach.PUBLIC if word and word in _PUBLIC_WORDS else None


def _values(balancer: LoadBalancer, reach: Reach) -> Iterator[tuple[str, str]]:
    """The annotations that an implementation reads, each with a value that makes a load balancer so."""
    for switch in balancer.switches:
        usual, documented = ("true", switch.internal) if reach is Reach.INTERNAL else ("false", switch.public)
        value = usual if usual in documented or not documented else documented[0]
        if switch.reach(value) is reach and not switch.passes_over:
            yield from ((key, value) for key in switch.keys)


def _looks(value: str) -> Reach:
    return Reach.PUBLIC if value.strip().lower() in _PUBLIC_WORDS else Reach.INTERNAL


def _unread(service: Service, takers: Sequence[LoadBalancer], at: Place, graph: Graph) -> Iterator[Misreading]:
    """What others read for internal, where the Service is public all the same."""
    read = {key for balancer in takers for switch in balancer.switches for key in switch.keys}
    others = (switch for balancer in LOAD_BALANCERS for switch in balancer.switches if not switch.passes_over)
    keys = (key for switch in others for key in switch.keys if key in service.annotations and key not in read)
    for key in keys:
        value = service.annotations[key]
        if is_placeholder_for_word(value) or _looks(value) is Reach.PUBLIC:
            continue
        if any(graph.audience(entry).who is Who.WORLD for entry in graph.entries_of(service)[:1]):
            yield Misreading(Misuse.NOT_READ, key, value, at.below(key), tuple(takers), Reach.PUBLIC)


def _foreign(service: Service, takers: Sequence[LoadBalancer], at: Place, graph: Graph) -> Iterator[Misreading]:
    """An annotation for another cloud than the target's: of several the first by name.

    What is annotated for this one as well, or for several others, is made for whichever it goes to.
    """
    if not all(graph.target.platform in balancer.platforms for balancer in takers):
        return
    own = tuple(mark for balancer in takers for mark in balancer.marks)
    marked = load_balancers_marked_by(service.annotations)
    others = tuple(item for item in marked if item.is_of_cloud and item not in takers)
    if len({item.marks for item in others}) == 1 and not any(key.startswith(own) for key in service.annotations):
        key = min(key for key in service.annotations if key.startswith(others[0].marks))
        if not is_placeholder_for_word(service.annotations[key]):
            yield Misreading(Misuse.FOREIGN, key, service.annotations[key], at.below(key), others)
