"""Findings as SARIF 2.1.0, made for GitHub code scanning and valid for everything else.

One run with every rule that ran, so that the rules do not vary with the results. Regions count UTF-16 code units,
paths are relative to the repository's root, and each result carries the fingerprint that GitHub would compute.

GitHub tells two alerts of one rule and file apart by that fingerprint alone, which is the line's. Two findings of one
rule on one line would be one alert, the second lost. So they are one result here, whose message and related locations
name them all.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sarif_om import (  # type: ignore[import-untyped]
    ArtifactLocation,
    Invocation,
    Message,
    MultiformatMessageString,
    Notification,
    ReportingConfiguration,
    ReportingDescriptor,
    Run,
    RunAutomationDetails,
    Tool,
    ToolComponent,
)

import klint
from klint.findings import Finding, Severity
from klint.hops import Hop, State
from klint.report.columns import utf16_column
from klint.report.documents import Line, document, encoded, items, members
from klint.report.escape import escape
from klint.report.fingerprint import LineFingerprints
from klint.report.pages import HOME, page_uri, section
from klint.report.proposals import proposals
from klint.report.repository import RepositoryPaths
from klint.report.words import step
from klint.text.source import Source, Span
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.fixing import Offer
    from klint.registry import Rule
    from klint.report import Options
    from klint.suppress import Ignore

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
IDENTITY = "klint/identity/v1"
"""The fingerprint that klint gives a finding beside GitHub's: `Finding.identity`."""

ROOT = "%SRCROOT%"

MAX_RESULTS = 25_000
"""Results of a run; GitHub refuses a whole file that has more."""
MAX_BYTES = 10 << 20
"""Bytes of a log, compressed by gzip; GitHub refuses a larger one."""
MAX_STEPS = 1_000
"""Steps of a result's code flows: GitHub shows no more, and refuses a file with ten times as many."""
MAX_DESCRIPTION = 1024
"""Characters of a rule's description that GitHub takes."""
MAX_RELATED = 100
"""Related locations of a result; GitHub keeps no more."""
MAX_NAMED = 10
"""Findings on the same line that a result's message names; it counts the others."""

SECURITY_LAYERS = ("entry",)
"""Layers whose rules are about exposure to the world: to GitHub they are security rules, the others are quality."""

SECURITY_SEVERITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
"""By the most a security rule can be: high, medium and low on GitHub's scale. Strings, or GitHub refuses the file."""

PRECISION = {Severity.ERROR: "very-high", Severity.WARNING: "high", Severity.NOTE: "medium"}
"""A severity says how sure klint is: an error is certain, a warning very likely."""

PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def render(report: Report, options: Options) -> str:
    """The report as a SARIF log, indented by two but for results, which are a line each."""
    run = _run(report, options)
    text = _log(run, MAX_RESULTS)
    limit = MAX_RESULTS
    while limit and (size := _sent_size(text)) > MAX_BYTES:
        limit = int(min(limit, len(run.results)) * MAX_BYTES / size * 0.95)
        text = _log(run, limit)
    return text


def _log(run: Any, limit: int) -> str:
    """A log of the run with at most so many results, the worst; a notification counts the others."""
    (invocation,) = run.invocations
    left_out = len(run.results) - limit
    if left_out > 0:
        said = (
            f"{left_out} results are left out, the least severe: GitHub takes {MAX_RESULTS}, and {MAX_BYTES >> 20} MB"
        )
        notification = Notification(message=Message(text=said), level="warning")
        notifications = [*invocation.tool_execution_notifications, notification]
        invocation = Invocation(execution_successful=True, tool_execution_notifications=notifications)
    run = copy(run)
    run.results, run.invocations = _worst(run.results, limit), [invocation]
    # Not a SarifLog, which would put the runs before the version (SARIF 3.13.2 wants it first).
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, rows="results", plain=_plain)


def _sent_size(text: str) -> int:
    """The bytes of a log as GitHub counts them; an upper bound where a look at less, or a hurried one, will do."""
    log = text.encode("ascii")
    size, excess = len(log), len(log) - MAX_BYTES
    for level, end in ((1, 2 * excess), (1, len(log)), (6, len(log))):
        if size > MAX_BYTES:
            size = len(zlib.compress(log[:end], level)) + len(log[end:])
    return size


@cache
def _properties_of(cls: Any) -> dict[str, tuple[str, Any]]:
    """The property in SARIF and the default of each attribute of a sarif_om class."""
    return {item.name: (item.metadata["schema_property_name"], item.default) for item in cls.__attrs_attrs__}


def _plain(value: Any) -> dict[str, Any]:
    """What is set of a sarif_om object.

    A level is written even where it is SARIF's default, `warning`: a result without one takes its rule's.
    """
    properties = _properties_of(value.__class__)
    plain = {}
    for attribute, item in vars(value).items():
        if item is not None:
            name, default = properties[attribute]
            if default is None or item != default or name == "level":
                plain[name] = item
    return plain


def _run(report: Report, options: Options) -> Any:
    rules = sorted(report.rules, key=lambda rule: rule.name)
    results = _Results(report, [rule.name for rule in rules])
    state = "new" if report.known else None
    found = results.active(report.findings, state, knows_suppressed=options.show_suppressed)
    notifications = [Notification(message=Message(text=escape(str(item))), level="error") for item in report.failures]
    notifications.extend(Notification(message=Message(text=text), level="note") for text in _about_known(report))
    if options.show_suppressed:
        for item in report.known:
            found.extend(results.active(item.findings, "unchanged", knows_suppressed=True))
        found.extend(results.suppressed(item.finding, item.ignore) for item in report.suppressed)
    run = Run(
        tool=Tool(driver=_driver(rules)),
        results=found,
        column_kind="utf16CodeUnits",
        original_uri_base_ids={ROOT: ArtifactLocation(description=Message(text="The root of the repository"))},
        # Not false for a failure: GitHub throws such a file away, with all that was found. The failures say it.
        invocations=[Invocation(execution_successful=True, tool_execution_notifications=notifications)],
    )
    if options.sarif_category:
        # The text up to the last slash is the category.
        run.automation_details = RunAutomationDetails(id=options.sarif_category.rstrip("/") + "/")
    return run


def _about_known(report: Report) -> Iterator[str]:
    """What is said of findings that are no news.

    GitHub takes them for open alerts whatever their `baselineState` is, so they are left out where silenced ones are.
    """
    for known in report.known:
        if known.findings:
            yield f"{counted(len(known.findings), 'finding')} known from the {known.by} {escape(known.name)}"
        if known.stale:
            yield f"{counted(known.stale_count, 'finding')} of the baseline {escape(known.name)} no longer there"


class _Row(NamedTuple):
    """A result as it is written, and what says how much it matters: all that is kept of it."""

    text: Line
    is_news: bool
    severity: Severity


def _worst(rows: Sequence[_Row], limit: int) -> list[Line]:
    """The worst results in their order; what is silenced, or no news, goes first."""
    kept: Sequence[int] = range(len(rows))
    if len(rows) > limit:
        by_worth = sorted(kept, key=lambda index: (not rows[index].is_news, -rows[index].severity.rank))
        kept = sorted(by_worth[:limit])
    return [rows[index].text for index in kept]


# Rules


def _driver(rules: Iterable[Rule]) -> Any:
    return ToolComponent(
        name="klint",
        full_name="klint, an exposure linter for Kubernetes",
        organization="klint-k8s",
        version=klint.__version__,
        semantic_version=klint.__version__,
        information_uri=HOME,
        rules=[_descriptor(rule) for rule in rules],
    )


def _descriptor(rule: Rule) -> Any:
    severity = rule.highest_severity
    link = page_uri(rule)
    lead, why = _lead(rule.page), section(rule.page, "Why")
    text = "\n\n".join(filter(None, (lead or rule.summary, why, link and f"See {link}")))
    markdown = "\n\n".join(
        filter(None, (rule.page.strip(), link and f"[{rule.name} in klint's documentation]({link})"))
    )
    name = "".join(word.capitalize() for word in rule.name.split("-"))
    return ReportingDescriptor(
        id=rule.name,
        name=None if name.lower() == rule.name else name,  # SARIF 3.49.7: not the same as the id
        short_description=MultiformatMessageString(text=_bounded(rule.summary or rule.name)),
        full_description=MultiformatMessageString(text=_bounded(lead or rule.summary or rule.name)),
        help=MultiformatMessageString(text=text or rule.name, markdown=markdown or None),
        help_uri=link or None,
        default_configuration=ReportingConfiguration(level=str(severity)),
        properties=_properties(rule, severity),
    )


def _properties(rule: Rule, severity: Severity) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "tags": ["kubernetes", rule.layer],
        "precision": PRECISION[severity],
        "problem.severity": PROBLEM_SEVERITY[severity],
    }
    if rule.layer in SECURITY_LAYERS:
        properties["tags"].append("security")
        properties["security-severity"] = SECURITY_SEVERITY[severity]
    return properties


def _lead(page: str) -> str:
    """A page's first paragraph after its title."""
    found = re.search(r"\A\s*#[^\n]*\n+(?!#)(.+?)(?:\n\s*\n|\Z)", page, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _bounded(text: str) -> str:
    """At most as many characters as GitHub takes, cut between words."""
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1].rpartition(" ")[0] + "…"


# Results


_REGION = '{"endColumn": %d, "endLine": %d, "startColumn": %d, "startLine": %d}'
_LOCATION = '{%s"physicalLocation": {"artifactLocation": %s, "region": %s}}'
_STEP = '{%s"location": %s}'
_FLOW = '{"threadFlows": [{"locations": [%s]}]}'
_REPLACEMENT = '{"deletedRegion": %s%s}'
_CHANGE = '{"artifactLocation": %s, "replacements": [%s]}'
_FIX = '{"artifactChanges": [%s], "description": {"text": %s}}'
_FINGERPRINTS = f'{{"primaryLocationLineHash": "%s", "{IDENTITY}": "%s"}}'
"""Of results and what is in them there are so many that they are not made as objects first: all below is JSON."""


class _Results:
    """Makes results of findings. Keeps what a run computes once: paths and each file's fingerprints."""

    def __init__(self, report: Report, rules: Sequence[str]) -> None:
        self._paths = RepositoryPaths(report.workspace)
        self._rule_index = {name: index for index, name in enumerate(rules)}
        self._fingerprints: dict[str, LineFingerprints] = {}
        self._offers = {id(offer.finding): offer for offer in proposals(report)}

    def active(self, findings: Iterable[Finding], state: str | None, *, knows_suppressed: bool) -> list[_Row]:
        """A result for the findings of each rule on each line; `state` is their `baselineState`, if it is known."""
        groups: dict[tuple[str, str, int], list[Finding]] = {}
        for finding in findings:
            span = finding.span
            groups.setdefault((finding.rule, self._paths.path(span.source), span.line), []).append(finding)
        # Where one result has suppressions, an empty list says that another has none.
        suppressions: list[str] | None = [] if knows_suppressed else None
        return [self._row(group, suppressions, state) for group in groups.values()]

    def suppressed(self, finding: Finding, ignore: Ignore) -> _Row:
        """A result that says what silenced it. Its status is left out, which means accepted."""
        suppression = {
            "kind": encoded("external" if ignore.origin == "configuration" else "inSource"),
            "justification": encoded(escape(ignore.reason)) if ignore.reason else "",
            "location": self._location(ignore.span),
        }
        return self._row([finding], [members(suppression)])

    def _row(self, group: Sequence[Finding], suppressions: list[str] | None, state: str | None = None) -> _Row:
        first, others = group[0], group[1:]
        span = first.span
        severity = max((finding.severity or Severity.NOTE for finding in group), key=lambda severity: severity.rank)
        related = [(item.message, item.at.span) for finding in group for item in finding.related]
        places = [*((finding.message, finding.span) for finding in others), *related][:MAX_RELATED]
        flows = [self._code_flow(path) for path in _shown([finding.path for finding in group])]
        fixes = [self._fix(offer) for finding in group if (offer := self._offers.get(id(finding)))]
        seen = [self._location(span, text, number) for number, (text, span) in enumerate(places, start=1)]
        result = {
            "message": _text(_message(first, others, [text for text, _ in places], is_approximate=span.approximate)),
            "baselineState": encoded(state) if state else "",
            "codeFlows": items(flows) if flows else "",
            "fixes": items(fixes) if fixes else "",
            "level": encoded(severity.value),  # even where it is SARIF's default: a result without one has its rule's
            "locations": items([self._location(span)]),
            "partialFingerprints": self._fingerprints_of(first, span),
            "relatedLocations": items(seen) if seen else "",
            "ruleId": encoded(first.rule),
            "ruleIndex": str(self._rule_index[first.rule]),
            "suppressions": "" if suppressions is None else items(suppressions),
        }
        return _Row(Line(members(result)), not suppressions and state != "unchanged", severity)

    def _fix(self, offer: Offer) -> str:
        replacements: dict[str, list[str]] = {}
        for edit in offer.edits:
            inserted = f', "insertedContent": {_text(edit.text)}' if edit.text else ""
            replacement = _REPLACEMENT % (_region(edit.span), inserted)
            replacements.setdefault(self._artifact(edit.source), []).append(replacement)
        changes = [_CHANGE % (artifact, ", ".join(made)) for artifact, made in replacements.items()]
        return _FIX % (", ".join(changes), encoded(escape(offer.fix.title)))

    def _fingerprints_of(self, finding: Finding, span: Span) -> str:
        """Empty for a file that was not read; GitHub's own action adds one then."""
        source = span.source
        if source.is_oversized:
            return ""
        lines = self._fingerprints.get(source.path)
        if lines is None:
            lines = self._fingerprints[source.path] = LineFingerprints(source.text, has_bom=source.has_bom)
        return _FINGERPRINTS % (lines[span.line], finding.identity)

    def _location(self, span: Span, text: str = "", number: int | None = None) -> str:
        label = "" if number is None else f'"id": {number}, '
        if text:
            label += f'"message": {_text(escape(text))}, '
        return _LOCATION % (label, self._artifact(span.source), _region(span))

    def _artifact(self, source: Source) -> str:
        return _artifact(self._paths.uri(source))

    def _code_flow(self, path: Sequence[Hop]) -> str:
        """The way of the request, hop by hop, and where the last one leads."""
        steps = []
        for hop in path:
            importance = '"importance": "essential", ' if hop.state is State.BROKEN else ""
            steps.append(_STEP % (importance, self._location(hop.at.span, step(hop))))
        end = path[-1].target
        if path[-1].state is State.RESOLVED and end is not None:
            steps.append(_STEP % ("", self._location(end.place.span, str(end))))
        return _FLOW % ", ".join(steps)


def _shown(paths: Iterable[Sequence[Hop]]) -> Iterator[Sequence[Hop]]:
    """The paths that are there, as far as GitHub shows their steps; each has one more than it has hops."""
    left = MAX_STEPS
    for path in paths:
        left -= len(path) + 1 if path else 0
        if path and left >= 0:
            yield path


@cache
def _artifact(uri: str) -> str:
    return encoded(_plain(ArtifactLocation(uri=uri, uri_base_id=None if uri.startswith("file:") else ROOT)))


def _text(text: str) -> str:
    """A message, or what a file has."""
    return f'{{"text": {encoded(text)}}}'


def _message(first: Finding, others: Sequence[Finding], places: Sequence[str], *, is_approximate: bool) -> str:
    """The finding as a sentence that stands alone, then links to the related locations.

    Args:
        first: the finding whose location is the result's.
        others: findings of the same rule on the same line.
        places: what the related locations say: the other findings first; the location's id is the number from 1.
        is_approximate: whether the location is.
    """
    sentences = [_inert(first.message).rstrip(".")]
    links = [_link(text, number) for number, text in enumerate(places, start=1)]
    named, seen = links[: len(others)][:MAX_NAMED], links[len(others) :][:MAX_NAMED]
    if others:
        more = f" and {len(others) - len(named)} more" if len(others) > len(named) else ""
        sentences.append(f"Also on this line: {'; '.join(named)}{more}")
    if seen:
        sentences.append(f"See {', '.join(seen)}")
    if first.bundles:
        sentences.append(f"Rendered by {_inert(', '.join(first.bundles[:MAX_NAMED]))}")
    if is_approximate:
        sentences.append("The location is approximate")
    return " ".join(f"{sentence}." for sentence in sentences)


def _link(text: str, number: int) -> str:
    """A link to a related location. Brackets in its text are escaped (SARIF 3.11.6)."""
    return f"[{escape(text).translate(_BRACKETS)}]({number})"


_BRACKETS = str.maketrans({character: f"\\{character}" for character in "\\[]"})


def _inert(text: str) -> str:
    """Text in which nothing is a link: it may come from a manifest."""
    return escape(text).replace("](", "] (")


def _region(span: Span) -> str:
    return _REGION % (
        utf16_column(span.source, span.end_line, span.end_column),
        span.end_line,
        utf16_column(span.source, span.line, span.column),
        span.line,
    )
