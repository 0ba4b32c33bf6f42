"""Findings as annotations of a GitHub Actions run: workflow commands on standard output.

GitHub shows ten errors, ten warnings and ten notices a step and drops the rest without a word. So the worst come
first, those beyond are plain lines of the log, and a notice says that they are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.findings import Finding, Severity
from klint.report.escape import escape, inert
from klint.report.repository import RepositoryPaths
from klint.report.text import line

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.report import Options

LIMIT = 10
"""Annotations of one level that GitHub shows for a step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Failures, then findings by severity, each as an annotation as far as GitHub shows them."""
    paths = RepositoryPaths(report.workspace)
    failures = [_command("error", escape(f"klint: {failure}"), title="klint") for failure in report.failures]
    by_severity = {
        severity: [finding for finding in report.findings if finding.severity is severity]
        for severity in reversed(Severity)
    }
    room = {Severity.ERROR: max(0, LIMIT - len(failures)), Severity.WARNING: LIMIT, Severity.NOTE: LIMIT}
    if any(len(found) > room[severity] for severity, found in by_severity.items()) or len(failures) > LIMIT:
        room[Severity.NOTE] = LIMIT - 1
    shown = [finding for severity, found in by_severity.items() for finding in found[: room[severity]]]
    rest = [finding for severity, found in by_severity.items() for finding in found[room[severity] :]]
    lines = [*failures, *(_annotation(finding, paths) for finding in shown), *_closing(rest, len(failures))]
    return "".join(f"{text}\n" for text in lines)


def _annotation(finding: Finding, paths: RepositoryPaths) -> str:
    span = finding.span
    file = paths.path(span.source)
    place: dict[str, object] = {}
    if inert(escape(file)) == file:  # a path that cannot be written as it is matches no file
        place |= {"file": file, "line": span.line, "endLine": span.end_line}
        if span.line == span.end_line:
            place |= {"col": span.column, "endColumn": span.end_column}
    command = _COMMANDS[finding.severity or Severity.NOTE]
    # The place again: an annotation's text is also a line of the log, where its properties do not show.
    message = escape(f"{span}: {finding.message} [{finding.rule}]")
    return _command(command, message, **place, title=finding.rule)


def _closing(rest: Sequence[Finding], failures: int) -> Iterator[str]:
    """What GitHub would drop, as plain lines, and a notice about it."""
    yield from (inert(line(finding)) for finding in rest)
    hidden = len(rest) + max(0, failures - LIMIT)
    if hidden:
        what = "1 more finding is" if hidden == 1 else f"{hidden} more findings are"
        yield _command("notice", f"{what} in the log: GitHub annotates {LIMIT} of each level", title="klint")


def _command(name: str, message: str, **properties: object) -> str:
    """A workflow command, escaped as actions/toolkit does (packages/core/src/command.ts)."""
    given = ",".join(f"{key}={_property(inert(str(value)))}" for key, value in properties.items())
    return f"::{name} {given}::{_data(inert(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
