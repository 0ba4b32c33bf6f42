"""Findings on a page: in full with their source, what they rest on and the path of a request, or in a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from klint.findings import Finding, Severity
from klint.report.escape import escape
from klint.report.frame import frame
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import layer, place, severity
from klint.report.path import SYMBOLS, Row, rows
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.findings import Related
    from klint.registry import Rule
    from klint.text.source import Span

_MANY = 3
"""Bundles of one finding that are named; the others are counted."""
_MOST_RELATED = 10
"""Related places of one finding that are shown; the others are counted."""
_LONGEST = 500
"""Characters of a text that are shown: a manifest may have a name of megabytes."""


class Items:
    """Makes items of findings, each with an id that knows it again in the page of another run."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._summaries = {rule.name: rule.summary for rule in rules}
        self._ids: dict[int, str] = {}
        self._taken: Counter[str] = Counter()

    def id_of(self, finding: Finding) -> str:
        """The id of a finding's item, which is in the page once."""
        if id(finding) not in self._ids:
            name = f"finding-{finding.identity[:12]}"
            self._taken[name] += 1
            count = self._taken[name]
            self._ids[id(finding)] = name if count == 1 else f"{name}-{count}"
        return self._ids[id(finding)]

    def brief(self, finding: Finding) -> Html:
        """A line: how grave, what, where and by which rule."""
        return element(
            "li",
            grave(finding),
            " ",
            bounded(finding.message),
            " ",
            place(str(finding.span)),
            " ",
            _rule_link(finding.rule),
            id=self.id_of(finding),
        )

    def full(self, finding: Finding) -> Html:
        """All that is known of it."""
        return element(
            "article",
            element("h5", grave(finding), " ", bounded(finding.message)),
            element("p", place(str(finding.span)), _approximate(finding.span)),
            source_frame(finding.span),
            _related(finding),
            _path(finding),
            _why(finding.rule, self._summaries.get(finding.rule, "")),
            element("p", f"Rendered by {bounded(abridged(finding.bundles, _MANY))}", class_="faint")
            if finding.bundles
            else None,
            class_="finding",
            id=self.id_of(finding),
        )


def grave(finding: Finding) -> Html:
    """How grave a finding is."""
    return severity(finding.severity or Severity.NOTE)


def bounded(text: str) -> str:
    """A text on one line, of a length that a page can show."""
    shown = escape(text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}…"


def source_frame(span: Span) -> Html | None:
    """The line that a span begins on, with its number and the span marked."""
    shown = frame(span)
    if shown is None:
        return None
    marked = shown.line[shown.start : shown.end]
    line = element(
        "span",
        element("span", str(span.line), class_="number"),
        shown.line[: shown.start],
        element("mark", marked or " "),
        shown.line[shown.end :].rstrip(),
        class_="line",
    )
    return element("pre", line, class_="frame")


def _approximate(span: Span) -> Html | None:
    return element("span", ", or near it", class_="faint") if span.approximate else None


def _related(finding: Finding) -> Html | None:
    if not finding.related:
        return None
    shown = [_see(item, finding.span) for item in finding.related[:_MOST_RELATED]]
    left = len(finding.related) - len(shown)
    return element("ul", *shown, element("li", f"and {left:,} more") if left else None, class_="related")


def _see(related: Related, here: Span) -> Html:
    span = related.at.span
    where = f"line {span.line}" if span.file == here.file else str(span)
    return element("li", place(where), f": {bounded(related.message)}")


def _path(finding: Finding) -> Html | None:
    if not finding.path:
        return None
    return element("ol", *map(_step, rows(finding.path, finding.span)), class_="way")


def _step(row: Row) -> Html:
    state = row.state.value if row.state else ""
    return element(
        "li",
        layer(row.layer) if row.layer else element("span"),
        " ",
        element("span", SYMBOLS[row.state] if row.state else "", class_=f"stop-{state}", title=state or None),
        " ",
        element(
            "span",
            element("span", bounded(row.text), class_=f"stop-{state}"),
            *((" ", place(row.at)) if row.at else ()),
        ),
    )


def _why(rule: str, summary: str) -> Html:
    return element("p", *((in_code(summary), " ") if summary else ()), _rule_link(rule), class_="faint")


def in_code(sentence: str) -> Html:
    """A sentence of a rule, in which backticks make code."""
    return joined(
        element("code", part) if number % 2 else part for number, part in enumerate(bounded(sentence).split("`"))
    )


def _rule_link(rule: str) -> Html:
    return element("a", rule, href=f"#rule-{rule}")


class Told(NamedTuple):
    """The findings of a page by how they are told: items in full and in a line by `id(finding)`, the rest counted."""

    full: Mapping[int, Html]
    brief: Mapping[int, Html]
    left: int

    @classmethod
    def within(cls, room: int, findings: Sequence[Finding], items: Items) -> Told:
        """The first of some findings in full, as many as there is room for in bytes, and the others in a line.

        Where there are so many that their lines alone would fill it, half of the room is for those in full.
        """
        lines = [items.brief(finding) for finding in findings]
        in_lines = sum(map(_size, lines))
        spare = room - in_lines if in_lines < room else room // 2
        full: dict[int, Html] = {}
        for finding, line in zip(findings, lines, strict=True):
            whole = items.full(finding)
            spare -= _size(whole) - (_size(line) if in_lines < room else 0)
            if spare < 0:
                break
            full[id(finding)] = whole
        room -= sum(map(_size, full.values()))
        brief: dict[int, Html] = {}
        for finding, line in zip(findings[len(full) :], lines[len(full) :], strict=True):
            room -= _size(line)
            if room < 0:
                break
            brief[id(finding)] = line
        return cls(full, brief, len(findings) - len(full) - len(brief))


def _size(markup: Html) -> int:
    return len(markup) if markup.isascii() else len(markup.encode("utf-8", "backslashreplace"))
