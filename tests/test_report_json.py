"""The JSON report is one stable document: what is in it, field by field."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import klint
from klint import Finding, Graph, Related, Severity, Source, Span, rule
from klint.engine import Report
from klint.errors import Failure
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.reasons import Reason, why
from klint.registry import Rule
from klint.report import render
from klint.session import Session

MANIFESTS = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: {app: web}
  ports:
    - {name: "😀", port: 80}
---
apiVersion: v1
kind: Service
metadata:
  name: cart
spec:
  ports:
    - port: 80  # klint: ignore[any-port] it is meant
"""


@rule(severity="warning")
def any_port(graph: Graph) -> Iterator[Finding]:
    """Fires at the ports of every Service, with a path that ends there."""
    for service in graph.services:
        for port in service.ports:
            path = (
                Hop(
                    HopKind.ENTRY, service, service.at("spec", "ports"), Ref("", "NodePort"), State.RESOLVED, (service,)
                ),
                Hop(
                    HopKind.SELECTION,
                    service,
                    port.at("port"),
                    Ref("", "Pod", labels=(("app", "web"),)),
                    State.BROKEN,
                    (),
                    why(Reason.SAID, "there are none"),
                ),
            )
            yield Finding(f"{service} has a port", port.at("port"), (Related("its name", service.place),), path)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    Path("eks").mkdir()
    Path("eks/web.yaml").write_text(MANIFESTS, "utf-8")
    Path("eks/other.yaml").write_text("a: b\n", "utf-8")
    rules = [Rule("any-port", "distribution", any_port, Path("rules/distribution/any_port"), "pack")]
    found = Session.of(["."], rules, today=date(2026, 1, 1)).report()
    return replace(found, failures=(Failure("gone.yaml", "There is no such file", "Check the path"), Failure("", "No")))


def document(report: Report) -> dict[str, Any]:
    return dict(json.loads(render("json", report)))


def place(line: int, column: int, end_column: int) -> dict[str, Any]:
    return {
        "file": "eks/web.yaml",
        "line": line,
        "column": column,
        "end_line": line,
        "end_column": end_column,
        "approximate": False,
    }


def finding(name: str, port: dict[str, Any], ports: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    service = f"Service {name}"
    *namespace, own = name.split("/")
    return {
        "rule": "any-port",
        "severity": "warning",
        "message": f"{service} has a port",
        **port,
        "related": [{"message": "its name", **metadata}],
        "path": [
            {
                "layer": "distribution",
                "source": service,
                "wants": "NodePort",
                "state": "resolved",
                "why": None,
                "targets": [service],
                **ports,
            },
            {
                "layer": "distribution",
                "source": service,
                "wants": "pods with app=web",
                "state": "broken",
                "why": "there are none",
                "targets": [],
                **port,
            },
        ],
        "bundles": [],
        "object": {"group": "", "kind": "Service", "namespace": namespace[0] if namespace else None, "name": own},
        "identity": IDENTITIES[name],
        "fix": None,
    }


IDENTITIES = {"shop/web": "b8756ff249d3b3e6b162fe6362ff2f7d", "cart": "f31fb2c23c057d3b3cf6e0ce93bf9d96"}
"""They are written into baselines: another one for the same finding would be a finding anew."""


def test_the_whole_document(report: Report) -> None:
    assert document(report) == {
        "version": 1,
        "klint": klint.__version__,
        "findings": [finding("shop/web", place(9, 25, 27), place(8, 3, 8), place(4, 9, 12))],
        "suppressed": [
            {
                "finding": finding("cart", place(17, 13, 15), place(16, 3, 8), place(14, 9, 13)),
                "origin": "comment",
                "reason": "it is meant",
                "expires": None,
                **place(17, 17, 54),
            }
        ],
        "failures": [
            {"where": "gone.yaml", "message": "There is no such file", "remedy": "Check the path"},
            {"where": None, "message": "No", "remedy": None},
        ],
        "bundles": [
            {
                "name": "eks/web.yaml",
                "environment": None,
                "platform": "eks",
                "kubernetes": None,
                "node_ports": {"first": 30000, "last": 32767, "origin": "the Kubernetes default"},
                "resources": 2,
                "reasons": ["eks: the path eks/web.yaml"],
            }
        ],
        "summary": {
            "error": 0,
            "warning": 1,
            "note": 0,
            "suppressed": 1,
            "failures": 2,
            "files": 1,
            "documents": 2,
            "passed_over": 1,
            "bundles": 1,
            "rules": 1,
        },
    }


def test_a_configured_ignore_has_its_last_day(report: Report) -> None:
    ignore = replace(report.suppressed[0].ignore, origin="configuration", reason="", expires=date(2026, 12, 31))
    report = replace(report, suppressed=(replace(report.suppressed[0], ignore=ignore),))
    found = document(report)["suppressed"][0]
    assert (found["origin"], found["reason"], found["expires"]) == ("configuration", None, "2026-12-31")


def test_rendered_places_and_bundles() -> None:
    span = Source("chart/web.yaml", "a: b\n").span(0, 1, approximate=True)
    report = replace(EMPTY, findings=(Finding("So", span, rule="any", severity=Severity.NOTE, bundles=("a", "b")),))
    found = document(report)["findings"][0]
    assert found["approximate"] is True
    assert found["bundles"] == ["a", "b"]


def test_findings_keep_their_order_and_columns_count_characters(report: Report) -> None:
    spans = [Span(Source(file, "😀: web\n"), 1, 4, 1, 7) for file in ("a.yaml", "b.yaml")]
    report = replace(EMPTY, findings=tuple(Finding("So", span, rule="any", severity=Severity.ERROR) for span in spans))
    found = document(report)["findings"]
    assert [(item["file"], item["column"], item["end_column"]) for item in found] == [
        ("a.yaml", 4, 7),
        ("b.yaml", 4, 7),
    ]


@given(message=st.text(), file=st.text(st.characters()))
def test_any_text_survives_and_the_document_is_ascii(message: str, file: str) -> None:
    finding = Finding(message, Span(Source(file, "a"), 1, 1, 1, 2), rule="any", severity=Severity.ERROR)
    text = render("json", replace(EMPTY, findings=(finding,)))
    assert text.isascii()
    found = json.loads(text)["findings"][0]
    assert (found["message"], found["file"]) == (message, file)


EMPTY = Session.of([], [], isolated=True).report()
