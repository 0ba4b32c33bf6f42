"""The Reviewdog Diagnostic Format: its fields, and columns in bytes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from klint import Finding, Related, Severity, Source
from klint.registry import load_rules
from klint.report import render
from klint.session import Session
from tests.reports import finding, report_of

POSITION = {
    "type": "object",
    "required": ["line", "column"],
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
RANGE = {
    "type": "object",
    "required": ["start"],
    "properties": {"start": POSITION, "end": POSITION},
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["path", "range"],
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "range": RANGE,
    },
    "additionalProperties": False,
}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMA = {
    "type": "object",
    "required": ["source", "diagnostics"],
    "properties": {
        "source": STRINGS,
        "diagnostics": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message", "location"],
                "properties": {
                    "message": {"type": "string"},
                    "location": LOCATION,
                    "severity": {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
                    "code": STRINGS | {"required": ["value"]},
                    "suggestions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["range", "text"],
                            "properties": {"range": RANGE, "text": {"type": "string"}},
                            "additionalProperties": False,
                        },
                    },
                    "related_locations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["location"],
                            "properties": {"message": {"type": "string"}, "location": LOCATION},
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""The messages of reviewdog's proto/rdf/reviewdog.proto, and its jsonschema/RelatedLocation.json."""


def diagnostics(*findings: Finding) -> list[dict[str, Any]]:
    found: dict[str, Any] = json.loads(render("rdjson", report_of(*findings)))
    Draft202012Validator(SCHEMA).validate(found)
    assert found["source"] == {"name": "klint", "url": "https://github.com/klint-k8s/klint"}
    diagnostics: list[dict[str, Any]] = found["diagnostics"]
    return diagnostics


def test_a_diagnostic() -> None:
    one = finding("Service web is gone", line=3)
    other = Related("Service cart is here", finding(file="cart.yaml").span)
    assert diagnostics(replace(one, related=(other,))) == [
        {
            "message": "Service web is gone",
            "location": {
                "path": "web.yaml",
                "range": {"start": {"line": 3, "column": 4}, "end": {"line": 3, "column": 5}},
            },
            "severity": "ERROR",
            "code": {
                "value": "dangling-backend",
                "url": "https://github.com/klint-k8s/klint/blob/main/rules/routing/dangling_backend/README.md",
            },
            "suggestions": [],
            "related_locations": [
                {
                    "message": "Service cart is here",
                    "location": {
                        "path": "cart.yaml",
                        "range": {"start": {"line": 1, "column": 4}, "end": {"line": 1, "column": 5}},
                    },
                }
            ],
        }
    ]


def test_nothing_found() -> None:
    assert diagnostics() == []


def test_severities() -> None:
    found = [item["severity"] for item in diagnostics(*(finding(severity=severity) for severity in Severity))]
    assert found == ["INFO", "WARNING", "ERROR"]


def test_a_rule_of_a_pack_has_no_page() -> None:
    assert [item["code"] for item in diagnostics(finding(rule="own-rule"), finding(rule="unknown"))] == [
        {"value": "own-rule"},
        {"value": "unknown"},
    ]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))


@given(before=TEXT, span=TEXT)
def test_columns_count_bytes(before: str, span: str) -> None:
    source = Source("a.yaml", f"first\r\n{before}{span}\r\nlast")
    at = source.span(7 + len(before), 7 + len(before) + len(span))
    (item,) = diagnostics(Finding("So", at, severity=Severity.NOTE, rule="any"))
    start, end = (item["location"]["range"][name] for name in ("start", "end"))
    line = source.line(2).encode()
    assert (start["line"], end["line"]) == (2, 2)
    assert line[start["column"] - 1 : end["column"] - 1] == span.encode()


def test_a_suggestion_is_what_fix_would_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports:
    - port: 80
      nodePort: 8080
"""
    (tmp_path / "web.yaml").write_text(text, "utf-8")
    rules = [rule for rule in load_rules()[0] if rule.name == "node-port-out-of-range"]
    report = Session.of(["."], rules, isolated=True).report()
    found = json.loads(render("rdjson", report))
    Draft202012Validator(SCHEMA).validate(found)
    (item,) = found["diagnostics"]
    (suggestion,) = item["suggestions"]
    start, end = (suggestion["range"][name] for name in ("start", "end"))
    lines = text.splitlines(keepends=True)
    offsets = [sum(map(len, lines[: at["line"] - 1])) + at["column"] - 1 for at in (start, end)]
    fixed = text[: offsets[0]] + suggestion["text"] + text[offsets[1] :]
    assert fixed == text.replace("      nodePort: 8080\n", "")
