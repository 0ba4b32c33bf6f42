"""The pages of rules, shortened: for over a finding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.report.pages import page_uri, section
from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.findings import Finding


def findings_at(report: Report, path: Path, offset: int) -> Iterator[Finding]:
    """The findings of a report whose span an offset of a file is in."""
    file = shown(path)
    for finding in report.findings:
        span = finding.span
        if span.file == file and span.start <= offset <= span.end:
            yield finding


def shortened(report: Report, name: str) -> str:
    """What a rule is about and why, in Markdown, with a link to all of its page; empty for a rule that did not run."""
    rule = next((rule for rule in report.rules if rule.name == name), None)
    if rule is None:
        return ""
    why, uri = section(rule.page, "Why").partition("\n\n")[0], page_uri(rule)
    parts = [f"**{rule.name}**: {rule.summary}", why]
    return "\n\n".join(filter(None, [*parts, f"[The whole page]({uri})" if uri else ""]))
