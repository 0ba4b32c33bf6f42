"""What kustomize is given, and what that is in the workspace."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from klint.records import dataclass
from klint.render.kustomize.kustomizations import Kustomization
from klint.text.document import Document, Problem
from klint.text.document import Path as DataPath
from klint.text.source import Span
from klint.workspace.rendering import Gap

ROOT = "0"
"""The folder of the kustomization that is built."""


@dataclass(frozen=True)
class StagedObject:
    """An object that kustomize is given in a file of its own: the document that has it, and where in that.

    `is_outlined` is set for a definition that it is given without the schemas.
    """

    document: Document
    path: DataPath = ()
    is_outlined: bool = False


@dataclass(frozen=True)
class StagedEntry:
    """An entry of a kustomization that kustomize may refuse for what else there is, and what it is about.

    `document` is the patch, staged in `file`; of a generator that merges there is only the name.
    """

    kustomization: Kustomization
    path: DataPath
    span: Span
    document: Document | None = None
    name: str = ""
    file: str = ""


@dataclass(frozen=True)
class Stage:
    """What kustomize is given, by paths that klint chose; and what that is in the workspace.

    `files` is all of it. `objects` and `settings` say what a file was made of, `kustomizations` what a folder was.
    `gaps` are what klint was not given and that may hold objects, or change them; `unread` texts that may name these.
    """

    files: Mapping[str, bytes]
    objects: Mapping[str, StagedObject]
    settings: Mapping[str, Document]
    kustomizations: Mapping[str, Kustomization]
    entries: Sequence[tuple[str, StagedEntry]]
    consumed: frozenset[Path]
    problems: tuple[Problem, ...]
    gaps: tuple[Gap, ...]
    unread: tuple[str, ...]
    is_remote: bool


LeftOut = Collection[tuple[Path, DataPath]]
"""Entries of kustomizations to leave out: the file, and the path in it."""
