"""Rendered text that somebody pipes in: `helm template . | klint check -`, `kustomize build | klint check -`.

What such text says about its sources leads back to them: the comment `# Source: chart/templates/x.yaml` that Helm
writes above every document, and the annotation `config.kubernetes.io/origin` that Kustomize adds when it is told to.
With which values, patches and folders it was made is not known, so the places are approximate. What the sources below
the working directory do not answer clearly stays where it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from klint.kube.resource import mapping, string
from klint.records import cached_property, dataclass, replace
from klint.render.helm.charts import Chart, ChartError, find_charts, read_chart
from klint.render.helm.marking import KEY_TEXT
from klint.render.helm.templates import Templates
from klint.render.kustomize.kustomizations import FILE_NAMES
from klint.text import yaml
from klint.text.document import Document
from klint.text.document import Path as DataPath
from klint.text.source import Source, Span
from klint.workspace.disk import DiskTree
from klint.workspace.paths import relative_to, shown
from klint.workspace.rendering import Sources
from klint.workspace.workspace import Workspace

MAX_FOLDERS = 20_000
"""Folders looked through for charts and kustomizations."""

ORIGIN = "config.kubernetes.io/origin"
_SOURCE = "# Source: "


def trace_piped(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with the documents of standard input traced to the charts and kustomizations below a folder."""
    if not any(not document.source.relative and _names_source(document) for document in workspace.documents):
        return workspace
    sources = _Below(
        folder, Sources(shown, lambda path: relative_to(workspace.root, path), DiskTree(folder), workspace.parsed)
    )
    documents = (document if document.source.relative else sources.traced(document) for document in workspace.documents)
    return replace(workspace, documents=tuple(documents))


def _names_source(document: Document) -> bool:
    return _template(document.text) != "" or _annotation(document) != ""


def _template(text: str) -> str:
    """The path in the comment that Helm writes above a document; one look at each line."""
    lines = iter(text.splitlines())
    for number, line in enumerate(lines):
        if line.startswith(_SOURCE):
            path = line.removeprefix(_SOURCE).strip()
            return path if "/" in path.strip("/") else ""
        if line.strip() and not line.startswith("#") and not (number == 0 and line.startswith("---")):
            return ""
    return ""


def _annotation(document: Document) -> str:
    """The path in a document's origin annotation, relative to the kustomization that was built."""
    annotations = mapping(mapping(mapping(document.data).get("metadata")).get("annotations"))
    try:
        return string(mapping(yaml.load(string(annotations.get(ORIGIN)))[0]).get("path"))
    except yaml.YamlError:
        return ""


@dataclass(frozen=True)
class _Below:
    """The charts and kustomizations below a folder."""

    folder: Path
    sources: Sources

    @cached_property
    def folders(self) -> list[Path]:
        """Every folder, hidden ones left out, up to a limit."""
        found: list[Path] = []
        waiting = [self.folder]
        while waiting and len(found) < MAX_FOLDERS:
            folder = waiting.pop()
            found.append(folder)
            with suppress(OSError):
                entries = self.sources.tree.entries(folder)
                folders = [folder / name for name, kind in entries if kind == "folder"]
                waiting += [path for path in reversed(folders) if not _is_hidden(path.name)]
        return found

    @cached_property
    def charts(self) -> Mapping[str, list[Templates]]:
        """The templates of every chart, by its name."""
        found: dict[str, list[Templates]] = {}
        for chart in self._read_charts():
            found.setdefault(chart.name, []).append(Templates(chart))
        return found

    def _read_charts(self) -> Iterator[Chart]:
        for folder in find_charts(self.folders, self.sources.tree):
            try:
                yield read_chart(folder, self.sources.tree)
            except ChartError:
                continue

    def traced(self, document: Document) -> Document:
        """The document with its way back, where there is just one."""
        template = _template(document.text)
        if template:
            return self._from_chart(document, template)
        path = _annotation(document)
        return self._from_kustomization(document, path) if path else document

    def _from_chart(self, document: Document, path: str) -> Document:
        candidates = [item for item in self.charts.get(path.partition("/")[0], []) if path in item.numbers]
        files = [templates.files[templates.numbers[path]].disk for templates in candidates]
        if len(files) != 1 or files[0] is None:
            return document
        return replace(document, origin=_TemplateOrigin(self.sources.get(files[0])))

    def _from_kustomization(self, document: Document, path: str) -> Document:
        built = (
            folder for folder in self.folders if any(self.sources.tree.is_file(folder / name) for name in FILE_NAMES)
        )
        files = {Path(os.path.normpath(folder / path)) for folder in built}
        found = [
            written
            for file in sorted(files)
            if self.sources.tree.is_file(file)
            for written in self.sources.documents(file)
            if _is_made_of(document, written)
        ]
        return replace(document, origin=_ObjectOrigin(found[0])) if len(found) == 1 else document


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "node_modules"


def _is_made_of(document: Document, written: Document) -> bool:
    """Whether an object may be one that was written, and whose name has a prefix or a suffix since."""
    made, source = mapping(document.data), mapping(written.data)
    name = string(mapping(source.get("metadata")).get("name"))
    return made.get("kind") == source.get("kind") and name in string(mapping(made.get("metadata")).get("name"))


@dataclass(frozen=True)
class _TemplateOrigin:
    """The way back to a template: the line that holds the same text or key, if there is just one, else its first."""

    template: Source
    written: None = None

    def back(self, rendered: Span) -> Span:
        """The line of the template."""
        lines = self.template.text.split("\n")
        made = rendered.source.line(rendered.line)
        number = _only(lines, made.strip(), str.strip) or _only(lines, _key(made), _key) or 1
        start, end = self.template.line_range(number)
        start += len(lines[number - 1]) - len(lines[number - 1].lstrip())
        return self.template.span(start, end, approximate=True)

    def span(self, document: Document, path: DataPath) -> Span:
        """The line of the template."""
        return self.back(document.rendered_span(path))

    def place(self, document: Document, path: DataPath) -> None:
        """None: what the text was made with is not known."""

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """Nothing: the values are not known."""
        return ()


def _only(lines: list[str], wanted: str, view: Callable[[str], str]) -> int:
    """The number of the one line that looks so; 0 if there is none, or several."""
    found = [number for number, line in enumerate(lines, 1) if wanted and view(line) == wanted]
    return found[0] if len(found) == 1 else 0


def _key(line: str) -> str:
    match = KEY_TEXT.match(line)
    return match[2] if match else ""


@dataclass(frozen=True)
class _ObjectOrigin:
    """The way back to an object as it is written: the same path in it."""

    written: Document

    def back(self, rendered: Span) -> Span:
        """The object: which part of it is not known."""
        return self._span(())

    def span(self, document: Document, path: DataPath) -> Span:
        """The value in the file, or what encloses it there."""
        return self._span(path)

    def place(self, document: Document, path: DataPath) -> None:
        """None: what the text was made with is not known."""

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """Nothing: patches and transformers are not known."""
        return ()

    def _span(self, path: DataPath) -> Span:
        return replace(self.written.rendered_span(path), approximate=True)
