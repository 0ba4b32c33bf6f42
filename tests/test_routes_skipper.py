"""Skipper: RouteGroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import GuardKind, State
from klint.kube.routes.shape import Ending, PathKind

if TYPE_CHECKING:
    from tests.conftest import GraphOf

BACKENDS = (
    "backends: [{name: app, type: service, serviceName: web, servicePort: 80}, "
    "{name: none, type: shunt}, {name: out, type: network, address: 'https://example.org'}]"
)
WEB = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\n"
    "spec: {containers: [{name: web, image: example/web, ports: [{containerPort: 8080}]}]}\n"
)


def group(spec: str) -> str:
    head = "---\napiVersion: zalando.org/v1\nkind: RouteGroup\nmetadata: {name: shop}\n"
    return f"{head}spec: {{hosts: [shop.example.com], {BACKENDS}, {spec}}}\n"


PATHS: dict[str, tuple[PathKind, str]] = {
    "pathSubtree: /": (PathKind.SEGMENT, "/"),
    "pathSubtree: /api": (PathKind.SEGMENT, "/api"),
    "path: /": (PathKind.EXACT, "/"),
    "path: /api": (PathKind.EXACT, "/api"),
    "path: '/items/:id'": (PathKind.REGEX, "/items/:id"),
    "pathRegexp: '^/a'": (PathKind.REGEX, "^/a"),
    "methods: [GET]": (PathKind.SEGMENT, "/"),
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_routes(path: str, graph_of: GraphOf) -> None:
    graph = graph_of(group(f"defaultBackends: [{{backendName: app}}], routes: [{{{path}}}]") + WEB)
    (match,) = graph.routes[0].matches
    assert match.path is not None
    assert (match.path.kind, match.path.text) == PATHS[path]
    assert [hop.state for hop in graph.link(match.backends[0]).hops] == [State.RESOLVED, State.RESOLVED]


SENT: dict[str, tuple[str, list[tuple[str, int | None]], Ending | None]] = {
    "to the default": ("defaultBackends: [{backendName: app, weight: 3}]", [("web", 3)], None),
    "to its own": ("routes: [{path: /a, backends: [{backendName: app}]}]", [("web", None)], None),
    "nowhere": ("routes: [{path: /a, backends: [{backendName: none}]}]", [], Ending.RESPONSE),
    "out": ("routes: [{path: /a, backends: [{backendName: out}]}]", [], Ending.RESPONSE),
    "to its own, not the default": (
        "defaultBackends: [{backendName: app}], routes: [{path: /a, backends: [{backendName: none}]}]",
        [],
        Ending.RESPONSE,
    ),
}


@pytest.mark.parametrize("case", SENT)
def test_backends_of_routes(case: str, graph_of: GraphOf) -> None:
    spec, backends, ends_in = SENT[case]
    graph = graph_of(group(spec))
    (match,) = graph.routes[0].matches
    assert ([(item.service, item.weight) for item in match.backends], match.ends_in) == (backends, ends_in)


GUARDS: dict[str, tuple[str, set[GuardKind]]] = {
    "a token": ("filters: ['oauthTokeninfoAnyScope(\"read\")']", {GuardKind.AUTHENTICATION}),
    "a policy": ("filters: ['opaAuthorizeRequest(\"shop\")']", {GuardKind.AUTHENTICATION}),
    "an address": ("predicates: ['ClientIP(\"10.0.0.0/8\")']", {GuardKind.ALLOW_LIST}),
    "something else": ("filters: ['ratelimit(20, \"1m\")', 7]", set()),
}


@pytest.mark.parametrize("case", GUARDS)
def test_filters_and_predicates_are_guards(case: str, graph_of: GraphOf) -> None:
    spec, expected = GUARDS[case]
    graph = graph_of(group(f"routes: [{{path: /a, backends: [{{backendName: app}}], {spec}}}]") + WEB)
    (way,) = graph.ways_to(graph.pods[0])
    assert {guard.kind for guard in way.guards} == expected
