"""What is declared in a workspace, and what the manifests make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from klint.config.config import DeclaredExposure
from klint.config.entries import Entries
from klint.exposure.audience import Who
from klint.exposure.graph import Graph
from klint.exposure.inlets import Inlet
from klint.exposure.intents import OPENING, annotated, own_intent
from klint.intents import Exposure, Intent
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.reasons import Reason
from klint.records import dataclass
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
        intents: dict[tuple[object, ...], Intent] = {}
        about: dict[tuple[object, ...], list[tuple[Resource, Graph]]] = {}
        for graph in self.graphs:
            for resource in graph.resources:
                intent = own_intent(resource, self.entries)
                if intent is not None:
                    key = intent.at.span.sort_key
                    intents.setdefault(key, intent)
                    about.setdefault(key, []).append((resource, graph))
        return tuple((intent, tuple(about[key])) for key, intent in intents.items())

    @property
    def contradictions(self) -> Iterator[Contradiction]:
        """Declarations that the manifests contradict."""
        for intent, objects in self._declared:
            found = [(resource, graph, tuple(graph.inlets_of(resource))) for resource, graph in objects]
            if intent.exposure is Exposure.PUBLIC:
                yield from _not_public(intent, found)
                continue
            for resource, graph, inlets in found:
                too_open = {
                    id(inlet.resource): inlet
                    for inlet in reversed(inlets)
                    if inlet.audience.who in _MORE_THAN[intent.exposure] and not graph.target.is_local_cluster
                }
                for inlet in reversed(too_open.values()):
                    yield Contradiction(intent, resource, inlet)

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


def _not_public(intent: Intent, found: Sequence[tuple[Resource, Graph, tuple[Inlet, ...]]]) -> Iterator[Contradiction]:
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
