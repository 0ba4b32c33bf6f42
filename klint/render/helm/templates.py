"""The templates of a chart: what the renderer gets, plainly and with markers, and their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from klint.records import cached_property, dataclass, field, replace
from klint.regex import regex
from klint.render.budget import Budget, chart_budget
from klint.render.cache import digest
from klint.render.helm.certainty import is_certain, may_call
from klint.render.helm.charts import Chart, ChartFile
from klint.render.helm.hashed import with_copies
from klint.render.helm.marking import Carrier, Daring, TemplateLine, carriers, mark, read_template
from klint.render.helm.request import TemplateRequest
from klint.render.helm.schemas import is_self_contained
from klint.render.helm.values import ValueSet
from klint.workspace.rendering import Sources

_FILE_NAME = regex(r"[\w.-]++")


@dataclass(frozen=True, eq=False)
class Templates:
    """The templates of a chart and its subcharts, numbered, as text and as lines."""

    chart: Chart
    budget: Budget = field(default_factory=chart_budget)
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
        """Their lines, by number, each template's read when somebody asks for them: where findings stand."""
        return _Lines(self.texts)

    @cached_property
    def _texts_by_name(self) -> Mapping[str, str]:
        return {file.name: text for file, text in zip(self.files, self.texts, strict=True)}

    @cached_property
    def _texts_for_both(self) -> Mapping[str, str]:
        """The templates by name, and copies of those that they hash, which stay without markers."""
        return with_copies(self._texts_by_name) or self._texts_by_name

    @cached_property
    def _carriers(self) -> list[Sequence[Carrier]]:
        """The lines of all these: none of a copy carries a marker."""
        found: list[Sequence[Carrier]] = list(map(carriers, self.texts))
        copies = [*self._texts_for_both.values()][len(found) :]
        return [*found, *([Carrier()] * (text.count("\n") + 1) for text in copies)]

    def same_with_markers(self, values: Iterable[str]) -> bool:
        """Whether the chart certainly renders to the same with markers, but for these, with some values as YAML."""
        if not self._is_certain:
            return False
        if not any("tpl" in text for text in self.texts):
            return True
        reads_files = any(".Files" in text for text in self.texts)
        files = (file for name, file in self.chart.files.items() if not file.is_template)
        read = (file.data for file in files if reads_files or file.name.endswith("values.yaml"))
        return not may_call((*read, *(text.encode("utf-8", "surrogateescape") for text in values)))

    @cached_property
    def _is_certain(self) -> bool:
        return is_certain([*self._texts_for_both.values()], self._carriers)

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
    def digest(self) -> str:
        """The hash of all that the renderer gets of the chart, whatever the values."""
        files = self.handed.files.items()
        return digest((self.handed.name, *(part for name, file in files for part in (name, file.data))))

    @cached_property
    def plain(self) -> bytes:
        """The chart as an archive."""
        return self.handed.archive()

    def marked(self, daring: Daring) -> bytes:
        """The chart with markers as an archive."""
        if daring not in self._marked:
            self._marked[daring] = self._mark(daring, self._texts_by_name)
        return self._marked[daring]

    def marked_for_both(self) -> bytes:
        """The chart with all markers as an archive, for the one render that is enough (see `same_with_markers`)."""
        if self._texts_for_both is self._texts_by_name:
            return self.marked(Daring.BLOCKS)
        return self._with_copies

    @cached_property
    def _with_copies(self) -> bytes:
        return self._mark(Daring.BLOCKS, self._texts_for_both)

    def _mark(self, daring: Daring, texts: Mapping[str, str]) -> bytes:
        marked = {
            name: mark(text, lines, number, daring).encode("utf-8", "surrogateescape")
            for number, ((name, text), lines) in enumerate(zip(texts.items(), self._carriers, strict=False))
        }
        added = {name: ChartFile(name, data, None) for name, data in marked.items() if name not in self._texts_by_name}
        return replace(self.handed, files={**self.handed.files, **added}).archive(marked)


class _Lines(Mapping[int, list[TemplateLine]]):
    """The lines of templates by number, those of each read when first asked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._read: dict[int, list[TemplateLine]] = {}

    def __getitem__(self, number: int) -> list[TemplateLine]:
        if number not in self._read:
            if not 0 <= number < len(self._texts):
                raise KeyError(number)
            self._read[number] = read_template(self._texts[number])
        return self._read[number]

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._texts)))

    def __len__(self) -> int:
        return len(self._texts)


def request(templates: Templates, values: ValueSet, sources: Sources, *, chart: bytes | None = None) -> TemplateRequest:
    """What to ask the renderer for one set of values. Packing the chart takes time: it may be given, or come later."""
    return TemplateRequest(
        templates.plain if chart is None else chart,
        templates.marked,
        (
            *(sources.get(path).text for path in values.files),
            *(item.text for item in values.inline),
            *filter(None, (values.turned_on,)),
        ),
        values.sets,
        values.release,
        values.namespace or "default",
        values.kube_version or templates.chart.usual_kubernetes,
        values.api_versions,
        templates.budget,
        values.strings,
        values.literals,
        templates.same_with_markers,
        templates.marked_for_both,
    )
