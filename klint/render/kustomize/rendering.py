"""Kustomizations → renderings: built by the real tool, offline, every object traced to its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from klint.kube.objects import is_object
from klint.records import replace
from klint.render.kustomize.diagnosis import diagnose
from klint.render.kustomize.inflation import Charts
from klint.render.kustomize.kustomizations import FILE_NAMES, Kustomization, Kustomizations
from klint.render.kustomize.staging.definitions import with_schemas
from klint.render.kustomize.staging.stage import LeftOut, Stage
from klint.render.kustomize.staging.write import stage
from klint.render.kustomize.substitution import SubstitutedOrigin, substituted
from klint.render.kustomize.trace import Trace, without_traces
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.text.data import shared, value_at
from klint.text.document import Document, Problem
from klint.text.document import Path as DataPath
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.deployers.delivery import Delivery
from klint.workspace.deployers.variables import Values
from klint.workspace.rendering import Gap, Missing, Rendering

MAX_ATTEMPTS = 10
"""Builds of one kustomization, each without what kustomize refused in the one before."""

_WRITTEN = (".yaml", ".yml", ".json", ".tpl")


def render_kustomization(
    root: Kustomization,
    kustomizations: Kustomizations,
    build: Callable[[Stage], str | RenderError],
    charts: Charts | None = None,
    *,
    allow_network: bool = False,
    whole_definitions: bool = False,
    reads_above: bool = False,
    delivery: Delivery | None = None,
    values: Values | None = None,
    name: str = "",
    objects: Sequence[Document] = (),
) -> Rendering:
    """One kustomization: built of what klint may hand on, and without what kustomize refuses.

    `build` builds what is staged; `charts` renders those that it inflates, if anything does; `reads_above` is whether
    it may read files that are not below it. `delivery` is what it is built for, `values` are filled in then, and `name`
    is what it is called if that is not its folder. `objects` are resources that no file has. The text of definitions of
    custom resources has their schemas only where it is to be whole; their data always does.
    """
    sources = root.sources
    name, paths = name or sources.shown(root.folder), (sources.relative(root.file),)
    if not root.data:
        return Rendering(name, (), paths, problems=root.problems, delivery=delivery)
    left_out: frozenset[tuple[Path, DataPath]] = frozenset()
    said: dict[Problem, None] = {}

    def attempt(more: LeftOut = ()) -> tuple[Stage, str | RenderError]:
        staged = stage(
            root,
            kustomizations,
            charts,
            allow_network=allow_network,
            without=left_out.union(more),
            reads_above=reads_above or (delivery is not None and delivery.reads_above),
            whole_definitions=whole_definitions,
            objects=objects,
        )
        return staged, build(staged)

    for _ in range(MAX_ATTEMPTS):
        staged, outcome = attempt()
        if not isinstance(outcome, RenderError):
            break
        diagnosis = diagnose(outcome, staged, root, attempt)
        said.update(dict.fromkeys(diagnosis.problems))
        if diagnosis.left_out <= left_out:
            break
        left_out |= diagnosis.left_out
    problems = tuple(
        problem if _is_own(problem, root) or problem.rule != "unrendered" else replace(problem, met_by=name)
        for problem in dict.fromkeys((*staged.problems, *said))
    )
    if isinstance(outcome, RenderError):
        limits = (Gap(Missing.LIMITS, root.folder),) if isinstance(outcome, InterruptedRenderError) else ()
        gaps = (*staged.gaps, *limits)
        return Rendering(name, (), paths, problems=problems, gaps=gaps, unread=staged.unread, delivery=delivery)
    trace = Trace(staged, root)
    read = list(read_documents(Source(name, outcome, paths[0])))
    documents = [
        _traced(document, built, trace, values)
        for document, built in (substituted(read, values) if values else zip(read, read, strict=True))
        if is_object(document.data)
    ]
    written = sorted(file for file in staged.consumed if file.suffix in _WRITTEN or file.name in FILE_NAMES)
    return Rendering(
        name,
        tuple(documents),
        paths,
        staged.consumed,
        problems,
        tuple(map(sources.get, written)),
        staged.gaps,
        unread=staged.unread,
        delivery=delivery,
    )


def _traced(document: Document, built: Document, trace: Trace, values: Values | None) -> Document:
    """A built object with its way back. What of it is as in its file is kept once."""
    data, origin = without_traces(built.data), trace.origin(built)
    if origin.base is not None:
        written = value_at(origin.base.data, origin.base_path)
        data = shared(with_schemas(data, written) if origin.is_outlined else data, written)
    made = replace(built, data=data, origin=origin)
    if values is None or document.text == built.text:
        return replace(made, source=document.source, start=document.start, end=document.end)
    filled_in = without_traces(document.data)
    if origin.is_outlined:
        filled_in = with_schemas(filled_in, made.data)
    return replace(document, data=filled_in, origin=SubstitutedOrigin(made, values))


def _is_own(problem: Problem, root: Kustomization) -> bool:
    """Whether a problem stands in the kustomization's own folder, which says what meets it."""
    folder = root.sources.relative(root.folder)
    return folder == "." or problem.span.source.relative.startswith(f"{folder}/")
