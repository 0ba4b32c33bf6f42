"""Sets of values that a chart is rendered with, and where a value is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.kube.resource import mapping
from klint.records import cached_property, dataclass, field
from klint.render.helm.charts import Chart
from klint.render.helm.marking import ANY, KEY
from klint.text.data import MISSING, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.embedded import embedded_documents

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Setting


@dataclass(frozen=True)
class InlineValues:
    """Values written in another manifest, as a mapping or as a text: what they are as YAML, and where."""

    text: str
    document: Document
    path: DataPath

    @cached_property
    def parts(self) -> tuple[ValuesIn, ...]:
        """What sets them: a part of the document, or the documents that its text consists of."""
        place = Place(self.document, self.path)
        if isinstance(place.value, str):
            return tuple(ValuesIn(document) for document in embedded_documents(place, self.text))
        return (ValuesIn(self.document, self.path),)


@dataclass(frozen=True)
class ValueSet:
    """One way a chart is installed: `files` go over the chart's own values in order, then `inline`, then `sets`, then
    `strings` and `literals`, which are `--set`, `--set-string` and `--set-literal`.

    `name` is what reports call it, empty for the chart's own values; `target` is the file (relative to the
    workspace's root) that says where it goes, the last values file unless it is named. `at` is where a field is
    written, where that is known, and `absent` are values files that the workspace does not have, and who names them.
    `turned_on` are values that nobody has set, as YAML: they go over all others.
    """

    name: str = ""
    files: tuple[Path, ...] = ()
    inline: tuple[InlineValues, ...] = ()
    sets: tuple[str, ...] = ()
    release: str = "release-name"
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    target: str = ""
    at: Mapping[str, Place] = field(default_factory=dict)
    absent: tuple[tuple[str, Place], ...] = ()
    strings: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    skips_definitions: bool = False
    """Whether what is in `crds/` is left out."""
    is_without_own: bool = False
    """Whether `files` take the place of the chart's own values."""
    turned_on: str = ""
    post_renderers: tuple[tuple[Setting, ...], ...] = ()
    """What kustomize changes of what the chart renders to, one build after another."""
    is_partial: bool = False
    """Whether who installs it sets values that are not known: that it does not render without is no mistake."""


@dataclass(frozen=True, eq=False)
class ValuesIn:
    """A document that sets values, all of it or what is at a path of it."""

    document: Document
    path: DataPath = ()


@dataclass(frozen=True)
class FoundValue:
    """A value where it is set: what it is and where."""

    data: Any
    place: Place


def chart_values(chart: Chart) -> dict[str, Any]:
    """A chart's values with those of its subcharts below them, as Helm has them where nothing else is said.

    Source: helm.sh/docs chart_template_guide/subcharts_and_globals.
    """
    merged: dict[str, Any] = {}
    for part in reversed(chart.parts):
        held: Any = merged
        for step in part.names:
            held = held.setdefault(step, {})
        merge(held, mapping(chart.yaml(f"{part.folder}values.yaml")))
    return merged


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


def find_values(path: Sequence[str], values: Sequence[ValuesIn]) -> list[FoundValue]:
    """What a path leads to in the last of the documents that sets it: several things where it goes through any item.

    A null on the way takes away what was set before. Source: helm.sh/docs chart_template_guide/values_files, "Deleting
    a default key".
    """
    for item in reversed(values):
        found = list(_find(path, item))
        if found or _takes_away(path, item):
            return found
    return []


def _takes_away(path: Sequence[str], values: ValuesIn) -> bool:
    """Whether something that a path goes through is set to null."""
    steps = [(*values.path, *path[:depth]) for depth in range(1, len(path))]
    return any(value_at(values.document.data, item, MISSING) is None for item in steps)


def _find(path: Sequence[str], values: ValuesIn) -> Iterator[FoundValue]:
    found: list[tuple[Any, DataPath]] = [(values.document.data, ())]
    for step in (*values.path, *path):
        if step == KEY:  # an index is written nowhere
            found = [(above[-1], above) for _, above in found if isinstance(above[-1], str)]
        else:
            found = [(child, (*above, key)) for data, above in found for key, child in _children(data, str(step))]
    for data, place in found if path else ():
        yield FoundValue(data, Place(values.document, place))


def _children(data: Any, step: str) -> Iterator[tuple[str | int, Any]]:
    if isinstance(data, dict) and step == ANY:
        yield from data.items()
    elif isinstance(data, dict) and step in data:
        yield step, data[step]
    elif isinstance(data, list) and step == ANY:
        yield from enumerate(data)
    elif isinstance(data, list) and step.isdecimal() and len(step) < 10 and int(step) < len(data):
        yield int(step), data[int(step)]
