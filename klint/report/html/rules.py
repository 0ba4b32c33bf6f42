"""The rules that found something: what each is about, how much it found, and its page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from klint.report.html.findings import in_code
from klint.report.html.markdown import to_html
from klint.report.html.markup import Html, element, joined
from klint.report.html.sections import folded, section
from klint.report.pages import page_uri
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.registry import Rule

_LONGEST = 12_000
"""Characters of a rule's page that are shown: a pack may have pages of any length."""


def rules_section(report: Report) -> Html | None:
    """The section; None where nothing was found."""
    counts = Counter(finding.rule for finding in report.findings)
    told = [_rule(rule, counts[rule.name]) for rule in report.rules if counts[rule.name]]
    return section("rules", "The rules that found something", *told) if told else None


def _rule(rule: Rule, count: int) -> Html:
    address = page_uri(rule)
    found = element("span", counted(count, "finding"), class_="faint")
    return folded(
        joined((element("b", rule.name), " ", in_code(rule.summary), " ", found)),
        element("p", element("a", "On the web", href=address, rel="noreferrer")) if address else None,
        element("div", to_html(_below_title(rule.page[:_LONGEST]), top=2), class_="page") if rule.page else None,
        name=f"rule-{rule.name}",
    )


def _below_title(page: str) -> str:
    """A page from its first section on: its title and its summary are told already."""
    _, mark, rest = page.partition("\n## ")
    return f"## {rest}" if mark else page
