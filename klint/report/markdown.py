"""Findings as a comment on a pull or merge request, or a job's summary: GitHub's kind of Markdown.

A title that counts, a table of the layers, and folded up below it each layer's findings and a map of the ways in. The
whole is short enough for a comment, whatever was found: the worst is told, the rest is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.report.escape import escape, inert
from klint.report.layers import WORST_FIRST, by_layer, found, rank, worst_first
from klint.report.pages import page_uri
from klint.report.repository import RepositoryPaths
from klint.report.words import counted_known
from klint.text.words import clipped, counted

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.errors import Failure
    from klint.findings import Finding
    from klint.report import Options

LIMIT = 65_536
"""Characters that GitHub takes for a comment. Bytes are counted here, which are no fewer."""
CLOSING = 256
"""Bytes of these that are kept for the lines at the end."""
LONGEST = 500
"""Characters of a message that are told."""
MAX_ARROWS = 60
"""Of the map: more than that nobody follows."""
MAX_FAILURES = 10
"""Failures that are told; the others are counted."""


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """The report in at most `LIMIT` bytes."""
    layers = by_layer(report)
    nothing = "no new findings" if report.known else "no findings"
    lines = [f"## klint: {found(report.findings) or nothing}", "", *_table(layers), *failed(report.failures)]
    ways = list(_ways(report))
    frames = [line for layer, findings in layers.items() for line in folded(_summary(layer, findings), [""])]
    shown = _shown(report, LIMIT - CLOSING - sum(map(size, (*lines, *frames, *ways))))
    for layer, findings in layers.items():
        lines.extend(folded(_summary(layer, findings), [shown[id(item)] for item in findings if id(item) in shown]))
    hidden = len(report.findings) - len(shown)
    if hidden:
        what = "finding is" if hidden == 1 else "findings are"
        lines += [f"{hidden} more {what} not shown here, none worse than these.", ""]
    lines += [*ways, _looked_at(report)]
    return inert("".join(f"{line}\n" for line in lines))


def _shown(report: Report, room: int) -> dict[int, str]:
    """The items of the worst findings, as many as there is room for."""
    items = _Items(report)
    shown: dict[int, str] = {}
    for finding in worst_first(report.findings):
        text = items.item(finding)
        room -= size(text)
        if room < 0:
            break
        shown[id(finding)] = text
    return shown


def bounded(text: str) -> str:
    """The text with no more characters than are told of one."""
    return clipped(text, LONGEST)


def size(line: str) -> int:
    """The bytes of a line, with its end."""
    return len(line.encode("utf-8", "backslashreplace")) + 1


def _table(layers: dict[str, list[Finding]]) -> Iterator[str]:
    if layers:
        yield "| layer | errors | warnings | notes |"
        yield "|:--|--:|--:|--:|"
        for layer, findings in layers.items():
            counts = Counter(map(rank, findings))
            numbers = " | ".join(str(counts[severity.rank]) for severity in WORST_FIRST)
            yield f"| {prose(layer)} | {numbers} |"
        yield ""


def failed(failures: Sequence[Failure]) -> Iterator[str]:
    """What klint could not do."""
    if failures:
        yield "klint could not do all of its job:"
        yield ""
        yield from (f"- {prose(bounded(str(failure)))}" for failure in failures[:MAX_FAILURES])
        if len(failures) > MAX_FAILURES:
            yield f"- {len(failures) - MAX_FAILURES} more"
        yield ""


def folded(summary: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines behind one that sums them up. Blank lines around make the inside Markdown again."""
    if lines:
        yield "<details>"
        yield f"<summary>{prose(summary)}</summary>"
        yield ""
        yield from lines
        yield ""
        yield "</details>"
        yield ""


def _ways(report: Report) -> Iterator[str]:
    """The ways from outside to pods, drawn, unless they alone would fill the comment."""
    from klint.maps.areas import exposure_map
    from klint.report.map_mermaid import chart

    drawn = chart(exposure_map(report.graphs, ()), MAX_ARROWS)
    if drawn and sum(map(size, drawn)) < LIMIT // 4:
        yield from folded("Ways in", ["```mermaid", *drawn, "```"])


def _summary(layer: str, findings: Sequence[Finding]) -> str:
    return f"{layer}: {found(findings)}"


def _looked_at(report: Report) -> str:
    more = "more " if report.findings else ""
    said = (
        f"{counted(len(report.workspace.sources), 'file')}, {counted(len(report.bundles), 'bundle')}",
        *(prose(counted_known(known, more)) for known in report.known),
        f"{len(report.suppressed)} suppressed" if report.suppressed else "",
    )
    return "; ".join(filter(None, said))


class _Items:
    """Makes an item of a list of a finding."""

    def __init__(self, report: Report) -> None:
        self._paths = RepositoryPaths(report.workspace)
        self._pages = {rule.name: page_uri(rule) for rule in report.rules}

    def item(self, finding: Finding) -> str:
        """Severity, place, what is said, and the rule with a link to its page."""
        span = finding.span
        place = code(f"{self._paths.path(span.source)}:{span.line}:{span.column}")
        rule, page = code(finding.rule), self._pages.get(finding.rule)
        named = f"[{rule}]({page})" if page else rule
        return f"- **{finding.severity}** {place} {prose(bounded(finding.message))} ({named})"


_ACTIVE = re.compile(r"[\\`*_\[\]|~]")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_REFERENCE = re.compile(
    r"[@#!$%^~](?=[\w\"])|&amp;(?=[\w\"])|:(?=//|[\w+-]++:)|\bwww(?=\.)|\bGH(?=-\d)", re.ASCII | re.IGNORECASE
)
_UNSEEN = "&#8203;"


def prose(text: str) -> str:
    """A text from a manifest that Markdown shows as it is, on one line.

    Code hosts look for mentions, issues, emoji and addresses in what Markdown leaves of a text, where no backslash is
    left. A space of no width keeps them apart, as in Renovate's release notes (`@&#8203;somebody`).
    """
    quoted = re.sub("[&<>]", lambda match: _HTML[match[0]], escape(text))
    apart = _REFERENCE.sub(lambda match: f"{match[0]}{_UNSEEN}", quoted)
    return _ACTIVE.sub(r"\\\g<0>", apart)


def code(text: str) -> str:
    """The text as inline code, whatever backticks it has: nothing in it is Markdown, a mention or a link."""
    shown = escape(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    padding = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) or not shown else ""
    return f"{fence}{padding}{shown}{padding}{fence}"
