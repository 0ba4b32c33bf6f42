"""Which ports of a kind cluster's nodes are open to nobody, because no port of the machine is mapped to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.exposure.entries import Entry, Mechanism, entries_of_pod, entries_of_service
from klint.kube.cluster import KindCluster
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.text.changes import Insert


@dataclass(frozen=True, eq=False)
class Unmapped:
    """A port that a Service or a workload opens on the nodes, and the kind cluster that maps no port to it."""

    owner: Resource
    number: int
    protocol: str
    at: Place
    cluster: KindCluster
    mapping: Insert | None = None
    """What maps it, where that can only be in one place."""

    @property
    def field(self) -> str:
        """The name of the field that opens it: nodePort or hostPort."""
        return str(self.at.path[-1])


def unmapped_ports(graph: Graph) -> Iterator[Unmapped]:
    """The node ports and host ports that are written down, and neither mapped nor open in another way that is.

    Those of system components are for the nodes themselves, and a node port out of range never opens.
    """
    clusters = graph.target.kind_clusters
    reached = set(_reached(graph, clusters))
    for owner in _owners(graph):
        if graph.is_system_component(owner):
            continue
        for entry in _open_on_nodes(owner):
            if entry.port is None or _is_mapped(entry, clusters) or _is_refused(entry, graph):
                continue
            if reached.isdisjoint(_behind(entry, graph)):
                mapping = clusters[0].mapping_to(entry.port, entry.protocol) if len(clusters) == 1 else None
                yield Unmapped(entry.resource, entry.port, entry.protocol, _place(entry), clusters[0], mapping)


def _is_refused(entry: Entry, graph: Graph) -> bool:
    """Whether the cluster does not open it in the first place."""
    return entry.service_port is not None and entry.port is not None and entry.port not in graph.target.node_ports


Inside = tuple[int, int | str | None, str]
"""A port of a pod: the pod's identity, the port's number and its protocol."""


def _owners(graph: Graph) -> Iterator[Service | PodTemplate]:
    """What may open ports on nodes and stays."""
    yield from (service for service in graph.services if service.type == "NodePort" and not service.is_hook)
    yield from (pod for pod in graph.pods if pod.node_ports)


def _place(entry: Entry) -> Place:
    if entry.service_port is not None:
        return entry.service_port.at("nodePort")
    return entry.container_port.at("hostPort") if entry.container_port is not None else entry.at


def _open_on_nodes(owner: Service | PodTemplate) -> Iterator[Entry]:
    found = entries_of_service(owner) if isinstance(owner, Service) else entries_of_pod(owner)
    return (entry for entry in found if entry.mechanism in (Mechanism.NODE_PORT, Mechanism.HOST_PORT))


def _reached(graph: Graph, clusters: Iterable[KindCluster]) -> Iterator[Inside]:
    """The ports of pods that requests from the machine come to."""
    for owner in _owners(graph):
        for entry in _open_on_nodes(owner):
            if _is_mapped(entry, clusters):
                yield from _behind(entry, graph)


def _is_mapped(entry: Entry, clusters: Iterable[KindCluster]) -> bool:
    return entry.port is not None and any(cluster.maps(entry.port, entry.protocol) for cluster in clusters)


def _behind(entry: Entry, graph: Graph) -> Iterator[Inside]:
    """The ports of pods that an entry leads to."""
    for way in graph.ways_from(entry):
        if way.pod is not None:
            yield id(way.pod), way.port_number, entry.protocol
