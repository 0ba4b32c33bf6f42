"""Writes the tree that kustomize is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from klint.kube.resource import sequence, string
from klint.render.kustomize.inflation import Charts
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations
from klint.render.kustomize.staging import charts as chart_fields
from klint.render.kustomize.staging import fields, generators, patches, plugins, resources
from klint.render.kustomize.staging.definitions import may_reach_schemas
from klint.render.kustomize.staging.folder import Folder, Staging
from klint.render.kustomize.staging.stage import LeftOut, Stage
from klint.render.kustomize.staging.text import as_json
from klint.text.document import Document
from klint.workspace.rendering import Missing

_KUSTOMIZATION = "kustomization.yaml"

_APIS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}


def stage(
    root: Kustomization,
    kustomizations: Kustomizations,
    charts: Charts | None = None,
    *,
    allow_network: bool = False,
    without: LeftOut = (),
    reads_above: bool = False,
    whole_definitions: bool = False,
    objects: Sequence[Document] = (),
) -> Stage:
    """Make the tree for one kustomization. `charts` renders those that it inflates, if anything does; `objects` are
    resources that no file has.

    `reads_above` is whether it is built by who lets it read files that are not below it. Definitions of custom
    resources are staged without their schemas, unless the kustomization may change one, or they are to be whole.
    """
    staging = Staging(kustomizations, charts, allow_network, frozenset(without), whole_definitions, reads_above)
    _write(staging, root, (), objects)
    is_outlined = any(item.is_outlined for item in staging.objects.values())
    if is_outlined and may_reach_schemas(text for name, text in staging.files.items() if name not in staging.objects):
        staging = Staging(kustomizations, charts, allow_network, frozenset(without), True, reads_above)
        _write(staging, root, (), objects)
    return Stage(
        staging.files,
        staging.objects,
        staging.settings,
        {name: item for item, name in staging.folders.values()},
        staging.entries,
        frozenset(staging.consumed),
        tuple(dict.fromkeys(staging.problems)),
        tuple(dict.fromkeys(staging.gaps)),
        tuple(dict.fromkeys(staging.unread)),
        staging.is_remote,
    )


def _write(staging: Staging, found: Kustomization, above: tuple[str, ...], objects: Sequence[Document] = ()) -> str:
    """Write a kustomization and all it takes in, and say its name; `above` are the folders of those that take it in."""
    name = str(len(staging.folders))
    staging.folders[found.folder] = (found, name)
    if found.sources.tree.is_file(found.file):  # else it is made for what somebody deploys
        staging.consumed.add(found.file)
    staging.problems += found.problems
    folder = Folder(staging, found, name, (*above, found.sources.tree.real(found.folder)), partial(_write, staging))
    made = {**_fields(folder), **_metadata(folder, is_root=not above)}
    if objects:
        made["resources"] = [*made.get("resources", ()), *resources.objects(folder, folder.readable(objects))]
    staging.files[f"{name}/{_KUSTOMIZATION}"] = as_json(made)
    return name


def _fields(folder: Folder) -> dict[str, Any]:
    """All of the kustomization that klint hands on."""
    result: dict[str, Any] = {}
    for key, value in folder.found.data.items():
        if key in ("apiVersion", "kind", "metadata", "buildMetadata", "helmGlobals") or value is None:
            continue
        read = _READERS.get(key)
        if read is not None:
            for name, made in read(folder, key, value):
                result.setdefault(name, [])
                result[name] += made
        elif key in fields.FIELDS:
            made = folder.plain(value, fields.FIELDS[key], key)
            if made is not None and not folder.is_left_out(key):
                result[key] = made
        elif key == "openapi":
            schema = resources.openapi(folder, value)
            if schema is not None:
                result[key] = schema
        else:
            _unknown(folder, key)
    return result


def _unknown(folder: Folder, key: str) -> None:
    names = (*_READERS, *fields.FIELDS, "openapi", "helmGlobals", "buildMetadata", "metadata", "kind", "apiVersion")
    meant = next((name for name in names if name.lower() == key.lower()), "")
    if meant:
        folder.limit(Missing.FIELDS, f"{key} is left out: the field is called {meant}", key)
    else:
        folder.mistake(f"unknown field {key!r}: kustomize refuses it", key)


def _metadata(folder: Folder, *, is_root: bool) -> dict[str, Any]:
    """What kind of file it is, and what kustomize is to add to objects."""
    data = folder.found.data
    kind = string(data.get("kind")) or "Kustomization"
    if kind not in _APIS:
        folder.mistake(f"kind should be Kustomization or Component, and not {kind}", "kind")
        kind = "Kustomization"
    api = data.get("apiVersion") or _APIS[kind]
    if api != _APIS[kind]:
        folder.mistake(f"apiVersion of a {kind} should be {_APIS[kind]}", "apiVersion")
    # Also below the root, where it counts for nothing: kustomize refuses a kustomization that says nothing at all.
    added = ["originAnnotations", "transformerAnnotations"]
    if is_root and "managedByLabel" in sequence(data.get("buildMetadata")):
        added.append("managedByLabel")
    return {"apiVersion": _APIS[kind], "kind": kind, "buildMetadata": added}


_Reader = Callable[[Folder, str, Any], Iterator[tuple[str, list[Any]]]]

_READERS: Mapping[str, _Reader] = {
    "resources": resources.resources,
    "bases": resources.resources,
    "components": resources.components,
    "crds": resources.data_files,
    "configurations": resources.data_files,
    "patches": patches.patches,
    "patchesJson6902": patches.patches,
    "patchesStrategicMerge": patches.merge_patches,
    "replacements": patches.replacements,
    "configMapGenerator": generators.generators,
    "secretGenerator": generators.generators,
    "helmCharts": chart_fields.charts,
    "helmChartInflationGenerator": chart_fields.old_charts,
    "generators": plugins.plugins,
    "transformers": plugins.plugins,
    "validators": plugins.plugins,
}
"""Fields of a kustomization that name files, and what stages them: the fields to write, and what to add to them."""
