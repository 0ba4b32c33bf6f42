"""klint's verdict on random objects beside the API server's own, and what no object may do to klint.

Each line of `data/api_server.jsonl` has an object and what Kubernetes 1.34 and 1.37 refuse in it, field by field;
nothing means that they accept it. The objects are made at random, valid ones with some mistakes. The verdicts are those
of the API server's own code for a create request: strict decoding, defaulting, allocation, validation.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Finding, Graph
from klint.findings import Severity
from klint.kube.objects import read_resources
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.kube.service import Service
from klint.kube.validation.ingress import ingress_class_problems, ingress_problems
from klint.kube.validation.problem import FieldProblem
from klint.kube.validation.service import service_problems
from klint.registry import load_rules
from klint.text.document import Document
from klint.text.source import Source
from tests.growth import assert_linear

if TYPE_CHECKING:
    from tests.conftest import GraphOf

TABLE = Path(__file__).with_name("data") / "api_server.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in TABLE.read_text("utf-8").split("\n") if line]
ACCEPTED = [case["object"] for case in CASES if not case["1.34"] and not case["1.37"]]
RULES = [
    rule
    for rule in load_rules()[0]
    if rule.name
    in (
        "invalid-service",
        "invalid-ingress",
        "ingress-class-conflict",
        "node-port-collision",
        "node-port-out-of-range",
    )
]


def _said(graph: Graph) -> Iterator[Finding]:
    for rule in RULES:
        for subject in rule.check.find(graph):
            yield from rule.check(subject, graph)


@pytest.mark.parametrize("version", ["1.34", "1.37"])
def test_klint_refuses_what_the_api_server_refuses(version: str, graph_of: GraphOf) -> None:
    config = f'targets: [{{path: "**", kubernetes: "{version}"}}]\n'
    differing = []
    for case in CASES:
        graph = graph_of(json.dumps(case["object"]), config)
        said = [finding.message for finding in _said(graph) if _is_error(finding.severity)]
        if bool(said) != bool(case[version]):
            differing.append((case["object"], case[version], said))
    assert differing == []


def _is_error(severity: Severity | None) -> bool:
    return severity in (None, Severity.ERROR)  # the rules' own severity


def test_the_cases_are_of_every_sort() -> None:
    kinds = {"Service", "Ingress", "IngressClass"}
    assert {item["kind"] for item in ACCEPTED} == kinds
    assert {case["object"]["kind"] for case in CASES if case["1.37"]} == kinds
    assert [case for case in CASES if case["1.34"] and not case["1.37"]]
    assert [case for case in CASES if case["1.37"] and not case["1.34"]]


# Anything at all

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2**40)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "None", "IPv4", "10.0.0.1", "::ffff:1.2.3.4", "10.0.0.0/8", "0/0", "é", "${X}", "{{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "port", "a/b", ""]), inner),
    max_leaves=6,
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container below with each of its keys."""
    for key, item in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(item, dict | list):
            yield from places(item)


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, Any]:
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from([case["object"] for case in CASES])))
    for _ in range(draw(st.integers(1, 3))):
        choices = [(holder, key) for holder, key in places(data) if key not in ("apiVersion", "kind")]
        holder, key = draw(st.sampled_from(choices)) if choices else (data, "spec")
        if isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(st.sampled_from([str(key).upper(), f"{key}s", "x"]))] = draw(VALUES)
        else:
            holder[key] = draw(VALUES)
    return data


@given(mutants(), st.sampled_from([None, (1, 34), (1, 37)]), st.booleans())
def test_no_object_makes_it_fail(data: dict[str, Any], kubernetes: tuple[int, int] | None, is_fragment: bool) -> None:
    document = Document(Source("object.yaml", "a: 1\n"), 0, 5, data)
    for resource in read_resources(document, {}):
        found = list(problems(resource, kubernetes, is_fragment=is_fragment))
        assert all(problem.message and not problem.message.endswith(".") for problem in found)
        assert all(problem.at.span.line == 1 for problem in found)
        keys = [(problem.at.path, problem.missing) for problem in found]
        assert len(keys) == len(set(keys))


def problems(resource: Resource, kubernetes: tuple[int, int] | None, *, is_fragment: bool) -> Iterator[FieldProblem]:
    if isinstance(resource, Service):
        return service_problems(resource, kubernetes, is_fragment=is_fragment)
    if isinstance(resource, Ingress):
        return ingress_problems(resource, kubernetes, is_fragment=is_fragment)
    return ingress_class_problems(resource)  # type: ignore[arg-type]


def spec(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": fields}


def route(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}, "spec": fields}


LARGE: dict[str, Callable[[int], dict[str, Any]]] = {
    "ports": lambda n: spec(ports=[{"port": 80, "name": "a"}] * n),
    "fields": lambda n: spec(**{f"port{i}": i for i in range(n)}),
    "families": lambda n: spec(ipFamilies=["IPv4", "IPv6"] * n, clusterIPs=["10.0.0.1"] * n),
    "ranges": lambda n: spec(type="LoadBalancer", loadBalancerSourceRanges=[f"10.{i}.0.1/8" for i in range(n)]),
    "labels": lambda n: spec(selector={f"a/b/{i}": "c" for i in range(n)}),
    "letters": lambda n: spec(externalIPs=["0" * 99 * n], selector={"a/" * 99 * n: "b." * 99 * n}, type="a-" * 99 * n),
    "paths": lambda n: route(rules=[{"http": {"paths": [{"path": "/."}] * n}}]),
    "hosts": lambda n: route(rules=[{"host": "a." * 99 * n}], tls=[{"hosts": ["a-" * 99 * n, "1." * 99 * n]}]),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_object_takes_time_in_proportion(kind: str) -> None:
    def large(size: int) -> Document:
        return Document(Source("object.yaml", "a: 1\n"), 0, 5, LARGE[kind](size))

    def judge(document: Document) -> None:
        for resource in read_resources(document, {}):
            assert list(problems(resource, None, is_fragment=False))

    assert_linear(large, judge, start=400)


def test_many_fragments_take_time_in_proportion(graph_of: GraphOf) -> None:
    rule = next(rule for rule in RULES if rule.name == "invalid-service")

    def fragments(size: int) -> str:
        return "".join(
            f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{i}}}\nspec: {{{body}}}\n"
            for i in range(size)
            for body in ("selector: {a: b}, ports: [{port: 80}]", "externalTrafficPolicy: Local")
        )

    def judge(text: str) -> None:
        graph = graph_of(text)
        assert [finding for subject in rule.check.find(graph) for finding in rule.check(subject, graph)] == []

    assert_linear(fragments, judge, start=75)


@given(st.sampled_from(ACCEPTED), st.randoms(use_true_random=False))
def test_the_order_of_fields_does_not_matter(data: dict[str, Any], chance: random.Random) -> None:
    shuffled = _shuffled(data, chance)
    document = Document(Source("object.yaml", "a: 1\n"), 0, 5, shuffled)
    for resource in read_resources(document, {}):
        found = problems(resource, (1, 37), is_fragment=False)
        assert [problem for problem in found if problem.effect.name == "REFUSED"] == []


def _shuffled(data: Any, chance: random.Random) -> Any:
    if isinstance(data, list):
        return [_shuffled(item, chance) for item in data]
    if not isinstance(data, dict):
        return data
    items = [(key, _shuffled(item, chance)) for key, item in data.items()]
    chance.shuffle(items)
    return dict(items)
