"""Findings as Checkstyle writes them, which Jenkins, reviewdog and many others read.

The format is that of com.puppycrawl.tools.checkstyle.XMLLogger: `file` elements, with an `error` for each finding
whose severity is error, warning or info.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.findings import Finding, Severity
from klint.report.repository import RepositoryPaths
from klint.report.xml import Element, by_file, document, said

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.report import Options

VERSION = "4.3"
"""The version of Checkstyle whose format this is, and what most tools write."""

SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """The findings by file, each file's from top to bottom. What klint could not do has no place in it."""
    root = Element("checkstyle", version=VERSION)
    for path, findings in by_file(report.findings, RepositoryPaths(report.workspace)).items():
        file = root.add("file", name=said(path))
        for finding in findings:
            file.add("error", **_attributes(finding))
    return document(root)


def _attributes(finding: Finding) -> dict[str, str]:
    span = finding.span
    return {
        "line": str(span.line),
        "column": str(span.column),
        "severity": SEVERITIES[finding.severity or Severity.NOTE],
        "message": said(finding.message),
        "source": f"klint.{finding.rule}",
    }
