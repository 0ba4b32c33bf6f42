"""Patches and replacements, in files and in the kustomization itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.render.kustomize.assembled import patch_documents
from klint.render.kustomize.staging import fields
from klint.render.kustomize.staging.fields import Misfit, fitting
from klint.render.kustomize.staging.folder import Folder
from klint.render.kustomize.staging.stage import StagedEntry
from klint.render.kustomize.staging.text import is_mapping
from klint.workspace.rendering import Missing


def patches(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Patches in files and in the kustomization itself."""
    for item, path in folder.mappings(key, value):
        made = _patch(folder, item, path)
        yield key, [made] if made else []


def _patch(folder: Folder, item: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any] | None:
    shape = {"target": fields.SELECTOR, "options": fields.PATCH_OPTIONS, "path": str, "patch": str}
    data = folder.plain(item, shape, *path) or {}
    name, text = string(data.pop("path", "")), string(data.pop("patch", ""))
    if bool(name) == bool(text):
        folder.mistake("a patch should have either path or patch: kustomize refuses it", *path)
        return None
    staged = patch(folder, name, text, path, "path" if name else "patch")
    return {**data, "path": staged} if staged else None


def patch(folder: Folder, name: str, text: str, path: tuple[str | int, ...], *at: str | int) -> str | None:
    """Stage a patch out of a file or of a text; None if there is nothing to stage."""
    if name:
        documents = folder.documents(name, *path, *at)
    else:
        documents = folder.readable(patch_documents(folder.found.place(*path, *at), text))
    if not documents:
        return None
    content = "---\n".join(f"{_unmarked(document.text)}\n" for document in documents).encode("utf-8", "replace")
    staged = folder.staging.add(folder.name, content)
    for document in documents:
        span = folder.found.span(*path, *at)
        about = StagedEntry(folder.found, path, span, document, file=staged)
        folder.staging.entries.append((folder.name, about))
    return staged


def merge_patches(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Patches as texts or file names: a text that is a mapping is a patch, as kustomize has it."""
    for text, path in folder.texts(key, value):
        is_inline = is_mapping(text)
        staged = patch(folder, "" if is_inline else text, text if is_inline else "", path)
        yield key, [staged] if staged else []


def replacements(folder: Folder, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Replacements in files and in the kustomization itself: all are staged as the latter."""
    for item, path in folder.mappings(key, value):
        if "path" not in item:
            made = folder.plain(item, fields.REPLACEMENT, *path)
            yield key, [made] if made else []
            continue
        for document in folder.documents(string(item["path"]), *path, "path"):
            for one in document.data if isinstance(document.data, list) else [document.data]:
                misfits: list[Misfit] = []
                made = fitting(one, fields.REPLACEMENT, (), misfits)
                for misfit in misfits:
                    folder.no_object(document, (), f"{misfit.reason}: kustomize refuses it")
                yield key, [made] if made else []


def replacements_of(
    folder: Folder, data: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[tuple[str, list[Any]]]:
    """The replacements of a transformer that stands in a file of its own; none of them in further files."""
    for item in sequence(data.get("replacements")):
        if "path" in mapping(item):
            folder.limit(
                Missing.PLUGINS,
                "replacements of a transformer are left out where they have a file of their own",
                *path,
            )
        else:
            made = folder.plain(item, fields.REPLACEMENT, *path)
            yield "replacements", [made] if made else []


def _unmarked(text: str) -> str:
    """A document's text without the line that opens it."""
    return re.sub(r"\A---[^\n]*\n", "", text).rstrip()
