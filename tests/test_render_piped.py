"""Rendered text on standard input: it leads back to the sources it names."""

import io
from pathlib import Path

import pytest

from klint.render.piped import ORIGIN, _template, trace_piped
from klint.text.document import Document
from tests.growth import assert_linear
from tests.sessions import opened

TEMPLATE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  type: NodePort
  ports:
    - port: 80
      nodePort: {{ .Values.nodePort }}
"""
RENDERED = """\
---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  ports:
    - port: 80
      nodePort: 8080
"""
OVERLAID = f"""\
apiVersion: v1
kind: Service
metadata:
  name: prod-web
  annotations:
    {ORIGIN}: |
      path: ../base/service.yaml
spec:
  type: NodePort
  externalIPs: [192.0.2.1]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def chart(folder: str, name: str = "shop", template: str = TEMPLATE) -> dict[str, str]:
    metadata = f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n"
    return {f"{folder}/Chart.yaml": metadata, f"{folder}/templates/service.yaml": template}


def piped(text: str) -> Document:
    workspace = opened("-", stdin=io.BytesIO(text.encode()))
    (document,) = workspace.documents
    return document


def places(document: Document, *paths: tuple[str | int, ...]) -> list[str]:
    return [f"{'~' if document.span(path).approximate else ''}{document.span(path)}" for path in paths]


def test_helm_template_leads_to_the_template(root: Path) -> None:
    """A line that stands there as it is, or whose key does, is found; what is neither leads to the template's start."""
    write(root, chart("deploy/shop"))
    document = piped(RENDERED)
    assert places(document, ("spec", "type"), ("spec", "ports", 0, "nodePort"), ("metadata", "name")) == [
        "~deploy/shop/templates/service.yaml:6:3",
        "~deploy/shop/templates/service.yaml:9:7",
        "~deploy/shop/templates/service.yaml:4:3",
    ]


def test_line_that_the_template_has_twice_leads_to_its_start(root: Path) -> None:
    write(root, chart("shop", template=TEMPLATE + TEMPLATE))
    assert places(piped(RENDERED), ("spec", "type")) == ["~shop/templates/service.yaml:1:1"]


def test_subchart(root: Path) -> None:
    write(root, chart("app", "app") | chart("app/charts/shop"))
    document = piped(RENDERED.replace("shop/", "app/charts/shop/"))
    assert places(document, ("spec", "type")) == ["~app/charts/shop/templates/service.yaml:6:3"]


STAYS = [
    ({}, RENDERED),
    (chart("one") | chart("two"), RENDERED),
    (chart("shop", "store"), RENDERED),
    (chart("shop"), RENDERED.replace("service.yaml", "gone.yaml")),
    (chart("shop"), RENDERED.replace("# Source: ", "# Sauce: ")),
    (chart("shop"), RENDERED.replace("---\n# Source: shop", "---\nkey: 1\n# Source: shop")),
    ({"base/kustomization.yaml": "", "base/service.yaml": "kind: Service\nmetadata: {name: api}\n"}, OVERLAID),
    ({"base/service.yaml": "kind: Service\nmetadata: {name: web}\n"}, OVERLAID),
    ({}, OVERLAID.replace("path: ../base/service.yaml", "path: [")),
    ({}, OVERLAID.replace("../base", "../../../../../../etc")),
]


@pytest.mark.parametrize(("files", "text"), STAYS)
def test_what_the_sources_do_not_answer_stays_where_it_is(root: Path, files: dict[str, str], text: str) -> None:
    write(root, files)
    document = piped(text)
    assert document.origin is None
    assert document.span(("spec", "type")).file == "<stdin>"


def test_kustomize_origin_leads_to_the_object(root: Path) -> None:
    """The path is relative to whatever was built; a kustomization from which it leads to such an object tells."""
    written = (
        "kind: ConfigMap\nmetadata: {name: web}\n---\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: NodePort\n"
    )
    write(root, {"prod/kustomization.yaml": "", "base/kustomization.yaml": "", "base/service.yaml": written})
    document = piped(OVERLAID)
    assert places(document, ("spec", "type"), ("spec", "externalIPs")) == [
        "~base/service.yaml:8:9",
        "~base/service.yaml:7:1",
    ]


def test_files_are_left_alone(root: Path) -> None:
    """A rendered file that is kept in the workspace is a file like others."""
    write(root, chart("shop") | {"rendered.yaml": RENDERED})
    workspace = opened("rendered.yaml")
    assert trace_piped(workspace, root) is workspace


def test_blank_lines_cost_a_look_each() -> None:
    assert_linear(lambda size: "---\n" + " \n#\n" * size + "kind: x\n", _template)
