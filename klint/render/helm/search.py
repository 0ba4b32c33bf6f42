"""What a chart can expose, and on which values it depends.

The conditions around exposed objects in the templates, and those of the dependencies they are in, tell what turns them
on. Charts are looked at with their own values: what others set is told from what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import cached_property
from klint.regex import regex
from klint.render.helm.charts import Chart, ChartPart
from klint.render.helm.conditions import Conditions
from klint.render.helm.switches import EXPOSED_KINDS, WORKLOAD_KINDS, Needs, Piece
from klint.render.helm.syntax import Node, Print, Text, Tree, read_tree
from klint.render.helm.terms import Guard, Root, Term, Value
from klint.render.helm.walk import At, TooMuchError, Walk
from klint.text.data import value_at

_EXPOSED = regex(
    rf"""^[ ]*+(?:-[ ]++)?(?:
        kind:[ ]*+["']?\{{\{{
        |kind:[ ]*+["']?(?P<kind>{"|".join(sorted(EXPOSED_KINDS | WORKLOAD_KINDS))})["']?[ ]*+(?:\#.*)?$
        |(?P<field>hostPort|hostNetwork|nodePort|externalIPs|loadBalancerSourceRanges):
        |type:[ ]*+["']?(?P<type>LoadBalancer|NodePort)\b
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""A line that makes an object exposed, or one that is."""

_PRINTED = regex(r"""(?:^|\s)(?P<key>hostNetwork|kind):\s*["']?\Z""")
"""A key whose value is printed."""

_CALLED = regex(r'\b(?:include|template)\s+"([^"]+)"')
_DEFINED = regex(r'\{\{-?\s*(?:define|block)\s+"([^"]+)"')

MAX_PIECES = 2000
"""Pieces of one chart that are looked at."""


def needs(chart: Chart, values: Mapping[str, Any]) -> Needs:
    """What a chart can expose that its values, those of its subcharts below them, have off, and what that needs."""
    return _Search(chart, values).needs()


class _Search:
    """Looks for what a chart can expose."""

    def __init__(self, chart: Chart, values: Mapping[str, Any]) -> None:
        self.chart = chart
        self.values = values

    def needs(self) -> Needs:
        """What each piece needs that the values have off, and what of that is to be changed."""
        found, unmet = [], set()
        conditions = Conditions(self._walk)
        for piece, guards in islice(self._exposed(), MAX_PIECES):
            try:
                settings = conditions.settings(guards)
            except TooMuchError:
                break
            if settings is None:
                unmet.add(piece.what)
            elif changes := conditions.changes(settings):
                found.append((piece, settings, changes))
        return Needs(found, frozenset(unmet))

    @cached_property
    def _walk(self) -> Walk:
        defines: dict[str, list[Node]] = {}
        for tree in self._trees.values():
            defines.update(tree.defines)
        return Walk(self.values, defines)

    @cached_property
    def _trees(self) -> Mapping[str, Tree]:
        """The templates as trees, where one leads to something exposed; none where nothing does."""
        if not any(_EXPOSED.search(text) for text in self._texts.values()):
            return {}
        return {name: read_tree(text) for name, text in self._texts.items()}

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        files = self.chart.files.items()
        return {name: file.data.decode("utf-8", "replace") for name, file in files if file.is_template}

    @cached_property
    def _exposing(self) -> frozenset[str]:
        """The named templates in which something exposed is, or in one that they take in."""
        callers: dict[str, set[str]] = {}
        waiting: list[str] = []
        for text in self._texts.values():
            starts = [*_DEFINED.finditer(text)]
            ends = [*(item.start() for item in starts[1:]), len(text)]
            for start, end in zip(starts, ends, strict=False):
                body = text[start.end() : end]
                for name in _CALLED.findall(body):
                    callers.setdefault(name, set()).add(start[1])
                if _EXPOSED.search(body):
                    waiting.append(start[1])
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(callers.get(name, ()))
        return frozenset(found)

    def _exposed(self) -> Iterator[tuple[Piece, tuple[Guard, ...]]]:
        """What is exposed, or makes so: the piece of a template, and the conditions on which it is there."""
        for part in self.chart.parts:
            conditions = tuple(self._conditions_of(part))
            metadata = f"{part.folder}Chart.yaml"
            if part.names and mapping(self.chart.yaml(metadata)).get("type") == "library":
                continue
            for name, tree in self._trees.items():
                inner = name.removeprefix(part.folder)
                if name.startswith(part.folder) and inner.startswith("templates/") and self._leads_on(name):
                    yield from self._exposed_by(f"{self.chart.name}/{part.installed}{inner}", tree, part, conditions)

    def _leads_on(self, name: str) -> bool:
        """Whether something exposed may come out of a template."""
        text = self._texts[name]
        if name.rpartition("/")[2].startswith("_"):
            return False
        return bool(_EXPOSED.search(text)) or not self._exposing.isdisjoint(_CALLED.findall(text))

    def _exposed_by(
        self, template: str, tree: Tree, part: ChartPart, conditions: tuple[Guard, ...]
    ) -> Iterator[tuple[Piece, tuple[Guard, ...]]]:
        found: dict[tuple[str, int], tuple[Guard, ...]] = {}
        above = ""

        def visit(node: Text | Print, term: Term, at: At) -> None:
            nonlocal above
            if isinstance(node, Text):
                for line in _EXPOSED.finditer(node.text):
                    found[line["kind"] or line["field"] or "type", id(at.guards)] = at.guards
                above = node.text
            else:
                key = _PRINTED.search(above)
                if key and key["key"] == "kind":
                    kinds = sorted(self._walk.texts(term) & EXPOSED_KINDS)
                    found.update({(kind, id(at.guards)): at.guards for kind in kinds})
                elif key:
                    guards = (*at.guards, (term, True))
                    found[key["key"], id(guards)] = guards
                above = ""

        try:
            start = At.start(Root(part.names), conditions)
            self._walk.go_through(tree.nodes, start, visit, self._exposing.__contains__)
        except TooMuchError:
            pass
        yield from ((Piece(template, what), guards) for (what, _), guards in found.items())

    def _conditions_of(self, part: ChartPart) -> Iterator[Guard]:
        """The conditions on which a chart is taken in, and those that it is taken in by.

        Source: helm.sh/docs topics/charts, "Tags and Condition fields": the first path of `condition` that the values
        have decides; else a dependency with tags is on unless all of them are off.
        """
        above = next((item for item in self.chart.parts if item.names == part.names[:-1]), None)
        if above is None or not part.names:
            return
        yield from self._conditions_of(above)
        names = [path.strip() for path in string(part.dependency.get("condition")).split(",")]
        paths = [(*above.names, *name.split(".")) for name in names if name]
        deciding = next((path for path in paths if isinstance(value_at(self.values, path), bool)), None)
        tags = [("tags", tag) for tag in sequence(part.dependency.get("tags")) if isinstance(tag, str)]
        if deciding is not None:
            yield Value(deciding), True
        elif tags and all(value_at(self.values, tag) is False for tag in tags):
            yield Value(tags[0]), True
