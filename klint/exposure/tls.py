"""Where TLS of a route's hosts ends: at a listener, at its controller, before that, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from klint.exposure.audience import Audience, Who
from klint.exposure.certificates import asked_tls
from klint.exposure.filters import redirects
from klint.exposure.host_tls import NO_TLS, UNKNOWN, HostTls, TlsState
from klint.exposure.mergeable import is_master, is_minion, minions_of
from klint.hops import GuardKind
from klint.kube.certificates import ALWAYS_TLS, ASKS_FOR_HTTPS, DEFAULT_CERTIFICATE, LISTEN_PORTS, issuer_annotation
from klint.kube.classes import GATEWAY_API
from klint.kube.controllers import IngressController
from klint.kube.hosts import is_public_host, sounds_private
from klint.kube.istio import ISTIO
from klint.kube.resource import Resource, mapping
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import AttachmentKind, Ending, Match, Route, TlsMode
from klint.kube.service import Service
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope
    from klint.fixes import Fix

_GROUPS = frozenset((
    *("networking.k8s.io", "extensions", GATEWAY_API, "route.openshift.io", "projectcontour.io", "k8s.nginx.org"),
    *("traefik.io", "traefik.containo.us", ISTIO, "apisix.apache.org", "getambassador.io", "zalando.org"),
))  # fmt: skip
"""Groups of routes of which klint can tell that they have no TLS, by their fields, their controller or listeners."""

_CHALLENGES = "/.well-known/acme-challenge"
_SOLVER = "cm-acme-http-solver"
"""What a certificate authority asks for in plain HTTP (RFC 8555 8.3), and who answers for cert-manager."""

_SETTINGS = (
    *("default-ssl-certificate", "defaultCertificate", "wildcardTLS", "fallbackCertificate", "fallback-certificate"),
    "KONG_SSL_CERT",
)
"""What in the values of a chart, in an operator's object or in the environment of a proxy gives a controller a
certificate for all hosts (Kong's is `ssl_cert`: developer.konghq.com gateway/ssl-certificates)."""


@dataclass(frozen=True, slots=True)
class PlainRoute:
    """A route whose public `hosts` are served without TLS, to whom, and what may have been meant to help.

    `hosts` are empty where the cluster makes the host. `fix` is set where a certificate is to be had for the asking.
    """

    route: Route
    hosts: tuple[str, ...]
    audience: Audience
    why: Why = PLAIN
    at: Place | None = None
    fix: Fix | None = None


_STATES = {TlsMode.PASSTHROUGH: TlsState.PASSTHROUGH}


def tls_of(route: Route, host: str, graph: Graph, scope: Scope) -> HostTls:
    """What becomes of TLS for a host of a route; `""` for one of no host."""
    if route.group not in _GROUPS or is_placeholder(host) or not route.attachments:
        return UNKNOWN  # what has no attachments takes requests from other routes, which may have TLS
    if route.group == ISTIO:
        from klint.exposure.tls_elsewhere import tls_at_servers

        return _unless_before(tls_at_servers(route, host, graph, scope), route, graph, scope)
    if any(item.kind is AttachmentKind.GATEWAY for item in route.attachments):
        return _at_listeners(route, graph)
    controllers = [serving.controller for serving in graph.servings(route)]
    controller = controllers[0] if len(controllers) == 1 else None
    for mode, at in asked_tls(route, (host,) if host else (), controller.name if controller else ""):
        return HostTls(_STATES.get(mode, TlsState.TERMINATED), at)
    if _may_be_asked(route) or any(sounds_private(item.ref.name) for item in route.attachments):
        return UNKNOWN
    other = _with_tls_beside(route, scope).get((_class_of(route), host))
    if other is not None:
        return HostTls(TlsState.TERMINATED, other)
    by_controller = _at_controller(route, controller, graph) if controller else None
    if by_controller is None:
        from klint.exposure.tls_elsewhere import tls_elsewhere

        by_controller = tls_elsewhere(route, host, controller.name if controller else "", graph, scope)
    return _unless_before(by_controller or NO_TLS, route, graph, scope)


def _unless_before(found: HostTls, route: Route, graph: Graph, scope: Scope) -> HostTls:
    """What was found, unless that is that there is no TLS, and it ends before that."""
    ended = tls_before(route, graph, scope) if found.state is TlsState.NONE else found
    return found if ended.state is TlsState.NONE else ended


def _at_listeners(route: Route, graph: Graph) -> HostTls:
    """A Gateway that is elsewhere, is called internal, or serves HTTP where others have HTTPS, is left alone."""
    from klint.kube.clouds import TERMINATIONS

    found = [attached for attached in graph.attachments(route) if not attached.is_broken]
    for attached in found:
        for listener in attached.listeners:
            if listener.terminates_tls:
                return HostTls(TlsState.TERMINATED, listener.at("protocol"))
    for attached in found:
        gateway = attached.gateway
        if gateway is None or not attached.listeners or is_placeholder(gateway.class_name):
            return UNKNOWN
        annotations = {**gateway.annotations, **mapping(gateway.get("spec", "infrastructure", "annotations"))}
        for listener in attached.listeners:
            ends_before = any(item.on(annotations, listener.port, listener.name) for item in TERMINATIONS)
            if listener.protocol != "HTTP" or listener.port == 443 or ends_before:
                return UNKNOWN
        if sounds_private(gateway.name) or sounds_private(gateway.class_name):
            return UNKNOWN
    listeners = [listener for attached in found for listener in attached.listeners]
    return HostTls(TlsState.NONE, listeners[0].at("protocol")) if listeners else UNKNOWN


def _may_be_asked(route: Route) -> bool:
    """Whether its own TLS is there in a form that klint does not read, or for other hosts, or HTTPS is asked for."""
    if route.tls or route.get("spec", "tls") or is_placeholder(route.annotations.get(LISTEN_PORTS)):
        return True
    annotations = route.annotations
    if "redirect" in annotations.get("traefik.ingress.kubernetes.io/router.middlewares", ""):
        return True
    return any(
        name in annotations and (not values or annotations[name] in values or is_placeholder(annotations[name]))
        for name, values in ASKS_FOR_HTTPS.items()
    )


def _with_tls_beside(route: Route, scope: Scope) -> Mapping[tuple[str, str], Place]:
    """The hosts of each class that any route of a kind has TLS for: a host's certificate is for all its routes.

    Source: ingress-nginx internal/ingress/controller createServers, which has one server for a host. Controllers that
    have one for each route are given the benefit of the doubt.
    """
    return scope.index.kept(
        ("hosts with TLS", route.kind),
        lambda: {
            (_class_of(item), host): tls.at
            for item in scope.index.of_type(type(route))
            for tls in item.tls
            for host in tls.hosts or item.hosts
        },
    )


def _class_of(route: Route) -> str:
    return next((item.ref.name for item in route.attachments), "")


def _at_controller(route: Route, controller: IngressController, graph: Graph) -> HostTls | None:
    """TLS that a controller has for every host: its provider's, or a default certificate's."""
    if controller.name in ALWAYS_TLS:
        return HostTls(TlsState.TERMINATED)
    for serving in graph.servings(route):
        for item in serving.class_hop.targets:
            if isinstance(item, Resource) and item.get("spec", "parameters"):
                return UNKNOWN
    flags = graph.controller_flags(controller)
    told = filter(None, map(flags.get, DEFAULT_CERTIFICATE.get(controller.name, ())))
    return next((HostTls(TlsState.TERMINATED, flag.at) for flag in told), None)


def tls_before(route: Route, graph: Graph, scope: Scope) -> HostTls:
    """TLS that a load balancer before the controller ends, or a setting of the controller that a chart makes."""
    services = (arrival.entry.resource for arrival in graph.arrivals(route) if arrival.entry is not None)
    for service in services:
        if isinstance(service, Service):
            key = ("TLS at its load balancer", id(service))
            at = scope.own.kept(key, partial(_tls_of_load_balancer, service, graph))
            if at is not None:
                return HostTls(TlsState.TERMINATED, at)
    mentioning = scope.index.kept("settings of TLS", lambda: tuple(_with_settings(scope)))
    return UNKNOWN if any(scope.sort(mentioning).nearest) else NO_TLS


def _tls_of_load_balancer(service: Service, graph: Graph) -> Place | None:
    guards = (guard for entry in graph.entries_of(service) for guard in graph.guards_of_entry(entry))
    return next((guard.at for guard in guards if guard.kind is GuardKind.TLS), None)


def _with_settings(scope: Scope) -> Iterator[Resource]:
    from klint.kube.clouds import TERMINATIONS

    settings = (*_SETTINGS, *(key for item in TERMINATIONS for key in item.certificates))
    for item in scope.index.resources_mentioning(re.compile("|".join(map(re.escape, settings)))):
        if not isinstance(item, Service):
            yield item


def plain_routes(graph: Graph, scope: Scope) -> Iterator[PlainRoute]:
    """The bundle's routes with a public host that is served without TLS.

    Those that only redirect, or answer a certificate authority, are none; nor are those that nobody outside reaches.
    TLS of minions is their master's.
    """
    for route in graph.routes:
        if route.group not in _GROUPS or is_minion(route):
            continue
        served = minions_of(route, scope) if is_master(route) else (route,)
        if not any(_serves(match, scope) for item in served for match in item.matches):
            continue
        hosts = route.hosts or tuple(_listened_hosts(route, graph))
        public = tuple(dict.fromkeys(host for host in hosts if is_public_host(host)))
        if not public and (hosts or route.kind != "Route"):
            continue
        found = [
            (host, tls) for host in public or ("",) if (tls := tls_of(route, host, graph, scope)).state is TlsState.NONE
        ]
        audience = _widest(route, graph) if found else None
        if audience is not None:
            yield _explained(PlainRoute(route, tuple(host for host, _ in found if host), audience, at=found[0][1].at))


def _serves(match: Match, scope: Scope) -> bool:
    """Whether it hands HTTP on to a Service other than a solver of challenges."""
    if match.path is None or match.ends_in is Ending.REDIRECT or match.path.text.startswith(_CHALLENGES):
        return False
    served = any(not backend.service.startswith(_SOLVER) for backend in match.backends)
    return served and not _redirects(match.route) and not redirects(match, scope)


def _redirects(route: Route) -> bool:
    """Whether annotations have it answer all requests with a redirect (ingress-nginx annotations.md, Redirects)."""
    names = ("permanent-redirect", "temporal-redirect")
    return any(f"nginx.ingress.kubernetes.io/{name}" in route.annotations for name in names)


def _listened_hosts(route: Route, graph: Graph) -> Iterator[str]:
    for attached in graph.attachments(route):
        yield from (listener.hostname for listener in attached.listeners if listener.hostname)


def _widest(route: Route, graph: Graph) -> Audience | None:
    """The widest audience of a route; None where only those on a private network reach it, or nobody."""
    found = [inlet.audience for inlet in graph.inlets_of(route)]
    world = next((audience for audience in found if audience.who is Who.WORLD), None)
    return world or next((audience for audience in found if audience.who is Who.UNKNOWN), None)


def has_public_inlet(route: Route, graph: Graph) -> bool:
    """Whether it may be that more than a private network reaches a route, and its class is not called internal."""
    is_private = any(sounds_private(item.ref.name) for item in route.attachments)
    return not is_private and _widest(route, graph) is not None


def _explained(found: PlainRoute) -> PlainRoute:
    from klint.exposure.tls_fixes import issue_certificate, terminate_at_router

    route, issuer = found.route, issuer_annotation(found.route.annotations)
    if not issuer or not isinstance(route, Ingress):
        return replace(found, fix=terminate_at_router(route)) if not found.hosts else found
    at = route.at("metadata", "annotations", issuer)
    fix = issue_certificate(route, found.hosts)
    return replace(found, why=why(Reason.ISSUES_FOR_TLS_ONLY, issuer), at=at, fix=fix)
