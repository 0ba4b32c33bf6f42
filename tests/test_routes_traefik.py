"""Traefik: its rules, its routes, the services they reach, their entry points and what guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import GuardKind, HopKind, Role, State
from klint.kube.routes.shape import Ending, PathKind, TlsMode
from klint.kube.routes.traefik_rules import alternatives

if TYPE_CHECKING:
    from tests.conftest import GraphOf

RULES: dict[str, list[tuple[tuple[str, ...], str, tuple[tuple[str, str], ...]]]] = {
    "Host(`Shop.example.com`)": [(("shop.example.com",), "", ())],
    "Host(`a.example.com`, `b.example.com`)": [(("a.example.com", "b.example.com"), "", ())],
    "Host(`a.example.com`) && PathPrefix(`/api`)": [(("a.example.com",), "string /api", ())],
    'HOST("a.example.com") && path("/x")': [(("a.example.com",), "exact /x", ())],
    "Host(`a.com`) && (PathPrefix(`/b`) || Path(`/c`))": [
        (("a.com",), "string /b", ()),
        (("a.com",), "exact /c", ()),
    ],
    "Host(`a.com`) || Host(`b.com`) && Path(`/c`)": [(("a.com",), "", ()), (("b.com",), "exact /c", ())],
    "PathPrefix(`/a`, `/b`)": [((), "string /a", ()), ((), "string /b", ())],
    "PathPrefix(`/`)": [((), "segments /", ())],
    "Path(`/items/{id:[0-9]+}`)": [((), "regular expression /items/{id:[0-9]+}", ())],
    "PathPrefix(`${PREFIX}`)": [((), "string ${PREFIX}", ())],
    "HostRegexp(`^[a-z]+[.]example[.]com$`)": [((), "", (("hostregexp", "^[a-z]+[.]example[.]com$"),))],
    "Host(`a.com`) && Headers(`x-canary`, `1`) && Method(`GET`)": [
        (("a.com",), "", (("headers", "x-canary, 1"), ("method", "GET"))),
    ],
    "Host(`a.com`) && !PathPrefix(`/b`)": [(("a.com",), "", (("not", "PathPrefix(/b)"),))],
    "Host(`a.com`) && Host(`b.com`)": [(("a.com",), "", (("host", "b.com"),))],
    "HostSNI(`*`)": [((), "", ())],
    "HostSNI(`db.example.com`)": [(("db.example.com",), "", ())],
    "Host(`a.com`": [((), "", (("rule", "Host(`a.com`"),))],
    "Host(a.com)": [((), "", (("rule", "Host(a.com)"),))],
    "Host(`a.com`) Path(`/b`)": [((), "", (("rule", "Host(`a.com`) Path(`/b`)"),))],
    "Host()": [((), "", (("rule", "Host()"),))],
    "&&": [((), "", (("rule", "&&"),))],
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_taken_apart_into_the_requests_that_it_takes(rule: str) -> None:
    found = [
        (item.hosts, f"{item.path.kind.value} {item.path.text}" if item.path else "", item.conditions)
        for item in alternatives(rule)
    ]
    assert found == RULES[rule]


def test_a_rule_of_very_many_alternatives_is_left_whole() -> None:
    either = "(" + " || ".join(f"Host(`h{number}.example.com`)" for number in range(12)) + ")"
    rule = f"{either} && {either}"
    (only,) = alternatives(rule)
    assert only.conditions == (("rule", rule),)


def route(routes: str, more: str = "", kind: str = "IngressRoute", group: str = "traefik.io") -> str:
    return (
        f"---\napiVersion: {group}/v1alpha1\nkind: {kind}\nmetadata: {{name: shop, namespace: shop}}\n"
        f"spec:\n  routes: {routes}\n{more}"
    )


def service(name: str = "web", namespace: str = "shop", spec: str = "selector: {app: web}") -> str:
    meta = f"metadata: {{name: {name}, namespace: {namespace}}}"
    return f"---\napiVersion: v1\nkind: Service\n{meta}\nspec: {{{spec}, ports: [{{name: http, port: 80}}]}}\n"


WEB = (
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    "spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, "
    "spec: {containers: [{name: web, image: example/web, ports: [{containerPort: 80}]}]}}}\n"
)


def traefik(*arguments: str, ports: str = "[{name: web, port: 80, targetPort: web}]") -> str:
    listed = ", ".join(f'"{item}"' for item in arguments)
    containers = "[{containerPort: 8000, name: web}, {containerPort: 8443, name: websecure}]"
    return (
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: traefik, namespace: edge}\n"
        "spec: {selector: {matchLabels: {app: traefik}}, template: {metadata: {labels: {app: traefik}}, "
        f"spec: {{containers: [{{name: traefik, image: 'traefik:v3.1', args: [{listed}], ports: {containers}}}]}}}}}}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: traefik, namespace: edge}\n"
        f"spec: {{type: LoadBalancer, selector: {{app: traefik}}, ports: {ports}}}\n"
    )


def traefik_service(name: str, spec: str) -> str:
    meta = f"metadata: {{name: {name}, namespace: shop}}"
    return f"---\napiVersion: traefik.io/v1alpha1\nkind: TraefikService\n{meta}\nspec: {spec}\n"


def test_a_router_takes_the_requests_of_its_rule_to_its_services(graph_of: GraphOf) -> None:
    rule = "{match: 'Host(`a.com`) && PathPrefix(`/x`)', kind: Rule, priority: 7, services: [{name: web, port: http}]}"
    graph = graph_of(route(f"[{rule}]", group="traefik.containo.us") + service())
    (match,) = graph.routes[0].matches
    (link,) = graph.links(graph.routes[0])
    assert match.hosts == ("a.com",)
    assert match.path is not None
    assert (match.path.kind, match.path.text) == (PathKind.STRING, "/x")
    assert match.priority == 7
    assert [hop.state for hop in link.hops] == [State.RESOLVED, State.RESOLVED]


@pytest.mark.parametrize("name", ["api@internal", "noop@internal", "shop-web@kubernetescrd", "web@file"])
def test_what_a_provider_knows_by_name_is_no_service(name: str, graph_of: GraphOf) -> None:
    rule = "{match: 'Host(`a.com`)', kind: Rule, services: [{kind: TraefikService, name: '" + name + "'}]}"
    graph = graph_of(route(f"[{rule}]"))
    (match,) = graph.routes[0].matches
    assert (match.backends, match.ends_in) == ((), Ending.RESPONSE)
    assert graph.delegations(graph.routes[0]) == ()


def test_ports_of_services_are_compared_by_number_and_by_name(graph_of: GraphOf) -> None:
    rules = "[{match: 'Host(`a.com`)', services: [{name: web, port: 8080}]}]"
    graph = graph_of(route(rules) + service())
    (link,) = graph.links(graph.routes[0])
    assert link.port_hop is not None
    assert link.port_hop.state is State.BROKEN


def test_tcp_and_udp_have_no_paths(graph_of: GraphOf) -> None:
    tcp = route("[{match: 'HostSNI(`*`)', services: [{name: web, port: 80}]}]", kind="IngressRouteTCP")
    udp = route("[{services: [{name: web, port: 80}]}]", kind="IngressRouteUDP")
    graph = graph_of(tcp + udp + service())
    assert [(match.hosts, match.path) for item in graph.routes for match in item.matches] == [((), None), ((), None)]
    assert len(graph.links_to(graph.services[0])) == 2


TLS: dict[str, tuple[TlsMode, str] | None] = {
    "": None,
    "  tls: {}\n": (TlsMode.TERMINATE, ""),
    "  tls: {secretName: cert}\n": (TlsMode.TERMINATE, "cert"),
    "  tls: {passthrough: true}\n": (TlsMode.PASSTHROUGH, ""),
}


@pytest.mark.parametrize("more", TLS)
def test_tls_of_a_route(more: str, graph_of: GraphOf) -> None:
    graph = graph_of(route("[]", more, kind="IngressRouteTCP"))
    found = graph.routes[0].tls
    assert ((found[0].mode, found[0].secret) if found else None) == TLS[more]


# TraefikServices

BY_NAME = (
    "[{match: 'Host(`a.com`) && PathPrefix(`/x`)', services: [{kind: TraefikService, name: split}], "
    "middlewares: [{name: login}]}]"
)


def test_a_traefik_service_takes_the_requests_of_the_routes_that_name_it(graph_of: GraphOf) -> None:
    split = traefik_service("split", "{weighted: {services: [{name: web, port: 80, weight: 3}]}}")
    graph = graph_of(route(BY_NAME) + split + service() + WEB + traefik())
    (way,) = graph.ways_to(graph.pods[0])
    assert way.match is not None
    assert way.backend is not None
    assert (way.match.hosts, way.match.path and way.match.path.text, way.backend.weight) == (("a.com",), "/x", 3)
    assert [hop.kind for hop in way.hops][2] is HopKind.DELEGATE


def test_mirrors_and_fallbacks_are_backends(graph_of: GraphOf) -> None:
    mirror = traefik_service("split", "{mirroring: {name: web, port: 80, mirrors: [{name: copy, port: 80}]}}")
    failover = traefik_service("safe", "{failover: {service: {name: web, port: 80}, fallback: {name: old, port: 80}}}")
    graph = graph_of(mirror + failover)
    found = [(backend.service, backend.role) for item in graph.routes for backend in item.backends]
    assert found == [("web", Role.SHARE), ("copy", Role.MIRROR), ("web", Role.SHARE), ("old", Role.SHARE)]


MISSING: dict[str, tuple[str, State]] = {
    "nothing of the kind is here": ("", State.UNKNOWN),
    "one is alike": (traefik_service("splitt", "{weighted: {services: []}}"), State.BROKEN),
    "another one is here": (traefik_service("other", "{weighted: {services: []}}"), State.BROKEN),
    "one has its name yet to be filled in": (traefik_service("'{{ name }}'", "{}"), State.UNKNOWN),
    "it is here": (traefik_service("split", "{}"), State.RESOLVED),
    "it is in another namespace": (
        traefik_service("split", "{}").replace("namespace: shop", "namespace: edge"),
        State.BROKEN,
    ),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_traefik_service_that_is_not_there(case: str, graph_of: GraphOf) -> None:
    more, state = MISSING[case]
    graph = graph_of(route(BY_NAME) + more)
    (found,) = graph.delegations(graph.routes[0])
    assert found.hop.state is state
    assert len(graph.breaks(HopKind.DELEGATE)) == (state is State.BROKEN)


def test_traefik_services_in_a_circle_end(graph_of: GraphOf) -> None:
    def of(name: str) -> str:
        return f"{{weighted: {{services: [{{kind: TraefikService, name: {name}}}, {{name: web, port: 80}}]}}}}"

    circle = traefik_service("split", of("other")) + traefik_service("other", of("split"))
    graph = graph_of(route(BY_NAME) + circle + service() + WEB + traefik())
    assert len(list(graph.ways_to(graph.pods[0]))) == 2


# Entry points

ENTRY_POINTS = ("--entryPoints.web.address=:8000/tcp", "--entryPoints.websecure.address=:8443/tcp")
AT: dict[str, tuple[str, tuple[str, ...], State, int]] = {
    "the one with a Service port": ("[web]", ENTRY_POINTS, State.RESOLVED, 1),
    "one without": ("[websecure]", ENTRY_POINTS, State.RESOLVED, 0),
    "one that Traefik does not have": ("[webs]", ENTRY_POINTS, State.BROKEN, 0),
    "Traefik's own": ("[traefik]", ENTRY_POINTS, State.RESOLVED, 1),
    "whatever Traefik has": ("[]", ENTRY_POINTS, State.RESOLVED, 1),
    "in another case": ("[Web]", ENTRY_POINTS, State.RESOLVED, 1),
    "none are known": ("[web]", (), State.RESOLVED, 1),
    "more are filled in later": ("[webs]", (*ENTRY_POINTS, "${MORE}"), State.RESOLVED, 1),
}


@pytest.mark.parametrize("case", AT)
def test_a_route_is_attached_to_the_entry_points_of_the_traefik_that_is_there(case: str, graph_of: GraphOf) -> None:
    names, arguments, state, entries = AT[case]
    rules = "[{match: 'Host(`a.com`)', services: [{name: web, port: 80}]}]"
    graph = graph_of(route(rules, f"  entryPoints: {names}\n") + service() + WEB + traefik(*arguments))
    (serving,) = graph.servings(graph.routes[0])
    assert serving.class_hop.state is state
    assert sum(way.entry is not None for way in graph.ways_of(graph.routes[0])) == entries


def test_without_a_traefik_its_routes_are_served_by_one_that_is_elsewhere(graph_of: GraphOf) -> None:
    graph = graph_of(route("[{match: 'Host(`a.com`)', services: [{name: web, port: 80}]}]") + service() + WEB)
    (way,) = graph.ways_of(graph.routes[0])
    assert (way.state, way.entry, way.pod) == (State.UNKNOWN, None, graph.pods[0])


# Guards


def middleware(spec: str, name: str = "login", kind: str = "Middleware", namespace: str = "shop") -> str:
    meta = f"metadata: {{name: {name}, namespace: {namespace}}}"
    return f"---\napiVersion: traefik.io/v1alpha1\nkind: {kind}\n{meta}\nspec: {spec}\n"


GUARDS: dict[str, tuple[str, set[GuardKind]]] = {
    "basic": (middleware("{basicAuth: {secret: users}}"), {GuardKind.AUTHENTICATION}),
    "forward": (middleware("{forwardAuth: {address: 'http://auth'}}"), {GuardKind.AUTHENTICATION}),
    "addresses": (middleware("{ipAllowList: {sourceRange: [10.0.0.0/8]}}"), {GuardKind.ALLOW_LIST}),
    "addresses, as in v2": (middleware("{ipWhiteList: {sourceRange: [10.0.0.0/8]}}"), {GuardKind.ALLOW_LIST}),
    "something else": (middleware("{stripPrefix: {prefixes: [/x]}}"), set()),
    "a chain": (
        middleware("{chain: {middlewares: [{name: one}, {name: login}]}}") + middleware("{digestAuth: {}}", "one"),
        {GuardKind.AUTHENTICATION},
    ),
    "not there": ("", set()),
    "in another namespace": (middleware("{basicAuth: {}}", namespace="edge"), set()),
    "malformed": (middleware("[basicAuth]"), set()),
}


@pytest.mark.parametrize("case", GUARDS)
def test_middlewares_guard_what_is_behind_a_router_and_its_traefik_services(case: str, graph_of: GraphOf) -> None:
    more, expected = GUARDS[case]
    split = traefik_service("split", "{weighted: {services: [{name: web, port: 80}]}}")
    direct = "[{match: 'Host(`a.com`)', services: [{name: web, port: 80}], middlewares: [{name: login}]}]"
    for manifests in (route(BY_NAME) + split, route(direct)):
        graph = graph_of(manifests + service() + WEB + traefik() + more)
        (way,) = graph.ways_to(graph.pods[0])
        assert {guard.kind for guard in way.guards} == expected


def test_a_rule_that_asks_for_the_address_of_the_client_is_an_allow_list(graph_of: GraphOf) -> None:
    rules = "[{match: 'Host(`a.com`) && ClientIP(`10.0.0.0/8`)', services: [{name: web, port: 80}]}]"
    graph = graph_of(route(rules) + service() + WEB + traefik())
    (way,) = graph.ways_to(graph.pods[0])
    assert way.is_guarded_by(GuardKind.ALLOW_LIST)


DUPLICATES: dict[str, tuple[str, str, int]] = {
    "at one entry point": ("[web]", "[web]", 1),
    "at two": ("[web]", "[websecure]", 0),
    "at Traefik's default ones and another one": ("[]", "[web]", 0),
}


@pytest.mark.parametrize("case", DUPLICATES)
def test_routes_compete_at_an_entry_point(case: str, graph_of: GraphOf) -> None:
    first, second, count = DUPLICATES[case]
    rules = "[{match: 'Host(`a.com`)', services: [{name: web, port: 80}]}]"
    other = route(rules, f"  entryPoints: {second}\n").replace("name: shop,", "name: other,")
    graph = graph_of(route(rules, f"  entryPoints: {first}\n") + other + service())
    assert len(graph.duplicates) == count
