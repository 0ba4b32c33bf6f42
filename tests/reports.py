"""Reports for the tests of formats: made of findings, without a run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from klint import Finding, Severity, Source, Span
from klint.engine import Report
from klint.errors import Failure
from klint.registry import Rule, load_rules
from klint.report.fingerprint import LineFingerprints
from klint.session import Session


@cache
def empty() -> Report:
    return Session.of([], [], isolated=True).report()


@cache
def rules() -> tuple[Rule, ...]:
    """A rule of two layers each, and one of a pack."""
    routing, entry = (
        next(rule for rule in load_rules()[0] if rule.name == name)
        for name in ("dangling-backend", "host-port-in-production")
    )
    return routing, entry, replace(entry, name="own-rule", layer="acme", pack="acme")


def finding(
    message: str = "It is so",
    severity: Severity = Severity.ERROR,
    file: str = "web.yaml",
    *,
    line: int = 1,
    rule: str = "dangling-backend",
) -> Finding:
    """A finding at the value of a line `a: b`."""
    source = Source(file, "a: b\n" * line, file)
    return Finding(message, Span(source, line, 4, line, 5), severity=severity, rule=rule)


def report_of(*findings: Finding, failures: tuple[Failure, ...] = ()) -> Report:
    return replace(empty(), rules=rules(), findings=findings, failures=failures)


def line_fingerprints(text: str, last: int, *, has_bom: bool = False) -> list[str]:
    """Those of the lines from the first to number `last`."""
    lines = LineFingerprints(text, has_bom=has_bom)
    return [lines[number] for number in range(1, min(last, len(lines)) + 1)]
