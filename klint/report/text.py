"""Findings for a person: a line each as compilers print them, the source under it, the path that breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.findings import Finding, Related, Severity
from klint.report.escape import escape, inert
from klint.report.pen import Pen
from klint.report.words import counted_known
from klint.text.source import Span
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    from klint.baseline.entries import Entry
    from klint.engine import Report
    from klint.report import Options
    from klint.suppress import Suppressed
    from klint.workspace.bundles import Bundle
    from klint.workspace.deployers.delivery import Delivery

_MANY = 3
"""Bundles of one finding that are named; the others are counted."""


def line(finding: Finding) -> str:
    """`file:line:col: severity: message [rule]`. Rule pages and problem matchers rely on this form."""
    return _head(finding, Pen(is_on=False))


def render(report: Report, options: Options) -> str:
    """Findings, what `verbose` adds, and a summary as the last line, which counts failures but does not name them."""
    pen = Pen(is_on=options.color)
    lines: list[str] = []
    for finding in report.findings:
        lines.append(_head(finding, pen))
        if options.style == "full":
            lines.extend((*_detail(finding, pen), ""))
    sections: list[str] = []
    if options.show_suppressed or options.verbose:
        sections.extend(_section("Suppressed", _suppressed(report.suppressed, pen), pen))
        for known in report.known:
            title = "In the baseline" if known.is_baseline else f"There at {escape(known.name)}"
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


def _head(finding: Finding, pen: Pen) -> str:
    place = pen.strong(escape(str(finding.span)))
    severity = pen.severity(str(finding.severity), finding.severity)
    return f"{place}: {severity}: {escape(finding.message)} {pen.faint(f'[{finding.rule}]')}"


def _detail(finding: Finding, pen: Pen) -> Iterator[str]:
    """The source frame, the related places, the path and the rendered bundles of a finding."""
    from klint.report.frame import frame
    from klint.report.path import drawn

    number = str(finding.span.line)
    margin = " " * (len(number) + 2)
    shown = frame(finding.span)
    if shown is not None:
        bar = pen.faint("│")
        carets = pen.severity("^" * shown.carets, finding.severity)
        yield f" {pen.faint(number)} {bar} {shown.line}".rstrip()
        yield f"{margin}{bar} {' ' * shown.indent}{carets}"
    if finding.span.approximate:
        yield f"{margin}approximate location"
    for related in finding.related:
        yield f"{margin}{_see(related, finding.span, pen)}"
    for text in drawn(finding.path, pen, finding.span):
        yield f"{margin}{text}"
    if finding.bundles:
        yield f"{margin}{escape(f'rendered by {abridged(finding.bundles, _MANY)}')}"


def _see(related: Related, finding_span: Span, pen: Pen) -> str:
    span = related.at.span
    place = f"line {span.line}" if span.file == finding_span.file else escape(str(span))
    return f"see {pen.strong(place)}: {escape(related.message)}"


# What klint saw and did


def _section(title: str, lines: Iterable[str], pen: Pen) -> list[str]:
    found = [f"  {text}" for text in lines]
    return [pen.strong(title), *found, ""] if found else []


def _suppressed(suppressed: Iterable[Suppressed], pen: Pen) -> Iterator[str]:
    for item in suppressed:
        reason = escape(item.ignore.reason) or "no reason given"
        yield _head(item.finding, pen)
        yield f"  {item.ignore.origin} at {escape(str(item.ignore.span))}: {reason}"


def _stale_entry(entry: Entry) -> str:
    place = escape(str(entry.at.span)) if entry.at else ""
    times = f", {entry.count} times" if entry.count > 1 else ""
    return f"{place}: {escape(entry.message)} [{escape(entry.rule)}]{times}"


def _bundles(bundles: Iterable[Bundle], pen: Pen) -> Iterator[str]:
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
    for reason, paths in report.workspace.passed_over_by_reason.items():
        yield f"{len(paths)} {escape(reason)}"
        yield from (f"  {escape(path)}" for path in paths)


def _unfollowed(report: Report) -> Iterator[str]:
    for item in sorted(set(report.workspace.unfollowed), key=lambda item: (item.path, item.kind, item.name, item.why)):
        yield escape(f"{' '.join(filter(None, (item.path, item.kind, item.name)))}: {item.why}")


def _confinement(report: Report) -> Iterator[str]:
    """What the system takes from the programs that rendered something, if some did."""
    if report.workspace.renderings:
        from klint.render.confinement import holds

        yield from (f"{what}: {'yes' if is_held else 'no'}" for what, is_held in holds().items())


def _gaps(report: Report) -> Iterator[str]:
    """What klint was not given: a line for each kind of it."""
    for missing, folders in report.workspace.gaps.items():
        yield missing.summary(len(folders))
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


def _summary(report: Report, pen: Pen) -> str:
    counts = [(severity, report.count(severity)) for severity in reversed(Severity)]
    found = ", ".join(pen.severity(counted(count, severity), severity) for severity, count in counts if count)
    looked = f"{counted(len(report.workspace.sources), 'file')}, {counted(len(report.bundles), 'bundle')}"
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
