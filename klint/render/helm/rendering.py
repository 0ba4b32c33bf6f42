"""Charts → renderings: each chart with each of its sets of values, every line traced to its template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from klint.kube.resource import mapping, sequence
from klint.records import dataclass, field, replace
from klint.render.helm.charts import Chart, ChartFile
from klint.render.helm.engines import CHART_TIME_LIMIT, Answer, Budget, InterruptedRenderError, RenderError, Request
from klint.render.helm.marking import Daring, TemplateLine, mark, read_template
from klint.render.helm.schemas import is_self_contained
from klint.render.helm.sourcemap import Marked, Origin, map_lines
from klint.render.helm.values import FoundValue, InlineValues, ValueSet, ValuesIn, find_values
from klint.text.document import Document, Place, Problem
from klint.text.document import Path as DataPath
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.rendering import Gap, Missing, Rendering, Sources

_ERROR_PLACE = re.compile(r"""(?<![^:()"'\n])([^:()"'\n]++):(\d{1,9})""")
"""What stands before a line number, which ends in a path. Anchored: the engine's messages can be of any length."""

_ERROR_NOISE = re.compile(
    r"""^.* executing "[^"]*" (?=at <)|^.*?(?:execution error|parse error) at \(?[^\s:]+(?::\d+){1,2}\)?:?\s*"""
)
_UNREAD = re.compile(r"cannot load ([\w./-]+\.ya?ml)(?:.*\bline (\d+))?", re.DOTALL)
_REFUSED = re.compile(r"\s*- at '([^']*)': (.+)\Z")
_CHART_OF_VALUES = re.compile(r"(\S+):\Z")
_UNKNOWN_VALUE = re.compile(r"additional properties '([^']+)'")
_FILE_NAME = re.compile(r"[\w.-]++")
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_OWN_VALUES = re.compile(r"(?:charts/[^/]+/)*values\.yaml\Z")
"""The values that a chart and its subcharts come with."""

_METADATA = ("Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock", "values.yaml", "values.schema.json")
_LONG = 300
"""Characters of the engine's message that are shown. Its own are shorter, but a template can say what it likes."""

_CRD_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, eq=False)
class Templates:
    """The templates of a chart and its subcharts, numbered, as text and as lines."""

    chart: Chart
    budget: Budget = field(default_factory=lambda: Budget(CHART_TIME_LIMIT))
    _marked: dict[Daring, bytes] = field(default_factory=dict)

    @cached_property
    def files(self) -> tuple[ChartFile, ...]:
        """Every template, NOTES.txt and partials included, in the order of their names."""
        return tuple(file for _, file in sorted(self.chart.files.items()) if file.is_template)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Their texts. Bytes that are not UTF-8 are kept as surrogates."""
        return tuple(file.data.decode("utf-8", "surrogateescape") for file in self.files)

    @cached_property
    def words(self) -> frozenset[str]:
        """What templates that read files may call these, or the folders that hold them."""
        return frozenset(word for text in self.texts if ".Files" in text for word in _FILE_NAME.findall(text))

    @cached_property
    def lines(self) -> Mapping[int, list[TemplateLine]]:
        """Their lines, by number."""
        return {number: read_template(text) for number, text in enumerate(self.texts)}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Numbers by the path that Helm prints: `chart/templates/x.yaml`, with a subchart's alias for its name."""
        numbers = {}
        for number, file in enumerate(self.files):
            for name in self.chart.installed_names(file.name):
                numbers[f"{self.chart.name}/{name}"] = number
        return numbers

    @cached_property
    def handed(self) -> Chart:
        """The chart as the renderer gets it: without dependencies that are missing and schemas that lead out of it."""
        chart = self.chart.without_missing()
        return replace(chart, files={name: file for name, file in chart.files.items() if name not in self.left_out})

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """Schemas of values that the renderer does not get: it would look for what they refer to."""
        files = self.chart.files.items()
        return tuple(name for name, file in files if file.is_schema and not is_self_contained(file.data))

    @cached_property
    def plain(self) -> bytes:
        """The chart as an archive."""
        return self.handed.archive()

    def marked(self, daring: Daring) -> bytes:
        """The chart with markers as an archive."""
        if daring not in self._marked:
            self._marked[daring] = self._mark(daring)
        return self._marked[daring]

    def _mark(self, daring: Daring) -> bytes:
        texts = {
            self.files[number].name: mark(self.texts[number], lines, number, daring).encode("utf-8", "surrogateescape")
            for number, lines in self.lines.items()
        }
        return self.handed.archive(texts)


def request(templates: Templates, values: ValueSet, sources: Sources) -> Request:
    """What to ask the renderer for one set of values."""
    return Request(
        templates.plain,
        templates.marked,
        (*(sources.get(path).text for path in values.files), *(item.text for item in values.inline)),
        values.sets,
        values.release,
        values.namespace or "default",
        values.kube_version or templates.chart.usual_kubernetes,
        values.api_versions,
        templates.budget,
    )


class _Found:
    """Values that a path leads to, and which of them is a certain one."""

    def __init__(self, found: list[FoundValue]) -> None:
        self.found = found
        self.has_parts = any(isinstance(item.data, (dict, list)) for item in found)
        self._by_data: dict[Any, FoundValue] = {}
        for item in found:
            self._by_data.setdefault(self._key(item.data), item)

    def same_as(self, data: Any) -> FoundValue | None:
        """The first that is just this."""
        return self._by_data.get(self._key(data))

    @staticmethod
    def _key(data: Any) -> Any:
        """As a key of a mapping; of collections their text, which is the same where they are."""
        return (
            (type(data).__name__, json.dumps(data, sort_keys=True, default=str))
            if isinstance(data, (dict, list))
            else data
        )


@dataclass(frozen=True, eq=False)
class HelmOrigin:
    """The way back for a file that a chart renders to: its path as Helm prints it, its text, the same with markers."""

    templates: Templates
    path: str
    plain: str
    marked: Marked | None
    values: Sequence[ValuesIn]
    sources: Sources

    @cached_property
    def subcharts(self) -> tuple[str, ...]:
        """The names (or aliases) of the subcharts it belongs to."""
        return _subcharts(self.path.partition("/")[2])

    @cached_property
    def origins(self) -> list[Origin]:
        """Where each line comes from."""
        templates = self.templates
        return map_lines(self.plain, self.marked, templates.numbers.get(self.path, 0), templates.lines)

    @property
    def written(self) -> Document | None:
        """None: a template is no document."""
        return None

    def span(self, document: Document, path: DataPath) -> Span:
        """The template line; or the line of the values that the template line merely repeats."""
        template, value, repeats = self._trace(document, path)
        return value if value is not None and repeats else template

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """The line of the values that fed the template line, or the template line if that is the place itself."""
        template, value, repeats = self._trace(document, path)
        if value is None:
            return ()
        return (("the template that uses it", template) if repeats else ("the value comes from here", value),)

    def _trace(self, document: Document, path: DataPath) -> tuple[Span, Span | None, bool]:
        """The template's line, the values' line if one fed it, and whether the template merely repeats the values."""
        rendered = document.rendered_span(path)
        origin = self._origin(rendered)
        line = self.templates.lines[origin.file][origin.line - 1]
        template = self._template_span(origin, rendered)
        for value in line.values:
            found = self._find(value, document, path)
            if found is not None:
                span, is_same = found
                return template, span, origin.exact and is_same and (line.is_bare_reference or line.prints)
        return template, None, False

    def back(self, rendered: Span) -> Span:
        """Where a span of the rendered text comes from."""
        return self._template_span(self._origin(rendered), rendered)

    def _origin(self, rendered: Span) -> Origin:
        line = min(rendered.line, len(self.origins))
        while line > 1 and not rendered.source.line(line).strip():
            line -= 1  # what is wrong with an empty line is what stands above it
        return self.origins[line - 1]

    def _template_span(self, origin: Origin, rendered: Span) -> Span:
        file = self.templates.files[origin.file]
        if file.disk is None:
            return dependency_span(self.templates.chart, _subcharts(file.name)[0], self.sources)
        source = self.sources.get(file.disk)
        if origin.line > len(source.line_starts):  # bytes that are no text render all the same
            return source.span(0, 0, approximate=True)
        text = source.line(origin.line)
        start, end = _columns(text, rendered)
        offset = source.line_starts[origin.line - 1]
        return source.span(offset + start, offset + end, approximate=not origin.exact)

    def _find(self, value: tuple[str, ...], document: Document, path: DataPath) -> tuple[Span, bool] | None:
        """Where a value is set, and whether it is set to just what the document holds.

        When it is a whole block that `toYaml` prints, the part of it that `path` means.
        """
        data = _value_at(document.data, path)
        whole = self._values_at(value)
        for start in range(len(path)) if whole.has_parts else ():
            inner = tuple(str(step) for step in path[start:])
            part = self._values_at((*value, *inner)).same_as(data)
            if part is not None:
                return part.span, True
        same = whole.same_as(data)
        if same is not None:
            return same.span, True
        return (whole.found[0].span, False) if len(whole.found) == 1 else None

    def _values_at(self, path: tuple[str, ...]) -> _Found:
        """What a path below `.Values` leads to: a chart's values go before those of the subcharts in it."""
        known = self._known.get(path)
        if known is None:
            found: list[FoundValue] = []
            for depth, values in enumerate(self._levels):
                found = find_values(path if path[0] == "global" else (*self.subcharts[depth:], *path), values)
                if found:
                    break
            known = self._known[path] = _Found(found)
        return known

    @cached_property
    def _known(self) -> dict[tuple[str, ...], _Found]:
        """What paths lead to, looked up once: in a loop every turn asks for the values of all of them."""
        return {}

    @cached_property
    def _levels(self) -> list[Sequence[ValuesIn]]:
        """The values of the chart, then the own values of each subchart on the way to this file."""
        levels = [self.values]
        parts = self.templates.files[self.templates.numbers.get(self.path, 0)].name.split("/")
        for depth in range(1, len(self.subcharts) + 1):
            file = self.templates.chart.files.get("/".join((*parts[: 2 * depth], "values.yaml")))
            documents = read_documents(self.sources.get(file.disk)) if file and file.disk else ()
            levels.append([ValuesIn(document) for document in documents])
        return levels


def _value_at(data: Any, path: DataPath) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _subcharts(name: str) -> tuple[str, ...]:
    """The names of the subcharts a template is in, outermost first: the path of its values in the parent's."""
    parts = PurePosixPath(name).parts
    return tuple(parts[index + 1] for index in range(0, len(parts) - 2, 2) if parts[index] == "charts")


def _columns(text: str, rendered: Span) -> tuple[int, int]:
    """Where a rendered span's text stands in the template line; else the line's value, or all of it."""
    made = rendered.source.line(rendered.line)
    wanted = made[rendered.column - 1 : rendered.end_column - 1]
    if wanted and text.count(wanted) == 1:
        start = text.index(wanted)
        return start, start + len(wanted)
    key = made[: rendered.column - 1].strip().removeprefix("- ")
    end = len(text.rstrip())
    if key and key in text:
        start = text.index(key) + len(key)
        return start + len(text[start:]) - len(text[start:].lstrip()), end
    return len(text) - len(text.lstrip()), end


def dependency_span(chart: Chart, name: str, sources: Sources, *, approximate: bool = True) -> Span:
    """The line of Chart.yaml that names a dependency: what comes out of its archive cannot be edited here."""
    for file_name in ("Chart.yaml", "requirements.yaml"):
        if file_name not in chart.files:
            continue
        source = sources.get(chart.folder / file_name)
        for document in read_documents(source):
            for index, item in enumerate(sequence(mapping(document.data).get("dependencies"))):
                if mapping(item).get("name") == name:
                    return replace(document.span(("dependencies", index, "name")), approximate=approximate)
    return sources.get(chart.folder / "Chart.yaml").span(0, 0, approximate=True)


def render_chart(templates: Templates, values: ValueSet, outcome: Answer | RenderError, sources: Sources) -> Rendering:
    """One chart with one set of values, from what the renderer answered."""
    chart = templates.chart
    name = sources.shown(chart.folder) + (f" with {values.name}" if values.name else "")
    own = chart.folder / "values.yaml"
    paths = (values.target or sources.relative(values.files[-1] if values.files else own),)
    feeding = [
        *(ValuesIn(document) for path in (own, *values.files) for document in read_documents(sources.get(path))),
        *(ValuesIn(item.document, item.path) for item in values.inline),
    ]
    lacking = _lacking(templates, values, sources, is_rendered=not isinstance(outcome, RenderError))
    gaps = tuple(dict.fromkeys(Gap(missing, chart.folder) for missing, _ in lacking))
    problems = [problem for _, problem in lacking]
    is_blank = any(missing is Missing.DEFAULTS for missing, _ in lacking)
    if isinstance(outcome, RenderError) or is_blank:
        if isinstance(outcome, RenderError) and not _follows(outcome, {missing for missing, _ in lacking}):
            span, why = (
                _asked_wrongly(chart, values, outcome, sources)
                or _misread(chart, values, str(outcome), sources)
                or (_blamed(templates, str(outcome), feeding, sources), _plain(chart, str(outcome)))
            )
            message = f"Chart {sources.shown(chart.folder)} does not render: {why}"
            problems.append(Problem("unrendered", message, span, met_by=values.name))
        consumed = frozenset(file.disk for name, file in chart.files.items() if file.disk and _is_used(name, templates))
        return Rendering(name, (), paths, consumed, tuple(problems), gaps=gaps, chart=chart.folder, values=values.name)
    documents: list[Document] = []
    for path, text in sorted(outcome.plain.items()):
        if _is_manifest(path) and text.strip():
            origin = HelmOrigin(templates, path, text, outcome.marked.get(path), feeding, sources)
            documents.extend(_documents(Source(f"{name}: {path}", text, paths[0]), origin))
    documents += [
        document
        for path, file in chart.files.items()
        if path.startswith("crds/") and file.disk is not None and path.endswith(_CRD_SUFFIXES)
        for document in read_documents(sources.get(file.disk))
    ]
    files = [file.disk for file in chart.files.values() if file.disk is not None]
    written = [sources.get(path) for path in files if path.suffix in (".yaml", ".yml", ".tpl")]
    used = {file.disk for name, file in chart.files.items() if file.disk is not None and _is_used(name, templates)}
    consumed = frozenset((*used, *values.files))
    return Rendering(
        name, tuple(documents), paths, consumed, tuple(problems), tuple(written), gaps, chart.folder, values.name
    )


def _follows(error: RenderError, lacking: set[Missing]) -> bool:
    """Whether an error may follow from what klint was not given: a helper or a value that a template asks for."""
    is_certain = error.field or isinstance(error, InterruptedRenderError) or "parse error at" in str(error)
    return not is_certain and bool(lacking - {Missing.SCHEMA})


def _lacking(
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
        if _OWN_VALUES.match(file):  # what stands in their place is empty, and names, ports and the like made of it
            message = f"Chart {name} is not linted without its file {file}: {reason}"
            found.append((Missing.DEFAULTS, Problem("incomplete-rendering", message, top)))
            continue
        message = f"Chart {name} {how} without its file {file}: {reason}"
        found.append((Missing.FILES, Problem("incomplete-rendering", message, top)))
    for file in templates.left_out:
        message = f"Chart {name} {how} without its {file}, which is not JSON or refers to other files"
        found.append((Missing.SCHEMA, Problem("incomplete-rendering", message, top)))
    for file, place in values.absent:
        message = f"Chart {name} {how} without the values file {file}, which is not in the workspace"
        found.append((Missing.VALUES, Problem("incomplete-rendering", message, place.span)))
    return found


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


def _documents(source: Source, origin: HelmOrigin) -> Iterator[Document]:
    """The documents of a rendered file; what is wrong with their text is shown where it comes from."""
    for document in read_documents(source, origin):
        problems = tuple(
            replace(
                problem,
                span=origin.back(problem.span),
                related=tuple((message, origin.back(span)) for message, span in problem.related),
            )
            for problem in document.problems
        )
        yield replace(document, problems=problems) if problems else document


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
    texts: list[tuple[Source, InlineValues | None]]
    texts = [(sources.get(path), None) for path in (chart.folder / "Chart.yaml", chart.folder / "values.yaml")]
    texts += [(sources.get(path), None) for path in values.files]
    texts += [(Source(item.document.source.path, item.text), item) for item in values.inline]
    for source, item in texts:
        for document in read_documents(source):
            problem = next((problem for problem in document.problems if problem.rule == "syntax-error"), None)
            if problem is not None:
                span, why = problem.span, f"{problem.message[:1].lower()}{problem.message[1:]}"
            elif document.data is not None and not isinstance(document.data, dict):
                span, why = document.span(()), "these are no values: they are no mapping"
            else:
                continue
            return (item.document.span(item.path) if item else span), why
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
    for refusal in _refusals(templates.chart, message):
        found = find_values(refusal.path, values)
        if found:
            return found[0].span
    return span


class _Refusal(NamedTuple):
    """A value that a schema refuses: its path in the chart's values, and why."""

    path: tuple[str, ...]
    why: str


def _refusals(chart: Chart, message: str) -> list[_Refusal]:
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
                _Refusal((*path, unknown[1]), "its schema knows no such value")
                if unknown
                else _Refusal(path, refused[2])
            )
    return sorted(found)


def _path_in(text: str) -> str:
    """The path that a text ends in: what holds a slash may hold spaces, and what goes before it is another word."""
    start = max(text.rfind(space, 0, text.find("/") + 1) for space in " \t\n")
    return text[start + 1 :].lstrip("/")


def _line_of(templates: Templates, file: ChartFile, line: int, sources: Sources) -> Span:
    """A line of a chart's file, without its indentation; what comes out of an archive stands at its dependency."""
    if file.disk is None:
        return dependency_span(templates.chart, _subcharts(file.name)[0], sources, approximate=False)
    source = sources.get(file.disk)
    line = min(line, len(source.line_starts))
    while line > 1 and not source.line(line).strip():
        line -= 1  # a text that ends too early ends with its last line
    start, end = source.line_range(line)
    text = source.text[start:end]
    return source.span(start + len(text) - len(text.lstrip()), end)


def _plain(chart: Chart, message: str) -> str:
    """The engine's message on one line, without the places that the finding has already, nor all of a long text."""
    refusals = _refusals(chart, message)
    if refusals:
        line = "; ".join(f"value {'.'.join(path) or 'of the chart'}: {why}" for path, why in refusals)
    else:
        line = " ".join(message.split())
        line = _ERROR_NOISE.sub("", line) or line
    line = _ADDRESS.sub("0x…", line)
    return line if len(line) <= _LONG else f"{line[:_LONG]}…"
