"""What is declared of a bundle's objects: for whom each is meant to be open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.config.config import DeclaredExposure
from klint.config.entries import Entries
from klint.intents import ANNOTATION, Exposure, Intent
from klint.kube.classes import Gateway
from klint.kube.resource import Resource
from klint.kube.routes.shape import Route
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

OPENING = (Service, Workload, Route, Gateway)
"""Classes of objects that something can be declared of: those that requests come through."""


class Intents:
    """The intents of a graph's objects."""

    def __init__(self, graph: Graph, entries: Entries[DeclaredExposure]) -> None:
        self._graph = graph
        self._entries = entries
        self._found: dict[int, Intent | None] = {}

    def of(self, resource: Resource) -> Intent | None:
        """What is declared of an object; of a Service about which nothing is, what all its pods' workloads agree on."""
        if id(resource) not in self._found:
            self._found[id(resource)] = self._of(resource)
        return self._found[id(resource)]

    def _of(self, resource: Resource) -> Intent | None:
        own = own_intent(resource, self._entries)
        if own is not None or not isinstance(resource, Service):
            return own
        selection = self._graph.selection(resource)
        workloads = dict.fromkeys(pod.workload for pod in selection.pods) if selection else ()
        behind = [self.of(workload) for workload in workloads]
        declared = {intent.exposure for intent in behind if intent is not None}
        return behind[0] if len(declared) == 1 and None not in behind else None


def own_intent(resource: Resource, entries: Entries[DeclaredExposure]) -> Intent | None:
    """What is declared of this very object: its annotation, else the last entry of the configuration about it."""
    if not isinstance(resource, OPENING):
        return None
    for at, text in annotated(resource):
        if text in list(Exposure):
            return Intent(Exposure(text), at, "annotation")
    source = resource.document.file
    found = list(entries.about(source.relative or source.path, resource))
    return found[-1].intent if found else None


def annotated(resource: Resource) -> Iterator[tuple[Place, str]]:
    """What an object's annotation says, and a workload's pod templates', with the places."""
    owners: tuple[Resource | PodTemplate, ...] = (resource, *(resource.pods if isinstance(resource, Workload) else ()))
    for owner in owners:
        if ANNOTATION in owner.annotations:
            yield owner.at("metadata", "annotations", ANNOTATION), owner.annotations[ANNOTATION].strip()
