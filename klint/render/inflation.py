"""Charts that a kustomization inflates: rendered once more as a chart, for the way back into their templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from klint.document import Document
from klint.document import Path as DataPath
from klint.kube.resource import mapping, sequence, string
from klint.render.charts import ChartError, read_chart
from klint.render.helm import Templates, render_chart, request
from klint.render.kustomizations import Kustomization
from klint.render.values import InlineValues, ValueSet
from klint.render.worker import RenderError, find_helm
from klint.workspace import repository_root


def inflated_documents(found: Kustomization, item: Mapping[str, Any], path: DataPath) -> tuple[Document, ...]:
    """The documents of one entry of `helmCharts`, traced to the chart; none when klint cannot render it by itself.

    Source: kustomize's api/types/helmchartargs.go. `valuesInline` goes over the values files (valuesMerge: override).
    """
    globals_ = mapping(found.data.get("helmGlobals"))
    folder = found.path(string(globals_.get("chartHome")) or "charts") / string(item.get("name"))
    helm = find_helm()
    if helm is None:
        return ()
    try:
        templates = Templates(read_chart(folder, repository_root(folder)))
        values = _values(found, item, path)
        return render_chart(
            templates, values, helm.render(request(templates, values, found.sources)), found.sources
        ).documents
    except (ChartError, RenderError):
        return ()
    finally:
        helm.close()


def _values(found: Kustomization, item: Mapping[str, Any], path: DataPath) -> ValueSet:
    files = [item.get("valuesFile"), *sequence(item.get("additionalValuesFiles"))]
    inline = item.get("valuesInline")
    return ValueSet(
        name=found.document.source.path,
        files=tuple(found.path(file) for file in files if isinstance(file, str)),
        inline=(InlineValues(json.dumps(inline), found.document, (*path, "valuesInline")),) if inline else (),
        release=string(item.get("releaseName")) or ValueSet.release,
        namespace=string(item.get("namespace")),
        kube_version=string(item.get("kubeVersion")),
        api_versions=tuple(name for name in sequence(item.get("apiVersions")) if isinstance(name, str)),
        target=found.document.source.relative,
    )
