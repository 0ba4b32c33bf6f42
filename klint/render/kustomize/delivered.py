"""A kustomization as a deployer builds it: the one of a folder, or one made for a folder, and what is added to it.

What it says leads back to whoever says it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, field, replace
from klint.render.kustomize.kustomizations import FILE_NAMES, Kustomization, Kustomizations
from klint.text.data import is_same
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.source import Source, Span
from klint.workspace.deployers.delivery import Delivery, Setting
from klint.workspace.ignored import Ignored
from klint.workspace.paths import relative_to
from klint.workspace.workspace import Workspace

_GENERATED = (".yaml", ".yml")
"""What Flux takes into a kustomization that it makes. Source: fluxcd/pkg's kustomize_generator.go."""


@dataclass(frozen=True, eq=False)
class AssembledOrigin:
    """The way back from a kustomization that is assembled: `parts` are the fields and entries that others wrote.

    `written` is the kustomization that a person wrote; without one all else was made for what is `asked`.
    """

    written: Document | None
    asked: Place
    parts: Mapping[DataPath, Place]

    def back(self, rendered: Span) -> Span:
        """Nothing has a text of its own here."""
        return replace(rendered, approximate=True) if self.written else self.asked.span

    def span(self, document: Document, path: DataPath) -> Span:
        """Where the value at a path is written."""
        found = self._place(path)
        return found.span if found else self.asked.span

    def place(self, document: Document, path: DataPath) -> Place | None:
        """The place that has the value itself, where somebody wrote it as it is."""
        found = self._place(path)
        written = found.document.place(found.path) if found else None
        return written if written and is_same(written.value, Place(document, path).value) else None

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """Nothing: each value is written in one place."""
        return ()

    def _place(self, path: DataPath) -> Place | None:
        for length in (2, 1):
            part = self.parts.get(path[:length])
            if part is not None and len(path) >= length:
                return part.below(*path[length:])
        return Place(self.written, path) if self.written else None


@dataclass(frozen=True)
class DeliveredFolders:
    """The kustomizations that the deliveries of a workspace build, as much of each as is linted."""

    workspace: Workspace
    all: Kustomizations
    _found: dict[Delivery, Kustomization | None] = field(default_factory=dict)

    def kustomization(self, delivery: Delivery) -> Kustomization | None:
        """That of a delivery's folder, or one made for it, with what is added; none where nothing of it is linted."""
        if delivery not in self._found:
            self._found[delivery] = self._find(delivery)
        return self._found[delivery]

    def _find(self, delivery: Delivery) -> Kustomization | None:
        folder = delivery.folder
        if folder is None:
            return None
        written = self.all.get(folder)
        if written is None:
            resources = self._resources(folder, delivery.files)
            return self._made(delivery, folder, resources) if resources else None
        if folder not in self._folders or written.is_component:
            return None
        if not delivery.settings:
            return written
        data, parts = _added(written.data, delivery.settings)
        origin = AssembledOrigin(written.document, delivery.at, parts)
        return replace(written, document=replace(written.document, data=data, origin=origin))

    def _made(self, delivery: Delivery, folder: Path, resources: Sequence[str]) -> Kustomization:
        """A kustomization for a folder that has none, with what is added to it."""
        sources, file = self.all.sources, folder / FILE_NAMES[0]
        data, parts = _added({"resources": list(resources)}, delivery.settings)
        origin = AssembledOrigin(None, delivery.at, parts)
        source = Source(sources.shown(file), "", sources.relative(file))
        return Kustomization(file, Document(source, 0, 0, data, origin=origin), sources)

    def _resources(self, folder: Path, files: Collection[Path] | None) -> list[str]:
        """What a kustomization that is made for a folder takes in: these files, or what Flux takes of those below.

        Of kustomizations below Flux takes in the topmost, and nothing else that lies in their folders.
        """
        linted = _below(folder, self._files)
        if files is not None:
            return sorted(relative_to(folder, file) for file in set(linted).intersection(files))
        inner: dict[Path, None] = {}
        for found in self._fetched(_below(folder, self._kustomizations), is_folder=True):
            if inner.keys().isdisjoint(found.parents):
                inner[found] = None
        plain = (file for file in linted if file.suffix in _GENERATED and inner.keys().isdisjoint(file.parents))
        return sorted(relative_to(folder, found) for found in (*inner, *self._fetched(plain)))

    @cached_property
    def _folders(self) -> frozenset[Path]:
        return frozenset(self.workspace.kustomizations)

    @cached_property
    def _kustomizations(self) -> list[str]:
        found = (item for folder in self._folders if (item := self.all.get(folder)) and not item.is_component)
        return sorted(str(item.folder) for item in found)

    @cached_property
    def _files(self) -> list[str]:
        """The files of the manifests that are linted."""
        relative = {document.source.relative for document in self.workspace.documents} - {""}
        return sorted(str(self.workspace.root / name) for name in relative)

    def _fetched(self, paths: Iterable[Path], *, is_folder: bool = False) -> Iterator[Path]:
        """Those of some paths that Flux fetches: what .sourceignore files name it leaves out.

        Source: source-controller's docs/spec/v1/gitrepositories.md, "Excluding files".
        """
        return (path for path in paths if not self._left_out.by_git(path, is_folder=is_folder))

    @cached_property
    def _left_out(self) -> Ignored:
        workspace = self.workspace
        return Ignored(workspace.root, workspace.tree, workspace.config, file_name=".sourceignore")


def _below(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Those of some sorted paths that are below a folder."""
    prefix = f"{str(folder).rstrip(os.sep)}{os.sep}"
    for name in islice(names, bisect_left(names, prefix), None):
        if not name.startswith(prefix):
            break
        yield Path(name)


def _added(written: Mapping[str, Any], settings: Iterable[Setting]) -> tuple[dict[str, Any], Mapping[DataPath, Place]]:
    """The fields of a kustomization with what somebody adds, and where that is said."""
    data, parts = dict(written), dict[DataPath, Place]()
    for setting in settings:
        _add(data, parts, setting)
    return data, parts


def _add(data: dict[str, Any], parts: dict[DataPath, Place], setting: Setting) -> None:
    if not setting.is_entry:
        data[setting.field] = setting.value
        parts[(setting.field,)] = setting.at
        return
    entries = data[setting.field] = [*sequence(data.get(setting.field))]
    index = len(entries)
    if setting.field == "images":
        name = string(mapping(setting.value).get("name"))
        index = next((number for number, item in enumerate(entries) if mapping(item).get("name") == name), index)
    entries[index : index + 1] = [setting.value]
    parts[setting.field, index] = setting.at
