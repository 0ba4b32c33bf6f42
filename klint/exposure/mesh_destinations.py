"""Istio: what a VirtualService sends to, Services apart: subsets, hosts of ServiceEntries, and delegates.

Sources: istio/api networking/v1alpha3 virtual_service.proto, destination_rule.proto, service_entry.proto; istio.io
docs/reference/config/analysis IST0101.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from klint.exposure.absent import absent_service
from klint.exposure.mesh_index import destination_rules, service_entries
from klint.exposure.near import only_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.index import Index
from klint.kube.istio import ISTIO, DestinationRule, ServiceEntry, service_of
from klint.kube.ref import Ref
from klint.kube.resource import Resource, string
from klint.kube.routes.istio import Destination, VirtualService
from klint.kube.routes.shape import AttachmentKind
from klint.kube.validation.remedies import write
from klint.reasons import Reason, why
from klint.records import replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing

_FEW = 4
"""That many subsets are named in a message."""


def subset_hops(route: VirtualService, gone: Container[tuple[str, str]], scope: Scope) -> Iterator[Hop]:
    """From each destination with a subset to the DestinationRules that may define it.

    `gone` are the namespaces and names of Services that do not exist: of their subsets there is no more to say.
    """
    for destination in route.destinations:
        service = service_of(destination.host, route.namespace)
        is_gone = service is not None and (service.namespace, service.name) in gone
        if destination.subset and destination.host and not is_gone:
            yield _subset_hop(destination, route, scope)


def _subset_hop(destination: Destination, route: VirtualService, scope: Scope) -> Hop:
    name, host = destination.subset, destination.host
    wants = Ref(ISTIO, "subset", route.full_host(host), name)
    hop = Hop(HopKind.SUBSET, route, destination.at("subset"), wants, State.UNKNOWN)
    if is_placeholder(name) or is_placeholder(host):
        return replace(hop, why=why(Reason.FILLED_IN_LATER, name))
    sorted_rules = scope.sort(destination_rules(host, route.namespace, scope.index))
    rules = (*sorted_rules.own, *sorted_rules.elsewhere)
    subsets = [subset for rule in rules for subset in rule.subsets]
    if any(subset.name == name for subset in subsets):
        return replace(hop, state=State.RESOLVED, targets=rules)
    hidden = scope.may_hide([name])
    if hidden or any(is_placeholder(subset.name) for subset in subsets):
        return replace(hop, why=why(Reason.HIDDEN_DEFINITION, hidden or rules[0]))
    if rules:
        names = abridged([subset.name for subset in subsets], _FEW) or "no subsets"
        is_certain = bool(sorted_rules.own)
        meant = only_similar(name, (subset.name for subset in subsets))
        remedy = write(hop.at, meant) if meant else None
        reason = why(Reason.HAS, rules[0], names)
        return replace(hop, state=State.BROKEN, targets=rules, why=reason, certain=is_certain, remedy=remedy)
    service = service_of(host, route.namespace)
    is_here = service is not None and bool(scope.services_named(service.namespace, service.name).own)
    if is_here or scope.is_closed or scope.own.kept("has DestinationRules", lambda: _has_rules(scope.own)):
        return replace(hop, state=State.BROKEN, why=why(Reason.NO_DESTINATION_RULE, host), certain=scope.is_closed)
    return replace(hop, why=why(Reason.NOT_IN_WORKSPACE))


def _has_rules(index: Index) -> bool:
    return bool(index.of_type(DestinationRule))


def host_hops(route: VirtualService, scope: Scope) -> Iterator[Hop]:
    """From each destination that is no Service to the ServiceEntries that may know it."""
    for destination in route.destinations:
        if destination.host and service_of(destination.host, route.namespace) is None:
            yield _to_host(destination.host, route, destination.at("host"), scope)


def _to_host(host: str, source: Resource, at: Place, scope: Scope) -> Hop:
    """From what names a host that is no Service's to the ServiceEntries that may know it."""
    hop = Hop(HopKind.BACKEND, source, at, Ref(ISTIO, "ServiceEntry", "", host), State.UNKNOWN)
    if is_placeholder(host):
        return replace(hop, why=why(Reason.FILLED_IN_LATER, host))
    found = scope.sort(service_entries(scope.index).meeting(host)).nearest
    name, _, namespace = host.removesuffix(".svc").partition(".")
    services = scope.services_named(namespace, name).own if namespace and "." not in namespace else ()
    if found:
        return replace(hop, state=State.RESOLVED, targets=found)
    if services and services[0].namespace == namespace:
        near = (Near(services[0], services[0].place),)
        remedy = write(at, f"{name}.{namespace}.svc.cluster.local")
        return replace(hop, state=State.BROKEN, why=why(Reason.HALF_A_NAME), near=near, certain=True, remedy=remedy)
    if not scope.may_hide([host]) and any(
        item.namespace == source.namespace
        for item in scope.own.kept("ServiceEntries", lambda: scope.own.of_type(ServiceEntry))
    ):
        return replace(hop, state=State.BROKEN, why=why(Reason.NO_SERVICE_ENTRY), certain=scope.is_closed)
    return replace(hop, why=why(Reason.NOT_IN_WORKSPACE))


def rule_hop(rule: DestinationRule, scope: Scope) -> Hop | None:
    """From a DestinationRule to the Service that it is for, or to the ServiceEntries that may know its host.

    None where there is nothing to follow: a host with a wildcard, and one that a VirtualService of the bundle sends to
    as well, of which that is said. Source: istio.io docs/reference/config/analysis IST0101.
    """
    host, at = string(rule.get("spec", "host")), rule.at("spec", "host")
    service = service_of(host, rule.namespace)
    if not host or "*" in host:
        return None
    if service is None:
        return _to_host(host, rule, at, scope)
    hop = Hop(HopKind.BACKEND, rule, at, service, State.RESOLVED)
    found = scope.services_named(service.namespace, service.name).nearest
    if found or scope.sort(service_entries(scope.index).meeting(rule.host)).nearest:
        return replace(hop, targets=found)
    if scope.own.routes_to.get(service.name):
        return None
    return absent_service(hop, scope, scope.index.routes_to)


def portless_hops(route: VirtualService, graph: Routing, scope: Scope) -> Iterator[Hop]:
    """From each destination without a port to a Service with several ports, of which requests come on none.

    A Service's only port is meant, and of several the one that has the listener's number (istio
    pilot/pkg/networking/core/route GetDestinationCluster; istio.io docs/reference/config/analysis IST0112).
    """
    portless = [link for link in graph.links(route) if link.backend.port is None and link.service is not None]
    several = [link for link in portless if link.service is not None and len(link.service.ports) > 1]
    coming = _ports_of_requests(route, graph, scope) if several else None
    if coming is None:
        return
    for link in several:
        service, backend = link.service, link.backend
        numbers = {port.number for port in service.ports} if service is not None else {None}
        if service is None or None in numbers or not scope.sort(link.services).own or not numbers.isdisjoint(coming):
            continue
        reason = why(Reason.OFFERS, abridged([str(port) for port in service.ports], _FEW))
        wants = Ref("", "Service", service.namespace, service.name)
        yield Hop(HopKind.PORT, route, backend.port_at, wants, State.BROKEN, link.services, reason)


def _ports_of_requests(route: VirtualService, graph: Routing, scope: Scope) -> frozenset[int | None] | None:
    """The numbers of the ports on which requests come to a VirtualService; None where they are not known."""
    found: set[int | None] = set()
    if route.is_delegate:
        return None
    for binding in graph.bindings(route):
        if not binding.servers:
            return None
        found.update(server.port for server in binding.servers)
    if any(item.kind is AttachmentKind.MESH for item in route.attachments):
        for host in route.hosts:
            service = service_of(host, route.namespace)
            services = scope.services_named(service.namespace, service.name).own if service is not None else ()
            if not services:
                return None
            found.update(port.number for item in services for port in item.ports)
    return None if None in found else frozenset(found)


def delegate_hops(route: VirtualService, graph: Routing) -> Iterator[Hop]:
    """From a VirtualService to those that it hands requests on to. These have no hosts, or Istio leaves them out.

    Source: istio pilot/pkg/model/virtualservice.go mergeVirtualServicesIfNeeded.
    """
    for hop in dict.fromkeys(item.hop for item in graph.delegations(route)):
        targets = [item for item in hop.targets if isinstance(item, VirtualService)]
        if targets and not any(item.is_delegate for item in targets):
            yield replace(hop, state=State.BROKEN, why=why(Reason.HAS_HOSTS), certain=True)
        else:
            yield hop
