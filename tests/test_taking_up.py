"""`klint check` after an edit: what it says of a large tree is what a run says that remembers nothing."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runs import Runs
from tests.test_incremental import APP

SPACES, APPS = 12, 9
CLASS = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""
LOAD_BALANCER = """\
apiVersion: v1
kind: Service
metadata: {name: open, namespace: team-2}
spec: {type: LoadBalancer, selector: {app: app-1}, ports: [{name: http, port: 80, targetPort: 8080}]}
"""


def file(space: int, app: int) -> str:
    return f"team-{space}/app-{app}.yaml"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Twelve namespaces with nine files of an app each, 324 objects, and what may matter to all of them."""
    root = tmp_path / "tree"
    for space in range(SPACES):
        (root / f"team-{space}").mkdir(parents=True)
        for app in range(APPS):
            text = APP.replace("NAME", f"app-{app}").replace("SPACE", f"team-{space}")
            (root / file(space, app)).write_text(text)
    (root / "class.yaml").write_text(CLASS)
    (root / "open.yaml").write_text(LOAD_BALANCER)
    (root / "broken.yaml").write_text("apiVersion: v1\nkind: [\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    found = Runs(root)
    found.count(monkeypatch)
    return found


@pytest.mark.parametrize("arguments", [(), ("--concise", "-o", "sarif"), ("--report-only", file(3, 4))])
def test_an_edit_is_taken_up(runs: Runs, arguments: tuple[str, ...]) -> None:
    assert not runs.is_taken_up(*arguments)
    runs.change(file(3, 4), "targetPort: http", "targetPort: web")
    assert runs.is_taken_up(*arguments)
    assert "target-port-unresolved" in runs.check("--concise", "--no-cache").stdout
    runs.change(file(3, 4), "targetPort: web", "targetPort: http")
    runs.change(file(5, 2), "targetPort: http", "targetPort: 81")
    assert runs.is_taken_up(*arguments), "what one run has taken up the next one takes up"


def test_hosts_tie_what_is_far_apart(runs: Runs) -> None:
    assert not runs.is_taken_up()
    runs.change(file(3, 4), "host: app-4.team-3.", "host: app-5.team-8.")
    assert runs.is_taken_up()
    assert "team-8/app-5.yaml" in runs.check().stdout


ANYWHERE: dict[str, Callable[[Runs], object]] = {
    "a class": lambda runs: runs.change("class.yaml", "k8s.io", "k8s.example.com"),
    "a namespace": lambda runs: runs.change(file(3, 4), "team-3", "team-5"),
    "a name": lambda runs: runs.change(file(3, 4), "name: app-4", "name: app"),
    "another class": lambda runs: runs.change(file(3, 4), "nginx", "traefik"),
    "another type": lambda runs: runs.change(file(3, 4), "spec: {selector", "spec: {type: NodePort, selector"),
    "what does not parse": lambda runs: runs.change(
        file(3, 4), "ports: [{name: http, port", "ports: [{name: http, port: {"
    ),
    "no manifest any more": lambda runs: (runs.root / file(3, 4)).write_text("a: 1\n"),
    "a file that is gone": lambda runs: (runs.root / file(3, 4)).unlink(),
    "a new file": lambda runs: (runs.root / "new.yaml").write_text(LOAD_BALANCER.replace("open", "new")),
    "a configuration": lambda runs: (runs.root / ".klint.yaml").write_text("ignore: [routing]\n"),
    "a configuration's content": lambda runs: (runs.root / ".klint.yaml").write_text("ignore: [entry]\n"),
}


@pytest.mark.parametrize("edit", ANYWHERE)
def test_other_edits_are_linted_whole(runs: Runs, edit: str) -> None:
    runs.check()
    ANYWHERE[edit](runs)
    assert not runs.is_taken_up()
    runs.change(file(5, 2), "targetPort: http", "targetPort: 81")
    assert runs.is_taken_up()


@pytest.mark.parametrize(
    "arguments", [("--verbose",), ("-o", "json"), ("-o", "html"), ("-o", "markdown"), ("--baseline", "known.yaml")]
)
def test_what_tells_of_all_files_is_linted_whole(runs: Runs, arguments: tuple[str, ...]) -> None:
    (runs.root / "known.yaml").write_text("version: 1\nfindings: []\n")
    runs.is_taken_up(*arguments)
    runs.change(file(5, 2), "targetPort: http", "targetPort: 81")
    assert not runs.is_taken_up(*arguments)
    assert len(runs.records()) < 2


def test_where_much_is_wrong_all_is_linted(runs: Runs) -> None:
    for space in range(SPACES // 2):
        runs.change(file(space, 1), "targetPort: http", "targetPort: web")
    runs.is_taken_up()
    runs.change(file(11, 2), "targetPort: http", "targetPort: 81")
    assert not runs.is_taken_up()


def test_what_only_reads_the_configuration(runs: Runs) -> None:
    """What is in the cluster is told by a manifest, which is linted as well."""
    (runs.root / ".klint.yaml").write_text("cluster: {manifests: [class.yaml]}\n")
    runs.is_taken_up()
    runs.change("class.yaml", "{name: nginx}", "{name:  nginx}")
    assert not runs.is_taken_up()


BROKEN: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda _: None,
    "a list": lambda _: [1],
    "of another run": lambda found: {**found, "sign": "1 1"},
    "no files": lambda found: {**found, "workspace": {}},
    "files of numbers": lambda found: {**found, "workspace": {**found["workspace"], "files": [1, 2]}},
    "short rows": lambda found: {**found, "workspace": {**found["workspace"], "files": {file(5, 2): [1]}}},
}


@pytest.mark.parametrize("record", BROKEN)
def test_a_workspace_that_is_none(runs: Runs, record: str) -> None:
    runs.is_taken_up()
    (kept,) = [path for path in runs.records() if "workspace" in json.loads(gzip.decompress(path.read_bytes()))]
    found = json.loads(gzip.decompress(kept.read_bytes()))
    kept.write_bytes(gzip.compress(json.dumps(BROKEN[record](found)).encode()))
    runs.change(file(5, 2), "targetPort: http", "targetPort: 81")
    assert not runs.is_taken_up()


EDITS = [
    ("targetPort: http", "targetPort: web"),
    ("targetPort: http", "targetPort: 8080"),
    ("port: {name: http}", "port: {name: web}"),
    ("containerPort: 8080", "containerPort: 22"),
    ("replicas: 3", "replicas: 1"),
    (".example.com}]", ".example.org}]"),
    ("host: app-", "host: api-"),
    ("kind: Ingress", "kind: Ingress # klint: ignore[tls]"),
    ("name: http, port: 80", "name: http, port: 81"),
    ("spec: {selector: {app: app", "spec: {selector: {app: ap"),
    ("namespace: team-", "namespace: team-1"),
    ('image: "registry', 'image: "${REGISTRY}'),
]


def test_random_edits(runs: Runs) -> None:
    chance = random.Random(11)  # noqa: S311
    taken_up = 0
    for _ in range(14):
        for _ in range(chance.choice((1, 1, 1, 2))):
            path = runs.root / file(chance.randrange(SPACES // 3), chance.randrange(APPS))
            text = path.read_text()
            old, new = chance.choice(EDITS)
            path.write_text(text.replace(new, old) if new in text else text.replace(old, new))
        taken_up += runs.is_taken_up("--concise", "--show-suppressed")
    assert 3 < taken_up < 14
