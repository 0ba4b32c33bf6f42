"""Workspace → what its charts and kustomizations render, in parallel and from the cache."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from klint.errors import Failure
from klint.records import replace
from klint.render.budget import RUN_LIMIT, run_budget
from klint.render.cache import Cache, usual_folder
from klint.render.helm.jobs import ChartJobs
from klint.render.jobs import Job, Made, Progress, not_rendered, run
from klint.render.kustomize.jobs import KustomizationJobs
from klint.render.mistaken import without_mistaken
from klint.workspace.deployers.kinds import is_argo
from klint.workspace.noting import NotingTree
from klint.workspace.paths import relative_to, shown
from klint.workspace.rendered import Rendered, consumed_by
from klint.workspace.rendering import Missing, Rendering, Sources
from klint.workspace.workspace import PassedOver, Workspace

if TYPE_CHECKING:
    from klint.render.deployments import Deployments
    from klint.text.document import Document
    from klint.workspace.deployers.delivery import Delivery


def render(
    workspace: Workspace,
    *,
    use_cache: bool = True,
    allow_network: bool = False,
    whole_definitions: bool = False,
    time_limit: float | None = None,
    progress: Progress | None = None,
    only: Collection[Path] | None = None,
) -> Rendered:
    """Render every chart with each of its sets of values, and every kustomization that no other takes in.

    What is rendered may be objects that deploy more: that is rendered as they say, up to MAX_DEPTH in a row.

    What cannot be rendered is a problem of
    its rendering, at the line to blame; a missing tool is a note that names the extra which brings it, and so is what
    there is no time for: all of it may take `time_limit` seconds of processor time, as many as RUN_LIMIT
    says if that is not given, and any number if it is 0. The text of what is built is whole only if it is to be: no
    rule reads the schemas of custom resources. Of a workspace in which nothing deploys others it may be `only` the
    charts in some folders.
    """
    tree = NotingTree(workspace.tree)
    workspace = replace(workspace, tree=tree)
    sources = Sources(shown, lambda path: relative_to(workspace.root, path), tree, workspace.parsed)
    cache = Cache(usual_folder(tree.root) if use_cache else None)
    failures: list[Failure] = []
    limit = RUN_LIMIT if time_limit is None else time_limit or math.inf
    budget = run_budget(limit)
    charts = ChartJobs(workspace, sources, cache, budget, failures, only)
    builds = KustomizationJobs(
        workspace, sources, cache, charts, budget, allow_network=allow_network, whole_definitions=whole_definitions
    )
    charts.post_renderer = builds
    steps = _Steps(charts, builds, progress)
    try:
        steps.run(workspace)
    finally:
        charts.close()
        builds.close()
    made = steps.made
    renderings, forgiven = _forgive([item for item in made.renderings if not charts.is_superseded(item)])
    if made.late:
        renderings.append(_late(made.late, steps.total, limit, sources))
    is_of_files = not (workspace.has_deployers or allow_network or made.failures or cache.is_cut_short)
    is_all = all(item.name for item in renderings)  # else time or a tool is missing: another time there may be one
    return Rendered(
        tuple(renderings),
        failures=(*failures, *made.failures),
        passed_over=(*charts.left_off(), *forgiven),
        unfollowed=tuple(charts.unfollowed()),
        is_cut_short=cache.is_cut_short,
        read=tree.noted if is_of_files and is_all else None,
    )


class _Steps:
    """Renders step by step, where what deploys others is rendered itself."""

    def __init__(self, charts: ChartJobs, builds: KustomizationJobs, progress: Progress | None) -> None:
        self.charts = charts
        self.builds = builds
        self.progress = progress
        self.made = Made([], [], [])
        self.total = 0
        self.is_interrupted = False

    def run(self, workspace: Workspace) -> None:
        """Render what is deployed, then everything else, and at last what nobody has turned on."""
        self._deploy(workspace)
        self._make([*self.charts.with_exposure_on()])

    def _deploy(self, workspace: Workspace) -> None:
        """Render what is deployed, as far as the workspace says so, and then everything else."""
        if not workspace.has_deployers:
            self._make([*self.charts.jobs(), *self.builds.jobs()])
            return
        from klint.render.deployments import Deployments  # most workspaces have nothing that deploys

        deployments = Deployments(workspace, self.charts.argo_cd)
        self._deliver(deployments, deployments.first(self.builds.named()))
        made = self._make([*self.builds.jobs(self._taken_in() | deployments.folders, holding=deployments.waiting())])
        self._deliver(deployments, deployments.following(made))
        self._deliver(deployments, deployments.rest())
        self._make([*self.charts.jobs()])
        self._install(deployments, [item for item in deployments.documents if is_argo(item.data)])
        made = self._make([*self.builds.jobs(self._taken_in())])
        self._deliver(deployments, deployments.following(made))
        self._install(deployments, deployments.documents)

    def _taken_in(self) -> set[Path]:
        """The folders of kustomizations that were built as part of what is deployed."""
        found = (item.delivery for item in self.made.renderings if item.delivery is not None and item.chart is None)
        return set().union(*map(self.builds.taken_in, found))

    def _install(self, deployments: Deployments, documents: Iterable[Document]) -> None:
        """Render the charts that objects install, be these written or rendered, and what that deploys in its turn.

        What a chart makes is followed as it is installed; as it renders by itself only where nothing installs it.
        """
        consumed = consumed_by(self.made.renderings)
        standing = [document for document in documents if document.source.path not in consumed]
        self._follow(deployments, [item for item in self.made.renderings if item.chart is None], standing)
        installed = self.charts.installed()
        alone = [item for item in self.made.renderings if item.chart not in (None, *installed)]
        self._deliver(deployments, deployments.following(alone))
        self._follow(deployments, alone)

    def _follow(
        self, deployments: Deployments, renderings: Iterable[Rendering], standing: Iterable[Document] = ()
    ) -> None:
        documents = [*standing, *(document for item in renderings for document in item.documents)]
        for _ in range(MAX_DEPTH):
            start = len(self.made.renderings)
            deliveries = {
                id(document): found.delivery
                for found in self.made.renderings
                if found.delivery
                for document in found.documents
            }
            made = self._make([*self.charts.following(documents, deliveries)])
            self._deliver(deployments, deployments.following(made))
            documents = [document for item in self.made.renderings[start:] for document in item.documents]

    def _deliver(self, deployments: Deployments, deliveries: list[Delivery]) -> None:
        """Build what is deployed, and what that deploys in its turn."""
        for _ in range(MAX_DEPTH):
            built = [(delivery, deployments.values(delivery)) for delivery in deliveries]
            made = self._make([*self.builds.deliveries(built)])
            deliveries = deployments.following(made)

    def _make(self, jobs: list[Job]) -> list[Rendering]:
        """Make more renderings, and answer with those that are deployed."""
        if self.is_interrupted or not jobs:
            return []
        done, self.total = self.total, self.total + len(jobs)
        progress = self.progress
        told = (lambda more, _: progress(done + more, self.total)) if progress is not None else None
        made = run(jobs, told, self._end)
        renderings = [*without_mistaken(made.renderings)]
        before = self.made
        self.made = Made(
            [*before.renderings, *renderings],
            [*before.failures, *made.failures],
            [*before.late, *made.late],
        )
        return [found for found in renderings if found.exposure_on is None]

    def _end(self) -> None:
        self.is_interrupted = True
        self.charts.kill()
        self.builds.kill()


MAX_DEPTH = 4
"""How many that deploy each other are followed in a row."""


def _late(late: Sequence[Job], total: int, limit: float, sources: Sources) -> Rendering:
    """What there was no time for, said once."""
    message = (
        f"{len(late)} of {total} charts and kustomizations are not rendered: "
        f"rendering takes longer than {limit:g} seconds; allow more with --render-timeout"
    )
    unread = tuple(dict.fromkeys(text for job in late for text in job.unread()))
    return not_rendered([job.file for job in late], message, sources, unread)


def _forgive(renderings: Sequence[Rendering]) -> tuple[list[Rendering], list[PassedOver]]:
    """Charts whose own values are not enough to render are no mistake, where they render with another set of values.

    What they lack is then said where they render.
    """
    rendered = {
        rendering.chart
        for rendering in renderings
        if rendering.chart and rendering.documents and rendering.exposure_on is None
    }
    kept, passed_over = [], []
    for rendering in renderings:
        is_ended = any(gap.missing is Missing.LIMITS for gap in rendering.gaps)
        if rendering.chart in rendered and not rendering.documents and not is_ended:
            problems = [problem for problem in rendering.problems if problem.rule != "incomplete-rendering"]
            if not rendering.values:
                forgiven = {problem.span.file for problem in problems if problem.rule == "unrendered"}
                passed_over += [
                    PassedOver(file, "a chart's own values, which are not enough") for file in sorted(forgiven)
                ]
                problems = [problem for problem in problems if problem.rule != "unrendered"]
                rendering = replace(rendering, unread=())
            rendering = replace(rendering, problems=tuple(problems))
        kept.append(rendering)
    return kept, passed_over
