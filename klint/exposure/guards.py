"""What a request must pass on its way: TLS, authentication, allow-lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from klint.exposure.certificates import asked_tls
from klint.exposure.entries import Entry, Mechanism
from klint.hops import Guard, GuardKind
from klint.kube.authentication import is_waived
from klint.kube.controllers import IngressController
from klint.kube.routes.shape import Match, Route
from klint.kube.service import Service, ServicePort

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.ways import Arrival
    from klint.kube.workload import PodTemplate

_TLS_PORTS = frozenset((443, 8443))


def guards_of_entry(entry: Entry, graph: Graph) -> Iterator[Guard]:
    """The list of who may come in through a load balancer, where it has one that holds, and TLS that it terminates."""
    service = entry.resource
    if isinstance(service, Service) and entry.mechanism is Mechanism.LOAD_BALANCER:
        at = graph.allow_list(service)
        if at is not None:
            yield Guard(GuardKind.ALLOW_LIST, at)
        if entry.service_port is not None:
            yield from _tls_of_load_balancer(service, entry.service_port)


def _tls_of_load_balancer(service: Service, port: ServicePort) -> Iterator[Guard]:
    """TLS that a load balancer terminates before a Service sees the request."""
    from klint.kube.clouds import TERMINATIONS

    for termination in TERMINATIONS:
        annotation = termination.on(service.annotations, port.number, port.name)
        if annotation:
            yield Guard(GuardKind.TLS, service.at("metadata", "annotations", annotation))


def guards_of_pod(pod: PodTemplate, graph: Graph) -> Iterator[Guard]:
    """The NetworkPolicies that certainly limit what comes in to a pod, whether or not they let this request in."""
    for policy in graph.policies(pod).certain:
        yield Guard(GuardKind.POLICY, policy.at("spec", "podSelector"))


def guards_of_arrival(arrival: Arrival, match: Match, graph: Graph) -> Iterator[Guard]:
    """What requests to a match pass before they are sent on."""
    if arrival.entry is not None:
        yield from graph.guards_of_entry(arrival.entry)
    yield from _tls(arrival, match)
    yield from graph.guards_of_filters(match)
    yield from graph.guards_of_gateway(arrival, match)
    controller = arrival.serving.controller if arrival.serving else None
    if controller is not None:
        yield from _by_annotation(match.route, controller)
        if controller.name in _ON_SERVICES:
            yield from _by_services(match, controller, graph)


def _tls(arrival: Arrival, match: Match) -> Iterator[Guard]:
    """TLS at the Gateway's listener, or at a controller that has a certificate for the host.

    Of a Gateway of Istio all servers have it that requests come to, or redirect to it. A controller that is entered on
    a port for plain HTTP has no TLS there, whatever certificates it holds.
    """
    attached, entry = arrival.attached, arrival.entry
    if arrival.servers:
        if all(server.is_encrypted or server.redirects_to_https for server in arrival.servers):
            yield from (Guard(GuardKind.TLS, server.at("tls")) for server in arrival.servers)
        return
    if attached is not None:
        found = attached.listeners if entry is None else attached.listeners_by_port.get(entry.at, ())
        for listener in found:
            if listener.terminates_tls:
                yield Guard(GuardKind.TLS, listener.at("protocol"))
        return
    if entry is not None and not _is_for_tls(entry):
        return
    controller = arrival.serving.controller if arrival.serving else None
    for route in (match.route, *(item.route for item in arrival.delegations)):
        for _, at in asked_tls(route, match.hosts, controller.name if controller else ""):
            yield Guard(GuardKind.TLS, at)


def _is_for_tls(entry: Entry) -> bool:
    port, declared = entry.service_port, entry.container_port
    names = (port.name, port.app_protocol) if port else (declared.name,) if declared else ()
    return (
        entry.port in _TLS_PORTS
        or any(name in ("https", "websecure", "tls") for name in names)
        or (port is not None and port.number in _TLS_PORTS)
    )


_ON_SERVICES: Mapping[str, tuple[GuardKind, ...]] = {
    "AWS Load Balancer Controller": (GuardKind.AUTHENTICATION,),
    "EKS Auto Mode": (GuardKind.AUTHENTICATION,),
    "HAProxy Ingress": (GuardKind.AUTHENTICATION, GuardKind.ALLOW_LIST),
}
"""What controllers read of the annotations of Services, too, for the requests that these get.

Sources: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md, Location;
haproxy-ingress.github.io docs/configuration/keys (the scopes Path and Backend).
"""


def _by_services(match: Match, controller: IngressController, graph: Graph) -> Iterator[Guard]:
    """What all the Services ask that a match sends to, at the first of them."""
    links = [link for link in graph.links(match.route) if any(link.backend is item for item in match.backends)]
    asked = [list(_by_annotation(link.service, controller)) if link.service is not None else [] for link in links]
    for kind in _ON_SERVICES[controller.name] if asked else ():
        if all(any(guard.kind is kind for guard in guards) for guards in asked):
            yield next(guard for guard in asked[0] if guard.kind is kind)


def _by_annotation(resource: Route | Service, controller: IngressController) -> Iterator[Guard]:
    if not resource.annotations:
        return
    for kind, names in (
        (GuardKind.ALLOW_LIST, controller.allow_lists),
        (GuardKind.AUTHENTICATION, controller.authentication),
    ):
        for annotation in names:
            value = resource.annotations.get(annotation, "").strip()
            if not value or value == "none":
                continue
            is_list = kind is GuardKind.ALLOW_LIST
            if not (_lets_in_everybody(value) if is_list else is_waived(annotation, resource.annotations)):
                yield Guard(kind, resource.at("metadata", "annotations", annotation))


def _lets_in_everybody(value: str) -> bool:
    from klint.exposure.allow_lists import everybody, listed

    return bool(everybody(listed(value)))
