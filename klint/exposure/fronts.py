"""What a Service that opens an entry stands in front of: a controller, an application, or a cloud's load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import Audience, Who
from klint.exposure.entries import Entry
from klint.exposure.scope import Scope
from klint.hops import GuardKind, Way
from klint.kube.controllers import ON_NODES, is_marked_for_node_ports, selects_ingress_or_gateway, sends_to_pods
from klint.kube.index import Index
from klint.kube.namespace import may_be_one_namespace
from klint.kube.protocols import speaks_http
from klint.kube.resource import mapping, string
from klint.kube.routes.shape import AttachmentKind, Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.reasons import Reason
from klint.text.placeholders import is_placeholder, may_be

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def fronts_controller(service: Service, graph: Graph) -> bool:
    """Whether an ingress controller or a gateway is behind a Service: by its pods, or by the labels it selects."""
    if selects_ingress_or_gateway(service.selector):
        return True
    selection = graph.selection(service)
    return selection is not None and any(pod.is_ingress_or_gateway for pod in selection.pods)


def routes_by_front(graph: Graph) -> Mapping[int, Sequence[Route]]:
    """The bundle's routes that come in through each Service with an entry, by the identity of the Service."""
    found: dict[int, dict[int, Route]] = {}
    for route in graph.routes:
        for arrival in graph.arrivals(route):
            if arrival.entry is not None and not arrival.is_broken:
                found.setdefault(id(arrival.entry.resource), {})[id(route)] = route
    return {service: tuple(routes.values()) for service, routes in found.items()}


def unlimited_way(service: Service, graph: Graph) -> Way | None:
    """A way in through what a Service opens that nothing in the cluster keeps anybody from.

    A controller is open on purpose: a way through it is one that asks neither for a host nor for who comes.
    """
    if not fronts_controller(service, graph):
        ways = (way for entry in graph.entries_of(service) for way in graph.ways_from(entry))
        return next((way for way in ways if way.pod is None or graph.is_open(way)), None)
    for route in graph.routes_behind(service):
        if all(match.hosts for match in route.matches):
            continue
        for way in graph.ways_of(route):
            is_through = way.entry is not None and way.entry.resource is service and graph.is_open(way)
            is_limited = way.is_guarded_by(GuardKind.ALLOW_LIST) or way.is_guarded_by(GuardKind.AUTHENTICATION)
            if is_through and way.match is not None and not way.match.hosts and not is_limited:
                return way
    return None


def http_load_balancers(graph: Graph) -> Iterator[Service]:
    """The bundle's load balancers that take HTTP alone from outside for an application: one for each that has any.

    Those of controllers are not among them, nor those for a private network.
    """
    seen: set[tuple[frozenset[tuple[str, str]], str]] = set()
    for service in graph.services:
        if service.type != "LoadBalancer" or service.is_hook or not service.ports or fronts_controller(service, graph):
            continue
        pods = (frozenset(service.selector.items()), service.namespace)
        if service.selector and pods in seen:
            continue
        entries = graph.entries_of(service)
        if _is_from_outside(graph.audience(entries[0])) and all(_takes_http(entry, graph) for entry in entries):
            seen.add(pods)
            yield service


def _is_from_outside(audience: Audience) -> bool:
    """Whether nothing says that somebody thought of whom a load balancer is for."""
    return audience.who is Who.WORLD or audience.why.reason in (
        Reason.LOAD_BALANCER_NOT_KNOWN,
        Reason.LOAD_BALANCERS_DIFFER,
    )


def _takes_http(entry: Entry, graph: Graph) -> bool:
    way = next(graph.ways_from(entry), None)
    return way is not None and way.service_port is not None and speaks_http(way.service_port, way.pod_port, way.pod)


_AWS = "eks"
"""The platform whose load balancers send to nodes unless they are told otherwise (TargetGroupConfiguration)."""


def feeds_load_balancer(service: Service, graph: Graph, scope: Scope) -> bool:
    """Whether a cloud's load balancer may send to the node ports of a Service: one of a route, or one it is bound to.

    A route may be in another bundle. Where nobody knows who serves it, that may be such a load balancer.
    """
    routes_to = scope.index.routes_to
    if service.name in scope.bindings or is_marked_for_node_ports(service.annotations):
        return True
    if service.name in scope.index.kept("services of ALB rollouts", lambda: frozenset(_of_rollouts(scope.index))):
        return True
    open_names = scope.index.kept("names of backends to fill in", lambda: list(filter(is_placeholder, routes_to)))
    names = (service.name, *(name for name in open_names if may_be(name, service.name)))
    routes = scope.sort(route for name in names for route in routes_to.get(name, ())).nearest
    return any(
        may_be_one_namespace(route.namespace, service.namespace) and _may_send_to_nodes(route, service, graph, scope)
        for route in routes
    )


def _may_send_to_nodes(route: Route, service: Service, graph: Graph, scope: Scope) -> bool:
    for serving in graph.servings(route):
        controller = serving.controller
        if controller is None:
            return not serving.class_hop.is_broken
        if controller.name in ON_NODES:
            return not sends_to_pods(controller.name, service.annotations, route.annotations)
    if graph.target.platform == _AWS:
        return any(item.kind is AttachmentKind.GATEWAY for item in route.attachments)
    gateways = [attached.gateway for attached in graph.attachments(route)]
    if not any(gateways):
        return False
    from klint.exposure.gateway_classes import controllers_of

    found = (item for gateway in gateways if gateway is not None for item in controllers_of(gateway, scope))
    return any(item.platform == _AWS for item in found)


def _of_rollouts(index: Index) -> Iterator[str]:
    """The names of Services that Argo Rollouts has the actions of an ALB send to, which no manifest says.

    Source: argo-rollouts docs/features/traffic-management/alb.md.
    """
    for workload in index.of_type(Workload):
        canary = mapping(workload.get("spec", "strategy", "canary"))
        alb = mapping(mapping(canary.get("trafficRouting")).get("alb"))
        if alb:
            names = (alb.get("rootService"), canary.get("stableService"), canary.get("canaryService"))
            yield from map(string, (*names, *mapping(canary.get("pingPong")).values()))
