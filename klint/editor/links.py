"""The files that kustomizations, charts and deployers name, and the pages of rules that comments name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.kube.resource import api_group, mapping, sequence, string
from klint.records import dataclass
from klint.render.kustomize.kustomizations import FILE_NAMES
from klint.report.pages import page_uri
from klint.suppress import MARK
from klint.suppress.comments import comment_ignores
from klint.text.data import leaves
from klint.text.document import Document
from klint.text.document import Path as DataPath
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source, Span
from klint.workspace.paths import relative_to, shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.workspace.tree import Tree
    from klint.workspace.workspace import Workspace

_CHART = "Chart.yaml"
_HELMFILES = ("helmfile.yaml", "helmfile.yml")

_IN_KUSTOMIZATION = (
    *("resources.*", "bases.*", "components.*", "crds.*", "configurations.*", "generators.*", "transformers.*"),
    *("validators.*", "patches.*.path", "patchesJson6902.*.path", "patchesStrategicMerge.*", "replacements.*.path"),
    *("openapi.path", "configMapGenerator.*.files.*", "configMapGenerator.*.envs.*", "configMapGenerator.*.env"),
    *("secretGenerator.*.files.*", "secretGenerator.*.envs.*", "secretGenerator.*.env"),
    *("helmCharts.*.valuesFile", "helmCharts.*.additionalValuesFiles.*"),
)
"""Fields of a kustomization that name files and folders (sigs.k8s.io/kustomize api/types kustomization.go)."""
_IN_HELMFILE = ("bases.*", "helmfiles.*", "helmfiles.*.path", "releases.*.chart", "releases.*.values.*",
                "releases.*.secrets.*", "environments.*.values.*", "environments.*.secrets.*")  # fmt: skip
"""Fields of a helmfile (helmfile.readthedocs.io, Configuration)."""
_FROM_ROOT: Mapping[tuple[str, str], Sequence[str]] = {
    ("argoproj.io", "Application"): ("spec.source.path", "spec.sources.*.path"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): ("spec.path",),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): ("spec.chart.spec.chart",),
}
"""Fields that name a folder of the repository that a deployer reads (argo-cd.readthedocs.io
user-guide/application-specification; fluxcd.io components/kustomize and components/helm)."""


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """A text that names something to open: a file of the workspace, or a page on the web by its `uri`."""

    span: Span
    file: Path | None = None
    uri: str = ""


def document_links(report: Report, path: Path) -> tuple[DocumentLink, ...]:
    """What a file names that is there, in the order of its documents.

    Args:
        report: of the workspace.
        path: the file, absolute.
    """
    documents = _documents(report.workspace, path)
    found = (*_files(documents, path, report.workspace.tree), *_pages(documents, report))
    return tuple(sorted(found, key=lambda link: link.span.sort_key))


def _documents(workspace: Workspace, path: Path) -> Sequence[Document]:
    with suppress(OSError, NotTextError):
        text = decode(workspace.tree.read(path)).text
        return workspace.parsed.documents(Source(shown(path), text, relative_to(workspace.root, path)))
    return ()


# Files


def _files(documents: Iterable[Document], path: Path, tree: Tree) -> Iterator[DocumentLink]:
    for document in documents:
        for at, folder, name in _named(document.data, path, tree.root):
            file = _file(folder, name, tree)
            if file is not None:
                yield DocumentLink(document.span(at), file)


def _named(data: Any, path: Path, root: Path) -> Iterator[tuple[DataPath, Path, str]]:
    """The names of files and folders, each with its place and the folder that it starts from."""
    if not isinstance(data, dict):
        return
    kind = api_group(data), string(data.get("kind"))
    if path.name in FILE_NAMES:
        for at, name in _strings(data, _IN_KUSTOMIZATION):
            yield at, path.parent, name.partition("=")[2] or name if "files" in at else name
    elif path.name in _HELMFILES:
        yield from ((at, path.parent, name) for at, name in _strings(data, _IN_HELMFILE))
    elif path.name == _CHART:
        for at, name in _strings(data, ("dependencies.*.repository",)):
            if name.startswith("file://"):
                yield at, path.parent, name.removeprefix("file://")
    elif kind in _FROM_ROOT:
        yield from ((at, root, name.lstrip("/")) for at, name in _strings(data, _FROM_ROOT[kind]))
        yield from _value_files(data, root)


def _value_files(data: Mapping[str, Any], root: Path) -> Iterator[tuple[DataPath, Path, str]]:
    """Files of values of an Application: from its source's folder, or with `$name/` from another's root.

    Source: argo-cd.readthedocs.io user-guide/helm, Values Files, and user-guide/multiple_sources.
    """
    spec = mapping(data.get("spec"))
    sources = [
        (("source",), spec.get("source")),
        *((("sources", i), x) for i, x in enumerate(sequence(spec.get("sources")))),
    ]
    for path, source in sources:
        folder = root / string(mapping(source).get("path"))
        for index, name in enumerate(sequence(mapping(mapping(source).get("helm")).get("valueFiles"))):
            at = ("spec", *path, "helm", "valueFiles", index)
            if isinstance(name, str) and name.startswith("$"):
                yield at, root, name.partition("/")[2]
            elif isinstance(name, str):
                yield at, root if name.startswith("/") else folder, name.lstrip("/")


def _strings(data: Any, patterns: Iterable[str]) -> Iterator[tuple[DataPath, str]]:
    """The texts at paths of a pattern, in which `*` is any one step."""
    wanted = {tuple(pattern.split(".")) for pattern in patterns}
    by_first = {steps[0] for steps in wanted}
    for key in by_first.intersection(data):
        for path, text in leaves(data[key], (key,)):
            if any(_fits(path, steps) for steps in wanted):
                yield path, text


def _fits(path: DataPath, steps: tuple[str, ...]) -> bool:
    return len(path) == len(steps) and all(step in ("*", has) for has, step in zip(path, steps, strict=True))


def _file(folder: Path, name: str, tree: Tree) -> Path | None:
    """The file that a name leads to; of a folder what it is built from."""
    if not name or "://" in name or "\0" in name or "\n" in name:
        return None
    path = Path(os.path.normpath(folder / name))
    candidates = (path, *(path / file for file in (*FILE_NAMES, _CHART)))
    return next((item for item in candidates if tree.is_file(item)), None)


# Pages


def _pages(documents: Sequence[Document], report: Report) -> Iterator[DocumentLink]:
    """The pages of the rules that comments ignore."""
    if not documents or MARK not in documents[0].source.text:
        return
    pages = {rule.name: page_uri(rule) for rule in report.rules}
    source = documents[0].source
    for ignore in comment_ignores(documents):
        start = ignore.span.start
        for name in ignore.rules:
            start = source.text.find(name, start)
            if pages.get(name) and start >= 0:
                yield DocumentLink(source.span(start, start + len(name)), None, pages[name])
