"""A kustomization as a deployer builds it: the one of a folder, or one made for a folder, and what is added to it.

What it says leads back to whoever says it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from klint.records import cached_property, dataclass, field
from klint.render.kustomize.assembled import assembled, extended
from klint.render.kustomize.kustomizations import FILE_NAMES, Kustomization, Kustomizations
from klint.workspace.deployers.delivery import Delivery
from klint.workspace.ignored import Ignored
from klint.workspace.paths import relative_to
from klint.workspace.workspace import Workspace

_GENERATED = (".yaml", ".yml")
"""What Flux takes into a kustomization that it makes. Source: fluxcd/pkg's kustomize_generator.go."""


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
            resources, file = self._resources(folder, delivery), folder / FILE_NAMES[0]
            data = {"resources": resources}
            return assembled(file, data, delivery.settings, delivery.at, self.all.sources) if resources else None
        if folder not in self._folders or written.is_component:
            return None
        return extended(written, delivery.settings, delivery.at) if delivery.settings else written

    def _resources(self, folder: Path, delivery: Delivery) -> list[str]:
        """What a kustomization that is made for a folder takes in: certain files, or what Flux takes of those below.

        Of kustomizations below Flux takes in the topmost, and nothing else that lies in their folders.
        """
        linted = _below(folder, self._files)
        if delivery.files is not None:
            return sorted(relative_to(folder, file) for file in set(linted).intersection(delivery.files))
        inner: dict[Path, None] = {}
        for found in self._fetched(_below(folder, self._kustomizations), delivery, is_folder=True):
            if inner.keys().isdisjoint(found.parents):
                inner[found] = None
        plain = (file for file in linted if file.suffix in _GENERATED and inner.keys().isdisjoint(file.parents))
        return sorted(relative_to(folder, found) for found in (*inner, *self._fetched(plain, delivery)))

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

    def _fetched(self, paths: Iterable[Path], delivery: Delivery, *, is_folder: bool = False) -> Iterator[Path]:
        """Those of some paths that Flux fetches: what its source ignores it leaves out, and else what .sourceignore
        files name.

        Source: source-controller's docs/spec/v1/gitrepositories.md, "Excluding files".
        """
        top = self.workspace.tree.root
        for path in paths:
            decision = delivery.ignored.decision(relative_to(top, path) + ("/" if is_folder else ""))
            if not (self._left_out.by_git(path, is_folder=is_folder) if decision is None else decision):
                yield path

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
