"""What Argo CD Applications install.

Source: argo-cd's docs user-guide/helm.md, and helmTemplate in its reposerver/repository/repository.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string, texts
from klint.regex import regex
from klint.render.helm.charts import is_chart
from klint.render.helm.installed.installation import Installation, called, filled_in, release_name
from klint.render.helm.values import InlineValues, ValueSet
from klint.text.document import Place
from klint.text.encoding import NotTextError, decode
from klint.workspace.deployers.argo.applications import Application, ApplicationSource, Tool
from klint.workspace.deployers.argo.applicationsets import GeneratedOrigin
from klint.workspace.deployers.argo.deliveries import delivery
from klint.workspace.environments import environment_of_path
from klint.workspace.paths import relative_to

_MAX_PARAMETER = 2**20
"""Bytes of a file that is the value of a parameter."""

_COMMA = regex(r"(?<!\\),")


def of_application(application: Application) -> Iterator[Installation]:
    """The charts that an Application installs; those of registries are nowhere in the workspace."""
    for source in application.sources:
        if source.is_chart_of_registry or source.tool is Tool.HELM:
            folder = source.folder
            is_here = folder is not None and is_chart(folder, application.argo.tree)
            values = _values(source)
            yield Installation(
                application.document, folder if is_here else None, values, delivery(source, values.namespace)
            )


def _values(source: ApplicationSource) -> ValueSet:
    application = source.application
    document = application.document
    helm = mapping(source.data.get("helm"))
    files, absent = _files(source)
    parameters = [mapping(item) for item in sequence(helm.get("parameters")) if string(mapping(item).get("name"))]
    literals, missing = _literals(source)
    return ValueSet(
        name=called(document),
        files=files,
        inline=tuple(_inline(source, helm)),
        sets=tuple(_set(source, item) for item in parameters if item.get("forceString") is not True),
        strings=tuple(_set(source, item) for item in parameters if item.get("forceString") is True),
        literals=literals,
        release=release_name(helm.get("releaseName"), application.name),
        namespace=filled_in(helm.get("namespace")) or filled_in(application.namespace),
        kube_version=filled_in(helm.get("kubeVersion")),
        api_versions=texts(helm.get("apiVersions")),
        skips_definitions=helm.get("skipCrds") is True,
        target=_target(application, files),
        at={
            "release": source.place("helm", "releaseName"),
            "namespace": source.place("helm", "namespace")
            if helm.get("namespace")
            else Place(document, ("spec", "destination", "namespace")),
            "kube_version": source.place("helm", "kubeVersion"),
            "api_versions": source.place("helm", "apiVersions"),
        },
        absent=(*(() if helm.get("ignoreMissingValueFiles") is True else absent), *missing),
    )


_Absent = tuple[tuple[str, Place], ...]


def _files(source: ApplicationSource) -> tuple[tuple[Path, ...], _Absent]:
    """Values files that are there, in the order in which they go over each other; and names that lead to none."""
    files: list[Path] = []
    absent = []
    for name, index, found in source.value_files():
        files += found
        if not found:
            absent.append((name, source.place("helm", "valueFiles", index)))
    return tuple(files), tuple(absent)


def _inline(source: ApplicationSource, helm: Mapping[str, Any]) -> Iterator[InlineValues]:
    """`valuesObject`, whose lines are known; only where there is none `values`, a text."""
    if isinstance(helm.get("valuesObject"), dict) and helm["valuesObject"]:
        for place in source.places("helm", "valuesObject"):
            yield InlineValues(json.dumps(place.value), place.document, place.path)
    elif string(helm.get("values")).strip():
        place = source.place("helm", "values")
        yield InlineValues(string(helm["values"]), place.document, place.path)


def _set(source: ApplicationSource, parameter: Mapping[str, Any]) -> str:
    return f"{parameter['name']}={_escaped(source.application.filled_in(str(parameter.get('value', ''))))}"


def _escaped(text: str) -> str:
    """A parameter's value as Argo CD hands it to `--set`: a comma is a comma, except in a list.

    Source: argo-cd's util/helm/helm.go, cleanSetParameters.
    """
    return text if text.startswith("{") and text.endswith("}") else _COMMA.sub(r"\,", text)


def _literals(source: ApplicationSource) -> tuple[tuple[str, ...], _Absent]:
    """Parameters whose values are in files; and those whose files are not there."""
    found, absent = [], []
    for index, item in enumerate(sequence(mapping(source.data.get("helm")).get("fileParameters"))):
        name, path = string(mapping(item).get("name")), string(mapping(item).get("path"))
        file = source.file(path) if name and path else None
        try:
            text = decode(source.application.argo.tree.read(file, _MAX_PARAMETER)).text if file else None
        except (OSError, NotTextError):
            text = None
        if text is not None:
            found.append(f"{name}={text}")
        elif path:
            absent.append((path, source.place("helm", "fileParameters", index, "path")))
    return tuple(found), tuple(absent)


def _target(application: Application, files: tuple[Path, ...]) -> str:
    """The file that says where an Application goes: its own, unless that tells no environment and what built it does,
    or the last of its values files that does. These come first where it is made from a template."""
    document, root = application.document, application.argo.tree.root
    own, values = (document.file.relative, document.source.relative), [relative_to(root, file) for file in files[::-1]]
    names = (*values, *own) if isinstance(document.origin, GeneratedOrigin) else (*own, *values)
    return next(filter(environment_of_path, names), document.file.relative)
