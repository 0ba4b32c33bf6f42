"""Edits of files → edits as the protocol has them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from klint.edits import Edit
from klint.server.buffers import Buffers
from klint.server.client import Client
from klint.server.lines import Lines
from klint.text.source import Source


def workspace_edit(edits: Iterable[tuple[Path, Edit]], buffers: Buffers, client: Client) -> types.WorkspaceEdit | None:
    """Edits of files, by the files' paths; None where one was made for another text than the editor has by now."""
    by_path: defaultdict[Path, list[types.TextEdit]] = defaultdict(list)
    for path, edit in edits:
        if not is_current(edit.source, path, buffers):
            return None
        found = Lines(edit.source.text, client.encoding).range_of(edit.span)
        by_path[path].append(types.TextEdit(found, edit.text))
    if not client.has_versioned_edits:
        return types.WorkspaceEdit(changes={buffers.uri(path): made for path, made in by_path.items()})
    changes = [types.TextDocumentEdit(_version(path, buffers), list(made)) for path, made in by_path.items()]
    return types.WorkspaceEdit(document_changes=changes)


def _version(path: Path, buffers: Buffers) -> types.OptionalVersionedTextDocumentIdentifier:
    buffer = buffers.get(path)
    return types.OptionalVersionedTextDocumentIdentifier(buffers.uri(path), buffer.version if buffer else None)


def with_snippet(path: Path, edit: Edit, word: str, buffers: Buffers, client: Client) -> types.WorkspaceEdit | None:
    """An edit of a file after which the cursor is at a word of it, if the editor can do that."""
    if not (client.takes_snippets and client.has_versioned_edits):
        return workspace_edit([(path, edit)], buffers, client)
    found = Lines(edit.source.text, client.encoding).range_of(edit.span)
    before, _, after = (re.sub(r"([\\$}])", r"\\\1", part) for part in edit.text.rpartition(word))
    snippet = types.StringValue(f"{before}${{1:{word}}}{after}")
    change = types.TextDocumentEdit(_version(path, buffers), [types.SnippetTextEdit(found, snippet)])
    return types.WorkspaceEdit(document_changes=[change])


def is_current(source: Source, path: Path, buffers: Buffers) -> bool:
    """Whether a text that klint read is what the editor has of a file, where it is open."""
    buffer = buffers.get(path)
    return buffer is None or buffer.text == source.text
