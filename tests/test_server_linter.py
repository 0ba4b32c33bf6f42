"""klint server: what linting again and again costs, and that none of it stays."""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lsprotocol import types

from klint import session
from klint.edits import edited
from klint.engine import Report, judge
from klint.registry import load_rules
from klint.server.buffers import Buffer
from klint.server.client import Client
from klint.server.features import Features
from klint.server.kept import KeptDiagnostics
from klint.server.linter import Job, Linter
from klint.server.outcome import Outcome
from klint.server.server import Server
from klint.server.settings import Settings
from klint.session import Cancelled, Session
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE

RULES = load_rules()[0]
OLD = INGRESS.replace("networking.k8s.io/v1", "extensions/v1beta1").replace(
    INGRESS[INGRESS.index("service:") :], "serviceName: web\n              servicePort: 80\n"
)
WRONG = SERVICE.replace("spec:", "spec:\n  type: NodePort").replace("port: 80", "port: 80\n      nodePort: 80")


class Desk:
    """A root with documents that are open, linted as the server does it."""

    def __init__(self, folder: Path) -> None:
        self.client = Client(asks=True, shows_related=True, shows_markdown=True)
        self.linter = Linter(folder, [folder], RULES, self.client)
        self.buffers: dict[Path, Buffer] = {}

    def job(self, touched: frozenset[Path] | None = frozenset(), *, renders: bool = False) -> Job:
        uris = {path: buffer.uri for path, buffer in self.buffers.items()}
        progress: Any = nullcontext()
        return Job(dict(self.buffers), uris, Settings(), progress, touched, renders)

    def type(self, file: Path, text: str) -> Outcome:
        known = self.buffers.get(file)
        self.buffers[file] = Buffer(file.as_uri(), file, text, known.version + 1 if known else 1)
        return self.linter.lint(self.job())


def said(outcome: Outcome) -> list[str]:
    return sorted(f"{path.name}: {one.message}" for path, told in outcome.files.items() for one in told.diagnostics)


def test_a_baseline_counts_as_it_is_open(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    web, baseline, config = tmp_path / "web.yaml", tmp_path / "known.yaml", tmp_path / ".klint.yaml"
    web.write_text(WRONG)
    config.write_text("baseline: known.yaml\n")
    finding = next(iter(Session.of([str(web)], RULES).report().findings))
    told, nothing = f"version: 1\nfindings:\n- {{identity: {finding.identity}}}\n", "version: 1\nfindings: []\n"
    baseline.write_text(nothing)
    desk = Desk(tmp_path)
    assert said(desk.type(baseline, told)) == []
    desk.type(config, "baseline: known.yaml\n# another\n")
    assert said(desk.type(baseline, told)) == []
    assert said(desk.type(baseline, nothing)) != []
    assert said(desk.type(baseline, told)) == []
    del desk.buffers[baseline]
    assert said(desk.linter.lint(desk.job())) != []


def test_a_repository_that_is_made_around_a_folder_is_its_root(tmp_path: Path) -> None:
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "web.yaml").write_text(WRONG)
    (tmp_path / ".klint.yaml").write_text("exclude: ['*']\n")
    desk = Desk(folder)
    assert said(desk.linter.lint(desk.job())) != []
    (tmp_path / ".git").mkdir()
    assert said(desk.linter.lint(desk.job())) == []
    (tmp_path / ".klint.yaml").unlink()
    outcome = desk.linter.lint(desk.job())
    assert said(outcome) != []
    assert outcome.report is not None
    assert outcome.report.workspace.root == tmp_path
    (tmp_path / ".git").rmdir()
    outcome = desk.linter.lint(desk.job())
    assert outcome.report is not None
    assert outcome.report.workspace.root == folder


def test_fixing_a_file_costs_one_more_look_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    def look(*given: Any, **more: Any) -> Report:
        looks.append(given)
        return judge(*given, **more)

    monkeypatch.setattr(session, "judge", look)
    file, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    file.write_text("")
    other.write_text(f"{SERVICE}---\n{DEPLOYMENT}")
    desk = Desk(tmp_path)
    desk.linter.lint(desk.job(None, renders=True))
    before = said(desk.type(file, OLD))
    assert any("extensions/v1beta1" in text for text in before)
    looks.clear()
    edits = desk.linter.fixed(desk.job(), file)
    assert edits
    assert len(looks) == 1
    assert said(desk.linter.lint(desk.job())) == before  # who does not take them sees what there is
    edits = desk.linter.fixed(desk.job(), file)
    looks.clear()
    after = desk.type(file, edited(OLD, edits))
    assert not looks  # and who does has it linted already
    assert not any("extensions/v1beta1" in text for text in said(after))


def test_what_nobody_edits_is_the_same_diagnostic_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FEWEST", 0)  # also a small workspace is linted in part
    file, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    text = f"{SERVICE}---\n{DEPLOYMENT}".replace("metadata:\n  name: web", "metadata:\n  namespace: shop\n  name: web")
    file.write_text("")
    spec = "{type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 80}]}"
    other.write_text(f"apiVersion: v1\nkind: Service\nmetadata: {{name: other, namespace: other}}\nspec: {spec}\n")
    desk = Desk(tmp_path)
    desk.linter.lint(desk.job(None, renders=True))
    before, after = desk.type(file, text), desk.type(file, f"# a line\n{text}")
    assert before.told(other).items
    assert after.told(other) is before.told(other)


@pytest.mark.parametrize(
    ("editor", "is_made_anew"), [({"a": 1}, False), ({"a": 1, "c": 3}, False), ({"a": 2}, True), ({}, True)]
)
def test_a_diagnostic_is_made_anew_where_the_editor_has_another_text_of_what_it_rests_on(
    editor: dict[str, int], is_made_anew: bool
) -> None:
    made: list[object] = []
    files = frozenset([Path("a"), Path("b")])
    diagnoser: Any = SimpleNamespace(
        file=lambda _: Path("b"), diagnostic=lambda _: made.append(None), files=lambda _: files
    )
    finding: Any = object()
    kept = KeptDiagnostics()
    for texts in ({"a": 1}, editor):
        list(kept.of([finding], diagnoser, {Path(name): text for name, text in texts.items()}))
    assert len(made) == (2 if is_made_anew else 1)


@pytest.mark.parametrize("before", [[], [WRONG]], ids=["opened", "typed"])
def test_a_text_that_is_none_is_told(tmp_path: Path, before: list[str]) -> None:
    desk = Desk(tmp_path)
    for text in before:
        desk.type(tmp_path / "web.yaml", text)
    assert "This is a binary file" in "".join(said(desk.type(tmp_path / "web.yaml", WRONG + "# \0\n")))
    assert "binary" not in "".join(said(desk.type(tmp_path / "web.yaml", WRONG)))


def test_a_byte_order_mark_is_a_character_for_the_editor_alone(tmp_path: Path) -> None:
    desk, file = Desk(tmp_path), tmp_path / "web.yaml"
    text = "{" + "apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: Foo, ports: [{port: 80}]}}\n"

    def ranges(text: str) -> list[tuple[int, int]]:
        told = desk.type(file, text).files.get(file)
        return [(one.range.start.character, one.range.end.character) for one in (told.diagnostics if told else ())]

    plain = ranges(text)
    assert plain
    assert ranges("\ufeff" + text) == [(start + 1, end + 1) for start, end in plain]
    outcome = desk.linter.lint(desk.job())
    assert outcome.report
    told = Features(outcome.report, outcome, desk.buffers[file], desk.client).hover(types.Position(0, plain[0][1] + 1))
    assert told is not None
    assert told.range == types.Range(types.Position(0, plain[0][0] + 1), types.Position(0, plain[0][1] + 1))
    assert ranges("\ufeff# another\n" + text) == plain


def test_python_looks_for_garbage_once_a_folder_was_linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bool] = []
    desk = Desk(tmp_path)

    def lint(job: Job) -> Outcome:
        looked.append(gc.isenabled())
        if len(looked) == 1:
            raise Cancelled
        report: Any = object()
        return Outcome(report, job.buffers)

    monkeypatch.setattr(desk.linter, "_lint", lint)
    with pytest.raises(Cancelled):
        desk.linter.lint(desk.job())
    assert gc.isenabled()
    desk.linter.lint(desk.job())
    desk.linter.lint(desk.job())
    assert looked == [False, False, True]
    assert gc.isenabled()


# What stays

FIRST = 25
"""Rounds after which most classes are compiled (`klint.records`), which stays."""

ROUNDS = 15
"""Rounds between two counts."""


def kept() -> Counter[str]:
    """The objects that there are by type, and how much is in those that hold others by the dozen."""
    gc.collect()
    found: Counter[str] = Counter()
    for item in gc.get_objects():
        kind = type(item)
        found[f"{kind.__module__}.{kind.__name__}"] += 1
        if kind in (dict, set, list):
            found[f"in {kind.__name__}"] += len(item)
    return found


def growth(work: Callable[[int], object]) -> dict[str, int]:
    """Of what there is one more, at least, after each round of some work; what is made once is not more and more."""
    numbers = iter(range(FIRST + 2 * ROUNDS))
    counts = []
    for rounds in (FIRST, ROUNDS, ROUNDS):
        for _ in range(rounds):
            work(next(numbers))
        counts.append(kept())
    before, between, after = counts
    more = (between - before) & (after - between)
    return {kind: count for kind, count in more.items() if count >= ROUNDS}


def test_edits_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FEWEST", 0)  # also a small workspace is linted in part
    file, other, ingress = (tmp_path / name for name in ("web.yaml", "other.yaml", "ingress.yaml"))
    text = f"{SERVICE}---\n{DEPLOYMENT}"
    file.write_text(text)
    ingress.write_text(INGRESS.replace("number: 80", "number: 8080"))
    beside = text.replace("name: web", "name: other").replace("app: web", "app: other")
    other.write_text(beside)
    desk = Desk(tmp_path)
    desk.linter.lint(desk.job(None, renders=True))
    gc.unfreeze()

    def edit(number: int) -> None:
        outcome = desk.type(file, text.replace("port: 80", f"port: {1000 + number}"))
        assert outcome.report
        features = Features(outcome.report, outcome, desk.buffers[file], desk.client)
        at = types.Position(3, 8)
        assert features.hover(at)
        features.lenses()
        features.definition(at)
        features.references(at, with_declaration=True)
        features.links()
        features.complete(at)
        desk.type(file, f"{text}  broken {number}\n")
        desk.type(file, text.replace("app: web", f"app: web-{number}"))
        desk.type(ingress, OLD.replace("web.example.com", f"web-{number}.example.com"))
        desk.linter.fixed(desk.job(), ingress)
        del desk.buffers[ingress]
        other.write_text(f"# {number}\n{beside}")
        desk.linter.lint(desk.job(frozenset([other]), renders=True))

    assert growth(edit) == {}


def speaker() -> tuple[Callable[..., None], list[Any]]:
    """Sends messages to a server, and what it answers."""
    protocol, said = Server([]).protocol, []
    protocol.set_writer(SimpleNamespace(write=lambda data: said.append(json.loads(data))), include_headers=False)

    def send(method: str, params: Any, **more: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        protocol.handle_message(json.loads(json.dumps(message), object_hook=protocol.structure_message))

    return send, said


def test_messages_leave_nothing_behind() -> None:
    send, _ = speaker()
    send(types.INITIALIZE, {"processId": None, "rootUri": None, "capabilities": {}}, id=1)
    uri = "untitled:a.yaml"
    send(types.TEXT_DOCUMENT_DID_OPEN, {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": ""}})

    def change(number: int) -> None:
        document = {"uri": uri, "version": number}
        send(types.TEXT_DOCUMENT_DID_CHANGE, {"textDocument": document, "contentChanges": [{"text": f"# {number}"}]})

    assert growth(change) == {}


def test_every_request_is_answered() -> None:
    """Whatever is wrong with it: an editor may wait for that without end."""
    send, said = speaker()
    beginning = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": {"jsonrpc": "2.0"}}
    position = {"textDocument": {"uri": "untitled:a.yaml"}, "position": {"line": 0, "character": 0}}
    send(types.TEXT_DOCUMENT_HOVER, position, id=1)
    send(types.INITIALIZE, beginning, id=2)
    send(types.INITIALIZE, beginning, id=3)
    send(types.TEXT_DOCUMENT_HOVER, {**position, "position": {"line": -1, "character": 0}}, id=4)
    send(types.TEXT_DOCUMENT_HOVER, {}, id=5, jsonrpc="1.0")
    send("textDocument/noSuchMethod", {}, id=6)
    send(types.SHUTDOWN, None, id=7)
    send(types.TEXT_DOCUMENT_HOVER, position, id=8)
    send(types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": {"uri": "untitled:a.yaml"}})
    codes = {answer["id"]: answer.get("error", {}).get("code") for answer in said if "id" in answer}
    assert codes == {
        1: types.ErrorCodes.ServerNotInitialized,
        2: None,
        3: types.ErrorCodes.InvalidRequest,
        4: types.ErrorCodes.InvalidParams,
        5: types.ErrorCodes.InvalidRequest,
        6: types.ErrorCodes.MethodNotFound,
        7: None,
        8: types.ErrorCodes.InvalidRequest,
    }
