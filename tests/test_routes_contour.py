"""Contour: HTTPProxies, what they include, and what guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import GuardKind, HopKind, Role, State
from klint.kube.routes.shape import Ending, PathKind, TlsMode

if TYPE_CHECKING:
    from tests.conftest import GraphOf

ROOT = "{virtualhost: {fqdn: shop.example.com}, "


def proxy(spec: str, name: str = "shop", namespace: str = "shop") -> str:
    meta = f"metadata: {{name: {name}, namespace: {namespace}}}"
    return f"---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\n{meta}\nspec: {spec}\n"


def web(namespace: str = "shop") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {namespace}}}\n"
        "spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}\n"
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}, labels: {{app: web}}}}\n"
        "spec: {containers: [{name: web, image: example/web, ports: [{containerPort: 8080}]}]}\n"
    )


MATCHES: dict[str, tuple[str, tuple[PathKind, str], tuple[tuple[str, str], ...]]] = {
    "everything": ("", (PathKind.SEGMENT, "/"), ()),
    "the prefix /": ("{prefix: /}", (PathKind.SEGMENT, "/"), ()),
    "a prefix": ("{prefix: /api}", (PathKind.STRING, "/api"), ()),
    "a path": ("{exact: /api}", (PathKind.EXACT, "/api"), ()),
    "a pattern": ("{regex: '/a.*'}", (PathKind.REGEX, "/a.*"), ()),
    "a header too": (
        "{prefix: /api}, {header: {name: x-canary, exact: 'yes'}}",
        (PathKind.STRING, "/api"),
        (("header", "x-canary exact yes"),),
    ),
}


@pytest.mark.parametrize("case", MATCHES)
def test_conditions_of_a_route(case: str, graph_of: GraphOf) -> None:
    conditions, path, others = MATCHES[case]
    graph = graph_of(proxy(ROOT + f"routes: [{{conditions: [{conditions}], services: [{{name: web, port: 80}}]}}]}}"))
    (match,) = graph.routes[0].matches
    assert match.path is not None
    assert (match.hosts, (match.path.kind, match.path.text), match.conditions) == (("shop.example.com",), path, others)


def test_services_mirrors_and_answers_of_its_own(graph_of: GraphOf) -> None:
    routes = (
        "[{services: [{name: web, port: 80, weight: 9}, {name: copy, port: 80, mirror: true}]}, "
        "{requestRedirectPolicy: {scheme: https}}, {directResponsePolicy: {statusCode: 404}}]"
    )
    graph = graph_of(proxy(ROOT + f"routes: {routes}}}"))
    assert [(item.service, item.role, item.weight) for item in graph.routes[0].backends] == [
        ("web", Role.SHARE, 9),
        ("copy", Role.MIRROR, None),
    ]
    assert [match.ends_in for match in graph.routes[0].matches] == [None, Ending.REDIRECT, Ending.RESPONSE]


def test_a_tcp_proxy_takes_connections_and_its_routes_none(graph_of: GraphOf) -> None:
    tls = "{virtualhost: {fqdn: shop.example.com, tls: {passthrough: true}}, "
    spec = tls + "tcpproxy: {services: [{name: web, port: 80}]}, routes: [{services: [{name: web, port: 80}]}]}"
    graph = graph_of(proxy(spec) + web())
    (way,) = graph.ways_to(graph.pods[0])
    assert way.match is not None
    assert way.match.path is None
    assert graph.routes[0].tls[0].mode is TlsMode.PASSTHROUGH


INCLUDE = "includes: [{name: cart, namespace: cart, conditions: [{prefix: /cart}]}]}"
CART = "{routes: [{conditions: [{prefix: /v1}], services: [{name: web, port: 80}]}]}"


def test_an_included_proxy_takes_the_requests_of_the_root_below_a_prefix(graph_of: GraphOf) -> None:
    graph = graph_of(proxy(ROOT + INCLUDE) + proxy(CART, "cart", "cart") + web("cart"))
    (way,) = graph.ways_to(graph.pods[0])
    assert way.match is not None
    assert way.match.path is not None
    assert (way.match.hosts, way.match.path.text) == (("shop.example.com",), "/cart/v1")
    assert HopKind.DELEGATE in [hop.kind for hop in way.hops]


def test_a_proxy_without_a_virtual_host_that_nobody_includes_gets_no_requests(graph_of: GraphOf) -> None:
    graph = graph_of(proxy(CART, "cart", "cart") + web("cart"))
    assert list(graph.ways_to(graph.pods[0])) == []


def test_an_include_of_a_proxy_that_is_misspelt_is_broken(graph_of: GraphOf) -> None:
    graph = graph_of(proxy(ROOT + INCLUDE) + proxy(CART, "crat", "cart"))
    (found,) = graph.delegations(graph.routes[0])
    assert (found.hop.state, found.hop.certain) == (State.BROKEN, True)


GUARDS: dict[str, tuple[str, str, set[GuardKind]]] = {
    "nothing": ("", "", set()),
    "addresses": ("", "ipAllowPolicy: [{source: Peer, cidr: 10.0.0.0/8}]", {GuardKind.ALLOW_LIST}),
    "addresses of the host": ("ipAllowPolicy: [{source: Peer, cidr: 10.0.0.0/8}]", "", {GuardKind.ALLOW_LIST}),
    "denied addresses": ("", "ipDenyPolicy: [{source: Peer, cidr: 10.0.0.0/8}]", set()),
    "authorization": ("authorization: {extensionRef: {name: auth}}", "", {GuardKind.AUTHENTICATION}),
    "none on this route": (
        "authorization: {extensionRef: {name: auth}}",
        "authPolicy: {disabled: true}",
        set(),
    ),
    "a default token provider": ("jwtProviders: [{name: a, default: true}]", "", {GuardKind.AUTHENTICATION}),
    "a token provider": ("jwtProviders: [{name: a}]", "", set()),
    "that this route requires": (
        "jwtProviders: [{name: a}]",
        "jwtVerificationPolicy: {require: a}",
        {GuardKind.AUTHENTICATION},
    ),
    "client certificates": (
        "tls: {secretName: cert, clientValidation: {caSecret: ca}}",
        "",
        {GuardKind.AUTHENTICATION, GuardKind.TLS},
    ),
}


@pytest.mark.parametrize("case", GUARDS)
def test_what_a_virtual_host_and_a_route_ask_of_requests(case: str, graph_of: GraphOf) -> None:
    host, route, expected = GUARDS[case]
    fields = ", ".join(item for item in ("fqdn: shop.example.com", host) if item)
    routes = ", ".join(item for item in ("services: [{name: web, port: 80}]", route) if item)
    graph = graph_of(proxy(f"{{virtualhost: {{{fields}}}, routes: [{{{routes}}}]}}") + web())
    (way,) = graph.ways_to(graph.pods[0])
    assert {guard.kind for guard in way.guards} == expected


@pytest.mark.parametrize(
    "spec", ["{}", "[]", "{virtualhost: x, routes: y, includes: [1]}", "{tcpproxy: {services: 1}}"]
)
def test_malformed_proxies_send_nowhere(spec: str, graph_of: GraphOf) -> None:
    graph = graph_of(proxy(spec))
    assert (graph.routes[0].backends, graph.delegations(graph.routes[0])) == ((), ())
