"""One root cause, one finding: what follows from it is a related place."""

from __future__ import annotations

from pathlib import Path

import pytest

from klint import Finding, Severity
from klint.engine import Report
from klint.merging import with_consequences
from klint.registry import load_rules
from klint.session import Options, Session
from klint.text.source import Source

RULES = load_rules()[0]
CAUSE, CONSEQUENCE = "host-port-in-production", "host-port-with-replicas"

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web
          ports:
            - containerPort: 80
              hostPort: 80
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(path: str, text: str = WEB, config: str = "", without: str = "") -> Report:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")
    Path(".klint.yaml").write_text(config or "{}\n", "utf-8")
    rules = [rule for rule in RULES if rule.name in (CAUSE, CONSEQUENCE) and rule.name != without]
    return Session.of(["."], rules, options=Options(render=False)).report()


def said(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


@pytest.mark.parametrize("path", ["production/web.yaml", "web.yaml"])
def test_what_follows_is_a_related_place(path: str) -> None:
    (found,) = run(path).findings
    assert found.rule == CAUSE
    assert [item.message for item in found.related] == [
        "3 replicas of Deployment web need 3 nodes, 4 during a rolling update: each uses port 80 of its node",
        "3 replicas",
    ]
    assert found.related[0].at == found.at


def test_it_stands_alone_where_its_cause_is_not_reported() -> None:
    assert said(run("production/web.yaml", without=CAUSE)) == [CONSEQUENCE]
    assert said(run("production/web.yaml", config=f"rules: {{{CAUSE}: off}}\n")) == [CONSEQUENCE]
    ignored = WEB.replace("hostPort: 80", f"hostPort: 80  # klint: ignore[{CAUSE}] media")
    assert said(run("production/web.yaml", ignored)) == [CONSEQUENCE]


def test_it_stands_alone_where_its_cause_is_silent() -> None:
    assert said(run("local/web.yaml")) == [CONSEQUENCE]


def test_it_stands_beside_a_cause_that_is_less_severe() -> None:
    config = f"rules: {{{CAUSE}: note}}\n"
    assert sorted(said(run("production/web.yaml", config=config))) == [CAUSE, CONSEQUENCE]


def test_another_line_is_another_mistake() -> None:
    text = WEB.replace("    spec:\n", "    spec:\n      hostNetwork: true\n", 1)
    assert said(run("production/web.yaml", text)) == [CONSEQUENCE]


def test_what_follows_from_what_follows_stands_alone() -> None:
    span = Source("a.yaml", "a: b\n").span(0, 1)
    found = [Finding(rule, span, severity=Severity.WARNING, rule=rule) for rule in ("first", "second", "third")]
    kept, consequences = with_consequences(found, {"second": ("first",), "third": ("second",)})
    assert [(item.rule, [related.message for related in item.related]) for item in kept] == [
        ("first", ["second"]),
        ("third", []),
    ]
    assert consequences == found[1:2]
