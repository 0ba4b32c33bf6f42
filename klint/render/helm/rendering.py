"""Charts → renderings: each chart with each of its sets of values, every line traced to its template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from klint.records import replace
from klint.render.helm.answer import Answer
from klint.render.helm.archived import archived_documents
from klint.render.helm.charts import Chart, in_chart
from klint.render.helm.dependencies import installed_folders
from klint.render.helm.errors import blame, follows
from klint.render.helm.gaps import absent_charts, lacking, past_limits, unread
from klint.render.helm.origin import HelmOrigin
from klint.render.helm.templates import Templates
from klint.render.helm.values import ValueSet, ValuesIn
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.text.document import Document, Problem
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.rendering import Gap, Missing, Rendering, Sources

_METADATA = ("Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock", "values.yaml", "values.schema.json")
_DEFINITIONS = (".yaml", ".yml", ".json")


def render_chart(templates: Templates, values: ValueSet, outcome: Answer | RenderError, sources: Sources) -> Rendering:
    """One chart with one set of values, from what the renderer answered."""
    chart = templates.chart
    feeding = _feeding(chart, values, sources)
    found = lacking(templates, values, sources, is_rendered=not isinstance(outcome, RenderError))
    if isinstance(outcome, InterruptedRenderError):
        found.append(past_limits(chart.folder, str(outcome), sources, values.name))
    problems = [problem for _, problem in found]
    missing = {item for item, _ in found}
    if isinstance(outcome, RenderError) and not follows(outcome, missing):
        span, why = blame(templates, values, outcome, feeding, sources)
        message = f"Chart {sources.shown(chart.folder)} does not render: {why}"
        problems.append(Problem("unrendered", message, span, met_by=values.name))
    own = sources.relative(values.files[-1] if values.files else chart.folder / "values.yaml")
    rendering = Rendering(
        sources.shown(chart.folder) + (f" with {values.name}" if values.name else ""),
        (),
        (values.target or own,),
        frozenset(file.disk for name, file in chart.files.items() if file.disk and _is_used(name, templates)),
        tuple(problems),
        gaps=tuple(dict.fromkeys(Gap(item, chart.folder) for item, _ in found)),
        chart=chart.folder,
        values=values.name,
        read=chart.on_disk.union(values.files),
        absent_charts=tuple(absent_charts(chart, feeding, sources)),
    )
    if isinstance(outcome, RenderError) or Missing.DEFAULTS in missing:
        return replace(rendering, unread=unread(templates, values, sources))
    definitions = () if values.skips_definitions else _resource_definitions(rendering, chart, feeding, sources)
    return replace(
        rendering,
        documents=(*_rendered(rendering, templates, outcome, feeding, sources), *definitions),
        consumed=rendering.consumed.union(values.files),
        written=tuple(map(sources.get, _written(chart))),
        unread=unread(templates, values, sources, is_rendered=True),
    )


def _feeding(chart: Chart, values: ValueSet, sources: Sources) -> list[ValuesIn]:
    """The documents that set values, those that go over others after them."""
    own = () if values.is_without_own else (chart.folder / "values.yaml",)
    files = (*own, *values.files)
    return [
        *(ValuesIn(document) for path in files for document in sources.documents(path)),
        *(part for item in values.inline for part in item.parts),
    ]


def _rendered(
    rendering: Rendering, templates: Templates, answer: Answer, feeding: Sequence[ValuesIn], sources: Sources
) -> Iterator[Document]:
    """What the templates render to."""
    for path, text in sorted(answer.plain.items()):
        if _is_manifest(path) and text.strip():
            origin = HelmOrigin(templates, path, text, answer.marked.get(path), feeding, sources)
            yield from read_documents(Source(f"{rendering.name}: {path}", text, rendering.paths[0]), origin)


def _resource_definitions(
    rendering: Rendering, chart: Chart, feeding: Sequence[ValuesIn], sources: Sources
) -> Iterator[Document]:
    """What Helm installs as it is, before all else: the definitions of the chart, and of the subcharts that are on.

    Source: helm's pkg/chart/chart.go, CRDObjects.
    """
    files = [(*in_chart(path), file) for path, file in chart.files.items() if path.endswith(_DEFINITIONS)]
    found = [(folder, file) for folder, name, file in files if name.startswith("crds/")]
    folders = installed_folders(chart, feeding) if found else ()
    for folder, file in found:
        if folder in folders and file.disk is not None:
            yield from sources.documents(file.disk)
        elif folder in folders:
            name = f"{rendering.name}: {chart.name}/{file.name}"
            yield from archived_documents(chart, file, name, rendering.paths[0], sources)


def _written(chart: Chart) -> Iterator[Path]:
    """The files that a person writes comments in."""
    for file in chart.files.values():
        if file.disk is not None and file.disk.suffix in (".yaml", ".yml", ".tpl"):
            yield file.disk


def _is_used(name: str, templates: Templates) -> bool:
    """Whether a file is part of what the chart renders to: other manifests in its folder are deployed otherwise."""
    first, _, rest = name.partition("/")
    if rest and first in ("templates", "crds", "charts"):
        return True
    if not rest and first in _METADATA:
        return True
    return first in templates.words


def _is_manifest(path: str) -> bool:
    """Whether Helm installs what a template renders to: all but partials and notes, whatever the suffix."""
    name = path.rpartition("/")[2]
    return not name.startswith("_") and name != "NOTES.txt"
