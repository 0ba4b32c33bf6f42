"""What was not analysed, and why: nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.report.html.findings import bounded
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import place
from klint.report.html.sections import MOST, bullets, folded, more, section
from klint.text.words import counted
from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report

_UNREAD = ("syntax-error", "not-analysed", "unrendered")
"""Rules that tell of what nobody could look into."""


def unseen_section(report: Report, rules_off: Sequence[str]) -> Html:
    """The section."""
    told = [*_failures(report), *_unread(report), *_gaps(report), *_unfollowed(report), *_unknown_targets(report)]
    told += [*_passed_over(report), *_rules_off(rules_off)]
    return section("unseen", "What was not analysed", *(told or [element("p", "Everything that klint met was.")]))


def _failures(report: Report) -> Iterator[Html]:
    if report.failures:
        failures = list(dict.fromkeys(map(str, report.failures)))
        yield element("h3", "klint could not do all of its job")
        yield bullets([bounded(failure) for failure in failures])


def _unread(report: Report) -> Iterator[Html]:
    found = [finding for finding in report.findings if finding.rule in _UNREAD]
    if found:
        yield element("h3", "What could not be read or rendered")
        yield bullets([joined((place(str(item.span)), f": {bounded(item.message)}")) for item in found])


def _gaps(report: Report) -> Iterator[Html]:
    gaps = report.workspace.gaps
    if gaps:
        yield element("h3", "What charts and kustomizations were read without")
        yield element("p", "What these may hold is taken for unknown, never for missing.")
        for missing, folders in gaps.items():
            names = [place(shown(folder)) for folder in sorted(folders)]
            yield folded(missing.summary(len(folders)), bullets(names))


def _unfollowed(report: Report) -> Iterator[Html]:
    found = sorted(set(report.workspace.unfollowed), key=lambda item: (item.path, item.kind, item.name, item.why))
    if found:
        yield element("h3", "What is deployed and was not linted")
        yield bullets([joined((place(item.path), f" {item.kind} {item.name}: {bounded(item.why)}")) for item in found])


def _unknown_targets(report: Report) -> Iterator[Html]:
    unknown = [bundle.name for bundle in report.bundles if not bundle.target.environment]
    if unknown:
        one = len(unknown) == 1
        yield element("h3", "Where it goes is not known")
        yield folded(
            f"Nothing says which environment {counted(len(unknown), 'bundle')} {'goes' if one else 'go'} to: "
            "rules about production alone say nothing there",
            bullets(unknown),
        )


def _passed_over(report: Report) -> Iterator[Html]:
    reasons = list(report.workspace.passed_over_by_reason.items())
    if reasons:
        yield element("h3", "Files that were passed over")
        for reason, paths in reasons[:MOST]:
            title = f"{reason[:1].upper()}{reason[1:]}: {counted(len(paths), 'file')}"
            yield folded(title, bullets(list(map(place, paths))))
        yield from more(len(reasons), MOST)


def _rules_off(names: Sequence[str]) -> Iterator[Html]:
    if names:
        yield element("h3", "Rules that did not run")
        yield folded(counted(len(names), "rule"), element("p", ", ".join(names)))
