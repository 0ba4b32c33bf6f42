"""Which Services have all they look for in their own Bundle, and matter to no other one.

All charts may render to the same names and labels, those of the release. So words alone would tie each to all others.
"""

from __future__ import annotations

from collections.abc import Mapping

from klint.engine import Joined
from klint.exposure.graph import Graph
from klint.kube.index import Index
from klint.kube.resource import Resource
from klint.kube.selector import matches
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder


@dataclass(frozen=True)
class Settled:
    """Tells which Services of what is joined are settled.

    Such a one finds pods in its own Bundle, and so looks no further (`Scope.pods_with`). Nor does anybody elsewhere
    come upon it: no route in the workspace has its name, by which what it selects might be opened, and none of the pods
    that it might select elsewhere is without a Service in its own Bundle (`Scope.services_selecting`).
    """

    joined: Joined

    def holds(self, item: Resource) -> bool:
        """Whether an object is a Service that is settled."""
        own = self._indexes.get(id(item))
        return (
            own is not None
            and isinstance(item, Service)
            and not self._is_routed(item.name)
            and own.has_pods_with(item.selector, item.namespace)
            and not any(pod.has_open_labels or matches(item.selector, pod.labels) for pod in self._lonely)
        )

    @property
    def _graphs(self) -> tuple[Graph, ...]:
        return (*self.joined.graphs, *self.joined.off)

    @cached_property
    def _indexes(self) -> Mapping[int, Index]:
        """The index of its own Bundle, by the identity of an object."""
        return {id(item): graph.indexes[0] for graph in self._graphs for item in graph.resources}

    def _is_routed(self, name: str) -> bool:
        return self._has_open_routes or any(name in index.routes_to for index in self._around)

    @cached_property
    def _around(self) -> tuple[Index, ...]:
        """The indexes of the workspace, without and with what is off."""
        return (self.joined.index, *(graph.indexes[1] for graph in self.joined.off[:1]))

    @cached_property
    def _has_open_routes(self) -> bool:
        return any(is_placeholder(name) for index in self._around for name in index.routes_to)

    @cached_property
    def _lonely(self) -> tuple[PodTemplate, ...]:
        """The pods that no Service of their own Bundle selects."""
        indexes = (graph.indexes[0] for graph in self._graphs)
        return tuple(pod for index in indexes for pod in index.pods if not index.is_selected(pod))
