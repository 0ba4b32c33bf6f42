"""More of one thing costs no more than its share of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from klint.findings import Finding, Severity
from klint.merging import ordered
from klint.registry import load_rules
from klint.testing import Example, lint_example
from klint.text.source import Source
from tests.growth import assert_linear

RULES = {rule.name: rule for rule in load_rules()[0]}


def assert_grows_slowly(work: Callable[[int], Callable[[], object]], count: int) -> None:
    """Each of so many things and more, at once, takes little more than its time."""
    assert_linear(work, lambda run: run(), start=count, runs=1)


def test_what_is_quadratic_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.growth.ATTEMPTS", 1)
    with pytest.raises(AssertionError, match="4 times as much takes"):
        assert_linear(lambda size: "x" * size, lambda text: [text.count("y") for _ in text], start=500)


def linted(rule: str, text: str) -> Callable[[], object]:
    return lambda: lint_example(Example(files={"web.yaml": text}), RULES[rule])


def services(count: int, spec: str, name: str = "web") -> str:
    return "---\n".join(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name.format(i)}}}\nspec: {{{spec.format(i)}}}\n"
        for i in range(count)
    )


def named_ports(count: int) -> str:
    ports = ", ".join(f"{{port: {i + 1}, name: p{i}, targetPort: q{i}}}" for i in range(count))
    own = ", ".join(f"{{containerPort: {i + 1}, name: r{i}}}" for i in range(count))
    return (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        f"spec: {{selector: {{app: web}}, ports: [{ports}]}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        f"      containers: [{{name: web, image: web, ports: [{own}]}}]\n"
    )


def gateways(count: int) -> str:
    return "---\n".join(
        f"apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: HTTPRoute\nmetadata: {{name: web{i}}}\n"
        for i in range(count)
    )


def empty_ingresses(count: int) -> str:
    return "---\n".join(
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web{i}}}\nspec: {{}}\n"
        for i in range(count)
    )


WORKSPACES: dict[str, tuple[str, Callable[[int], str], int]] = {
    "node-port-namesakes": (
        "node-port-collision", lambda n: services(n, "type: NodePort, ports: [{{port: 80, nodePort: 30080}}]"), 800
    ),
    "node-port-others": (
        "node-port-collision",
        lambda n: services(n, "type: NodePort, ports: [{{port: 80, nodePort: 30080}}]", "web{}"),
        800,
    ),
    "named-ports": ("target-port-unresolved", named_ports, 800),
    "removed-apis": ("removed-ingress-api", gateways, 800),
    "empty-ingresses": ("invalid-ingress", empty_ingresses, 600),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "count"), WORKSPACES.values(), ids=WORKSPACES)
def test_a_workspace(rule: str, text: Callable[[int], str], count: int) -> None:
    assert_grows_slowly(lambda n: linted(rule, text(n)), count)


@pytest.mark.parametrize("bundles", [("a",), ("a", "b"), ()], ids=["one", "two", "none"])
def test_findings_at_one_place(bundles: tuple[str, ...]) -> None:
    source = Source("web.yaml", "a: b\n")

    def work(count: int) -> Callable[[], object]:
        found = [
            Finding(
                f"no {i}", source.span(0, 1), severity=Severity.ERROR, rule="r", bundles=(bundle,) if bundle else ()
            )
            for i in range(count)
            for bundle in bundles or ("",)
        ]
        return lambda: ordered(found)

    assert_grows_slowly(work, 3000)


def test_findings_of_many_bundles_at_one_place() -> None:
    source = Source("web.yaml", "a: b\n")
    one = Finding("x", source.span(0, 1), severity=Severity.ERROR, rule="r")
    assert_grows_slowly(lambda n: lambda: ordered([replace(one, bundles=(f"b{i}",)) for i in range(n)]), 3000)


def test_only_the_same_words_go_together() -> None:
    source = Source("web.yaml", "a: b\n")
    said = [("one", "a"), ("two", "a"), ("two", "b"), ("three", "c")]
    found = [Finding(text, source.span(0, 1), rule="r", bundles=(bundle,)) for text, bundle in said]
    assert [(item.message, item.bundles) for item in ordered(found)] == [
        ("one", ("a",)),
        ("three", ("c",)),
        ("two", ("a", "b")),
    ]


def _ingresses(count: int, path: str, annotations: str = "") -> str:
    """Of one host, each with a path of its own."""
    return "---\n".join(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"
        f"metadata: {{name: web{i}, annotations: {{{annotations}}}}}\nspec: {{ingressClassName: nginx, rules: "
        f"[{{host: web.example, http: {{paths: [{{path: '{path.format(i)}', pathType: ImplementationSpecific, "
        f"backend: {{service: {{name: web{i}, port: {{number: 80}}}}}}}}]}}}}]}}\n"
        for i in range(count)
    )


@pytest.mark.parametrize("rule", ["duplicate-route", "shadowed-path", "catch-all-host"])
@pytest.mark.parametrize("path", ["/", "/{}", "/{}(/|$)(.*)"])
def test_routes_of_one_host(rule: str, path: str) -> None:
    regex = "nginx.ingress.kubernetes.io/use-regex: 'true'"
    assert_grows_slowly(lambda count: linted(rule, _ingresses(count, path, regex)), 300)


def _proxies(count: int) -> str:
    """Each includes one that there is not."""
    return "---\n".join(
        f"apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {{name: proxy-{i}-a, namespace: web}}\n"
        f"spec: {{virtualhost: {{fqdn: {i}.web.example}}, includes: [{{name: missing-{i}-b}}]}}\n"
        for i in range(count)
    )


def test_routes_that_send_to_missing_ones() -> None:
    assert_grows_slowly(lambda count: linted("dangling-backend", _proxies(count)), 400)


def _applications(count: int) -> str:
    """Each with a node port, and a route of its own that asks for a login."""
    workloads = "---\n".join(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{i}}}\nspec:\n"
        f"  selector: {{matchLabels: {{app: web{i}}}}}\n"
        f"  template: {{metadata: {{labels: {{app: web{i}}}}}, spec: {{containers: [{{name: web, image: web}}]}}}}\n"
        for i in range(count)
    )
    spec = "type: NodePort, selector: {{app: web{}}}, ports: [{{port: 80, targetPort: 8080}}]"
    login = "nginx.ingress.kubernetes.io/auth-url: 'https://login.example'"
    return "---\n".join((_ingresses(count, "/{}", login), services(count, spec, "web{}"), workloads))


def test_routes_to_an_application_each() -> None:
    assert_grows_slowly(lambda count: linted("side-door", _applications(count)), 300)
