"""The charts of a workspace, each with its sets of values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from klint.errors import Failure
from klint.records import cached_property, replace
from klint.render.budget import Budget, chart_budget
from klint.render.cache import Cache
from klint.render.helm.answer import Answer
from klint.render.helm.charts import Chart, ChartError, find_charts, read_chart
from klint.render.helm.dependencies import with_dependencies
from klint.render.helm.engines import find_helm
from klint.render.helm.gaps import past_limits, unread
from klint.render.helm.installed.installation import Installation, Released
from klint.render.helm.installed.scripts import installing
from klint.render.helm.rendering import render_chart
from klint.render.helm.templates import Templates, request
from klint.render.helm.values import ValueSet
from klint.render.helm.values_files import sets_beside, value_sets, values_beside
from klint.render.jobs import Job, without_tool, workers
from klint.render.outcomes import RenderError, outcome
from klint.text.document import Document
from klint.workspace.paths import relative_to, shown
from klint.workspace.rendering import Gap, Rendering, Sources
from klint.workspace.unfollowed import ELSEWHERE, Unfollowed
from klint.workspace.workspace import PassedOver, Workspace

if TYPE_CHECKING:
    from klint.render.helm.engines import Helm
    from klint.render.helm.installed.flux import FluxHelm
    from klint.render.helm.switches import Switches
    from klint.workspace.deployers.argo.applications import ArgoCD
    from klint.workspace.deployers.delivery import Delivery


_UNFINISHED = "what its chart renders to is changed by kustomize, which is not installed"


class PostRenderer(Protocol):
    """Changes what charts render to, as whoever installs them says."""

    @property
    def is_available(self) -> bool:
        """Whether there is what does it."""

    def post_rendered(self, rendering: Rendering, values: ValueSet) -> Rendering:
        """What a chart renders to after the post-renderers of its values."""


class ChartJobs:
    """The charts of a workspace, and the processes that render them.

    `post_renderer` is given once it is known.
    """

    def __init__(
        self,
        workspace: Workspace,
        sources: Sources,
        cache: Cache,
        budget: Budget,
        failures: list[Failure],
        only: Collection[Path] | None = None,
    ) -> None:
        """Render the charts of a workspace, or `only` those in some folders."""
        self.workspace = workspace
        self.sources = sources
        self.cache = cache
        self.budget = budget
        self.failures = failures
        self.only = only
        self.root = workspace.tree.root
        self.tree = sources.tree
        self._read: dict[Path, Chart | None] = {}
        self._too_large: dict[Path, str] = {}
        self._by_name: defaultdict[str, list[Chart]] | None = None
        self._argo: ArgoCD | None = None
        self._flux: FluxHelm | None = None
        self._followed: dict[object, Installation] = {}
        self._names: Counter[tuple[Path | None, str]] = Counter()
        self._templates: dict[Path, Templates | None] = {}
        self._sets: defaultdict[Path, list[ValueSet]] = defaultdict(list)
        self._plain: defaultdict[Path, dict[str, tuple[Path, ...]]] = defaultdict(dict)
        self._installed_with: defaultdict[Path, set[Path]] = defaultdict(set)
        self._rendered: set[int] = set()
        self._unfinished: list[Unfollowed] = []
        self._left_off: list[tuple[Path, Switches]] = []
        self.idle: SimpleQueue[Helm] = SimpleQueue()
        self.started: list[Helm] = []
        self.post_renderer: PostRenderer | None = None
        most = workers() if only is None else min(workers(), len(only))
        for _ in range(most if workspace.charts or workspace.kustomizations else 0):
            helm = find_helm()
            if helm is not None:
                self.started.append(helm)
                self.idle.put(helm)

    @property
    def has_helm(self) -> bool:
        """Whether anything renders charts."""
        return bool(self.started)

    def jobs(self) -> Iterator[Job]:
        """A job for each chart and set of values."""
        folders = self._folders
        if not folders:
            return
        if not self.has_helm:
            files = [folder / "Chart.yaml" for folder in folders]
            outcome = "not rendered and so not linted"
            yield Job("", partial(without_tool, files, "Helm chart", outcome, "helm", self.sources))
            return
        for folder in folders:
            templates = self._templates_at(folder)
            if folder in self._too_large:
                yield Job(shown(folder), partial(self._unrendered, folder, self._too_large[folder]))
            if templates is None:
                continue
            found = (
                *value_sets(templates.chart, lambda name: bool(self._named(name))),
                *sets_beside(templates.chart, self._beside.get(folder, ()), self.sources),
            )
            released = self._released
            plain = [values for values in found if released.files.isdisjoint(values.files)]
            configured = [*self._configured(folder)]
            named = {values.name for values in configured}
            self._plain[folder] = {values.name: values.files for values in plain if values.name not in named}
            for values in (*plain, *configured):
                yield self._job(templates, values)
            for values, delivery in released.sets.get(folder, ()):
                if self._can_finish(values):
                    yield self._job(templates, values, delivery)
                else:
                    file = delivery.by.document.source.path
                    self._unfinished.append(Unfollowed("helmfile release", delivery.by.name, file, _UNFINISHED))
            for written in self._commanded.get(folder, ()):
                values = replace(written, name=self._unlike_others(folder, written.name))
                yield self._job(templates, values, is_installed=True)

    def following(self, documents: Sequence[Document], deliveries: Mapping[int, Delivery]) -> Iterator[Job]:
        """A job for each set of values that GitOps objects among some documents install a chart with, each once.

        `deliveries` has what deploys a document, by its id.
        """
        from klint.render.helm.installations import installations  # most workspaces have nothing that deploys
        from klint.render.helm.installed.flux import FluxHelm

        self._flux = self._flux or FluxHelm(self.tree)
        folders = frozenset(self._folders)
        for written in installations(documents, self.tree, self.argo_cd, self._flux):
            found = replace(written, delivery=written.delivery or deliveries.get(id(written.document)))
            if found.identity in self._followed:
                continue
            self._followed[found.identity] = found
            is_rendered = self.has_helm and self._can_finish(found.values) and found.folder in folders
            templates = self._templates_at(found.folder) if is_rendered and found.folder else None
            if templates is not None:
                values = replace(found.values, name=self._unlike_others(found.folder, found.values.name))
                yield self._job(templates, values, found.delivery, is_installed=True)

    def _can_finish(self, values: ValueSet) -> bool:
        """Whether what renders with some values can be changed as it is to be afterwards."""
        renderer = self.post_renderer
        return not values.post_renderers or (renderer is not None and renderer.is_available)

    def _unlike_others(self, folder: Path | None, name: str) -> str:
        """A name for a set of values that no other set of the chart's has."""
        self._names[folder, name] += 1
        number = self._names[folder, name]
        return name if number == 1 else f"{name} ({number})"

    def is_superseded(self, rendering: Rendering) -> bool:
        """Whether it has a file of values by itself that something else installs the chart with, maybe among others."""
        folder = rendering.chart
        if folder is None or rendering.delivery is not None or rendering.exposure_on is not None:
            return False
        return not self._installed_with[folder].isdisjoint(self._plain[folder].get(rendering.values, ()))

    def installed(self) -> set[Path]:
        """The folders of the charts that something installs."""
        return {found.folder for found in self._followed.values() if found.folder is not None}

    def argo_cd(self) -> ArgoCD:
        """What Argo CD knows of the workspace."""
        if self._argo is None:
            from klint.workspace.deployers.argo.applications import ArgoCD  # most workspaces have nothing of it

            self._argo = ArgoCD(self.tree, self.workspace.documents)
        return self._argo

    @cached_property
    def _folders(self) -> list[Path]:
        """The folders of charts that are rendered by themselves."""
        return find_charts(self.workspace.charts if self.only is None else self.only, self.tree)

    def _templates_at(self, folder: Path) -> Templates | None:
        """The templates of the chart in a folder, put together once; None of a library, and of what is too large."""
        if folder not in self._templates:
            chart = self._at(folder)
            self._templates[folder] = None
            try:
                if chart is not None and not chart.is_library:
                    self._templates[folder] = self.templates(chart)
            except ChartError as error:
                self._too_large[folder] = str(error)
        return self._templates[folder]

    def _job(
        self, templates: Templates, values: ValueSet, delivery: Delivery | None = None, *, is_installed: bool = False
    ) -> Job:
        folder = templates.chart.folder
        if values.is_without_own:
            files = {name: file for name, file in templates.chart.files.items() if name != "values.yaml"}
            templates = Templates(replace(templates.chart, files=files), templates.budget)
        self._sets[folder].append(values)
        return Job(
            f"{shown(folder)} {values.name}",
            partial(self._render, templates, values, delivery, is_installed=is_installed),
            folder / "Chart.yaml",
            partial(unread, templates, values, self.sources),
        )

    def with_exposure_on(self) -> Iterator[Job]:
        """A job for each chart that can expose what none of the sets of values has on that it is rendered with."""
        for folder, sets in self._sets.items() if self.workspace.config.exposure_on else ():
            templates = self._templates_at(folder)
            rendered = [values for values in sets if id(values) in self._rendered]
            if templates is not None and rendered:
                yield from self._with_exposure_on(templates, rendered)

    def _with_exposure_on(self, templates: Templates, sets: Sequence[ValueSet]) -> Iterator[Job]:
        from klint.render.helm.exposure import ExposedChart

        exposed = ExposedChart(templates, self.sources, self.cache, base=sets[0])
        switches = exposed.sets(sets)
        folder = templates.chart.folder

        def make() -> tuple[Rendering, ...]:
            return tuple(
                exposed.renderings(
                    switches,
                    lambda values: self.answer(templates, values),
                    lambda left_off: self._left_off.append((folder, left_off)),
                )
            )

        if switches:
            yield Job(f"{shown(folder)} with exposure on", make, folder / "Chart.yaml", is_extra=True)

    @cached_property
    def _released(self) -> Released:
        """What helmfiles install. Their values are layers, and no sets of values by themselves."""
        files = [path for path in self.workspace.others if "helmfile" in str(path)]
        if not files:
            return Released()
        from klint.render.helm.installed.helmfile import released  # most workspaces have none

        return released(files, self.sources)

    @cached_property
    def _commanded(self) -> Mapping[Path, Sequence[ValueSet]]:
        """What commands in scripts and pipelines install."""
        scripts = [*installing(self.workspace.others, self.tree, self.root)]
        if not scripts:
            return {}
        from klint.render.helm.installed.commands import commanded  # most scripts install no charts

        return commanded(scripts, self.tree, self.root)

    @cached_property
    def _beside(self) -> Mapping[Path, Sequence[Path]]:
        """The files of values that lie outside of all charts, by the chart's folder."""

        def names() -> Mapping[Path, str]:
            return {folder: chart.name for folder in self.workspace.charts if (chart := self._at(folder))}

        return values_beside(self.workspace.charts, names, self.workspace.others, self.root)

    def templates(self, chart: Chart) -> Templates:
        """A chart's templates, with those of its dependencies as far as the workspace has them.

        Raises:
            ChartError: it cannot be put together.
        """
        return Templates(with_dependencies(chart, self._at, self._named), chart_budget(self.budget))

    def _at(self, folder: Path) -> Chart | None:
        """The chart in a folder, read once."""
        if folder not in self._read:
            self._read[folder] = None
            if self.tree.is_file(folder / "Chart.yaml"):
                try:
                    chart = self._read[folder] = read_chart(folder, self.tree)
                    for file in chart.files.values():
                        if file.disk is not None:
                            self.sources.hold(file.disk, file.data)
                except ChartError as error:
                    self._too_large[folder] = str(error)
        return self._read[folder]

    def _named(self, name: str) -> list[Chart]:
        """The charts of the workspace that have a name."""
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for folder in sorted(self.workspace.charts):
                chart = self._at(folder)
                if chart is not None:
                    self._by_name[chart.name].append(chart)
        return self._by_name.get(name, [])

    def _configured(self, folder: Path) -> Iterator[ValueSet]:
        """The sets of values that the configuration lists for a chart."""
        root = self.workspace.root
        for index, item in enumerate(self.workspace.config.charts):
            if not item.path.match(relative_to(root, folder) + "/"):
                continue
            files = tuple(root / name for name in item.values)
            for file in files:
                if not self.tree.is_file(file):
                    message = "The workspace has no such values file"
                    self.failures.append(Failure(shown(file), message, "Mend `charts` in .klint.yaml"))
            values = ValueSet(
                name=item.name or ", ".join((*item.values, *item.sets)) or item.release or "settings",
                files=tuple(file for file in files if self.tree.is_file(file)),
                sets=item.sets,
                release=item.release or ValueSet.release,
                namespace=item.namespace,
                kube_version=item.kubernetes,
                api_versions=item.api_versions,
            )
            try:
                request(Templates(Chart(folder, {})), values, self.sources).check()
            except RenderError as error:
                where = self.workspace.config.where("charts", index)
                self.failures.append(Failure(where, str(error), "Mend `charts` in .klint.yaml"))
                continue
            yield values

    def _unrendered(self, folder: Path, why: str) -> Rendering:
        """A chart that klint's limits keep from being rendered, with whatever values."""
        missing, problem = past_limits(folder, why, self.sources)
        gaps = (Gap(missing, folder),)
        return Rendering(shown(folder), (), (), problems=(problem,), gaps=gaps, chart=folder, unread=(folder.name,))

    def _render(
        self, templates: Templates, values: ValueSet, delivery: Delivery | None, *, is_installed: bool
    ) -> Rendering | tuple[Rendering, ...]:
        outcome = self.answer(templates, values)
        if not isinstance(outcome, RenderError):
            self._rendered.add(id(values))
            if is_installed:
                self._installed_with[templates.chart.folder].update(values.files)
        elif values.is_partial:
            return ()
        rendering = replace(render_chart(templates, values, outcome, self.sources), delivery=delivery)
        if values.post_renderers and self.post_renderer is not None and rendering.documents:
            return self.post_renderer.post_rendered(rendering, values)
        return rendering

    def answer(self, templates: Templates, values: ValueSet) -> Answer | RenderError:
        """What a chart renders to with a set of values."""
        asked = request(templates, values, self.sources, chart=b"")
        try:
            asked.check()
        except RenderError as error:
            return error
        if not templates.chart.fits(asked.kube_version):
            message = f"it is for Kubernetes {templates.chart.kubernetes}, and the target has {asked.kube_version}"
            return RenderError(message, "kubernetes")
        helm = self.idle.get()
        try:
            inputs: list[str | bytes] = [
                helm.version,
                templates.digest,
                *asked.texts,
                "|",
                *asked.sets,
                "|",
                *asked.strings,
                "|",
                *asked.literals,
                "|",
                repr(asked.options()),
            ]

            def make() -> Answer:
                return helm.render(replace(asked, chart=templates.plain))

            return outcome(self.cache, inputs, make, Answer.from_json, Answer.to_json)
        finally:
            self.idle.put(helm)

    def unfollowed(self) -> Iterator[Unfollowed]:
        """What deploys something that klint does not know: charts that are not here, and what it does not follow."""
        for found in self._followed.values():
            if found.folder is None:
                yield Unfollowed.of(found.document, ELSEWHERE)
            elif not self._can_finish(found.values):
                yield Unfollowed.of(found.document, _UNFINISHED)
        yield from (*self._released.unfollowed, *self._unfinished)
        for item in self._argo.not_followed if self._argo else ():
            yield Unfollowed.of(item.document, item.what)

    def left_off(self) -> Iterator[PassedOver]:
        """What charts can expose, and do not render with."""
        for folder, item in sorted(self._left_off, key=lambda found: (found[0], str(found[1]))):
            yield PassedOver(shown(folder / "values.yaml"), f"the chart does not render with {item}")

    def kill(self) -> None:
        """End what is rendered, from another thread."""
        for helm in self.started:
            helm.kill()

    def close(self) -> None:
        """End the processes."""
        for helm in self.started:
            helm.close()
