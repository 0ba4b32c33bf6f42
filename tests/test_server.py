"""klint server: what an editor is told, and what it can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types

from klint.server.buffers import Buffers
from klint.server.lines import Lines
from klint.server.moves import Moves
from tests.editor import Editor, codes, span
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

OLD_BACKEND = "serviceName: web\n              servicePort: 80\n"


def capabilities() -> types.ClientCapabilities:
    """An editor that can show much, and asks for nothing."""
    return types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True, code_description_support=True, data_support=True
            )
        ),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        ),
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[Editor]:
    """A server for all tests of this module: each opens a folder of its own."""
    editor = Editor(capabilities=capabilities())
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


def test_changes_are_made_where_the_editor_means() -> None:
    buffers = Buffers()
    item = types.TextDocumentItem("file:///work/a%20b.yaml", "yaml", 1, "a: 1\x0c\u2028\nb: 😀2\r\nc: 3\n")
    assert buffers.add(item)
    changes = [
        types.TextDocumentContentChangePartial(at(1, 5, 6), "two"),
        types.TextDocumentContentChangePartial(types.Range(types.Position(2, 0), types.Position(9, 0)), ""),
        types.TextDocumentContentChangePartial(at(0, 3, 4), "é\nz: 0"),
    ]
    changed = buffers.change("file:///work/a%20b.yaml", 2, changes)
    assert changed is not None
    assert (changed.text, changed.version) == ("a: é\nz: 0\x0c\u2028\nb: 😀two\r\n", 2)
    assert changed.path == Path("/work/a b.yaml")
    assert buffers.uri(changed.path) == item.uri
    assert buffers.add(types.TextDocumentItem("untitled:Untitled-1", "yaml", 1, "")) is None


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
    editor.close(config)
    assert editor.told(config, None) == []


# Code actions


def test_quick_fixes(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    backend = INGRESS[INGRESS.index("service:") :]
    old = INGRESS.replace("networking.k8s.io/v1", "extensions/v1beta1").replace(backend, OLD_BACKEND)
    file.write_text("")
    folders(editor, tmp_path)
    editor.open(file, f"{old}---\n{WEB}")
    (found,) = [one for one in editor.told(file) if one.code == "removed-ingress-api"]
    fixes = editor.actions(file, found.range.start.line, "quickfix")
    assert [(fix.title, fix.is_preferred) for fix in fixes] == [("Make it networking.k8s.io/v1", True)]
    (change,) = (fixes[0].edit or types.WorkspaceEdit()).document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (file.as_uri(), 1)
    assert editor.actions(file, found.range.start.line, "refactor") == []
    assert editor.actions(file, 3) == []


# The end


def test_leaving_without_a_word_is_an_error(tmp_path: Path) -> None:
    assert Editor(tmp_path).leave(politely=False) == 1
