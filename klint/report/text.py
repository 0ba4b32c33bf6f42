"""Findings for a person: one line each, as compilers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.findings import Finding

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.report import Options


def render(report: Report, options: Options) -> str:
    """The findings, a line each."""
    return "".join(f"{line(finding)}\n" for finding in report.findings)


def line(finding: Finding) -> str:
    """`file:line:col: severity: message [rule]`."""
    return f"{finding.span}: {finding.severity}: {finding.message} [{finding.rule}]"
