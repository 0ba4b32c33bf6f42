"""The way back from what a chart renders to: the template line, or the values that it repeats."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from klint.records import cached_property, dataclass
from klint.render.helm.charts import subchart_names
from klint.render.helm.dependencies import dependency_span
from klint.render.helm.marking import ANY, KEY
from klint.render.helm.sourcemap import LineOrigin, Marked, map_lines
from klint.render.helm.templates import Templates
from klint.render.helm.values import FoundValue, ValuesIn, find_values
from klint.text.data import is_same, leaves, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.source import Span
from klint.workspace.rendering import Sources

_MANY_LEAVES = 50
"""Values in one part of a document that are looked at to tell which turn of a loop made one of them."""

_MANY_TURNS = 50
"""Turns of a loop that a value may be of: one that more have tells too little to compare it with others."""

_NO_ITEMS: Mapping[DataPath, FoundValue] = {}


class _Found:
    """Values that a path leads to, and which of them are certain ones."""

    def __init__(self, found: list[FoundValue]) -> None:
        self.found = found
        self.has_parts = any(isinstance(item.data, (dict, list)) for item in found)
        self._by_data: dict[Any, list[FoundValue]] = {}
        for item in found:
            self._by_data.setdefault(self.key(item.data), []).append(item)

    def same_as(self, data: Any) -> Sequence[FoundValue]:
        """Those that are just this: several where a loop goes through values that are alike."""
        return self._by_data.get(self.key(data), ())

    @staticmethod
    def key(data: Any) -> Any:
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
        return subchart_names(self.path.partition("/")[2])

    @cached_property
    def origins(self) -> list[LineOrigin]:
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
        return value.span if value is not None and repeats else template

    def place(self, document: Document, path: DataPath) -> Place | None:
        """The place in the values whose value a template line merely repeats; a template is no document."""
        _, value, repeats = self._trace(document, path)
        if value is None or not repeats or not is_same(value.value, value_at(document.data, path)):
            return None
        return value.document.place(value.path)

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """The line of the values that fed the template line, or the template line if that is the place itself."""
        template, value, repeats = self._trace(document, path)
        if value is None:
            return ()
        return (("the template that uses it", template) if repeats else ("the value comes from here", value.span),)

    def _trace(self, document: Document, path: DataPath) -> tuple[Span, Place | None, bool]:
        """The template's line, the values' place if one fed it, and whether the template merely repeats the values."""
        rendered = document.rendered_span(path)
        origin = self._origin(rendered)
        line = self.templates.lines[origin.file][origin.line - 1]
        template = self._template_span(origin, rendered)
        found = [item for value in line.values if (item := self._find(value, document, path)) is not None]
        if not found:
            return template, None, False
        place, is_just_it = next((item for item in found if item[1]), found[0])
        return template, place, origin.exact and is_just_it and (line.is_bare_reference or line.prints)

    def back(self, rendered: Span) -> Span:
        """Where a span of the rendered text comes from."""
        return self._template_span(self._origin(rendered), rendered)

    def _origin(self, rendered: Span) -> LineOrigin:
        line = min(rendered.line, len(self.origins))
        while line > 1 and not rendered.source.line(line).strip():
            line -= 1  # what is wrong with an empty line is what stands above it
        return self.origins[line - 1]

    def _template_span(self, origin: LineOrigin, rendered: Span) -> Span:
        file = self.templates.files[origin.file]
        if file.disk is None:
            return dependency_span(self.templates.chart, subchart_names(file.name)[0], self.sources)
        source = self.sources.get(file.disk)
        if origin.line > len(source.line_starts):  # bytes that are no text render all the same
            return source.span(0, 0, approximate=True)
        text = source.line(origin.line)
        start, end = _columns(text, rendered)
        offset = source.line_starts[origin.line - 1]
        return source.span(offset + start, offset + end, approximate=not origin.exact)

    def _find(self, value: tuple[str, ...], document: Document, path: DataPath) -> tuple[Place, bool] | None:
        """Where a value is set, and whether it is set to just what the document holds.

        When it is a whole block that `toYaml` prints, the part of it that `path` means.
        """
        data = value_at(document.data, path, None)
        whole = self._values_at(value)
        for start in range(len(path)) if whole.has_parts else ():
            inner = tuple(str(step) for step in path[start:])
            parts = self._values_at((*value, *inner)).same_as(data)
            if parts:
                return self._of_turn((*value, *inner), document, path)
        same = whole.same_as(data)
        if same:
            return self._of_turn(value, document, path)
        return (whole.found[0].place, False) if len(whole.found) == 1 else None

    def _of_turn(self, value: tuple[str, ...], document: Document, path: DataPath) -> tuple[Place, bool] | None:
        """Of values that are alike the one of the item that a loop was at; None where more than one may be.

        What else the loop repeats of the item tells, in the smallest part of the document that has enough of it.
        """
        loop = _loop(value)
        items = self._items(value, value_at(document.data, path, None))
        for depth in reversed(range(len(path))) if len(items) > 1 else ():
            for below, _ in islice(leaves(value_at(document.data, path[:depth])), _MANY_LEAVES):
                turns = self._turns_at((*path[:depth], *below), loop, document)
                fewer = turns if len(turns) < len(items) else items
                if turns and len(fewer) <= _MANY_TURNS:
                    items = {item: items[item] for item in fewer if item in items and item in turns}
            if len(items) < 2:
                break
        return (next(iter(items.values())).place, True) if len(items) == 1 else None

    def _turns_at(self, path: DataPath, loop: tuple[str, ...], document: Document) -> Mapping[DataPath, FoundValue]:
        """The items of a loop that have the value at a path, if a template line repeats that; else nothing."""
        key = (document.start, path)
        if key not in self._repeated:
            origin = self._origin(document.rendered_span(path))
            line = self.templates.lines[origin.file][origin.line - 1]
            self._repeated[key] = line.values if origin.exact and line.is_bare_reference else ()
        data = value_at(document.data, path, None)
        named = (value for value in self._repeated[key] if loop and value[: len(loop)] == loop)
        return next((items for value in named if (items := self._items(value, data))), _NO_ITEMS)

    @cached_property
    def _repeated(self) -> dict[tuple[int, DataPath], Sequence[tuple[str, ...]]]:
        """The paths below `.Values` that the lines of values merely repeat."""
        return {}

    def _items(self, value: tuple[str, ...], data: Any) -> Mapping[DataPath, FoundValue]:
        """The items of the innermost loop on a path below `.Values` that have some data there."""
        key = (value, _Found.key(data))
        if key not in self._items_by_data:
            loop, found = _loop(value), self._values_at(value).same_as(data)
            self._items_by_data[key] = {_item(one.place, value, loop): one for one in found}
        return self._items_by_data[key]

    @cached_property
    def _items_by_data(self) -> dict[Any, Mapping[DataPath, FoundValue]]:
        return {}

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
            documents = self.sources.documents(file.disk) if file and file.disk else ()
            levels.append([ValuesIn(document) for document in documents])
        return levels


def _loop(value: tuple[str, ...]) -> tuple[str, ...]:
    """The part of a path below `.Values` that leads to the items of the innermost loop; empty where there is none."""
    return value[: len(value) - value[::-1].index(ANY)] if ANY in value else ()


def _item(place: Place, value: tuple[str, ...], loop: tuple[str, ...]) -> DataPath:
    """The item of a loop that a value is of."""
    steps = len([step for step in value[len(loop) :] if step != KEY])
    return place.path[: len(place.path) - steps]


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
