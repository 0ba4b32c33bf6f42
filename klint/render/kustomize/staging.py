"""A kustomization → the tree of files that kustomize is given: all of it written by klint, from what klint has read.

Kustomize reads URLs, git addresses and paths out of almost every field, and asks git, ssh or Helm to bring what it
finds. So it never sees a file of the workspace, nor a name that stands in one. A tree is written for it in which every
folder and file is called by a number, every kustomization is made anew of the fields that klint knows, and
whatever is a path there is one of these numbers. What klint cannot hand on is left out, and said.

Nor is anything but what the kustomization names read: the tree is also what a build is remembered by.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, field
from klint.render.embedded import embedded_documents
from klint.render.kustomize import fields
from klint.render.kustomize.fields import Misfit, Shape, fitting
from klint.render.kustomize.inflation import Charts, find_vendored, inflate
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations, is_remote
from klint.text import yaml
from klint.text.document import Document, Problem
from klint.text.document import Path as DataPath
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.rendering import Gap, Missing
from klint.workspace.tree import UnreadableError

MAX_SIZE = 128 * 2**20
"""Bytes of all that one build reads."""

MAX_DEPTH = 50
"""Kustomizations that take in each other, one below the other."""

ROOT = "0"
"""The folder of the kustomization that is built."""

_KUSTOMIZATION = "kustomization.yaml"
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function")

_REMOTE_BASE = re.compile(
    r"(?:(?:https|ssh)://|git::https://)?(?:[A-Za-z0-9][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(?::[0-9]+)?"
    r"[/:](?:[A-Za-z0-9_.][\w.+-]*+(?:/{1,2}|\Z|(?=\?)))+"
    r"(?:\?(?:(?:ref|version)=[A-Za-z0-9_][\w./+-]*+|timeout=[0-9]++[smh]?|submodules=(?:true|false)|&)+)?\Z"
)
"""A remote base as klint hands it on where it may: no scheme but two, and nothing that git could take for an option."""

_APIS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}


@dataclass(frozen=True)
class StagedObject:
    """An object that kustomize is given in a file of its own: the document that has it, and where in that."""

    document: Document
    path: DataPath = ()


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
    `gaps` are what klint was not given and that may hold objects, or change them.
    """

    files: Mapping[str, bytes]
    objects: Mapping[str, StagedObject]
    settings: Mapping[str, Source]
    kustomizations: Mapping[str, Kustomization]
    entries: Sequence[tuple[str, StagedEntry]]
    consumed: frozenset[Path]
    problems: tuple[Problem, ...]
    gaps: tuple[Gap, ...]
    is_remote: bool


LeftOut = Collection[tuple[Path, DataPath]]
"""Entries of kustomizations to leave out: the file, and the path in it."""


def stage(
    root: Kustomization,
    kustomizations: Kustomizations,
    charts: Charts | None = None,
    *,
    allow_network: bool = False,
    without: LeftOut = (),
) -> Stage:
    """Make the tree for one kustomization. `charts` renders those that it inflates, if anything does."""
    stager = _Stager(kustomizations, charts, allow_network, frozenset(without))
    stager.kustomization(root, ())
    return Stage(
        stager.files,
        stager.objects,
        stager.settings,
        {name: item for item, name in stager.folders.values()},
        stager.entries,
        frozenset(stager.consumed),
        tuple(dict.fromkeys(stager.problems)),
        tuple(dict.fromkeys(stager.gaps)),
        stager.is_remote,
    )


@dataclass
class _Stager:
    """Writes the tree, kustomization by kustomization."""

    all: Kustomizations
    charts: Charts | None
    allow_network: bool
    without: frozenset[tuple[Path, DataPath]]
    files: dict[str, bytes] = field(default_factory=dict)
    objects: dict[str, StagedObject] = field(default_factory=dict)
    settings: dict[str, Source] = field(default_factory=dict)
    folders: dict[Path, tuple[Kustomization, str]] = field(default_factory=dict)
    entries: list[tuple[str, StagedEntry]] = field(default_factory=list)
    consumed: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    is_remote: bool = False
    size: int = 0

    def kustomization(self, found: Kustomization, above: tuple[str, ...]) -> str:
        """Write a kustomization and all it takes in; `above` are the real folders of those that take it in."""
        name = str(len(self.folders))
        self.folders[found.folder] = (found, name)
        self.consumed.add(found.file)
        self.problems += found.problems
        folder = _Folder(self, found, name, (*above, os.path.realpath(found.folder)))
        self.files[f"{name}/{_KUSTOMIZATION}"] = _json({**folder.fields(), **folder.metadata(is_root=not above)})
        return name

    def add(self, folder: str, data: bytes, suffix: str = ".yaml") -> str:
        """Write a file into a folder, and say its name."""
        name = f"{len(self.files)}{suffix}"
        self.files[f"{folder}/{name}"] = data
        self.size += len(data)
        return name


class _Folder:
    """Writes one kustomization: reads its fields one by one, and says what it leaves out."""

    def __init__(self, stager: _Stager, found: Kustomization, name: str, above: tuple[str, ...]) -> None:
        self.stager = stager
        self.found = found
        self.name = name
        self.above = above
        self.tree = found.sources.tree

    # What is said

    def mistake(self, message: str, *path: str | int) -> None:
        """Say what the repository has wrong."""
        self.stager.problems.append(Problem("unrendered", message, self.found.span(*path)))

    def limit(self, missing: Missing | None, message: str, *path: str | int) -> None:
        """Say what klint was not given, or does not do; no gap is what nothing refers to."""
        self.stager.problems.append(Problem("incomplete-rendering", message, self.found.span(*path)))
        if missing is not None:
            self.stager.gaps.append(Gap(missing, self.found.folder))

    def refuse(self, name: str, *path: str | int, what: str = "file", missing: Missing | None = Missing.FILES) -> None:
        """Say why a name leads to nothing that kustomize may be given."""
        shown = name if len(name) <= 100 else name[:99] + "…"
        reason = self._why_not(name)
        if reason == "it is a folder":
            self.mistake(f"{shown} is a folder, and kustomize takes a file here", *path)
        elif reason:
            self.limit(missing, f"{shown} is left out: {reason}", *path)
        elif is_remote(name):
            self.limit(missing, f"{shown} is not in the workspace, and klint fetches nothing", *path)
        elif "{{" in name or "${" in name:
            self.limit(missing, f"{shown} is filled in later", *path)
        else:
            self.mistake(f"{shown}: there is no such {what}", *path)

    def _why_not(self, name: str) -> str:
        """Why what is there cannot be read; empty if it is not there."""
        path = self.found.path(name)
        try:
            self.tree.real(path)
        except UnreadableError as error:
            return str(error.strerror)
        except OSError:
            return ""
        return "it is a folder" if self.tree.is_folder(path) else "it is no regular file"

    # Fields

    def fields(self) -> dict[str, Any]:
        """All of the kustomization that klint hands on."""
        result: dict[str, Any] = {}
        for key, value in self.found.data.items():
            if key in ("apiVersion", "kind", "metadata", "buildMetadata", "helmGlobals") or value is None:
                continue
            read = _READERS.get(key)
            if read is not None:
                for name, made in read(self, key, value):
                    result.setdefault(name, [])
                    result[name] += made
            elif key in fields.FIELDS:
                made = self.plain(value, fields.FIELDS[key], key)
                if made is not None and not self.is_left_out(key):
                    result[key] = made
            elif key == "openapi":
                schema = self.openapi(value)
                if schema is not None:
                    result[key] = schema
            else:
                self._unknown(key)
        return result

    def _unknown(self, key: str) -> None:
        names = (*_READERS, *fields.FIELDS, "openapi", "helmGlobals", "buildMetadata", "metadata", "kind", "apiVersion")
        meant = next((name for name in names if name.lower() == key.lower()), "")
        if meant:
            self.limit(Missing.FILES, f"{key} is left out: the field is called {meant}", key)
        else:
            self.mistake(f"unknown field {key!r}: kustomize refuses it", key)

    def metadata(self, *, is_root: bool) -> dict[str, Any]:
        """What kind of file it is, and what kustomize is to add to objects."""
        data = self.found.data
        kind = string(data.get("kind")) or "Kustomization"
        if kind not in _APIS:
            self.mistake(f"kind should be Kustomization or Component, and not {kind}", "kind")
            kind = "Kustomization"
        api = data.get("apiVersion") or _APIS[kind]
        if api != _APIS[kind]:
            self.mistake(f"apiVersion of a {kind} should be {_APIS[kind]}", "apiVersion")
        # Also below the root, where it counts for nothing: kustomize refuses a kustomization that says nothing at all.
        added = ["originAnnotations", "transformerAnnotations"]
        if is_root and "managedByLabel" in sequence(data.get("buildMetadata")):
            added.append("managedByLabel")
        return {"apiVersion": _APIS[kind], "kind": kind, "buildMetadata": added}

    def plain(self, value: Any, shape: Shape, *path: str | int) -> Any:
        """What of some data kustomize takes."""
        misfits: list[Misfit] = []
        found = fitting(value, shape, path, misfits)
        for misfit in misfits:
            self.mistake(f"{misfit.reason}: kustomize refuses it", *misfit.path)
        return found

    def is_left_out(self, *path: str | int) -> bool:
        """Whether this entry is to be left out."""
        return (self.found.file, path) in self.stager.without

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

    def file(self, name: str, *path: str | int, missing: Missing | None = Missing.FILES) -> Path | None:
        """The file that a name leads to, if it may be read."""
        file = self.found.path(name)
        if "\n" in name or not self.tree.is_file(file):
            self.refuse(name, *path, missing=missing)
            return None
        real = self.tree.real(file)
        if not real.startswith(self.above[-1].rstrip(os.sep) + os.sep):
            message = f"kustomize reads {name} only with --load-restrictor LoadRestrictionsNone: it is not below"
            self.limit(None, message, *path)
        return file

    def fits(self, size: int, *path: str | int) -> bool:
        """Whether so many bytes more may be handed on."""
        if self.stager.size + size <= MAX_SIZE:
            return True
        self.limit(Missing.FILES, f"left out: all that is built is larger than {MAX_SIZE // 2**20} MiB", *path)
        return False

    def content(self, name: str, *path: str | int) -> bytes | None:
        """What is in a file that goes into a ConfigMap or Secret. No gap where it is missing: nothing refers to it."""
        file = self.file(name, *path, missing=None)
        if file is None:
            return None
        try:
            data = self.tree.read(file)
        except OSError as error:
            self.limit(None, f"{name} is left out: {error.strerror}", *path)
            return None
        self.stager.consumed.add(file)
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
        self.stager.consumed.add(file)
        if not self.fits(len(sources.get(file).text), *path):
            return ()
        return self.readable(documents)

    def readable(self, documents: Iterable[Document]) -> tuple[Document, ...]:
        """Those of some documents that can be read and are not empty; what is wrong with the others is said there."""
        found = []
        for document in documents:
            self.stager.problems += document.problems
            if document.data is not None:
                found.append(document)
        return tuple(found)

    def folder(self, name: str, *path: str | int) -> str | None:
        """The staged folder of a kustomization that a name leads to."""
        folder = self.found.path(name)
        real = self.tree.real(folder)
        below = self.stager.all.get(folder)
        if below is None:
            self.mistake(f"{name}: there is no kustomization.yaml in this folder", *path)
            return None
        if any(f"{other}{os.sep}".startswith(real.rstrip(os.sep) + os.sep) for other in self.above):
            self.mistake(f"{name} leads back to a folder that takes this one in", *path)
            return None
        if len(self.above) >= MAX_DEPTH:
            self.limit(Missing.FILES, f"{name} is left out: it is the {MAX_DEPTH}th kustomization in a row", *path)
            return None
        known = self.stager.folders.get(folder)
        return f"../{known[1] if known else self.stager.kustomization(below, self.above)}"

    # Readers of fields that name files

    def resources(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Objects in files, and other kustomizations."""
        for name, path in self.texts(key, value):
            if "\n" not in name and self.tree.is_folder(self.found.path(name)):
                taken = self.folder(name, *path)
                yield "resources", [taken] if taken else []
            elif self.tree.is_file(self.found.path(name)):
                yield "resources", [*self.objects(self.documents(name, *path))]
            elif self.passes_on(name):
                yield "resources", [name]
            else:
                self.refuse(name, *path, what="file or folder", missing=Missing.BASES)

    def components(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Kustomizations that are components."""
        for name, path in self.texts(key, value):
            if "\n" not in name and self.tree.is_folder(self.found.path(name)):
                taken = self.folder(name, *path)
                below = self.stager.all.get(self.found.path(name))
                if taken and below is not None and not below.is_component:
                    self.mistake(f"{name} is no Component: kustomize takes it as a resource only", *path)
                elif taken:
                    yield "components", [taken]
            elif self.passes_on(name):
                yield "components", [name]
            else:
                self.refuse(name, *path, what="folder", missing=Missing.BASES)

    def passes_on(self, name: str) -> bool:
        """Whether this is a remote base that kustomize may fetch."""
        is_base = self.allow_network and len(name) < 500 and _REMOTE_BASE.match(name) is not None
        self.stager.is_remote = self.stager.is_remote or is_base
        return is_base

    @property
    def allow_network(self) -> bool:
        """Whether kustomize may fetch remote bases."""
        return self.stager.allow_network

    def objects(self, documents: Iterable[Document]) -> Iterator[str]:
        """Stage the objects of some documents, each in a file of its own, so that kustomize says which is which."""
        for document in documents:
            data = document.data
            if not isinstance(data, dict):
                self._no_object(document, (), "kustomize takes nothing but objects here")
            elif string(data.get("kind")).endswith("List") and isinstance(data.get("items"), list):
                for index, item in enumerate(data["items"]):
                    yield from self._object(document, ("items", index), mapping(item))
            else:
                yield from self._object(document, (), data)

    def _object(self, document: Document, path: DataPath, data: Mapping[str, Any]) -> Iterator[str]:
        if not string(data.get("kind")):
            self._no_object(document, path, "kustomize refuses an object without a kind")
        elif not string(mapping(data.get("metadata")).get("name")):
            self._no_object(document, path, "kustomize refuses an object without a name")
        else:
            is_whole = not path and document.origin is None
            text = document.text.encode("utf-8", "replace") if is_whole else _json(data)
            name = self.stager.add(self.name, text)
            self.stager.objects[f"{self.name}/{name}"] = StagedObject(document, path)
            yield name

    def _no_object(self, document: Document, path: DataPath, message: str) -> None:
        self.stager.problems.append(Problem("unrendered", message, document.span(path)))

    def data_files(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Files of settings without paths: how transformers find fields, schemas of custom resources."""
        for name, path in self.texts(key, value):
            for document in self.documents(name, *path):
                yield key, [self.stager.add(self.name, _json(document.data))]

    def openapi(self, value: Any) -> dict[str, str] | None:
        """A schema by its version, or in a file, which is staged as JSON."""
        data = self.plain(value, {"path": str, "version": str}, "openapi") or {}
        if "path" not in data:
            return data or None
        for document in self.documents(data["path"], "openapi", "path")[:1]:
            return {"path": self.stager.add(self.name, _json(document.data), ".json")}
        return None

    def patches(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Patches in files and in the kustomization itself."""
        for item, path in self.mappings(key, value):
            made = self._patch(item, path)
            yield key, [made] if made else []

    def _patch(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any] | None:
        shape = {"target": fields.SELECTOR, "options": fields.PATCH_OPTIONS, "path": str, "patch": str}
        data = self.plain(item, shape, *path) or {}
        name, text = string(data.pop("path", "")), string(data.pop("patch", ""))
        if bool(name) == bool(text):
            self.mistake("a patch should have either path or patch: kustomize refuses it", *path)
            return None
        staged = self.patch(name, text, path, "path" if name else "patch")
        return {**data, "path": staged} if staged else None

    def patch(self, name: str, text: str, path: tuple[str | int, ...], *at: str | int) -> str | None:
        """Stage a patch out of a file or of a text; None if there is nothing to stage."""
        if name:
            documents = self.documents(name, *path, *at)
        else:
            documents = self.readable(embedded_documents(self.found.document, (*path, *at), text))
        if not documents:
            return None
        content = "---\n".join(f"{_unmarked(document.text)}\n" for document in documents).encode("utf-8", "replace")
        staged = self.stager.add(self.name, content)
        for document in documents:
            span = self.found.span(*path, *at)
            about = StagedEntry(self.found, path, span, document, file=staged)
            self.stager.entries.append((self.name, about))
        return staged

    def merge_patches(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Patches as texts or file names: a text that is a mapping is a patch, as kustomize has it."""
        for text, path in self.texts(key, value):
            is_inline = _is_mapping(text)
            staged = self.patch("" if is_inline else text, text if is_inline else "", path)
            yield key, [staged] if staged else []

    def replacements(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Replacements in files and in the kustomization itself: all are staged as the latter."""
        for item, path in self.mappings(key, value):
            if "path" not in item:
                made = self.plain(item, fields.REPLACEMENT, *path)
                yield key, [made] if made else []
                continue
            for document in self.documents(string(item["path"]), *path, "path"):
                for one in document.data if isinstance(document.data, list) else [document.data]:
                    misfits: list[Misfit] = []
                    made = fitting(one, fields.REPLACEMENT, (), misfits)
                    for misfit in misfits:
                        self._no_object(document, (), f"{misfit.reason}: kustomize refuses it")
                    yield key, [made] if made else []

    def generators(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """ConfigMaps and Secrets out of files and texts."""
        for item, path in self.mappings(key, value):
            made = self.generator(item, path, self.found.document)
            if string(made.get("behavior")) in ("merge", "replace"):
                about = StagedEntry(self.found, path, self.found.span(*path, "name"), name=string(made.get("name")))
                self.stager.entries.append((self.name, about))
            yield key, [made]

    def generator(self, item: Mapping[str, Any], path: tuple[str | int, ...], document: Document) -> dict[str, Any]:
        """One generator, its files staged. What is missing of a ConfigMap's content is nothing that is referred to."""
        shape: Shape = {
            **dict.fromkeys(("name", "namespace", "behavior", "type", "env"), str),
            **dict.fromkeys(("files", "envs", "literals"), (str,)),
            "options": fields.GENERATOR_OPTIONS,
        }
        data = self.plain(item, shape, *path) or {}
        envs = [*data.pop("envs", ()), *([data.pop("env")] if data.get("env") else ())]
        data.pop("env", None)
        files = []
        for index, entry in enumerate(data.pop("files", ())):
            key, _, name = entry.rpartition("=")
            content = self.content(name, *path, "files", index)
            if content is not None:
                files.append(f"{key or self.found.path(name).name}={self.stager.add(self.name, content)}")
        staged = []
        for index, name in enumerate(envs):
            content = self.content(name, *path, *(("envs", index) if "envs" in item else ("env",)))
            if content is not None:
                staged.append(self.stager.add(self.name, content))
        return {**data, **({"files": files} if files else {}), **({"envs": staged} if staged else {})}

    def charts(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Charts, which klint renders itself."""
        for item, path in self.mappings(key, value):
            yield "resources", [*self.chart(item, path)]

    def old_charts(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Charts as they were written before `helmCharts`."""
        for item, path in self.mappings(key, value):
            named = {new: item[old] for old, new in _OLD_CHART_FIELDS.items() if old in item}
            yield "resources", [*self.chart(named, path)]

    def chart(self, item: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[str]:
        """Stage the objects of one chart."""
        name = string(item.get("name"))
        folder = find_vendored(self.found, item) if name else None
        at = (*path, "name")
        if folder is None:
            where = f" of {item['repo']}" if string(item.get("repo")) else ""
            self.limit(Missing.CHARTS, f"Chart {name}{where} is not in the workspace, and klint fetches nothing", *at)
            return
        if self.stager.charts is None:
            self.limit(
                Missing.CHARTS, f"Chart {name} is left out: install klint-k8s[helm] or put helm on the PATH", *at
            )
            return
        named: list[tuple[DataPath, Any]] = [(("valuesFile",), item.get("valuesFile"))]
        for index, name_of_file in enumerate(sequence(item.get("additionalValuesFiles"))):
            named.append((("additionalValuesFiles", index), name_of_file))
        files: list[Path] = []
        for place, values in named:
            if isinstance(values, str) and values:
                file = self.file(values, *path, *place)
                files += [file] if file else []
        if len(files) < sum(bool(values) for _, values in named):
            return
        inflated = inflate(self.found, item, path, folder, files, self.stager.charts)
        self.stager.problems += inflated.problems
        self.stager.gaps += inflated.gaps
        self.stager.consumed |= {*files, *inflated.files}
        yield from self.objects(self.readable(inflated.documents))

    def plugins(self, key: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
        """Generators and transformers in files of their own: those that are part of kustomize, and no others."""
        for text, path in self.texts(key, value):
            if _is_mapping(text):
                documents = self.readable(embedded_documents(self.found.document, path, text))
            elif "\n" not in text and self.tree.is_folder(self.found.path(text)):
                self.limit(Missing.PLUGINS, f"{text} is left out: klint takes {key} out of files only", *path)
                continue
            else:
                documents = self.documents(text, *path)
            for document in documents:
                yield from self.plugin(key, mapping(document.data), document, path)

    def plugin(
        self, key: str, data: Mapping[str, Any], document: Document, path: tuple[str | int, ...]
    ) -> Iterator[tuple[str, list[Any]]]:
        """One generator or transformer."""
        kind = string(data.get("kind"))
        annotations = mapping(mapping(data.get("metadata")).get("annotations"))
        if data.get("apiVersion") != "builtin" or any(name in annotations for name in _FUNCTIONS):
            self.limit(
                Missing.PLUGINS,
                f"{kind or 'a plugin'} is left out: klint runs no plugin and no function",
                *path,
            )
            return
        metadata = self.plain(
            {name: value for name, value in mapping(data.get("metadata")).items() if name in ("name", "namespace")},
            {"name": str, "namespace": str},
            *path,
        )
        rest = {name: value for name, value in data.items() if name not in ("apiVersion", "kind", "metadata")}
        if kind == "HelmChartInflationGenerator":
            yield "resources", [*self.chart(rest, path)]
            return
        made: dict[str, Any] | None = None
        if kind in ("ConfigMapGenerator", "SecretGenerator"):
            made = self.generator(rest, path, document)
        elif kind in ("PatchTransformer", "PatchJson6902Transformer"):
            name = string(rest.pop("path", ""))
            text = string(rest.pop("patch", "")) or string(rest.pop("jsonOp", ""))
            rest.pop("jsonOp", None)
            shape = {"target": fields.SELECTOR, "options": fields.PATCH_OPTIONS}
            staged = self.patch(name, text, path)
            made = {**(self.plain(rest, shape, *path) or {}), "path": staged} if staged else None
        elif kind == "PatchStrategicMergeTransformer":
            inline = string(rest.get("patches"))
            names = [(name, "") for name in sequence(rest.get("paths")) if isinstance(name, str)]
            found = [self.patch(name, text, path) for name, text in (*names, *([("", inline)] if inline else ()))]
            made = {"paths": [name for name in found if name]}
        elif kind == "ReplacementTransformer":
            items = [item for _, part in self.replacements_of(rest, path) for item in part]
            made = {"replacements": items}
        elif kind in fields.TRANSFORMERS:
            made = self.plain(rest, fields.TRANSFORMERS[kind], *path)
        else:
            self.limit(Missing.PLUGINS, f"{kind or 'a plugin'} is left out: klint does not know it", *path)
        if made is not None:
            head = {"apiVersion": "builtin", "kind": kind}
            name = self.stager.add(self.name, _json({**head, "metadata": metadata, **made}))
            self.stager.settings[f"{self.name}/{name}"] = document.source
            yield key, [name]

    def replacements_of(self, data: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[tuple[str, list[Any]]]:
        """The replacements of a transformer that stands in a file of its own; none of them in further files."""
        for item in sequence(data.get("replacements")):
            if "path" in mapping(item):
                self.limit(
                    Missing.FILES,
                    "replacements of a transformer are left out where they have a file of their own",
                    *path,
                )
            else:
                made = self.plain(item, fields.REPLACEMENT, *path)
                yield "replacements", [made] if made else []


_OLD_CHART_FIELDS = {
    "chartName": "name",
    "chartVersion": "version",
    "chartRepoUrl": "repo",
    "chartHome": "chartHome",
    "values": "valuesFile",
    "valuesLocal": "valuesInline",
    "valuesMerge": "valuesMerge",
    "releaseName": "releaseName",
    "releaseNamespace": "namespace",
}

_Reader = Callable[[_Folder, str, Any], Iterator[tuple[str, list[Any]]]]

_READERS: Mapping[str, _Reader] = {
    "resources": _Folder.resources,
    "bases": _Folder.resources,
    "components": _Folder.components,
    "crds": _Folder.data_files,
    "configurations": _Folder.data_files,
    "patches": _Folder.patches,
    "patchesJson6902": _Folder.patches,
    "patchesStrategicMerge": _Folder.merge_patches,
    "replacements": _Folder.replacements,
    "configMapGenerator": _Folder.generators,
    "secretGenerator": _Folder.generators,
    "helmCharts": _Folder.charts,
    "helmChartInflationGenerator": _Folder.old_charts,
    "generators": _Folder.plugins,
    "transformers": _Folder.plugins,
    "validators": _Folder.plugins,
}
"""Fields of a kustomization that name files, and what stages them: the fields to write, and what to add to them."""


def _is_mapping(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")) and ":" not in text:
        return False
    try:
        return any(isinstance(item.data, (dict, list)) for item in read_documents(Source("", text)))
    except yaml.YamlError:
        return False


def _unmarked(text: str) -> str:
    """A document's text without the line that opens it."""
    return re.sub(r"\A---[^\n]*\n", "", text).rstrip()


def _json(data: Any) -> bytes:
    """Data as JSON that a YAML reader takes as well."""
    text = json.dumps(data, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8", "replace")
