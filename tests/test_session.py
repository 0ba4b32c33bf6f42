"""A Session: reports, updates, what it keeps, and that it goes."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from klint.config.config import Config
from klint.engine import Report
from klint.registry import load_rules
from klint.render.helm.embedded import EmbeddedHelm
from klint.report.text import line
from klint.session import Cancelled, Options, Session
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.parsed import Parsed

RULES = load_rules()[0]
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: NodePort\n  ports: [{port: 80}]\n"
PORT = SERVICE.replace("port: 80", "port: 80, nodePort: 80")


def said(report: Report) -> list[str]:
    return [line(finding) for finding in report.findings if finding.rule == "node-port-out-of-range"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(SERVICE)
    (tmp_path / "other.yaml").write_text(SERVICE.replace("web", "other"))
    return tmp_path


class Spy:
    """Counts the texts that are parsed."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.parsed: list[str] = []

        def read(source: Source, *rest: Any) -> Any:
            self.parsed.append(source.path)
            return read_documents(source, *rest)

        patch.setattr("klint.workspace.parsed.read_documents", read)

    def since(self) -> list[str]:
        found, self.parsed = sorted(self.parsed), []
        return found


def test_an_update_sees_buffers_and_what_was_saved(root: Path) -> None:
    session = Session.of(["."], RULES)
    assert said(session.report()) == []
    (found,) = said(session.update({root / "web.yaml": PORT.encode()}))
    assert found.startswith("web.yaml:6:")
    assert said(session.update({})) == []
    (root / "web.yaml").write_text(PORT)
    (root / "new").mkdir()
    assert len(said(session.update({root / "new" / "x.yaml": PORT.replace("web", "x").encode()}))) == 2
    assert said(session.update({root / "web.yaml": None})) == []


def test_an_update_says_what_a_new_session_says(root: Path) -> None:
    session = Session.of(["."], RULES)
    session.report()
    for text in (PORT, SERVICE, "kind: [", PORT):
        (root / "web.yaml").write_text(text)
        updated, new = session.update({}), Session.of(["."], RULES).report()
        assert [line(item) for item in updated.findings] == [line(item) for item in new.findings]
        assert updated.workspace.passed_over == new.workspace.passed_over


def test_after_an_update_that_breaks_the_next_says_what_a_new_session_says(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session.of(["."], RULES)
    session.report()
    changed: dict[Path, bytes | None] = {root / "web.yaml": PORT.encode()}
    with monkeypatch.context() as patch:
        patch.setattr("klint.incremental.edited.edited", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            session.update(changed, touched=())
    updated = session.update(changed, touched=())
    (root / "web.yaml").write_text(PORT)
    new = Session.of(["."], RULES).report()
    assert [line(item) for item in updated.findings] == [line(item) for item in new.findings]
    assert len(said(updated)) == 1


def test_a_text_is_parsed_once_per_content(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    session = Session.of(["."], RULES)
    session.report()
    session.report()
    assert spy.since() == ["other.yaml", "web.yaml"]
    session.update({root / "web.yaml": PORT.encode()})
    assert spy.since() == ["web.yaml"]
    session.update({})  # as it was before the last run: forgotten a run later, not sooner
    assert spy.since() == ["web.yaml"]
    session.update({})
    assert spy.since() == []


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_values_of_a_chart_are_parsed_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "chart" / "templates").mkdir(parents=True)
    (root / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (root / "chart" / "values.yaml").write_text("port: 80\n")
    for name in ("a", "b"):
        (root / "chart" / f"values-{name}.yaml").write_text("port: 81\n")
    (root / "chart" / "templates" / "x.yaml").write_text(SERVICE.replace("port: 80", "port: {{ .Values.port }}"))
    spy = Spy(monkeypatch)
    workspace = Session.of(["."], RULES, options=Options(use_cache=False)).workspace
    assert [len(rendering.documents) for rendering in workspace.renderings] == [1, 1, 1]
    assert spy.since().count("chart/values.yaml") == 1


def test_a_source_that_several_threads_ask_for_at_once_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = Parsed()
    others: list[Thread] = []
    texts: list[str] = []

    def read(source: Source, *rest: Any) -> Any:
        texts.append(source.path)
        if not others:  # while this one is being parsed, another thread asks for it
            others.append(Thread(target=parsed.documents, args=(source,)))
            others[0].start()
        return read_documents(source, *rest)

    monkeypatch.setattr("klint.workspace.parsed.read_documents", read)
    (document,) = parsed.documents(Source("web.yaml", SERVICE))
    others[0].join()
    assert texts == ["web.yaml"]
    assert parsed.documents(document.source) == (document,)


def test_a_source_that_another_thread_forgets_meanwhile_is_parsed_all_the_same() -> None:
    class Forgotten(dict[Any, Any]):
        def __setitem__(self, key: Any, documents: Any) -> None:
            super().__setitem__(key, documents)
            parsed.forget(documents)

    parsed = Parsed()
    parsed._this_run = Forgotten()
    assert len(parsed.documents(Source("web.yaml", SERVICE))) == 1
    assert not parsed._this_run


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "values.yaml": "port: 80\n",
    "templates/x.yaml": PORT.replace("nodePort: 80", "nodePort: {{ .Values.port }}").replace("web", "chart"),
}


@pytest.fixture
def chart(root: Path) -> Path:
    """A chart beside the other files, whose Service has a port that is out of range."""
    (root / "chart" / "templates").mkdir(parents=True)
    for name, text in CHART.items():
        (root / "chart" / name).write_text(text)
    return root / "chart"


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_while_typing_renderings_stay_as_they_are(chart: Path) -> None:
    session = Session.of(["."], RULES, options=Options(use_cache=False))
    (first,) = said(session.report())
    assert first.startswith("chart/templates/x.yaml:6:")
    typed = {chart / "values.yaml": b"port: 30080\n"}
    assert said(session.update(typed, render=False)) == [first]
    other = {chart.parent / "web.yaml": PORT.encode()}
    assert [found.partition(":")[0] for found in said(session.update({**typed, **other}, render=False))] == [
        "chart/templates/x.yaml",
        "web.yaml",
    ]
    assert said(session.update(typed)) == []
    assert said(session.update({}, render=False)) == []
    assert said(session.update({})) == [first]


class Watcher:
    """Is told how far rendering is, and ends it when it is to."""

    wants_no_more = False

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, done: int, total: int) -> None:
        if self.wants_no_more:
            raise Cancelled


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_a_rendering_that_is_cancelled_leaves_the_session_as_it_was(chart: Path) -> None:
    watcher = Watcher()
    tree = DiskTree(chart.parent)
    session = Session(tree, Config(), RULES, options=Options(use_cache=False), progress=lambda: watcher)
    report = session.report()
    watcher.wants_no_more = True
    changed = {chart / "values.yaml": b"port: 30080\n"}
    with pytest.raises(Cancelled):
        session.update(changed)
    assert session.report() is report
    assert session.tree is tree
    watcher.wants_no_more = False
    assert said(session.update(changed)) == []


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_another_configuration_takes_what_was_rendered_until_it_renders(chart: Path) -> None:
    watcher, options = Watcher(), Options(use_cache=False)
    tree = DiskTree(chart.parent)
    first = Session(tree, Config(), RULES, options=options)
    found = said(first.report())
    assert found
    watcher.wants_no_more = True  # as soon as anything is rendered
    later = Session(tree, Config(), RULES, options=options, rendered=first.rendered, progress=lambda: watcher)
    assert said(later.update({}, render=False)) == found
    with pytest.raises(Cancelled):
        later.update({})


def test_what_two_runs_did_not_ask_for_is_forgotten() -> None:
    store, source = Parsed(), Source("a.yaml", SERVICE, "a.yaml")
    first = store.documents(source)
    assert store.documents(Source("a.yaml", SERVICE, "a.yaml")) is first
    assert store.documents(Source("b.yaml", SERVICE, "b.yaml")) is not first
    assert store.documents(Source("a.yaml", SERVICE, "deploy/a.yaml")) is not first
    store.begin()
    assert store.documents(source) is first
    store.begin()
    store.begin()
    assert store.documents(source) is not first


def test_a_session_that_is_dropped_is_gone_with_all_it_read(root: Path) -> None:
    (root / "app.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: a, image: nginx}]}\n"
    )
    (root / "service.yaml").write_text(SERVICE.replace("spec:\n", "spec:\n  selector: {app: web}\n"))
    (root / "run.sh").write_text("kubectl port-forward svc/web 80\n")
    session = Session.of(["."], RULES)
    report = session.update({root / "web.yaml": PORT.encode()})
    assert report.workspace.scripts
    held: list[weakref.ref[Any]] = [weakref.ref(session), weakref.ref(report.workspace), weakref.ref(session.tree)]
    held += [weakref.ref(document) for document in report.workspace.documents]
    held += [weakref.ref(resource) for bundle in report.bundles for resource in bundle.resources]
    held += [weakref.ref(source) for source in report.workspace.scripts]
    del session, report
    gc.collect()
    alive = [ref() for ref in held if ref() is not None]
    assert alive == []


def test_no_step_is_measured_within_another(root: Path) -> None:
    """So that their times add up to that of the run."""
    entered: list[str] = []
    nested: list[str] = []
    inside = 0

    @contextmanager
    def measure(step: str) -> Iterator[None]:
        nonlocal inside
        entered.append(step)
        nested.extend([step] if inside else [])
        inside += 1
        yield
        inside -= 1

    Session(DiskTree(root), Config(), RULES, measure=measure).report()
    assert {"reading", "graph", "suppress", "node-port-out-of-range"} <= set(entered)
    assert nested == []
