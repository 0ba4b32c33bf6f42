"""Findings in the Reviewdog Diagnostic Format, which reviewdog turns into comments on a pull or merge request.

The document is a `DiagnosticResult` of reviewdog/reviewdog proto/rdf/reviewdog.proto. Lines and columns count from 1,
columns in bytes of UTF-8, and the end is exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NotRequired, TypedDict

from klint.findings import Severity
from klint.report.columns import utf8_column
from klint.report.documents import document
from klint.report.escape import escape
from klint.report.pages import HOME, page_uri
from klint.report.proposals import proposals
from klint.report.repository import RepositoryPaths

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.report import Options
    from klint.text.source import Span

SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


class Position(TypedDict):
    """A line, and a column in bytes."""

    line: int
    column: int


class Range(TypedDict):
    """From the first byte to the one behind the last."""

    start: Position
    end: Position


class Location(TypedDict):
    """A place; `path` is relative to the repository's root."""

    path: str
    range: Range


class Named(TypedDict):
    """What says something, and its page on the web."""

    name: str
    url: str


class Code(TypedDict):
    """A rule, and its page on the web if it has one."""

    value: str
    url: NotRequired[str]


class RelatedLocation(TypedDict):
    """Another place that a finding rests on."""

    message: str
    location: Location


class Suggestion(TypedDict):
    """What to write in the place of a range."""

    range: Range
    text: str


class Diagnostic(TypedDict):
    """One finding. A reviewer applies suggestions one by one, so there is one only for a fix that is a single edit."""

    message: str
    location: Location
    severity: str
    code: Code
    suggestions: list[Suggestion]
    related_locations: list[RelatedLocation]


class DiagnosticResult(TypedDict):
    """The whole document."""

    source: Named
    diagnostics: list[Diagnostic]


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """The findings as a JSON document, a line each. What klint could not do has no place in it."""
    paths = RepositoryPaths(report.workspace)
    codes = {rule.name: _code(rule.name, page_uri(rule)) for rule in report.rules}
    suggestions = dict(_suggestions(report))
    diagnostics = [
        Diagnostic(
            message=escape(finding.message),
            location=_place(finding.span, paths),
            severity=SEVERITIES[finding.severity or Severity.NOTE],
            code=codes.get(finding.rule) or _code(finding.rule, ""),
            suggestions=suggestions.get(id(finding), []),
            related_locations=[
                RelatedLocation(message=escape(item.message), location=_place(item.at.span, paths))
                for item in finding.related
            ],
        )
        for finding in report.findings
    ]
    return document(DiagnosticResult(source=Named(name="klint", url=HOME), diagnostics=diagnostics), rows="diagnostics")


def _suggestions(report: Report) -> Iterator[tuple[int, list[Suggestion]]]:
    """By finding, what mends it where it stands."""
    for offer in proposals(report):
        edits = [edit.narrowed() for edit in offer.edits]
        if len(edits) == 1 and edits[0].source.path == offer.finding.span.file:
            yield id(offer.finding), [Suggestion(range=_range(edits[0].span), text=edits[0].text)]


def _code(name: str, url: str) -> Code:
    return Code(value=name, url=url) if url else Code(value=name)


def _place(span: Span, paths: RepositoryPaths) -> Location:
    return Location(path=escape(paths.path(span.source)), range=_range(span))


def _range(span: Span) -> Range:
    source = span.source
    return Range(
        start=Position(line=span.line, column=utf8_column(source, span.line, span.column)),
        end=Position(line=span.end_line, column=utf8_column(source, span.end_line, span.end_column)),
    )
