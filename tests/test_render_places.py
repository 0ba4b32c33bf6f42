"""What is rendered leads to the place that has the value itself, in a document that a person writes, or to none."""

from collections.abc import Iterator
from difflib import ndiff
from pathlib import Path
from textwrap import indent

import pytest

from klint.edits import Edit, edited
from klint.render.helm.charts import read_chart
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.installations import installations
from klint.render.helm.rendering import render_chart
from klint.render.helm.templates import Templates, request
from klint.render.helm.values import ValueSet
from klint.render.kustomize.builder import find_builder
from klint.text.data import is_same, value_at
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Sources
from tests.test_render_kustomize import BASE, Workspace, find

with_kustomize = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")
with_helm = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")


def place(document: Document, *path: str | int) -> str:
    """Where the value itself is written: the span of the place and its path; nothing if it is nowhere."""
    found = document.place(path)
    if found is None:
        return ""
    assert is_same(found.value, value_at(document.data, path))
    return f"{found.span} {'.'.join(map(str, found.path))}"


# Documents that are written


def test_a_written_document_leads_to_itself(tmp_path: Path) -> None:
    document = Workspace(tmp_path, BASE).sources.documents(tmp_path / "base" / "web.yaml")[0]
    assert place(document, "spec", "type") == "base/web.yaml:8:9 spec.type"
    assert place(document, "spec", "ports", 2) == place(document, "spec", "externalIPs") == ""
    assert place(document, "spec", "type", 0) == place(document, "spec", "ports", -1) == ""


# Kustomize


@with_kustomize
@pytest.mark.parametrize(
    ("kustomization", "path", "expected"),
    [
        ("namePrefix: x-\n", ("spec", "type"), "base/web.yaml:8:9 spec.type"),
        ("namePrefix: x-\n", ("spec", "ports"), "base/web.yaml:11:3 spec.ports"),
        ("namePrefix: x-\n", ("spec", "ports", 1, "port"), "base/web.yaml:15:13 spec.ports.1.port"),
        ("namePrefix: x-\n", ("metadata", "name"), ""),
        ("namespace: shop\n", ("metadata", "namespace"), "prod/kustomization.yaml:2:12 namespace"),
        (
            "labels:\n- pairs:\n    team: shop\n",
            ("metadata", "labels", "team"),
            "prod/kustomization.yaml:4:11 labels.0.pairs.team",
        ),
        ("labels:\n- pairs: {team: shop}\n", ("metadata", "labels"), ""),
        (
            (
                "patches:\n- patch: |-\n    kind: Service\n    apiVersion: v1\n    metadata: {name: web}\n"
                "    spec:\n      type: NodePort\n"
            ),
            ("spec", "type"),
            "prod/kustomization.yaml:8:13 spec.type",
        ),
        (
            (
                "patches:\n- target: {kind: Service, name: web}\n  patch: |-\n    - op: replace\n"
                "      path: /spec/ports/0/port\n      value: 8080\n"
            ),
            ("spec", "ports", 0, "port"),
            "prod/kustomization.yaml:7:14 0.value",
        ),
        (
            (
                "patches:\n- target: {kind: Service, name: web}\n  patch: |-\n    - op: add\n"
                "      path: /spec/ports/-\n      value:\n        port: 82\n        nodePort: 30000\n"
            ),
            ("spec", "ports", 2, "nodePort"),
            "prod/kustomization.yaml:9:19 0.value.nodePort",
        ),
        (
            (
                "patches:\n- target: {kind: Service, name: web}\n  patch: |-\n    - op: add\n"
                "      path: /spec/ports/-\n      value: {port: 82}\n"
            ),
            ("spec", "ports"),
            "",
        ),
    ],
)
def test_built_values(tmp_path: Path, kustomization: str, path: DataPath, expected: str) -> None:
    files = {**BASE, "prod/kustomization.yaml": f"resources: [../base]\n{kustomization}"}
    document = find(Workspace(tmp_path, files).build("prod"), "Service", "web")
    assert place(document, *path) == expected


@with_kustomize
def test_other_fields_of_a_kustomization(tmp_path: Path) -> None:
    files = {
        **BASE,
        "prod/kustomization.yaml": "resources: [../base]\nimages: [{name: registry.example.com/web, newTag: '7'}]\n"
        "replicas: [{name: web, count: 3}]\n",
    }
    document = find(Workspace(tmp_path, files).build("prod"), "Deployment")
    containers = ("spec", "template", "spec", "containers")
    assert place(document, "spec", "replicas") == "prod/kustomization.yaml:3:31 replicas.0.count"
    assert place(document, *containers, 1, "image") == ""  # the tag alone is not the value
    image = "spec.template.spec.containers.0.image"
    assert place(document, *containers, 0, "image") == f"base/web.yaml:33:18 {image}"


@with_kustomize
def test_a_list_without_keys_that_a_patch_replaces_is_not_the_base_s(tmp_path: Path) -> None:
    files = {
        "web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        "  - name: web\n    image: x\n    args: [a, b]\n",
        "patch.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        "  - name: web\n    args:\n    - c\n    - b\n",
        "kustomization.yaml": "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n",
    }
    pod = find(Workspace(tmp_path, files).build("."), "Pod")
    args = ("spec", "containers", 0, "args")
    assert place(pod, *args, 0) == "patch.yaml:8:7 spec.containers.0.args.0"
    assert place(pod, *args, 1) == ""
    assert place(pod, "spec", "containers", 0, "image") == "web.yaml:7:12 spec.containers.0.image"


@with_kustomize
def test_a_generator_has_the_name_that_it_gives(tmp_path: Path) -> None:
    generators = "configMapGenerator:\n- name: web\n  literals: [web=web]\n"
    options = "generatorOptions: {disableNameSuffixHash: true}\n"
    plain = find(Workspace(tmp_path / "a", {"kustomization.yaml": generators + options}).build("."), "ConfigMap")
    assert place(plain, "metadata", "name") == "kustomization.yaml:2:9 configMapGenerator.0.name"
    assert place(plain, "data", "web") == ""
    hashed = find(Workspace(tmp_path / "b", {"kustomization.yaml": generators}).build("."), "ConfigMap")
    assert place(hashed, "metadata", "name") == ""


TRANSFORMER = (
    "# why\napiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\ntarget: {kind: Service, name: web}\n"
    "patch: |-\n  - op: replace\n    path: /spec/type\n    value: NodePort\n"
    "  - op: add\n    path: /spec/ports/-\n    value: {port: 82}\n"
)


@with_kustomize
@pytest.mark.parametrize("is_inline", [False, True], ids=["a file", "a text"])
def test_a_patch_in_a_transformer_of_its_own(tmp_path: Path, is_inline: bool) -> None:
    kustomization = "resources: [../base]\ntransformers:\n" + (
        f"- |\n{indent(TRANSFORMER, '  ')}" if is_inline else "- transformer.yaml\n"
    )
    files = {**BASE, "prod/kustomization.yaml": kustomization, "prod/transformer.yaml": TRANSFORMER}
    service = find(Workspace(tmp_path, files).build("prod"), "Service", "web")
    file, line, column = ("kustomization", 12, 14) if is_inline else ("transformer", 9, 12)
    assert place(service, "spec", "type") == f"prod/{file}.yaml:{line}:{column} 0.value"
    assert service.origin is not None
    (patched,) = service.origin.related(service, ("spec", "ports"))
    assert str(patched[1]).startswith(f"prod/{file}.yaml:{line + 2}:")


# Helm

CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/values.yaml": "service:\n  port: 80\n  type: NodePort\n  name: 'x'\nlabels: {team: shop}\n",
    "chart/templates/web.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-{{ .Values.service.name }}
  labels:
    {{- toYaml .Values.labels | nindent 4 }}
spec:
  type: {{ .Values.service.type }}
  ports:
  - port: {{ .Values.service.port }}
    targetPort: 8080
  - port: {{ add .Values.service.port 1 }}
    targetPort: {{ .Values.service.port | quote }}
""",
}


@pytest.fixture(scope="module")
def helm() -> Iterator[EmbeddedHelm]:
    renderer = EmbeddedHelm()
    yield renderer
    renderer.close()


def rendered(helm: EmbeddedHelm, folder: Path, files: dict[str, str], values: ValueSet | None = None) -> Document:
    workspace = Workspace(folder, files)
    sources = Sources(workspace.relative, workspace.relative, DiskTree(folder))
    templates, values = Templates(read_chart(folder / "chart")), values or ValueSet()
    return find(render_chart(templates, values, helm.render(request(templates, values, sources)), sources), "Service")


@with_helm
def test_values_that_a_template_merely_repeats(helm: EmbeddedHelm, tmp_path: Path) -> None:
    service = rendered(helm, tmp_path, CHART)
    assert place(service, "spec", "type") == "chart/values.yaml:3:9 service.type"
    assert place(service, "spec", "ports", 0, "port") == "chart/values.yaml:2:9 service.port"
    assert place(service, "metadata", "labels", "team") == "chart/values.yaml:5:16 labels.team"
    for path in (("metadata", "name"), ("spec", "ports", 0, "targetPort"), ("spec", "ports", 1, "port"), ("kind",)):
        assert place(service, *path) == ""
    assert place(service, "spec", "ports", 1, "targetPort") == ""  # a string here, a number there


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source:
    path: chart
    helm:
      values: |
        # why
        service:
          type: LoadBalancer
"""
APPLICATION_WITH_OBJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source:
    path: chart
    helm:
      values: "ignored: where there is an object"
      valuesObject:
        service: {port: 8080}
"""


def service_of(helm: EmbeddedHelm, root: Path, files: dict[str, str], application: str) -> Document:
    """The Service of the chart as an Application installs it."""
    documents = Workspace(root, files).sources.documents(root / application)
    (installed,) = installations(documents, DiskTree(root))
    return rendered(helm, root, files, installed.values)


@with_helm
def test_values_in_another_manifest(helm: EmbeddedHelm, tmp_path: Path) -> None:
    files = {**CHART, "app.yaml": APPLICATION, "object.yaml": APPLICATION_WITH_OBJECT}
    service, other = (service_of(helm, tmp_path, files, name) for name in ("app.yaml", "object.yaml"))
    assert str(service.span(("spec", "type"))) == "app.yaml:11:17"
    assert place(service, "spec", "type") == "app.yaml:11:17 service.type"
    assert place(other, "spec", "ports", 0, "port") == "object.yaml:10:25 spec.source.helm.valuesObject.service.port"
    assert place(service, "metadata", "labels", "team") == "chart/values.yaml:5:16 labels.team"


@with_helm
def test_an_inflated_chart_leads_to_the_values_of_the_kustomization(tmp_path: Path) -> None:
    files = {f"prod/charts/web{name.removeprefix('chart')}": text for name, text in CHART.items()}
    files["prod/kustomization.yaml"] = (
        "helmCharts:\n- name: web\n  releaseName: web\n  valuesInline:\n    service:\n      port: 8080\n"
    )
    service = find(Workspace(tmp_path, files).build("prod"), "Service")
    port = "helmCharts.0.valuesInline.service.port"
    assert place(service, "spec", "ports", 0, "port") == f"prod/kustomization.yaml:6:13 {port}"
    assert place(service, "spec", "type") == "prod/charts/web/values.yaml:3:9 service.type"


# Edits


def changed_lines(edit: Edit | None) -> list[str]:
    """The lines of a file that an edit takes out and puts in; none if there is no edit."""
    if edit is None:
        return []
    before, after = edit.span.source.text.split("\n"), edited(edit.span.source.text, [edit]).split("\n")
    return [f"{edit.span.file}: {line}" for line in ndiff(before, after) if line[0] in "-+"]


@with_kustomize
def test_a_built_value_is_changed_where_it_is_written(tmp_path: Path) -> None:
    kustomization = (
        "resources: [../base]\nnamespace: shop\npatches:\n- target: {kind: Service, name: web}\n  patch: |-\n"
        "    - op: replace\n      path: /spec/type # why\n      value: NodePort\n"
    )
    service = find(
        Workspace(tmp_path, {**BASE, "prod/kustomization.yaml": kustomization}).build("prod"), "Service", "web"
    )
    whole = Place(service, ())
    assert changed_lines(whole.below("spec", "type").replace("LoadBalancer")) == [
        "prod/kustomization.yaml: -       value: NodePort",
        "prod/kustomization.yaml: +       value: LoadBalancer",
    ]
    assert changed_lines(whole.below("metadata", "namespace").replace("x")) == [
        "prod/kustomization.yaml: - namespace: shop",
        "prod/kustomization.yaml: + namespace: x",
    ]
    assert changed_lines(whole.below("spec", "ports", 1).insert("nodePort", 30000)) == [
        "base/web.yaml: +       nodePort: 30000"
    ]
    assert changed_lines(whole.below("spec", "ports", 1).remove()) == [
        "base/web.yaml: -     - name: admin",
        "base/web.yaml: -       port: 81",
    ]
    assert whole.below("spec").insert("clusterIP", "None") is None  # the patch and the base both have some of it
    assert whole.replace({}) is None


@with_helm
def test_a_rendered_value_is_changed_in_the_values(helm: EmbeddedHelm, tmp_path: Path) -> None:
    files = {**CHART, "app.yaml": APPLICATION, "object.yaml": APPLICATION_WITH_OBJECT}
    whole, other = (Place(service_of(helm, tmp_path, files, name), ()) for name in ("app.yaml", "object.yaml"))
    assert changed_lines(whole.below("spec", "type").replace("ClusterIP")) == [
        "app.yaml: -           type: LoadBalancer",
        "app.yaml: +           type: ClusterIP",
    ]
    assert changed_lines(other.below("spec", "ports", 0, "port").replace(80)) == [
        "object.yaml: -         service: {port: 8080}",
        "object.yaml: +         service: {port: 80}",
    ]
    assert changed_lines(whole.below("metadata", "labels", "team").remove()) == [
        "chart/values.yaml: - labels: {team: shop}",
        "chart/values.yaml: + labels: {}",
    ]
    assert whole.below("kind").replace("Pod") is None  # a line of the template
    assert whole.below("spec", "ports", 0, "targetPort").remove() is None
