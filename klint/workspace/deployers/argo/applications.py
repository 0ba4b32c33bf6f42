"""Argo CD Applications: what each deploys, with which tool, and where to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.enums import Enum
from klint.kube.resource import api_group, mapping, sequence, string
from klint.records import cached_property, dataclass
from klint.regex import regex
from klint.text.data import MISSING, patched, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.encoding import NotTextError, decode
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.deployers.argo.applicationsets import generated
from klint.workspace.deployers.argo.clusters import IN_CLUSTER, IN_CLUSTER_SERVER, Cluster, clusters
from klint.workspace.deployers.argo.generators import Generators
from klint.workspace.deployers.argo.globs import Files, is_glob
from klint.workspace.deployers.argo.unknown import NotFollowedError
from klint.workspace.deployers.kinds import ARGO
from klint.workspace.git.remote import Remotes, remotes
from klint.workspace.paths import relative_to, shown
from klint.workspace.tree import Tree
from klint.workspace.walk import KUSTOMIZATIONS

_OVERRIDES = 2**20
"""Bytes of a file that overrides what an Application says."""

_FIXED = ("chart", "path", "repoURL", "targetRevision")
"""Fields of a source that nothing overrides."""

_VARIABLE = regex(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


class Tool(Enum):
    """What Argo CD makes manifests with. Source: argo-cd's docs user-guide/tool_detection.md."""

    HELM = "Helm"
    KUSTOMIZE = "Kustomize"
    DIRECTORY = "directory"
    PLUGIN = "plugin"


@dataclass(frozen=True)
class NotFollowed:
    """Something of Argo CD's that klint does not follow: the document, and what it does not know, briefly."""

    document: Document
    what: str


@dataclass(frozen=True, eq=False)
class ApplicationSource:
    """One source of an Application.

    `data` is what it says, with what files beside the manifests say over that; `layers` are these, each a document and
    the path in it, the last of which wins. `folder` is where its manifests are, None if not in the workspace.
    """

    application: Application
    data: Mapping[str, Any]
    layers: tuple[tuple[Document, DataPath], ...]
    folder: Path | None

    @property
    def at(self) -> Place:
        """Where it is written."""
        document, path = self.layers[0]
        return Place(document, path)

    def place(self, *path: str | int) -> Place:
        """Where a field of it is written."""
        return next(reversed([*self.places(*path)]), self.at.below(*path))

    def places(self, *path: str | int) -> Iterator[Place]:
        """Wherever a field of it is written, what wins last."""
        for document, start in self.layers:
            if value_at(document.data, (*start, *path)) is not MISSING:
                yield Place(document, (*start, *path))

    @property
    def is_chart_of_registry(self) -> bool:
        """Whether it is a chart by its name, out of a registry or a repository of charts."""
        return "chart" in self.data

    @cached_property
    def tool(self) -> Tool:
        """What makes manifests of it: what it has settings for, else what its folder looks like."""
        named = {
            "helm": Tool.HELM,
            "kustomize": Tool.KUSTOMIZE,
            "directory": Tool.DIRECTORY,
            "plugin": Tool.PLUGIN,
        }
        told = next((tool for key, tool in named.items() if self.data.get(key)), None)
        if told or self.folder is None:
            return told or Tool.DIRECTORY
        if self._has("Chart.yaml"):
            return Tool.HELM
        return Tool.KUSTOMIZE if any(map(self._has, KUSTOMIZATIONS)) else Tool.DIRECTORY

    def _has(self, name: str) -> bool:
        return self.folder is not None and self.application.argo.tree.is_file(self.folder / name)

    def value_files(self) -> Iterator[tuple[str, int, list[Path]]]:
        """The names of values files, each with its index and the files of the workspace that it leads to.

        A name is a path from the source's folder, with a slash before it from the root; `$name/` stands for the root
        of another source. A pattern stands for the files that no other entry names.

        Source: argo-cd's docs user-guide/helm.md, "Values Files", and user-guide/multiple_sources.md.
        """
        names = [string(item) for item in sequence(mapping(self.data.get("helm")).get("valueFiles"))]
        plain = {path for name in names if (path := self.file(name)) is not None}
        taken: set[Path] = set()
        for index, name in enumerate(names):
            found = [path] if (path := self.file(name)) is not None else self._globbed(name)
            fresh = [item for item in found if item not in taken and (path is not None or item not in plain)]
            taken.update(fresh)
            if name and (fresh or not found):
                yield name, index, fresh

    def file(self, name: str) -> Path | None:
        """The file of the workspace that a name in the source leads to."""
        path = self._path(name)
        return path if path is not None and self.application.argo.tree.is_file(path) else None

    def _globbed(self, name: str) -> list[Path]:
        start = self._start(name)
        if start is None or not is_glob(name):
            return []
        folder, rest = start
        try:
            found = self.application.argo.files.doubly_starred(folder, self.application.filled_in(rest))
        except NotFollowedError:
            return []
        return [path for path in found if self.application.argo.tree.is_file(path)]

    def _path(self, name: str) -> Path | None:
        start = self._start(name)
        if start is None or "\0" in name:
            return None
        folder, rest = start
        return Path(os.path.normpath(folder / self.application.filled_in(rest)))

    def _start(self, name: str) -> tuple[Path, str] | None:
        """The folder that a name begins at, and the rest of it; None where that is not in the workspace."""
        root = self.application.argo.tree.root
        first, _, rest = name.partition("/")
        if first in self.application.references:
            return (root, rest.lstrip("/")) if self.application.references[first] else None
        if "://" in name or self.folder is None:
            return None
        return (root, name.lstrip("/")) if name.startswith("/") else (self.folder, name)


@dataclass(frozen=True, eq=False)
class Application:
    """An Application, as it is written or as an ApplicationSet makes it."""

    document: Document
    argo: ArgoCD

    @property
    def _data(self) -> Mapping[str, Any]:
        return mapping(self.document.data)

    @property
    def _spec(self) -> Mapping[str, Any]:
        return mapping(self._data.get("spec"))

    @property
    def name(self) -> str:
        """Its name."""
        return string(mapping(self._data.get("metadata")).get("name"))

    @property
    def namespace(self) -> str:
        """The namespace of what it deploys, where that says none."""
        return string(mapping(self._spec.get("destination")).get("namespace"))

    @property
    def cluster(self) -> str:
        """The name of the cluster it goes to, or else its address; empty if it does not say.

        Source: argo-cd's docs operator-manual/declarative-setup.md, "Clusters".
        """
        destination = mapping(self._spec.get("destination"))
        server = string(destination.get("server")).rstrip("/")
        name = string(destination.get("name"))
        if name or not server:
            return name
        known = {cluster.server.rstrip("/"): cluster.name for cluster in self.argo.clusters}
        return IN_CLUSTER if server == IN_CLUSTER_SERVER else known.get(server, server)

    @cached_property
    def references(self) -> Mapping[str, bool]:
        """What sources are called in the values files of others, with the `$`; and whether they may be here."""
        found = (mapping(item) for item, _ in self._written_sources)
        return {f"${ref}": self.argo.may_hold(item) for item in found if (ref := string(item.get("ref")))}

    @cached_property
    def sources(self) -> tuple[ApplicationSource, ...]:
        """Its sources, without those that only others refer to. `sources` goes before `source`.

        Source: argo-cd's docs user-guide/multiple_sources.md; source hydrators: user-guide/source-hydrator.md.
        """
        return tuple(self._sources())

    @property
    def _written_sources(self) -> list[tuple[Any, DataPath]]:
        several = sequence(self._spec.get("sources"))
        if several:
            return [(item, ("spec", "sources", index)) for index, item in enumerate(several)]
        dry = mapping(self._spec.get("sourceHydrator")).get("drySource")
        return [(dry, ("spec", "sourceHydrator", "drySource"))] if dry else [(self._spec.get("source"), _SOURCE)]

    def _sources(self) -> Iterator[ApplicationSource]:
        for item, path in self._written_sources:
            data = mapping(item)
            if "chart" not in data and not string(data.get("path")):
                continue
            folder = self.argo.folder(data)
            layers = [(self.document, path)]
            for over in self._overrides(folder) if folder else ():
                layers.append((over, ()))
                data = {**patched(data, over.data), **{key: data[key] for key in _FIXED if key in data}}
            yield ApplicationSource(self, data, tuple(layers), folder)

    def _overrides(self, folder: Path) -> Iterator[Document]:
        """Files beside the manifests that go over what the source says.

        Source: argo-cd's docs user-guide/parameters.md, "Store Overrides In Git".
        """
        names = (".argocd-source.yaml", f".argocd-source-{self.name}.yaml" if self.name else "")
        for name in names:
            if name and "/" not in name:
                yield from self.argo.override(folder / name)

    def filled_in(self, text: str) -> str:
        """A text with the variables that Argo CD knows when it builds; those that klint does not know stay.

        Source: argo-cd's docs user-guide/build-environment.md.
        """
        source = mapping(self._written_sources[0][0])
        known = {
            "ARGOCD_APP_NAME": self.name,
            "ARGOCD_APP_NAMESPACE": self.namespace,
            "ARGOCD_APP_PROJECT_NAME": string(self._spec.get("project")),
            "ARGOCD_APP_SOURCE_PATH": string(source.get("path")),
            "ARGOCD_APP_SOURCE_REPO_URL": string(source.get("repoURL")),
            "ARGOCD_APP_SOURCE_TARGET_REVISION": string(source.get("targetRevision")),
        }
        return _VARIABLE.sub(lambda found: "$" if found[1] else known.get(found[2] or found[3]) or found[0], text)


_SOURCE: DataPath = ("spec", "source")


class ArgoCD:
    """What Argo CD knows of the workspace: its files, the repository it is, and the clusters there are.

    `not_followed` is what it would do and klint does not.
    """

    def __init__(self, tree: Tree, documents: Iterable[Document]) -> None:
        self.tree = tree
        self.files = Files(tree)
        self.not_followed: list[NotFollowed] = []
        self._documents = documents
        self._overrides: dict[Path, tuple[Document, ...]] = {}
        self._made: dict[int, tuple[Document, list[Application]]] = {}

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The clusters whose Secrets are in the workspace, and the one that Argo CD is in."""
        return clusters(self._documents)

    @cached_property
    def _remotes(self) -> Remotes:
        return remotes(self.tree.root)

    @cached_property
    def _generators(self) -> Generators:
        return Generators(self.files, self._remotes, lambda: self.clusters)

    def applications(self, documents: Iterable[Document]) -> Iterator[Application]:
        """The Applications among some documents, and those that ApplicationSets among them make."""
        for document in documents:
            if id(document) not in self._made:
                self._made[id(document)] = document, [*self._applications(document)]
            yield from self._made[id(document)][1]

    def _applications(self, document: Document) -> Iterator[Application]:
        data = mapping(document.data)
        if api_group(data) == ARGO and data.get("kind") == "Application":
            yield Application(document, self)
        elif api_group(data) == ARGO and data.get("kind") == "ApplicationSet":
            for made in generated(document, self._generators, self.note):
                yield Application(made, self)

    def note(self, document: Document, what: str) -> None:
        """Keep in mind that something which a document asks for is not followed."""
        self.not_followed.append(NotFollowed(document, what))

    def may_hold(self, source: Mapping[str, Any]) -> bool:
        """Whether the workspace may be the repository of a source."""
        return "chart" not in source and self._remotes.may_be(string(source.get("repoURL")))

    def folder(self, source: Mapping[str, Any]) -> Path | None:
        """The folder of the workspace that a source names; paths start at the root, and lead to nothing outside."""
        path = string(source.get("path"))
        if not path or "\0" in path or not self.may_hold(source):
            return None
        folder = Path(os.path.normpath(self.tree.root / path.strip("/")))
        return folder if self.tree.is_folder(folder) else None

    def override(self, file: Path) -> tuple[Document, ...]:
        """The document of a file that overrides Applications, read once; none if there is no such file."""
        if file not in self._overrides:
            self._overrides[file] = tuple(self._read(file))
        return self._overrides[file]

    def _read(self, file: Path) -> Iterator[Document]:
        try:
            text = decode(self.tree.read(file, _OVERRIDES)).text
        except (OSError, NotTextError):
            return
        documents = read_documents(Source(shown(file), text, relative_to(self.tree.root, file)))
        yield from [document for document in documents if isinstance(document.data, dict)][:1]
