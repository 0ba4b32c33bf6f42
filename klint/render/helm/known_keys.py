"""Which values a chart knows, so that values made for another chart are told from its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import cached_property, dataclass
from klint.regex import regex
from klint.render.helm.charts import Chart, subchart_names

_OF_ALL = frozenset(("global",))
"""Keys that say nothing of a chart. Source: helm.sh/docs chart_template_guide/subcharts_and_globals."""

_NAMED = regex(r"\.Values\.([A-Za-z_]\w*)")
_WHOLE = regex(r"\.Values(?![.\w])")
_ACTION = regex(r"\{\{(?:(?!\{\{|\}\}).)*+\}\}", re.DOTALL)
_QUOTED = regex(r'"([^"\n]+)"')
_CALLED = regex(r'\b(?:include|template)\s+"([^"\n]+)"')
_DEFINED = regex(r'\b(?:define|block)\s+"([^"\n]+)"')


@dataclass(frozen=True, eq=False)
class KnownKeys:
    """The keys at the top of a chart's values that its own values, schema, templates or dependencies name."""

    chart: Chart

    def include_most(self, values: Any) -> bool:
        """Whether more than half of the keys of values are among them.

        Empty values are any chart's, and a chart that names no key may mean any.
        """
        if not isinstance(values, dict) or not (keys := values.keys() - _OF_ALL) or not self._known or self._are_any:
            return True
        return 2 * len(keys & self._known) > len(keys)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset((*self._declared(), *self._read()))

    @cached_property
    def _are_any(self) -> bool:
        """Whether templates may read any key: they do something with all values, or call what a missing chart has."""
        actions = (action for text in self._texts for action in _ACTION.findall(text))
        if any(_WHOLE.search(action) and not _QUOTED.search(action) for action in actions):
            return True
        called = {name for text in self._texts for name in _CALLED.findall(text)}
        return bool(self.chart.missing_dependencies) and not called <= self._defined

    def _declared(self) -> Iterator[str]:
        for name in ("values.yaml", "values.schema.json"):
            data = mapping(self.chart.yaml(name))
            yield from mapping(data.get("properties")) if name.endswith(".json") else data
        asked = (*map(mapping, sequence(self.chart.metadata.get("dependencies"))), *self.chart.missing_dependencies)
        for dependency in asked:
            yield from (string(dependency.get(field)) for field in ("name", "alias"))
            yield from (path.strip().partition(".")[0] for path in string(dependency.get("condition")).split(","))
            yield "tags"
        yield from self.chart.subchart_names

    def _read(self) -> Iterator[str]:
        """Keys that templates read by name, be it `index .Values "a-b"`."""
        for text in self._texts:
            yield from _NAMED.findall(text)
            for action in _ACTION.findall(text):
                if _WHOLE.search(action):
                    yield from _QUOTED.findall(action)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        """Its own templates and those of libraries, which read the values of who includes them."""
        files = (file for file in self.chart.files.values() if file.is_template)
        return tuple(
            file.data.decode("utf-8", "replace")
            for file in files
            if all(name in self._libraries for name in subchart_names(file.name))
        )

    @cached_property
    def _defined(self) -> frozenset[str]:
        """The templates that some file of it defines."""
        files = (file for file in self.chart.files.values() if file.is_template)
        return frozenset(name for file in files for name in _DEFINED.findall(file.data.decode("utf-8", "replace")))

    @cached_property
    def _libraries(self) -> frozenset[str]:
        folders = ((name.rpartition("/")[0], name) for name in self.chart.files if name.endswith("/Chart.yaml"))
        return frozenset(
            folder.rpartition("/")[2]
            for folder, name in folders
            if mapping(self.chart.yaml(name)).get("type") == "library"
        )
