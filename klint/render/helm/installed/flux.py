"""What Flux HelmReleases install.

Sources: helm-controller's docs/spec/v2/helmreleases.md, api/v2/helmrelease_types.go (GetReleaseName), pkg
release.ShortenName and fluxcd/pkg chartutil (ChartValuesFromReferences: in their order, `values` last);
source-controller's docs/spec/v1/helmcharts.md (`valuesFiles` take the place of the chart's own values).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from klint.kube.resource import Resource, api_group, mapping, sequence, string
from klint.records import cached_property
from klint.regex import regex
from klint.render.helm.installed.installation import (
    Installation,
    called,
    chart_folder,
    filled_in,
    inline_values,
    release_name,
    values_files,
)
from klint.render.helm.values import InlineValues, ValueSet
from klint.text.document import Document, Place
from klint.text.placeholders import is_template
from klint.workspace.environments import environment_of_path
from klint.workspace.git.remote import Remotes, remotes
from klint.workspace.paths import relative_to
from klint.workspace.tree import Tree

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Setting

_SOURCE = "source.toolkit.fluxcd.io"
_ASKED_FOR = frozenset(
    (("", "ConfigMap"), ("", "Secret"), (_SOURCE, "HelmChart"), (_SOURCE, "GitRepository"), (_SOURCE, "OCIRepository"))
)

_LONGEST_NAME = 53
_TARGET_PATH = regex(r"(?:[^.\[\]\\]|\\.)++(?:\.(?:[^.\[\]\\]|\\.)++)*+")
_STEP = regex(r"((?:[^.\\]|\\.)+)(?:\.|\Z)")
_SPECIAL = frozenset("{}[],=\\\n")
"""Characters by which `--set` makes more than one value of a text."""

_Absent = list[tuple[str, Place]]


class FluxHelm:
    """What HelmReleases refer to: the charts, sources, ConfigMaps and Secrets of a workspace."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._objects: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)

    def add(self, documents: Iterable[Document]) -> None:
        """Add objects, written or rendered."""
        for document in documents:
            data = mapping(document.data)
            key = (api_group(data), string(data.get("kind")))
            if key in _ASKED_FOR:
                item = Resource(document, (), data)
                self._objects[item.kind, item.name].append(item)

    def named(self, kind: str, name: str, namespace: str, asking: Document) -> list[Resource]:
        """What a reference may mean: of the rendering that it is in, if that has it, else of any; alike ones once."""
        found = [item for item in self._objects.get((kind, name), ()) if _may_be_in(item.namespace, namespace)]
        near = [item for item in found if item.document.source is asking.source]
        alike = {json.dumps(item.data, default=str): item for item in reversed(near or found)}
        return list(alike.values())

    @cached_property
    def remotes(self) -> Remotes:
        """Which repository the workspace is."""
        return remotes(self.tree.root)


def _may_be_in(namespace: str, wanted: str) -> bool:
    return namespace == wanted or not namespace or not wanted


def of_helm_release(document: Document, data: Mapping[str, Any], flux: FluxHelm) -> Iterator[Installation]:
    """The chart that a HelmRelease installs."""
    item = Resource(document, (), dict(data))
    spec = mapping(data.get("spec"))
    chart = _chart(item, flux)
    folder = _folder(chart, flux) if chart is not None else None
    files, absent_files = _values_files(chart, flux) if chart is not None else ((), ())
    absent: _Absent = [*absent_files]
    inline = [*_references(item, flux, absent), *inline_values(document, spec, ("spec",), ("values",))]
    target = filled_in(spec.get("targetNamespace"))
    placed = ("spec", "targetNamespace") if "targetNamespace" in spec else ("metadata", "namespace")
    release = item.name if not target else f"{target}-{item.name}"
    told = (document.source.relative, *(relative_to(flux.tree.root, file) for file in reversed(files)))
    yield Installation(
        document,
        folder,
        ValueSet(
            name=called(document),
            files=files,
            inline=tuple(inline),
            release=release_name(spec.get("releaseName"), _shortened(release)),
            namespace=target or filled_in(item.namespace),
            target=next(filter(environment_of_path, told), document.source.relative),
            at={"release": item.at("spec", "releaseName"), "namespace": Place(document, placed)},
            absent=tuple(absent),
            skips_definitions=mapping(spec.get("install")).get("crds") == "Skip",
            is_without_own=bool(files),
            post_renderers=tuple(_post_renderers(item)),
        ),
    )


def _post_renderers(item: Resource) -> Iterator[tuple[Setting, ...]]:
    """What kustomize is to do with what the chart renders to, one build after another."""
    renderers = item.at("spec", "postRenderers")
    if renderers.value:
        from klint.workspace.deployers.settings import listed  # few have any

        for renderer in renderers.items:
            settings = tuple(listed(renderer.below("kustomize")))
            if settings:
                yield settings


def _shortened(name: str) -> str:
    """A release's name as Flux shortens it."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return name if len(name) <= _LONGEST_NAME else f"{name[:40]}-{digest[:12]}"


def _chart(item: Resource, flux: FluxHelm) -> Place | None:
    """Where the chart, its source and its values files are named: here, or in the HelmChart that is referred to."""
    reference = mapping(item.get("spec", "chartRef"))
    if not reference:
        return item.at("spec", "chart", "spec")
    namespace = string(reference.get("namespace")) or item.namespace
    kind, name = string(reference.get("kind")), string(reference.get("name"))
    found = flux.named(kind, name, namespace, item.document) if kind == "HelmChart" else []
    return found[0].at("spec") if len(found) == 1 else None


def _folder(chart: Place, flux: FluxHelm) -> Any:
    """The folder of a chart that comes from git, unless that is another repository."""
    spec = mapping(chart.value)
    source = mapping(spec.get("sourceRef"))
    if source.get("kind") != "GitRepository":
        return None
    namespace = string(source.get("namespace")) or string(
        mapping(mapping(chart.document.data).get("metadata")).get("namespace")
    )
    found = flux.named("GitRepository", string(source.get("name")), namespace, chart.document)
    urls = {string(item.get("spec", "url")) for item in found}
    if urls and not any(map(flux.remotes.may_be, urls)):
        return None
    return chart_folder(flux.tree, spec.get("chart"))


def _values_files(chart: Place, flux: FluxHelm) -> Any:
    """The files that take the place of the chart's own values: paths from the root of the repository."""
    spec = dict(mapping(chart.value))
    if not spec.get("valuesFiles") and string(spec.get("valuesFile")):
        spec["valuesFiles"] = [spec["valuesFile"]]
    files, absent = values_files(chart.document, spec, (*chart.path, "valuesFiles"), flux.tree.root, flux.tree, set())
    return files, () if spec.get("ignoreMissingValuesFiles") is True else absent


def _references(item: Resource, flux: FluxHelm, absent: _Absent) -> Iterator[InlineValues]:
    """The values that are in ConfigMaps and Secrets, in their order; adds to `absent` what nobody knows."""
    for index, reference in enumerate(map(mapping, sequence(item.get("spec", "valuesFrom")))):
        kind, name = string(reference.get("kind")), string(reference.get("name"))
        if kind not in ("ConfigMap", "Secret") or not name:
            continue
        at = item.at("spec", "valuesFrom", index)
        found = flux.named(kind, name, item.namespace, item.document)
        if len(found) != 1:
            if reference.get("optional") is not True:
                why = "of which the workspace has several" if found else "which is not in the workspace"
                absent.append((f"{kind} {name}, {why}", at))
            continue
        place, text = _said(found[0], string(reference.get("valuesKey")) or "values.yaml")
        if place is not None and text is None:
            absent.append((f"{kind} {name}, which is encrypted or to be filled in", at))
        if place is None or text is None:
            continue
        path = string(reference.get("targetPath"))
        if path:
            text = _at_path(path, text, is_literal=reference.get("literal") is True)
        if text is None:
            absent.append((f"{kind} {name} at {path}, which klint does not read", at))
        else:
            yield InlineValues(text, place.document, place.path)


def _said(item: Resource, key: str) -> tuple[Place | None, str | None]:
    """Where an object has a key, and the text under it, if that can be known."""
    if item.kind == "Secret" and key in mapping(item.get("stringData")):
        field, value = "stringData", item.get("stringData", key)
    elif key in mapping(item.get("data")):
        field, value = "data", item.get("data", key)
    else:
        return None, None
    if item.kind == "Secret" and field == "data":
        value = _decoded(value)
    is_unknown = not isinstance(value, str) or "sops" in item.data or (is_template(value) and ":" not in value)
    return item.at(field, key), None if is_unknown else string(value)


def _decoded(value: Any) -> str | None:
    try:
        return base64.b64decode(string(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def _at_path(path: str, text: str, *, is_literal: bool) -> str | None:
    """One value at a path as values in full; None where `--set` would make something else of it."""
    if _TARGET_PATH.fullmatch(path) is None:
        return None
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    if not is_literal and not is_quoted and not _SPECIAL.isdisjoint(text):
        return None
    value: Any = text if is_literal else text.strip("'\"") if is_quoted else _typed(text)
    steps = [step.replace("\\", "") for step in _STEP.findall(path)]
    for step in reversed(steps):
        value = {step: value}
    return json.dumps(value)


def _typed(text: str) -> Any:
    """A value as `--set` types it. Source: helm's pkg/strvals/parser.go, typedVal."""
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    is_integer = text.removeprefix("-").isdecimal() and (text == "0" or not text.startswith("0"))
    return int(text) if is_integer else text
