"""Findings as a Code Quality report of GitLab.

A JSON array without a byte order mark, of the properties that GitLab reads (gitlab-org/gitlab
doc/ci/testing/code_quality.md); it ignores whatever else there is. The widget of a merge request shows one entry for
findings with one fingerprint, so each has its own.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from klint.findings import Severity
from klint.report.documents import document
from klint.report.escape import escape
from klint.report.repository import RepositoryPaths

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.report import Options

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}
"""On GitLab's scale of info, minor, major, critical and blocker."""


class Lines(TypedDict):
    """Lines from 1, both included; GitLab shows the first."""

    begin: int
    end: int


class Location(TypedDict):
    """A place; `path` is relative to the repository's root."""

    path: str
    lines: Lines


class Entry(TypedDict):
    """One finding. GitLab does not show the check's name, so the description has it, too."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """The findings as a JSON array, a line each. What klint could not do has no place in it."""
    paths = RepositoryPaths(report.workspace)
    seen: Counter[str] = Counter()
    entries: list[Entry] = []
    for finding in report.findings:
        identity, span = finding.identity, finding.span
        entries.append(
            Entry(
                description=escape(f"{finding.rule}: {finding.message}"),
                check_name=finding.rule,
                fingerprint=_fingerprint(identity, seen[identity]),
                severity=SEVERITIES[finding.severity or Severity.NOTE],
                location=Location(
                    path=escape(paths.path(span.source)), lines=Lines(begin=span.line, end=span.end_line)
                ),
            )
        )
        seen[identity] += 1
    return document(entries)


def _fingerprint(identity: str, before: int) -> str:
    """The finding's identity; another one where findings before it have the same, which objects of one name share."""
    return sha256(f"{identity}\0{before}".encode()).hexdigest()[:32] if before else identity
