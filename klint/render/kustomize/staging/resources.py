"""Fields that name objects and other kustomizations, and those that say how to read objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, string
from klint.regex import regex
from klint.render.kustomize.staging.definitions import without_schemas
from klint.render.kustomize.staging.folder import Folder
from klint.render.kustomize.staging.stage import StagedObject
from klint.render.kustomize.staging.text import as_json
from klint.text.document import Document
from klint.text.document import Path as DataPath
from klint.workspace.rendering import Missing

MAX_DEPTH = 50
"""Kustomizations that take in each other, one below the other."""

_REMOTE_BASE = regex(
    r"(?:(?:https|ssh)://|git::https://)?(?:[A-Za-z0-9][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(?::[0-9]+)?"
    r"[/:](?:[A-Za-z0-9_.][\w.+-]*+(?:/{1,2}|\Z|(?=\?)))+"
    r"(?:\?(?:(?:ref|version)=[A-Za-z0-9_][\w./+-]*+|timeout=[0-9]++[smh]?|submodules=(?:true|false)|&)+)?\Z"
)
"""A remote base as klint hands it on where it may: no scheme but two, and nothing that git could take for an option."""


def resources(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Objects in files, and other kustomizations."""
    for name, path in folder.texts(key, value):
        if "\n" not in name and folder.tree.is_folder(folder.found.path(name)):
            taken = _taken_in(folder, name, *path)
            yield "resources", [taken] if taken else []
        elif folder.tree.is_file(folder.found.path(name)):
            yield "resources", [*objects(folder, folder.documents(name, *path))]
        elif _passes_on(folder, name):
            yield "resources", [name]
        else:
            folder.refuse(name, *path, what="file or folder", remote=Missing.BASES)


def components(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Kustomizations that are components."""
    for name, path in folder.texts(key, value):
        if "\n" not in name and folder.tree.is_folder(folder.found.path(name)):
            taken = _taken_in(folder, name, *path)
            below = folder.staging.all.get(folder.found.path(name))
            if taken and below is not None and not below.is_component:
                folder.mistake(f"{name} is no Component: kustomize takes it as a resource only", *path)
            elif taken:
                yield "components", [taken]
        elif _passes_on(folder, name):
            yield "components", [name]
        else:
            folder.refuse(name, *path, what="folder", remote=Missing.BASES)


def _taken_in(folder: Folder, name: str, *path: str | int) -> str | None:
    """The staged folder of a kustomization that a name leads to."""
    there = folder.found.path(name)
    real = folder.tree.real(there)
    below = folder.staging.all.get(there)
    if below is None:
        folder.mistake(f"{name}: there is no kustomization.yaml in this folder", *path)
        return None
    if any(f"{other}{os.sep}".startswith(real.rstrip(os.sep) + os.sep) for other in folder.above):
        folder.mistake(f"{name} leads back to a folder that takes this one in", *path)
        return None
    if len(folder.above) >= MAX_DEPTH:
        folder.limit(Missing.BOUNDS, f"{name} is left out: it is the {MAX_DEPTH}th kustomization in a row", *path)
        return None
    known = folder.staging.folders.get(there)
    return f"../{known[1] if known else folder.take_in(below, folder.above)}"


def _passes_on(folder: Folder, name: str) -> bool:
    """Whether this is a remote base that kustomize may fetch."""
    is_base = folder.staging.allow_network and len(name) < 500 and _REMOTE_BASE.match(name) is not None
    folder.staging.is_remote = folder.staging.is_remote or is_base
    return is_base


def objects(folder: Folder, documents: Iterable[Document]) -> Iterator[str]:
    """Stage the objects of some documents, each in a file of its own, so that kustomize says which is which."""
    for document in documents:
        data = document.data
        if not isinstance(data, dict):
            folder.no_object(document, (), "kustomize takes nothing but objects here")
        elif string(data.get("kind")).endswith("List") and isinstance(data.get("items"), list):
            for index, item in enumerate(data["items"]):
                yield from _object(folder, document, ("items", index), mapping(item))
        else:
            yield from _object(folder, document, (), data)


def _object(folder: Folder, document: Document, path: DataPath, data: Mapping[str, Any]) -> Iterator[str]:
    if not string(data.get("kind")):
        folder.no_object(document, path, "kustomize refuses an object without a kind")
    elif not string(mapping(data.get("metadata")).get("name")):
        folder.no_object(document, path, "kustomize refuses an object without a name")
    else:
        outline = None if folder.staging.whole_definitions else without_schemas(data)
        is_text = outline is None and not path and document.origin is None
        text = document.text.encode("utf-8", "replace") if is_text else as_json(data if outline is None else outline)
        name = folder.staging.add(folder.name, text)
        folder.staging.objects[f"{folder.name}/{name}"] = StagedObject(document, path, outline is not None)
        yield name


def data_files(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Files of settings without paths: how transformers find fields, schemas of custom resources."""
    for name, path in folder.texts(key, value):
        for document in folder.documents(name, *path):
            yield key, [folder.staging.add(folder.name, as_json(document.data))]


def openapi(folder: Folder, value: Any) -> dict[str, str] | None:
    """A schema by its version, or in a file, which is staged as JSON."""
    data = folder.plain(value, {"path": str, "version": str}, "openapi") or {}
    if "path" not in data:
        return data or None
    for document in folder.documents(data["path"], "openapi", "path")[:1]:
        return {"path": folder.staging.add(folder.name, as_json(document.data), ".json")}
    return None
