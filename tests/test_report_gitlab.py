"""GitLab's Code Quality reports: the properties that GitLab reads, and a fingerprint for each finding."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from klint import Finding, Severity, Source, Span
from klint.report import render
from klint.session import Session
from tests.reports import finding, report_of

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""What "Report format" of GitLab's doc/ci/testing/code_quality.md says."""


def entries(*findings: Finding) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render("gitlab", report_of(*findings)))
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_an_entry() -> None:
    one = finding("Service web is gone", line=3)
    assert entries(one) == [
        {
            "description": "dangling-backend: Service web is gone",
            "check_name": "dangling-backend",
            "fingerprint": one.identity,
            "severity": "critical",
            "location": {"path": "web.yaml", "lines": {"begin": 3, "end": 3}},
        }
    ]


def test_nothing_found_is_a_report_of_nothing() -> None:
    assert render("gitlab", report_of()) == "[]\n"


def test_severities() -> None:
    found = [entry["severity"] for entry in entries(*(finding(severity=severity) for severity in Severity))]
    assert found == ["info", "major", "critical"]


def test_each_finding_has_a_fingerprint_of_its_own_that_does_not_change() -> None:
    same = [finding("One", line=2), finding("Two", line=2), finding("Three", line=2)]
    assert len({item.identity for item in same}) == 1
    fingerprints = [entry["fingerprint"] for entry in entries(*same)]
    assert len(set(fingerprints)) == 3
    assert fingerprints[0] == same[0].identity
    assert fingerprints == [entry["fingerprint"] for entry in entries(*same)]


def test_a_fingerprint_survives_moved_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    text += "spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 8080}]}\n"

    def fingerprints(text: str) -> set[str]:
        Path("web.yaml").write_text(text, "utf-8")
        from klint.registry import load_rules

        report = Session.of(["."], load_rules()[0], isolated=True).report()
        assert report.findings
        return {entry["fingerprint"] for entry in json.loads(render("gitlab", report))}

    assert fingerprints(text) == fingerprints(f"# moved\n\n{text}")


def test_the_report_has_no_byte_order_mark_and_is_ascii() -> None:
    text = render("gitlab", report_of(finding("Größe \U0001f600", file="日本.yaml")))
    assert text.isascii()
    assert json.loads(text)[0]["location"]["path"] == "日本.yaml"


def test_lines_of_an_extent() -> None:
    span = Span(Source("web.yaml", "a:\n  b\n"), 1, 1, 2, 4)
    (entry,) = entries(Finding("So", span, rule="any", severity=Severity.NOTE))
    assert entry["location"]["lines"] == {"begin": 1, "end": 2}
