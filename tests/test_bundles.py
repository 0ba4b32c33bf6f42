"""Which plain manifests are taken for deployed together, by small workspaces."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.session import Session
from klint.workspace.bundles import Bundle

KINDS = {"Service": "v1", "Deployment": "apps/v1", "Ingress": "networking.k8s.io/v1", "ConfigMap": "v1"}


def manifest(line: str) -> str:
    """`Service shop/web app=web` selects; `Deployment web app=web` carries; `Ingress web api` routes to Services."""
    kind, name, *rest = line.split()
    namespace, _, name = name.rpartition("/")
    labels = ", ".join(pair.replace("=", ": ") for pair in rest if "=" in pair)
    spec = ""
    if kind == "Service":
        spec = f"spec: {{selector: {{{labels}}}, ports: [{{port: 80}}]}}"
    elif kind == "Deployment":
        spec = (
            f"spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: a, image: a}}]}}}}}}"
        )
    elif kind == "Ingress":
        paths = [f"{{backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}" for service in rest]
        spec = f"spec: {{rules: [{{http: {{paths: [{', '.join(paths)}]}}}}]}}"
    where = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {KINDS[kind]}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\n{spec}\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Files of manifests, each a line or several divided by `;`. YAML files that start with `#` are written as is."""
    for name, lines in files.items():
        text = lines if lines.startswith(("#", "apiVersion")) else "---\n".join(map(manifest, lines.split("; ")))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def bundles(folder: Path, files: Mapping[str, str]) -> tuple[Bundle, ...]:
    write(folder, files)
    (folder / ".git").mkdir(exist_ok=True)
    return Session.of([str(folder)], []).report().bundles


def files_of(bundle: Bundle) -> set[str]:
    return {resource.document.source.relative for resource in bundle.resources}


@dataclass(frozen=True)
class Case:
    """A workspace and the files of each of its bundles."""

    files: Mapping[str, str]
    bundles: Iterable[str]


CASES = {
    "one folder is one bundle": Case(
        {"web.yaml": "Deployment web app=web", "svc.yaml": "Service web app=web", "other.yaml": "ConfigMap x"},
        ["web.yaml svc.yaml other.yaml"],
    ),
    "unrelated examples side by side are none": Case(
        {"a/web.yaml": "Service a app=a; Deployment a app=a", "b/web.yaml": "Service b app=b; Deployment b app=b"},
        ["a/web.yaml", "b/web.yaml"],
    ),
    "examples with the same names are none": Case(
        {
            "a/all.yaml": "Service web app=web; Deployment web app=web",
            "b/all.yaml": "Service web app=web; Ingress web web",
        },
        ["a/all.yaml", "b/all.yaml"],
    ),
    "two environments in sibling folders": Case(
        {
            "prod/web.yaml": "Service web app=web; Deployment web app=web",
            "staging/web.yaml": "Service web app=web; Deployment web app=web",
        },
        ["prod/web.yaml", "staging/web.yaml"],
    ),
    "environments never meet, not even for a reference": Case(
        {"prod/web.yaml": "Service web app=web", "staging/web.yaml": "Deployment web app=web"},
        ["prod/web.yaml", "staging/web.yaml"],
    ),
    "environments never meet in a namespace either": Case(
        {"prod/web.yaml": "Service shop/web app=web", "staging/web.yaml": "Deployment shop/web app=web"},
        ["prod/web.yaml", "staging/web.yaml"],
    ),
    "environments by file name": Case(
        {"web-prod.yaml": "Service web app=web", "web-dev.yaml": "Service web app=web", "a-prod.yaml": "ConfigMap x"},
        ["web-prod.yaml a-prod.yaml", "web-dev.yaml"],
    ),
    "folders called after several of the kinds in them are one tree": Case(
        {
            "10-services/a.yaml": "Service a app=a",
            "20-deployments/b.yaml": "Deployment b app=b",
            "ingresses/c.yaml": "Ingress c x",
        },
        ["10-services/a.yaml 20-deployments/b.yaml ingresses/c.yaml"],
    ),
    "folders called after one of the kinds in them are, once a reference crosses": Case(
        {
            "service/a.yaml": "Service a app=a; Service b app=b",
            "deployment/b.yaml": "Deployment b app=b",
            "ingress/c.yaml": "Ingress c nowhere",
        },
        ["service/a.yaml deployment/b.yaml ingress/c.yaml"],
    ),
    "folders called after one of the kinds in them are examples while none does": Case(
        {"Service/a.yaml": "Service a app=a", "Deployment/b.yaml": "Deployment b app=b"},
        ["Service/a.yaml", "Deployment/b.yaml"],
    ),
    "folders called after the namespaces in them are one tree": Case(
        {"shop/web.yaml": "Service shop/web app=web", "blog/web.yaml": "Service blog/web app=web; Service x/y y=y"},
        ["shop/web.yaml blog/web.yaml"],
    ),
    "folders called otherwise are none": Case(
        {"one/web.yaml": "Service shop/web app=web", "two/web.yaml": "Service blog/web app=web"},
        ["one/web.yaml", "two/web.yaml"],
    ),
    "folders called after namespaces that are environments are none": Case(
        {"prod/web.yaml": "Service prod/web app=web", "dev/web.yaml": "Service dev/web app=web"},
        ["prod/web.yaml", "dev/web.yaml"],
    ),
    "a base and overlays as plain files": Case(
        {
            "base/web.yaml": "Service web app=web; Deployment web app=web",
            "overlays/prod/ingress.yaml": "Ingress web web",
            "overlays/dev/ingress.yaml": "Ingress web web",
        },
        ["base/web.yaml", "overlays/prod/ingress.yaml", "overlays/dev/ingress.yaml"],
    ),
    "folders by kind": Case(
        {
            "deployments/web.yaml": "Deployment web app=web",
            "services/web.yaml": "Service web app=web",
            "ingresses/web.yaml": "Ingress web web",
        },
        ["deployments/web.yaml services/web.yaml ingresses/web.yaml"],
    ),
    "folders by kind, and each of them whole": Case(
        {
            "deployments/web.yaml": "Deployment web app=web",
            "deployments/api.yaml": "Deployment api app=api",
            "services/web.yaml": "Service web app=web",
        },
        ["deployments/web.yaml deployments/api.yaml services/web.yaml"],
    ),
    "a sibling folder is not asked for what one has oneself": Case(
        {
            "a/all.yaml": "Service a app=b; Deployment a app=a",
            "b/all.yaml": "Service b app=b; Deployment b app=b",
        },
        ["a/all.yaml", "b/all.yaml"],
    ),
    "a folder above": Case(
        {"ingress.yaml": "Ingress web web", "web/all.yaml": "Service web app=web; Deployment web app=web"},
        ["ingress.yaml web/all.yaml"],
    ),
    "a folder below": Case(
        {"app/svc.yaml": "Service web app=web", "app/deep/er/web.yaml": "Deployment web app=web"},
        ["app/svc.yaml app/deep/er/web.yaml"],
    ),
    "a cousin folder is too far": Case(
        {"a/svc/web.yaml": "Service web app=web", "b/deploy/web.yaml": "Deployment web app=web"},
        ["a/svc/web.yaml", "b/deploy/web.yaml"],
    ),
    "a cousin folder in a namespace that both name": Case(
        {"a/svc/web.yaml": "Service shop/web app=web", "b/deploy/web.yaml": "Deployment shop/web app=web"},
        ["a/svc/web.yaml b/deploy/web.yaml"],
    ),
    "every folder that a namespace's Service selects from": Case(
        {
            "svc/web.yaml": "Service shop/web app=web",
            "b/web.yaml": "Deployment shop/blue app=web",
            "x/g/web.yaml": "Deployment shop/green app=web",
        },
        ["svc/web.yaml b/web.yaml x/g/web.yaml"],
    ),
    "the default namespace says nothing": Case(
        {"a/svc/web.yaml": "Service default/web app=web", "b/deploy/web.yaml": "Deployment default/web app=web"},
        ["a/svc/web.yaml", "b/deploy/web.yaml"],
    ),
    "two namespaces": Case(
        {"svc/web.yaml": "Service shop/web app=web", "deploy/web.yaml": "Deployment other/web app=web"},
        ["svc/web.yaml", "deploy/web.yaml"],
    ),
    "the same object twice in a folder": Case(
        {
            "a.yaml": "Service web app=web; Deployment a app=web",
            "b.yaml": "Service web app=web; Deployment b app=web",
            "c.yaml": "ConfigMap x",
            "d.yaml": "ConfigMap y",
        },
        ["a.yaml", "b.yaml", "c.yaml d.yaml"],
    ),
    "the same name in two namespaces is no clash": Case(
        {"a.yaml": "Service a/web app=web", "b.yaml": "Service b/web app=web"},
        ["a.yaml b.yaml"],
    ),
    "the same name of two kinds is no clash": Case(
        {"a.yaml": "Service web app=web", "b.yaml": "Deployment web app=web"},
        ["a.yaml b.yaml"],
    ),
    "a reference that two folders could answer": Case(
        {
            "blue/web.yaml": "Deployment web app=web",
            "green/web.yaml": "Deployment web app=web",
            "svc/web.yaml": "Service web app=web",
        },
        ["blue/web.yaml", "green/web.yaml", "svc/web.yaml"],
    ),
    "a reference that a nearer folder answers": Case(
        {
            "app/svc.yaml": "Service web app=web",
            "app/a/web.yaml": "Deployment web app=web",
            "web.yaml": "Deployment web app=web",
        },
        ["app/svc.yaml app/a/web.yaml", "web.yaml"],
    ),
    "objects whose names are generated": Case({"a.yaml": "ConfigMap /", "b.yaml": "ConfigMap /"}, ["a.yaml b.yaml"]),
    "a file that holds an object twice": Case({"a.yaml": "Service web app=web; Service web app=web"}, ["a.yaml"]),
    "an overlay that holds a whole variant": Case(
        {
            "app/web.yaml": "Service web app=web; Deployment web app=web",
            "app/canary/web.yaml": "Service web app=web; Deployment web app=web",
        },
        ["app/web.yaml", "app/canary/web.yaml"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bundles(tmp_path: Path, case: Case) -> None:
    found = bundles(tmp_path, case.files)
    assert sorted(map(sorted, map(files_of, found))) == sorted(sorted(item.split()) for item in case.bundles)
    assert sum(len(bundle.resources) for bundle in found) == sum(lines.count(";") + 1 for lines in case.files.values())


def test_configured_environments_keep_folders_apart(tmp_path: Path) -> None:
    files = {"blue/svc.yaml": "Service web app=web", "green/web.yaml": "Deployment web app=web"}
    assert len(bundles(tmp_path, files)) == 1
    settings = "# klint\ntargets: [{path: green/**, environment: production}, {path: blue/**, environment: staging}]\n"
    assert len(bundles(tmp_path, {".klint.yaml": settings})) == 2


def test_a_bundle_is_called_after_its_file_or_the_folder_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = bundles(
        Path(),
        {
            "one/all.yaml": "ConfigMap a",
            "two/a.yaml": "ConfigMap a",
            "two/b.yaml": "ConfigMap b",
            "three/x/svc.yaml": "Service web app=web",
            "three/y/web.yaml": "Deployment web app=web",
        },
    )
    assert {bundle.name for bundle in found} == {"one/all.yaml", "two", "three"}
    (top,) = bundles(
        tmp_path / "other", {"a.yaml": "ConfigMap a", "b/c.yaml": "Ingress x web", "b.yaml": "Service web z=z"}
    )
    assert top.name == "other"
    monkeypatch.chdir(tmp_path / "other")
    assert [bundle.name for bundle in Session.of(["."], []).report().bundles] == ["."]
    monkeypatch.chdir("/")
    assert [bundle.name for bundle in Session.of([str(tmp_path / "other")], []).report().bundles] == [
        str(tmp_path / "other").removeprefix("/")
    ]


def test_bundles_do_not_depend_on_where_klint_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, case in CASES.items():
        write(tmp_path / name.replace(" ", "-"), case.files)
    (tmp_path / ".git").mkdir()
    seen = []
    for folder, argument in ((".", "."), ("folders-by-kind", ".."), ("folders-by-kind/services", "../..")):
        monkeypatch.chdir(tmp_path / folder)
        report = Session.of([argument], load_rules()[0]).report()
        assert report.failures == ()
        seen.append(
            (
                sorted(sorted(files_of(bundle)) for bundle in report.bundles),
                sorted(
                    (item.span.source.relative, item.span.line, item.rule, item.message) for item in report.findings
                ),
            )
        )
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1]


SHAPES = {
    "every Service finds its own": ("app=a{0}", "app=a{0}", "f{0}"),
    "every Service finds everything": ("app=a", "app=a", "f{0}"),
    "every Service finds everything in one folder": ("app=a", "app=a", "f"),
    "every Service finds nothing": ("app=a", "app=b{0}", "f{0}"),
    "every Service finds nothing, and all is one folder": ("app=a", "app=b{0}", "f"),
    "every Service all but finds everything": ("app=a", "app=a,tier=b{0}", "f{0}"),
}


@pytest.mark.parametrize(("labels", "selector", "folder"), SHAPES.values(), ids=SHAPES)
def test_time_grows_with_the_number_of_files(tmp_path: Path, labels: str, selector: str, folder: str) -> None:
    rules = load_rules()[0]
    seconds = []
    for count in (100, 1000):
        root = tmp_path / str(count)
        for number in range(count):
            service = manifest(f"Service s{number} {selector.format(number).replace(',', ' ')}")
            pod = manifest(f"Deployment d{number} {labels.format(number)}")
            write(root / folder.format(number), {f"{number}.yaml": f"{service}---\n{pod}"})
        session = Session.of([str(root)], rules)
        assert len(session.workspace.sources)
        started = time.process_time()
        session.report()
        seconds.append(time.process_time() - started)
    assert seconds[1] < 40 * seconds[0] + 1


TEMPLATE = """\
apiVersion: template.openshift.io/v1
kind: Template
metadata: {name: NAME}
objects:
  - {apiVersion: v1, kind: Service, metadata: {name: SERVICE}, spec: {selector: {app: web}, ports: [{port: 80}]}}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: SERVICE}
    spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}}
"""


@pytest.mark.parametrize(("services", "count"), [(("web", "web"), 2), (("web", "api"), 1)])
def test_each_template_is_as_good_as_a_file(tmp_path: Path, services: Iterable[str], count: int) -> None:
    """Of one file those that define the same objects are processed one or the other."""
    text = "---\n".join(TEMPLATE.replace("SERVICE", name).replace("NAME", f"t-{name}") for name in services)
    found = bundles(tmp_path, {"web.yaml": text})
    assert [len(bundle.resources) for bundle in found] == [4 // count] * count
