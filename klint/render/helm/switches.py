"""With exposure on: the values that have to be set for a chart to make all the exposed objects it can make.

Most charts keep their Ingress, their routes, NetworkPolicies, Services and host ports behind `enabled: false`. The
conditions around these in the templates, and those of the dependencies they are in, tell which values turn them on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from klint.kube.resource import mapping, sequence, string
from klint.kube.routes import ROUTES
from klint.records import dataclass, field, replace
from klint.render.helm.charts import Chart, ChartPart
from klint.render.helm.conditions import Conditions, Settings, joined
from klint.render.helm.syntax import Node, Print, Text, Tree, read_tree
from klint.render.helm.terms import Guard, Root, Term, Value, ValuePath
from klint.render.helm.walk import At, TooMuchError, Walk
from klint.text.data import MISSING, is_same, value_at

EXPOSED_KINDS = frozenset(kind for _, kind in ROUTES) | frozenset(
    (
        "Service",
        "NetworkPolicy",
        "IngressClass",
        "Gateway",
        "GatewayClass",
        "ListenerSet",
        "ReferenceGrant",
        "BackendTLSPolicy",
        "DestinationRule",
        "Middleware",
    )
)
"""The kinds of objects that are turned on."""

WORKLOAD_KINDS = frozenset(("Deployment", "StatefulSet", "DaemonSet", "Rollout", "DeploymentConfig"))
"""The kinds whose pods these may be for: they are turned on only where the same values do."""

_EXPOSED = re.compile(
    rf"""^[ ]*+(?:-[ ]++)?(?:
        kind:[ ]*+["']?\{{\{{
        |kind:[ ]*+["']?(?P<kind>{"|".join(sorted(EXPOSED_KINDS | WORKLOAD_KINDS))})["']?[ ]*+(?:\#.*)?$
        |(?P<field>hostPort|hostNetwork|nodePort|externalIPs|loadBalancerSourceRanges):
        |type:[ ]*+["']?(?P<type>LoadBalancer|NodePort)\b
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""A line that makes an object exposed, or one that is."""

_REFERRED = EXPOSED_KINDS - {kind for _, kind in ROUTES} - {"NetworkPolicy"}
"""Those among them that others refer to."""

_ALTERNATIVES = (("hostNetwork", "hostPort"), ("hostPort", "hostNetwork"))
"""Fields of which nobody takes both: with hostNetwork, a host port is the container's."""

_PRINTED = re.compile(r"""(?:^|\s)(?P<key>hostNetwork|kind):\s*["']?\Z""")
"""A key whose value is printed."""

_CALLED = re.compile(r'\b(?:include|template)\s+"([^"]+)"')
_DEFINED = re.compile(r'\{\{-?\s*(?:define|block)\s+"([^"]+)"')

MAX_PIECES = 2000
"""Pieces of one chart that are looked at."""

MAX_SETS = 4
"""Sets of switches of one chart, each of which is rendered by itself: more exclude each other in few charts."""


@dataclass(frozen=True)
class Switch:
    """A value that is set to turn something on."""

    path: ValuePath
    value: object

    def __str__(self) -> str:
        """As `helm --set` has it."""
        text = json.dumps(self.value) if isinstance(self.value, bool) else str(self.value)
        return f"{'.'.join(map(str, self.path))}={text}"


class Piece(NamedTuple):
    """A part of a template: its path as Helm prints it, and the kind of an object, or a field of one that is there."""

    template: str
    what: str

    @property
    def kind(self) -> str:
        """The kind of the object; empty for a field."""
        return self.what if self.what in EXPOSED_KINDS | WORKLOAD_KINDS else ""


@dataclass(frozen=True)
class Switches:
    """What is turned on together, with the values that have to be what they are for that.

    `pieces` are what each piece of a template takes that is turned on.
    """

    settings: Settings = field(default_factory=dict)
    pieces: Mapping[Piece, tuple[Switch, ...]] = field(default_factory=dict)

    @property
    def switches(self) -> tuple[Switch, ...]:
        """What is turned on, each once, in the order of the paths."""
        found = {switch.path: switch for switches in self.pieces.values() for switch in switches}
        return tuple(found[path] for path in sorted(found, key=str))

    def __str__(self) -> str:
        """All that is turned on."""
        return ", ".join(map(str, self.switches))

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.pieces)

    def and_for(self, piece: Piece, settings: Settings, changes: Settings) -> Switches | None:
        """These with what one more piece needs; None where that is something else."""
        both = joined(self.settings, settings)
        others = {other.what for other in self.pieces}
        if both is None or any(piece.what == one and other in others for one, other in _ALTERNATIVES):
            return None
        added = (Switch(path, value) for path, value in changes.items())
        needed = dict.fromkeys((*self.pieces.get(piece, ()), *added))
        return Switches(both, {**self.pieces, piece: tuple(needed)})

    def only(self, pieces: Iterable[Piece]) -> Switches:
        """Those that some of the pieces need."""
        return replace(self, pieces={piece: self.pieces[piece] for piece in pieces})

    def overrides(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values to render with, over those of the chart."""
        result: dict[str, Any] = {}
        for switch in self.switches:
            _set(result, values, switch.path, switch.value)
        return result


def _set(into: dict[str, Any], values: Any, path: ValuePath, value: object) -> None:
    """Set what is at a path. A list is replaced as a whole, so it is one with the chart's own items."""
    current: Any = into
    for number, (step, below) in enumerate(zip(path, (*path[1:], None), strict=True)):
        if below is None:
            current[step] = value
            return
        held = current.get(step) if isinstance(current, dict) else current[step]
        if not isinstance(held, dict | list):
            own = value_at(values, path[: number + 1], None)
            held = deepcopy(own) if isinstance(below, int) and isinstance(own, list) else {}
        current[step] = held
        current = held


class Exposures:
    """What a chart can expose, and what turns it on."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The chart's values with those of its subcharts below them, as Helm has them where nothing else is said.

        Source: helm.sh/docs chart_template_guide/subcharts_and_globals.
        """
        merged: dict[str, Any] = {}
        for part in reversed(self.chart.parts):
            held: Any = merged
            for step in part.names:
                held = held.setdefault(step, {})
            merge(held, mapping(self.chart.yaml(f"{part.folder}values.yaml")))
        return merged

    def sets(self, others: Sequence[Mapping[str, Any]] = ()) -> list[Switches]:
        """The fewest sets of switches that turn on all that can be, which `others`, values for the chart, do not.

        Switches that are one of two come before values that are one of many, which have sets of their own.
        """
        needed = [
            (piece, settings, changes)
            for piece, settings, changes in self._needed
            if piece.what not in WORKLOAD_KINDS and not _are_in(others, changes)
        ]
        found: list[Switches] = []
        for is_choice in (False, True):
            sets: list[Switches] = []
            for piece, settings, changes in needed:
                if is_choice == _is_choice(changes):
                    _add(sets, piece, settings, changes)
            found += sets
        return found[:MAX_SETS]

    def is_whole_with(self, switches: Switches) -> bool:
        """Whether some switches leave nothing off that others may refer to."""
        on = {switch.path: switch.value for switch in switches.switches}
        referred = _REFERRED | WORKLOAD_KINDS
        return self._unmet.isdisjoint(referred) and all(
            changes.items() <= on.items()
            for piece, _, changes in self._needed
            if piece.what in referred and not _is_choice(changes)
        )

    @cached_property
    def _needed(self) -> list[tuple[Piece, Settings, Settings]]:
        """What each piece needs that the chart's values have off, and what of that is to be changed."""
        found = []
        conditions = Conditions(self._walk)
        for piece, guards in islice(self._exposed(), MAX_PIECES):
            try:
                settings = conditions.settings(guards)
            except TooMuchError:
                break
            if settings is None:
                self._unmet.add(piece.what)
            elif changes := conditions.changes(settings):
                found.append((piece, settings, changes))
        return found

    @cached_property
    def _unmet(self) -> set[str]:
        """What nothing turns on that klint could set."""
        return set()

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


def merge(into: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Lay a chart's values over those of the charts in it. Nothing is shared with them."""
    waiting = [(into, own)]
    while waiting:
        held, over = waiting.pop()
        for key, value in over.items():
            if isinstance(value, dict):
                below = held.get(key)
                held[key] = below if isinstance(below, dict) else {}
                waiting.append((held[key], value))
            else:
                held[key] = value


def _is_choice(changes: Settings) -> bool:
    """Whether a change is to one of several values, where others are as good."""
    return not all(isinstance(value, bool) for value in changes.values())


def _add(sets: list[Switches], piece: Piece, settings: Settings, changes: Settings) -> None:
    """Add what a piece needs to the first set that it goes with."""
    for number, switches in enumerate((*sets, Switches())):
        more = switches.and_for(piece, settings, changes)
        if more is not None:
            sets[number : number + 1] = [more]
            return


def _are_in(sets: Sequence[Mapping[str, Any]], changes: Settings) -> bool:
    """Whether one of some sets of values has all that is to be changed already."""
    return any(
        all(is_same(value_at(values, path, MISSING), value) for path, value in changes.items()) for values in sets
    )
