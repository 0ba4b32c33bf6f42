"""Findings for a person: one line each, as compilers print them."""

from __future__ import annotations

from klint.findings import Finding


def line(finding: Finding) -> str:
    """`file:line:col: severity: message [rule]`."""
    return f"{finding.span}: {finding.severity}: {finding.message} [{finding.rule}]"
