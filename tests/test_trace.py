"""klint trace: where a request goes and who can reach something, compared with a walk that knows nothing of klint."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given

from klint import Graph
from klint.cli.commands import klint
from klint.errors import KlintError
from klint.exposure.requests import Edge, Request, Taker
from klint.hops import State
from klint.report.trace_json import to_json
from klint.session import Session
from klint.tracing.answers import Answer, answers
from klint.tracing.questions import Named, PortOfPods, Question, Spot, question
from tests.conftest import graph_of_text
from tests.test_ways import Object, graph_of, told, walk, workspaces

EXAMPLE = Path(__file__).parents[1] / "example"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, arguments)


# What is asked for

QUESTIONS: dict[str, Question] = {
    "https://shop.example.com/cart/7?a=b#c": Request("shop.example.com", "/cart/7", 443),
    "http://Shop.example.com": Request("shop.example.com", "/", 80),
    "http://shop.example.com:8080/x": Request("shop.example.com", "/x", 8080),
    "tls://db.example.com": Request("db.example.com", "/", None),
    "shop.example.com": Request("shop.example.com", "/", None),
    "shop.example.com:8443/cart": Request("shop.example.com", "/cart", 8443),
    "localhost/x": Request("localhost", "/x", None),
    "service/api": Named("service", "api"),
    "svc/api:http": Named("svc", "api", "http"),
    "deployment/db:5432": Named("deployment", "db", "5432"),
    "deployment.apps/db": Named("deployment.apps", "db"),
    "httproutes.gateway.networking.k8s.io/shop": Named("httproutes.gateway.networking.k8s.io", "shop"),
    "deployment.example.com/db": Request("deployment.example.com", "/db", None),
    ":5432": PortOfPods(5432),
    "web.yaml:12": Spot("web.yaml", 12),
    "deploy/web.yaml:3": Spot("deploy/web.yaml", 3),
}


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions(text: str) -> None:
    assert question(text, lambda name: name if name in ("web.yaml", "deploy/web.yaml") else "") == QUESTIONS[text]


@pytest.mark.parametrize("text", ["", "what is this", "https://", "http://a:b", "http://[::1", "web", "/"])
def test_what_is_no_question(text: str) -> None:
    with pytest.raises(KlintError, match="KIND/NAME"):
        question(text, lambda _: "")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *(("svc", "Service"), ("services", "Service"), ("Service", "Service"), ("deploy", "Deployment")),
        *(("ing", "Ingress"), ("ingresses", "Ingress"), ("netpol", "NetworkPolicy"), ("httproutes", "HTTPRoute")),
        *(("httproute.gateway.networking.k8s.io", "HTTPRoute"), ("ingressroute", "IngressRoute")),
    ],
)
def test_kinds_as_kubectl_takes_them(written: str, kind: str) -> None:
    assert Named(written, "x").is_kind(kind)
    assert not Named(written, "x").is_kind("ConfigMap")


def test_a_kind_of_a_group() -> None:
    assert Named("gateway", "x").is_kind("Gateway", "networking.istio.io")
    assert Named("gateways.networking.istio.io", "x").is_kind("Gateway", "networking.istio.io")
    assert not Named("gateways.networking.istio.io", "x").is_kind("Gateway", "gateway.networking.k8s.io")


# Ten questions that a person may have of the example, and what they want to read

TEN = {
    "https://shop.example.com/": ["Ingress shop/shop takes it", "LoadBalancer 443", "passes TLS", "ends in port 3000"],
    "http://shop.example.com/cart": ["LoadBalancer 80", "open to the world", "ends in port 3000"],
    "deployment/orders": ["broken", "✗ port http/TCP of the pods"],
    "service/payments": ["Nothing leads there from outside", "Inside the cluster Service shop/payments leads to"],
    "deployment/payments": ["hostPort 8443 of Deployment shop/payments", "passes NetworkPolicy"],
    "statefulset/turn": ["hostPort 3478", "manifests do not say who can reach the nodes"],
    ":8443": ["Deployment shop/payments", "Deployment traefik/traefik"],
    "ingress/status": ["LoadBalancer 80", "LoadBalancer 443", "Deployment shop/status"],
    "ingressclass/traefik": ["Ingress shop/shop", "and "],
    f"{EXAMPLE}/local/shop.yaml:30": ["Service storefront", "NodePort 30080", "open to a private network"],
}


@pytest.mark.parametrize("target", TEN)
def test_ten_questions(target: str) -> None:
    result = run("trace", target, str(EXAMPLE))
    for text in TEN[target]:
        assert text in result.stdout
    assert result.exit_code == (1 if target in ("deployment/orders", "service/payments") else 0)


def test_an_environment_chooses_among_bundles() -> None:
    both, one = run("trace", ":3000", str(EXAMPLE)), run("trace", ":3000", str(EXAMPLE), "--environment", "local")
    assert "(production, eks)" in both.stdout
    assert "(production, eks)" not in one.stdout
    assert "(local, kind)" in one.stdout


def test_what_is_not_there_and_what_is_called_alike() -> None:
    result = run("trace", "deploy/order", str(EXAMPLE))
    assert (result.exit_code, result.stdout.startswith("Nothing here is deploy/order; there is deploy/orders")) == (
        1,
        True,
    )
    typo = run("trace", "https://shop.exmaple.com/a/path/that/is/longer/than/the/host", str(EXAMPLE))
    assert "there is shop.example.com" in typo.stdout
    assert run("trace", "web", str(EXAMPLE)).exit_code == 2


def test_json_has_all_of_it() -> None:
    document = json.loads(run("trace", "https://shop.example.com/", str(EXAMPLE), "-o", "json").stdout)
    (answer,) = document["answers"]
    (decision,) = answer["decisions"]
    (way,) = answer["ways"]
    assert decision["winner"]["route"]["name"] == "shop"
    assert (way["state"], way["audience"]["who"], way["port"]) == ("resolved", "the world", 3000)
    assert {guard["kind"] for guard in way["guards"]} == {"TLS", "NetworkPolicy"}
    assert [hop["state"] for hop in way["path"]] == ["resolved"] * len(way["path"])
    nothing = run("trace", "nobody.example.org", str(EXAMPLE), "-o", "json")
    assert (json.loads(nothing.stdout)["answers"], nothing.exit_code) == ([], 1)


def test_names_are_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: "\\e[31m::stop-commands::x"}\n'
        "spec: {type: NodePort, ports: [{port: 80}]}\n"
    )
    printed = run("trace", "service/web", str(tmp_path)).stdout
    assert "\x1b" not in printed
    assert "NodePort" in printed


# Which route takes a request


def ingress(name: str, rules: dict[str, dict[str, str]], class_name: str = "nginx", **more: Any) -> Object:
    """Paths with a `*` behind are prefixes; those with a `~` before are left to the implementation."""

    def path(text: str, service: str) -> Object:
        kind = "Prefix" if text.endswith("*") else "ImplementationSpecific" if text.startswith("~") else "Exact"
        backend = {"service": {"name": service, "port": {"number": 80}}}
        return {"path": text.strip("~*"), "pathType": kind, "backend": backend}

    found = []
    for host, paths in rules.items():
        rule: Object = {"http": {"paths": [path(*item) for item in paths.items()]}}
        found.append({**({"host": host} if host else {}), **rule})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "annotations": more.pop("annotations", {})},
        "spec": {"ingressClassName": class_name, "rules": found, **more},
    }


def a_class(name: str, controller: str) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name},
        "spec": {"controller": controller},
    }


NGINX = a_class("nginx", "k8s.io/ingress-nginx")
SHOP = ingress("shop", {"shop.example.com": {"/*": "web", "/api*": "api", "/api/health": "health"}})
WIDE = ingress("wide", {"*.example.com": {"/*": "wide"}, "": {"/*": "any"}})
LEFT = ingress(
    "left", {"rest.example.com": {"/a": "a"}}, defaultBackend={"service": {"name": "z", "port": {"number": 80}}}
)
REGEX = ingress(
    "regex",
    {"r.example.com": {"~/api": "short", "~/api/v[0-9]+": "long"}},
    annotations={"nginx.ingress.kubernetes.io/use-regex": "true"},
)
SHARED = ingress(
    "shared",
    {"r.example.com": {"/api/v1": "exact", "/api*": "plain"}},
    annotations={"nginx.ingress.kubernetes.io/app-root": "/"},
)
ALB = a_class("alb", "ingress.k8s.aws/alb")
GROUPED = ingress(
    "grouped",
    {
        "*.example.com": {"~/api/*": "wide"},
        "a.example.com": {"~/v1/long": "listed", "/v1*": "short", "/v1/long/x*": "long", "/v1/long": "exact"},
        "": {"~/*": "any"},
    },
    "alb",
)
LOCATIONS = {
    "apiVersion": "k8s.nginx.org/v1",
    "kind": "VirtualServer",
    "metadata": {"name": "shop"},
    "spec": {
        "host": "shop.example.com",
        "upstreams": [{"name": name, "service": name, "port": 80} for name in ("web", "first", "second", "exact")],
        "routes": [
            {"path": path, "action": {"pass": name}}
            for path, name in {"/": "web", "~ ^/api": "first", "~ ^/api/v1": "second", "=/api/v1": "exact"}.items()
        ],
    },
}
RANKED = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "IngressRoute",
    "metadata": {"name": "shop"},
    "spec": {
        "routes": [
            {"kind": "Rule", "match": rule, "services": [{"name": name, "port": 80}], "priority": priority}
            for rule, name, priority in (
                ("Host(`shop.example.com`) && PathPrefix(`/api`)", "api", 0),
                ("PathPrefix(`/`)", "any", 99),
                ("Host(`shop.example.com`)", "web", 0),
            )
        ]
    },
}
ROUTES = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door}
spec:
  gatewayClassName: any
  listeners:
    - {name: web, port: 80, protocol: HTTP}
    - {name: tls, port: 443, protocol: HTTPS, hostname: "*.example.com"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: redirect}
spec:
  parentRefs: [{name: door, sectionName: web}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: door, sectionName: tls}]
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {value: /cart}}]
      backendRefs: [{name: cart, port: 80}]
    - matches: [{path: {value: /cart}, headers: [{name: x-beta, value: "1"}]}]
      backendRefs: [{name: beta, port: 80}]
    - backendRefs: [{name: web, port: 80}]
"""


def decided(graph: Graph, text: str) -> list[tuple[str, list[str], list[tuple[str, Edge]]]]:
    """What takes a request at each router, what may before, and what is behind with the reason: by their backends."""
    (answer,) = answers(question(text, lambda _: ""), [graph])

    def service(taker: Taker) -> str:
        match = taker.claim.match
        return match.backends[0].service if match.backends else match.route.name

    return [
        (
            service(decision.winner) if decision.winner else "",
            [service(taker) for taker in decision.before],
            [(service(taker), taker.edge) for taker in decision.behind if taker.edge],
        )
        for decision in answer.decisions
    ]


@pytest.mark.parametrize(
    ("objects", "text", "expected"),
    [
        ([SHOP], "shop.example.com/api/health", ("health", [], [("api", Edge.EXACT), ("web", Edge.EXACT)])),
        ([SHOP], "shop.example.com/api/health/x", ("api", [], [("web", Edge.LENGTH)])),
        ([SHOP], "shop.example.com/apis", ("web", [], [])),
        ([WIDE, SHOP], "shop.example.com/", ("web", [], [("wide", Edge.HOST), ("any", Edge.HOST)])),
        ([WIDE, SHOP], "a.example.com/", ("wide", [], [("any", Edge.HOST)])),
        ([WIDE], "a.b.example.com/", ("any", [], [])),
        ([LEFT, SHOP], "rest.example.com/b", ("z", [], [])),
        ([REGEX], "r.example.com/api/v1", ("short", ["long"], [])),
        ([REGEX], "r.example.com/api", ("short", [], [])),
        (
            [REGEX, SHARED],
            "r.example.com/api/v1",
            ("exact", ["long"], [("short", Edge.LENGTH), ("plain", Edge.LENGTH)]),
        ),
        ([ALB, GROUPED], "a.example.com/api/x", ("wide", [], [("any", Edge.LISTED)])),
        (
            [ALB, GROUPED],
            "a.example.com/v1/long",
            ("exact", [], [("short", Edge.EXACT), ("listed", Edge.EXACT), ("any", Edge.LISTED)]),
        ),
        ([ALB, GROUPED], "a.example.com/v1/long/x", ("long", [], [("short", Edge.LENGTH), ("any", Edge.LISTED)])),
        (
            [LOCATIONS],
            "shop.example.com/api/v1",
            ("exact", [], [("first", Edge.EXACT), ("second", Edge.EXACT), ("web", Edge.EXACT)]),
        ),
        ([LOCATIONS], "shop.example.com/api/v1/x", ("first", [], [("second", Edge.LISTED), ("web", Edge.KIND)])),
        ([RANKED], "shop.example.com/api", ("any", [], [("api", Edge.RANK), ("web", Edge.RANK)])),
    ],
)
def test_which_match_takes_a_request(objects: list[Object], text: str, expected: Any) -> None:
    graph = graph_of_text("\n---\n".join(map(json.dumps, (NGINX, *objects))))
    assert decided(graph, text) == [expected]


def test_no_match_takes_a_request() -> None:
    graph = graph_of_text("\n---\n".join(map(json.dumps, (NGINX, SHOP))))
    assert not [*answers(Request("other.example.com"), [graph])]
    graph = graph_of_text("\n---\n".join(map(json.dumps, (NGINX, LEFT | {"spec": {"rules": LEFT["spec"]["rules"]}}))))
    assert not [*answers(Request("rest.example.com", "/b"), [graph])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://shop.example.com/cart/7", [("cart", ["beta"], [("web", Edge.LENGTH)])]),
        ("https://shop.example.com/carts", [("web", [], [])]),
        ("http://shop.example.com/cart", [("redirect", [], [])]),
        ("http://other.example.org/", [("redirect", [], [])]),
    ],
)
def test_a_listener_takes_what_comes_to_its_port(text: str, expected: Any) -> None:
    assert decided(graph_of_text(ROUTES), text) == expected


def test_a_route_that_hands_requests_on_answers_none() -> None:
    text = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door}
spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: root}
spec:
  hosts: [shop.example.com]
  gateways: [door]
  http:
    - match: [{uri: {prefix: /old}}]
      redirect: {uri: /}
    - delegate: {name: gone}
"""
    graph = graph_of_text(text)
    reached = {}
    for path in ("/old", "/"):
        (answer,) = answers(Request("shop.example.com", path), [graph])
        ends = json.loads(to_json([answer], ()))["answers"][0]["decisions"][0]["winner"]["ends_in"]
        reached[path] = (answer.is_reached, ends)
    assert reached == {"/old": (True, "redirect"), "/": (False, "delegate")}


def test_listeners_are_told_apart() -> None:
    spec = "sectionName: tls}]\n  hostnames: [shop.example.com]"
    graph = graph_of_text(ROUTES.replace(spec, spec.replace("sectionName: tls", "kind: Gateway")))
    (answer,) = answers(Request("shop.example.com", "/cart"), [graph])
    routers = [item["router"] for item in json.loads(to_json([answer], ()))["answers"][0]["decisions"]]
    assert routers == ["Gateway door, listener web", "Gateway door, listener tls"]


# Every way that there is, and no other


def ways_of(answer: Answer) -> Counter[tuple[str, ...]]:
    return Counter(told(way) for way in answer.ways if way.state is not State.BROKEN)


@given(workspaces())
def test_ways_to_workloads_are_those_of_a_walk(objects: list[Object]) -> None:
    graph, walked = graph_of(objects), Counter(walk(objects))
    for item in objects:
        if item["kind"] == "Deployment":
            name = item["metadata"]["name"]
            (answer,) = answers(Named("deployment", name), [graph])
            assert ways_of(answer) == {way: 1 for way in walked if way[-1] == name}


@given(workspaces())
def test_ways_of_a_request_are_those_of_a_walk(objects: list[Object]) -> None:
    graph, walked = graph_of(objects), list(walk(objects))
    for path in ("/0", "/1", "/2"):
        found = [told(way) for item in answers(Request("shop.example.com", path), [graph]) for way in item.ways]
        expected = [way for way in walked if way[1] in ("front", "side") and way[2] == path]
        # Whether a route that no listener takes claims anything is nobody's question.
        counts = [Counter(way for way in ways if way[:2] != ("shut", "side")) for ways in (found, expected)]
        assert counts[0] == counts[1]


def test_a_line_of_a_base_and_of_a_patch_leads_to_what_is_built(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n",
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
        "prod/patch.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    report = Session.of([str(tmp_path)]).report()
    for name, line in (("base/web.yaml", 5), ("prod/patch.yaml", 6)):
        (answer,) = answers(Spot(f"{tmp_path}/{name}", line), report.graphs)
        assert [item.name for item in answer.about] == ["web"]
        assert [str(way.entry) for way in answer.ways] == ["LoadBalancer 80 of Service web"]
