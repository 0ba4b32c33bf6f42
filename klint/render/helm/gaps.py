"""What a chart is rendered without, because klint was not given it, and what may be in that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from klint.kube.resource import mapping, string
from klint.render.helm.charts import Chart, in_chart
from klint.render.helm.dependencies import asked_for, dependency_span, is_turned_off
from klint.render.helm.templates import Templates
from klint.render.helm.values import ValueSet, ValuesIn, find_values
from klint.text.document import Problem
from klint.workspace.rendering import AbsentChart, Missing, Sources


def lacking(
    templates: Templates, values: ValueSet, sources: Sources, *, is_rendered: bool
) -> list[tuple[Missing, Problem]]:
    """What a chart is rendered without, or would not render without."""
    chart = templates.chart
    name = sources.shown(chart.folder)
    found = []
    how = "is linted" if is_rendered else "does not render"
    for dependency in chart.missing_dependencies:
        message = f"Chart {name} {how} without its dependency {dependency['name']}, which is not in charts/"
        span = dependency_span(chart, dependency["name"], sources, approximate=False)
        found.append((Missing.DEPENDENCIES, Problem("incomplete-rendering", message, span)))
    top = sources.get(chart.folder / "Chart.yaml").span(0, 0)
    for file, reason in chart.unread.items():
        if in_chart(file)[1] == "values.yaml":  # what stands in its place is empty, and names and ports are made of it
            message = f"Chart {name} is not linted without its file {file}: {reason}"
            found.append((Missing.DEFAULTS, Problem("incomplete-rendering", message, top)))
            continue
        message = f"Chart {name} {how} without its file {file}: {reason}"
        found.append((Missing.FILES, Problem("incomplete-rendering", message, top)))
    for file in templates.left_out:
        message = f"Chart {name} {how} without its {file}, which is not JSON or refers to other files"
        found.append((Missing.SCHEMA, Problem("incomplete-rendering", message, top)))
    for file, place in values.absent:
        what = f"the values of {file}" if " " in file else f"the values file {file}, which is not in the workspace"
        message = f"Chart {name} {how} without {what}"
        found.append((Missing.VALUES, Problem("incomplete-rendering", message, place.span)))
    return found


def absent_charts(chart: Chart, feeding: Sequence[ValuesIn], sources: Sources) -> Iterator[AbsentChart]:
    """The dependencies that a chart lacks, but for those that its values turn off, with their values there."""
    missing = {dependency["name"] for dependency in chart.missing_dependencies}
    for at in asked_for(chart, sources) if missing else ():
        item = mapping(at.value)
        if item.get("name") in missing and not is_turned_off(item, feeding):
            name = string(item.get("alias")) or string(item.get("name"))
            values = tuple(value.place for part in feeding for value in find_values((name,), (part,)))
            yield AbsentChart(at, values)


def past_limits(folder: Path, why: str, sources: Sources, met_by: str = "") -> tuple[Missing, Problem]:
    """A chart that takes more than klint gives it, with what values: no mistake of the chart's."""
    message = f"Chart {sources.shown(folder)} is not linted: {why}"
    top = sources.get(folder / "Chart.yaml").span(0, 0)
    return Missing.LIMITS, Problem("incomplete-rendering", message, top, met_by=met_by)


def unread(templates: Templates, values: ValueSet, sources: Sources, *, is_rendered: bool = False) -> tuple[str, ...]:
    """Texts in which the names may stand of objects that nobody has seen: of all, or of its missing dependencies.

    They are written in templates and values, or made of the release and the chart, as `helm create` has it.
    """
    chart = templates.chart
    missing = [
        string(dependency.get(field)) for dependency in chart.missing_dependencies for field in ("name", "alias")
    ]
    if is_rendered and not missing:
        return ()
    charts = [*missing] if is_rendered else [chart.name, *chart.subchart_names, *missing]
    names = [word for name in charts if name for word in (name, f"{values.release}-{name}")]
    own = sources.get(chart.folder / "values.yaml").text
    given = (*(sources.get(path).text for path in values.files), *(item.text for item in values.inline))
    flags = (*values.sets, *values.strings, *values.literals)
    return (" ".join((values.release, *names)), own, *given, *flags, *(() if is_rendered else templates.texts))
