"""Kong's own kinds, APISIX' ApisixRoute, TargetGroupBindings of AWS, and MultiClusterIngresses of GKE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import HopKind, State
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
    "a facade": (
        route(
            "incubator.ingress-controller.konghq.com/v1alpha1 KongServiceFacade", "{backendRef: {name: x, port: 80}}"
        ),
        ["* segments / x:80 "],
    ),
    "several clusters": (
        route(
            "networking.gke.io/v1 MultiClusterIngress",
            "{template: {spec: {backend: {serviceName: all, servicePort: 80}, rules: [{host: a.b, http: {paths: ["
            "{path: /cart, backend: {serviceName: cart, servicePort: 80}}]}}]}}}",
        ),
        [f"* segments / {Ending.DELEGATE} ", f"a.b implementation /cart {Ending.DELEGATE} "],
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


OUTSIDE = {
    "elbv2.k8s.aws/v1beta1 TargetGroupBinding": "{serviceRef: {name: shop, port: 80}}",
    "serving.knative.dev/v1beta1 DomainMapping": "{ref: {apiVersion: v1, kind: Service, name: shop}}",
}


@pytest.mark.parametrize("kind", OUTSIDE)
def test_requests_come_through_what_is_in_no_manifest(graph_of: GraphOf, kind: str) -> None:
    pod = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: shop, labels: {app: shop}}\nspec: {containers: [{name: a}]}\n"
    )
    graph = graph_of(SERVICE + pod + route(kind, OUTSIDE[kind]))
    (way,) = graph.ways_of(graph.routes[0])
    assert (way.entry, way.state, way.pod) == (None, State.UNKNOWN, graph.pods[0])
    assert way.hops[0].kind is HopKind.ENTRY
    assert [found.route for found in graph.ways_to(graph.pods[0])] == [graph.routes[0]]


def test_requests_come_to_a_facade_through_the_ingresses_that_name_it(graph_of: GraphOf) -> None:
    facade = "incubator.ingress-controller.konghq.com/v1alpha1 KongServiceFacade"
    resource = "{apiGroup: incubator.ingress-controller.konghq.com, kind: KongServiceFacade, name: shop}"
    rules = f"[{{host: a.b, http: {{paths: [{{path: /a, pathType: Exact, backend: {{resource: {resource}}}}}]}}}}]"
    ingress = route("networking.k8s.io/v1 Ingress", f"{{ingressClassName: kong, rules: {rules}}}")
    graph = graph_of(SERVICE + route(facade, "{backendRef: {name: shop, port: 80}}") + ingress)
    (way,) = graph.ways_of(next(item for item in graph.routes if item.kind == "KongServiceFacade"))
    assert way.match is not None
    assert (said(way.match), way.service) == ("a.b exact /a shop:80 ", graph.services[0])
