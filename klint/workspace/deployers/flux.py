"""What Flux deploys: Kustomizations, and the one that a FluxInstance makes.

Sources: kustomize-controller's docs/spec/v1/kustomizations.md and api/v1beta2/kustomization_types.go; fluxcd/pkg's
kustomize/kustomize_generator.go; flux-operator's docs/api/v1/fluxinstance.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from klint.config.patterns import Patterns
from klint.kube.resource import Resource, mapping, sequence, string, strings
from klint.records import cached_property, replace
from klint.text.document import Document
from klint.text.placeholders import is_placeholder
from klint.workspace.deployers.delivery import NOTHING, Delivery, Setting, Variables, VariableSource
from klint.workspace.deployers.kinds import FLUX_KUSTOMIZE, FLUX_OPERATOR
from klint.workspace.deployers.lists import unlisted
from klint.workspace.deployers.settings import listed
from klint.workspace.git.remote import Remotes, remotes, repository_name
from klint.workspace.paths import relative_to
from klint.workspace.tree import Tree

_SOURCE = "source.toolkit.fluxcd.io"

_CLUSTERS = ("clusters", "cluster")
"""Folders that hold one folder a cluster."""

_GIT = "GitRepository"


class Flux:
    """The Flux objects of a workspace, and what they deploy: folders of the workspace, and what is not here.

    Paths in the objects start at the tree's root, those of the documents' files at `root`.
    """

    def __init__(self, documents: Iterable[Document], tree: Tree, root: Path) -> None:
        self.tree = tree
        self.root = root
        found = [item for item in _objects(documents) if item.group in (FLUX_KUSTOMIZE, _SOURCE, FLUX_OPERATOR)]
        self._sources = _Sources(found, tree, root)
        written = [*self._made(found)]
        self._clusters = _Clusters(written, tree.root, root)
        self.written = tuple(replace(item, cluster=self._clusters.of(item)) for item in written)

    def rendered(self, documents: Iterable[Document], within: Delivery | None) -> Iterator[Delivery]:
        """What the Flux objects among rendered documents deploy: to the cluster that these go to, if that is known."""
        for item in self._made(_objects(documents)):
            yield replace(item, cluster=item.cluster or (within.cluster if within else self._clusters.of(item)))

    def cluster_of(self, file: Path) -> str:
        """The cluster that a file is for; empty where that is not known."""
        return self._clusters.of_file(file)

    def _made(self, found: Iterable[Resource]) -> Iterator[Delivery]:
        for item in found:
            if item.group == FLUX_KUSTOMIZE and item.kind == "Kustomization":
                yield _of_kustomization(item, self.tree, self._sources)
            elif item.group == FLUX_OPERATOR and item.kind == "FluxInstance" and item.get("spec", "sync"):
                yield _of_instance(item, self.tree)


def _objects(documents: Iterable[Document]) -> Iterator[Resource]:
    return (Resource(item, (), item.data) for item in unlisted(documents) if isinstance(item.data, dict))


def _of_kustomization(item: Resource, tree: Tree, sources: _Sources) -> Delivery:
    folder = _folder(tree, item.get("spec", "path"))
    here = folder if folder is not None and sources.may_be_here(item, folder) else None
    kubeconfig = mapping(item.get("spec", "kubeConfig"))
    secret = mapping(kubeconfig.get("secretRef") or kubeconfig.get("configMapRef"))
    return Delivery(
        item,
        item.at("spec", "path") if item.get("spec", "path") else item.place,
        here,
        namespace=_filled_in(item.get("spec", "targetNamespace")),
        cluster=f"kubeConfig {string(secret.get('name')) or item.name}" if kubeconfig else "",
        settings=tuple(_settings(item, here, tree)),
        variables=_variables(item),
        reads_above=True,
        is_sync=_bootstraps(item),
        ignored=sources.ignored(item),
    )


def _of_instance(item: Resource, tree: Tree) -> Delivery:
    folder = _folder(tree, item.get("spec", "sync", "path"))
    return Delivery(item, item.at("spec", "sync"), folder, reads_above=True, is_sync=True)


def _folder(tree: Tree, path: Any) -> Path | None:
    """The folder that a path from the root of the source leads to; none that is not below that."""
    text = "" if path is None else path
    if not isinstance(text, str) or is_placeholder(text) or "\0" in text:
        return None
    folder = Path(os.path.normpath(tree.root / text.strip("/")))
    return folder if folder.is_relative_to(tree.root) and tree.is_folder(folder) else None


def _filled_in(value: Any) -> str:
    return "" if is_placeholder(value) else string(value)


def _settings(item: Resource, folder: Path | None, tree: Tree) -> Iterator[Setting]:
    """What a Kustomization adds to the kustomization that it builds.

    Source: kustomize_generator.go, WriteFile; the metadata is set on objects and not on what they make.
    """
    for name, field in (("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")):
        if string(item.get("spec", name)):
            yield Setting(field, item.get("spec", name), item.at("spec", name))
    yield from listed(item.at("spec"))
    for index, entry in enumerate(sequence(item.get("spec", "components"))):
        is_here = folder is None or tree.is_folder(Path(os.path.normpath(folder / string(entry))))
        if string(entry) and (is_here or item.get("spec", "ignoreMissingComponents") is not True):
            yield Setting("components", entry, item.at("spec", "components", index), is_entry=True)
    labels = strings(item.get("spec", "commonMetadata", "labels"))
    if labels:
        at = item.at("spec", "commonMetadata", "labels")
        yield Setting("labels", {"pairs": dict(labels)}, at, is_entry=True)
    annotations = strings(item.get("spec", "commonMetadata", "annotations"))
    if annotations:
        transformer = {
            "apiVersion": "builtin",
            "kind": "AnnotationsTransformer",
            "metadata": {"name": "common-metadata"},
            "annotations": dict(annotations),
            "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
        }
        at = item.at("spec", "commonMetadata", "annotations")
        yield Setting("transformers", json.dumps(transformer), at, is_entry=True)


def _variables(item: Resource) -> Variables | None:
    """What is filled in after the build: nothing, unless there is at least one variable or something to take some from.

    Source: kustomize_varsub.go, SubstituteVariables and LoadVariables.
    """
    post_build = mapping(item.get("spec", "postBuild"))
    given = mapping(post_build.get("substitute"))
    sources = tuple(
        VariableSource(string(source.get("kind")), item.namespace, string(source.get("name")))
        for source in map(mapping, sequence(post_build.get("substituteFrom")))
    )
    if not (given or sources):
        return None
    return Variables({str(name): item.at("spec", "postBuild", "substitute", name) for name in given}, sources)


class _Sources:
    """Where Flux fetches from: which of that may be this workspace."""

    def __init__(self, found: Sequence[Resource], tree: Tree, root: Path) -> None:
        self.tree = tree
        self.root = root
        self.urls = {
            (item.kind, item.namespace, item.name): repository_name(string(item.get("spec", "url")))
            for item in found
            if item.group == _SOURCE
        }
        self.ignores = {
            (item.kind, item.namespace, item.name): Patterns(tuple(string(item.get("spec", "ignore")).splitlines()))
            for item in found
            if item.group == _SOURCE and item.get("spec", "ignore")
        }
        syncing = [item for item in found if item.kind == "Kustomization" and self._syncs_itself(item)]
        self.own = {_source_of(item) for item in syncing}
        self.own_urls = {self.urls.get(key, "") for key in self.own} - {""}

    def _syncs_itself(self, item: Resource) -> bool:
        folder = _folder(self.tree, item.get("spec", "path"))
        if folder is None or (folder == self.tree.root and not _bootstraps(item)):
            return False
        return (self.root / item.document.file.relative).is_relative_to(folder)

    def may_be_here(self, item: Resource, folder: Path) -> bool:
        """Whether the path of a Kustomization may be one of this workspace.

        An artifact may hold any folder of a repository, and the root is a path in every source: these are of this
        workspace only where a Kustomization says so that is fetched with them.
        """
        key = _source_of(item)
        url = self.urls.get(key, "")
        if key in self.own or (url and url in self.own_urls):
            return True
        if key[0] != _GIT or (url and self.own_urls):
            return False
        return self.remotes.may_be(url) and (folder != self.tree.root or url in self.remotes.names)

    def ignored(self, item: Resource) -> Patterns:
        """What is left out of what a Kustomization is fetched from."""
        return self.ignores.get(_source_of(item), NOTHING)

    @cached_property
    def remotes(self) -> Remotes:
        return remotes(self.tree.root)


def _bootstraps(item: Resource) -> bool:
    """Whether a Kustomization is the one that `flux bootstrap` makes: it, its source and its namespace share a name."""
    return item.name != "" and item.name == item.namespace == string(item.get("spec", "sourceRef", "name"))


def _source_of(item: Resource) -> tuple[str, str, str]:
    """What a Kustomization is fetched from."""
    reference = mapping(item.get("spec", "sourceRef"))
    namespace = string(reference.get("namespace")) or item.namespace
    return string(reference.get("kind")), namespace, string(reference.get("name"))


class _Clusters:
    """Which cluster each of some deliveries goes to, by the files that say so."""

    def __init__(self, made: Sequence[Delivery], top: Path, root: Path) -> None:
        self.top = top
        self.root = root
        self.by_folder: dict[Path, list[Delivery]] = {}
        for item in made:
            if item.folder is not None and item.folder != top:
                self.by_folder.setdefault(item.folder, []).append(item)
        self.found: dict[int, str] = {}
        self.folders: dict[Path, str] = {}

    def of(self, item: Delivery) -> str:
        """The cluster that a delivery names; else that of the file that says it."""
        if id(item) not in self.found:
            self.found[id(item)] = ""  # of those that deploy each other
            self.found[id(item)] = item.cluster or self.of_file(self.root / item.file)
        return self.found[id(item)]

    def of_file(self, file: Path) -> str:
        """The cluster that a file is for: that of the folder which it is in, or of what deploys that.

        The folder is one that a Kustomization inside it syncs, or that of `clusters/<name>`.
        """
        if file.parent not in self.folders:
            self.folders[file.parent] = self._of_folder(file.parent)
        return self.folders[file.parent]

    def _of_folder(self, inner: Path) -> str:
        above = [item for item in (inner, *inner.parents) if item.is_relative_to(self.top) and item != self.top]
        holders = {folder: self.by_folder[folder] for folder in above if folder in self.by_folder}
        synced = (folder for folder, held in holders.items() if any(other.is_sync for other in held))
        named = (folder for folder in above if folder.parent.name in _CLUSTERS)
        found = next(synced, next(named, None))
        if found is not None:
            return relative_to(self.top, found)
        nearest = next(iter(holders.values()), [])
        clusters = {self.of(holder) for holder in nearest}
        return clusters.pop() if len(clusters) == 1 else ""
