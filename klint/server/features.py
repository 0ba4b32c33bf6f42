"""What is under the cursor: hover, definition, references, links, lenses and completion, as the protocol has them.

`klint.editor` knows the answers, for a file and an offset in the text that the report was made from. Where that is an
older text than the editor's, because the newest cannot be read, a line that is the same in both stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from klint.editor.completing.completions import completions
from klint.editor.definitions import definition
from klint.editor.hovers import hover
from klint.editor.lenses import lenses
from klint.editor.links import document_links
from klint.editor.uses import uses
from klint.server.buffers import Buffer
from klint.server.client import SHOW_REFERENCES, Client
from klint.server.diagnostics import Places
from klint.server.lines import Lines
from klint.server.moves import Moves
from klint.server.uris import uri_of
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.server.outcome import Outcome
    from klint.text.source import Span


class Features:
    """Answers about one open document."""

    def __init__(self, report: Report, outcome: Outcome, buffer: Buffer, client: Client) -> None:
        """Look at a document as it is in the report of an outcome."""
        self._report = report
        self._buffer = buffer
        self._client = client
        self._lines = Lines(buffer.text, client.encoding)
        uris = {path: held.uri for path, held in outcome.buffers.items()}
        self._places = Places(report.workspace.root, {**outcome.buffers, buffer.path: buffer}, uris, client.encoding)

    @property
    def _path(self) -> Path:
        return self._buffer.path

    def hover(self, at: types.Position) -> types.Hover | None:
        """What is told of the value at a position."""
        offset = self._offset(at)
        found = hover(self._report, self._path, offset) if offset is not None else None
        if found is None:
            return None
        kind = types.MarkupKind.Markdown if self._client.shows_markdown else types.MarkupKind.PlainText
        return types.Hover(types.MarkupContent(kind, found.markdown), self._places.range(found.span))

    def definition(self, at: types.Position) -> list[types.Location] | list[types.LocationLink] | None:
        """Where the value at a position leads."""
        offset = self._offset(at)
        found = definition(self._report, self._path, offset) if offset is not None else None
        if found is None:
            return None
        targets = self._locations(found.targets)
        if not self._client.takes_links:
            return targets
        origin = self._places.range(found.span)
        return [types.LocationLink(it.uri, it.range, it.range, origin) for it in targets]

    def references(self, at: types.Position, *, with_declaration: bool) -> list[types.Location] | None:
        """Where else the value at a position is named."""
        offset = self._offset(at)
        if offset is None:
            return None
        return self._locations(uses(self._report, self._path, offset, with_declaration=with_declaration))

    def links(self) -> list[types.DocumentLink]:
        """What the document names that can be opened."""
        found = [(self._places.range(link.span), link) for link in document_links(self._report, self._path)]
        return [
            types.DocumentLink(at, uri_of(link.file) if link.file else link.uri) for at, link in found if at is not None
        ]

    def lenses(self) -> list[types.CodeLens]:
        """What is told over the objects of the document. Pressed, it shows who refers to one, if the client can."""
        found = [(self._places.range(lens.span), lens.title) for lens in lenses(self._report, self._path)]
        return [types.CodeLens(at, self._press(title, at)) for at, title in found if at is not None]

    def _press(self, title: str, at: types.Range) -> types.Command:
        if not self._client.shows_references:
            return types.Command(title, "")
        return types.Command(title, SHOW_REFERENCES, arguments=[self._buffer.uri, at.start])

    def complete(self, at: types.Position) -> types.CompletionList | None:
        """What may be written at a position."""
        found = completions(self._report, self._path, self._buffer.read, self._offset_of(at))
        if found is None:
            return None
        place = self._lines.range(self._buffer.mark + found.start, self._buffer.mark + found.end)
        items = [
            types.CompletionItem(
                item.text,
                kind=types.CompletionItemKind.Reference,
                detail=item.detail,
                filter_text=item.text,
                sort_text=f"{number:04}",
                text_edit=types.TextEdit(place, item.text),
            )
            for number, item in enumerate(found.items)
        ]
        return types.CompletionList(not found.is_whole, items)

    def _locations(self, spans: Iterable[Span]) -> list[types.Location]:
        found = (self._places.location(span) for span in spans)
        return [location for location in found if location is not None]

    def _offset(self, at: types.Position) -> int | None:
        """The offset of a position in the text that the report has; None in a line that this does not have."""
        offset, text = self._offset_of(at), self._buffer.read
        known = self._known_text()
        if known is None or known == text:
            return offset if known is not None else None
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1)
        there = Moves(text, known).line(line)
        return None if there is None else Source("", known).offset(there, column + 1)

    def _offset_of(self, at: types.Position) -> int:
        """The offset of a position in the text as klint reads it."""
        return max(0, self._lines.offset(at) - self._buffer.mark)

    def _known_text(self) -> str | None:
        try:
            return decode(self._report.workspace.tree.read(self._path)).text
        except (OSError, NotTextError):
            return None
