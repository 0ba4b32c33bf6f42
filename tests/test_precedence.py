"""Claims: which router a route's hosts and paths are claimed of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint.kube.precedence import load_balancer

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def ingress(name: str, spec: str, annotations: str = "") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n"
        f"metadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: {{{spec}}}\n"
    )


def http(host: str, *paths: str) -> str:
    backend = "backend: {service: {name: web, port: {number: 80}}}"
    items = ", ".join(f"{{{path}, {backend}}}" for path in paths)
    return f"rules: [{{{f'host: {host}, ' if host else ''}http: {{paths: [{items}]}}}}]"


def gateway(*listeners: str) -> str:
    return (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: door}\n"
        f"spec: {{gatewayClassName: c, listeners: [{', '.join(listeners)}]}}\n"
    )


def route(hosts: str, matches: str, parent: str = "name: door") -> str:
    return (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\n"
        f"spec: {{parentRefs: [{{{parent}}}], hostnames: [{hosts}], "
        f"rules: [{{matches: [{matches}], backendRefs: [{{name: web, port: 80}}]}}]}}\n"
    )


OWN = (
    "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata:\n  name: own\n"
    "  annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}\n"
    "spec: {controller: traefik.io/ingress-controller}\n"
)
OPEN = "'${HOST}'"
PLAIN = "{name: web, port: 80, protocol: HTTP}"
WILD = '{name: tls, port: 443, protocol: HTTPS, hostname: "*.Example.com"}'

CLAIMS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a path of a class": (
        ingress("web", f"ingressClassName: nginx, {http('a.example', 'path: /x, pathType: Prefix')}"),
        [("ingress-nginx nginx", "a.example/x")],
    ),
    "the default class": (
        OWN + ingress("web", http("A.example", "path: /x/, pathType: Prefix")),
        [("Traefik own", "a.example/x/")],
    ),
    "no path": (
        ingress("web", f"ingressClassName: nginx, {http('', 'pathType: ImplementationSpecific')}"),
        [("ingress-nginx nginx", "/ on every host")],
    ),
    "what takes the rest": (
        ingress("web", "defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: a.example}]"),
        [],
    ),
    "to be filled in": (ingress("web", f"ingressClassName: nginx, {http(OPEN, 'path: /')}"), []),
    "each listener": (
        gateway(PLAIN, WILD) + route("shop.example.com, www.example.org", "{path: {value: /x/}}"),
        [
            (" Gateway door", "shop.example.com/x"),
            (" Gateway door", "www.example.org/x"),
            (" Gateway door", "shop.example.com/x"),
        ],
    ),
    "the listener's host": (
        gateway(WILD) + route("", "{path: {type: Exact, value: /x/}, method: GET}"),
        [(" Gateway door", "*.example.com/x/ with method GET")],
    ),
    "a Gateway elsewhere": (
        route("a.example", "{}", "name: door, namespace: infra, sectionName: web"),
        [(" Gateway infra/door", "a.example/")],
    ),
    "a section that is not there": (gateway(PLAIN) + route("a.example", "{}", "name: door, sectionName: wbe"), []),
    "every host, in the words of a route": (
        route("'*'", "{}", "name: door"),
        [(" Gateway door", "/ on every host")],
    ),
    "a wildcard of OpenShift": (
        (
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web}\n"
            "spec: {host: www.example.com, wildcardPolicy: Subdomain, to: {name: web}}\n"
        ),
        [("OpenShift router default", "www.example.com/"), ("OpenShift router default", "*.example.com/")],
    ),
    "what a root includes": (
        (
            "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: root, namespace: web}\n"
            "spec: {virtualhost: {fqdn: a.example}, includes: [{name: blog, conditions: [{prefix: /blog}]}]}\n"
            "---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: blog, namespace: web}\n"
            "spec: {routes: [{services: [{name: web, port: 80}]}, {conditions: [{prefix: /x}], services: []}]}\n"
        ),
        [("Contour ", "a.example/blog")],
    ),
    "a mesh": (route("a.example", "{}", "kind: Service, group: '', name: web"), []),
}


@pytest.mark.parametrize(("manifests", "expected"), CLAIMS.values(), ids=CLAIMS)
def test_claims(graph_of: GraphOf, manifests: str, expected: list[tuple[str, str]]) -> None:
    found = [(f"{claim.router.controller} {claim.router.name}", str(claim)) for claim in graph_of(manifests).claims]
    assert found == expected


SHARED = {
    "all of a class": ("ingress-nginx", "", True),
    "a controller nobody knows": ("", "", True),
    "each its own": ("GKE Ingress", "", False),
    "of a group": ("EKS Auto Mode", "alb.ingress.kubernetes.io/group.name: web", True),
    "of no group": ("EKS Auto Mode", "", False),
    "shared": ("Cilium", "ingress.cilium.io/loadbalancer-mode: shared", True),
    "dedicated": ("Cilium", "ingress.cilium.io/loadbalancer-mode: dedicated", False),
}


@pytest.mark.parametrize(("controller", "annotations", "expected"), SHARED.values(), ids=SHARED)
def test_load_balancers_that_routes_share(graph_of: GraphOf, controller: str, annotations: str, expected: bool) -> None:
    one, other = graph_of(ingress("one", "rules: []", annotations) + ingress("two", "rules: []", annotations)).ingresses
    assert (load_balancer(controller, one) == load_balancer(controller, other)) is expected
