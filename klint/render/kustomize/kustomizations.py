"""Kustomizations as files: which there are, what each says, and which others it takes in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence
from klint.records import cached_property, dataclass, field
from klint.regex import regex
from klint.text.document import Document, Place, Problem
from klint.text.document import Path as DataPath
from klint.text.source import Span
from klint.workspace.rendering import Sources

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

TAKEN_IN = ("resources", "bases", "components")
"""Fields that name other kustomizations."""

_REMOTE = regex(
    r"[a-z][a-z0-9+.-]*://|git::|[\w.-]+@[\w.-]+:|[\w.-]+\.[a-z]{2,}[:/].+|.*[?&](?:ref|version)=|.*\.git(?:[/?]|\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kustomization:
    """One kustomization file. A broken one says nothing, and `problems` why."""

    file: Path
    document: Document
    sources: Sources
    problems: tuple[Problem, ...] = ()

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

    def entries(self, *fields: str) -> Iterator[tuple[str, DataPath]]:
        """The strings of some lists, and their paths."""
        for name in fields:
            for index, item in enumerate(sequence(self.data.get(name))):
                if isinstance(item, str):
                    yield item, (name, index)

    def items(self, name: str) -> Iterator[tuple[Mapping[str, Any], DataPath]]:
        """The mappings of a list, and their paths."""
        for index, item in enumerate(sequence(self.data.get(name))):
            if isinstance(item, dict):
                yield item, (name, index)

    def place(self, *path: str | int) -> Place:
        """A part of the file."""
        return Place(self.document, path)

    def span(self, *path: str | int) -> Span:
        """Where a part of the file stands."""
        return self.document.span(path)

    def path(self, name: str) -> Path:
        """A path that the file names, as an absolute one."""
        return Path(os.path.normpath(self.folder / name))

    @cached_property
    def below(self) -> tuple[Path, ...]:
        """The folders it takes in."""
        paths = (self.path(name) for name, _ in self.entries(*TAKEN_IN))
        return tuple(path for path in paths if self.sources.tree.is_folder(path))


def is_remote(name: str) -> bool:
    """Whether this looks like a URL, or a repository as git writes it: a matter of wording, and of nothing else."""
    return "\n" not in name and len(name) < 2000 and _REMOTE.match(name) is not None


@dataclass
class Kustomizations:
    """Kustomizations by folder, read when first asked for."""

    sources: Sources
    _read: dict[Path, Kustomization | None] = field(default_factory=dict)

    def get(self, folder: Path) -> Kustomization | None:
        """The kustomization in a folder."""
        if folder not in self._read:
            self._read[folder] = self._load(folder)
        return self._read[folder]

    def _load(self, folder: Path) -> Kustomization | None:
        found = [file for name in FILE_NAMES if self.sources.tree.exists(file := folder / name)]
        if not found or not self.sources.tree.is_folder(folder):
            return None
        file, *others = found
        reason = self.sources.unreadable(file)
        source = self.sources.get(file)
        documents = [item for item in self.sources.documents(file) if item.data is not None or item.problems]
        document = documents[0] if documents else Document(source, 0, 0, None)
        problems = document.problems
        if reason:
            problems = (Problem("unrendered", f"This kustomization cannot be read: {reason}", source.span(0, 0)),)
        elif document.data is None and not problems:
            problems = (Problem("unrendered", "This kustomization is empty: kustomize refuses it", source.span(0, 0)),)
        elif document.data is not None and not isinstance(document.data, dict):
            problems = (Problem("unrendered", "This is no kustomization: it should be a mapping", document.span(())),)
        problems += tuple(
            Problem(
                "unrendered",
                f"The folder has a {file.name} as well, and kustomize takes no more than one",
                self.sources.get(other).span(0, 0),
            )
            for other in others
        )
        return Kustomization(file, document, self.sources, problems)

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

    def roots(self, folders: Sequence[Path], *, bases_too: bool = False) -> list[Kustomization]:
        """Of the kustomizations in some folders those that no other takes in. Components never are.

        Of those that take in each other the first is one, so that what is wrong with them is said.
        """
        found = (item for folder in folders if (item := self.get(folder)) is not None)
        every = sorted(found, key=lambda item: item.folder)
        taken_in = {folder for item in every for folder in item.below if folder != item.folder}
        roots = [item for item in every if not item.is_component and (bases_too or item.folder not in taken_in)]
        seen = {item.folder for root in every if root.folder not in taken_in for item in self.reached(root)}
        for item in every:
            if item.folder not in seen and not item.is_component and not bases_too:
                roots.append(item)
                seen |= {other.folder for other in self.reached(item)}
        return sorted(roots, key=lambda item: item.folder)
