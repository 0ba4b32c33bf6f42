"""What is known of a workspace as plain data, for a later run to take up after a few edits.

What is taken down has every file's text, and what ties it to others; what there is of charts is in
`klint.incremental.charts`. What is taken up is less than was linted: the part that the edits touch, the files that
anything was said of and what these are tied to, and all that may matter anywhere. Whoever takes it up sees by what is
said of that whether it is as good as the whole. What follows from the edits is then found as after any edit: see
`klint.incremental.edited`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.engine import Joined, Report, rendered_bundle, resources_of
from klint.incremental.charts import NOT_EDITED, EditedCharts, KeptCharts, Render, charts_taken_down, told_of
from klint.incremental.division import BeyondError, Division, concerns_others, flat_ties
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
from klint.incremental.reading import Changed, Reading, with_files_read_again
from klint.incremental.settled import Settled
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
    files that are looked at whatever is edited; and the charts."""

    files: dict[str, _Row]
    bundles: list[list[Any]]
    patterns: list[list[Any]]
    around: list[str]
    charts: KeptCharts

    @property
    def plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        rows = {name: row.plain for name, row in self.files.items()}
        known = {"files": rows, "bundles": self.bundles, "patterns": self.patterns, "around": self.around}
        return {**known, "charts": self.charts.plain}

    @classmethod
    def of(cls, plain: Any) -> Kept | None:
        """What `plain` was; None if that was something else."""
        try:
            rows = {str(name): _Row(*row) for name, row in plain["files"].items()}
            charts = KeptCharts.of(plain["charts"])
            return cls(rows, plain["bundles"], plain["patterns"], plain["around"], charts)
        except (TypeError, ValueError, KeyError, AttributeError):
            return None

    def is_small(self, part: Collection[str], charts: Collection[int]) -> bool:
        """Whether a part, and the charts that matter to it, are few enough for the rest to be left."""
        sizes = {name: row.size for name, row in self.files.items()} | self.charts.sizes
        is_few = len(charts) * SHARE <= len(self.charts.charts)
        return is_few and sum(sizes.get(name, 0) for name in part) * SHARE <= sum(sizes.values())


@dataclass(frozen=True)
class TakenUp:
    """What is known of the part of a workspace that matters to edits, and the edits."""

    kept: Kept
    known: Known
    reading: Reading
    charts: EditedCharts


def taken_down(report: Report, joined: Joined) -> Kept | None:
    """All of a workspace; None where there is more to it than plain manifests and charts, or it is too large."""
    workspace = report.workspace
    sources = {document.source.path: document.source for document in workspace.documents}
    if not _is_plain(report, joined):
        return None
    rendered = [bundle for bundle in joined.bundles if bundle.is_rendered]
    off = [graph.bundle for graph in joined.off]
    division = Division(patterns_of(joined))
    targets = {item.name: _told(item.target) for item in (*rendered, *off)}
    charts = charts_taken_down(workspace, targets, division, Settled(joined) if targets else None)
    if charts is None or charts.size + sum(len(source.text) for source in sources.values()) > MAX_TEXT:
        return None
    bundles = joined.bundles[: len(joined.bundles) - len(rendered)]
    places: dict[str, int] = {}
    for number, bundle in enumerate(bundles):
        for item in bundle.resources:
            if places.setdefault(item.document.source.path, number) != number or OBJECTS in item.path:
                return None  # the objects of a Template need not be in the order, nor in the bundle, of their file
    objects = by_file(joined.resources)
    are_met = bool(charts.charts)
    rows = {
        name: _row(source, places.get(name, -1), name in joined.apart, division, objects.get(name, ()), are_met=are_met)
        for name, source in sources.items()
    }
    return Kept(
        rows,
        [[bundle.name, _told(bundle.target)] for bundle in bundles],
        [[pattern.pattern, pattern.flags] for pattern in division.patterns],
        _around(report, joined, rows),
        charts,
    )


def taken_down_again(before: TakenUp, after: Known) -> Kept:
    """All of it after the edits, of which only their files are other ones."""
    rows, workspace, division = dict(before.kept.files), after.report.workspace, after.division
    charts, are_met = before.kept.charts, bool(before.kept.charts.charts)
    for name in rows.keys() & before.reading.changed.keys():
        row, (_, now) = rows[name], before.reading.changed[name]
        resources = resources_of(workspace, now)
        rows[name] = _row(now[0].source, row.bundle, row.is_apart, division, resources, are_met=are_met)
    charts = charts.again(before.charts, workspace, division)
    return replace(before.kept, files=rows, around=_around(after.report, after.joined, rows), charts=charts)


def taken_up(kept: Kept, blank: Workspace, paths: Collection[Path], judge: Judge, render: Render) -> TakenUp | None:
    """What was known before a few edits; None where they may touch more than a part.

    Args:
        kept: what was taken down.
        blank: a workspace without documents, with the Tree as it is now.
        paths: the files that are other ones now, absolute.
        judge: lints what resources are joined to.
        render: renders charts.
    """
    charts = kept.charts
    inside = [path for path in paths if charts.holding(path)]
    outside = [path for path in paths if path not in inside]
    names = {shown(path) for path in outside}
    if not kept.files.keys() >= names or any(shown(path) in kept.files for path in inside):
        return None
    files = _Files(kept, blank)
    reading = with_files_read_again(files.workspace(names), blank.tree, outside, ())
    if reading is None or reading.changed.keys() != names:
        return None
    edited = charts.edited(blank, inside, render) if inside else NOT_EDITED
    if edited is None:
        return None
    division, changed = files.division, {**reading.changed, **edited.changed}
    try:
        part = _part(kept, blank, changed, division)
    except BeyondError:
        return None
    numbers = charts.mattering_to(part)
    before = replace(blank, tree=edited.tree or blank.tree)
    others = charts.rendered(before, numbers - edited.numbers, render) if kept.is_small(part, numbers) else None
    if others is None:
        return None
    workspace = files.workspace({*part, *(name for name, row in kept.files.items() if row.is_wide)})
    workspace = replace(workspace, renderings=charts.in_order((*edited.before, *others)))
    for name, resources in files.resources.items():
        division.put(name, resources)
    charts.put(workspace, division)
    if charts.charts and not _is_whole(part, kept, changed, division):
        return None
    wide = division.widely
    workspace = replace(
        workspace,
        documents=tuple(item for item in workspace.documents if item.source.path in part or id(item) in wide.documents),
        unread=frozenset((*kept.files, *charts.written)),
    )
    joined = files.joined(workspace, lambda item: item.document.source.path in part or id(item) in wide.objects)
    around = joined and judged(workspace, joined, part, wide, division, judge)
    if not around or not joined:
        return None
    report = replace(
        around,
        workspace=workspace,
        bundles=joined.bundles,
        findings=tuple(item for item in around.findings if item.span.file in part),
        suppressed=tuple(item for item in around.suppressed if item.finding.span.file in part),
        consequences=tuple(item for item in around.consequences if item.span.file in part),
    )
    again = with_files_read_again(workspace, blank.tree, outside, ())
    if again is None:
        return None
    now = replace(again.workspace, renderings=charts.in_order((*edited.now, *others)))
    again = Reading(now, {**again.changed, **edited.changed})
    return TakenUp(kept, Known(report, joined, division, (part, around)), again, edited)


def _is_whole(part: frozenset[str], kept: Kept, changed: Collection[str], division: Division) -> bool:
    """Whether a part is tied to nothing else, now that what may matter anywhere is known."""
    try:
        return division.part((*changed, *kept.around)) <= part
    except BeyondError:
        return False


def _part(kept: Kept, blank: Workspace, changed: Mapping[str, Changed], division: Division) -> frozenset[str]:
    """What edits touch, and what is looked at whatever is edited.

    Raises:
        BeyondError: they may touch anything.
    """
    for name, file in changed.items():
        before, now = (resources_of(blank, documents) for documents in file)
        if not is_slight(file, blank, division) or concerns_others(before, now):
            raise BeyondError
        division.put(name, now)
    part = division.part((*changed, *kept.around))
    for name, file in changed.items():
        division.put(name, resources_of(blank, file.before))
    return part | division.part((*changed, *kept.around))


class _Files:
    """The files that were taken down, read from their texts when they are asked for."""

    def __init__(self, kept: Kept, blank: Workspace) -> None:
        self.kept, self.blank = kept, blank
        self.division = Division(frozenset(re.compile(text, flags) for text, flags in kept.patterns))
        for name, row in kept.files.items():
            self.division.tie(name, row.ties, row.size)
        kept.charts.divide(self.division)
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
        rendered = self._rendered(workspace, targets)
        if rendered is None:
            return None
        off = [bundle for bundle in rendered if bundle.exposure_on is not None]
        bundles += [bundle for bundle in rendered if bundle.exposure_on is None]
        destinations = {item.document.source.path: bundle.target for bundle in bundles for item in bundle.resources}
        apart = {name for name, row in self.kept.files.items() if row.is_apart}
        apart.update(
            item.document.source.path
            for bundle in rendered
            for item in bundle.resources
            if bundle.exposure_on is None and targets.is_fixture(item.document.source.relative)
        )
        unread = [document.text for document in workspace.documents if document.data is None]
        unrendered = tuple(dict.fromkeys(text for rendering in workspace.renderings for text in rendering.unread))
        return Joined.of(tuple(bundles), off, targets, destinations, frozenset(apart), (unread, unrendered))

    def _rendered(self, workspace: Workspace, targets: Targets) -> list[Bundle] | None:
        """The Bundles of what is rendered, with nothing in those that are not at hand; None where they go elsewhere."""
        renderings = {item.name: item for item in workspace.renderings}
        found = []
        for name, _, told, is_off in self.kept.charts.renderings:
            if told is None or (is_off and name not in renderings):
                continue
            if name not in renderings:
                found.append(Bundle(name, (), _target(told, targets.target(())), is_rendered=True))
                continue
            bundle = rendered_bundle(workspace, renderings[name], targets)
            target = _target(told, bundle.target)
            if _told(target) != told:
                return None
            found.append(replace(bundle, target=target))
        return found


def _row(
    source: Source, bundle: int, is_apart: bool, division: Division, resources: Sequence[Resource], *, are_met: bool
) -> _Row:
    local, widely = division.divided(resources)
    ties = flat_ties(local, asking=local if are_met else None)
    return _Row(source.relative, source.text, source.has_bom, bundle, is_apart, ties, len(local), bool(widely))


def _is_plain(report: Report, joined: Joined) -> bool:
    """Whether there is nothing to a workspace but manifests and charts: no kustomizations, and no scripts."""
    workspace = report.workspace
    others = (workspace.kustomizations, workspace.scripts, workspace.unfollowed)
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
    found = files_told_of(report) | told_of(report.workspace)
    for bundle in joined.bundles:
        first = witnesses(bundle) if not bundle.is_rendered else ()
        found.update(item.document.source.path for item in bundle.resources if id(item) in first)
    for item in joined.resources:
        name = item.document.source.path
        if (name not in rows or rows[name].is_wide) and runs_for_others(item):
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
