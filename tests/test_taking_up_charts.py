"""`klint check` after an edit in one of several charts: what it says is what a run says that remembers nothing."""

import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import klint.session
from klint.render.helm.embedded import EmbeddedHelm
from tests.runs import Runs
from tests.test_incremental import APP

pytestmark = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra that renders is not installed")

CHARTS = 6
OF_ITS_OWN, OF_THE_RELEASE = "{{ .Chart.Name }}", "{{ .Release.Name }}"
VALUES = """\
replicas: 2
port: 8080
target: http
image: registry.example.com/app:1
type: ClusterIP
ingress: {enabled: false, host: HOST}
"""
TEMPLATES = {
    "_helpers.tpl": '{{- define "name" -}}\nNAME\n{{- end }}\n',
    "deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ include "name" . }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ include "name" . }}}}
  template:
    metadata: {labels: {app: {{ include "name" . }}}}
    spec:
      containers: [{name: app, image: {{ .Values.image }}, ports: [{name: http, containerPort: {{ .Values.port }}}]}]
""",
    "service.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: {{ include "name" . }}}
spec:
  type: {{ .Values.type }}
  selector: {app: {{ include "name" . }}}
  ports: [{name: http, port: 80, targetPort: {{ .Values.target }}}]
""",
    "ingress.yaml": """\
{{- if .Values.ingress.enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: {{ include "name" . }}}
spec:
  tls: [{hosts: [{{ .Values.ingress.host }}], secretName: {{ include "name" . }}-tls}]
  rules:
    - host: {{ .Values.ingress.host }}
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: {{ include "name" . }}, port: {name: http}}}}
{{- end }}
""",
}


def values(number: int) -> str:
    return f"charts/app{number}/values.yaml"


def write_chart(runs: Runs, number: int) -> None:
    """Half of them are called after themselves and may have an Ingress; the others are all called after the release."""
    is_own = number < CHARTS // 2
    folder = f"charts/app{number}"
    runs.write(f"{folder}/Chart.yaml", f"apiVersion: v2\nname: app{number}\nversion: 1.0.0\n")
    runs.write(values(number), VALUES.replace("HOST", f"app{number}.example.com"))
    for file, text in TEMPLATES.items():
        if is_own or file != "ingress.yaml":
            runs.write(f"{folder}/templates/{file}", text.replace("NAME", OF_ITS_OWN if is_own else OF_THE_RELEASE))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A tree and a cache in which a first run on it is remembered, and copies of both."""
    folder, copies = tmp_path_factory.mktemp("charts"), tmp_path_factory.mktemp("copies")
    runs = Runs(folder / "tree")
    for number in range(CHARTS):
        write_chart(runs, number)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(runs.root)
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "caches"))
        monkeypatch.setattr(klint.session, "FEWEST", 0)
        runs.check()
        shutil.copytree(folder, copies, dirs_exist_ok=True)
        yield folder, copies


@pytest.fixture
def runs(first: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs on that tree, after the first one."""
    folder, copies = first
    for name in ("tree", "caches"):
        for path in (folder / name).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(copies / name, folder / name, dirs_exist_ok=True)
    found = Runs(folder / "tree")
    found.count(monkeypatch)
    return found


def test_an_edit_of_values_is_taken_up(runs: Runs) -> None:
    runs.change(values(1), "replicas: 2", "replicas: 3")
    runs.change(values(4), "port: 8080", "port: 9090")
    assert runs.is_taken_up()
    runs.change(values(1), "target: http", "target: web")
    assert runs.is_taken_up(), "what one run has taken up the next one takes up"
    runs.change(values(4), "app:1", "app:2")
    assert runs.is_taken_up(), "what was said of another chart is said again"
    assert "target-port-unresolved" in runs.check().stdout
    runs.change(values(1), "target: web", "target: http")
    assert runs.is_taken_up()


def test_an_edit_of_a_template(runs: Runs) -> None:
    runs.change("charts/app1/templates/service.yaml", "targetPort: {{ .Values.target }}", "targetPort: web")
    assert runs.is_taken_up()


def test_where_much_is_wrong_all_is_linted(runs: Runs) -> None:
    for number in range(CHARTS // 2):
        runs.change(values(number), "target: http", "target: web")
    assert not runs.takes_up(), "all of these are looked at in any case"
    runs.change(values(4), "replicas: 2", "replicas: 3")
    assert not runs.takes_up()


def test_manifests_beside_charts(runs: Runs) -> None:
    for number in range(4):
        text = APP.replace("NAME", f"plain-{number}").replace("SPACE", f"team-{number}")
        runs.write(f"plain/app-{number}.yaml", text)
    assert not runs.takes_up()
    runs.change("plain/app-2.yaml", "targetPort: http", "targetPort: web")
    runs.change(values(2), "port: 8080", "port: 22")
    assert runs.is_taken_up()


ELSEWHERE: dict[str, Callable[[Runs], object]] = {
    "a name of a chart": lambda runs: runs.change("charts/app1/Chart.yaml", "name: app1", "name: app9"),
    "a type": lambda runs: runs.change(values(1), "ClusterIP", "NodePort"),
    "an object more": lambda runs: runs.change(values(1), "enabled: false", "enabled: true"),
    "a name of objects": lambda runs: runs.change("charts/app1/templates/_helpers.tpl", OF_ITS_OWN, "other"),
    "what does not render": lambda runs: runs.change(values(1), "replicas: 2", "replicas: ["),
    "a template that fails": lambda runs: runs.change(
        "charts/app1/templates/service.yaml", ".Values.type", 'required "it" .Values.none'
    ),
    "a word of manifests in values": lambda runs: runs.change(values(1), "replicas: 2", "apiVersion: v1"),
    "what is no text": lambda runs: (runs.root / values(1)).write_bytes(b"a: \xff\n"),
    "a byte order mark": lambda runs: runs.change(values(1), "replicas: 2", "\ufeffreplicas: 2"),
    "a new template": lambda runs: runs.write("charts/app1/templates/more.yaml", TEMPLATES["service.yaml"]),
    "a file that is gone": lambda runs: (runs.root / "charts/app1/templates/service.yaml").unlink(),
}


@pytest.mark.parametrize("edit", ELSEWHERE)
def test_edits_that_may_matter_elsewhere(runs: Runs, edit: str) -> None:
    ELSEWHERE[edit](runs)
    assert not runs.takes_up()


TIES: dict[str, Callable[[Runs], object]] = {
    "a route to all of a name": lambda runs: runs.write(
        "plain.yaml", APP.partition("---\n")[2].replace("NAME", "release-name").replace(", namespace: SPACE", "")
    ),
    "pods without a Service": lambda runs: (runs.root / "charts/app5/templates/service.yaml").unlink(),
    "a kustomization": lambda runs: runs.write("base/kustomization.yaml", "resources: []\n"),
    "a helmfile": lambda runs: runs.write("helmfile.yaml", "releases: [{name: app3, chart: charts/app3}]\n"),
    "a script": lambda runs: runs.write("deploy.sh", "kubectl expose deployment app\n"),
}


@pytest.mark.parametrize("tie", TIES)
def test_what_ties_charts_is_linted_whole(runs: Runs, tie: str) -> None:
    TIES[tie](runs)
    runs.check()
    runs.change(values(4), "replicas: 2", "replicas: 3")
    assert not runs.takes_up()


def test_one_chart_in_another(runs: Runs) -> None:
    """Who edits what two are made of edits both."""
    dependency = "dependencies: [{name: app1, version: 1.0.0, repository: file://../app1}]\n"
    runs.write("charts/app2/Chart.yaml", f"apiVersion: v2\nname: app2\nversion: 1.0.0\n{dependency}")
    runs.check()
    runs.change(values(1), "target: http", "target: web")
    runs.is_taken_up()
    assert "rendered by charts/app1, charts/app2" in runs.check().stdout


BROKEN: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda _: None,
    "numbers": lambda _: [1, 2, 3, 4],
    "short rows": lambda found: [[[1]], *found[1:]],
    "other renderings": lambda found: [found[0], [["other", 0, None, False], *found[1][1:]], *found[2:]],
}


@pytest.mark.parametrize("record", BROKEN)
def test_charts_that_are_none(runs: Runs, record: str) -> None:
    (kept,) = [path for path in runs.records() if "workspace" in json.loads(gzip.decompress(path.read_bytes()))]
    found = json.loads(gzip.decompress(kept.read_bytes()))
    found["workspace"]["charts"] = BROKEN[record](found["workspace"]["charts"])
    kept.write_bytes(gzip.compress(json.dumps(found).encode()))
    runs.change(values(0), "replicas: 2", "replicas: 3")
    assert not runs.takes_up()


EDITS = [
    ("replicas: 2", "replicas: 1"),
    ("port: 8080", "port: 22"),
    ("target: http", "target: web"),
    ("app:1", "app:2"),
    ("/app:", "/ingress-nginx/controller:"),
    ("ClusterIP", "LoadBalancer"),
    ("enabled: false", "enabled: true"),
    (".example.com", ".example.org"),
    ("host: app", "host: api"),
    ("replicas:", "# klint: ignore[all]\nreplicas:"),
]


def test_random_edits(runs: Runs, request: pytest.FixtureRequest) -> None:
    """Most are undone by a later one: where much is wrong all is linted."""
    is_fuzzed = request.config.getoption("--fuzz")
    chance = random.Random(None if is_fuzzed else 5)  # noqa: S311 -- edits are no secrets
    taken_up, edits = 0, 200 if is_fuzzed else 6
    runs.write("plain.yaml", APP.replace("NAME", "shop").replace("SPACE", "shop"))
    files = [*map(values, range(CHARTS)), "plain.yaml"]
    texts = {name: (runs.root / name).read_text() for name in files}
    for _ in range(edits):
        for name in files:
            if chance.random() < 0.6:
                runs.write(name, texts[name])
        for _ in range(chance.choice((1, 1, 2))):
            name = chance.choice(files)
            old, new = chance.choice(EDITS)
            text = (runs.root / name).read_text()
            runs.write(name, text.replace(new, old) if new in text else text.replace(old, new))
        taken_up += runs.is_taken_up("--show-suppressed")
    assert taken_up > 0, f"{taken_up} of {edits}"
