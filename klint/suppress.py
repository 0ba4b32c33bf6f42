"""What silences a finding: comments, annotations and configuration; and which of them silence nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from klint.config.config import Suppression
from klint.errors import closest
from klint.findings import Finding
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate, Workload
from klint.records import dataclass
from klint.scripts.hints import concerns_manifest
from klint.text.document import Document, Place
from klint.text.source import Source, Span

ANNOTATION = "klint.dev/ignore"
MARK = "klint:"
"""What every comment that ignores something holds."""

_COMMENT = re.compile(
    r"""
    (?:^|(?<=\s)) \#[ \t]* klint:[ \t]* ignore
    (?: \[ (?P<rules>[^\]\r\n]*) \]?  # an open bracket must not make it an ignore of everything
      | (?![^\s:])                    # `ignored` and `ignore-file` are other words
    )
    [ \t:-]* (?P<reason>[^\r\n]*)
    """,
    re.VERBOSE | re.MULTILINE,
)
# Entries of an annotation are parted where names of rules follow, so that a reason may hold a semicolon.
_NAMES = r"[\w-]+(?:\s*,\s*[\w-]+)*"
_ANNOTATION_SEPARATOR = re.compile(rf"\s*[;\n]\s*(?={_NAMES}\s*(?:[:;\n]|\Z))")


@dataclass(frozen=True, eq=False)
class Ignore:
    """One instruction not to report something. No rules means every rule.

    `at` is where it stands, `reason` what its author says.
    """

    at: Place | Span
    rules: tuple[str, ...]
    reason: str
    origin: Literal["comment", "annotation", "configuration"]
    expires: date | None = None
    is_judged: bool = True
    """False where the text could not be read, so that nobody knows what it would have silenced."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.at.span

    def names(self, rule: str) -> bool:
        """Whether it is about this rule."""
        return not self.rules or rule in self.rules

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires


@dataclass(frozen=True, eq=False)
class CommentIgnore(Ignore):
    """`# klint: ignore[rule] reason` at the end of a line, or alone on the line before it.

    It silences what has a place on `lines`, or in a script on those of the `command` that the last of them is part of.
    """

    lines: tuple[int, ...] = ()
    command: range = range(0)


@dataclass(frozen=True, eq=False)
class AnnotationIgnore(Ignore):
    """The annotation `klint.dev/ignore` on an object or its pod template.

    It silences what has a place in the object, which `document` and `path` name.
    """

    document: Document | None = None
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, eq=False)
class ConfiguredIgnore(Ignore):
    """An entry of `suppress` in the configuration: it silences what is reported where the entry says."""

    entry: Suppression | None = None


@dataclass(frozen=True, slots=True)
class UselessIgnore:
    """An ignore that silenced nothing. `rule` is empty when it names none; `why` is a clause."""

    ignore: Ignore
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class UnknownRule:
    """An ignore that names a rule which does not exist; `closest` is the rule with a name like it, if there is one."""

    ignore: Ignore
    name: str
    closest: str


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
    documents: Iterable[Document],
    resources: Iterable[Resource],
    entries: Iterable[Suppression],
    scripts: Iterable[Source] = (),
) -> list[Ignore]:
    """Every ignore of a workspace. `scripts` are files that carry shell; a file of manifests is none of them."""
    by_source: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[id(document.source)].append(document)
    ignores: list[Ignore] = []
    for group in by_source.values():
        ignores.extend(_comments(group))
    manifests = {group[0].source.path for group in by_source.values()}
    for source in scripts:
        if source.path not in manifests:
            ignores.extend(_comments_in_script(source))
    for resource in resources:
        ignores.extend(_annotations(resource))
    for entry in entries:
        ignores.append(
            ConfiguredIgnore(entry.at, entry.rules, entry.reason, "configuration", entry.expires, entry=entry)
        )
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
        today: an ignore holds until the end of the day it expires on.
    """
    lookup = _Lookup([ignore for ignore in ignores if not ignore.has_expired(today)], resources)
    used: set[tuple[str, str]] = set()
    reported: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        silencing = [ignore for ignore in lookup.about(finding) if ignore.names(finding.rule)]
        used.update((str(ignore.span), finding.rule if ignore.rules else "") for ignore in silencing)
        if silencing:
            suppressed.append(Suppressed(finding, silencing[0]))
        else:
            reported.append(finding)
    judged = [ignore for ignore in ignores if is_whole or ignore.origin != "configuration"]
    useless = [
        found for ignore in judged if ignore.is_judged for found in _useless(ignore, used, set(known), set(ran), today)
    ]
    unknown = [
        UnknownRule(ignore, name, closest(name, list(known)))
        for ignore in judged
        for name in ignore.rules
        if name not in known
    ]
    return reported, suppressed, Ignores(tuple(useless), tuple(unknown))


def _useless(
    ignore: Ignore, used: set[tuple[str, str]], known: set[str], ran: set[str], today: date
) -> Iterator[UselessIgnore]:
    if ignore.expires is not None and ignore.has_expired(today):
        yield UselessIgnore(ignore, "", f"it expired on {ignore.expires.isoformat()}")
        return
    # By place: an object that several overlays render has its annotation once in the base, and uses it in some of them.
    for name in dict.fromkeys(ignore.rules):
        if name in known and name in ran and (str(ignore.span), name) not in used:
            yield UselessIgnore(ignore, name, "nothing here breaks that rule")
    if not ignore.rules and known <= ran and (str(ignore.span), "") not in used:
        yield UselessIgnore(ignore, "", "nothing here breaks any rule")


class _Lookup:
    """Finds the ignores about a finding without trying each."""

    def __init__(self, ignores: Iterable[Ignore], resources: Iterable[Resource]) -> None:
        self._by_line: dict[tuple[str, int], list[Ignore]] = defaultdict(list)
        self._by_command: dict[tuple[str, int], list[Ignore]] = {}
        self._commands: dict[tuple[str, int], int] = {}
        self._by_document: dict[int, list[AnnotationIgnore]] = defaultdict(list)
        self._configured: list[tuple[Ignore, Suppression]] = []
        for ignore in ignores:
            if isinstance(ignore, CommentIgnore):
                for line in ignore.lines:
                    self._by_line[ignore.span.file, line].append(ignore)
                if ignore.command:
                    self._add_command(ignore)
            elif isinstance(ignore, AnnotationIgnore):
                self._by_document[id(ignore.document)].append(ignore)
            elif isinstance(ignore, ConfiguredIgnore) and ignore.entry is not None:
                self._configured.append((ignore, ignore.entry))
        self._resources: dict[int, list[Resource]] = defaultdict(list)
        self._documents: dict[str, list[Document]] = defaultdict(list)
        if self._configured or self._by_document:
            for resource in resources:
                if id(resource.document) not in self._resources:
                    self._documents[resource.document.source.path].append(resource.document)
                self._resources[id(resource.document)].append(resource)

    def _add_command(self, ignore: CommentIgnore) -> None:
        file, first = ignore.span.file, ignore.command.start
        if (file, first) not in self._by_command:
            self._by_command[file, first] = []
            self._commands.update(((file, line), first) for line in ignore.command)
        self._by_command[file, first].append(ignore)

    def about(self, finding: Finding) -> Iterator[Ignore]:
        """The ignores that a place of the finding falls under, whatever rules they name."""
        places = (finding.at, *(related.at for related in finding.related))
        if self._by_line:
            for place in places:
                span = place.span
                yield from self._by_line.get((span.file, span.line), ())
                if first := self._commands.get((span.file, span.line)):
                    yield from self._by_command[span.file, first]
        for at in map(self._place, places) if self._by_document else ():
            for ignore in self._by_document.get(id(at.document), ()) if at else ():
                if at and at.path[: len(ignore.path)] == ignore.path:
                    yield ignore
        for configured, entry in self._configured:
            if self._is_about(entry, finding):
                yield configured

    def _is_about(self, entry: Suppression, finding: Finding) -> bool:
        source = finding.span.source
        if entry.path.lines and not entry.path.match(source.relative or source.path):
            return False
        if not (entry.kind or entry.namespace or entry.name):
            return True
        resource = self._owner(finding)
        return resource is not None and all(
            not wanted or fnmatchcase(value, wanted)
            for wanted, value in (
                (entry.kind, resource.kind),
                (entry.namespace, resource.namespace),
                (entry.name, resource.name),
            )
        )

    def _place(self, at: Place | Span) -> Place | None:
        """The place itself; for a span, as findings in a manifest's commands have, the document around it."""
        if isinstance(at, Place):
            return at
        for document in self._documents.get(at.file, ()):
            first = document.source.span(document.start, document.start).line
            last = document.source.span(document.end, document.end).line
            if first <= at.line <= last:
                return Place(document, ())
        return None

    def _owner(self, finding: Finding) -> Resource | None:
        """The innermost object that the finding is reported in."""
        at = self._place(finding.at)
        if at is None:
            return None
        candidates = self._resources.get(id(at.document), ())
        found = [item for item in candidates if at.path[: len(item.path)] == item.path]
        return max(found, key=lambda item: len(item.path), default=None)


def _comments(documents: Sequence[Document]) -> Iterator[Ignore]:
    """The ignores in a file's comments. A `#` inside a scalar is text, unless it may be a script.

    Nobody is told that one in a script is useless: it may be text all the same.
    """
    source = documents[0].source
    if MARK not in source.text:
        return
    lines = _Lines(source)
    unread = [document for document in documents if document.data is None and document.problems]
    ranges: list[tuple[int, int]] | None = None
    for match in _COMMENT.finditer(source.text):
        if ranges is None:
            ranges = sorted(item for document in documents for item in document.text_ranges())
        position = bisect_right(ranges, (match.start(), len(source.text))) - 1
        if position >= 0 and ranges[position][0] <= match.start() < ranges[position][1]:
            if concerns_manifest(source.text):
                yield _comment(lines, match, in_script=True, is_judged=False)
            continue
        is_read = not any(item.start <= match.start() < item.end for item in unread)
        yield _comment(lines, match, is_judged=is_read)


def _comments_in_script(source: Source) -> Iterator[Ignore]:
    """The ignores in the comments of a shell script, or of a file that holds some."""
    if MARK in source.text:
        lines = _Lines(source)
        for match in _COMMENT.finditer(source.text):
            yield _comment(lines, match, in_script=True)


def _comment(lines: _Lines, match: re.Match[str], *, in_script: bool = False, is_judged: bool = True) -> Ignore:
    span = lines.source.span(match.start(), match.end())
    rules = () if match["rules"] is None else tuple(name.strip() for name in match["rules"].split(","))
    about = lines.about(span)
    command = lines.command(about[-1]) if in_script else range(0)
    return CommentIgnore(
        span, rules, match["reason"].strip(), "comment", is_judged=is_judged, lines=about, command=command
    )


class _Lines:
    """What the lines of a source are to the comments in it. Each is looked at once, however many comments there are."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def about(self, span: Span) -> tuple[int, ...]:
        """The lines a comment is about: its own, and when it stands alone the next that is no comment."""
        if self.source.line(span.line)[: span.column - 1].strip():
            return (span.line,)
        return (span.line, self._following[span.line])

    def command(self, line: int) -> range:
        """A line with those that backslashes join to it: they are one command."""
        if line > len(self.source.line_starts):
            return range(line, line + 1)
        return self._commands[line - 1]

    @cached_property
    def _following(self) -> list[int]:
        """For each line by its number, the next below that is neither empty nor a comment, or the one past the last."""
        count = len(self.source.line_starts)
        following = [count + 1] * (count + 1)
        for number in range(count - 1, 0, -1):
            below = self.source.line(number + 1).strip()[:1]
            following[number] = following[number + 1] if below in ("", "#") else number + 1
        return following

    @cached_property
    def _commands(self) -> list[range]:
        count = len(self.source.line_starts)
        commands: list[range] = []
        while len(commands) < count:
            first = last = len(commands) + 1
            while last < count and self.source.line(last).endswith("\\"):
                last += 1
            commands += [range(first, last + 1)] * (last + 1 - first)
        return commands


def _annotations(resource: Resource) -> Iterator[Ignore]:
    """`klint.dev/ignore: "rule, rule: reason; rule: reason"` on an object or on its pod template."""
    places: dict[tuple[str | int, ...], tuple[str, Place]] = {}
    owners: tuple[Resource | PodTemplate, ...] = (resource, *(resource.pods if isinstance(resource, Workload) else ()))
    for owner in owners:
        if ANNOTATION in owner.annotations:
            place = owner.at("metadata", "annotations", ANNOTATION)
            places.setdefault(place.path, (owner.annotations[ANNOTATION], place))
    for text, place in places.values():
        for entry in _ANNOTATION_SEPARATOR.split(text.strip()):
            names, _, reason = entry.partition(":")
            rules = tuple(name.strip() for name in names.split(","))
            yield AnnotationIgnore(
                place, rules, reason.strip(), "annotation", document=resource.document, path=resource.path
            )
