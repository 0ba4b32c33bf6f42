"""The charts of a workspace as plain data, and their renderings before and after edits of what they are made of.

What is rendered is in no file: what ties it to others is taken down, and the texts that it is made of. A chart that
edits touch is rendered twice, from those texts (which the cache of renderings knows) and from what is there now. Of the
others those alone are rendered that are tied to it, that anything is said of, or that may matter anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from klint.engine import resources_of
from klint.incremental.division import Division, flat_ties, is_without_namespace
from klint.incremental.edited import by_file
from klint.incremental.reading import Changed
from klint.incremental.settled import Settled
from klint.intents import ANNOTATION
from klint.records import dataclass, replace
from klint.scripts.sources import adapter_for
from klint.suppress import MARK
from klint.text.document import Document
from klint.text.encoding import NotTextError, decode
from klint.workspace.discovery import may_be_manifests
from klint.workspace.overlay import OverlayTree
from klint.workspace.paths import relative_to, shown
from klint.workspace.rendered import Rendered
from klint.workspace.rendering import Rendering
from klint.workspace.tree import Tree
from klint.workspace.workspace import Workspace

Render = Callable[[Workspace, Collection[Path]], Rendered]
"""Renders the charts in some folders of a workspace."""

_NAMING = "Chart.yaml"
"""The file that has a chart's name, by which others look for it."""

_INSTALLING = "helmfile"
"""In the names of files that install charts otherwise than by themselves."""


@dataclass(frozen=True)
class _Chart:
    """A chart, with all its sets of values.

    `read` are the files that it is made of, as reports call them; `texts` are what a person writes of these. `rows` has
    by the name of each rendered source what ties it to others, and how many objects in it are local: one that
    `is_grouped` leaves namespaces open. What `is_wide` may matter anywhere.
    """

    folder: str
    read: list[str]
    texts: dict[str, str]
    rows: dict[str, list[Any]]
    is_grouped: bool
    is_wide: bool


@dataclass(frozen=True)
class KeptCharts:
    """The charts of a workspace; its renderings in their order, each with the number of its chart, what its target says
    (None where it is no Bundle) and whether klint turned it on; the folders that hold charts, and the files outside of
    them or with scripts.
    """

    charts: list[_Chart]
    renderings: list[tuple[str, int, Any, bool]]
    folders: list[str]
    others: list[str]

    @property
    def plain(self) -> list[Any]:
        """The same as JSON has it."""
        charts = [[getattr(item, name) for name in item.__match_args__] for item in self.charts]
        return [charts, self.renderings, self.folders, self.others]

    @classmethod
    def of(cls, plain: Sequence[Any]) -> KeptCharts:
        """What `plain` was.

        Raises:
            TypeError, ValueError: that was something else.
        """
        charts, renderings, folders, others = plain
        return cls(
            [_Chart(*item) for item in charts],
            [(name, number, told, is_off) for name, number, told, is_off in renderings],
            folders,
            others,
        )

    @property
    def size(self) -> int:
        """How many characters their texts have."""
        return sum(len(text) for item in self.charts for text in item.texts.values())

    @property
    def sizes(self) -> dict[str, int]:
        """How many objects are local in each rendered source."""
        return {name: size for item in self.charts for name, (_, size) in item.rows.items()}

    @property
    def written(self) -> Iterator[str]:
        """The files that a person writes of them, as reports call them."""
        return chain.from_iterable(item.texts for item in self.charts)

    def holding(self, path: Path) -> frozenset[int]:
        """The numbers of the charts that a file is part of."""
        name = shown(path)
        return frozenset(number for number, item in enumerate(self.charts) if name in item.read)

    def mattering_to(self, part: Collection[str]) -> frozenset[int]:
        """The numbers of the charts that are in a part of the workspace, or may matter anywhere."""
        names = frozenset(part)
        return frozenset(
            number
            for number, item in enumerate(self.charts)
            if item.is_wide or not (names.isdisjoint(item.rows) and names.isdisjoint(item.read))
        )

    def divide(self, division: Division) -> None:
        """Tell a Division what ties the renderings to others, and what they are made of to them."""
        made: dict[str, list[str]] = defaultdict(list)
        for item in self.charts:
            if item.is_grouped:
                division.group(item.rows)
                for file in item.read:
                    made[file].extend(item.rows)
            for name, (ties, size) in item.rows.items():
                division.tie(name, ties, size)
        for file, names in made.items():
            division.tie_to_groups(file, names)

    def put(self, workspace: Workspace, division: Division) -> None:
        """Tell a Division the objects of the renderings in a workspace."""
        grouped = {item.folder for item in self.charts if item.is_grouped}
        for rendering in workspace.renderings:
            resources = resources_of(workspace, rendering.documents)
            if str(rendering.chart) not in grouped:
                division.add_wide(resources)
                continue
            for name, found in by_file(resources).items():
                division.put(name, found)

    def rendered(self, workspace: Workspace, numbers: Collection[int], render: Render) -> list[Rendering] | None:
        """What some of the charts render to in a workspace; None where these are other renderings, or may be."""
        if not numbers:
            return []
        around = replace(workspace, charts=tuple(map(Path, self.folders)), others=tuple(map(Path, self.others)))
        made = render(around, [Path(self.charts[number].folder) for number in numbers])
        names = [name for name, number, *_ in self.renderings if number in numbers]
        if made.failures or made.is_cut_short or [item.name for item in made.renderings] != names:
            return None
        return [*made.renderings]

    def in_order(self, renderings: Sequence[Rendering]) -> tuple[Rendering, ...]:
        """Some renderings as they stand among all."""
        places = {name: place for place, (name, *_) in enumerate(self.renderings)}
        return tuple(sorted(renderings, key=lambda item: places[item.name]))

    def before(self, tree: Tree, root: Path, paths: Collection[Path]) -> Tree | None:
        """A Tree with what some of their files held; None where it may matter to more than their charts what is there
        now.
        """
        held: dict[Path, bytes | None] = {}
        for path in paths:
            text = next((item.texts[shown(path)] for item in self.charts if shown(path) in item.texts), None)
            if text is None or _is_script(path, root) or path.name == _NAMING or _INSTALLING in str(path):
                return None
            try:
                now = decode(tree.read(path))
            except (OSError, NotTextError):
                return None
            if now.has_bom or may_be_manifests(now.text) != may_be_manifests(text):
                return None
            held[path] = text.encode()
        return OverlayTree(tree, held)

    def edited(self, blank: Workspace, paths: Collection[Path], render: Render) -> EditedCharts | None:
        """What edits of some of their files change; None where that is more than what the objects in them say."""
        numbers = frozenset[int]().union(*map(self.holding, paths))
        tree = self.before(blank.tree, blank.root, paths)
        before = tree and self.rendered(replace(blank, tree=tree), numbers, render)
        now = before and self.rendered(blank, numbers, render)
        if not tree or not before or not now or [*map(_seen, before)] != [*map(_seen, now)]:
            return None
        old, new = (_by_source(found, blank) for found in (before, now))
        changed = {name: Changed(tuple(old[name]), tuple(new[name])) for name in old}
        return EditedCharts(numbers, tree, before, now, changed) if old.keys() == new.keys() else None

    def again(self, edited: EditedCharts, workspace: Workspace, division: Division) -> KeptCharts:
        """The same after these edits."""
        charts = [*self.charts]
        for number in edited.numbers:
            chart = charts[number]
            found = [item for item in edited.now if str(item.chart) == chart.folder]
            now = _with_renderings(chart, found, workspace, division, None)
            rows = {name: [[*ties, *chart.rows[name][0][3:]], size] for name, (ties, size) in now.rows.items()}
            charts[number] = replace(now, rows=rows)
        return replace(self, charts=charts)


class EditedCharts(NamedTuple):
    """Charts that edits touch, by their numbers: the Tree before; what they render to before and now; and the documents
    of that by the names of their sources.
    """

    numbers: frozenset[int]
    tree: Tree | None
    before: list[Rendering]
    now: list[Rendering]
    changed: Mapping[str, Changed]


NOT_EDITED = EditedCharts(frozenset(), None, [], [], {})


def charts_taken_down(
    workspace: Workspace, targets: Mapping[str, Any], division: Division, settled: Settled | None
) -> KeptCharts | None:
    """The charts of a workspace; None where more is rendered, or what is rendered follows from more than their files.

    Args:
        workspace: rendered.
        targets: what the targets of rendered Bundles say, by their names.
        division: takes the groups that the renderings are.
        settled: tells what of them looks for nothing elsewhere.
    """
    renderings = workspace.renderings
    if not renderings:
        return None if workspace.charts else KeptCharts([], [], [], [])
    if workspace.has_deployers or any(_INSTALLING in str(path) for path in workspace.others):
        return None
    made: dict[str, list[Rendering]] = defaultdict(list)
    for rendering in renderings:
        if rendering.chart is None or not rendering.read or rendering.delivery is not None:
            return None
        made[str(rendering.chart)].append(rendering)
    charts = [_Chart(folder, [], {}, {}, is_grouped=False, is_wide=True) for folder in made]
    charts = [_grouped(item, made[item.folder], workspace, division) for item in charts]
    charts = [_with_renderings(item, made[item.folder], workspace, division, settled) for item in charts]
    numbers = {item.folder: number for number, item in enumerate(charts)}
    rows = [
        (item.name, numbers[str(item.chart)], targets.get(item.name), item.exposure_on is not None)
        for item in renderings
    ]
    if len({name for name, *_ in rows}) < len(rows):
        return None
    folders = frozenset(workspace.charts)
    others = [path for path in workspace.others if folders.isdisjoint(path.parents) or _is_script(path, workspace.root)]
    return KeptCharts(charts, rows, [*map(str, workspace.charts)], [*map(str, others)])


def told_of(workspace: Workspace) -> set[str]:
    """The files and rendered sources of charts about which there is more to say than what their objects say."""
    found: set[str] = set()
    for rendering in workspace.renderings:
        documents = rendering.documents
        texts = [source.text for source in (*rendering.written, *(document.source for document in documents))]
        if (
            rendering.has_gaps
            or rendering.unread
            or rendering.absent_charts
            or rendering.problems
            or any(document.problems for document in documents)
            or any(MARK in text or ANNOTATION in text for text in texts)
        ):
            found.update(map(shown, rendering.read))
            found.update(document.source.path for document in documents)
    return found


def _grouped(chart: _Chart, made: Sequence[Rendering], workspace: Workspace, division: Division) -> _Chart:
    """A chart with the files that it is made of, as a group if none of what it renders to is in a namespace."""
    resources = [item for rendering in made for item in resources_of(workspace, rendering.documents)]
    names = {item.document.source.path for item in resources}
    read = sorted({shown(path) for rendering in made for path in rendering.read})
    is_grouped = is_without_namespace(resources) and names.isdisjoint(read)
    if is_grouped:
        division.group(names)
    return replace(chart, read=read, is_grouped=is_grouped)


def _with_renderings(
    chart: _Chart, made: Sequence[Rendering], workspace: Workspace, division: Division, settled: Settled | None
) -> _Chart:
    """A chart with what there is to take down of what it renders to."""
    rows: dict[str, list[Any]] = {}
    is_wide = not chart.is_grouped
    resources_made = chain.from_iterable(resources_of(workspace, rendering.documents) for rendering in made)
    for name, resources in by_file(resources_made).items():
        local, widely = division.divided(resources)
        asking = [item for item in local if not settled.holds(item)] if settled else None
        rows[name] = [flat_ties(local, asking=asking), len(local)]
        is_wide = is_wide or bool(widely)
    texts = {source.path: source.text for rendering in made for source in rendering.written if not source.has_bom}
    return replace(chart, texts=texts, rows=rows, is_wide=is_wide)


def _by_source(made: Sequence[Rendering], workspace: Workspace) -> dict[str, list[Document]]:
    """The documents of renderings that hold objects, by the names of their sources."""
    found: dict[str, list[Document]] = defaultdict(list)
    for document in chain.from_iterable(rendering.documents for rendering in made):
        if resources_of(workspace, [document]):
            found[document.source.path].append(document)
    return found


def _is_script(path: Path, root: Path) -> bool:
    """Whether a file may carry scripts, by its path."""
    return not path.suffix or bool(adapter_for(relative_to(root, path)))


def _seen(rendering: Rendering) -> tuple[Any, ...]:
    """What of a rendering others than its own objects may follow from."""
    turned_on = rendering.exposure_on
    return (
        (rendering.name, rendering.paths, rendering.consumed, rendering.read, rendering.gaps, rendering.values),
        (rendering.unread, rendering.has_gaps, len(rendering.absent_charts), turned_on and turned_on.is_whole),
        [document.source.path for document in rendering.documents],
    )
