"""What is declared in a workspace, and what the manifests make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klint.config.config import DeclaredExposure
from klint.config.entries import Entries
from klint.errors import closest
from klint.exposure.audience import Who
from klint.exposure.graph import Graph
from klint.exposure.inlets import Inlet
from klint.exposure.intents import OPENING, annotated, own_intent
from klint.intents import Exposure, Intent
from klint.kube.resource import Resource
from klint.kube.routes.shape import Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.reasons import Reason
from klint.records import cached_property, dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

_MORE_THAN = {
    Exposure.PUBLIC: frozenset[Who](),
    Exposure.INTERNAL: frozenset((Who.WORLD,)),
    Exposure.CLUSTER: frozenset((Who.WORLD, Who.PRIVATE)),
}
"""Who must not get in to what is declared so."""


_BY_ADDRESS = frozenset((Reason.PRIVATE_ADDRESS, Reason.PRIVATE_POOL))
"""Why something is private of which a router before it may make something public."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A declaration of an object that the manifests contradict: by an inlet, or because nothing opens it.

    It is `certain` unless something that is not in the workspace may open the object.
    """

    intent: Intent
    resource: Resource
    inlet: Inlet | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """An annotation that says nothing klint knows."""

    at: Place
    word: str
    resource: Resource

    @property
    def closest(self) -> str:
        """The exposure that it was most likely meant for; empty if it is like none."""
        return closest(self.word.lower(), list(map(str, Exposure)))

    def __str__(self) -> str:
        return f"{self.word!r} on {self.resource}"


@dataclass(frozen=True, eq=False)
class Declarations:
    """What a workspace declares of its objects.

    `is_whole` is set when the run sees the whole workspace: else entries may be about what it does not see.
    """

    graphs: Sequence[Graph]
    entries: Entries[DeclaredExposure]
    is_whole: bool = True

    @cached_property
    def _declared(self) -> tuple[tuple[Intent, tuple[tuple[Resource, Graph], ...]], ...]:
        """Each declaration with the objects it is about: one line of a base is one, however many overlays have it."""
        by_place: dict[Place, tuple[Intent, list[tuple[Resource, Graph]]]] = {}
        for graph in self.graphs:
            for resource in graph.resources:
                intent = own_intent(resource, self.entries)
                if intent is not None:
                    by_place.setdefault(intent.at, (intent, []))[1].append((resource, graph))
        written: dict[tuple[object, ...], tuple[Intent, list[tuple[Resource, Graph]]]] = {}
        for at, (intent, objects) in by_place.items():
            written.setdefault(at.span.sort_key, (intent, []))[1].extend(objects)
        return tuple((intent, tuple(objects)) for intent, objects in written.values())

    @property
    def contradictions(self) -> Iterator[Contradiction]:
        """Declarations that the manifests contradict."""
        for intent, objects in self._declared:
            found = [(resource, graph, tuple(graph.inlets_of(resource))) for resource, graph in objects]
            judge = _not_public if intent.exposure is Exposure.PUBLIC else _too_open
            yield from judge(intent, found)

    @property
    def unmatched(self) -> Iterator[DeclaredExposure]:
        """Entries of the configuration that are about no object which could be open."""
        if not self.is_whole:
            return
        matched = {
            id(entry)
            for graph in self.graphs
            for resource in graph.resources
            if isinstance(resource, OPENING)
            for entry in self.entries.about(_path(resource), resource)
        }
        yield from (entry for entry in self.entries if id(entry) not in matched)

    @property
    def unknown_words(self) -> Iterator[UnknownWord]:
        """Annotations with another word than public, internal or cluster."""
        for graph in self.graphs:
            for resource in graph.resources:
                for at, word in annotated(resource) if isinstance(resource, OPENING) else ():
                    if word not in list(Exposure) and not is_placeholder(word):
                        yield UnknownWord(at, word, resource)


def _path(resource: Resource) -> str:
    source = resource.document.file
    return source.relative or source.path


_Found = tuple[Resource, Graph, tuple[Inlet, ...]]
"""An object that something is declared of, its graph, and what lets requests in to it."""


def _too_open(intent: Intent, found: Sequence[_Found]) -> Iterator[Contradiction]:
    """Each inlet that lets in more than is declared.

    Of the objects that it leads to, it is said of the first on the way: of a Service, not of the pods behind it.
    """
    by_inlet: dict[tuple[int, int], list[Contradiction]] = {}
    for resource, graph, inlets in found:
        for inlet in inlets if not graph.target.is_local_cluster else ():
            if inlet.audience.who in _MORE_THAN[intent.exposure]:
                said = by_inlet.setdefault((id(graph), id(inlet.resource)), [])
                if not said or said[-1].resource is not resource:
                    said.append(Contradiction(intent, resource, inlet))
    for said in by_inlet.values():
        first = min(map(_depth, said))
        yield from (item for item in said if _depth(item) == first)


def _depth(found: Contradiction) -> int:
    """How far an object is from what lets requests in to it: what lets them in, a route, a Service, a workload."""
    if found.inlet is not None and found.resource is found.inlet.resource:
        return 0
    return 1 if isinstance(found.resource, Route) else 2 if isinstance(found.resource, Service) else 3


def _not_public(intent: Intent, found: Sequence[_Found]) -> Iterator[Contradiction]:
    """A declaration that none of its objects bears out. A route that nothing serves is another mistake."""
    inlets = [inlet for _, _, found_here in found for inlet in found_here]
    if any(inlet.audience.who in (Who.WORLD, Who.UNKNOWN) for inlet in inlets):
        return
    if any(graph.target.is_local_cluster for _, graph, _ in found):
        return
    resource, graph, _ = found[0]
    if inlets:
        by_address = any(inlet.audience.why.reason in _BY_ADDRESS for inlet in inlets)
        yield Contradiction(intent, resource, inlets[0], certain=not by_address)
    elif all(isinstance(item, Service | Workload) and not other.may_be_opened(item) for item, other, _ in found):
        yield Contradiction(intent, resource, certain=graph.target.is_closed_world)
