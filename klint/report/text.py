"""Findings for a person: a line each as compilers print them, the source under it, the path that breaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from klint.findings import Finding, Related, Severity
from klint.hops import UPSTREAM, Hop, HopKind, State
from klint.records import dataclass
from klint.report.escape import escape, inert
from klint.report.words import counted_known, wanted
from klint.text.source import Span
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    import pathlib

    from klint.baseline.entries import Entry
    from klint.engine import Report
    from klint.kube.resource import Resource
    from klint.report import Options
    from klint.suppress import Suppressed
    from klint.workspace.bundles import Bundle
    from klint.workspace.deployers.delivery import Delivery
    from klint.workspace.rendering import Missing

_SYMBOLS = {State.RESOLVED: "↓", State.BROKEN: "✗", State.UNKNOWN: "?"}
_DETAILS = frozenset((HopKind.LISTENER, HopKind.PORT, HopKind.TARGET_PORT))
"""Hops that stay within the resources which those around them name: told only where they do not lead on."""

_MANY = 3
"""Targets of one hop, or bundles of one finding, that are named; the others are counted."""


def line(finding: Finding) -> str:
    """`file:line:col: severity: message [rule]`. Rule pages and problem matchers rely on this form."""
    return _head(finding, _Pen(is_on=False))


def render(report: Report, options: Options) -> str:
    """Findings, what `verbose` adds, and a summary as the last line, which counts failures but does not name them."""
    pen = _Pen(is_on=options.color)
    lines: list[str] = []
    for finding in report.findings:
        lines.append(_head(finding, pen))
        if options.style == "full":
            lines.extend((*_detail(finding, pen), ""))
    sections: list[str] = []
    if options.show_suppressed or options.verbose:
        sections.extend(_section("Suppressed", _suppressed(report.suppressed, pen), pen))
        for known in report.known:
            title = "In the baseline" if known.by == "baseline" else f"There at {escape(known.name)}"
            sections.extend(_section(title, (_head(finding, pen) for finding in known.findings), pen))
            sections.extend(_section("No longer there", map(_stale_entry, known.stale), pen))
    if options.verbose:
        sections.extend(_section("Bundles", _bundles(report.bundles, pen), pen))
        sections.extend(_section("Rules that ran", _rules(report), pen))
        sections.extend(_section("Files passed over", _passed_over(report), pen))
        sections.extend(_section("Not followed", _unfollowed(report), pen))
        sections.extend(_section("Rendering on this machine", _confinement(report), pen))
    if lines and lines[-1] and sections:
        lines.append("")
    lines.extend(sections)
    if not options.quiet:
        lines.extend(_gaps(report))
        lines.extend(_stale(report))
        lines.append(_summary(report, pen))
    return inert("".join(f"{text}\n" for text in lines))


class _Pen:
    """Colours text, or leaves it alone. Each method is one meaning."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on

    def style(self, text: str, **style: str | bool) -> str:
        if not (self.is_on and text):
            return text
        from click import style as styled

        return styled(text, **style)  # type: ignore[arg-type]

    def severity(self, text: str, severity: Severity | None) -> str:
        color = {Severity.ERROR: "red", Severity.WARNING: "yellow"}.get(severity or Severity.NOTE, "cyan")
        return self.style(text, fg=color, bold=True)

    def state(self, text: str, state: State | None) -> str:
        if state in (None, State.RESOLVED):
            return text
        return self.style(text, fg="red" if state is State.BROKEN else "yellow", bold=True)

    def strong(self, text: str) -> str:
        return self.style(text, bold=True)

    def faint(self, text: str) -> str:
        return self.style(text, dim=True)


def _head(finding: Finding, pen: _Pen) -> str:
    place = pen.strong(escape(str(finding.span)))
    severity = pen.severity(str(finding.severity), finding.severity)
    return f"{place}: {severity}: {escape(finding.message)} {pen.faint(f'[{finding.rule}]')}"


def _detail(finding: Finding, pen: _Pen) -> Iterator[str]:
    """The source frame, the related places, the path and the rendered bundles of a finding."""
    from klint.report.frame import frame

    number = str(finding.span.line)
    margin = " " * (len(number) + 2)
    drawn = frame(finding.span)
    if drawn is not None:
        bar = pen.faint("│")
        carets = pen.severity("^" * drawn.carets, finding.severity)
        yield f" {pen.faint(number)} {bar} {drawn.line}".rstrip()
        yield f"{margin}{bar} {' ' * drawn.indent}{carets}"
    if finding.span.approximate:
        yield f"{margin}approximate location"
    for related in finding.related:
        yield f"{margin}{_see(related, finding.span, pen)}"
    for text in _drawn(finding.path, finding.span, pen):
        yield f"{margin}{text}"
    if finding.bundles:
        yield f"{margin}{escape(f'rendered by {abridged(finding.bundles, _MANY)}')}"


def _see(related: Related, finding_span: Span, pen: _Pen) -> str:
    span = related.at.span
    place = f"line {span.line}" if span.file == finding_span.file else escape(str(span))
    return f"see {pen.strong(place)}: {escape(related.message)}"


# The path


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a drawn path: a layer, how the request gets here from the line above, what is here and where."""

    layer: str
    state: State | None
    text: str
    at: str = ""


def _drawn(path: Sequence[Hop], finding_span: Span, pen: _Pen) -> Iterator[str]:
    rows = list(_rows(path, finding_span))
    layers = max((len(row.layer) for row in rows), default=0)
    texts = max((len(row.text) for row in rows if row.at and row.layer), default=0)
    for row in rows:
        symbol = pen.state(_SYMBOLS[row.state] if row.state else " ", row.state)
        at = "  ".ljust(texts - len(row.text) + 2) + pen.faint(row.at) if row.at else ""
        yield f"{pen.faint(row.layer.ljust(layers))} {symbol} {pen.state(row.text, row.state)}{at}".rstrip()


def _rows(path: Sequence[Hop], finding_span: Span) -> Iterator[_Row]:
    """The resources of the path once each, as a request meets them, and the hops that do not lead to the next one."""
    shown: Resource | None = None
    arrived: State | None = None
    told = [hop for hop in path if hop.kind not in _DETAILS or hop.state is not State.RESOLVED]
    for hop, following in pairwise((*told, None)):
        if hop is None:
            continue
        is_entry = hop.kind is HopKind.ENTRY and hop.source in hop.targets
        if is_entry:
            yield _Row("entry", None, escape(wanted(hop)))
            arrived = hop.state
        elif hop.kind in UPSTREAM:
            if shown is None or hop.state is not State.RESOLVED or hop.target is not shown:
                yield _hop_row(hop, finding_span)
            arrived = hop.state if hop.state is State.RESOLVED else None
        if hop.source is not shown:
            yield _Row(hop.source.layer, arrived, escape(str(hop.source)), _short(hop.source.place.span, finding_span))
            shown, arrived = hop.source, None
        if is_entry or hop.kind in UPSTREAM:
            continue
        if hop.state is State.RESOLVED and following is not None and following.source in hop.targets:
            arrived = State.RESOLVED
        else:
            yield _hop_row(hop, finding_span)


def _hop_row(hop: Hop, finding_span: Span) -> _Row:
    if hop.state is State.RESOLVED and hop.target is not None:
        targets = abridged(tuple(map(str, hop.targets)), _MANY)
        where = _short(hop.target.place.span, finding_span)
        return _Row(hop.target.layer, hop.state, _clause(targets, str(hop.why)), where)
    at = hop.at.span
    is_shown = at in (finding_span, hop.source.place.span)
    return _Row("", hop.state, _clause(wanted(hop), str(hop.why)), "" if is_shown else _short(at, finding_span))


def _clause(what: str, why: str) -> str:
    return escape(f"{what}: {why}" if why else what)


def _short(span: Span, finding_span: Span) -> str:
    return f"line {span.line}" if span.file == finding_span.file else escape(f"{span.file}:{span.line}")


# What klint saw and did


def _section(title: str, lines: Iterable[str], pen: _Pen) -> list[str]:
    found = [f"  {text}" for text in lines]
    return [pen.strong(title), *found, ""] if found else []


def _suppressed(suppressed: Iterable[Suppressed], pen: _Pen) -> Iterator[str]:
    for item in suppressed:
        reason = escape(item.ignore.reason) or "no reason given"
        yield _head(item.finding, pen)
        yield f"  {item.ignore.origin} at {escape(str(item.ignore.span))}: {reason}"


def _stale_entry(entry: Entry) -> str:
    place = escape(str(entry.at.span)) if entry.at else ""
    times = f", {entry.count} times" if entry.count > 1 else ""
    return f"{place}: {escape(entry.message)} [{escape(entry.rule)}]{times}"


def _bundles(bundles: Iterable[Bundle], pen: _Pen) -> Iterator[str]:
    for bundle in bundles:
        target = bundle.target
        version = f" {target.kubernetes[0]}.{target.kubernetes[1]}" if target.kubernetes else ""
        facts = (
            target.environment or "environment unknown",
            (target.platform or "platform unknown") + (f", Kubernetes{version}" if version else ""),
            f"node ports {target.node_ports} ({target.node_ports.origin})",
            counted(len(bundle.resources), "resource"),
        )
        yield f"{pen.strong(escape(bundle.name))}: {escape(', '.join(facts))}"
        if bundle.delivery is not None:
            yield f"  {escape(str(bundle.delivery.at.span))} {escape(_deployed(bundle.delivery))}"
        yield from (f"  {escape(reason)}" for reason in target.reasons)


def _deployed(delivery: Delivery) -> str:
    namespace = f" into namespace {delivery.namespace}" if delivery.namespace else ""
    return f"{delivery} deploys it{namespace}" + (f" to {delivery.cluster}" if delivery.cluster else "")


def _rules(report: Report) -> Iterator[str]:
    layers = dict.fromkeys(rule.layer for rule in report.rules)
    for layer in layers:
        yield f"{layer}: {', '.join(rule.name for rule in report.rules if rule.layer == layer)}"


def _passed_over(report: Report) -> Iterator[str]:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for item in report.workspace.passed_over:
        files[item.reason].append(item.path)
    for reason, paths in sorted(files.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"{len(paths)} {escape(reason)}"
        yield from (f"  {escape(path)}" for path in sorted(paths))


def _unfollowed(report: Report) -> Iterator[str]:
    for item in sorted(set(report.workspace.unfollowed), key=lambda item: (item.path, item.kind, item.name, item.why)):
        yield escape(f"{item.path} {item.kind} {item.name}: {item.why}")


def _confinement(report: Report) -> Iterator[str]:
    """What the system takes from the programs that rendered something, if some did."""
    if report.workspace.renderings:
        from klint.render.confinement import holds

        yield from (f"{what}: {'yes' if is_held else 'no'}" for what, is_held in holds().items())


def _gaps(report: Report) -> Iterator[str]:
    """What klint was not given: a line for each kind of it."""
    folders: defaultdict[Missing, set[pathlib.Path]] = defaultdict(set)
    for rendering in report.workspace.renderings:
        for gap in rendering.gaps:
            folders[gap.missing].add(gap.folder)
    for missing, found in sorted(folders.items(), key=lambda item: item[0].name):
        yield missing.summary(len(found))
    if report.workspace.unfollowed:
        from klint.workspace.unfollowed import summaries

        yield from summaries(report.workspace.unfollowed)


def _stale(report: Report) -> Iterator[str]:
    """What baselines know that is no more, counted."""
    for count in (known.stale_count for known in report.known if known.stale):
        what, it = (
            ("1 finding of the baseline is", "it") if count == 1 else (f"{count} findings of the baseline are", "them")
        )
        yield f"{what} no longer there: klint baseline --prune takes {it} out"


def _fixable(report: Report) -> str:
    """How many findings `--fix` mends; empty if it mends none."""
    if not report.findings:
        return ""
    from klint.report.proposals import proposals

    counts = Counter(str(offer.safety) for offer in proposals(report))
    safe, unsafe = counts["safe"], counts["unsafe"]
    if safe:
        return f"{safe:,} fixable with --fix" + (f", {unsafe:,} more with --unsafe-fixes" if unsafe else "")
    return f"{unsafe:,} fixable with --fix --unsafe-fixes" if unsafe else ""


def _summary(report: Report, pen: _Pen) -> str:
    counts = [(severity, report.count(severity)) for severity in reversed(Severity)]
    found = ", ".join(pen.severity(counted(count, severity), severity) for severity, count in counts if count)
    looked = f"{counted(report.workspace.files, 'file')}, {counted(len(report.bundles), 'bundle')}"
    also = "".join(
        f"; {text}"
        for text in (
            *(counted_known(known, "more " if found else "") for known in report.known),
            f"{len(report.suppressed)} suppressed" if report.suppressed else "",
            f"{counted(len(report.failures), 'failure')}" if report.failures else "",
            _fixable(report),
        )
        if text
    )
    nothing = "No new findings" if report.known else "No findings"
    return f"{found or nothing} in {looked}{also}"
