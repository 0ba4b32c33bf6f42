"""Servers that nobody outside should reach, and the openings that lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.exposure.entries import Mechanism
from klint.exposure.openings import Opening, direct_entries, opened, openings_through
from klint.exposure.ways import ports_of, unguarded_descents
from klint.hops import Way
from klint.kube.service import Service, ServicePort
from klint.kube.well_known import HTTP_PORTS, WellKnown, recognize
from klint.kube.workload import Container, ContainerPort, PodTemplate
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def exposed_servers(graph: Graph) -> Iterator[tuple[Opening, WellKnown]]:
    """The openings that lead to servers which nobody outside should reach, each server once at each place.

    An HTTP route leads to those of their ports that speak HTTP.
    """
    seen: set[tuple[Place, str]] = set()
    for opening, server in _exposed_servers(graph):
        if (opening.at, server.name) not in seen:
            seen.add((opening.at, server.name))
            yield opening, server


def _exposed_servers(graph: Graph) -> Iterator[tuple[Opening, WellKnown]]:
    ways = (way for entry in direct_entries(graph) for way in graph.ways_from(entry) if server_of(way) is not None)
    for opening in opened(ways, graph):
        server = server_of(opening.way)
        if server is not None and not _is_control_plane(opening.way):
            yield opening, server
    speaks_http = _has_http_server(graph)
    for route in graph.routes:
        is_http = any(match.path is not None for match in route.matches[:1])
        if (speaks_http or not is_http) and any(_may_be_server(link, graph, is_http) for link in graph.links(route)):
            for opening in openings_through(route, graph):
                server = server_of(opening.way)
                if server is not None and _is_passed_on(opening.way, server):
                    yield opening, server


def _has_http_server(graph: Graph) -> bool:
    """Whether the bundle has a port that may be that of a server which speaks HTTP. Most have none."""
    targets = (port.target for service in graph.services for port in service.ports)
    declared = (port.number for pod in graph.pods for port in pod.ports)
    return not (HTTP_PORTS.isdisjoint(targets) and HTTP_PORTS.isdisjoint(declared))


def _may_be_server(link: BackendLink, graph: Graph, is_http: bool) -> bool:
    """Whether a backend of a route may be one."""
    for service, port in ports_of(link):
        if is_http and HTTP_PORTS.isdisjoint(_numbers(service, port, graph)):
            continue
        found = unguarded_descents(port, service, graph)
        if any(_recognized(service, port, descent.pod, descent.pod_port, None) is not None for descent in found):
            return True
    return False


def _numbers(service: Service, port: ServicePort, graph: Graph) -> Iterator[int | None]:
    """The ports of its pods that a Service's port leads to."""
    target = port.target
    if not isinstance(target, str):
        yield target
        return
    selection = graph.selection(service)
    for pod in selection.pods if selection is not None else ():
        declared = pod.named_port(target, port.protocol)
        yield declared.number if declared is not None else None


def _is_control_plane(way: Way) -> bool:
    """Whether it is a part of the cluster that has its node's network by design, as etcd and the kubelet have."""
    is_on_node = way.entry is not None and way.entry.mechanism is Mechanism.HOST_NETWORK
    return is_on_node and way.pod is not None and way.pod.namespace == "kube-system"


def _is_passed_on(way: Way, server: WellKnown) -> bool:
    """Whether a route's requests are such as the server understands."""
    return way.match is None or way.match.path is None or way.port_number in server.http


def server_of(way: Way) -> WellKnown | None:
    """What is known of the server at the end of a way."""
    return _recognized(way.service, way.service_port, way.pod, way.pod_port, way.port_number)


def _recognized(
    service: Service | None,
    port: ServicePort | None,
    pod: PodTemplate | None,
    pod_port: ContainerPort | None,
    number: int | None,
) -> WellKnown | None:
    names = [port.name, port.app_protocol] if port else []
    if port is not None and isinstance(port.target, str):
        names.append(port.target)
    if pod_port is not None:
        names.append(pod_port.name)
    target = port.target if port is not None and isinstance(port.target, int) else None
    numbers = (number, pod_port.number if pod_port else target, port.number if port else None)
    owners = [owner.name for owner in (service, pod.workload if pod else None) if owner is not None]
    return recognize(numbers, filter(None, names), owners, _containers(pod, pod_port))


def _containers(pod: PodTemplate | None, port: ContainerPort | None) -> tuple[Container, ...]:
    """The container that has a port; all of them where none declares it."""
    if pod is None:
        return ()
    found = (*pod.containers, *pod.sidecars)
    return tuple(item for item in found if port is None or any(own is port for own in item.ports)) or found
