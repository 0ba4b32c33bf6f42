"""Services that routes send to and that are open to the outside themselves, without need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.exposure.fronts import feeds_load_balancer, fronts_controller
from klint.exposure.scope import Scope
from klint.hops import State
from klint.kube.routes.shape import AttachmentKind, Backend, Route
from klint.kube.service import Service

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def backend_beside_entry(service: Service, graph: Graph, scope: Scope) -> Backend | None:
    """The backend of a route by which a Service with an entry of its own is reached from outside anyway.

    None where the entry is needed: by the load balancer of the route's controller, or for a port that no route sends
    to; where a controller or a gateway is behind it, and where the entry is for a private network, the nodes of a
    cluster without load balancers, or is a side door around what the route asks of every request.
    """
    links = graph.links_to(service)
    if service.is_hook or not links:
        return None
    routed = [found for match, found in links if _is_from_outside(match.route, graph)]
    ports = {found.port.path for found in routed if found.port is not None}
    if not routed or any(port.path not in ports for port in service.ports):
        return None
    if graph.target.is_on_bare_metal or fronts_controller(service, graph) or feeds_load_balancer(service, graph, scope):
        return None
    entries = graph.entries_of(service)
    if any(graph.audience(entry).who in (Who.PRIVATE, Who.CLUSTER) for entry in entries[:1]):
        return None
    if any(door.opening.way.service is service for door in graph.side_doors):
        return None
    return routed[0].backend


def _is_from_outside(route: Route, graph: Graph) -> bool:
    """Whether a route may take requests from outside: not one of a mesh, nor one that nothing serves."""
    is_for_mesh = bool(route.attachments) and all(item.kind is AttachmentKind.MESH for item in route.attachments)
    return not is_for_mesh and not any(item.class_hop.state is State.BROKEN for item in graph.servings(route))
