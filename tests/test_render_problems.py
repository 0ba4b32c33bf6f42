"""What is said of charts and kustomizations that are not rendered, and of what they render to."""

import json
import os
from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.render.helm.answer import Answer
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.request import TemplateRequest
from klint.render.kustomize.builder import find_builder
from klint.render.outcomes import InterruptedRenderError
from klint.render.sandbox import Finished
from klint.report.text import line
from klint.session import Options, Session
from klint.workspace.rendering import Missing

needs_helm = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
needs_kustomize = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")

CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Said":
    monkeypatch.chdir(tmp_path)
    return Said(tmp_path)


class Said:
    """Lints files as `klint check` does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        rules, _ = load_rules()
        report = Session.of(["."], rules, options=Options(use_cache=False)).report()
        assert not report.failures
        return [line(finding) for finding in report.findings]


def test_charts_without_helm_are_a_note(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.helm.jobs.find_helm", lambda: None)
    (found,) = said({"a/Chart.yaml": CHART, "b/Chart.yaml": CHART})
    assert found.startswith("a/Chart.yaml:1:1: note: 2 Helm charts: not rendered and so not linted; install")


@needs_helm
def test_klints_limits_are_no_mistakes_of_a_chart(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long is a note that names the sets of values; with the others the chart is linted."""
    render = EmbeddedHelm.render

    def slow(helm: EmbeddedHelm, request: TemplateRequest) -> Answer:
        if "slow: true\n" in request.texts:
            raise InterruptedRenderError("it takes longer than 30 seconds")
        return render(helm, request)

    monkeypatch.setattr(EmbeddedHelm, "render", slow)
    files = {
        "a/Chart.yaml": CHART,
        "a/values-production.yaml": "slow: true\n",
        "a/values-staging.yaml": "slow: true\n",
        "a/templates/a.yaml": CONFIG_MAP,
    }
    (found,) = said(files)
    assert found == (
        "a/Chart.yaml:1:1: note: Chart a is not linted: it takes longer than 30 seconds "
        "(met by values-production.yaml, values-staging.yaml) [incomplete-rendering]"
    )
    workspace = Session.of(["."], options=Options(use_cache=False)).workspace
    assert [bool(item.documents) for item in workspace.renderings] == [True, False, False]
    assert {gap.missing for item in workspace.renderings for gap in item.gaps} == {Missing.LIMITS}
    assert Missing.LIMITS.summary(1) == (
        "1 folder is linted without its renderings past klint's limits: lint what the pipeline makes of it"
    )


@needs_helm
def test_output_past_its_limit_is_a_note(said: Said) -> None:
    text = '{{ repeat 70000000 "x" }}'
    (found,) = said({"a/Chart.yaml": CHART, "a/templates/a.yaml": f"a: {text}\n"})
    assert found.startswith("a/Chart.yaml:1:1: note: Chart a is not linted: it makes more than 64 MiB")


def test_a_chart_that_is_too_large_is_a_note(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.helm.charts.MAX_CHART_SIZE", 10)
    assert said({"a/Chart.yaml": CHART}) == [
        "a/Chart.yaml:1:1: note: Chart a is not linted: it is larger than 0 MiB [incomplete-rendering]"
    ]


@needs_kustomize
@pytest.mark.parametrize(
    ("ended", "why"), [("output", "it makes more than 64 MiB"), ("crash", "what renders it ran out of memory")]
)
def test_klints_limits_are_no_mistakes_of_a_kustomization(
    said: Said, monkeypatch: pytest.MonkeyPatch, ended: str, why: str
) -> None:
    monkeypatch.setattr("klint.render.sandbox.Sandbox.run", lambda *_, **__: Finished(2, "", "", ended))
    (found,) = said({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": CONFIG_MAP})
    assert found.startswith(f"kustomization.yaml:1:1: note: This kustomization is not built: {why}")


def test_kustomizations_without_kustomize_are_a_note_and_linted_as_written(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("klint.render.kustomize.builder.find_builder", lambda _: None)
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: NodePort\n  selector: {a: b}\n"
    found = said(
        {
            "kustomization.yaml": "resources: [web.yaml]\n",
            "web.yaml": f"{service}  ports: [{{port: 80, nodePort: 1}}]\n",
        }
    )
    assert [text.partition(": ")[0] for text in found] == ["kustomization.yaml:1:1", "web.yaml:7:32"]
    assert "1 kustomization: linted as written, not as built" in found[0]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_what_a_chart_renders_to_may_be_no_yaml(said: Said) -> None:
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: 1\n  a: 2\n---\nkind: Pod\nspec: [\n"
    found = said({"shop/Chart.yaml": CHART, "shop/templates/a.yaml": template})
    assert [text.rpartition("[")[2] for text in found] == ["duplicate-key]", "syntax-error]"]
    assert found[0].startswith("shop/templates/a.yaml:6:3: ")
    assert found[1].startswith("shop/templates/a.yaml:9:")


# What a chart is asked with

SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector: {app: shop}
  ports: [{port: 0}]
"""
APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
spec:
  source:
    path: shop
    helm:
      releaseName: RELEASE
      valueFiles: [FILE]
  destination:
    namespace: NAMESPACE
"""
RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
spec:
  releaseName: RELEASE
  targetNamespace: NAMESPACE
  chart:
    spec:
      chart: ./shop/
      sourceRef: {kind: GitRepository, name: here}
      valuesFiles: [FILE]
"""
NAMES = "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Values.a }}"
MAKERS = {
    "apps/a.yaml": (APPLICATION, {"RELEASE": "9:20", "NAMESPACE": "12:16", "FILE": "10:20"}),
    "releases/a.yaml": (RELEASE, {"RELEASE": "6:16", "NAMESPACE": "7:20", "FILE": "12:21"}),
}


def installed(maker: str, **given: str) -> dict[str, str]:
    """A chart, and an object that installs it."""
    text = MAKERS[maker][0]
    for word, value in {"RELEASE": "web", "NAMESPACE": "shop", "FILE": "values.yaml", **given}.items():
        text = text.replace(word, value)
    template = SERVICE.replace("name: shop", f"name: shop\n  annotations: {{a: '{NAMES}'}}")
    values = "values.yaml" if maker.startswith("apps") else "shop/values.yaml"
    return {
        maker: text.replace("[values.yaml]", f"[{values}]"),
        "shop/Chart.yaml": CHART,
        "shop/values.yaml": "a: 1\n",
        "shop/templates/a.yaml": template,
    }


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("word", "value", "what"),
    [
        ("RELEASE", "--post-renderer=./x.sh", "name of a release"),
        ("RELEASE", "Web_", "name of a release"),
        ("NAMESPACE", "--kubeconfig=x", "namespace"),
    ],
)
def test_what_is_no_name_is_said_where_it_is_written(said: Said, maker: str, word: str, value: str, what: str) -> None:
    """And the chart is rendered with its other sets of values all the same."""
    found = said(installed(maker, **{word: value}))
    assert [text for text in found if "unrendered" in text] == [
        (
            f"{maker}:{MAKERS[maker][1][word]}: error: Chart shop does not render: '{value}' is no {what} "
            f"(met by {maker}) [unrendered]"
        )
    ]
    assert [text.partition(": ")[0] for text in found if "invalid-service" in text] == ["shop/templates/a.yaml:8:18"]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("word", ["RELEASE", "NAMESPACE"])
def test_a_name_that_is_still_to_be_filled_in_is_none(said: Said, maker: str, word: str) -> None:
    assert [text for text in said(installed(maker, **{word: "'${NAME}'"})) if "unrendered" in text] == []


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("kind", ["nowhere", "outside", "link", "pipe"])
def test_a_values_file_that_the_workspace_does_not_have(
    said: Said, tmp_path_factory: pytest.TempPathFactory, maker: str, kind: str
) -> None:
    """It is read from nowhere else, and what it may say leaves open what the chart renders to."""
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("a: canary\n")
    name = {"outside": f"../../{outside.parent.name}/secret.yaml"}.get(kind, "other.yaml")
    files = installed(maker, FILE=name)
    folder = said.folder / ("shop" if maker.startswith("apps") else ".")
    folder.mkdir(exist_ok=True)
    if kind == "link":
        (folder / "other.yaml").symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(folder / "other.yaml")
    (said.folder / ".git").mkdir()
    found = said(files)
    assert "canary" not in "\n".join(found)
    assert [text for text in found if text.startswith(maker)] == [
        (
            f"{maker}:{MAKERS[maker][1]['FILE']}: note: Chart shop is linted without the values file {name}, "
            "which is not in the workspace [incomplete-rendering]"
        )
    ]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
@pytest.mark.parametrize("where", ["", "charts/part/"])
@pytest.mark.parametrize("kind", ["outside", "inside", "none"])
def test_own_values_that_are_not_read_leave_nothing_to_lint(
    said: Said, tmp_path_factory: pytest.TempPathFactory, where: str, kind: str
) -> None:
    """What a template makes of no values is no mistake of the chart, unless it has none."""
    outside = tmp_path_factory.mktemp("outside") / "values.yaml"
    outside.write_text("number: 1\n")
    template = (
        'apiVersion: v1\nkind: Service\nmetadata: {name: "x-{{ .Values.number }}"}\n'
        "spec: {type: ExternalName, externalName: example.com}\n"
    )
    folder = said.folder / "shop" / where
    folder.mkdir(parents=True)
    if kind != "none":
        (folder / "values.yaml").symlink_to(outside if kind == "outside" else said.folder / "number.yaml")
    found = said(
        {
            "number.yaml": "number: 1\n",
            "shop/Chart.yaml": CHART,
            "shop/values-prod.yaml": "a: 1\n",
            f"shop/{where}Chart.yaml": CHART if not where else CHART.replace("shop", "part"),
            f"shop/{where}templates/a.yaml": template,
        }
    )
    rules = {text.rpartition(" [")[2] for text in found}
    assert rules == {"outside": {"incomplete-rendering]"}, "inside": set(), "none": {"invalid-service]"}}[kind]
    if kind == "outside":
        message = f"Chart shop is not linted without its file {where}values.yaml: it leads out of the workspace"
        assert found == [f"shop/Chart.yaml:1:1: note: {message} [incomplete-rendering]"]


def test_values_that_the_configuration_names_outside(said: Said, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("a: canary\n")
    (said.folder / "link.yaml").symlink_to(outside)
    for name, text in installed("apps/a.yaml").items():
        (said.folder / name).parent.mkdir(exist_ok=True)
        (said.folder / name).write_text(text)
    for value in ("link.yaml", f"../{outside.parent.name}/secret.yaml", str(outside)):
        (said.folder / ".klint.yaml").write_text(f"charts: [{{path: shop, values: ['{value}']}}]\n")
        workspace = Session.of(["."], options=Options(use_cache=False)).workspace
        assert [failure.message for failure in workspace.failures] == ["The workspace has no such values file"]
        assert "canary" not in str([document.text for item in workspace.renderings for document in item.documents])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("release: --post-renderer=./x.sh", "'--post-renderer=./x.sh' is no name of a release"),
        ("namespace: --debug", "'--debug' is no namespace"),
        ("api-versions: [--debug]", "'--debug' is no API version"),
    ],
)
def test_names_in_the_configuration(said: Said, setting: str, message: str) -> None:
    for name, text in {**installed("apps/a.yaml"), ".klint.yaml": f"charts:\n  - path: shop\n    {setting}\n"}.items():
        (said.folder / name).parent.mkdir(exist_ok=True)
        (said.folder / name).write_text(text)
    workspace = Session.of(["."], options=Options(use_cache=False)).workspace
    assert [(item.where, item.message) for item in workspace.failures] == [(".klint.yaml:2:5", message)]
    assert [rendering.values for rendering in workspace.renderings] == ["", "apps/a.yaml"]


def test_parameters_as_argo_cd_hands_them_on(said: Said) -> None:
    parameters = "parameters: [{name: a, value: 'x,y=z'}, {name: b, value: '{1,2}'}, {name: c, value: 'd\\,e'}]"
    template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {all: {{ .Values | toJson | quote }}}\n"
    files = {**installed("apps/a.yaml"), "shop/templates/a.yaml": template}
    files["apps/a.yaml"] = files["apps/a.yaml"].replace("releaseName", f"{parameters}\n      releaseName")
    for name, text in files.items():
        (said.folder / name).parent.mkdir(exist_ok=True)
        (said.folder / name).write_text(text)
    (_, argo) = Session.of(["."], options=Options(use_cache=False)).workspace.renderings
    assert json.loads(argo.documents[0].data["data"]["all"]) == {"a": "x,y=z", "b": [1, 2], "c": "d,e"}


# What is a mistake, and what klint was not given


REQUIRED = SERVICE.replace("name: shop", 'name: {{ required "a name is needed" .Values.name }}')


def test_values_that_are_not_enough_by_themselves(said: Said) -> None:
    files = {"shop/Chart.yaml": CHART, "shop/values.yaml": "a: 1\n", "shop/templates/a.yaml": REQUIRED}
    (found,) = said(files)
    assert found == "shop/templates/a.yaml:4:3: error: Chart shop does not render: a name is needed [unrendered]"
    # What the page of the rule recommends.
    settings = {".klint.yaml": "charts:\n  - path: shop\n    set: [name=shop]\n"}
    assert ["unrendered" in text for text in said({**files, **settings})] == [False]
    files["shop/values-prod.yaml"] = "name: shop\n"
    assert ["unrendered" in text for text in said({**files, ".klint.yaml": ""})] == [False]


def test_a_mistake_that_no_set_of_values_avoids_is_said_once(said: Said) -> None:
    files = {f"shop/values-{number}.yaml": f"a: {number}\n" for number in range(5)}
    (found,) = said({"shop/Chart.yaml": CHART, "shop/templates/a.yaml": "a: {{ fail `no` }}\n", **files})
    assert found == (
        "shop/templates/a.yaml:1:1: error: Chart shop does not render: no "
        "(met by values-0.yaml, values-1.yaml, values-2.yaml and 2 more) [unrendered]"
    )


def test_a_set_of_values_that_is_wrong_is_a_mistake(said: Said) -> None:
    files = {
        "shop/values.yaml": "name: shop\n",
        "shop/values-prod.yaml": "name: ''\n",
        "shop/templates/a.yaml": REQUIRED,
    }
    found = said({"shop/Chart.yaml": CHART, **files})
    assert [text.rpartition(": ")[2] for text in found if "unrendered" in text] == [
        "a name is needed (met by values-prod.yaml) [unrendered]"
    ]


DEPENDS = f"{CHART}dependencies:\n  - name: lib\n    version: 1.x\n    repository: https://charts.example.com\n"
WITHOUT = (
    "shop/Chart.yaml:5:11: note: Chart shop {} without its dependency lib, which is not in charts/ "
    "[incomplete-rendering]"
)


def test_a_helper_of_a_library_that_is_missing_is_no_mistake(said: Said) -> None:
    files = {"shop/Chart.yaml": DEPENDS, "shop/templates/a.yaml": 'a: {{ include "lib.labels" . }}\n'}
    assert said(files) == [WITHOUT.format("does not render")]
    values = {f"shop/values-{number}.yaml": f"a: {number}\n" for number in range(5)}
    assert said({**files, **values}) == [WITHOUT.format("does not render")]
    found = said({**files, "shop/templates/b.yaml": "a: {{ if }}\n"})
    assert ["missing value for if" in text for text in found] == [False, True]


def test_what_may_be_in_a_dependency_that_is_missing_is_unknown(said: Said) -> None:
    route = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: lib, port: {number: 80}}}
"""
    files = {"shop/templates/a.yaml": SERVICE.replace("port: 0", "port: 80"), "shop/templates/b.yaml": route}
    assert said({"shop/Chart.yaml": DEPENDS, **files}) == [WITHOUT.format("is linted")]
    (found,) = said({"shop/Chart.yaml": CHART})
    assert "[dangling-backend]" in found


def test_a_dependency_in_the_workspace_is_edited_where_it_lies(said: Said) -> None:
    library = {"lib/Chart.yaml": CHART.replace("shop", "lib").replace("0.1", "1.1"), "lib/templates/a.yaml": SERVICE}
    found = said({"shop/Chart.yaml": DEPENDS, **library})
    assert [text.partition(" ")[0] for text in found] == ["lib/templates/a.yaml:7:18:"]


def test_the_newest_kubernetes_that_a_chart_is_for(said: Said) -> None:
    old = f"{CHART}kubeVersion: '>=1.16.0 <1.20.0-0'\n"
    template = f'{{{{ if ne .Capabilities.KubeVersion.Minor "19" }}}}{{{{ fail `no` }}}}{{{{ end }}}}\n{SERVICE}'
    files = {"shop/Chart.yaml": old, "shop/templates/a.yaml": template}
    assert ["unrendered" in text for text in said(files)] == [False]
    found = said({**files, ".klint.yaml": "charts:\n  - path: shop\n    kubernetes: '1.30'\n"})
    assert [text for text in found if "unrendered" in text] == [
        (
            "shop/Chart.yaml:4:14: error: Chart shop does not render: it is for Kubernetes >=1.16.0 <1.20.0-0, "
            "and the target has 1.30 (met by settings) [unrendered]"
        )
    ]


def test_manifests_beside_the_templates_are_linted(said: Said) -> None:
    files = {
        "shop/Chart.yaml": CHART,
        "shop/templates/a.yaml": '{{ .Files.Get "files/used.yaml" }}',
        "shop/files/used.yaml": SERVICE,
        "shop/examples/service.yaml": SERVICE,
        "shop/service.yaml": SERVICE,
    }
    found = [text for text in said(files) if "invalid-service" in text]
    assert [text.partition(": ")[0] for text in found] == [
        "shop/examples/service.yaml:7:18",
        "shop/service.yaml:7:18",
        "shop/templates/a.yaml:1:1",
    ]


# What other bundles refer to


def routed(name: str) -> dict[str, str]:
    """A folder that has a Service of its own, and an Ingress that leads to another one."""
    route = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: door}\nspec:\n  ingressClassName: nginx\n"
        f"  defaultBackend: {{service: {{name: {name}, port: {{number: 80}}}}}}\n"
    )
    own = SERVICE.replace("name: shop", "name: other").replace("port: 0", "port: 80")
    return {"web/route.yaml": f"{route}---\n{own}"}


FAILS = '{{ required "a name is needed" .Values.x }}\n'
INSTALLED_AS = "charts: [{path: shop, release: store}]\n"
UNSEEN = {
    "in a template": ("shop", {"shop/templates/a.yaml": f"{FAILS}{SERVICE}"}),
    "in values": ("till", {"shop/templates/a.yaml": FAILS, "shop/values.yaml": "fullnameOverride: till\n"}),
    "of the release and the chart": (
        "store-shop",
        {"shop/templates/a.yaml": FAILS, ".klint.yaml": INSTALLED_AS},
    ),
    "of a dependency": ("lib", {"shop/Chart.yaml": DEPENDS}),
    "of the release and a dependency": ("store-lib", {"shop/Chart.yaml": DEPENDS, ".klint.yaml": INSTALLED_AS}),
    "of a dependency, in values": (
        "till",
        {"shop/Chart.yaml": DEPENDS, "shop/values.yaml": "lib: {fullnameOverride: till}\n"},
    ),
}


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
@pytest.mark.parametrize("where", UNSEEN)
def test_what_may_be_in_a_chart_that_nobody_has_seen_is_unknown(said: Said, where: str) -> None:
    """To other bundles, too; what has a name that nothing there could have is not."""
    name, files = UNSEEN[where]
    chart = {"shop/Chart.yaml": CHART, "shop/templates/b.yaml": "kind: ConfigMap\n", **files}
    assert [text for text in said({**chart, **routed(name)}) if "dangling-backend" in text] == []
    assert [text.partition(": ")[0] for text in said(routed("elsewhere")) if "dangling" in text] == [
        "web/route.yaml:6:36"
    ]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_what_a_chart_does_not_render_to_is_missing(said: Said) -> None:
    """It was seen whole, and what else its templates say makes no object."""
    chart = {"shop/Chart.yaml": CHART, "shop/templates/b.yaml": "kind: ConfigMap\n# shop\n"}
    assert ["dangling-backend" in text for text in said({**chart, **routed("shop")})] == [True]
