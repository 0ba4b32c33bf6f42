"""What is known of a workspace as plain data, for a later run to take up after a few edits.

What is taken down has every file's text, and what ties it to others. What is taken up is less than was linted: the part
that the edits touch, the files that anything was said of and what these are tied to, and all that may matter anywhere.
Whoever takes it up sees by what is said of that whether it is as good as the whole. What follows from the edits is then
found as after any edit: see `klint.incremental.edited`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.engine import Joined, Report, resources_of
from klint.incremental.division import Division, concerns_others, ties_of
from klint.incremental.edited import (
    SHARE,
    Judge,
    Known,
    by_file,
    files_told_of,
    is_slight,
    judged,
    patterns_of,
    witnesses,
)
from klint.incremental.local import runs_for_others
from klint.incremental.reading import Reading, with_files_read_again
from klint.intents import ANNOTATION
from klint.kube.resource import Resource
from klint.records import dataclass, replace
from klint.suppress import MARK
from klint.text.document import Document
from klint.text.source import Source
from klint.workspace.bundles import OBJECTS, Bundle
from klint.workspace.discovery import is_relevant
from klint.workspace.paths import shown
from klint.workspace.target import Target, Targets
from klint.workspace.workspace import Workspace

MAX_TEXT = 32 * 2**20
"""Characters of all files: what has more is not taken down."""


@dataclass(frozen=True)
class _Row:
    """A file: its text, the number of the bundle that it is in (-1 for none), and what the division has of it."""

    relative: str
    text: str
    has_bom: bool
    bundle: int
    is_apart: bool
    ties: list[list[str]]
    size: int
    is_wide: bool

    @property
    def plain(self) -> list[Any]:
        """The same as a list."""
        return [getattr(self, name) for name in self.__match_args__]


@dataclass(frozen=True)
class Kept:
    """A workspace taken down: its files in their order, bundles, the patterns that texts were searched for, and the
    files that are looked at whatever is edited."""

    files: dict[str, _Row]
    bundles: list[list[Any]]
    patterns: list[list[Any]]
    around: list[str]

    @property
    def plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        rows = {name: row.plain for name, row in self.files.items()}
        return {"files": rows, "bundles": self.bundles, "patterns": self.patterns, "around": self.around}

    @classmethod
    def of(cls, plain: Any) -> Kept | None:
        """What `plain` was; None if that was something else."""
        try:
            rows = {str(name): _Row(*row) for name, row in plain["files"].items()}
            return cls(rows, plain["bundles"], plain["patterns"], plain["around"])
        except (TypeError, KeyError, AttributeError):
            return None


@dataclass(frozen=True)
class TakenUp:
    """What is known of the part of a workspace that matters to edits, and the edits."""

    kept: Kept
    known: Known
    reading: Reading


def taken_down(report: Report, joined: Joined) -> Kept | None:
    """All of a workspace; None where there is more to it than plain manifests, or it is too large."""
    workspace = report.workspace
    sources = {document.source.path: document.source for document in workspace.documents}
    if not _is_plain(report, joined) or sum(len(source.text) for source in sources.values()) > MAX_TEXT:
        return None
    places: dict[str, int] = {}
    for number, bundle in enumerate(joined.bundles):
        for item in bundle.resources:
            if places.setdefault(item.document.source.path, number) != number or OBJECTS in item.path:
                return None  # the objects of a Template need not be in the order, nor in the bundle, of their file
    division = Division(patterns_of(joined))
    objects = by_file(joined.resources)
    rows = {
        name: _row(source, places.get(name, -1), name in joined.apart, division, objects.get(name, ()))
        for name, source in sources.items()
    }
    return Kept(
        rows,
        [[bundle.name, _told(bundle.target)] for bundle in joined.bundles],
        [[pattern.pattern, pattern.flags] for pattern in division.patterns],
        _around(report, joined, rows),
    )


def taken_down_again(before: TakenUp, after: Known) -> Kept:
    """All of it after the edits, of which only their files are other ones."""
    rows = dict(before.kept.files)
    for name, (_, now) in before.reading.changed.items():
        row, resources = rows[name], resources_of(after.report.workspace, now)
        rows[name] = _row(now[0].source, row.bundle, row.is_apart, after.division, resources)
    return replace(before.kept, files=rows, around=_around(after.report, after.joined, rows))


def taken_up(kept: Kept, blank: Workspace, paths: Collection[Path], judge: Judge) -> TakenUp | None:
    """What was known before a few edits; None where they may touch more than a part.

    Args:
        kept: what was taken down.
        blank: a workspace without documents, with the Tree as it is now.
        paths: the files that are other ones now, absolute.
        judge: lints what resources are joined to.
    """
    names = {shown(path) for path in paths}
    if not kept.files.keys() >= names:
        return None
    files = _Files(kept, blank)
    reading = with_files_read_again(files.workspace(names), blank.tree, paths, ())
    if reading is None or reading.changed.keys() != names:
        return None
    division = files.division
    for name, file in reading.changed.items():
        before, now = (resources_of(blank, documents) for documents in file)
        if not is_slight(file, reading.workspace, division) or concerns_others(before, now):
            return None
        division.put(name, now)
    part = division.part((*names, *kept.around))
    for name, file in reading.changed.items():
        division.put(name, resources_of(blank, file.before))
    part |= division.part((*names, *kept.around))
    total = sum(row.size for row in kept.files.values())
    if sum(kept.files[name].size for name in part) * SHARE > total:
        return None
    workspace = files.workspace({*part, *(name for name, row in kept.files.items() if row.is_wide)})
    for name, resources in files.resources.items():
        division.put(name, resources)
    wide = division.widely
    workspace = replace(
        workspace,
        documents=tuple(item for item in workspace.documents if item.source.path in part or id(item) in wide.documents),
        unread=frozenset(kept.files),
    )
    joined = files.joined(workspace, lambda item: item.document.source.path in part or id(item) in wide.objects)
    report = joined and judged(workspace, joined, part, wide, division, judge)
    if not report or not joined:
        return None
    report = replace(
        report,
        workspace=workspace,
        bundles=joined.bundles,
        findings=tuple(item for item in report.findings if item.span.file in part),
        suppressed=tuple(item for item in report.suppressed if item.finding.span.file in part),
        consequences=tuple(item for item in report.consequences if item.span.file in part),
    )
    again = with_files_read_again(workspace, blank.tree, paths, ())
    return TakenUp(kept, Known(report, joined, division), again) if again else None


class _Files:
    """The files that were taken down, read from their texts when they are asked for."""

    def __init__(self, kept: Kept, blank: Workspace) -> None:
        self.kept, self.blank = kept, blank
        self.division = Division(frozenset(re.compile(text, flags) for text, flags in kept.patterns))
        for name, row in kept.files.items():
            self.division.tie(name, row.ties, row.size)
        self.resources: dict[str, list[Resource]] = {}
        """The objects of what was asked for, by file."""

    def workspace(self, names: Collection[str]) -> Workspace:
        """The workspace with some of its files alone."""
        documents: list[Document] = []
        for name, row in self.kept.files.items():
            if name in names:
                source = Source(name, row.text, row.relative, has_bom=row.has_bom)
                found = [item for item in self.blank.parsed.documents(source) if is_relevant(item)]
                self.resources[name] = resources_of(self.blank, found)
                documents.extend(found)
        return replace(self.blank, documents=tuple(documents))

    def joined(self, workspace: Workspace, is_wanted: Callable[[Resource], bool]) -> Joined | None:
        """Some of the objects of a workspace in their bundles; None where these go elsewhere."""
        targets = Targets(workspace.config, workspace.documents)
        members: dict[int, list[Resource]] = defaultdict(list)
        for name, row in self.kept.files.items():
            members[row.bundle].extend(filter(is_wanted, self.resources.get(name, ())))
        bundles = []
        for number, (called, told) in enumerate(self.kept.bundles):
            target = _target(told, targets.target(members[number]))
            if members[number] and _told(target) != told:
                return None
            bundles.append(Bundle(called, tuple(members[number]), target))
        destinations = {item.document.source.path: bundle.target for bundle in bundles for item in bundle.resources}
        apart = frozenset(name for name, row in self.kept.files.items() if row.is_apart)
        unread = [document.text for document in workspace.documents if document.data is None]
        return Joined.of(tuple(bundles), (), targets, destinations, apart, (unread, ()))


def _row(source: Source, bundle: int, is_apart: bool, division: Division, resources: Sequence[Resource]) -> _Row:
    local, widely = division.divided(resources)
    ties = [[*found] for found in ties_of(local)]
    return _Row(source.relative, source.text, source.has_bom, bundle, is_apart, ties, len(local), bool(widely))


def _is_plain(report: Report, joined: Joined) -> bool:
    """Whether there is nothing to a workspace but manifests: nothing that could be rendered, and no scripts."""
    workspace = report.workspace
    others = (workspace.renderings, workspace.charts, workspace.kustomizations, workspace.scripts, workspace.unfollowed)
    return not (
        any(others)
        or report.failures
        or report.known
        or workspace.piped
        or workspace.config.exposure
        or joined.targets.are_told_by_documents
        or any(document.source.is_oversized for document in workspace.documents)
        or not all(rule.is_built_in for rule in report.rules)
    )


def _around(report: Report, joined: Joined, rows: Mapping[str, _Row]) -> list[str]:
    """The files that anything is said of, those that others lean on, and those that are no plain objects alone."""
    found = files_told_of(report)
    for bundle in joined.bundles:
        first = witnesses(bundle)
        found.update(item.document.source.path for item in bundle.resources if id(item) in first)
    for item in joined.resources:
        name = item.document.source.path
        if rows[name].is_wide and runs_for_others(item):
            found.add(name)
    whole = {id(item.document) for item in joined.resources}
    last = None
    for document in report.workspace.documents:
        source = document.source
        if document.problems or id(document) not in whole:
            found.add(source.path)
        if source is not last and (MARK in source.text or ANNOTATION in source.text):
            found.add(source.path)
        last = source
    return sorted(found)


def _told(target: Target) -> list[Any]:
    """What a target says, as far as it can be told in words."""
    ports = target.node_ports
    return [
        [target.environment, target.platform, target.told_by, target.environment_reason, [*target.reasons]],
        [target.kubernetes and [*target.kubernetes], ports.first, ports.last, repr(target.exists), len(target.objects)],
        [target.is_closed_world, target.must_declare_exposure, target.cluster],
    ]


def _target(told: Sequence[Any], target: Target) -> Target:
    """A target with what was guessed from all of a bundle, where this one was found from some of it."""
    environment, platform, told_by, environment_reason, reasons = told[0]
    return replace(
        target,
        environment=environment,
        platform=platform,
        told_by=told_by,
        environment_reason=environment_reason,
        reasons=tuple(reasons),
    )
