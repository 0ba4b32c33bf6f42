"""Workspace → workspace with its charts and kustomizations rendered, in parallel and from the cache."""

from __future__ import annotations

import math
from collections.abc import Sequence

from klint.errors import Failure
from klint.records import replace
from klint.render.budget import RUN_LIMIT, run_budget
from klint.render.cache import Cache, usual_folder
from klint.render.helm.jobs import ChartJobs
from klint.render.jobs import Job, Progress, not_rendered, run
from klint.render.kustomize.jobs import KustomizationJobs
from klint.workspace.paths import relative_to, shown
from klint.workspace.rendering import Missing, Rendering, Sources
from klint.workspace.workspace import PassedOver, Workspace


def render(
    workspace: Workspace,
    *,
    use_cache: bool = True,
    allow_network: bool = False,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Workspace:
    """Render every chart with each of its sets of values, and every kustomization that no other takes in.

    Files that a rendering consumed are no documents of their own any more. What cannot be rendered is a problem of
    its rendering, at the line to blame; a missing tool is a note that names the extra which brings it, and so is what
    there is no time for: all of it may take `time_limit` seconds of processor time, as many as RUN_LIMIT
    says if that is not given, and any number if it is 0.
    """
    tree = workspace.tree
    sources = Sources(shown, lambda path: relative_to(workspace.root, path), tree, workspace.parsed)
    cache = Cache(usual_folder(tree.root) if use_cache else None)
    failures: list[Failure] = []
    limit = RUN_LIMIT if time_limit is None else time_limit or math.inf
    budget = run_budget(limit)
    charts = ChartJobs(workspace, sources, cache, budget, failures)
    builds = KustomizationJobs(workspace, sources, cache, charts, budget, allow_network)
    jobs = [*charts.jobs(), *builds.jobs()]

    def end() -> None:
        charts.kill()
        builds.kill()

    try:
        made = run(jobs, progress, end)
    finally:
        charts.close()
        builds.close()
    renderings, forgiven = _forgive(made.renderings)
    if made.late:
        renderings.append(_late(made.late, len(jobs), limit, sources))
    consumed = {shown(path) for rendering in renderings for path in rendering.consumed}
    written = {source.path for rendering in renderings for source in rendering.written}
    read = {document.source.path for document in workspace.documents}
    return replace(
        workspace,
        documents=tuple(document for document in workspace.documents if document.source.path not in consumed),
        files=workspace.files + len(written - read),
        renderings=tuple(renderings),
        failures=(*workspace.failures, *failures, *made.failures),
        passed_over=(*workspace.passed_over, *charts.elsewhere(), *forgiven),
    )


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
    rendered = {rendering.chart for rendering in renderings if rendering.chart and rendering.documents}
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
