"""Workspace → workspace with its charts and kustomizations rendered, in parallel and from the cache."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from klint.errors import Failure
from klint.records import dataclass, field, replace
from klint.render.cache import Cache, identity, usual_folder
from klint.render.helm.charts import Chart, ChartError, find_charts, read_chart
from klint.render.helm.dependencies import with_dependencies
from klint.render.helm.engines import Answer, EmbeddedHelm, HelmBinary, InterruptedRenderError, RenderError, find_helm
from klint.render.helm.installations import installations
from klint.render.helm.rendering import Templates, render_chart, request
from klint.render.helm.values import ValueSet, value_sets
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations
from klint.render.kustomize.rendering import Builder, find_builder, render_kustomization
from klint.render.kustomize.staging import Stage
from klint.render.sandbox import Sandboxes
from klint.text.document import Problem
from klint.workspace.discovery import PassedOver, Workspace, relative_to, shown
from klint.workspace.rendering import Rendering, Sources

Progress = Callable[[int, int], None]
"""Called with how many renderings are done and how many there are."""


Made = TypeVar("Made")


@dataclass(frozen=True)
class Job:
    """One rendering to make: its name for progress and order, and the function that makes it."""

    name: str
    make: Callable[[], Rendering]


def render(
    workspace: Workspace, *, use_cache: bool = True, allow_network: bool = False, progress: Progress | None = None
) -> Workspace:
    """Render every chart with each of its sets of values, and every kustomization that no other takes in.

    Files that a rendering consumed are no documents of their own any more. What cannot be rendered is a problem of
    its rendering, at the line to blame; a missing tool is a failure that names the extra which brings it.
    """
    tree = workspace.tree
    sources = Sources(shown, lambda path: relative_to(workspace.root, path), tree)
    cache = Cache(usual_folder(tree.root) if use_cache else None)
    failures: list[Failure] = []
    charts = _Charts(workspace, sources, cache, failures)
    builds = _Builds(workspace, sources, cache, charts, allow_network)
    jobs = [*charts.jobs(), *builds.jobs()]

    def end() -> None:
        charts.kill()
        builds.kill()

    try:
        renderings, failed = _run(jobs, progress, end)
    finally:
        charts.close()
        builds.close()
    renderings, forgiven = _forgive(renderings)
    consumed = {shown(path) for rendering in renderings for path in rendering.consumed}
    return replace(
        workspace,
        documents=tuple(document for document in workspace.documents if document.source.path not in consumed),
        renderings=tuple(renderings),
        failures=(*workspace.failures, *failures, *failed),
        passed_over=(*workspace.passed_over, *charts.elsewhere(), *forgiven),
    )


def _run(
    jobs: Sequence[Job], progress: Progress | None, end: Callable[[], None]
) -> tuple[list[Rendering], list[Failure]]:
    """Every rendering, in the order of the jobs, and what went wrong. Threads suffice: the work is in other processes.

    When klint is interrupted, `end` ends the processes, and what is done so far is all there is.
    """
    failures: list[Failure] = []
    with ThreadPoolExecutor(max_workers=_workers()) as pool:
        futures = [pool.submit(job.make) for job in jobs]
        kept: Collection[Future[Rendering]] = futures
        try:
            for done, _ in enumerate(as_completed(futures), 1):
                if progress is not None:
                    progress(done, len(jobs))
        except KeyboardInterrupt:
            kept = {future for future in futures if future.done()}  # what ends from now on was ended
            pool.shutdown(wait=False, cancel_futures=True)
            end()
            message = f"Interrupted after {len(kept)} of {len(jobs)} charts and kustomizations"
            failures.append(Failure("", message, "What follows does not know the others"))
    renderings = []
    for job, future in zip(jobs, futures, strict=True):
        if future not in kept:
            continue
        error = future.exception()
        if error is None:
            renderings.append(future.result())
        else:
            failures.append(Failure(job.name, f"It does not render: {type(error).__name__}: {error}", "Exclude it"))
    return renderings, failures


def _forgive(renderings: Sequence[Rendering]) -> tuple[list[Rendering], list[PassedOver]]:
    """Charts whose own values are not enough to render are no mistake, where they render with another set of values.

    What they lack is then said where they render.
    """
    rendered = {rendering.chart for rendering in renderings if rendering.chart and rendering.documents}
    kept, passed_over = [], []
    for rendering in renderings:
        if rendering.chart in rendered and not rendering.documents:
            problems = [problem for problem in rendering.problems if problem.rule != "incomplete-rendering"]
            if not rendering.values:
                forgiven = {problem.span.file for problem in problems if problem.rule == "unrendered"}
                passed_over += [
                    PassedOver(file, "a chart's own values, which are not enough") for file in sorted(forgiven)
                ]
                problems = [problem for problem in problems if problem.rule != "unrendered"]
            rendering = replace(rendering, problems=tuple(problems))
        kept.append(rendering)
    return kept, passed_over


def _workers() -> int:
    return max(1, min(8, os.cpu_count() or 1))


class _Charts:
    """The charts of a workspace, and the processes that render them."""

    def __init__(self, workspace: Workspace, sources: Sources, cache: Cache, failures: list[Failure]) -> None:
        self.workspace = workspace
        self.sources = sources
        self.cache = cache
        self.failures = failures
        self.root = workspace.tree.root
        self.tree = sources.tree
        self._read: dict[Path, Chart | None] = {}
        self._by_name: defaultdict[str, list[Chart]] | None = None
        self.installations = list(installations(workspace.documents, self.tree))
        self.idle: SimpleQueue[EmbeddedHelm | HelmBinary] = SimpleQueue()
        self.started: list[EmbeddedHelm | HelmBinary] = []
        for _ in range(_workers() if workspace.charts or workspace.kustomizations else 0):
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
        folders = find_charts(self.workspace.charts, self.tree)
        if not folders:
            return
        if not self.has_helm:
            files = [folder / "Chart.yaml" for folder in folders]
            outcome = "not rendered and so not linted"
            yield Job("", partial(_without_tool, files, "Helm chart", outcome, "helm", self.sources))
            return
        for folder in folders:
            yield from self._chart_jobs(folder)

    def _chart_jobs(self, folder: Path) -> Iterator[Job]:
        chart = self._at(folder)
        if chart is None or chart.is_library:
            return
        try:
            templates = self.templates(chart)
        except ChartError as error:
            self.failures.append(Failure(shown(folder), str(error), "Fix or exclude it"))
            return
        for values in (*value_sets(chart), *self._configured(folder), *self._installed(folder)):
            yield Job(f"{shown(folder)} {values.name}", partial(self._render, templates, values))

    def templates(self, chart: Chart) -> Templates:
        """A chart's templates, with those of its dependencies as far as the workspace has them.

        Raises:
            ChartError: it cannot be put together.
        """
        return Templates(with_dependencies(chart, self._at, self._named))

    def _at(self, folder: Path) -> Chart | None:
        """The chart in a folder, read once."""
        if folder not in self._read:
            self._read[folder] = None
            if self.tree.is_file(folder / "Chart.yaml"):
                try:
                    self._read[folder] = read_chart(folder, self.root)
                except ChartError as error:
                    self.failures.append(Failure(shown(folder), str(error), "Fix or exclude it"))
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

    def _installed(self, folder: Path) -> Iterator[ValueSet]:
        """The sets of values that GitOps objects of the workspace install a chart with."""
        for found in self.installations:
            if found.folder == folder:
                yield found.values

    def _render(self, templates: Templates, values: ValueSet) -> Rendering:
        return render_chart(templates, values, self.answer(templates, values), self.sources)

    def answer(self, templates: Templates, values: ValueSet) -> Answer | RenderError:
        """What a chart renders to with a set of values."""
        asked = request(templates, values, self.sources)
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
                asked.chart,
                *asked.texts,
                "|",
                *asked.sets,
                "|",
                repr(asked.options()),
            ]
            make = partial(helm.render, asked)
            return _outcome(self.cache, inputs, make, Answer.from_json, Answer.to_json)
        finally:
            self.idle.put(helm)

    def elsewhere(self) -> Iterator[PassedOver]:
        """Installations of charts that are not in the workspace: what they deploy is not known."""
        for found in self.installations:
            if found.folder is None:
                kind = found.document.data["kind"]
                yield PassedOver(found.document.source.path, f"the chart of this {kind} is not in the workspace")

    def kill(self) -> None:
        """End what is rendered, from another thread."""
        for helm in self.started:
            helm.kill()

    def close(self) -> None:
        """End the processes."""
        for helm in self.started:
            helm.close()


def _outcome(
    cache: Cache,
    inputs: Iterable[str | bytes],
    make: Callable[[], Made],
    read: Callable[[Any], Made],
    write: Callable[[Made], Any],
) -> Made | RenderError:
    """What a tool makes of some inputs, or why it does not: from the cache if that is known already."""
    key = cache.key(inputs)
    remembered = cache.get(key)
    # Of the wrong type it is not what klint remembers.
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        if remembered is not None:
            return RenderError("" + remembered["error"]) if "error" in remembered else read(remembered)
    try:
        made = make()
    except InterruptedRenderError as error:
        return error
    except RenderError as error:
        cache.put(key, {"error": str(error)})
        return error
    cache.put(key, write(made))
    return made


def _without_tool(files: Sequence[Path], what: str, outcome: str, tool: str, sources: Sources) -> Rendering:
    """Nothing is passed over in silence: one problem for all that a missing tool leaves unrendered."""
    count = f"{len(files)} {what}" if len(files) == 1 else f"{len(files)} {what}s"
    remedy = f"install klint-k8s[{tool}] or put {tool} on the PATH"
    span, *others = (sources.get(file).span(0, 0) for file in files)
    related = tuple(("not rendered either", other) for other in others[:9])
    problem = Problem("not-analysed", f"{count}: {outcome}; {remedy}", span, related, is_harmless=True)
    return Rendering("", (), (), problems=(problem,))


@dataclass(frozen=True)
class _Builds:
    """The kustomizations of a workspace, and the processes that build them."""

    workspace: Workspace
    sources: Sources
    cache: Cache
    charts: _Charts
    allow_network: bool
    sandboxes: Sandboxes = field(default_factory=Sandboxes)

    def jobs(self) -> Iterator[Job]:
        """A job for each kustomization that is built by itself."""
        if not self.workspace.kustomizations:
            return
        kustomizations = Kustomizations(self.sources)
        roots = kustomizations.roots(self.workspace.kustomizations, bases_too=self.workspace.config.build_bases)
        builder = find_builder()
        if builder is None:
            files = [root.file for root in roots]
            outcome = "linted as written, not as built"
            yield Job("", partial(_without_tool, files, "kustomization", outcome, "kustomize", self.sources))
            return
        for root in roots:
            yield Job(shown(root.folder), partial(self._build, root, kustomizations, builder))

    def _build(self, root: Kustomization, kustomizations: Kustomizations, builder: Builder) -> Rendering:
        def build(staged: Stage) -> str | RenderError:
            # What was fetched may be another thing tomorrow.
            cache = Cache(None) if staged.is_remote else self.cache
            inputs = [identity(builder.command[0]), *builder.command, *_flat(staged.files)]
            return _outcome(cache, inputs, partial(builder.build, staged, self.sandboxes), _text, _as_json)

        charts = self.charts if self.charts.has_helm else None
        return render_kustomization(root, kustomizations, build, charts, allow_network=self.allow_network)

    def kill(self) -> None:
        """End what is built, from another thread."""
        self.sandboxes.kill()

    def close(self) -> None:
        """End the processes."""
        self.sandboxes.close()


def _flat(files: Mapping[str, bytes]) -> Iterator[str | bytes]:
    for name, data in files.items():
        yield name
        yield data


def _as_json(text: str) -> dict[str, str]:
    return {"text": text}


def _text(data: Mapping[str, Any]) -> str:
    text = data["text"]
    if not isinstance(text, str):
        raise TypeError("this is not what klint remembers")
    return text
