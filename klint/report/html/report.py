"""A run as one page, for a person who was not there: what is open to whom, what is wrong, and what nobody looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from klint.maps.areas import exposure_map
from klint.maps.openings import openings
from klint.report.html.findings import Items, Told, bounded
from klint.report.html.groups import findings_section, groups_of
from klint.report.html.markup import Html, element
from klint.report.html.opened import opened_section
from klint.report.html.page import page
from klint.report.html.pictures import map_section
from klint.report.html.pieces import banner, severity
from klint.report.html.rules import rules_section
from klint.report.html.silenced import silenced_section
from klint.report.html.summary import summary_section
from klint.report.html.unseen import unseen_section
from klint.report.layers import WORST_FIRST, rank, worst_first
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.engine import Report

LIMIT = 5_000_000
"""Bytes of a page. What there is no room for is counted on it."""

_STYLES = ("style.css", "report.css")
_AROUND = 1_000
"""Bytes that a group of findings takes besides its findings, and no fewer."""

_CONTENTS = {
    "summary": "Summary",
    "opened": "Open to whom",
    "map": "Map",
    "findings": "Findings",
    "unseen": "Not analysed",
    "silenced": "Silenced",
    "rules": "Rules",
}
"""The sections, and what leads to each."""


def render(report: Report, name: str, today: date, rules_off: Sequence[str] = ()) -> str:
    """The page, of at most `LIMIT` bytes.

    Args:
        report: what was found.
        name: what was looked at, in a word or a few.
        today: the day of the run, which the page tells.
        rules_off: the names of rules that did not run.
    """
    title = f"Exposure of {bounded(name)}"
    groups = groups_of(report)
    drawn = exposure_map(report.graphs, report.findings)
    opened = openings(drawn)
    before = (_contents(report), summary_section(report, groups, opened), opened_section(opened), map_section(drawn))
    after = (unseen_section(report, rules_off), silenced_section(report), rules_section(report))

    def whole(findings: Html) -> str:
        main = element("main", *before, findings, *after)
        return page(title, banner(title, _facts(report, today)), main, styles=_STYLES, has_pictures=True)

    room = LIMIT - len(whole(Html()).encode("utf-8", "backslashreplace")) - _AROUND * (len(groups) + 1)
    told = Told.within(room, worst_first(report.findings), Items(report.rules))
    return whole(findings_section(groups, told))


def _facts(report: Report, today: date) -> Iterator[Html | str]:
    counts = Counter(map(rank, report.findings))
    for level in WORST_FIRST:
        if counts[level.rank]:
            yield severity(level, counted(counts[level.rank], level))
    if not report.findings:
        yield "no findings"
    yield f"{today.day} {today:%B %Y}"


def _contents(report: Report) -> Html:
    there = {name: title for name, title in _CONTENTS.items() if name != "rules" or report.findings}
    links = (element("li", element("a", title, href=f"#{name}")) for name, title in there.items())
    return element("nav", element("ul", *links, class_="facts"), aria_label="Contents", class_="controls")
