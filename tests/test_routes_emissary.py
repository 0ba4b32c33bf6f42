"""Emissary: Mappings and TCPMappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import Graph, Role, State
from klint.kube.routes.shape import Ending, PathKind

if TYPE_CHECKING:
    from tests.conftest import GraphOf

WEB = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
)


def mapping(spec: str, kind: str = "Mapping", version: str = "v3alpha1") -> str:
    head = f"---\napiVersion: getambassador.io/{version}\nkind: {kind}\nmetadata: {{name: shop, namespace: shop}}\n"
    return f"{head}spec: {{{spec}}}\n"


SERVICES: dict[str, tuple[str, str, int] | None] = {
    "web": ("shop", "web", 80),
    "web:8080": ("shop", "web", 8080),
    "web.cart": ("cart", "web", 80),
    "http://web.cart:81": ("cart", "web", 81),
    "https://web": ("shop", "web", 443),
    "web.cart.svc": ("cart", "web", 80),
    "web.cart.svc.cluster.local:82": ("cart", "web", 82),
    "httpbin.org": None,
    "https://www.example.com:443": None,
    "10.0.0.1:80": None,
    "localhost:8500": None,
    "${SERVICE}": None,
    "": None,
}


@pytest.mark.parametrize("text", SERVICES)
def test_what_a_service_is_called(text: str, graph_of: GraphOf) -> None:
    graph = graph_of(mapping(f"hostname: '*', prefix: /, service: '{text}'"))
    found = [(item.namespace, item.service, item.port) for item in graph.routes[0].backends]
    assert found == ([SERVICES[text]] if SERVICES[text] else [])


MATCHES: dict[str, tuple[tuple[str, ...], PathKind, str]] = {
    "hostname: '*', prefix: /": ((), PathKind.SEGMENT, "/"),
    "hostname: shop.example.com, prefix: /cart/": (("shop.example.com",), PathKind.STRING, "/cart/"),
    "host: shop.example.com, prefix: /": (("shop.example.com",), PathKind.SEGMENT, "/"),
    "prefix: /cart, prefix_exact: true": ((), PathKind.EXACT, "/cart"),
    "prefix: '/c.*', prefix_regex: true": ((), PathKind.REGEX, "/c.*"),
}


@pytest.mark.parametrize("spec", MATCHES)
def test_what_a_mapping_takes(spec: str, graph_of: GraphOf) -> None:
    graph = graph_of(mapping(f"{spec}, service: web", version="v2"))
    (match,) = graph.routes[0].matches
    assert match.path is not None
    assert (match.hosts, match.path.kind, match.path.text) == MATCHES[spec]


def test_shadows_are_mirrors_and_redirects_end(graph_of: GraphOf) -> None:
    graph = graph_of(
        mapping("hostname: '*', prefix: /, service: web, shadow: true, weight: 10")
        + mapping("hostname: '*', prefix: /, service: example.com, host_redirect: true")
    )
    shadow, redirect = (route.matches[0] for route in graph.routes)
    assert (shadow.backends[0].role, shadow.backends[0].weight) == (Role.MIRROR, None)
    assert (redirect.backends, redirect.ends_in) == ((), Ending.REDIRECT)


def test_a_service_that_another_resolver_knows_is_none_of_the_clusters(graph_of: GraphOf) -> None:
    graph = graph_of(mapping("hostname: '*', prefix: /, service: web, resolver: consul-dc1"))
    assert graph.routes[0].backends == ()


def test_the_port_of_a_service_is_one_of_its_own(graph_of: GraphOf) -> None:
    graph = graph_of(mapping("hostname: '*', prefix: /, service: 'web:8080'") + WEB)
    (link,) = graph.links(graph.routes[0])
    assert [hop.state for hop in link.hops] == [State.RESOLVED, State.BROKEN]


def test_a_tcp_mapping_takes_the_connections_to_a_port(graph_of: GraphOf) -> None:
    graph = graph_of(mapping("port: 6379, service: 'web:80'", "TCPMapping") + WEB)
    (match,) = graph.routes[0].matches
    assert (match.path, graph.routes[0].attachments[0].port) == (None, 6379)


EMISSARY = (
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: emissary, namespace: emissary}\n"
    "spec: {selector: {matchLabels: {app: e}}, template: {metadata: {labels: {app: e}}, spec: {containers: [\n"
    "  {name: e, image: docker.io/emissaryingress/emissary:3.9.1}]}}}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: emissary, namespace: emissary}\n"
    "spec: {type: LoadBalancer, selector: {app: e}, ports: [{name: http, port: 80, targetPort: 8080},"
    " {name: https, port: 443, targetPort: 8443}, {name: db, port: 5432}]}\n"
)


def listener(name: str, spec: str) -> str:
    meta = f"metadata: {{name: {name}, namespace: emissary}}"
    return f"---\napiVersion: getambassador.io/v3alpha1\nkind: Listener\n{meta}\nspec: {spec}\n"


def entered(graph: Graph) -> list[int | None]:
    """The ports of Services that requests to the only route come in by."""
    entries = (arrival.entry for arrival in graph.arrivals(graph.routes[0]) if arrival.entry is not None)
    return [entry.service_port.number for entry in entries if entry.service_port is not None]


HTTP = listener("http", "{port: 8080, protocol: HTTP, securityModel: XFP}")
HTTPS = listener("https", "{port: 8443, protocolStack: [TLS, HTTP, TCP], securityModel: SECURE}")
TCP = listener("db", "{port: 5432, protocol: TCP, securityModel: XFP}")


@pytest.mark.parametrize(
    ("listeners", "ports"),
    [
        (HTTP + HTTPS + TCP, [80, 443]),
        (HTTP + TCP, [80]),
        ("", [80, 443, 5432]),
        (HTTP + listener("later", "{port: '${PORT}', protocol: HTTP}"), [80, 443, 5432]),
    ],
)
def test_a_mapping_is_entered_by_the_listeners_for_http(listeners: str, ports: list[int], graph_of: GraphOf) -> None:
    graph = graph_of(EMISSARY + WEB + listeners + mapping("hostname: '*', prefix: /, service: web"))
    assert entered(graph) == ports


def test_a_tcp_mapping_is_entered_by_its_own_port(graph_of: GraphOf) -> None:
    graph = graph_of(EMISSARY + WEB + HTTP + mapping("port: 5432, service: 'web:80'", "TCPMapping"))
    assert entered(graph) == [5432]
