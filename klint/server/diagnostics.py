"""Findings → diagnostics."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from klint.editor.rooted import from_root
from klint.errors import Failure
from klint.findings import Finding, Severity
from klint.hops import State
from klint.registry import Rule
from klint.report.escape import escape
from klint.report.pages import page_uri
from klint.report.words import step
from klint.server.buffers import Buffer
from klint.server.client import Client
from klint.server.lines import Lines
from klint.server.moves import Moves
from klint.server.uris import uri_of
from klint.text.source import Source, Span
from klint.text.words import abridged

SOURCE = "klint"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}

_TAGS = {"unnecessary": types.DiagnosticTag.Unnecessary, "deprecated": types.DiagnosticTag.Deprecated}

MOST_RELATED = 50
"""Related places of a diagnostic: an editor shows them as a list."""

MOST_BUNDLES = 3
"""Bundles of a finding that are named."""

_PLACE = re.compile(r":(\d+)(?::(\d+))?\Z")


class Places:
    """Where spans of what was linted are in the files as the editor has them.

    What is rendered may come from texts that are older than the open ones: then a span is where its line is now, and
    nowhere if that was changed.
    """

    def __init__(self, root: Path, buffers: Mapping[Path, Buffer], uris: Mapping[Path, str], encoding: str) -> None:
        """Look for places of sources that are named from a root."""
        self.root = root
        self._buffers = buffers
        self._uris = uris
        self._encoding = encoding
        self._known: dict[int, tuple[Source, _Shown]] = {}

    def path(self, source: Source) -> Path:
        """The file that a source is."""
        return self._shown(source).path

    def range(self, span: Span) -> types.Range | None:
        """The range of a span; None where what it showed is no more."""
        return self._shown(span.source).range(span)

    def location(self, span: Span) -> types.Location | None:
        """The file and the range of a span; None as above."""
        shown = self._shown(span.source)
        found = shown.range(span)
        return types.Location(self._uris.get(shown.path) or uri_of(shown.path), found) if found else None

    def is_moved(self, source: Source) -> bool:
        """Whether it is another text than the editor has."""
        return self._shown(source).moves is not None

    def _shown(self, source: Source) -> _Shown:
        known = self._known.get(id(source))
        if known is None:
            known = self._known[id(source)] = (source, self._find(source))
        return known[1]

    def _find(self, source: Source) -> _Shown:
        name = self.root / source.relative if source.relative else Path(source.path)
        path = Path(os.path.abspath(name))
        buffer = self._buffers.get(path)
        return _Shown(path, source, buffer or Buffer("", path, source.text, 0), self._encoding)


class _Shown:
    """A text as klint read it, and as the editor has it."""

    def __init__(self, path: Path, source: Source, buffer: Buffer, encoding: str) -> None:
        self.path = path
        self.moves = None if source.text == buffer.read else Moves(source.text, buffer.read)
        self._lines = Lines(buffer.text, encoding)
        self._mark = buffer.mark
        self._now = Source(str(path), buffer.read)

    def range(self, span: Span) -> types.Range | None:
        if self.moves is None:
            return self._range(span.start, span.end)
        first, last = self.moves.line(span.line), self.moves.line(span.end_line)
        if first is None or last is None or last - first != span.end_line - span.line:
            return None
        return self._range(self._now.offset(first, span.column), self._now.offset(last, span.end_column))

    def _range(self, start: int, end: int) -> types.Range:
        return self._lines.range(self._mark + start, self._mark + end)


class Diagnoser:
    """Makes diagnostics for one client."""

    def __init__(self, client: Client, places: Places, rules: Iterable[Rule]) -> None:
        """Make diagnostics of findings of some rules."""
        self._client = client
        self._places = places
        self._rules = {rule.name: rule for rule in rules}

    def file(self, finding: Finding) -> Path:
        """The file that a finding stands in."""
        return self._places.path(finding.span.source)

    def files(self, finding: Finding) -> frozenset[Path]:
        """The files that a finding stands in, and those of all that it rests on."""
        spans = [finding.span, *(item.at.span for item in finding.related), *(hop.at.span for hop in finding.path)]
        spans += [target.place.span for hop in finding.path[-1:] for target in hop.targets]
        return frozenset(self._places.path(span.source) for span in spans)

    def diagnostic(self, finding: Finding) -> types.Diagnostic | None:
        """A finding as a diagnostic; None where the line that it is about is no more what it was."""
        found = self._places.range(finding.span)
        if found is None:
            return None
        rule = self._rules.get(finding.rule)
        page = page_uri(rule) if rule and self._client.shows_links else ""
        tag = _TAGS.get(rule.check.marks) if rule else None
        fix = finding.fix if self._client.keeps_data else None
        return types.Diagnostic(
            range=found,
            message=self._shown(_message(finding)),
            severity=_SEVERITIES[finding.severity or Severity.WARNING],
            code=finding.rule,
            code_description=types.CodeDescription(page) if page else None,
            source=SOURCE,
            tags=[tag] if tag in self._client.shows_tags else None,
            related_information=list(self._related(finding))[:MOST_RELATED] or None,
            data={"fix": {"title": fix.title, "safety": str(fix.safety)}} if fix else None,
        )

    def _related(self, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        if not self._client.shows_related:
            return
        told = {(item.message, item.at.span.sort_key): item.at.span for item in finding.related}
        for hop in finding.path:
            if hop.at.span != finding.span:  # else the message says it
                told.setdefault((step(hop), hop.at.span.sort_key), hop.at.span)
        if finding.path and (end := finding.path[-1]).state is State.RESOLVED and end.target is not None:
            told.setdefault((str(end.target), end.target.place.span.sort_key), end.target.place.span)
        for (message, _), span in told.items():
            if location := self._places.location(span):
                yield types.DiagnosticRelatedInformation(location, self._shown(message))

    def _shown(self, message: str) -> str:
        return escape(from_root(message, self._places.root))


def _message(finding: Finding) -> str:
    more = f"; rendered by {abridged(finding.bundles, MOST_BUNDLES)}" if finding.bundles else ""
    where = " (the place is approximate)" if finding.span.approximate else ""
    return f"{finding.message}{more}{where}"


def of_failure(failure: Failure, text: str, encoding: str) -> types.Diagnostic:
    """What klint could not do, where it says so: at the line and column that it names, else at the file's beginning."""
    found = _PLACE.search(failure.where)
    line, column = (int(found[1]), int(found[2] or 1)) if found else (1, 1)
    span = Source("", text).span(Source("", text).offset(line, column), len(text)) if text else None
    at = Lines(text, encoding).range_of(span) if span else types.Range(types.Position(0, 0), types.Position(0, 0))
    message = f"{failure.message}. {failure.remedy}" if failure.remedy else failure.message
    return types.Diagnostic(at, escape(message), types.DiagnosticSeverity.Error, source=SOURCE)


def file_of(failure: Failure) -> Path:
    """The file that a failure is about, as far as it is about one."""
    return Path(os.path.abspath(_PLACE.sub("", failure.where)))
