"""Dashboards without a login, and the openings that lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.openings import Opening, opened, openings_through
from klint.exposure.servers import server_of
from klint.hops import Way
from klint.kube.dashboards import DASHBOARD_IMAGES, Dashboard, open_dashboard
from klint.kube.workload import PodTemplate
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope


def exposed_dashboards(graph: Graph, scope: Scope) -> Iterator[tuple[Opening, Dashboard]]:
    """The openings that lead to dashboards which ask for no login, each dashboard once at each place.

    They lead through routes; an entry of its own counts where a dashboard is a router's, for which everybody else takes
    that entry. What is a server that should not be exposed at all is `exposed_servers`.
    """
    seen: set[tuple[Place, str]] = set()
    for opening in _openings(graph, scope):
        dashboard = _dashboard_of(opening.way)
        if dashboard is not None and server_of(opening.way) is None and (opening.at, dashboard.name) not in seen:
            seen.add((opening.at, dashboard.name))
            yield opening, dashboard


def _openings(graph: Graph, scope: Scope) -> Iterator[Opening]:
    """Those that lead to pods with the image of a dashboard. Most bundles have none."""
    pods = {id(pod): pod for image in DASHBOARD_IMAGES for pod in scope.sort(scope.index.pods_from(image)).nearest}
    services = {id(service): service for pod in pods.values() for service in graph.services_selecting(pod)}
    routes = {id(match.route): match.route for item in services.values() for match, _ in graph.links_to(item)}
    for route in routes.values():
        yield from openings_through(route, graph)
    routers = [pod for pod in pods.values() if _is_router(pod)]
    for service in services.values():
        for entry in graph.entries_of(service):
            ways = (way for way in graph.ways_from(entry) if any(way.pod is pod for pod in routers))
            yield from opened(ways, graph)
    for pod in routers:
        for entry in graph.entries_of(pod):
            yield from opened(graph.ways_from(entry), graph)


def _is_router(pod: PodTemplate) -> bool:
    """Whether the pod has a router's dashboard open."""
    found = (open_dashboard(item, number) for item in pod.containers for number in (8080, 9000))
    return any(dashboard is not None and dashboard.is_router for dashboard in found)


def _dashboard_of(way: Way) -> Dashboard | None:
    """The dashboard at the end of a way: that of the container whose port it is, or that may serve it undeclared."""
    pod, number = way.pod, way.port_number
    if pod is None or number is None:
        return None
    declaring = [item for item in pod.containers if any(port.number == number for port in item.ports)]
    found = (open_dashboard(item, number) for item in declaring or pod.containers)
    return next((dashboard for dashboard in found if dashboard is not None), None)
