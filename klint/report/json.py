"""Findings for programs: one JSON document, described by the types below.

It is stable: fields are added but neither removed nor given another meaning while `version` stays the same. Lines and
columns count from 1, columns in characters (Unicode code points); `end_column` is exclusive. What is not known is
null. Findings are sorted by file, position and rule. The document is ASCII, so that it survives any encoding.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NotRequired, TypedDict

import klint
from klint.findings import Finding, Severity
from klint.hops import Hop
from klint.report.escape import inert_json
from klint.report.proposals import proposals
from klint.report.words import wanted
from klint.text.source import Span

if TYPE_CHECKING:
    from klint.baseline.entries import Known
    from klint.engine import Report
    from klint.errors import Failure
    from klint.kube.resource import Resource
    from klint.report import Options
    from klint.suppress import Suppressed
    from klint.workspace.bundles import Bundle
    from klint.workspace.deployers.delivery import Delivery

VERSION = 1


class Range(TypedDict):
    """A range in a file; `file` is relative to the working directory where it is below that."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Place(Range):
    """Where something stands.

    `approximate` is set where a rendered text could not be traced to exactly this line.
    """

    approximate: bool


class RelatedPlace(Place):
    """Another place that a finding rests on."""

    message: str


class PathHop(Place):
    """One reference on the way of a request, where it stands and what became of it.

    `layer` is that of `source` (entry, distribution, routing, workload or null), `state` one of resolved, broken and
    unknown, `why` a clause or null.
    """

    layer: str | None
    source: str
    wants: str
    state: str
    why: str | None
    targets: list[str]


class FixEdit(Range):
    """A text to write in the place of a range of a file; where something is added, the range is empty."""

    text: str


class FoundFix(TypedDict):
    """What would mend a finding: edits that are all made, or none.

    `safety` is safe, unsafe (it may change what works, or guesses what is meant) or shown (klint itself never makes
    it).
    """

    title: str
    safety: str
    edits: list[FixEdit]


class ObjectName(TypedDict):
    """A Kubernetes object. `group` is empty for the core group, `namespace` null where it is left to deploying."""

    group: str
    kind: str
    namespace: str | None
    name: str


class FoundFinding(Place):
    """One finding; `severity` is error, warning or note. `path` is empty where the finding is not about a path.

    `object` is what it is about, null where that is no object. `identity` knows the finding again in another run,
    though lines, documents, keys and list items have moved; findings of objects with one name share it.
    `bundles` are the overlays or sets of values that it comes out of, where something was rendered. `fix` is null
    where there is none, or none of a file that a person edits.
    """

    rule: str
    severity: str
    message: str
    related: list[RelatedPlace]
    path: list[PathHop]
    bundles: list[str]
    object: ObjectName | None
    identity: str
    fix: FoundFix | None


class SuppressedFinding(Place):
    """A silenced finding and the place of what silences it: a comment, an annotation or the configuration."""

    finding: FoundFinding
    origin: str
    reason: str | None
    expires: str | None


class BaselineEntry(TypedDict):
    """A finding that the baseline has and that is no longer there, `count` times; what it does not say is null."""

    identity: str
    rule: str | None
    object: str | None
    file: str | None
    message: str | None
    count: int


class KnownFindings(TypedDict):
    """Findings that are no news: `by` is baseline or revision, `name` the file or the revision.

    `stale` are those that a baseline has and that are no longer there.
    """

    by: str
    name: str
    findings: list[FoundFinding]
    stale: list[BaselineEntry]


class FailureEntry(TypedDict):
    """Something klint could not do; it makes the exit code 2."""

    where: str | None
    message: str
    remedy: str | None


class NodePorts(TypedDict):
    """The range of node ports, both ends included, and where it is written."""

    first: int
    last: int
    origin: str


class DeployedBy(TypedDict):
    """The object that deploys a bundle, where it says so, and into which namespace of which cluster, where known."""

    kind: str
    name: str
    file: str
    line: int
    namespace: str | None
    cluster: str | None


class BundleEntry(TypedDict):
    """Manifests that are deployed together, where to, and why klint believes so. `kubernetes` is like 1.34.

    `deployed_by` is there where something in the workspace says that it deploys them.
    """

    name: str
    environment: str | None
    platform: str | None
    kubernetes: str | None
    node_ports: NodePorts
    resources: int
    reasons: list[str]
    deployed_by: NotRequired[DeployedBy]


class Summary(TypedDict):
    """Counts: of findings by severity, and of what was looked at; `known` and `stale` where what is new was asked for.

    `known` are findings that are no news, `stale` those that the baseline has and that are no longer there;
    `unfollowed` are objects, if there are some, that deploy what klint did not lint.
    """

    error: int
    warning: int
    note: int
    suppressed: int
    failures: int
    files: int
    documents: int
    passed_over: int
    bundles: int
    rules: int
    known: NotRequired[int]
    stale: NotRequired[int]
    unfollowed: NotRequired[int]


class ReportDocument(TypedDict):
    """The whole document. `version` is the format's, `klint` the linter's.

    `known` is there where what is new was asked for, with a baseline or since a revision.
    """

    version: int
    klint: str
    findings: list[FoundFinding]
    suppressed: list[SuppressedFinding]
    known: NotRequired[list[KnownFindings]]
    failures: list[FailureEntry]
    bundles: list[BundleEntry]
    summary: Summary


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """The report as a JSON document, indented by two."""
    return inert_json(json.dumps(document(report), indent=2)) + "\n"


def document(report: Report) -> ReportDocument:
    """The report as plain data."""
    fixes = _fixes(report)
    plain = ReportDocument(
        version=VERSION,
        klint=klint.__version__,
        findings=[_finding(finding, fixes.get(id(finding))) for finding in report.findings],
        suppressed=[_suppressed(item) for item in report.suppressed],
        failures=[failure_entry(failure) for failure in report.failures],
        bundles=[_bundle(bundle) for bundle in report.bundles],
        summary=Summary(
            error=report.count(Severity.ERROR),
            warning=report.count(Severity.WARNING),
            note=report.count(Severity.NOTE),
            suppressed=len(report.suppressed),
            failures=len(report.failures),
            files=len(report.workspace.sources),
            documents=len(report.workspace.documents),
            passed_over=len(report.workspace.passed_over),
            bundles=len(report.bundles),
            rules=len(report.rules),
        ),
    )
    if report.workspace.unfollowed:
        plain["summary"]["unfollowed"] = len(set(report.workspace.unfollowed))
    if report.known:
        plain["known"] = [_known(item) for item in report.known]
        plain["summary"]["known"] = sum(len(item.findings) for item in report.known)
        plain["summary"]["stale"] = sum(item.stale_count for item in report.known)
    return plain


def failure_entry(failure: Failure) -> FailureEntry:
    """A failure as plain data."""
    return FailureEntry(where=failure.where or None, message=failure.message, remedy=failure.remedy or None)


def place(span: Span) -> Place:
    """A span as plain data."""
    return Place(**_range(span), approximate=span.approximate)


def _range(span: Span) -> Range:
    return Range(file=span.file, line=span.line, column=span.column, end_line=span.end_line, end_column=span.end_column)


def _fixes(report: Report) -> dict[int, FoundFix]:
    """By finding, what would mend it."""
    return {
        id(offer.finding): FoundFix(
            title=offer.fix.title,
            safety=str(offer.safety),
            edits=[FixEdit(**_range(edit.span), text=edit.text) for edit in offer.edits],
        )
        for offer in proposals(report, with_shown=True)
    }


def _finding(finding: Finding, fix: FoundFix | None = None) -> FoundFinding:
    return FoundFinding(
        rule=finding.rule,
        severity=str(finding.severity),
        message=finding.message,
        **place(finding.span),
        related=[RelatedPlace(message=item.message, **place(item.at.span)) for item in finding.related],
        path=[path_hop(hop) for hop in finding.path],
        bundles=list(finding.bundles),
        object=object_name(finding.about) if finding.about else None,
        identity=finding.identity,
        fix=fix,
    )


def object_name(resource: Resource) -> ObjectName:
    """An object's identity as plain data."""
    group, kind, namespace, name = resource.identity
    return ObjectName(group=group, kind=kind, namespace=namespace or None, name=name)


def path_hop(hop: Hop) -> PathHop:
    """A hop as plain data."""
    return PathHop(
        layer=hop.source.layer or None,
        source=str(hop.source),
        wants=wanted(hop),
        state=hop.state.value,
        why=str(hop.why) or None,
        targets=[str(target) for target in hop.targets],
        **place(hop.at.span),
    )


def _suppressed(item: Suppressed) -> SuppressedFinding:
    ignore = item.ignore
    return SuppressedFinding(
        finding=_finding(item.finding),
        origin=ignore.origin,
        reason=ignore.reason or None,
        expires=ignore.expires.isoformat() if ignore.expires else None,
        **place(ignore.span),
    )


def _known(known: Known) -> KnownFindings:
    return KnownFindings(
        by=known.by,
        name=known.name,
        findings=[_finding(finding) for finding in known.findings],
        stale=[
            BaselineEntry(
                identity=entry.identity,
                rule=entry.rule or None,
                object=entry.object or None,
                file=entry.file or None,
                message=entry.message or None,
                count=entry.count,
            )
            for entry in known.stale
        ],
    )


def _bundle(bundle: Bundle) -> BundleEntry:
    target = bundle.target
    entry = BundleEntry(
        name=bundle.name,
        environment=target.environment or None,
        platform=target.platform or None,
        kubernetes=".".join(map(str, target.kubernetes)) if target.kubernetes else None,
        node_ports=NodePorts(
            first=target.node_ports.first, last=target.node_ports.last, origin=target.node_ports.origin
        ),
        resources=len(bundle.resources),
        reasons=list(target.reasons),
    )
    if bundle.delivery is not None:
        entry["deployed_by"] = _deployed_by(bundle.delivery)
    return entry


def _deployed_by(delivery: Delivery) -> DeployedBy:
    span = delivery.at.span
    return DeployedBy(
        kind=delivery.by.kind,
        name=delivery.by.name,
        file=span.file,
        line=span.line,
        namespace=delivery.namespace or None,
        cluster=delivery.cluster or None,
    )
