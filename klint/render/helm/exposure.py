"""A chart with exposure on: rendered with the values that turn on what it can expose and its values have off.

What then fails (values that are required, combinations that the chart or its schema refuses) is tried with less, and
left off where nothing helps: nobody has asked for it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from klint.kube.resource import mapping
from klint.records import cached_property, replace
from klint.render.cache import Cache
from klint.render.helm.answer import Answer
from klint.render.helm.errors import refused_values
from klint.render.helm.rendering import render_chart
from klint.render.helm.switches import Needs, Switch, Switches
from klint.render.helm.templates import Templates
from klint.render.helm.values import ValueSet, ValuesIn, chart_values, find_values, merge
from klint.render.outcomes import InterruptedRenderError, RenderError, remembered
from klint.text.data import value_at
from klint.text.document import Document, Place
from klint.text.words import abridged
from klint.workspace.rendering import ExposureOn, Rendering, Sources, TurnedOn

MAX_ATTEMPTS = 12
"""Renders of one chart with exposure on, until the rest is left off."""

MANY = 3
"""Values that a message names."""

Render = Callable[[ValueSet], Answer | RenderError]


class ExposedChart:
    """What a chart renders to with exposure on."""

    def __init__(self, templates: Templates, sources: Sources, cache: Cache, base: ValueSet) -> None:
        """`base` are values that the chart renders with."""
        self.templates = templates
        self.base = base
        self.sources = sources
        self.cache = cache

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The chart's own values."""
        return chart_values(self.templates.handed)

    @cached_property
    def needs(self) -> Needs:
        """What the chart can expose, which follows from its files alone: it is looked for once."""

        def make() -> Needs:
            from klint.render.helm.search import needs

            return needs(self.templates.handed, self.values)

        return remembered(self.cache, ("exposure", self.templates.digest), make, Needs.from_json, Needs.to_json)

    def sets(self, others: Iterable[ValueSet]) -> list[Switches]:
        """What is to be turned on: nothing that one of the sets of values has on that the chart is rendered with."""
        return self.needs.sets([merged for item in others if (merged := self._merged(item))])

    def _merged(self, values: ValueSet) -> dict[str, object]:
        """What a set of values says over the chart's own."""
        merged: dict[str, object] = {}
        documents = [ValuesIn(document) for path in values.files for document in self.sources.documents(path)]
        for part in (*documents, *(part for item in values.inline for part in item.parts)):
            merge(merged, mapping(value_at(part.document.data, part.path, None)))
        for name, _, value in (item.partition("=") for item in values.sets):
            data: object = value == "true" if value in ("true", "false") else value
            for step in reversed(name.split(".")):
                data = {step: data}
            merge(merged, mapping(data))
        return merged

    def renderings(
        self, sets: Sequence[Switches], render: Render, left_off: Callable[[Switches], None]
    ) -> Iterator[Rendering]:
        """A rendering for each set, less what does not render."""
        waiting = list(sets)
        for _ in range(MAX_ATTEMPTS):
            if not waiting:
                return
            tried = waiting.pop(0)
            outcome = render(self._values(tried))
            if isinstance(outcome, Answer):
                yield self._rendering(tried, outcome)
            elif isinstance(outcome, InterruptedRenderError) or not (parts := self._parts(tried, str(outcome))):
                left_off(tried)
            else:
                waiting = [*parts, *waiting]
        for rest in waiting:
            left_off(rest)

    def _values(self, switches: Switches) -> ValueSet:
        overrides = json.dumps(switches.overrides(self.values), default=str)
        return replace(self.base, name=", ".join(filter(None, (self.base.name, str(switches)))), turned_on=overrides)

    def _parts(self, switches: Switches, message: str) -> list[Switches]:
        """What to try instead: all but what the error names, then that; else either half."""
        refused = [value.path for value in refused_values(self.templates.chart, message)]
        blamed = {
            piece
            for piece, needed in switches.pieces.items()
            if f"{piece.template}:" in message
            or any(tuple(map(str, switch.path))[: len(path)] == path for switch in needed for path in refused)
        }
        rest = switches.pieces.keys() - blamed
        if blamed and rest:
            return [switches.only(sorted(rest)), switches.only(sorted(blamed))]
        alike = defaultdict(list)
        for piece, needed in switches.pieces.items():
            alike[frozenset(needed)].append(piece)
        groups = list(alike.values())
        halves = (groups[: len(groups) // 2], groups[len(groups) // 2 :]) if len(groups) > 1 else ()
        return [switches.only(piece for group in half for piece in group) for half in halves]

    def _rendering(self, switches: Switches, answer: Answer) -> Rendering:
        values = self._values(switches)
        rendering = render_chart(self.templates, values, answer, self.sources)
        switched = {switch: TurnedOn(str(switch), self._place(switch)) for switch in switches.switches}
        needed = {
            (f"{rendering.name}: {piece.template}", piece.kind): tuple(switched[switch] for switch in taken)
            for piece, taken in switches.pieces.items()
        }
        exposure_on = ExposureOn(needed, self.needs.is_whole_with(switches))
        documents = tuple(_with_needed(document, exposure_on) for document in rendering.documents)
        return replace(rendering, documents=documents, problems=(), unread=(), exposure_on=exposure_on)

    def _place(self, switch: Switch) -> Place | None:
        """Where the value is that has it off: in the chart's own values or in those of the chart that it is in."""
        steps = tuple(map(str, switch.path))
        for part in self.templates.chart.parts:
            depth = len(part.names)
            file = self.templates.chart.files.get(f"{part.folder}values.yaml")
            if file is not None and file.disk is not None and part.names == steps[:depth]:
                documents = [ValuesIn(document) for document in self.sources.documents(file.disk)]
                found = find_values(steps[depth:], documents)
                if found:
                    return found[0].place
        return None


def _with_needed(document: Document, exposure_on: ExposureOn) -> Document:
    """A document whose errors of syntax say what turns them on; of what is no YAML nobody knows the kind."""
    if not document.problems:
        return document
    source = document.source.path
    needed = dict.fromkeys(item.name for key, items in exposure_on.needed.items() if key[0] == source for item in items)
    named = f"(with {abridged([*needed], MANY)})"
    problems = (problem for problem in document.problems if problem.rule == "syntax-error" and needed)
    return replace(
        document, problems=tuple(replace(problem, message=f"{problem.message} {named}") for problem in problems)
    )
