"""ConfigMaps and Secrets that are generated out of files and texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import string
from klint.render.kustomize.staging import fields
from klint.render.kustomize.staging.fields import Shape
from klint.render.kustomize.staging.folder import Folder
from klint.render.kustomize.staging.stage import StagedEntry


def generators(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """ConfigMaps and Secrets out of files and texts."""
    for item, path in folder.mappings(key, value):
        made = generator(folder, item, path)
        if string(made.get("behavior")) in ("merge", "replace"):
            about = StagedEntry(folder.found, path, folder.found.span(*path, "name"), name=string(made.get("name")))
            folder.staging.entries.append((folder.name, about))
        yield key, [made]


def generator(folder: Folder, item: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """One generator, its files staged. What is missing of a ConfigMap's content is nothing that is referred to."""
    shape: Shape = {
        **dict.fromkeys(("name", "namespace", "behavior", "type", "env"), str),
        **dict.fromkeys(("files", "envs", "literals"), (str,)),
        "options": fields.GENERATOR_OPTIONS,
    }
    data = folder.plain(item, shape, *path) or {}
    envs = [*data.pop("envs", ()), *([data.pop("env")] if data.get("env") else ())]
    data.pop("env", None)
    files = []
    for index, entry in enumerate(data.pop("files", ())):
        key, _, name = entry.rpartition("=")
        content = folder.content(name, *path, "files", index)
        if content is not None:
            files.append(f"{key or folder.found.path(name).name}={folder.staging.add(folder.name, content)}")
    staged = []
    for index, name in enumerate(envs):
        content = folder.content(name, *path, *(("envs", index) if "envs" in item else ("env",)))
        if content is not None:
            staged.append(folder.staging.add(folder.name, content))
    return {**data, **({"files": files} if files else {}), **({"envs": staged} if staged else {})}
