"""What Argo CD deploys without a chart: kustomizations, with what an Application adds to them, and plain manifests.

Sources: argo-cd's docs user-guide/kustomize.md and user-guide/directory.md; util/kustomize/kustomize.go, Build; and the
fields of ApplicationSourceKustomize in pkg/apis/application/v1alpha1/types.go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import Resource, mapping, sequence, string, strings
from klint.records import replace
from klint.text.placeholders import is_placeholder
from klint.workspace.deployers.argo.applications import Application, ApplicationSource, Tool
from klint.workspace.deployers.argo.globs import alternatives, fits
from klint.workspace.deployers.argo.unknown import NotFollowedError
from klint.workspace.deployers.delivery import Delivery, Setting

_JSONNET = ".jsonnet"
_MANIFESTS = (".yaml", ".yml", ".json", _JSONNET)
"""What Argo CD takes for manifests. Source: its reposerver/repository/repository.go, manifestFile."""


def deliveries(application: Application) -> Iterator[Delivery]:
    """The folders of the workspace that an Application deploys as they are, or as kustomize builds them."""
    for source in application.sources:
        folder = source.folder
        if folder is None or source.is_chart_of_registry or source.tool is Tool.HELM:
            continue
        if source.tool is Tool.PLUGIN:
            name = string(mapping(source.data.get("plugin")).get("name"))
            application.argo.note(application.document, f"the plugin {name}".strip())
            continue
        is_plain = source.tool is Tool.DIRECTORY
        settings = (*(() if is_plain else _settings(source)), *_namespace(application))
        files = tuple(_files(source, folder)) if is_plain else None
        if files and any(file.suffix == _JSONNET for file in files):
            application.argo.note(application.document, "manifests in Jsonnet")
        yield replace(delivery(source, application.namespace), settings=settings, files=files)


def delivery(source: ApplicationSource, namespace: str) -> Delivery:
    """What a source deploys, and where to."""
    application = source.application
    return Delivery(
        by=Resource(application.document, (), application.document.data),
        at=source.at.below("path"),
        folder=source.folder,
        namespace=_filled_in(namespace),
        cluster=_filled_in(application.cluster),
    )


def _filled_in(value: str) -> str:
    return "" if is_placeholder(value) else value


def _namespace(application: Application) -> Iterator[Setting]:
    """The namespace of objects that say none."""
    namespace = _filled_in(application.namespace)
    if namespace:
        at = Resource(application.document, (), application.document.data).at("spec", "destination", "namespace")
        yield _transformer(
            "NamespaceTransformer", at, {"metadata": {"name": "destination", "namespace": namespace}, "unsetOnly": True}
        )


def _transformer(kind: str, at: Any, data: Mapping[str, Any]) -> Setting:
    return Setting("transformers", json.dumps({"apiVersion": "builtin", "kind": kind, **data}), at, is_entry=True)


def _settings(source: ApplicationSource) -> Iterator[Setting]:
    """What an Application adds to a kustomization, as kustomize has it."""
    said = mapping(source.data.get("kustomize"))
    for field in ("namePrefix", "nameSuffix", "namespace"):
        if string(said.get(field)):
            yield Setting(field, said[field], source.place("kustomize", field))
    for index, item in enumerate(sequence(said.get("images"))):
        if string(item):
            image = image_of(source.application.filled_in(item))
            yield Setting("images", image, source.place("kustomize", "images", index), is_entry=True)
    for index, item in enumerate(sequence(said.get("replicas"))):
        count = str(mapping(item).get("count"))
        if string(mapping(item).get("name")) and count.isdecimal():
            replicas = {"name": item["name"], "count": int(count)}
            yield Setting("replicas", replicas, source.place("kustomize", "replicas", index), is_entry=True)
    for index, item in enumerate(sequence(said.get("patches"))):
        if isinstance(item, dict):
            yield Setting("patches", item, source.place("kustomize", "patches", index), is_entry=True)
    for index, item in enumerate(sequence(said.get("components"))):
        if string(item) and (said.get("ignoreMissingComponents") is not True or _is_folder(source, item)):
            yield Setting("components", item, source.place("kustomize", "components", index), is_entry=True)
    yield from _metadata(source, said)


def _metadata(source: ApplicationSource, said: Mapping[str, Any]) -> Iterator[Setting]:
    labels, annotations = strings(said.get("commonLabels")), strings(said.get("commonAnnotations"))
    if labels:
        is_selecting = said.get("labelWithoutSelector") is not True
        added: dict[str, Any] = {"pairs": _with_variables(source, labels), "includeSelectors": is_selecting}
        if not is_selecting and said.get("labelIncludeTemplates") is True:
            added["includeTemplates"] = True
        yield Setting("labels", added, source.place("kustomize", "commonLabels"), is_entry=True)
    if annotations:
        if said.get("commonAnnotationsEnvsubst") is True:
            annotations = _with_variables(source, annotations)
        yield _transformer(
            "AnnotationsTransformer",
            source.place("kustomize", "commonAnnotations"),
            {
                "metadata": {"name": "common-annotations"},
                "annotations": dict(annotations),
                "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
            },
        )


def _with_variables(source: ApplicationSource, pairs: Mapping[str, str]) -> dict[str, str]:
    return {key: source.application.filled_in(value) for key, value in pairs.items()}


def image_of(text: str) -> dict[str, str]:
    """`name=new:tag@digest`, of which there may be any part but the name, as kustomize has it.

    Source: kustomize's kustomize/commands/edit/set/setimage.go.
    """
    name, _, new = text.rpartition("=")
    rest, _, digest = new.partition("@")
    repository, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # a port of the registry
        repository, tag = rest, ""
    image = {"name": name or repository}
    image |= {"newName": repository} if name and repository else {}
    image |= {"newTag": tag} if tag else {}
    return image | ({"digest": digest} if digest else {})


def _is_folder(source: ApplicationSource, name: str) -> bool:
    tree = source.application.argo.tree
    return source.folder is not None and tree.is_folder(Path(os.path.normpath(source.folder / name)))


def _files(source: ApplicationSource, folder: Path) -> Iterator[Path]:
    """The files of plain manifests: of the folder, or all below it, that are to be included."""
    said = mapping(source.data.get("directory"))
    files = source.application.argo.files
    try:
        included, excluded = (alternatives(string(said.get(key))) for key in ("include", "exclude"))
        for file in files.below(folder) if said.get("recurse") is True else files.in_folder(folder):
            name = str(file.relative_to(folder)).replace(os.sep, "/")
            is_included = included == [""] or any(fits(name, pattern) for pattern in included)
            if file.suffix in _MANIFESTS and is_included and not any(fits(name, pattern) for pattern in excluded):
                yield file
    except NotFollowedError:
        return
