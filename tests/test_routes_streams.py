"""Kong's TCPIngress and UDPIngress, APISIX' ApisixRoute, and TargetGroupBindings of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint.kube.routes.shape import Ending

if TYPE_CHECKING:
    from klint import Match
    from tests.conftest import GraphOf

SERVICE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{port: 80}]}\n"
)


def route(kind: str, spec: str) -> str:
    api_version, name = kind.split()
    return f"---\napiVersion: {api_version}\nkind: {name}\nmetadata: {{name: shop}}\nspec: {spec}\n"


def said(match: Match) -> str:
    path = f"{match.path.kind.value} {match.path.text}" if match.path is not None else "-"
    backends = [f"{item.service}:{item.port}" for item in match.backends]
    return f"{','.join(match.hosts) or '*'} {path} {'+'.join(backends) or match.ends_in} {dict(match.conditions) or ''}"


KONG, APISIX = "configuration.konghq.com/v1beta1", "apisix.apache.org/v2"

ROUTES: dict[str, tuple[str, list[str]]] = {
    "TCP": (
        route(f"{KONG} TCPIngress", "{rules: [{port: 9000, backend: {serviceName: shop, servicePort: 80}}]}"),
        ["* - shop:80 {'port': '9000'}"],
    ),
    "TCP by SNI": (
        route(f"{KONG} TCPIngress", "{rules: [{host: a.b, port: 9443, backend: {serviceName: x, servicePort: 1}}]}"),
        ["a.b - x:1 {'port': '9443'}"],
    ),
    "UDP, and a rule without a backend": (
        route(f"{KONG} UDPIngress", "{rules: [{port: 53, backend: {serviceName: dns, servicePort: 53}}, {port: 54}]}"),
        ["* - dns:53 {'port': '53'}", "* - None {'port': '54'}"],
    ),
    "HTTP": (
        route(
            f"{APISIX} ApisixRoute",
            "{http: [{name: a, match: {hosts: [a.b], paths: [/x, /y*, /*], methods: [GET]},"
            " backends: [{serviceName: shop, servicePort: http, weight: 1}, {serviceName: green, servicePort: 80}]}]}",
        ),
        [
            "a.b exact /x shop:http+green:80 {'methods': \"['GET']\"}",
            "a.b string /y shop:http+green:80 {'methods': \"['GET']\"}",
            "a.b segments / shop:http+green:80 {'methods': \"['GET']\"}",
        ],
    ),
    "an upstream": (
        route(f"{APISIX} ApisixRoute", "{http: [{match: {paths: [/a]}, upstreams: [{name: elsewhere}]}]}"),
        [f"* exact /a {Ending.DELEGATE} "],
    ),
    "a stream": (
        route(
            f"{APISIX} ApisixRoute",
            "{stream: [{protocol: TCP, match: {ingressPort: 9100}, backend: {serviceName: db, servicePort: 5432}}]}",
        ),
        ["* - db:5432 {'port': '9100/TCP'}"],
    ),
    "a binding": (
        route("elbv2.k8s.aws/v1beta1 TargetGroupBinding", "{serviceRef: {name: shop, port: http}}"),
        ["* - shop:http "],
    ),
    "malformed": (route(f"{APISIX} ApisixRoute", "{http: [1, {match: {paths: [2]}, backends: x}], stream: {}}"), []),
}


@pytest.mark.parametrize(("manifest", "matches"), ROUTES.values(), ids=ROUTES)
def test_matches(graph_of: GraphOf, manifest: str, matches: list[str]) -> None:
    (found,) = graph_of(manifest).routes
    assert [said(match) for match in found.matches] == matches


@pytest.mark.parametrize(("kind", "controller"), [(f"{KONG} TCPIngress", "Kong"), (f"{APISIX} ApisixRoute", "APISIX")])
def test_who_serves_it(graph_of: GraphOf, kind: str, controller: str) -> None:
    graph = graph_of(route(kind, "{}"))
    (serving,) = graph.servings(graph.routes[0])
    assert serving.controller is not None
    assert serving.controller.name == controller


def test_a_binding_has_no_controller_of_routes(graph_of: GraphOf) -> None:
    binding = route("elbv2.k8s.aws/v1beta1 TargetGroupBinding", "{serviceRef: {name: shop, port: 80}}")
    graph = graph_of(SERVICE + binding)
    (found,) = graph.routes
    assert graph.servings(found) == ()
    assert graph.links(found)[0].service is graph.services[0]
    assert graph.feeds_load_balancer(graph.services[0])
