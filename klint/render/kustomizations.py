"""Kustomizations as files: which there are, what each takes in, and which would reach for the network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from klint.document import Document, Span, read_documents
from klint.document import Path as DataPath
from klint.kube.resource import mapping, sequence, string
from klint.render.rendering import Sources

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_TAKEN_IN = ("resources", "bases", "components")
_REMOTE = re.compile(r"^[a-z][a-z0-9+.-]*://|^git@|^[\w.-]+\.[a-z]{2,}[:/].+|[?&]ref=|\.git(?:[/?]|$)|^git::")


@dataclass(frozen=True)
class Kustomization:
    """One kustomization file."""

    file: Path
    document: Document
    sources: Sources

    @property
    def folder(self) -> Path:
        """The folder it stands in, which is what other kustomizations name."""
        return self.file.parent

    @property
    def data(self) -> Mapping[str, Any]:
        """What the file says."""
        return mapping(self.document.data)

    @property
    def is_component(self) -> bool:
        """A Component is only ever built as part of something."""
        return self.data.get("kind") == "Component"

    def entries(self, *fields: str) -> Iterator[tuple[str, Span]]:
        """The strings of some lists, and where they stand."""
        for name in fields:
            for index, item in enumerate(sequence(self.data.get(name))):
                if isinstance(item, str):
                    yield item, self.span(name, index)

    def items(self, name: str) -> Iterator[tuple[Mapping[str, Any], DataPath]]:
        """The mappings of a list, and their paths."""
        for index, item in enumerate(sequence(self.data.get(name))):
            if isinstance(item, dict):
                yield item, (name, index)

    def span(self, *path: str | int) -> Span:
        """Where a part of the file stands."""
        return self.document.span(path)

    def path(self, name: str) -> Path:
        """A path that the file names, as an absolute one."""
        return Path(os.path.normpath(self.folder / name))

    @cached_property
    def below(self) -> tuple[Path, ...]:
        """The folders it takes in."""
        names = (name for name, _ in self.entries(*_TAKEN_IN))
        return tuple(path for name in names if not is_remote(name) and (path := self.path(name)).is_dir())

    def files(self) -> Iterator[Path]:
        """The files it reads."""
        yield self.file
        lists = ("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge")
        for name, _ in self.entries(*lists, "transformers", "generators", "validators"):
            if "\n" not in name and not is_remote(name) and self.path(name).is_file():
                yield self.path(name)
        for kind in ("patches", "patchesJson6902", "replacements"):
            for item, _ in self.items(kind):
                if string(item.get("path")):
                    yield self.path(string(item.get("path")))
        for kind in ("configMapGenerator", "secretGenerator"):
            for item, _ in self.items(kind):
                for entry in (*sequence(item.get("files")), *sequence(item.get("envs")), item.get("env")):
                    if isinstance(entry, str) and entry:
                        yield self.path(entry.rpartition("=")[2])
        for item, _ in self.items("helmCharts"):
            for entry in (item.get("valuesFile"), *sequence(item.get("additionalValuesFiles"))):
                if isinstance(entry, str):
                    yield self.path(entry)

    def remote(self) -> Iterator[tuple[str, Span]]:
        """What it names that is not in the workspace: remote bases and files, charts that are not vendored."""
        for name, span in self.entries("resources", "bases", "components", "crds", "configurations"):
            if is_remote(name) and not self.path(name).exists():
                yield name, span
        home = string(mapping(self.data.get("helmGlobals")).get("chartHome")) or "charts"
        for item, path in self.items("helmCharts"):
            name = string(item.get("name"))
            if name and not (self.path(home) / name).is_dir():
                yield f"{string(item.get('repo')) or 'chart'} {name}".strip(), self.span(*path, "name")
        openapi = string(mapping(self.data.get("openapi")).get("path"))
        if openapi and is_remote(openapi):
            yield openapi, self.span("openapi", "path")


def is_remote(name: str) -> bool:
    """Whether kustomize would fetch this: a URL, or a repository as git writes it."""
    return "\n" not in name and _REMOTE.search(name) is not None


@dataclass
class Kustomizations:
    """Kustomizations by folder, read when first asked for."""

    sources: Sources
    _read: dict[Path, Kustomization | None] = field(default_factory=dict)

    def get(self, folder: Path) -> Kustomization | None:
        """The kustomization in a folder."""
        if folder not in self._read:
            file = next((folder / name for name in FILE_NAMES if (folder / name).is_file()), None)
            self._read[folder] = self._load(file) if file else None
        return self._read[folder]

    def _load(self, file: Path) -> Kustomization | None:
        documents = [item for item in read_documents(self.sources.get(file)) if item.data is not None]
        return Kustomization(file, documents[0], self.sources) if documents else None

    def reached(self, root: Kustomization) -> list[Kustomization]:
        """A kustomization and all it takes in, each once, itself first."""
        found: dict[Path, Kustomization] = {}
        waiting = [root]
        while waiting:
            current = waiting.pop()
            if current.folder in found:
                continue
            found[current.folder] = current
            waiting.extend(item for folder in current.below if (item := self.get(folder)) is not None)
        return list(found.values())

    def roots(self, folders: list[Path], *, bases_too: bool = False) -> list[Kustomization]:
        """Of the kustomizations in some folders those that no other takes in. Components never are."""
        every = [item for folder in folders if (item := self.get(folder)) is not None]
        taken_in = {folder for item in every for folder in item.below}
        return [
            item
            for item in sorted(every, key=lambda item: item.folder)
            if not item.is_component and (bases_too or item.folder not in taken_in)
        ]
