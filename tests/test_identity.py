"""What a finding is about, and how it is known again: by rule, object, keyed path and key, whatever moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Finding, Graph, PodTemplate, Related, Service, rule
from klint.engine import Report
from klint.kube.keys import ListKeys
from klint.registry import Rule, load_rules
from klint.report import json as json_report
from klint.report import render as render_report
from klint.session import Options, Session
from klint.text import yaml

RULES = load_rules()[0]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")


def run(text: str | dict[str, str], *rules: Rule) -> Report:
    for file in Path().glob("**/*.yaml"):
        file.unlink()
    write({"a.yaml": text} if isinstance(text, str) else text)
    return Session.of(["."], rules or RULES, options=Options(render=False)).report()


def identities(text: str | dict[str, str]) -> list[tuple[str, str]]:
    return sorted((finding.rule, finding.identity) for finding in run(text).findings)


SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  type: NodePort
  selector: {app: web}
  ports:
    - {name: http, port: 80, nodePort: 80}
    - {name: https, port: 443, nodePort: 443}
"""
HTTP = "    - {name: http, port: 80, nodePort: 80}\n"
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
spec:
  tls: [{secretName: web}]
  rules:
    - host: a.example
      http:
        paths:
          - {path: /, pathType: Prefixed, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /api, pathType: Prefix, backend: {service: {name: web, port: {number: 81}}}}
"""
MOVED = {
    "lines": (SERVICE, f"# one\n\n# two\n{SERVICE}"),
    "documents": (f"{SERVICE}---\n{INGRESS}", f"{INGRESS}---\n{SERVICE}"),
    "keys": (
        SERVICE,
        SERVICE.replace("  type: NodePort\n", "")
        .replace("{name: http, port: 80, nodePort: 80}", "{nodePort: 80, port: 80, name: http}")
        .replace("  ports:", "  type: NodePort\n  ports:"),
    ),
    "items": (
        SERVICE,
        SERVICE.replace("    - {name: http, port: 80, nodePort: 80}\n", "")
        + "    - {name: http, port: 80, nodePort: 80}\n",
    ),
    "another item before it": (
        INGRESS,
        INGRESS.replace("    - host: a.example", "    - host: 0.example\n    - host: a.example"),
    ),
    "into a list": (
        SERVICE,
        "apiVersion: v1\nkind: List\nitems:\n"
        + "".join(f"{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(SERVICE.splitlines())),
    ),
    "into another file": ({"a.yaml": SERVICE}, {"b/c.yaml": SERVICE}),
    "into JSON": (SERVICE, json.dumps(yaml.load(SERVICE)[0], indent=1)),
}


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_identity_survives_what_moves(before: str | dict[str, str], after: str | dict[str, str]) -> None:
    first = identities(before)
    assert first
    assert len(set(first)) == len(first), "different things have different identities"
    assert identities(after) == first


CHANGED = {
    "another object": SERVICE.replace("name: web", "name: api"),
    "another namespace": SERVICE.replace("shop", "blog"),
    "another port": SERVICE.replace("name: http,", "name: web,").replace("name: https", "name: webs"),
}


@pytest.mark.parametrize("after", CHANGED.values(), ids=CHANGED)
def test_identity_tells_things_apart(after: str) -> None:
    assert set(identities(SERVICE)).isdisjoint(identities(after))


def test_the_message_is_no_part_of_it() -> None:
    """A port that is wrong in another way is the same port."""
    before, after = (run(SERVICE.replace("nodePort: 80}", f"nodePort: {port}}}")).findings for port in (80, 81))
    assert [finding.message for finding in before] != [finding.message for finding in after]
    assert [finding.identity for finding in before] == [finding.identity for finding in after]


# Keyed paths

PATHS = [
    ("containers: [{name: a}, {name: b, ports: [{containerPort: 80}]}]", ("containers", 1, "ports", 0), "[name=b]"),
    ("ports: [{port: 80}, {port: 80, protocol: UDP}]", ("ports", 0), "[port=80,protocol=TCP]"),
    ("ports: [{port: 80}, {port: 80, protocol: UDP}]", ("ports", 1), "[port=80,protocol=UDP]"),
    ("ports: [{port: 80, protocol: TCP}]", ("ports", 0), "[port=80,protocol=TCP]"),
    ("ports: [{name: http, port: 80}]", ("ports", 0), "[name=http]"),
    ("ports: [{containerPort: 80, hostPort: 1}]", ("ports", 0), "[containerPort=80,protocol=TCP]"),
    ("rules: [{host: a}, {http: {}}]", ("rules", 0), "[host=a]"),
    ("rules: [{host: a}, {http: {}}]", ("rules", 1), "[1]"),
    ("paths: [{path: /a}]", ("paths", 0), "[path=/a]"),
    ("rules: [{matches: [{path: {value: /a}}]}]", ("rules", 0), "[path=/a]"),
    ("matches: [{path: {value: /a}}]", ("matches", 0), "[path=/a]"),
    ("parentRefs: [{name: gw, sectionName: https}]", ("parentRefs", 0), "[name=gw,sectionName=https]"),
    ("hosts: [a, b]", ("hosts", 1), "[b]"),
    ("args: [1, true, 1]", ("args", 2), "[1]#2"),
    ("containers: [{name: a}, {name: a}]", ("containers", 1), "[name=a]#2"),
    ("items: [{kind: Pod, metadata: {name: a}}]", ("items", 0), "[Pod a]"),
    ("x: [[1], [2]]", ("x", 1, 0), "[2]"),
    ("x: [{}]", ("x", 7), "[7]"),
    ("x: 1", ("x", 0), "0"),
]


@pytest.mark.parametrize(("text", "path", "step"), PATHS)
def test_items_are_called_by_what_names_them(text: str, path: tuple[str | int, ...], step: str) -> None:
    keyed = list(ListKeys(yaml.load(text)[0]).path(path))
    assert step in keyed
    assert len(keyed) == len(path)


scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "a", "b", "TCP"]))
fields = st.sampled_from(["name", "port", "protocol", "containerPort", "host", "path", "matches", "metadata", "kind"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=3), max_leaves=12
)


def all_paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    yield ()
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in entries:
        yield from ((step, *path) for path in all_paths(item))


@given(st.sampled_from(["ports", "rules", "x"]), values)
def test_no_two_places_have_one_keyed_path(field: str, value: Any) -> None:
    data = {field: value}
    keyed = ListKeys(data)
    found = [tuple(keyed.path(path)) for path in all_paths(data)]
    assert len(set(found)) == len(found)


# Objects


@rule(severity="note")
def about_another(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        yield Finding("one", at=pod.at("spec"), about=service, key="first")
        yield Finding("two", at=pod.at("spec"), about=service, key="second")


@rule(severity="note")
def in_an_item(service: Service) -> Iterator[Finding]:
    yield Finding("x", at=service.at("spec", "type"), related=(Related("y", service.place),))


def as_rule(check: Any) -> Rule:
    return Rule("x", "entry", check, Path())


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: web}}\nspec: {containers: [{name: a, image: b}]}\n"


def test_a_finding_may_be_about_another_object_than_it_stands_in() -> None:
    found = run(f"{SERVICE}---\n{POD}", as_rule(about_another)).findings
    assert [(finding.message, str(finding.about)) for finding in found] == [
        ("one", "Service shop/web"),
        ("two", "Service shop/web"),
    ]
    assert found[0].identity != found[1].identity
    (alone,) = run(SERVICE, as_rule(in_an_item)).findings
    assert str(alone.about) == "Service shop/web"


def test_an_item_of_a_list_is_the_object() -> None:
    items = "".join(f"- {{apiVersion: v1, kind: Service, metadata: {{name: s{i}}}, spec: {{}}}}\n" for i in range(3))
    found = run(f"apiVersion: v1\nkind: List\nitems:\n{items}", as_rule(in_an_item)).findings
    assert [str(finding.about) for finding in found] == ["Service s0", "Service s1", "Service s2"]


def test_what_is_in_no_object_is_known_by_its_file_and_line() -> None:
    broken = "apiVersion: v1\nkind: Service\nspec: [\n"
    (before,), (after,) = run(broken).findings, run(f"# moved\n\n{broken}").findings
    assert (before.about, before.rule) == (None, "syntax-error")
    assert before.identity == after.identity
    (other,) = run({"b.yaml": broken}).findings
    assert other.identity != before.identity


# Bundles

BASE = "resources: [service.yaml]\n"
NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 9000, nodePort: 80}]
"""


def rendered(files: dict[str, str]) -> Report:
    write(files)
    return Session.of(["."], [rule for rule in RULES if rule.name == "node-port-out-of-range"]).report()


def test_overlays_that_rename_an_object_have_one_finding() -> None:
    files = {"base/kustomization.yaml": BASE, "base/service.yaml": NODE_PORT}
    for name in ("dev", "prod"):
        files[f"{name}/kustomization.yaml"] = f"resources: [../base]\nnamePrefix: {name}-\nnamespace: {name}\n"
    report = rendered(files)
    assert [(str(finding.span), len(finding.bundles)) for finding in report.findings] == [("base/service.yaml:7:34", 2)]
    (one,) = report.findings
    Path("dev/kustomization.yaml").write_text("resources: [../base]\nnamePrefix: a-\n")
    assert [finding.identity for finding in rendered({}).findings] == [one.identity]


def chart(template: str) -> dict[str, str]:
    return {
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "chart/values.yaml": "port: 30080\n",
        "chart/values-dev.yaml": "port: 80\n",
        "chart/values-prod.yaml": "port: 81\n",
        "chart/templates/service.yaml": template,
    }


def test_what_two_sets_of_values_do_wrong_at_one_place_is_said_of_each() -> None:
    """Nothing of a finding is lost because another one stands in its place."""
    template = NODE_PORT.replace("[{port: 9000, nodePort: 80}]", "[{port: 9000, nodePort: {{ add .Values.port 0 }}}]")
    report = rendered(chart(template))
    assert [finding.message.partition(" of ")[0] for finding in report.findings] == ["nodePort 80", "nodePort 81"]
    assert len({finding.span.sort_key for finding in report.findings}) == 1
    assert [len(finding.bundles) for finding in report.findings] == [1, 1]


def test_releases_that_call_an_object_otherwise_have_one_finding() -> None:
    template = NODE_PORT.replace("name: web", "name: {{ .Release.Name }}-{{ .Values.port }}")
    report = rendered(chart(template))
    assert len(report.findings) == 1
    assert len(report.findings[0].bundles) == 3


def test_objects_of_one_line_are_each_said() -> None:
    loop = (
        "{{- range list `a` `b` }}\n"
        + NODE_PORT.replace("web}", "{{ . }}-{{ $.Values.port }}}", 1)
        + "---\n{{- end }}\n"
    )
    report = rendered(chart(loop))
    assert [len(finding.bundles) for finding in report.findings] == [3, 3]


# Reports


def test_reports_have_object_and_identity() -> None:
    report = run(SERVICE)
    for finding, item, result in zip(
        report.findings,
        json_report.document(report)["findings"],
        json.loads(render_report("sarif", report))["runs"][0]["results"],
        strict=True,
    ):
        assert item["identity"] == finding.identity == result["partialFingerprints"]["klint/identity/v1"]
        assert item["object"] == {"group": "", "kind": "Service", "namespace": "shop", "name": "web"}
    broken = run("apiVersion: v1\nkind: Service\nspec: [\n")
    assert [item["object"] for item in json_report.document(broken)["findings"]] == [None]
