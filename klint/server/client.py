"""What an editor can do, as it says when it connects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder, get_capability

from klint.records import dataclass

SHOW_REFERENCES = "klint.showReferences"
"""A client's command that shows what refers to an object, given its URI and position."""


@dataclass(frozen=True)
class Client:
    """What the server may send, and ask for.

    `encoding` is what positions count: `utf-8`, `utf-16` or `utf-32` code units. Of diagnostics it shows
    what they rest on, tags, and links to the rules' pages, and keeps the data for a fix. Its edits name versions of
    documents, take snippets, and are asked for once their code action is chosen. It can be asked to watch files, to
    show progress and documents, for its settings, and to tell when these change. It takes links for definitions, and
    Markdown in a hover.
    """

    encoding: str = "utf-16"
    shows_related: bool = False
    shows_tags: frozenset[int] = frozenset()
    shows_links: bool = False
    keeps_data: bool = False
    has_versioned_edits: bool = False
    resolves_edits: bool = False
    watches_files: bool = False
    shows_progress: bool = False
    has_settings: bool = False
    watches_settings: bool = False
    shows_documents: bool = False
    takes_snippets: bool = False
    takes_links: bool = False
    shows_markdown: bool = False
    shows_references: bool = False
    """Whether it has the command that a lens runs: it says so as others do, in `experimental.commands.commands`."""
    asks: bool = False
    """Whether it asks for diagnostics, and can be told to ask again."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Client:
        """What an editor's capabilities say."""

        def can(name: str) -> bool:
            return bool(get_capability(capabilities, name, False))

        shown = "text_document.publish_diagnostics"
        tags = get_capability(capabilities, f"{shown}.tag_support.value_set", ())
        resolved = get_capability(capabilities, "text_document.code_action.resolve_support.properties", ())
        return cls(
            encoding=types.PositionEncodingKind(ServerCapabilitiesBuilder.choose_position_encoding(capabilities)).value,
            shows_related=can(f"{shown}.related_information"),
            shows_tags=frozenset(int(tag) for tag in tags or ()),
            shows_links=can(f"{shown}.code_description_support"),
            keeps_data=can(f"{shown}.data_support"),
            has_versioned_edits=can("workspace.workspace_edit.document_changes"),
            resolves_edits="edit" in (resolved or ()),
            watches_files=can("workspace.did_change_watched_files.dynamic_registration"),
            shows_progress=can("window.work_done_progress"),
            has_settings=can("workspace.configuration"),
            watches_settings=can("workspace.did_change_configuration.dynamic_registration"),
            shows_documents=can("window.show_document.support"),
            takes_snippets=can("workspace.workspace_edit.snippet_edit_support"),
            takes_links=can("text_document.definition.link_support"),
            shows_markdown="markdown" in (get_capability(capabilities, "text_document.hover.content_format", ()) or ()),
            shows_references=SHOW_REFERENCES in _commands(capabilities.experimental),
            asks=bool(get_capability(capabilities, "text_document.diagnostic"))
            and can("workspace.diagnostics.refresh_support"),
        )


def _commands(experimental: Any) -> Sequence[Any]:
    """The commands that a client says it has."""
    held = experimental.get("commands") if isinstance(experimental, dict) else None
    named = held.get("commands") if isinstance(held, dict) else None
    return named if isinstance(named, list) else ()
