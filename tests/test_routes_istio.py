"""Istio's VirtualService as a route, and the hosts and names of the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint.hops import GuardKind
from klint.kube.istio import ISTIO, Hosts, full_host, gateway_of, service_of
from klint.kube.ref import Ref
from klint.kube.routes.istio import VirtualService
from klint.kube.routes.shape import AttachmentKind, Ending, Match, PathKind, PathMatch, Role

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def virtual_service(graph_of: GraphOf, spec: str, namespace: str = "shop") -> VirtualService:
    text = f"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: v, namespace: {namespace}}}\n"
    (found,) = graph_of(f"{text}spec: {{{spec}}}\n").virtual_services
    return found


def only_match(graph_of: GraphOf, match: str, route: str = "route: [{destination: {host: web}}]") -> Match:
    (found,) = virtual_service(graph_of, f"hosts: [a.example], http: [{{match: [{match}], {route}}}]").matches
    return found


@pytest.mark.parametrize(
    ("match", "path"),
    [
        ("{uri: {exact: /a}}", PathMatch(PathKind.EXACT, "/a")),
        ("{uri: {prefix: /a}}", PathMatch(PathKind.STRING, "/a")),
        ("{uri: {regex: /a.*}}", PathMatch(PathKind.REGEX, "/a.*")),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", PathMatch(PathKind.IMPLEMENTATION, "/a")),
        ("{method: {exact: GET}}", PathMatch(PathKind.SEGMENT, "/")),
        ("{uri: 7}", PathMatch(PathKind.SEGMENT, "/")),
    ],
)
def test_path(graph_of: GraphOf, match: str, path: PathMatch) -> None:
    assert only_match(graph_of, match).path == path


@pytest.mark.parametrize(
    ("match", "condition"),
    [
        ("{method: {exact: GET}}", ("method", "exact GET")),
        ("{headers: {x-user: {prefix: a}}}", ("header", "x-user=prefix a")),
        ("{withoutHeaders: {x-user: {}}}", ("no header", "x-user=")),
        ("{queryParams: {a: {exact: b}}}", ("query parameter", "a=exact b")),
        ("{authority: {exact: b.example}}", ("authority", "exact b.example")),
        ("{port: 8080}", ("port", "8080")),
        ("{gateways: [public]}", ("gateway", "public")),
        ("{sourceLabels: {app: web}}", ("source", "app=web")),
    ],
)
def test_condition(graph_of: GraphOf, match: str, condition: tuple[str, str]) -> None:
    assert only_match(graph_of, match).conditions == (condition,)


def test_what_answers_itself(graph_of: GraphOf) -> None:
    assert only_match(graph_of, "{}", "redirect: {uri: /b}").ends_in is Ending.REDIRECT
    assert only_match(graph_of, "{}", "directResponse: {status: 503}").ends_in is Ending.RESPONSE
    assert only_match(graph_of, "{}", "delegate: {name: other}").ends_in is Ending.DELEGATE
    assert only_match(graph_of, "{}").ends_in is None


def test_backends_have_weights_and_roles(graph_of: GraphOf) -> None:
    route = (
        "{destination: {host: web, port: {number: 80}}, weight: 90}, {destination: {host: api.blog.svc.cluster.local}}"
    )
    rule = f"{{route: [{route}, {{destination: {{host: www.example}}}}], mirror: {{host: copy}}}}"
    found = virtual_service(graph_of, f"hosts: [web], http: [{rule}]").backends
    assert [(item.service, item.namespace, item.port, item.role, item.weight) for item in found] == [
        ("web", "shop", 80, Role.SHARE, 90),
        ("api", "blog", None, Role.SHARE, 0),
        ("copy", "shop", None, Role.MIRROR, None),
    ]


def test_tls_and_tcp(graph_of: GraphOf) -> None:
    sent = "route: [{destination: {host: web}}]"
    route = virtual_service(
        graph_of, f"hosts: ['*'], tls: [{{match: [{{sniHosts: [a.example]}}], {sent}}}], tcp: [{{{sent}}}]"
    )
    assert [(item.hosts, item.path) for item in route.matches] == [(("a.example",), None), ((), None)]


def test_any_host_is_none(graph_of: GraphOf) -> None:
    assert virtual_service(graph_of, "hosts: ['*'], http: [{redirect: {uri: /}}]").matches[0].hosts == ()


@pytest.mark.parametrize(
    ("spec", "kinds"),
    [
        ("hosts: [web]", [AttachmentKind.MESH]),
        ("hosts: [web], gateways: [mesh, public]", [AttachmentKind.MESH, AttachmentKind.GATEWAY]),
        ("hosts: [web], gateways: [edge/public]", [AttachmentKind.GATEWAY]),
        ("http: [{route: [{destination: {host: web}}]}]", []),  # a delegate
    ],
)
def test_attachments(graph_of: GraphOf, spec: str, kinds: list[AttachmentKind]) -> None:
    assert [item.kind for item in virtual_service(graph_of, spec).attachments] == kinds


def test_delegates(graph_of: GraphOf) -> None:
    rule = "{match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}], delegate: {name: d, namespace: blog}}"
    found = virtual_service(graph_of, f"hosts: [web], http: [{rule}, {{delegate: {{name: e}}}}]").delegates
    assert [(item.ref.namespace, item.ref.name, item.path and item.path.text) for item in found] == [
        ("blog", "d", "/a"),
        ("blog", "d", "/b"),
        ("shop", "e", "/"),
    ]


@pytest.mark.parametrize(
    ("name", "gateway"),
    [
        ("public", ("shop", "public")),
        ("./public", ("shop", "public")),
        ("edge/public", ("edge", "public")),
        ("public.edge.svc.cluster.local", ("edge", "public")),
        ("public.edge", ("edge", "public")),
    ],
)
def test_gateway_of(name: str, gateway: tuple[str, str]) -> None:
    assert gateway_of(name, "shop") == Ref(ISTIO, "Gateway", *gateway)


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("web", ("shop", "web")),
        ("web.blog.svc.cluster.local", ("blog", "web")),
        ("web.blog.svc.corp.example", ("blog", "web")),
        ("web.blog", None),
        ("web.blog.svc", None),
        ("www.web.example", None),
        ("*.blog.svc.cluster.local", None),
        ("*", None),
        ("", None),
    ],
)
def test_service_of(host: str, service: tuple[str, str] | None) -> None:
    assert service_of(host, "shop") == (Ref("", "Service", *service) if service else None)


def test_full_host() -> None:
    hosts = [full_host(host, "shop") for host in ("web", "web.blog", "*", "")]
    assert hosts == ["web.shop.svc.cluster.local", "web.blog", "*", ""]


KNOWN = ("a.example", "b.a.example", "*.example", "*.b.other", "*", "Upper.test")


@pytest.mark.parametrize(
    ("host", "meets"),
    [
        ("a.example", {"a.example", "*.example", "*"}),
        ("b.a.example", {"b.a.example", "*.example", "*"}),
        ("example", {"*"}),
        ("*.a.example", {"b.a.example", "*.example", "*"}),
        ("*.other", {"*.b.other", "*"}),
        ("b.other", {"*"}),
        ("upper.TEST", {"Upper.test", "*"}),
        ("*", set(KNOWN)),
    ],
)
def test_hosts_that_meet(host: str, meets: set[str]) -> None:
    found = list(Hosts((item, item) for item in KNOWN).meeting(host))
    assert set(found) == meets
    assert len(found) == len(meets)


def test_what_serves_a_gateway(graph_of: GraphOf) -> None:
    graph = graph_of(
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: shop}\n"
        "spec: {selector: {istio: edge}}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: edge, labels: {istio: edge, app: x}}\n"
        "spec: {containers: [{name: c}]}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: edge}\n"
        "spec: {selector: {app: x}, ports: [{port: 80}]}\n"
    )
    found = graph.proxies(graph.istio_gateways[0])
    assert [str(pod) for pod in found.pods] == ["Pod edge/p"]
    assert [str(service) for service in found.services] == ["Service edge/s"]


GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: edge}
spec:
  selector: {istio: SELECTS}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      tls: {mode: SIMPLE, credentialName: c}
      hosts: [a.example]
---
apiVersion: v1
kind: Pod
metadata: {name: proxy, namespace: edge, labels: {istio: edge}}
spec: {containers: [{name: c, image: istio/proxyv2}]}
---
apiVersion: v1
kind: Service
metadata: {name: proxy, namespace: edge}
spec: {type: TYPE, selector: {istio: edge}, ports: [{port: 443, targetPort: 8443}, {port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: shop}
spec: {hosts: [HOST], gateways: [BOUND], http: [{route: [{destination: {host: web}}]}]}
"""


@pytest.mark.parametrize(
    ("kind", "selects", "host", "bound", "entries", "ends", "guarded"),
    [
        (
            "LoadBalancer",
            "edge",
            "a.example",
            "edge/g",
            ["LoadBalancer 443 of Service edge/proxy"],
            "Pod shop/web",
            True,
        ),
        ("ClusterIP", "edge", "a.example", "edge/g", [None], "Pod shop/web", True),
        ("LoadBalancer", "ingressgateway", "a.example", "edge/g", [None], "Pod shop/web", True),
        ("LoadBalancer", "edge", "b.example", "edge/g", [None], None, False),  # not a host of the Gateway's
        ("LoadBalancer", "edge", "a.example", "elsewhere/g", [None], "Pod shop/web", False),
        ("LoadBalancer", "edge", "a.example", "mesh", [], None, False),
        ("LoadBalancer", "egressgateway", "a.example", "edge/g", [], None, False),
    ],
)
def test_ways(
    graph_of: GraphOf,
    kind: str,
    selects: str,
    host: str,
    bound: str,
    entries: list[str | None],
    ends: str | None,
    guarded: bool,
) -> None:
    text = GATEWAY.replace("TYPE", kind).replace("SELECTS", selects).replace("HOST", host).replace("BOUND", bound)
    graph = graph_of(text)
    ways = list(graph.ways_of(graph.virtual_services[0]))
    assert [str(way.entry) if way.entry else None for way in ways] == entries
    assert {str(way.pod) if way.pod else None for way in ways} <= {ends}
    assert all(way.is_guarded_by(GuardKind.TLS) is guarded for way in ways)
