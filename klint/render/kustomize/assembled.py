"""Kustomizations that are put together: by klint, for who deploys, with what that adds. What they say leads back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, replace
from klint.render.kustomize.kustomizations import Kustomization
from klint.text.data import is_same
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.embedded import embedded_documents
from klint.text.parts import PartOrigin
from klint.text.source import Source, Span
from klint.workspace.rendering import Sources

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Setting


@dataclass(frozen=True, eq=False)
class AssembledOrigin:
    """The way back from a kustomization that is assembled: `parts` are the fields and entries that others wrote.

    `written` is the kustomization that a person wrote; without one all else was made for what is `asked`.
    """

    written: Document | None
    asked: Place
    parts: Mapping[DataPath, Place]

    def back(self, rendered: Span) -> Span:
        """Nothing has a text of its own here."""
        return replace(rendered, approximate=True) if self.written else self.asked.span

    def span(self, document: Document, path: DataPath) -> Span:
        """Where the value at a path is written."""
        found = self._place(path)
        return found.span if found else self.asked.span

    def place(self, document: Document, path: DataPath) -> Place | None:
        """The place that has the value itself, where somebody wrote it as it is."""
        found = self._place(path)
        written = found.document.place(found.path) if found else None
        return written if written and is_same(written.value, Place(document, path).value) else None

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """Nothing: each value is written in one place."""
        return ()

    def data(self, path: DataPath) -> Place | None:
        """The data that the text at a path was made of, as somebody wrote it; None where it is that person's text."""
        found = self._place(path)
        return found if found and isinstance(found.value, dict | list) else None

    def _place(self, path: DataPath) -> Place | None:
        for length in (2, 1):
            part = self.parts.get(path[:length])
            if part is not None and len(path) >= length:
                return part.below(*path[length:])
        return Place(self.written, path) if self.written else None


def patch_documents(holder: Place, text: str) -> Sequence[Document]:
    """The documents of a patch in a kustomization. Of who deploys it may be data, in which each value has its place."""
    documents = embedded_documents(holder, text)
    origin = holder.document.origin
    data = origin.data(holder.path) if isinstance(origin, AssembledOrigin) else None
    return [replace(document, origin=PartOrigin(data), holder=None) for document in documents] if data else documents


def assembled(
    file: Path, data: Mapping[str, Any], settings: Iterable[Setting], asked: Place, sources: Sources
) -> Kustomization:
    """A kustomization that nobody wrote: `file` is where it would be, and `asked` who needs it."""
    made, parts = _added(data, settings)
    source = Source(sources.shown(file), "", sources.relative(file))
    return Kustomization(file, Document(source, 0, 0, made, origin=AssembledOrigin(None, asked, parts)), sources)


def extended(written: Kustomization, settings: Iterable[Setting], asked: Place) -> Kustomization:
    """A kustomization with what somebody adds to it."""
    data, parts = _added(written.data, settings)
    origin = AssembledOrigin(written.document, asked, parts)
    return replace(written, document=replace(written.document, data=data, origin=origin))


def _added(written: Mapping[str, Any], settings: Iterable[Setting]) -> tuple[dict[str, Any], Mapping[DataPath, Place]]:
    """The fields of a kustomization with what somebody adds, and where that is said."""
    data, parts = dict(written), dict[DataPath, Place]()
    for setting in settings:
        _add(data, parts, setting)
    return data, parts


def _add(data: dict[str, Any], parts: dict[DataPath, Place], setting: Setting) -> None:
    if not setting.is_entry:
        data[setting.field] = setting.value
        parts[(setting.field,)] = setting.at
        return
    entries = data[setting.field] = [*sequence(data.get(setting.field))]
    index = len(entries)
    if setting.field == "images":
        name = string(mapping(setting.value).get("name"))
        index = next((number for number, item in enumerate(entries) if mapping(item).get("name") == name), index)
    entries[index : index + 1] = [setting.value]
    parts[setting.field, index] = setting.at
