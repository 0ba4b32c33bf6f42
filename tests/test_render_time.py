"""How long rendering may take, how that is measured, and what is said of what there was no time for."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from klint.cli.check import command
from klint.render.budget import RUN_LIMIT, Budget, RunOutOfTimeError, chart_budget, run_budget
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.kustomize.builder import find_builder
from klint.render.outcomes import InterruptedRenderError
from klint.render.sandbox import IS_AVAILABLE, Sandbox
from klint.render.stopwatch import PATIENCE, Stopwatch, processor_time
from klint.workspace.rendering import Rendering
from klint.workspace.workspace import Workspace
from tests.sessions import opened, render

needs_helm = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
needs_kustomize = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")
needs_clock = pytest.mark.skipif(sys.platform != "linux", reason="the time of other processes is known on Linux alone")

LATE = (
    "charts and kustomizations are not rendered: rendering takes longer than 0.2 seconds; "
    "allow more with --render-timeout"
)
SLOW = "{{ range until 300 }}{{ range until 300 }}{{ range until 300 }}{{ end }}{{ end }}{{ end }}\n"
BUSY = "while True: pass"
IDLE = "import time; time.sleep(60)"
SH = shutil.which("sh") or ""


def test_what_a_chart_spends_the_run_spends() -> None:
    run = run_budget(100)
    chart, other = chart_budget(run), chart_budget(run)
    assert chart.left(30) == 30
    chart.spend(80)
    assert (chart.left(30), other.left(30), run.left(30)) == (10, 20, 20)
    assert str(chart.exceeded(30)) == "it takes longer than 30 seconds"
    chart.spend(10)
    with pytest.raises(InterruptedRenderError, match="90 seconds with all its sets of values"):
        chart.left(30)
    assert other.left(30) == 10
    other.spend(10)
    assert isinstance(other.exceeded(30), RunOutOfTimeError)
    for budget in (chart, other, run):
        with pytest.raises(RunOutOfTimeError):
            budget.left(30)


def test_no_limit() -> None:
    run = run_budget(float("inf"))
    run.spend(1e9)
    assert run.left(60) == 60


@pytest.fixture
def python() -> Iterator[type["Python"]]:
    yield Python
    for process in Python.started:
        process.kill()
        process.wait()
    Python.started.clear()


class Python:
    """Python programs that run until the test ends."""

    started: ClassVar[list[subprocess.Popen[bytes]]] = []

    def __init__(self, program: str) -> None:
        self.started.append(subprocess.Popen([sys.executable, "-c", program]))
        self.pid = self.started[-1].pid


@needs_clock
def test_processor_time_is_that_of_the_process(python: type[Python]) -> None:
    """On a busy machine more time passes; who waits takes none."""
    busy, idle = python(BUSY), python(IDLE)
    watch = Stopwatch(busy.pid)
    deadline = time.monotonic() + 60
    while watch.taken() < 0.3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert watch.taken() >= 0.3
    assert watch.left(0.3) <= 0
    assert (processor_time(idle.pid) or 0) < (processor_time(busy.pid) or 0)


@needs_clock
def test_who_waits_is_ended_as_well(python: type[Python], monkeypatch: pytest.MonkeyPatch) -> None:
    """Some times as late as who works."""
    watch = Stopwatch(python(IDLE).pid)
    passed = [0.0]
    monkeypatch.setattr(watch, "_passed", lambda: passed[0])
    monkeypatch.setattr(watch, "taken", lambda: 0.1)
    assert watch.left(10) == pytest.approx(9.9)
    passed[0] = 10.0 * PATIENCE - 1
    assert watch.left(10) == pytest.approx(1)
    passed[0] = 10.0 * PATIENCE
    assert watch.left(10) <= 0


def test_where_it_cannot_be_told_the_time_that_passes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.stopwatch.processor_time", lambda _: None)
    watch = Stopwatch(1)
    monkeypatch.setattr(watch, "_passed", lambda: 7.0)
    assert (watch.taken(), watch.left(10)) == (7, 3)


def test_a_process_that_is_gone() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    watch = Stopwatch(process.pid)
    process.wait()
    assert processor_time(process.pid) is None
    assert watch.left(60) < 60


@pytest.mark.skipif(not IS_AVAILABLE, reason="programs cannot be started here")
def test_a_program_says_what_it_took() -> None:
    sandbox = Sandbox()
    try:
        short = sandbox.run([SH, "-c", ":"], seconds=30)
        long = sandbox.run([SH, "-c", "while :; do :; done"], seconds=1)
    finally:
        sandbox.close()
    assert short.seconds < 1 <= long.seconds + 0.1
    assert (short.ended, long.ended) == ("", "time")


def write_chart(folder: Path, template: str) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {folder.name}\nversion: 0.1.0\n")
    (folder / "templates" / "x.yaml").write_text(template)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("klint.render.jobs.workers", lambda: 1)
    monkeypatch.setattr("klint.render.helm.jobs.workers", lambda: 1)
    return tmp_path


def late(workspace: Workspace) -> tuple[list[Rendering], list[str]]:
    """What is rendered, and what is said of the others."""
    problems = [problem for item in workspace.renderings for problem in item.problems]
    said = [f"{problem.span}: {problem.rule}: {problem.message}" for problem in problems]
    said += [f"{message} {span}" for problem in problems for message, span in problem.related]
    return [item for item in workspace.renderings if item.documents], said


@needs_helm
def test_what_there_is_no_time_for_is_said_once(root: Path) -> None:
    write_chart(root / "a", "kind: Service\nmetadata: {name: web}\n")
    for name in ("b", "c", "d"):
        write_chart(root / name, SLOW)
    rendered, said = late(render(opened("."), use_cache=False, time_limit=0.2))
    assert [item.name for item in rendered] == ["a"]
    assert said == [
        f"b/Chart.yaml:1:1: not-analysed: 3 of 4 {LATE}",
        "not rendered either c/Chart.yaml:1:1",
        "not rendered either d/Chart.yaml:1:1",
    ]


@needs_kustomize
def test_kustomizations_without_time_are_linted_as_written(root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "kustomization.yaml").write_text("resources: [web.yaml]\n")
        (root / name / "web.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
    workspace = render(opened("."), use_cache=False, time_limit=1e-9)
    rendered, (said, other) = late(workspace)
    assert rendered == []
    assert said.startswith("a/kustomization.yaml:1:1: not-analysed: 2 of 2 charts and kustomizations are not rendered")
    assert other == "not rendered either b/kustomization.yaml:1:1"
    assert [document.source.path for document in workspace.documents] == ["a/web.yaml", "b/web.yaml"]


@needs_helm
def test_another_run_renders_what_this_one_did_not(root: Path) -> None:
    """Nothing is remembered of what was not rendered, and all of what was."""
    for name in ("a", "b", "c"):
        write_chart(root / name, f"kind: Service\nmetadata: {{name: {name}}}\n")
    _, said = late(render(opened("."), time_limit=1e-9))
    assert len(said) >= 1
    rendered, said = late(render(opened("."), time_limit=0))
    assert ([item.name for item in rendered], said) == (["a", "b", "c"], [])
    rendered, said = late(render(opened("."), time_limit=1e-9))
    assert ([item.name for item in rendered], said) == (["a", "b", "c"], [])


@needs_helm
def test_the_command_line_says_how_long(root: Path) -> None:
    write_chart(root / "a", SLOW)
    result = CliRunner().invoke(command, ["--no-cache", "--render-timeout", "0.001"])
    assert result.exit_code == 0
    assert "a/Chart.yaml:1:1: note" in result.output
    assert "allow more with --render-timeout" in result.output


def test_help_says_what_holds_if_nothing_is_given() -> None:
    assert f"{RUN_LIMIT:g} if not given" in " ".join(CliRunner().invoke(command, ["--help"]).output.split())


def test_budgets_are_spent_by_many_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    budget = Budget(1000, RunOutOfTimeError())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: budget.spend(0.5), range(1000)))
    assert budget.left(1000) == 500
