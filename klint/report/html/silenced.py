"""What is silenced: by whom, why, and until when; and what is no news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.report.html.findings import bounded, grave
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import place
from klint.report.html.sections import MOST, bullets, more, section, table
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.baseline.entries import Entry, Known
    from klint.engine import Report
    from klint.findings import Finding
    from klint.suppress import Suppressed

_MANY = 5
"""Findings of one ignore that are named; the others are counted."""


def silenced_section(report: Report) -> Html:
    """The section."""
    told = [*_ignored(report.suppressed), *(part for known in report.known for part in _known(known))]
    return section("silenced", "What is silenced", *(told or [element("p", "Nothing is.")]))


def _ignored(suppressed: Sequence[Suppressed]) -> Iterator[Html]:
    if not suppressed:
        return
    by_ignore: dict[tuple[str, str], list[Suppressed]] = {}
    for item in suppressed:
        by_ignore.setdefault((str(item.ignore.span), item.ignore.reason), []).append(item)
    groups = sorted(by_ignore.values(), key=_end)
    yield element("p", f"{counted(len(suppressed), 'finding')} by {counted(len(groups), 'ignore or declaration')}.")
    yield table("Silenced findings", ("What", "Why", "Until", "By"), map(_row, groups[:MOST]))
    yield from more(len(groups), MOST)


def _end(group: Sequence[Suppressed]) -> tuple[str, tuple[object, ...]]:
    """Those first that end first."""
    ignore = group[0].ignore
    return (ignore.expires.isoformat() if ignore.expires else "never", ignore.span.sort_key)


def _row(group: Sequence[Suppressed]) -> tuple[Html | str, ...]:
    ignore = group[0].ignore
    return (
        bullets([_line(item.finding) for item in group], _MANY),
        bounded(ignore.reason) or element("span", "no reason given", class_="faint"),
        ignore.expires.isoformat() if ignore.expires else "no end",
        joined((f"{ignore.origin} ", place(str(ignore.span)))),
    )


def _line(finding: Finding) -> Html:
    return joined(
        (
            grave(finding),
            f" {bounded(finding.message)} ",
            place(str(finding.span)),
            " ",
            element("span", finding.rule, class_="faint"),
        )
    )


def _known(known: Known) -> Iterator[Html]:
    name = element("code", known.name)
    where = joined(("the baseline ", name)) if known.is_baseline else name
    count = len(known.findings)
    verb = "is" if count == 1 else "are"
    yield element("h3", "In the baseline" if known.is_baseline else "There before")
    yield element("p", f"{counted(count, 'finding')} {verb} known from ", where, ", and told here alone.")
    if known.findings:
        yield bullets([_line(finding) for finding in known.findings])
    if known.stale:
        yield element("h3", "No longer there")
        yield element("p", f"klint baseline --prune takes {counted(known.stale_count, 'finding')} out.")
        yield bullets([_stale(entry) for entry in known.stale])


def _stale(entry: Entry) -> Html:
    times = f", {entry.count} times" if entry.count > 1 else ""
    return joined((place(entry.file), f" {bounded(entry.message)} ", entry.rule, times))
