"""What silences a finding: comments, annotations and configuration; and which of them silence nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from klint.config import Suppression
from klint.document import Document, Place, Source, Span
from klint.errors import nearest
from klint.findings import Finding
from klint.kube.resource import Resource
from klint.kube.workload import Workload

ANNOTATION = "klint.dev/ignore"

_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*klint:[ \t]*ignore(?:\[([^\]\n]*)\])?[ \t:-]*([^\r\n]*)", re.MULTILINE)
_ANNOTATION_ENTRY = re.compile(r"\s*([^:;]*)(?::([^;]*))?")


@dataclass(frozen=True, eq=False)
class Ignore:
    """One instruction not to report something. No rules means every rule.

    `span` is where it stands, `reason` what its author says, `origin` one of comment, annotation, configuration.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    origin: str
    expires: date | None = None

    def silences(self, finding: Finding, resource: Resource | None) -> bool:
        """Whether it is about this finding; `resource` is the object that the finding stands in."""
        raise NotImplementedError

    def names(self, rule: str) -> bool:
        """Whether it is about this rule."""
        return not self.rules or rule in self.rules


@dataclass(frozen=True, eq=False)
class CommentIgnore(Ignore):
    """`# klint: ignore[rule] reason` on a line of the finding, or alone on the line before it."""

    source: Source | None = None
    lines: frozenset[int] = frozenset()

    def silences(self, finding: Finding, resource: Resource | None) -> bool:
        """A place of the finding is on one of the lines."""
        return any(span.source is self.source and span.line in self.lines for span in _spans(finding))


@dataclass(frozen=True, eq=False)
class AnnotationIgnore(Ignore):
    """The annotation `klint.dev/ignore` on an object or its pod template."""

    resource: Resource | None = None

    def silences(self, finding: Finding, resource: Resource | None) -> bool:
        """A place of the finding is in the object."""
        return self.resource is not None and any(
            _stands_in(place, self.resource) for place in (finding.at, *(item.at for item in finding.related))
        )


@dataclass(frozen=True, eq=False)
class ConfiguredIgnore(Ignore):
    """An entry of `suppress` in the configuration."""

    entry: Suppression | None = None

    def silences(self, finding: Finding, resource: Resource | None) -> bool:
        """The finding and its object are as the entry says."""
        entry = self.entry
        if entry is None:
            return False
        if entry.path.lines and not any(
            entry.path.match(span.source.relative or span.source.path) for span in _spans(finding)
        ):
            return False
        if not (entry.kind or entry.namespace or entry.name):
            return True
        return resource is not None and all(
            not wanted or fnmatchcase(value, wanted)
            for wanted, value in (
                (entry.kind, resource.kind),
                (entry.namespace, resource.namespace),
                (entry.name, resource.name),
            )
        )


@dataclass(frozen=True, slots=True)
class UselessIgnore:
    """An ignore that silenced nothing. `rule` is empty when it names none; `why` is a clause."""

    ignore: Ignore
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class UnknownRule:
    """An ignore that names a rule which does not exist; `remedy` may name the one that was meant."""

    ignore: Ignore
    name: str
    remedy: str


@dataclass(frozen=True)
class Ignores:
    """What rules about ignores look at."""

    useless: tuple[UselessIgnore, ...] = ()
    unknown: tuple[UnknownRule, ...] = ()


@dataclass(frozen=True)
class Suppressed:
    """A finding that an ignore silenced."""

    finding: Finding
    ignore: Ignore


def collect(
    documents: Iterable[Document], resources: Iterable[Resource], entries: Iterable[Suppression]
) -> list[Ignore]:
    """Every ignore of a workspace."""
    by_source: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[id(document.source)].append(document)
    ignores: list[Ignore] = []
    for group in by_source.values():
        ignores.extend(_comments(group))
    for resource in resources:
        ignores.extend(_annotations(resource))
    for entry in entries:
        span = entry.where.span(("suppress", entry.index))
        ignores.append(ConfiguredIgnore(span, entry.rules, entry.reason, "configuration", entry.expires, entry))
    return ignores


def apply(
    findings: Sequence[Finding],
    ignores: Sequence[Ignore],
    resources: Iterable[Resource],
    *,
    known: Sequence[str],
    ran: Sequence[str],
    is_whole: bool,
    today: date,
) -> tuple[list[Finding], list[Suppressed], Ignores]:
    """Part findings into those to report and those that are silenced, and find the ignores that do nothing.

    Args:
        known: names of every rule; ran: names of those that ran. An ignore of a rule that did not run is not useless.
        is_whole: whether the run saw the whole workspace; else entries of the configuration may have their use
            elsewhere and are not reported.
    """
    active = [ignore for ignore in ignores if ignore.expires is None or today <= ignore.expires]
    owner = _Owners(resources) if active else None
    used: set[tuple[int, str]] = set()
    reported: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        resource = owner.of(finding) if owner else None
        silencing = [ignore for ignore in active if ignore.names(finding.rule) and ignore.silences(finding, resource)]
        used.update((id(ignore), finding.rule if ignore.rules else "") for ignore in silencing)
        if silencing:
            suppressed.append(Suppressed(finding, silencing[0]))
        else:
            reported.append(finding)
    useless = [
        found
        for ignore in ignores
        if is_whole or ignore.origin != "configuration"
        for found in _useless(ignore, used, known, ran, today)
    ]
    unknown = [
        UnknownRule(ignore, name, nearest(name, list(known)))
        for ignore in ignores
        for name in ignore.rules
        if name not in known
    ]
    return reported, suppressed, Ignores(tuple(useless), tuple(unknown))


def _useless(
    ignore: Ignore, used: set[tuple[int, str]], known: Sequence[str], ran: Sequence[str], today: date
) -> Iterator[UselessIgnore]:
    if ignore.expires is not None and today > ignore.expires:
        yield UselessIgnore(ignore, "", f"it expired on {ignore.expires.isoformat()}")
        return
    for name in ignore.rules:
        if name in known and name in ran and (id(ignore), name) not in used:
            yield UselessIgnore(ignore, name, "nothing here breaks that rule")
    if not ignore.rules and set(known) <= set(ran) and (id(ignore), "") not in used:
        yield UselessIgnore(ignore, "", "nothing here breaks any rule")


def _comments(documents: Sequence[Document]) -> Iterator[Ignore]:
    """The ignores in a file's comments. A `#` inside a scalar is text."""
    source = documents[0].source
    if "klint:" not in source.text:
        return
    ranges: list[tuple[int, int]] | None = None
    for match in _COMMENT.finditer(source.text):
        if ranges is None:
            ranges = sorted(item for document in documents for item in document.scalar_ranges())
        position = bisect_right(ranges, (match.start(), len(source.text))) - 1
        if position >= 0 and ranges[position][0] <= match.start() < ranges[position][1]:
            continue
        span = source.span(match.start(), match.end())
        rules = tuple(name.strip() for name in (match[1] or "").split(",") if name.strip())
        yield CommentIgnore(span, rules, match[2].strip(), "comment", None, source, _lines(source, span))


def _lines(source: Source, span: Span) -> frozenset[int]:
    """The lines a comment is about: its own, and when it stands alone the next that is no comment."""
    lines = {span.line}
    if not source.line(span.line)[: span.column - 1].strip():
        following = span.line + 1
        while following <= len(source.line_starts) and (
            not source.line(following).strip() or source.line(following).lstrip().startswith("#")
        ):
            following += 1
        lines.add(following)
    return frozenset(lines)


def _annotations(resource: Resource) -> Iterator[Ignore]:
    """`klint.dev/ignore: "rule, rule: reason; rule: reason"` on an object or on its pod template."""
    places: list[tuple[str, Place]] = []
    if ANNOTATION in resource.annotations:
        places.append((resource.annotations[ANNOTATION], resource.at("metadata", "annotations", ANNOTATION)))
    if isinstance(resource, Workload):
        for pod in resource.pods:
            place = pod.at("metadata", "annotations", ANNOTATION)
            if ANNOTATION in pod.annotations and all(place.path != other.path for _, other in places):
                places.append((pod.annotations[ANNOTATION], place))
    for text, place in places:
        for entry in text.split(";"):
            match = _ANNOTATION_ENTRY.match(entry)
            names = tuple(name.strip() for name in match[1].split(",") if name.strip()) if match else ()
            if match and names:
                reason = (match[2] or "").strip()
                yield AnnotationIgnore(place.span, names, reason, "annotation", None, resource)


class _Owners:
    """Finds the object that a finding stands in."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_document: Mapping[int, list[Resource]] = defaultdict(list)
        for resource in resources:
            self._by_document[id(resource.document)].append(resource)

    def of(self, finding: Finding) -> Resource | None:
        if not isinstance(finding.at, Place):
            return None
        found = [item for item in self._by_document.get(id(finding.at.document), ()) if _stands_in(finding.at, item)]
        return max(found, key=lambda item: len(item.path), default=None)


def _stands_in(at: Place | Span, resource: Resource) -> bool:
    return isinstance(at, Place) and at.document is resource.document and at.path[: len(resource.path)] == resource.path


def _spans(finding: Finding) -> list[Span]:
    return [finding.span, *(item.at.span for item in finding.related)]
