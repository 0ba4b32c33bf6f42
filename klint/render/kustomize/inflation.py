"""Charts that a kustomization inflates: klint renders them itself, so that kustomize starts no Helm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from klint.kube.resource import mapping, string, texts
from klint.records import dataclass
from klint.render.helm.answer import Answer
from klint.render.helm.charts import Chart, ChartError, read_chart
from klint.render.helm.gaps import past_limits
from klint.render.helm.rendering import render_chart
from klint.render.helm.templates import Templates
from klint.render.helm.values import InlineValues, ValueSet
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.outcomes import RenderError
from klint.text.document import Document, Place, Problem
from klint.workspace.rendering import Gap


class Charts(Protocol):
    """Renders charts of the workspace."""

    def templates(self, chart: Chart) -> Templates:
        """A chart's templates, with those of its dependencies."""

    def answer(self, templates: Templates, values: ValueSet) -> Answer | RenderError:
        """What a chart renders to with a set of values."""


_HOOK = "helm.sh/hook"


@dataclass(frozen=True)
class Inflated:
    """What an entry of `helmCharts` gives: objects that know their way back, what is wrong, and what was read."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: frozenset[Path] = frozenset()
    gaps: tuple[Gap, ...] = ()
    unread: tuple[str, ...] = ()


def find_vendored(found: Kustomization, item: Mapping[str, Any]) -> Path | None:
    """The chart's folder, where kustomize looks for it: `charts/x`, or `charts/x-1.0.0/x` once it has pulled it."""
    home = found.path(string(item.get("chartHome")) or string(chart_globals(found).get("chartHome")) or "charts")
    name = string(item.get("name"))
    tree = found.sources.tree
    pulled = home / f"{name}-{string(item.get('version'))}" / name
    return next((folder for folder in (home / name, pulled) if tree.is_file(folder / "Chart.yaml")), None)


def chart_globals(found: Kustomization) -> Mapping[str, Any]:
    """What holds for all of a kustomization's charts."""
    return mapping(found.data.get("helmGlobals"))


def inflate(
    found: Kustomization,
    item: Mapping[str, Any],
    at: Place,
    folder: Path,
    files: list[Path],
    charts: Charts,
) -> Inflated:
    """The objects of one entry of `helmCharts`, or of a generator that says as much.

    `at` is where it is written, `files` are the values files that it names.

    Source: kustomize's api/types/helmchartargs.go and HelmChartInflationGenerator.go.
    """
    sources = found.sources
    try:
        templates = charts.templates(read_chart(folder, sources.tree))
    except ChartError as error:
        missing, problem = past_limits(folder, str(error), sources)
        return Inflated(problems=(problem,), gaps=(Gap(missing, folder),))
    except OSError as error:
        return Inflated(problems=(Problem("unrendered", f"Chart {sources.shown(folder)}: {error}", at.span),))
    values = _values(found, item, at, folder, files)
    rendering = render_chart(templates, values, charts.answer(templates, values), sources)
    documents = tuple(document for document in rendering.documents if _is_wanted(document, item))
    return Inflated(documents, rendering.problems, rendering.consumed, rendering.gaps, rendering.unread)


def _is_wanted(document: Document, item: Mapping[str, Any]) -> bool:
    """Whether kustomize takes this of what the chart renders to."""
    hook = string(mapping(mapping(mapping(document.data).get("metadata")).get("annotations")).get(_HOOK))
    if hook and (item.get("skipHooks") is True or ("test" in hook and item.get("skipTests") is True)):
        return False
    return document.origin is not None or item.get("includeCRDs") is True  # CRDs are no templates


def _values(found: Kustomization, item: Mapping[str, Any], at: Place, folder: Path, files: list[Path]) -> ValueSet:
    """The set of values. What `valuesInline` goes over, and what goes over it, depends on `valuesMerge`."""
    inline, merge = item.get("valuesInline"), string(item.get("valuesMerge")) or "override"
    first = item.get("valuesFile") and files[:1]
    others = files[1:] if first else files
    below, above = tuple(first or ()), [*_as_inline(found, others)]
    if inline and merge != "override":
        below = ()
        if merge == "merge":
            above = [*_as_inline(found, first or [folder / "values.yaml"]), *above]
    written = [InlineValues(json.dumps(inline), at.document, (*at.path, "valuesInline"))] if inline else []
    name = string(item.get("nameTemplate"))
    return ValueSet(
        name=found.document.source.path,
        files=below,
        inline=(*written, *above),
        release=string(item.get("releaseName")) or (name if name and "{{" not in name else ValueSet.release),
        namespace=string(item.get("namespace")),
        kube_version=string(item.get("kubeVersion")),
        api_versions=texts(item.get("apiVersions")),
        target=found.document.source.relative,
        at={
            field: at.below(key)
            for field, key in {
                "release": "releaseName" if item.get("releaseName") else "nameTemplate",
                "namespace": "namespace",
                "kube_version": "kubeVersion",
                "api_versions": "apiVersions",
            }.items()
        },
    )


def _as_inline(found: Kustomization, files: list[Path]) -> Iterator[InlineValues]:
    """Values files that go over those written in the kustomization."""
    for file in files:
        for document in found.sources.documents(file)[:1]:
            yield InlineValues(document.text, document, ())
