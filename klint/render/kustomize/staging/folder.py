"""One kustomization on its way into the tree: the files that it names, as far as klint may hand them on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.records import dataclass, field
from klint.render.kustomize.inflation import Charts
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations, is_remote
from klint.render.kustomize.staging.fields import Misfit, Shape, fitting
from klint.render.kustomize.staging.stage import StagedEntry, StagedObject
from klint.text.document import Document, Problem
from klint.text.document import Path as DataPath
from klint.text.words import clipped
from klint.workspace.rendering import Gap, Missing
from klint.workspace.tree import OutsideError, UnreadableError

MAX_SIZE = 128 * 2**20
"""Bytes of all that one build reads."""


@dataclass
class Staging:
    """The tree as far as it is written, and what there is to say of it."""

    all: Kustomizations
    charts: Charts | None
    allow_network: bool
    without: frozenset[tuple[Path, DataPath]]
    whole_definitions: bool
    reads_above: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    objects: dict[str, StagedObject] = field(default_factory=dict)
    settings: dict[str, Document] = field(default_factory=dict)
    folders: dict[Path, tuple[Kustomization, str]] = field(default_factory=dict)
    entries: list[tuple[str, StagedEntry]] = field(default_factory=list)
    consumed: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    is_remote: bool = False
    size: int = 0

    def add(self, folder: str, data: bytes, suffix: str = ".yaml") -> str:
        """Write a file into a folder, and say its name."""
        name = f"{len(self.files)}{suffix}"
        self.files[f"{folder}/{name}"] = data
        self.size += len(data)
        return name


class Folder:
    """One kustomization that is staged: what it names in the workspace, and what is said of that.

    `above` are the real folders of it and those that take it in; `take_in` stages another one below these.
    """

    def __init__(
        self,
        staging: Staging,
        found: Kustomization,
        name: str,
        above: tuple[str, ...],
        take_in: Callable[[Kustomization, tuple[str, ...]], str],
    ) -> None:
        self.staging = staging
        self.found = found
        self.name = name
        self.above = above
        self.take_in = take_in
        self.tree = found.sources.tree

    # What is said

    def mistake(self, message: str, *path: str | int) -> None:
        """Say what the repository has wrong."""
        self.staging.problems.append(Problem("unrendered", message, self.found.span(*path)))

    def limit(self, missing: Missing | None, message: str, *path: str | int) -> None:
        """Say what klint was not given, or does not do; no gap is what nothing refers to."""
        self.staging.problems.append(Problem("incomplete-rendering", message, self.found.span(*path)))
        if missing is not None:
            self.staging.gaps.append(Gap(missing, self.found.folder))

    def refuse(
        self,
        name: str,
        *path: str | int,
        what: str = "file",
        remote: Missing = Missing.REMOTE_FILES,
        is_gap: bool = True,
    ) -> None:
        """Say why a name leads to nothing that kustomize may be given. `remote` is what is missing if it is a URL."""
        shown, there = clipped(name, 100), self.found.path(name)
        missing, why = Missing.FILES, f"{shown} is left out: it is no regular file"
        try:
            self.tree.real(there)
            if self.tree.is_folder(there):
                self.mistake(f"{shown} is a folder, and kustomize takes a file here", *path)
                return
        except UnreadableError as error:
            missing = Missing.OUTSIDE if isinstance(error, OutsideError) else Missing.FILES
            why = f"{shown} is left out: {error.strerror}"
        except OSError:
            if is_remote(name):
                missing, why = remote, f"{shown} is not in the workspace, and klint fetches nothing"
            elif "{{" in name or "${" in name:
                missing, why = Missing.PLACEHOLDERS, f"{shown} is filled in later"
            else:
                self.mistake(f"{shown}: there is no such {what}", *path)
                return
        self.limit(missing if is_gap else None, why, *path)

    def no_object(self, document: Document, path: DataPath, message: str) -> None:
        """Say what is wrong with an object, where it is written."""
        self.staging.problems.append(Problem("unrendered", message, document.span(path)))

    # Fields

    def plain(self, value: Any, shape: Shape, *path: str | int) -> Any:
        """What of some data kustomize takes."""
        misfits: list[Misfit] = []
        found = fitting(value, shape, path, misfits)
        for misfit in misfits:
            self.mistake(f"{misfit.reason}: kustomize refuses it", *misfit.path)
        return found

    def is_left_out(self, *path: str | int) -> bool:
        """Whether this entry is to be left out."""
        return (self.found.file, path) in self.staging.without

    def texts(self, key: str, value: Any) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """The texts of a list, and their paths."""
        if not isinstance(value, list):
            self.mistake(f"{key} should be a list: kustomize refuses it", key)
            return
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item:
                self.mistake(f"an entry of {key} should be text: kustomize refuses it", key, index)
            elif not self.is_left_out(key, index):
                yield item, (key, index)

    def mappings(self, key: str, value: Any) -> Iterator[tuple[Mapping[str, Any], tuple[str | int, ...]]]:
        """The mappings of a list, and their paths."""
        if not isinstance(value, list):
            self.mistake(f"{key} should be a list: kustomize refuses it", key)
            return
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.mistake(f"an entry of {key} should be a mapping: kustomize refuses it", key, index)
            elif not self.is_left_out(key, index):
                yield item, (key, index)

    # Files

    def file(self, name: str, *path: str | int, is_gap: bool = True) -> Path | None:
        """The file that a name leads to, if it may be read."""
        file = self.found.path(name)
        if "\n" in name or not self.tree.is_file(file):
            self.refuse(name, *path, is_gap=is_gap)
            return None
        real = self.tree.real(file)
        if not self.staging.reads_above and not real.startswith(self.above[-1].rstrip(os.sep) + os.sep):
            message = f"kustomize reads {name} only with --load-restrictor LoadRestrictionsNone: it is not below"
            self.limit(None, message, *path)
        return file

    def fits(self, size: int, *path: str | int) -> bool:
        """Whether so many bytes more may be handed on."""
        if self.staging.size + size <= MAX_SIZE:
            return True
        self.limit(Missing.BOUNDS, f"left out: all that is built is larger than {MAX_SIZE // 2**20} MiB", *path)
        return False

    def content(self, name: str, *path: str | int) -> bytes | None:
        """What is in a file that goes into a ConfigMap or Secret. No gap where it is missing: nothing refers to it."""
        file = self.file(name, *path, is_gap=False)
        if file is None:
            return None
        try:
            data = self.tree.read(file)
        except OSError as error:
            self.limit(None, f"{name} is left out: {error.strerror}", *path)
            return None
        self.staging.consumed.add(file)
        return data if self.fits(len(data), *path) else None

    def documents(self, name: str, *path: str | int) -> tuple[Document, ...]:
        """The documents of a file that a name leads to, as far as they can be read; why not is said."""
        file = self.file(name, *path)
        if file is None:
            return ()
        sources = self.found.sources
        reason = sources.unreadable(file)
        if reason:
            self.limit(Missing.FILES, f"{name} is left out: {reason}", *path)
            return ()
        documents = sources.documents(file)
        self.staging.consumed.add(file)
        if not self.fits(len(sources.get(file).text), *path):
            return ()
        return self.readable(documents)

    def readable(self, documents: Iterable[Document]) -> tuple[Document, ...]:
        """Those of some documents that can be read and are not empty; what is wrong with the others is said there."""
        found = []
        for document in documents:
            self.staging.problems += document.problems
            if document.data is not None:
                found.append(document)
        return tuple(found)
