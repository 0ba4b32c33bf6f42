"""The value under a cursor, in each object that it is part of: a file of a base is part of several bundles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.graphs import graphs_holding
from klint.records import dataclass
from klint.text.data import leaves
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.encoding import NotTextError, decode
from klint.text.source import Span
from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource

OF_OBJECT = frozenset((("kind",), ("metadata",), ("metadata", "name")))
"""The paths at which a cursor means an object as a whole."""
_MOST = 12
"""Values that one line makes which are looked at, and bundles that are looked through for what comes from a template, a
patch or a file of values."""
_TEMPLATES = "templates/"


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of an object of a bundle, and where its file has it.

    `place` is in the object's own document, which may be rendered; `span` is what is written under the cursor.
    """

    graph: Graph
    resource: Resource
    place: Place
    span: Span

    @property
    def path(self) -> DataPath:
        """The path of the value in its object."""
        return self.place.path[len(self.resource.path) :]


def spots(report: Report, path: Path, offset: int) -> Iterator[Spot]:
    """The values that stand at an offset of a file, or whose keys do: the first of them, where one line makes many.
    None where it is not certain which they are.

    Args:
        report: of the text that the offset is in.
        path: the file, absolute.
        offset: in characters.
    """
    return islice(_spots(report, path, offset), _MOST)


def _spots(report: Report, path: Path, offset: int) -> Iterator[Spot]:
    file = shown(path)
    text: str | None = None
    for number, graph in enumerate(graphs_holding(report, path)):
        written = graph.resources_in(file)
        for resource in written:
            found = _written_at(resource, offset) if resource.document.origin is None else None
            if found is not None:
                yield Spot(graph, resource, *found)
        if graph.bundle.is_rendered and text is None:
            text = _text(report, path)  # what was rendered may be older
        for resource in written:
            if resource.document.origin is not None and resource.document.file.text == text:
                yield from _built_at(graph, resource, offset)
        for resource in graph.resources if not written and number < _MOST else ():
            if _may_come_from(resource.document, file):
                yield from _traced_to(graph, resource, file, text, offset)


def _text(report: Report, path: Path) -> str:
    try:
        return decode(report.workspace.tree.read(path)).text
    except (OSError, NotTextError):
        return ""


def _written_at(resource: Resource, offset: int) -> tuple[Place, Span] | None:
    document = resource.document
    path = document.path_at(offset)
    if not path or path[: len(resource.path)] != resource.path:
        return None
    return Place(document, path), document.span(path)


def _built_at(graph: Graph, resource: Resource, offset: int) -> Iterator[Spot]:
    written = resource.document.origin.written if resource.document.origin else None
    path = written.path_at(offset) if written is not None else ()
    place = _built_of(resource, Place(written, path)) if written is not None and path else None
    if written is not None and place is not None:
        yield Spot(graph, resource, place, written.span(path))


def _built_of(resource: Resource, written: Place) -> Place | None:
    """The place in a built object that has a value of its base, or what a prefix or the like has made of it."""
    document = resource.document
    same = Place(document, written.path)
    if _is_same(document.place(same.path), written) or _is_extended(same.value, written.value):
        return same
    paths = (path for path, _ in leaves(resource.data, resource.path))
    return next((Place(document, path) for path in paths if _is_same(document.place(path), written)), None)


def _is_same(found: Place | None, wanted: Place) -> bool:
    return found is not None and found.document is wanted.document and found.path == wanted.path


def _is_extended(built: object, written: object) -> bool:
    if isinstance(written, str):
        return isinstance(built, str) and bool(written) and written in built
    return isinstance(written, dict | list) and type(built) is type(written)


def _may_come_from(document: Document, file: str) -> bool:
    """Whether a rendered document may come from a file: from a template only if it has its name."""
    _, found, name = file.rpartition(_TEMPLATES)
    return not found or name.startswith("_") or document.source.path.endswith(f"{_TEMPLATES}{name}")


def _traced_to(graph: Graph, resource: Resource, file: str, text: str | None, offset: int) -> Iterator[Spot]:
    """The values of a rendered object that come from a line: those whose text is at the offset, else the only one."""
    document, found = resource.document, []
    for path, _ in leaves(resource.data, resource.path):
        span = document.span(path)
        if span.file == file and span.source.text == text and not span.approximate:
            start, end = span.source.line_range(span.line)
            if start <= offset <= end:
                found.append(Spot(graph, resource, Place(document, path), span))
    at = [spot for spot in found if spot.span.start <= offset <= spot.span.end]
    yield from at or (found if len(found) == 1 else ())
