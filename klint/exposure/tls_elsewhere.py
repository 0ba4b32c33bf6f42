"""TLS that a route has from another object than itself or its controller's flags for all hosts.

Traefik's entry points, the servers of Istio's Gateways, ApisixTls, Hosts of Emissary, and what stands before Skipper.

Sources: doc.traefik.io reference/install-configuration/entrypoints (http.tls, http.redirections) and
reference/routing-configuration/http/tls/overview (without TLS a router takes plain HTTP alone); istio.io
docs/reference/config/networking/gateway (Port.protocol, ServerTLSSettings httpsRedirect); apisix.apache.org
docs/ingress-controller references/apisix_tls_v2 (hosts are matched with SNI) and docs/apisix plugins/redirect;
emissary-ingress.dev docs topics/running/host-crd and topics/running/tls/cleartext (with `insecure.action: Route` and no
certificate a Host routes cleartext, and nothing else); opensource.zalando.com/skipper kubernetes/ingress-controller
(kube-ingress-aws-controller makes load balancers that end TLS).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from klint.exposure.certificates import covers
from klint.exposure.host_tls import UNKNOWN, HostTls, TlsState
from klint.kube.controllers import image_is
from klint.kube.hosts import sounds_private
from klint.kube.istio import ISTIO, PLAIN_PROTOCOLS, Hosts, IstioGateway, Server
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, mapping, sequence, string, texts
from klint.kube.routes.shape import AttachmentKind, Route
from klint.kube.selector import KnownLabels, label_selector_admits
from klint.kube.ternary import Ternary
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope

_PLAIN_ENTRY_POINTS = frozenset(("web", "http"))
"""What everybody calls the entry point that is for plain HTTP, as Traefik's chart does."""

_TLS_PORTS = frozenset((443, 8443))


def tls_elsewhere(route: Route, host: str, controller: str, graph: Graph, scope: Scope) -> HostTls | None:
    """What another object makes of TLS for a host, as far as the controller has such objects; None if none does."""
    if controller == "Traefik":
        return _at_entry_points(route, graph, scope)
    if controller == "APISIX":
        return _by_apisix_tls(route, host, scope)
    if controller == "Emissary":
        return _by_hosts_of_emissary(route, host, scope)
    return _before_skipper(route, graph, scope) if controller == "Skipper" else None


# Traefik


def _at_entry_points(route: Route, graph: Graph, scope: Scope) -> HostTls | None:
    """TLS of the entry points that a route names; one that names none takes the default ones."""
    named = route.annotations.get("traefik.ingress.kubernetes.io/router.entrypoints", "").split(",")
    named += [item.section for item in route.attachments if item.kind is AttachmentKind.ENTRYPOINT]
    names = {name.strip().lower() for name in named} - {""}
    serving = next(iter(graph.servings(route)), None)
    controller = serving.controller if serving is not None else None
    if controller is None or any(map(is_placeholder, names)):
        return UNKNOWN
    flags = graph.controller_flags(controller)
    without: set[str] = set()
    for name, found in flags.named("entrypoints."):
        point, _, option = name.partition(".")
        if names and point not in names:
            continue
        if option.startswith("http.tls") and found.is_on is not False:
            return HostTls(TlsState.TERMINATED, found.at)
        if option.startswith("http.redirections.entrypoint.to"):
            return UNKNOWN
        if option == "http.tls":
            without.add(point)
    if flags.is_whole or (names and names <= without | _PLAIN_ENTRY_POINTS):
        return None
    is_own = any(item.kind is AttachmentKind.ENTRYPOINT for item in route.attachments)
    if names or is_own or scope.target.platform in ("k3s", "k3d"):
        return UNKNOWN  # the chart, and k3s with it, turns TLS on at the entry point websecure
    return None


# Istio


def tls_at_servers(route: Route, host: str, graph: Graph, scope: Scope) -> HostTls:
    """TLS of the servers for a host, of the Gateways that a VirtualService is bound to."""
    bound = [item for item in graph.bindings(route) if not item.is_broken]
    gateways = [item.gateway for item in bound if item.gateway is not None]
    if len(gateways) < len(bound) or not gateways or any(map(_may_be_private, gateways)):
        return UNKNOWN
    name = route.full_host(host)
    servers = [
        item.server
        for gateway in gateways
        for item in gateway.hosts.meeting(name)
        if not item.namespace or may_be_one_namespace(item.namespace, route.namespace)
    ]
    for server in servers:
        if server.is_encrypted:
            state = TlsState.PASSTHROUGH if server.tls_mode.endswith("PASSTHROUGH") else TlsState.TERMINATED
            return HostTls(state, server.at("tls"))
    if any(server.protocol not in PLAIN_PROTOCOLS or server.port in _TLS_PORTS for server in servers):
        return UNKNOWN
    encrypted = scope.index.kept("hosts with TLS at Gateways of Istio", lambda: Hosts(_encrypted(scope)))
    plain = [server for server in servers if not server.redirects_to_https]
    fronts = (service for gateway in gateways for service in graph.proxies(gateway).services)
    if not plain or any(encrypted.meeting(name)) or any(graph.links_to(service) for service in fronts):
        return UNKNOWN
    return HostTls(TlsState.NONE, plain[0].at("port", "protocol"))


def _may_be_private(gateway: IstioGateway) -> bool:
    """Whether a Gateway may be for some alone, for what leaves the mesh, or for hosts that are to be filled in."""
    from klint.exposure.mesh import is_egress  # late: few workspaces have a mesh

    ref = Ref(ISTIO, "Gateway", gateway.namespace, gateway.name)
    is_private = any(map(sounds_private, (gateway.name, *gateway.selector.values())))
    return gateway.has_open_hosts or is_private or is_egress(ref, gateway.selector)


def _encrypted(scope: Scope) -> Iterator[tuple[str, Server]]:
    for gateway in scope.index.of_type(IstioGateway):
        for server in gateway.servers:
            if server.is_encrypted:
                yield from ((host.rpartition("/")[2], server) for host in server.hosts)


# APISIX


def _by_apisix_tls(route: Route, host: str, scope: Scope) -> HostTls | None:
    """The ApisixTls that list a host; plugins may redirect, and a set of plugins is an object of its own."""
    listed = _by_host(("apisix.apache.org", "ApisixTls"), lambda item: texts(item.get("spec", "hosts")), scope)
    for item, name in listed.meeting(host):
        if covers(name, host) or is_placeholder(name):
            return HostTls(TlsState.TERMINATED, item.at("spec", "hosts"))
    rules = [mapping(rule) for rule in sequence(route.get("spec", "http"))]
    plugins = [mapping(plugin).get("name") for rule in rules for plugin in sequence(rule.get("plugins"))]
    is_open = any("plugin_config_name" in rule for rule in rules) or _APISIX_REDIRECT in route.annotations
    return UNKNOWN if is_open or "redirect" in plugins else None


_APISIX_REDIRECT = "k8s.apisix.apache.org/http-to-https"


# Emissary


def _by_hosts_of_emissary(route: Route, host: str, scope: Scope) -> HostTls | None:
    """The Hosts that are for a host; without any, what Emissary does depends on its version."""
    contexts = _by_host((_EMISSARY, "TLSContext"), lambda item: texts(item.get("spec", "hosts")), scope)
    for item, _ in contexts.meeting(host):
        return HostTls(TlsState.TERMINATED, item.at("spec", "hosts"))
    hosts = _by_host((_EMISSARY, "Host"), lambda item: (string(item.get("spec", "hostname")) or "*",), scope)
    chosen = {id(item): _chooses(item, route) for item, _ in hosts.meeting(host)}
    fitting = [item for item, _ in hosts.meeting(host) if chosen[id(item)] is not False]
    if not fitting:
        return UNKNOWN if route.group == _EMISSARY else None
    for item in fitting:
        spec = item.child(View, "spec")
        for field in ("tlsSecret", "tlsContext", "tls"):
            if field in spec.data:
                return HostTls(TlsState.TERMINATED, spec.at(field))
        acme = mapping(spec.data.get("acmeProvider"))
        may_be_chosen = chosen[id(item)] is None
        is_plain = spec.get("requestPolicy", "insecure", "action") == "Route"
        is_open = is_placeholder(spec.data.get("hostname")) or route.get("spec", "host_regex") is True
        if may_be_chosen or is_open or not is_plain or (acme and string(acme.get("authority")).lower() != "none"):
            return UNKNOWN
    return HostTls(TlsState.NONE, fitting[0].at("spec", "requestPolicy", "insecure", "action"))


_EMISSARY = "getambassador.io"


def _chooses(item: Resource, route: Route) -> Ternary:
    """Whether a Host takes a Mapping by its labels, all of which its selector has to have; without one it takes each.

    Source: emissary-ingress/emissary releases v3.2.0 (Hosts and mappingSelector).
    """
    spec = mapping(item.get("spec"))
    selector = spec.get("mappingSelector", spec.get("selector"))
    return (
        True if selector is None else label_selector_admits(selector, KnownLabels.of(route.get("metadata", "labels")))
    )


# Skipper

LOAD_BALANCER_MAKER = ("kube-ingress-aws-controller",)


def _before_skipper(route: Route, graph: Graph, scope: Scope) -> HostTls | None:
    """Skipper stands behind what ends TLS, unless the workspace has its load balancer, and that does not."""
    entries = [arrival.entry for arrival in graph.arrivals(route)]
    is_known = any(item is not None and item.resource.get("spec", "type") == "LoadBalancer" for item in entries)
    maker = (c for pod in scope.index.pods for c in pod.containers if image_is(c.image, LOAD_BALANCER_MAKER))
    if not is_known or any(True for _ in maker):
        return UNKNOWN
    controller = next(serving.controller for serving in graph.servings(route))
    flags = graph.controller_flags(controller) if controller is not None else None
    names = ("tls-cert", "kubernetes-enable-tls")
    return UNKNOWN if flags is None or any(flags.get(name) is not None for name in names) else None


def _by_host(
    key: tuple[str, str], hosts: Callable[[Resource], Iterable[str]], scope: Scope
) -> Hosts[tuple[Resource, str]]:
    """The objects of a group and kind by the hosts that they are for, each with the host as it is written.

    One that is to be filled in is for any.
    """

    def found() -> Iterator[tuple[str, tuple[Resource, str]]]:
        for item in scope.index.of_kind(*key):
            yield from (("*" if is_placeholder(host) else host, (item, host)) for host in hosts(item))

    return scope.index.kept(("by host", *key), lambda: Hosts(found()))
