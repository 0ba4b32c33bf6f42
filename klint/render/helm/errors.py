"""Why a chart does not render → the line to blame, and the engine's words without what nobody needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from klint.regex import regex
from klint.render.helm.charts import Chart, ChartFile, subchart_names
from klint.render.helm.dependencies import dependency_span
from klint.render.helm.templates import Templates
from klint.render.helm.values import ValueSet, ValuesIn, find_values
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.text.document import Place
from klint.text.source import Span
from klint.workspace.rendering import Missing, Sources

_ERROR_PLACE = regex(r"""(?<![^:()"'\n])([^:()"'\n]++):(\d{1,9})""")
"""What stands before a line number, which ends in a path. Anchored: the engine's messages can be of any length."""

_ERROR_NOISE = regex(
    r"""^.* executing "[^"]*" (?=at <)|^.*?(?:execution error|parse error) at \(?[^\s:]+(?::\d+){1,2}\)?:?\s*"""
)
_UNREAD = regex(r"cannot load ([\w./-]+\.ya?ml)(?:.*\bline (\d+))?", re.DOTALL)
_REFUSED = regex(r"\s*- at '([^']*)': (.+)\Z")
_CHART_OF_VALUES = regex(r"(\S+):\Z")
_UNKNOWN_VALUE = regex(r"additional properties '([^']+)'")
_ADDRESS = regex(r"0x[0-9a-f]{6,}")
_LONG = 300
"""Characters of the engine's message that are shown. Its own are shorter, but a template can say what it likes."""


def blame(
    templates: Templates, values: ValueSet, error: RenderError, feeding: Sequence[ValuesIn], sources: Sources
) -> tuple[Span, str]:
    """The line to blame for an error, and why. `feeding` are the documents that set values, the chart's own first."""
    return (
        _asked_wrongly(templates.chart, values, error, sources)
        or _misread(templates.chart, values, str(error), sources)
        or (_blamed(templates, str(error), feeding, sources), _plain(templates.chart, str(error)))
    )


def follows(error: RenderError, lacking: set[Missing]) -> bool:
    """Whether an error may follow from what klint was not given, a helper or a value that a template asks for, or is a
    limit of klint's.
    """
    if isinstance(error, InterruptedRenderError):
        return True
    is_certain = error.field or "parse error at" in str(error)
    return not is_certain and bool(lacking - {Missing.SCHEMA})


def _asked_wrongly(chart: Chart, values: ValueSet, error: RenderError, sources: Sources) -> tuple[Span, str] | None:
    """Where the name or version is written with which nothing renders, and what is wrong with it."""
    if error.field == "kubernetes":
        place = next(
            (Place(document, ("kubeVersion",)) for document in sources.documents(chart.folder / "Chart.yaml")), None
        )
    else:
        place = values.at.get(error.field)
    return (place.span, str(error)) if place else None


def _misread(chart: Chart, values: ValueSet, message: str, sources: Sources) -> tuple[Span, str] | None:
    """Where what the engine could not read is no YAML, or no mapping, and why. It names neither file nor line well."""
    if "yaml" not in message.lower() and "unmarshal" not in message:
        return None
    files = (chart.folder / "Chart.yaml", chart.folder / "values.yaml", *values.files)
    documents = [document for path in files for document in sources.documents(path)]
    documents += [part.document for item in values.inline for part in item.parts]
    for document in documents:
        problem = next((problem for problem in document.problems if problem.rule == "syntax-error"), None)
        if problem is not None:
            return problem.span, f"{problem.message[:1].lower()}{problem.message[1:]}"
        if document.data is not None and not isinstance(document.data, dict):
            return document.span(()), "these are no values: they are no mapping"
    return None


def _blamed(templates: Templates, message: str, values: Sequence[ValuesIn], sources: Sources) -> Span:
    """The place that an error message is about: the last template line it names, a value that the schema refuses, a
    file that cannot be read; else the chart.
    """
    span = sources.get(templates.chart.folder / "Chart.yaml").span(0, 0)
    for match in _ERROR_PLACE.finditer(message):
        number = templates.numbers.get(_path_in(match[1]))
        if number is not None:
            span = _line_of(templates, templates.files[number], int(match[2]), sources)
    unread = _UNREAD.search(message)
    file = templates.chart.files.get(unread[1]) if unread else None
    if unread and file:
        span = _line_of(templates, file, int(unread[2] or 1), sources)
    for refusal in refused_values(templates.chart, message):
        found = find_values(refusal.path, values)
        if found:
            return found[0].place.span
    return span


class RefusedValue(NamedTuple):
    """A value that a schema refuses: its path in the chart's values, and why."""

    path: tuple[str, ...]
    why: str


def refused_values(chart: Chart, message: str) -> list[RefusedValue]:
    """The values that a schema refuses, in the order of their paths: Helm names them in an order of the day."""
    found = set()
    prefix: tuple[str, ...] = ()
    for line in message.split("\n"):
        of_chart, refused = _CHART_OF_VALUES.match(line), _REFUSED.match(line)
        if of_chart:
            prefix = () if of_chart[1] == chart.name else (of_chart[1],)
        elif refused:
            path = (*prefix, *refused[1].split("/")[1:])
            unknown = _UNKNOWN_VALUE.match(refused[2])
            found.add(
                RefusedValue((*path, unknown[1]), "its schema knows no such value")
                if unknown
                else RefusedValue(path, refused[2])
            )
    return sorted(found)


def _path_in(text: str) -> str:
    """The path that a text ends in: what holds a slash may hold spaces, and what goes before it is another word."""
    start = max(text.rfind(space, 0, text.find("/") + 1) for space in " \t\n")
    return text[start + 1 :].lstrip("/")


def _line_of(templates: Templates, file: ChartFile, line: int, sources: Sources) -> Span:
    """A line of a chart's file, without its indentation; what comes out of an archive stands at its dependency."""
    if file.disk is None:
        return dependency_span(templates.chart, subchart_names(file.name)[0], sources, approximate=False)
    source = sources.get(file.disk)
    line = min(line, len(source.line_starts))
    while line > 1 and not source.line(line).strip():
        line -= 1  # a text that ends too early ends with its last line
    start, end = source.line_range(line)
    text = source.text[start:end]
    return source.span(start + len(text) - len(text.lstrip()), end)


def _plain(chart: Chart, message: str) -> str:
    """The engine's message on one line, without the places that the finding has already, nor all of a long text."""
    refusals = refused_values(chart, message)
    if refusals:
        line = "; ".join(f"value {'.'.join(path) or 'of the chart'}: {why}" for path, why in refusals)
    else:
        line = " ".join(message.split())
        line = _ERROR_NOISE.sub("", line) or line
    line = _ADDRESS.sub("0x…", line)
    return line if len(line) <= _LONG else f"{line[:_LONG]}…"
