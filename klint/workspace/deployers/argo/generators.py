"""The parameters that the generators of an ApplicationSet make, as far as the workspace holds what they range over."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string, texts
from klint.kube.selector import label_selector_matches
from klint.records import dataclass
from klint.text.data import leaves, text_of
from klint.text.encoding import NotTextError, decode
from klint.workspace.deployers.argo.clusters import Cluster
from klint.workspace.deployers.argo.globs import Files
from klint.workspace.deployers.argo.parameters import Dialect, Params, merged, normalize, parsed
from klint.workspace.deployers.argo.unknown import NotFollowedError
from klint.workspace.git.remote import Remotes

MAX_APPLICATIONS = 500
"""Applications that one ApplicationSet makes, and parameters that one of its generators does."""

MAX_STEPS = 100_000
"""Parameters that all generators of a run make, those that a selector leaves out among them."""

_MAX_DEPTH = 3
"""Generators in each other. Argo CD allows two levels of combinations, with others in those."""

_MAX_SIZE = 2**20
"""Bytes of a file that parameters come from."""


@dataclass
class Generators:
    """Makes parameters out of the files and clusters of a workspace.

    Source: argo-cd's docs operator-manual/applicationset/Generators*.md and applicationset/generators/.
    """

    files: Files
    remotes: Remotes
    clusters: Callable[[], list[Cluster]]
    _steps: int = 0

    def parameters(self, generator: Any, dialect: Dialect, depth: int = 0) -> list[Params]:
        """The parameters of one generator, each for an Application.

        Raises:
            NotFollowedError: klint cannot tell which these are.
        """
        given = {kind: value for kind, value in mapping(generator).items() if kind not in ("selector", "template")}
        if len(given) != 1 or depth > _MAX_DEPTH:
            raise NotFollowedError("a generator that is none, or several")
        ((kind, value),) = given.items()
        make = getattr(self, _GENERATORS.get(kind, ""), None)
        if make is None:
            raise NotFollowedError(f"the generator {kind}")
        selector = mapping(generator).get("selector")
        found: list[Params] = []
        for params in make(mapping(value), dialect, depth):
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise NotFollowedError("generators that make too many parameters")
            if selector is None or label_selector_matches(selector, dialect.labels(params)):
                found.append(params)
            if len(found) > MAX_APPLICATIONS:
                raise NotFollowedError(f"a generator that makes more than {MAX_APPLICATIONS} Applications")
        return found

    def _list(self, spec: Mapping[str, Any], dialect: Dialect, _depth: int) -> Iterator[Params]:
        elements = sequence(spec.get("elements"))
        text = string(spec.get("elementsYaml"))
        if text:
            elements = [*elements, *sequence(parsed(text))]
        for element in elements:
            yield element if dialect.is_go and isinstance(element, dict) else _flat(element)

    def _git(self, spec: Mapping[str, Any], dialect: Dialect, _depth: int) -> Iterator[Params]:
        if not self.remotes.may_be(string(spec.get("repoURL"))):
            raise NotFollowedError("a generator that reads another repository")
        prefix = string(spec.get("pathParamPrefix"))
        found = self._of_folders if sequence(spec.get("directories")) else self._of_files
        for path, data in found(spec):
            params = _with_path(data if dialect.is_go else _flat(data), path, prefix, dialect)
            yield dialect.with_values(params, spec.get("values"))

    def _of_folders(self, spec: Mapping[str, Any]) -> Iterator[tuple[_GitPath, Params]]:
        items = [mapping(item) for item in sequence(spec.get("directories"))]
        for folder in self._chosen(items, self.files.directories):
            yield _GitPath(self._relative(folder)), {}

    def _of_files(self, spec: Mapping[str, Any]) -> Iterator[tuple[_GitPath, Params]]:
        items = [mapping(item) for item in sequence(spec.get("files"))]
        for file in self._chosen(items, self.files.tracked):
            folder, _, name = self._relative(file).rpartition("/")
            data = parsed(self._text(file))
            for params in data if isinstance(data, list) else [data]:
                if not isinstance(params, (dict, type(None))):
                    raise NotFollowedError("a file of parameters that is no mapping")
                yield _GitPath(folder or ".", name), params or {}

    def _chosen(self, items: list[Mapping[str, Any]], find: Callable[[str], Any]) -> list[Path]:
        """What the patterns of a list lead to, without what those that exclude lead to."""
        left_out = {path for item in items if item.get("exclude") is True for path in find(string(item.get("path")))}
        found = {path for item in items if item.get("exclude") is not True for path in find(string(item.get("path")))}
        return sorted(found - left_out)

    def _relative(self, path: Path) -> str:
        return str(path).removeprefix(f"{self.files.tree.root}".rstrip(os.sep) + os.sep).replace(os.sep, "/")

    def _text(self, file: Path) -> str:
        try:
            return decode(self.files.tree.read(file, _MAX_SIZE)).text
        except (OSError, NotTextError):
            raise NotFollowedError("a file of parameters that cannot be read") from None

    def _clusters(self, spec: Mapping[str, Any], dialect: Dialect, _depth: int) -> Iterator[Params]:
        selector = mapping(spec.get("selector"))
        is_selecting = bool(selector.get("matchLabels") or selector.get("matchExpressions"))
        chosen = [
            cluster
            for cluster in self.clusters()
            if not is_selecting or (cluster.has_secret and label_selector_matches(selector, cluster.labels))
        ]
        if not chosen:
            raise NotFollowedError("a generator of clusters whose Secrets are not in the workspace")
        found = [dialect.with_values(_of_cluster(cluster, dialect), spec.get("values")) for cluster in chosen]
        yield from [{"clusters": found}] if spec.get("flatList") is True else found

    def _matrix(self, spec: Mapping[str, Any], dialect: Dialect, depth: int) -> Iterator[Params]:
        first, *others = sequence(spec.get("generators")) or [None]
        if len(others) != 1:
            raise NotFollowedError("a matrix of other than two generators")
        for params in self.parameters(first, dialect, depth + 1):
            for more in self.parameters(dialect.filled_in(others[0], params), dialect, depth + 1):
                if not dialect.is_go and any(params[key] != more[key] for key in params.keys() & more.keys()):
                    raise NotFollowedError("a matrix of generators that do not agree")
                yield merged(more, params)

    def _merge(self, spec: Mapping[str, Any], dialect: Dialect, depth: int) -> Iterator[Params]:
        keys = texts(spec.get("mergeKeys"))
        first, *others = sequence(spec.get("generators")) or [None]
        if not keys or not others:
            raise NotFollowedError("a merge without keys or generators")
        over = [{_key(params, keys): params for params in self.parameters(item, dialect, depth + 1)} for item in others]
        for params in self.parameters(first, dialect, depth + 1):
            for found in over:
                params = merged(params, found.get(_key(params, keys), {}))
            yield params


_GENERATORS = {"list": "_list", "git": "_git", "clusters": "_clusters", "matrix": "_matrix", "merge": "_merge"}


@dataclass(frozen=True)
class _GitPath:
    """A folder of the repository, and perhaps a file in it."""

    folder: str
    file: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """What parameters call them."""
        base = posixpath.basename(self.folder)
        parts = {"basename": base, "basenameNormalized": normalize(base)}
        if self.file:
            parts |= {"filename": self.file, "filenameNormalized": normalize(self.file)}
        return parts


def _with_path(params: Params, path: _GitPath, prefix: str, dialect: Dialect) -> Params:
    """Parameters with those that say which folder or file they are of. Source: Generators-Git.md and GoTemplate.md."""
    segments = path.folder.split("/")
    if dialect.is_go:
        found = {"path": {"path": path.folder, **path.parts, "segments": segments}}
        return {**params, **({prefix: found} if prefix else found)}
    name = f"{prefix}.path" if prefix else "path"
    numbered = {f"{name}[{index}]": segment for index, segment in enumerate(segments)}
    named = {f"{name}.{key}": value for key, value in path.parts.items()}
    return {**params, name: path.folder, **named, **numbered}


def _of_cluster(cluster: Cluster, dialect: Dialect) -> Params:
    params = {"name": cluster.name, "nameNormalized": normalize(cluster.name), "server": cluster.server}
    if not cluster.has_secret:
        return params
    params["project"] = cluster.project
    metadata = {"labels": cluster.labels, "annotations": cluster.annotations}
    if dialect.is_go:
        return {**params, "metadata": metadata}
    return {**params, **{f"metadata.{of}.{key}": text for of, pairs in metadata.items() for key, text in pairs.items()}}


def _flat(data: Any) -> Params:
    """Data as texts by path: what templates that are not Go's can use."""
    return {".".join(map(str, path)): text for path, text in leaves(data)}


def _key(params: Params, keys: tuple[str, ...]) -> str:
    """What parameters are merged by."""
    return json.dumps([text_of(params.get(key)) for key in sorted(keys)])
