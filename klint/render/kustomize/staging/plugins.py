"""Generators and transformers in files of their own: those that are part of kustomize, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.render.kustomize.staging import fields
from klint.render.kustomize.staging.charts import chart
from klint.render.kustomize.staging.folder import Folder
from klint.render.kustomize.staging.generators import generator
from klint.render.kustomize.staging.patches import patch, replacements_of
from klint.render.kustomize.staging.text import as_json, is_mapping
from klint.text.document import Document, Place
from klint.text.embedded import embedded_documents
from klint.workspace.rendering import Missing

_FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function")


def plugins(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Generators and transformers in files of their own: those that are part of kustomize, and no others."""
    for text, path in folder.texts(key, value):
        if is_mapping(text):
            documents = folder.readable(embedded_documents(folder.found.place(*path), text))
        elif "\n" not in text and folder.tree.is_folder(folder.found.path(text)):
            folder.limit(Missing.PLUGINS, f"{text} is left out: klint takes {key} out of files only", *path)
            continue
        else:
            documents = folder.documents(text, *path)
        for document in documents:
            yield from plugin(folder, key, mapping(document.data), document, path)


def plugin(
    folder: Folder, key: str, data: Mapping[str, Any], document: Document, path: tuple[str | int, ...]
) -> Iterator[tuple[str, list[Any]]]:
    """One generator or transformer."""
    kind = string(data.get("kind"))
    annotations = mapping(mapping(data.get("metadata")).get("annotations"))
    if data.get("apiVersion") != "builtin" or any(name in annotations for name in _FUNCTIONS):
        folder.limit(
            Missing.PLUGINS,
            f"{kind or 'a plugin'} is left out: klint runs no plugin and no function",
            *path,
        )
        return
    metadata = folder.plain(
        {name: value for name, value in mapping(data.get("metadata")).items() if name in ("name", "namespace")},
        {"name": str, "namespace": str},
        *path,
    )
    rest = {name: value for name, value in data.items() if name not in ("apiVersion", "kind", "metadata")}
    if kind == "HelmChartInflationGenerator":
        yield "resources", [*chart(folder, rest, path, Place(document, ()))]
        return
    made: dict[str, Any] | None = None
    if kind in ("ConfigMapGenerator", "SecretGenerator"):
        made = generator(folder, rest, path)
    elif kind in ("PatchTransformer", "PatchJson6902Transformer"):
        name = string(rest.pop("path", ""))
        text = string(rest.pop("patch", "")) or string(rest.pop("jsonOp", ""))
        rest.pop("jsonOp", None)
        shape = {"target": fields.SELECTOR, "options": fields.PATCH_OPTIONS}
        staged = patch(folder, name, text, path)
        made = {**(folder.plain(rest, shape, *path) or {}), "path": staged} if staged else None
    elif kind == "PatchStrategicMergeTransformer":
        inline = string(rest.get("patches"))
        names = [(name, "") for name in sequence(rest.get("paths")) if isinstance(name, str)]
        found = [patch(folder, name, text, path) for name, text in (*names, *([("", inline)] if inline else ()))]
        made = {"paths": [name for name in found if name]}
    elif kind == "ReplacementTransformer":
        items = [item for _, part in replacements_of(folder, rest, path) for item in part]
        made = {"replacements": items}
    elif kind in fields.TRANSFORMERS:
        made = folder.plain(rest, fields.TRANSFORMERS[kind], *path)
    else:
        folder.limit(Missing.PLUGINS, f"{kind or 'a plugin'} is left out: klint does not know it", *path)
    if made is not None:
        head = {"apiVersion": "builtin", "kind": kind}
        name = folder.staging.add(folder.name, as_json({**head, "metadata": metadata, **made}))
        folder.staging.settings[f"{folder.name}/{name}"] = document
        yield key, [name]
