"""klint diff: what a change does to exposure, compared with what a walk of all ways finds on both sides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from klint import Graph, GuardKind, State
from klint.cli.commands import klint
from klint.diffing.changes import Change, Kind, What
from klint.diffing.comparing import compare
from klint.diffing.pairing import scopes
from klint.report.diff_words import label, sentence
from klint.report.markdown import LIMIT
from klint.session import Session
from tests.test_nothing_new import CHANGES, Files
from tests.test_report_sarif import validator
from tests.test_revision import commit, git
from tests.test_ways import NAMES, Object, graph_of, services, workspaces

OVERLAYS = ("a first overlay", "a second overlay", "an overlay gives other names", "a chart has another set of values")
"""What deploys more than before, or elsewhere."""


def changes(before: Graph, after: Graph) -> list[Change]:
    return [change for item in compare(scopes([before], [after])) for change in item.changes]


# Compared with a walk of all ways


def reached(graph: Graph) -> set[tuple[str, int | None, str]]:
    """Every port of pods that somebody reaches, and who, by walking all ways."""
    return {
        (str(way.pod.workload), way.port_number, graph.audience_of(way).who.value)
        for way in graph.ways
        if way.pod is not None and way.state is not State.BROKEN
    }


def told(found: list[Change]) -> tuple[set[tuple[str, int | None, str]], set[tuple[str, int | None, str]]]:
    """What the changes open and close."""
    opened = {(str(item.end.owner), item.end.port, item.who.value) for change in found for item in change.opened}
    closed = {(str(item.end.owner), item.end.port, item.who.value) for change in found for item in change.closed}
    return opened, closed


def names(found: list[Change]) -> dict[str, str]:
    """The workloads that only have another name."""
    renamed = [change for change in found if change.kind is Kind.RENAMED]
    return {change.subjects[0]: change.after.to[0] for change in renamed if change.after is not None}


@st.composite
def edits(draw: st.DrawFn, objects: list[Object]) -> list[Object]:
    """Other objects: some are gone, some are new, and some have other ports, types or labels."""
    other = {(item["kind"], item["metadata"]["name"]): item for item in draw(workspaces())}
    kept: list[Object] = []
    for item in objects:
        new = other.get((item["kind"], item["metadata"]["name"]))
        fate = draw(st.sampled_from(("same", "same", "other", "gone")))
        if fate == "same" or (fate == "other" and new is None) or (fate == "gone" and item["kind"] == "Gateway"):
            kept.append(item)
        elif fate == "other" and new is not None:
            kept.append(new)
    name = draw(st.sampled_from(NAMES))
    if all((item["kind"], item["metadata"]["name"]) != ("Service", name) for item in kept):
        kept.append(draw(services(name)))
    return kept


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Object], list[Object]]:
    objects = draw(workspaces())
    return objects, draw(edits(objects))


@settings(max_examples=25)
@given(pairs())
def test_all_that_opens_and_closes_is_told_both_ways(both: tuple[list[Object], list[Object]]) -> None:
    before, after = map(graph_of, both)
    there, back = changes(before, after), changes(after, before)
    for found, old, new in ((there, before, after), (back, after, before)):
        new_names = names(found)
        was = {(new_names.get(name, name), port, who) for name, port, who in reached(old)}
        assert told(found) == (reached(new) - was, was - reached(new))
    assert {(kind.mirrored, *rest) for kind, *rest in plain(there)} == plain(back)
    assert changes(before, graph_of(list(reversed(both[0])))) == []


def plain(found: list[Change]) -> set[tuple[Kind, What, GuardKind | None, bool]]:
    return {(change.kind, change.what, change.guard, change.is_certain) for change in found}


# What is no change


def compared(folder: Path, before: Files, after: Files) -> list[Change]:
    """What changes from some files to others, of two folders."""
    old, new = folder / "before", folder / "after"
    graphs = [graphs_of(side, files) for side, files in ((old, before), (new, after))]
    return [change for item in compare(scopes(graphs[0], graphs[1], (str(old), str(new)))) for change in item.changes]


def graphs_of(folder: Path, files: Files) -> tuple[Graph, ...]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return Session.of([str(folder)]).report().graphs


UNCHANGED = {name: pair for name, pair in CHANGES.items() if name not in OVERLAYS}


@pytest.mark.parametrize(("before", "after"), UNCHANGED.values(), ids=UNCHANGED)
def test_what_opens_nothing_is_no_change(tmp_path: Path, before: Files, after: Files) -> None:
    assert [sentence(change) for change in compared(tmp_path, before, after)] == []


# Edits of an application, and what is said of them

APP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: nginx, namespace: ingress}
spec:
  type: LoadBalancer
  selector: {app: nginx}
  ports: [{name: http, port: 80}, {name: https, port: 443}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx, namespace: ingress}
spec:
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
        - {name: nginx, image: "registry.k8s.io/ingress-nginx/controller:v1.15.1", ports: [{containerPort: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 198.51.100.0/24}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop}]
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  type: ClusterIP
  selector: {app: db}
  ports: [{port: 5432}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example.com/web:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: registry.example.com/api:1, ports: [{name: http, containerPort: 9000}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: registry.example.com/db:1, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}
"""
LOAD_BALANCER = "LoadBalancer 80, 443 of Service ingress/nginx"
BOTH = "shop.example.com/, shop.example.com/api"

Edit = tuple[str, str]
SERVICE = "kind: Service\nmetadata: {name: "
ANOTHER_HOST = """\
    - host: db.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: db, port: {number: 5432}}}}]}
"""

EDITS: dict[str, tuple[Edit | tuple[Edit, Edit], str]] = {
    "a Service is opened": (
        ("type: ClusterIP", "type: LoadBalancer"),
        "widened: StatefulSet shop/db:5432 is now open to the world through LoadBalancer 5432 of Service shop/db",
    ),
    "a load balancer becomes internal": (
        ("  type: LoadBalancer\n", "  type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8]\n"),
        f"narrowed: {LOAD_BALANCER} are now open to a private network; before, they were open to the world",
    ),
    "a node port instead": (
        ("type: LoadBalancer", "type: NodePort"),
        (
            "narrowed?: NodePort of Service ingress/nginx is now open (audience unknown); before, it was open to "
            f"the world through {LOAD_BALANCER}"
        ),
    ),
    "TLS is dropped": (
        ("  tls: [{hosts: [shop.example.com], secretName: shop}]\n", ""),
        f"unguarded: Requests to {BOTH} no longer pass TLS",
    ),
    "the allow-list is dropped": (
        ("  annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 198.51.100.0/24}\n", ""),
        f"unguarded: Requests to {BOTH} no longer pass an allow-list",
    ),
    "the allow-list is another one": (("198.51.100.0", "203.0.113.0"), ""),
    "the NetworkPolicy is gone": (
        ("kind: NetworkPolicy", "kind: Other"),
        "unguarded: Deployment shop/web is no longer selected by a NetworkPolicy",
    ),
    "a path goes elsewhere": (
        ("name: api, port: {number: 80}", "name: db, port: {number: 5432}"),
        "moved: shop.example.com/api now leads to Service shop/db:5432, no longer to Service shop/api:80",
    ),
    "a backend has another port": (
        ("name: api, port: {number: 80}", "name: api, port: {number: 81}"),
        "broken: shop.example.com/api no longer leads to Service shop/api:80: port 81 of Service api: it has 80",
    ),
    "a selector matches nothing": (
        ("spec: {selector: {app: web}", "spec: {selector: {app: wbe}"),
        (
            "broken: Service shop/web:80 no longer leads to Deployment shop/web:8080: pods with app=wbe: "
            "Deployment shop/web has app=web, not app=wbe"
        ),
    ),
    "a port of the pods has another name": (
        ("{name: http, containerPort", "{name: web, containerPort"),
        (
            "broken: Service shop/api:80 no longer leads to Deployment shop/api:9000: port http/TCP of the pods: "
            "Deployment shop/api names its ports web"
        ),
    ),
    "a class that is not there": (
        ("ingressClassName: nginx", "ingressClassName: ngnix"),
        f"broken: Nothing comes in for {BOTH} any longer: IngressClass ngnix: there is IngressClass nginx",
    ),
    "a Service with another name": (
        (("name: web, port", "name: front, port"), (f"{SERVICE}web,", f"{SERVICE}front,")),
        "renamed: Service shop/web is now called Service shop/front",
    ),
    "a new host": (
        ("  rules:\n", f"  rules:\n{ANOTHER_HOST}"),
        (
            f"widened: db.example.com/ is new and open to the world through {LOAD_BALANCER}, leading to "
            "Service shop/db:5432"
        ),
    ),
    "a host with another name": (
        (("hosts: [shop.", "hosts: [store."), ("host: shop.", "host: store.")),
        "renamed: Host shop.example.com is now called Host store.example.com",
    ),
    "an Ingress with another name": (("Ingress\nmetadata:\n  name: web", "Ingress\nmetadata:\n  name: other"), ""),
    "other images and replicas": (
        (("web:1", "web:2"), ("{matchLabels: {app: api}}", "{matchLabels: {app: api}}\n  replicas: 3")),
        "",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edits(tmp_path: Path, name: str) -> None:
    edits, expected = EDITS[name]
    after = APP
    for old, new in (edits,) if isinstance(edits[0], str) else edits:
        assert old in after
        after = after.replace(old, new, 1)
    found = compared(tmp_path, {"gke/a.yaml": APP}, {"gke/b/c.yaml": after})
    assert [f"{label(change)}: {sentence(change)}" for change in found] == [expected][: bool(expected)]
    mirrored = compared(tmp_path / "back", {"gke/a.yaml": after}, {"gke/a.yaml": APP})
    assert [change.kind.mirrored for change in mirrored] == [change.kind for change in found]


def test_another_namespace(tmp_path: Path) -> None:
    found = compared(tmp_path, {"a.yaml": APP}, {"a.yaml": APP.replace("namespace: shop", "namespace: store")})
    assert [sentence(change) for change in found] == [
        "Deployment shop/api, Deployment shop/web are now called Deployment store/api, Deployment store/web",
        "Service shop/api, Service shop/web are now called Service store/api, Service store/web",
    ]


# The command

OPEN = APP.replace("type: ClusterIP", "type: LoadBalancer")
OPENED = "StatefulSet shop/db:5432 is now open to the world through LoadBalancer 5432 of Service shop/db"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, ["diff", "--no-cache", *arguments], catch_exceptions=False)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    (folder / "gke").mkdir(parents=True)
    (folder / "gke" / "a.yaml").write_text(APP)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_revision(repository: Path) -> None:
    assert (run("HEAD").stdout, run("HEAD").exit_code) == ("No change of exposure\n", 0)
    Path("gke/a.yaml").write_text(OPEN)
    result = run("main")
    assert OPENED in result.stdout
    assert "is  gke/a.yaml:" in result.stdout
    assert result.exit_code == 1
    commit(repository)
    assert run("HEAD").exit_code == 0
    assert OPENED in run("HEAD~1", "gke").stdout
    assert run("HEAD~1", "--environment", "local").stdout == "No change of exposure\n"


def test_a_branch_is_compared_with_where_head_parts_from_it(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    Path("gke/b.yaml").write_text("kind: Other\n")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    Path("gke/a.yaml").write_text(OPEN)
    commit(repository)
    git(repository, "checkout", "-q", "feature")
    assert run("main").stdout == "No change of exposure\n"


@pytest.mark.usefixtures("repository")
def test_two_folders() -> None:
    for folder, text in (("old", APP), ("new", OPEN)):
        Path(folder, "gke").mkdir(parents=True)
        Path(folder, "gke", f"{folder}.yaml").write_text(text)
    assert OPENED in run("old", "new/").stdout
    assert "StatefulSet shop/db:5432 is no longer open" in run("new", "old").stdout
    assert run("new", "old").exit_code == 0


@pytest.mark.parametrize(
    ("fail_on", "status"), [(("never",), 0), (("broken",), 0), (("widened",), 1), (("broken", "widened"), 1)]
)
@pytest.mark.usefixtures("repository")
def test_what_fails(fail_on: tuple[str, ...], status: int) -> None:
    Path("gke/a.yaml").write_text(OPEN)
    assert run("HEAD", *(word for name in fail_on for word in ("--fail-on", name))).exit_code == status


def test_what_cannot_be_compared(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repository, "branch", "gke")
    for arguments, message in (
        (("gke", "gke"), "This is both a folder and a revision. Write ./gke for the folder"),
        (("nothing",), "there is no such revision"),
        (("--", "-x"), "there is no such revision"),
        (("HEAD", "nowhere"), "nowhere"),
        (("./gke", "nowhere"), "nowhere: There is no such folder"),
    ):
        result = run(*arguments)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert run("./gke", "gke").exit_code == 0
    assert run("gke").exit_code == 0
    monkeypatch.chdir(tmp_path)
    assert "no git repository" in run("HEAD").stderr


@pytest.mark.usefixtures("repository")
def test_json_has_all_of_it() -> None:
    Path("gke/a.yaml").write_text(OPEN)
    document = json.loads(run("HEAD", "-o", "json").stdout)
    (bundle,) = document["bundles"]
    (change,) = bundle["changes"]
    assert (change["kind"], change["what"], change["message"]) == ("widened", "entry", OPENED)
    assert (change["before"], change["after"]["audience"]["who"]) == (None, "the world")
    assert [(item["workload"]["name"], item["port"], item["who"]) for item in change["opened"]] == [
        ("db", 5432, "the world")
    ]
    assert bundle["before"] == bundle["after"] == ["gke/a.yaml"]


@pytest.mark.usefixtures("repository")
def test_markdown_is_a_comment_with_a_map() -> None:
    Path("gke/a.yaml").write_text(OPEN.replace("name: api, port: {number: 80}", "name: api, port: {number: 81}"))
    text = run("HEAD", "-o", "markdown").stdout
    assert text.startswith("## klint: 2 changes of exposure: 1 widened, 1 broken\n\n**gke/a.yaml (gke)**\n")
    assert f"- **widened**: {OPENED} (is `gke/a.yaml:" in text
    stops = re.findall(r'(b0n[0-9]+)\["([^"]+)"\]', text)
    ids = {name: stop for stop, name in stops}
    assert f"{ids['open to the world']} -->|new| {ids['LoadBalancer 5432 of Service shop/db']}" in text
    assert f"{ids['shop.example.com/api']} -.->|gone| {ids['Service shop/api:80']}" in text


@pytest.mark.usefixtures("repository")
def test_a_comment_has_room_for_very_much() -> None:
    service = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n"
    )
    Path("gke/a.yaml").write_text(APP + "".join(service % f"s-{'x' * 50}-{number}" for number in range(900)))
    result = run("HEAD", "-o", "markdown")
    assert len(result.stdout.encode()) <= LIMIT
    assert "There is no room here for all of it." in result.stdout
    assert "900 widened" in result.stdout


@pytest.mark.usefixtures("repository")
def test_sarif_has_what_got_worse() -> None:
    Path("gke/a.yaml").write_text(OPEN.replace("name: api, port: {number: 80}", "name: api, port: {number: 81}"))
    log = json.loads(run("HEAD", "-o", "sarif").stdout)
    assert not list(validator().iter_errors(log))
    found = {item["ruleId"]: item for item in log["runs"][0]["results"]}
    assert set(found) == {"exposure-widened", "exposure-broken"}
    assert found["exposure-widened"]["message"]["text"].startswith(OPENED)
    (location,) = found["exposure-broken"]["locations"]
    line = OPEN.partition("name: api, port")[0].count("\n") + 1
    assert location["physicalLocation"]["region"]["startLine"] == line
    assert json.loads(run("HEAD", "-o", "sarif").stdout)["runs"][0]["tool"]["driver"]["rules"]


@pytest.mark.usefixtures("repository")
def test_what_renders_on_one_side_alone_is_not_compared() -> None:
    for side, text in (("old", "{{ .Values.x }}"), ("new", "{{ .Values.x")):
        folder = Path(side, "chart", "templates")
        folder.mkdir(parents=True)
        (folder.parent / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
        (folder / "a.yaml").write_text(f"{OPEN}# {text}\n")
    result = run("old", "new")
    assert result.stdout.startswith("Not compared, since it does not render on both sides: old/chart")
    assert result.stdout.endswith("No change of exposure\n")


@pytest.mark.usefixtures("repository")
def test_names_are_text() -> None:
    evil = OPEN.replace(
        "name: db, namespace: shop}\nspec:\n  type", 'name: "\\e[31m::x", namespace: shop}\nspec:\n  type'
    )
    assert evil != OPEN
    Path("gke/a.yaml").write_text(evil)
    assert "\x1b" not in run("HEAD").stdout
