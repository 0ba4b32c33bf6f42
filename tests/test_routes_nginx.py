"""NGINX's own controller: VirtualServers, their routes, TransportServers, and Policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import GuardKind, State
from klint.kube.routes.shape import Ending, PathKind, TlsMode

if TYPE_CHECKING:
    from tests.conftest import GraphOf

UPSTREAMS = "upstreams: [{name: app, service: web, port: 80}, {name: old, service: legacy, port: 81}]"


def server(spec: str, kind: str = "VirtualServer", name: str = "shop", namespace: str = "shop") -> str:
    meta = f"metadata: {{name: {name}, namespace: {namespace}}}"
    return f"---\napiVersion: k8s.nginx.org/v1\nkind: {kind}\n{meta}\nspec: {spec}\n"


def virtual(routes: str, more: str = "") -> str:
    return server(f"{{host: shop.example.com, {UPSTREAMS}, routes: {routes}{more}}}")


def web(namespace: str = "shop") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {namespace}}}\n"
        "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}, labels: {{app: web}}}}\n"
        "spec: {containers: [{name: web, image: example/web, ports: [{containerPort: 8080}]}]}\n"
    )


PATHS: dict[str, tuple[PathKind, str]] = {
    "/": (PathKind.SEGMENT, "/"),
    "/tea": (PathKind.STRING, "/tea"),
    "=/tea": (PathKind.EXACT, "/tea"),
    "~ ^/tea": (PathKind.REGEX, "~ ^/tea"),
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_routes(path: str, graph_of: GraphOf) -> None:
    graph = graph_of(virtual(f"[{{path: '{path}', action: {{pass: app}}}}]"))
    (match,) = graph.routes[0].matches
    assert match.path is not None
    assert (match.path.kind, match.path.text) == PATHS[path]


ACTIONS: dict[str, tuple[str, list[tuple[str, int | None]], Ending | None]] = {
    "pass": ("action: {pass: app}", [("web", None)], None),
    "proxy": ("action: {proxy: {upstream: old}}", [("legacy", None)], None),
    "splits": (
        "splits: [{weight: 80, action: {pass: app}}, {weight: 20, action: {pass: old}}]",
        [("web", 80), ("legacy", 20)],
        None,
    ),
    "redirect": ("action: {redirect: {url: 'https://example.com'}}", [], Ending.REDIRECT),
    "answer": ("action: {return: {body: hello}}", [], Ending.RESPONSE),
    "another route": ("route: tea", [], Ending.DELEGATE),
    "an upstream that is not there": ("action: {pass: tea}", [], None),
}


@pytest.mark.parametrize("case", ACTIONS)
def test_actions_of_routes(case: str, graph_of: GraphOf) -> None:
    action, backends, ends_in = ACTIONS[case]
    graph = graph_of(virtual(f"[{{path: /, {action}}}]"))
    (match,) = graph.routes[0].matches
    assert ([(item.service, item.weight) for item in match.backends], match.ends_in) == (backends, ends_in)


def test_matches_of_a_route_come_before_what_it_does_else(graph_of: GraphOf) -> None:
    matches = "matches: [{conditions: [{header: x-version, value: v2}], action: {pass: old}}]"
    graph = graph_of(virtual(f"[{{path: /, {matches}, action: {{pass: app}}}}]"))
    found = [(match.conditions, match.backends[0].service) for match in graph.routes[0].matches]
    assert found == [((("header", "x-version=v2"),), "legacy"), ((), "web")]


def test_a_virtual_server_route_takes_what_a_virtual_server_hands_on(graph_of: GraphOf) -> None:
    sub = f"{{host: shop.example.com, {UPSTREAMS}, subroutes: [{{path: /tea/green, action: {{pass: app}}}}]}}"
    tea = server(sub, "VirtualServerRoute", "tea", "tea")
    graph = graph_of(virtual("[{path: /tea, route: tea/tea}]") + tea + web("tea"))
    (way,) = graph.ways_to(graph.pods[0])
    assert way.match is not None
    assert way.match.path is not None
    assert (way.match.hosts, way.match.path.text) == (("shop.example.com",), "/tea/green")


def test_a_virtual_server_route_that_is_misspelt_is_broken(graph_of: GraphOf) -> None:
    graph = graph_of(virtual("[{path: /tea, route: greentea}]") + server("{}", "VirtualServerRoute", "green-tea"))
    (found,) = graph.delegations(graph.routes[0])
    assert found.hop.state is State.BROKEN


def test_a_transport_server_takes_connections(graph_of: GraphOf) -> None:
    spec = "{listener: {name: tls-passthrough, protocol: TLS_PASSTHROUGH}, host: a.com, %s, action: {pass: app}}"
    graph = graph_of(server(spec % UPSTREAMS, "TransportServer") + web())
    (way,) = graph.ways_to(graph.pods[0])
    assert way.match is not None
    assert (way.match.hosts, way.match.path) == (("a.com",), None)
    assert graph.routes[0].tls[0].mode is TlsMode.PASSTHROUGH


POLICIES: dict[str, tuple[str, set[GuardKind]]] = {
    "addresses": ("{accessControl: {allow: [10.0.0.0/8]}}", {GuardKind.ALLOW_LIST}),
    "denied addresses": ("{accessControl: {deny: [10.0.0.0/8]}}", set()),
    "passwords": ("{basicAuth: {secret: users}}", {GuardKind.AUTHENTICATION}),
    "tokens": ("{jwt: {secret: keys, realm: shop}}", {GuardKind.AUTHENTICATION}),
    "client certificates": ("{ingressMTLS: {clientCertSecret: ca}}", {GuardKind.AUTHENTICATION}),
    "rates": ("{rateLimit: {rate: 1r/s}}", set()),
}


@pytest.mark.parametrize("case", POLICIES)
@pytest.mark.parametrize("where", ["server", "route"])
def test_policies_are_guards(case: str, where: str, graph_of: GraphOf) -> None:
    spec, expected = POLICIES[case]
    policies = ", policies: [{name: guard}]"
    on_route, on_server = (policies, "") if where == "route" else ("", policies)
    policy = server(spec, "Policy", "guard")
    graph = graph_of(virtual(f"[{{path: /, action: {{pass: app}}{on_route}}}]", on_server) + policy + web())
    (way,) = graph.ways_to(graph.pods[0])
    assert {guard.kind for guard in way.guards} == expected


CONTROLLER = (
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-ingress, namespace: nginx-ingress}\n"
    "spec: {selector: {matchLabels: {app: nic}}, template: {metadata: {labels: {app: nic}}, spec: {containers: [\n"
    "  {name: nic, image: nginx/nginx-ingress:5.1.0, args: [-global-configuration=GLOBAL]}]}}}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: nginx-ingress, namespace: nginx-ingress}\n"
    "spec: {type: LoadBalancer, selector: {app: nic}, ports: [{name: dns, port: 53, targetPort: 5353},"
    " {name: db, port: 5432, targetPort: 5432}, {name: https, port: 443}]}\n"
)
LISTENERS = server(
    "{listeners: [{name: dns-tcp, port: 5353, protocol: TCP}, {name: db, port: 5432, protocol: TCP}]}",
    "GlobalConfiguration",
    "settings",
    "nginx-ingress",
)


@pytest.mark.parametrize(
    ("name", "listener", "ports"),
    [
        ("nginx-ingress/settings", "dns-tcp", [53]),
        ("$(POD_NAMESPACE)/settings", "db", [5432]),
        ("elsewhere/settings", "db", [53, 5432, 443]),
        ("nginx-ingress/settings", "tls-passthrough", [53, 5432, 443]),
        ("nginx-ingress/settings", "dns-udp", None),
        ("nginx-ingress/settings", "${LISTENER}", [53, 5432, 443]),
        ("nginx-ingress/another", "dns-udp", [53, 5432, 443]),
    ],
)
def test_a_transport_server_is_entered_by_the_port_of_its_listener(
    name: str, listener: str, ports: list[int] | None, graph_of: GraphOf
) -> None:
    spec = f"{{listener: {{name: '{listener}', protocol: TCP}}, {UPSTREAMS}, action: {{pass: app}}}}"
    controller = CONTROLLER.replace("GLOBAL", name)
    graph = graph_of(controller + LISTENERS + web() + server(spec, "TransportServer"))
    (route,) = (item for item in graph.routes if item.kind == "TransportServer")
    arrivals = graph.arrivals(route)
    if ports is None:
        (arrival,) = arrivals
        assert arrival.is_broken
        assert str(arrival.hops[0].wants) == "listener dns-udp"
    else:
        assert [port.number for arrival in arrivals if arrival.entry and (port := arrival.entry.service_port)] == ports
