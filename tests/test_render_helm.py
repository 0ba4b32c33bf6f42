"""Charts: what they render to, and where each rendered line comes from."""

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from klint.render.helm.answer import Answer
from klint.render.helm.binary import HelmBinary, _by_source
from klint.render.helm.charts import Chart, ChartError, ChartFile, find_charts, read_chart
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.marking import MARKER, Daring, mark, read_template
from klint.render.helm.origin import HelmOrigin
from klint.render.helm.rendering import render_chart
from klint.render.helm.request import KUBE_VERSION, SERVED_KINDS, TemplateRequest
from klint.render.helm.sourcemap import map_lines
from klint.render.helm.templates import Templates, request
from klint.render.helm.values import ValueSet
from klint.render.helm.values_files import value_sets
from klint.render.outcomes import RenderError
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Rendering, Sources

CHARTS = Path(__file__).parent / "charts"
NAMES = sorted(path.name for path in CHARTS.iterdir())
KEY = re.compile(r"""\s*(?:- +)*(["']?)([^\s"':#][^"':#]*?)\1\s*:(?=\s|$)""")

pytestmark = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")


@pytest.fixture(scope="module")
def helm() -> Iterator[EmbeddedHelm]:
    renderer = EmbeddedHelm()
    yield renderer
    renderer.close()


def sources(root: Path = CHARTS) -> Sources:
    def relative(path: Path) -> str:
        return path.relative_to(root).as_posix()

    return Sources(relative, relative, DiskTree(root))


def rendered(helm: EmbeddedHelm | HelmBinary, folder: Path, values: ValueSet | None = None) -> Rendering:
    files = sources(folder.parent)
    templates = Templates(read_chart(folder))
    values = values or ValueSet()
    try:
        outcome: Answer | RenderError = helm.render(request(templates, values, files))
    except RenderError as error:
        outcome = error
    return render_chart(templates, values, outcome, files)


def find(rendering: Rendering, kind: str, name: str = "") -> Document:
    found = [
        document
        for document in rendering.documents
        if document.data["kind"] == kind and (not name or document.data["metadata"]["name"] == name)
    ]
    assert len(found) == 1, [document.data["metadata"]["name"] for document in rendering.documents]
    return found[0]


def where(document: Document, *path: str | int) -> str:
    return str(document.span(path))


def related(document: Document, *path: str | int) -> list[str]:
    return (
        [f"{span}: {message}" for message, span in document.origin.related(document, path)] if document.origin else []
    )


@pytest.mark.parametrize("name", NAMES)
def test_markers_change_nothing_but_themselves(helm: EmbeddedHelm, name: str) -> None:
    """With the markers taken out again, the marked rendering is the plain one, save values that a function made of
    marked text: checksums, what is read out of JSON.
    """
    answer = helm.render(request(Templates(read_chart(CHARTS / name)), ValueSet(), sources()))
    assert set(answer.marked) == set(answer.plain)
    for path, plain in answer.plain.items():
        for one, other in zip(plain.split("\n"), answer.marked[path].text.split("\n"), strict=True):
            key = KEY.match(one)
            stripped = MARKER.sub("", other)
            assert stripped == one or (
                key and stripped.startswith(key.group()) and name in ("checksums", "blocks", "files")
            )


@pytest.mark.parametrize("name", NAMES)
def test_exact_lines_hold_what_they_made(helm: EmbeddedHelm, name: str) -> None:
    """A line mapped as exact holds the rendered key literally, or an action that made it. 97 % and more are exact."""
    templates = Templates(read_chart(CHARTS / name))
    answer = helm.render(request(templates, ValueSet(), sources()))
    keyed = exact = 0
    for path, text in answer.plain.items():
        if not path.endswith(".yaml"):
            continue
        origins = map_lines(text, answer.marked.get(path), templates.numbers[path], templates.lines)
        for line, origin in zip(text.split("\n"), origins, strict=True):
            key = KEY.match(line)
            if key is None or templates.lines[origin.file][origin.line - 1].parses:
                continue  # what is read as data has a test of its own
            keyed += 1
            exact += origin.exact
            template = templates.texts[origin.file].split("\n")[origin.line - 1]
            assert not origin.exact or key[2] in template or "{{" in template, (line, template)
    assert keyed > 0
    assert exact / keyed >= 0.97


def test_scaffold_of_helm_create(helm: EmbeddedHelm, tmp_path: Path) -> None:
    """The chart everybody starts from: every line is exact."""
    import helm_python

    helm_python.Chart.create("scaffold", str(tmp_path)).close()
    rendering = rendered(helm, tmp_path / "scaffold")
    service, deployment = find(rendering, "Service"), find(rendering, "Deployment")
    assert where(service, "spec", "type").startswith("scaffold/values.yaml:")
    assert where(deployment, "metadata", "name") == "scaffold/templates/deployment.yaml:4:9"
    assert where(deployment, "spec", "selector", "matchLabels", "app.kubernetes.io/name").startswith(
        "scaffold/templates/_helpers.tpl:"
    )
    assert not any(document.span(("kind",)).approximate for document in rendering.documents)


def test_bare_reference_stands_in_the_values(helm: EmbeddedHelm) -> None:
    document = find(rendered(helm, CHARTS / "library"), "Service")
    path = ("spec", "ports", 0, "nodePort")
    assert where(document, *path) == "library/values.yaml:2:11"
    assert related(document, *path) == ["library/charts/common/templates/_service.tpl:12:17: the template that uses it"]


def test_literal_stands_in_the_template(helm: EmbeddedHelm) -> None:
    document = find(rendered(helm, CHARTS / "library"), "Service")
    assert where(document, "spec", "type") == "library/charts/common/templates/_service.tpl:7:9"
    assert related(document, "spec", "type") == []


def test_value_through_range_and_with(helm: EmbeddedHelm) -> None:
    service = find(rendered(helm, CHARTS / "helpers"), "Service")
    assert where(service, "spec", "ports", 0, "nodePort") == "helpers/values.yaml:9:17"
    assert related(service, "spec", "ports", 0, "nodePort") == [
        "helpers/templates/service.yaml:17:17: the template that uses it"
    ]


def test_value_that_the_template_changes_is_related(helm: EmbeddedHelm) -> None:
    """`default 0` may make something else of it: the template's line is the one to look at first."""
    folder = CHARTS / "environments"
    values = ValueSet("values-prod.yaml", (folder / "values-prod.yaml",))
    document = find(rendered(helm, folder, values), "Deployment")
    path = ("spec", "template", "spec", "containers", 0, "ports", 0, "hostPort")
    assert where(document, *path) == "environments/templates/web.yaml:30:25"
    assert related(document, *path) == ["environments/values-prod.yaml:4:11: the value comes from here"]


def test_block_inside_a_define(helm: EmbeddedHelm) -> None:
    """No action inside a `define` may carry a marker, and yet what it prints is its own."""
    service = find(rendered(helm, CHARTS / "helpers"), "Service")
    assert where(service, "metadata", "labels", "team") == "helpers/values.yaml:18:9"
    assert related(service, "metadata", "labels", "team") == [
        "helpers/templates/_helpers.tpl:12:1: the template that uses it"
    ]


def test_block_of_values_is_traced_into_them(helm: EmbeddedHelm) -> None:
    deployment = find(rendered(helm, CHARTS / "helpers"), "Deployment")
    path = ("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "port")
    assert where(deployment, *path) == "helpers/values.yaml:15:11"
    extra = find(rendered(helm, CHARTS / "documents"), "Service", "release-name-extra")
    assert where(extra, "spec", "ports", 0, "nodePort") == "documents/values.yaml:13:21"


def test_values_file_of_the_set_goes_before_the_charts_own(helm: EmbeddedHelm) -> None:
    folder = CHARTS / "environments"
    sets = {values.name: values for values in value_sets(read_chart(folder))}
    assert list(sets) == ["", "values-prod.yaml", "values.local.yaml", "ci/plain-values.yaml"]
    document = find(rendered(helm, folder, sets["values-prod.yaml"]), "Service")
    assert where(document, "spec", "type") == "environments/values-prod.yaml:2:9"
    document = find(rendered(helm, folder), "Service")
    assert where(document, "spec", "type") == "environments/values.yaml:2:9"


def test_alias_and_condition(helm: EmbeddedHelm) -> None:
    rendering = rendered(helm, CHARTS / "umbrella")
    names = {document.data["metadata"]["name"] for document in rendering.documents}
    assert names == {"release-name", "release-name-backend", "release-name-worker"}
    worker = find(rendering, "Service", "release-name-worker")
    assert where(worker, "spec", "ports", 0, "nodePort") == "umbrella/values.yaml:9:15"
    assert where(worker, "spec", "ports", 0, "port") == "umbrella/charts/backend/values.yaml:3:9"
    assert where(worker, "metadata", "labels", "domain") == "umbrella/values.yaml:2:11"


def test_values_of_every_level(helm: EmbeddedHelm) -> None:
    """A chart two levels down, by its alias, takes values from its own file and from those of the charts above it."""
    database = find(rendered(helm, CHARTS / "nested"), "Service", "release-name-store")
    folder = "nested/charts/backend-chart"
    assert where(database, "spec", "type") == f"{folder}/charts/database/values.yaml:1:7"
    assert where(database, "spec", "ports", 0, "port") == f"{folder}/values.yaml:3:9"
    assert where(database, "spec", "ports", 0, "nodePort") == "nested/values.yaml:3:15"
    assert where(database, "kind") == f"{folder}/charts/database/templates/db/service.yaml:2:7"


def test_which_files_are_templates(helm: EmbeddedHelm) -> None:
    """Any suffix will do; partials, hidden files and what .helmignore names are none."""
    rendering = rendered(helm, CHARTS / "nested")
    assert not rendering.problems
    assert where(find(rendering, "Service", "nested"), "spec", "type") == "nested/templates/service:6:9"
    assert {document.data["kind"] for document in rendering.documents} == {"Service"}


def test_blocks_that_trim_what_follows(helm: EmbeddedHelm) -> None:
    service = find(rendered(helm, CHARTS / "blocks"), "Service")
    assert where(service, "metadata", "labels", "team") == "blocks/values.yaml:3:9"
    assert where(service, "metadata", "annotations", "owner") == "blocks/values.yaml:6:10"
    assert where(service, "spec", "ports", 0, "nodePort") == "blocks/values.yaml:1:11"


def test_key_before_a_block_that_a_template_call_prints(helm: EmbeddedHelm) -> None:
    """The call's marker stands behind the last line of the block, and the key is in the first."""
    texts = find(rendered(helm, CHARTS / "blocks"), "ConfigMap")
    assert where(texts, "metadata") == "blocks/templates/service.yaml:22:1"
    assert not texts.span(("metadata",)).approximate
    assert where(texts, "metadata", "name") == "blocks/templates/_helpers.tpl:37:9"


def test_text_of_a_helper_that_is_no_line_of_its_own(helm: EmbeddedHelm) -> None:
    """A helper's line says nothing about a line that holds its text in the middle of a value."""
    texts = find(rendered(helm, CHARTS / "blocks"), "ConfigMap")
    assert where(texts, "data", "pairs") == "blocks/templates/service.yaml:24:10"
    assert not texts.span(("data", "pairs")).approximate


def test_packed_subchart_stands_at_its_dependency(helm: EmbeddedHelm, tmp_path: Path) -> None:
    """What comes out of an archive cannot be edited: the dependency's line stands for it, approximately."""
    folder = tmp_path / "umbrella"
    shutil.copytree(CHARTS / "umbrella", folder)
    packed = read_chart(folder / "charts" / "backend").archive()
    shutil.rmtree(folder / "charts" / "backend")
    (folder / "charts" / "backend-0.1.0.tgz").write_bytes(packed)
    worker = find(rendered(helm, folder), "Service", "release-name-worker")
    span = worker.span(("metadata", "name"))
    assert str(span) == "umbrella/Chart.yaml:5:11"
    assert span.approximate
    assert where(worker, "spec", "ports", 0, "nodePort") == "umbrella/values.yaml:9:15"


def test_crds_are_part_of_the_chart(helm: EmbeddedHelm) -> None:
    rendering = rendered(helm, CHARTS / "crds")
    assert where(find(rendering, "CustomResourceDefinition"), "kind") == "crds/crds/widgets.yaml:2:7"
    assert find(rendering, "Widget")


DEFINED = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: NAME}\n"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ("", {"own", "a", "b", "deep", "loose"}),
        ("a: {enabled: false}\n", {"own", "b", "loose"}),
        ("a: {b: {used: false}}\n", {"own", "a", "b", "loose"}),
        ("tags: {more: false}\n", {"own", "a", "deep", "loose"}),
        ("tags: {more: false, extra: true}\n", {"own", "a", "b", "deep", "loose"}),
    ],
)
def test_crds_of_subcharts_that_are_on_are_part_of_it(
    helm: EmbeddedHelm, tmp_path: Path, values: str, names: set[str]
) -> None:
    chart = "apiVersion: v2\nname: NAME\nversion: 0.1.0\n"
    files = {
        "Chart.yaml": chart.replace("NAME", "x") + "dependencies:\n- {name: a, version: 0.1.0, condition: a.enabled}\n"
        "- {name: b, version: 0.1.0, tags: [more, extra]}\n",
        "values.yaml": values,
        "crds/nested/own.yaml": DEFINED.replace("NAME", "own"),
        "charts/a/Chart.yaml": chart.replace("NAME", "a")
        + "dependencies:\n- {name: b, alias: c, version: 0.1.0, condition: b.used}\n",
        "charts/a/crds/a.yaml": DEFINED.replace("NAME", "a"),
        "charts/a/charts/b/Chart.yaml": chart.replace("NAME", "b"),
        "charts/a/charts/b/crds/deep.yaml": DEFINED.replace("NAME", "deep"),
        "charts/b/Chart.yaml": chart.replace("NAME", "b"),
        "charts/b/crds/b.yaml": DEFINED.replace("NAME", "b"),
        "charts/b/templates/crds/no.yaml": "",
        "charts/loose/Chart.yaml": chart.replace("NAME", "loose"),
        "charts/loose/crds/loose.yaml": DEFINED.replace("NAME", "loose"),
    }
    assert {item.data["metadata"]["name"] for item in render_files(helm, tmp_path, files)} == names


def test_crds_of_packed_subcharts_stand_where_these_are_asked_for(helm: EmbeddedHelm, tmp_path: Path) -> None:
    packed = {"Chart.yaml": "apiVersion: v2\nname: a\nversion: 0.1.0\n", "crds/a.yaml": DEFINED.replace("NAME", "a")}
    (tmp_path / "charts").mkdir()
    with tarfile.open(tmp_path / "charts/a.tgz", "w:gz") as archive:
        for name, text in packed.items():
            member = tarfile.TarInfo(f"a/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    dependencies = "dependencies:\n- {name: a, version: 0.1.0, condition: a.enabled}\n"
    files = {"Chart.yaml": f"apiVersion: v2\nname: x\nversion: 0.1.0\n{dependencies}", "values.yaml": ""}
    (definition,) = render_files(helm, tmp_path, files)
    assert definition.data["metadata"]["name"] == "a"
    assert str(definition.span(("metadata", "name"))) == f"{tmp_path}/Chart.yaml:5:10"
    assert render_files(helm, tmp_path, {**files, "values.yaml": "a: {enabled: false}"}) == []


@pytest.mark.parametrize("given", ["a: null", "a: {enabled: null}", "a: {enabled: true}", "{}"])
def test_null_takes_away_what_the_chart_has_off(helm: EmbeddedHelm, tmp_path: Path, given: str) -> None:
    """As the renderer has it: what klint adds is there with what that renders."""
    chart = "apiVersion: v2\nname: NAME\nversion: 0.1.0\n"
    files = {
        "Chart.yaml": chart.replace("NAME", "x") + "dependencies:\n- {name: a, version: 0.1.0, condition: a.enabled}\n",
        "values.yaml": "a: {enabled: false}",
        "given.yaml": given,
        "charts/a/Chart.yaml": chart.replace("NAME", "a"),
        "charts/a/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "charts/a/crds/a.yaml": DEFINED.replace("NAME", "a"),
    }
    documents = render_files(helm, tmp_path, files, ValueSet(files=(tmp_path / "given.yaml",)))
    assert [item.data["kind"] for item in documents] == ["ConfigMap", "CustomResourceDefinition"] * (given != "{}")


def test_api_versions_and_names(helm: EmbeddedHelm) -> None:
    values = ValueSet("", (), (), ("replicas=5",), "shop", "prod", "1.30", ("gateway.networking.k8s.io/v1",))
    rendering = rendered(helm, CHARTS / "crds", values)
    assert find(rendering, "HTTPRoute").data["spec"]["replicas"] == 5


def test_text_in_block_scalars_is_text(helm: EmbeddedHelm) -> None:
    rendering = rendered(helm, CHARTS / "documents")
    assert [document.data["kind"] for document in rendering.documents] == ["ConfigMap", "Service", "Service"]
    config = find(rendering, "ConfigMap")
    assert "type: NodePort" in config.data["data"]["manifest.yaml"]
    assert "#K" not in str(config.data)
    assert where(config, "data", "json") == "documents/templates/all.yaml:25:9"


ERRORS = [
    ("a: {{ .Values.x.y }}", "nil pointer evaluating interface {}.y"),
    ("a: {{ .Values.x", "unclosed action"),
    ('a: {{ required "say where" .Values.host }}', "say where"),
    ('a: {{ fail "not today" }}', "not today"),
    ('a: {{ include "nowhere" . }}', "no template"),
    ("{{- if }}\n{{ end }}", "missing value for if"),
]


@pytest.mark.parametrize(("template", "message"), ERRORS)
def test_template_error_stands_at_its_line(helm: EmbeddedHelm, tmp_path: Path, template: str, message: str) -> None:
    folder = write_chart(tmp_path, f"kind: ConfigMap\n{template}\n")
    rendering = rendered(helm, folder)
    (problem,) = rendering.problems
    assert problem.rule == "unrendered"
    assert message in problem.message
    assert str(problem.span).startswith("chart/templates/x.yaml:2:")


def test_error_in_a_helper_stands_in_the_helper(helm: EmbeddedHelm, tmp_path: Path) -> None:
    """The innermost of the places that the engine names, and what it says there."""
    folder = write_chart(tmp_path, 'kind: ConfigMap\na: {{ include "h" . }}\n')
    (folder / "templates" / "_h.tpl").write_text('{{ define "h" }}\n{{ .Values.x.y }}\n{{ end }}\n')
    (problem,) = rendered(helm, folder).problems
    assert str(problem.span) == "chart/templates/_h.tpl:2:1"
    assert problem.message == ("Chart chart does not render: at <.Values.x.y>: nil pointer evaluating interface {}.y")


@pytest.mark.parametrize("name", ["values.yaml", "values-x.yaml"])
def test_values_that_are_no_yaml(helm: EmbeddedHelm, tmp_path: Path, name: str) -> None:
    folder = write_chart(tmp_path, "kind: ConfigMap\n")
    (folder / name).write_text("a: 1\nb: 'x\n")
    (problem,) = rendered(helm, folder, ValueSet(name, (folder / name,))).problems
    assert str(problem.span) == f"chart/{name}:2:4"
    assert problem.message == "Chart chart does not render: this quote is never closed"


def test_values_that_are_no_mapping(helm: EmbeddedHelm, tmp_path: Path) -> None:
    folder = write_chart(tmp_path, "kind: ConfigMap\n")
    (folder / "values-x.yaml").write_text("# none\n- a\n")
    (problem,) = rendered(helm, folder, ValueSet("values-x.yaml", (folder / "values-x.yaml",))).problems
    assert str(problem.span) == "chart/values-x.yaml:2:1"
    assert "no mapping" in problem.message


def test_texts_that_a_template_fails_with_are_cut_and_hold_nothing_of_the_day(
    helm: EmbeddedHelm, tmp_path: Path
) -> None:
    folder = write_chart(tmp_path, '{{ fail (printf "0xc000123456 %s" (repeat 50000 "a/")) }}')
    (problem,) = rendered(helm, folder).problems
    assert problem.message.startswith("Chart chart does not render: 0x… a/a/")
    assert len(problem.message) < 400


def test_texts_that_look_like_markers(helm: EmbeddedHelm, tmp_path: Path) -> None:
    lines = ["kind: ConfigMap #K99.1K#", "a: '#K0.9K#'", f"b: x #K0.{'9' * 5000}K#", "c: x #K0.4K#"]
    (document,) = rendered(helm, write_chart(tmp_path, "\n".join(lines))).documents
    assert [where(document, key) for key in ("kind", "a", "b")] == [
        "chart/templates/x.yaml:1:7",
        "chart/templates/x.yaml:2:4",
        "chart/templates/x.yaml:3:4",
    ]


def test_a_key_that_is_set_twice_names_lines_of_templates(helm: EmbeddedHelm, tmp_path: Path) -> None:
    loop = '{{ range list 1 2 }}\n---\nkind: ConfigMap\na: 1\n{{ include "h" . }}\n{{ end }}\n'
    folder = write_chart(tmp_path, f'{loop}---\nkind: Secret\n{{{{ include "h" . }}}}\n{{{{ include "h" . }}}}\n')
    (folder / "templates" / "_h.tpl").write_text('{{ define "h" }}\na: 2\n{{ end }}\n')
    problems = [problem for document in rendered(helm, folder).documents for problem in document.problems]
    start = "chart/templates/_h.tpl:2:1: 'a' is set twice"
    assert list(dict.fromkeys(f"{problem.span}: {problem.sentence}" for problem in problems)) == [
        f"{start}; the value on chart/templates/x.yaml:4:1 is lost",
        f"{start}: this line makes both, and the first value is lost",
    ]


def test_values_that_a_schema_refuses_in_the_order_of_their_paths(helm: EmbeddedHelm, tmp_path: Path) -> None:
    folder = write_chart(tmp_path, "kind: ConfigMap\n")
    schema = '{"additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"required": ["d"]}}}'
    (folder / "values.schema.json").write_text(schema)
    (folder / "values.yaml").write_text("zz: 1\nb: {c: x}\na: 1\n")
    (problem,) = rendered(helm, folder).problems
    assert problem.message == (
        "Chart chart does not render: value a: got number, want string; value b: missing property 'd'; "
        "value zz: its schema knows no such value"
    )
    assert str(problem.span) == "chart/values.yaml:3:4"


def test_schema_error(helm: EmbeddedHelm) -> None:
    folder = CHARTS / "crds"
    (problem,) = rendered(helm, folder, ValueSet("values-broken.yaml", (folder / "values-broken.yaml",))).problems
    assert "replicas" in problem.message
    assert str(problem.span) == "crds/values-broken.yaml:1:11"


def test_broken_yaml_stands_at_the_template(helm: EmbeddedHelm, tmp_path: Path) -> None:
    folder = write_chart(tmp_path, "kind: ConfigMap\napiVersion: v1\ndata: {a: [1, 2\n")
    (document,) = rendered(helm, folder).documents
    (problem,) = document.problems
    assert problem.rule == "syntax-error"
    assert problem.span.file == "chart/templates/x.yaml"


BOMBS = [
    "{{ range until 1000000000 }}{{ . }}{{ end }}",
    '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
    '{{ repeat 1000000000 "0123456789" }}',
    '{{ .Files.Get "../../../etc/passwd" }}',
    '{{ env "HOME" }}',
    "\x00\x01\x02{{",
    "{{" * 5000,
    "{{`" * 500,
]


@pytest.mark.parametrize("template", BOMBS)
def test_hostile_templates_cost_nothing_but_themselves(
    tmp_path: Path, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endless, huge or broken: a problem at the chart, in bounded time, and the next chart renders."""
    monkeypatch.setattr("klint.render.helm.embedded.RENDER_LIMIT", 3.0)
    helm = EmbeddedHelm()
    try:
        folder = write_chart(tmp_path, f"apiVersion: v1\nkind: ConfigMap\ndata: {template}\n")
        rendering = rendered(helm, folder)
        assert "root:" not in str([document.data for document in rendering.documents])
        assert rendered(helm, CHARTS / "loops").documents
    finally:
        helm.close()


def write_chart(tmp_path: Path, template: str) -> Path:
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    (folder / "templates" / "x.yaml").write_text(template)
    return folder


def test_missing_dependency() -> None:
    chart = read_chart(CHARTS / "umbrella")
    assert chart.missing_dependencies == ()
    without = {name: file for name, file in chart.files.items() if not name.startswith("charts/cache/")}
    assert type(chart)(chart.folder, without).missing_dependencies[0]["name"] == "cache"


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [
        ("", True),
        (">=1.25.0-0", True),
        (">= 1.25.0-0", True),
        ("<1.22.0", False),
        (">=1.19, <1.30", False),
        ("^1.20.0-0", True),
        ("<1.10 || >=1.36", True),
        ("soon", True),
    ],
)
def test_kubernetes_version(constraint: str, fits: bool) -> None:
    metadata = ChartFile("Chart.yaml", f"name: x\nkubeVersion: '{constraint}'\n".encode(), None)
    assert Chart(Path("x"), {"Chart.yaml": metadata}).fits("1.36.0") is fits


def test_subcharts_are_no_charts_of_their_own() -> None:
    folders = [path.parent for path in CHARTS.rglob("Chart.yaml")]
    assert [path.name for path in find_charts(folders, DiskTree(CHARTS))] == NAMES


def test_chart_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.helm.charts.MAX_CHART_SIZE", 10)
    with pytest.raises(ChartError, match="larger than"):
        read_chart(write_chart(tmp_path, "a: 1\n"))


@pytest.mark.skipif(HelmBinary.find() is None, reason="there is no helm on the PATH")
@pytest.mark.parametrize("name", NAMES)
def test_same_objects_as_helm_template(helm: EmbeddedHelm, name: str) -> None:
    """The program and the library render the same objects."""
    if name == "checksums":
        pytest.skip("its password is random")
    folder = CHARTS / name
    ours = [
        document.data
        for document in rendered(helm, folder).documents
        if document.data["kind"] != "CustomResourceDefinition"
    ]
    program = HelmBinary.find()
    assert program
    result = subprocess.run(
        [program, "template", "release-name", str(folder), "--kube-version", KUBE_VERSION],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [document.data for document in read_documents(Source("helm", result.stdout)) if document.data]

    def key(data: dict[str, object]) -> str:
        return str(data)

    assert sorted(ours, key=key) == sorted(theirs, key=key)


@pytest.fixture
def program() -> Iterator[HelmBinary]:
    found = HelmBinary.find()
    if found is None:
        pytest.skip("there is no helm on the PATH")
    helm = HelmBinary(found)
    yield helm
    helm.close()


def test_the_program_maps_as_the_library_does(program: HelmBinary) -> None:
    service = find(rendered(program, CHARTS / "helpers"), "Service")
    assert where(service, "spec", "ports", 0, "nodePort") == "helpers/values.yaml:9:17"


@pytest.mark.parametrize("template", [*(template for template, _ in ERRORS), "data: {a: [1, 2"])
@pytest.mark.parametrize("values", ["a: 1\n", "a: [1\n"])
def test_the_program_is_wrong_as_the_library_is(
    helm: EmbeddedHelm, program: HelmBinary, tmp_path: Path, template: str, values: str
) -> None:
    folder = write_chart(tmp_path, f"kind: ConfigMap\napiVersion: v1\n{template}\n")
    (folder / "values-x.yaml").write_text(values)
    values_set = ValueSet("values-x.yaml", (folder / "values-x.yaml",))

    def said(renderer: EmbeddedHelm | HelmBinary) -> list[str]:
        rendering = rendered(renderer, folder, values_set)
        problems = (*rendering.problems, *(item for document in rendering.documents for item in document.problems))
        return [f"{problem.span}: {problem.sentence}" for problem in problems]

    assert said(program) == said(helm) != []


def test_output_of_the_program_by_template() -> None:
    """Only Helm's own comments count, not those that a template prints; several documents of one file go together."""
    text = (
        "---\n# Source: a/templates/x.yaml\nkind: A\n# Source: a/templates/no.yaml\n"
        "---\n# Source: a/templates/with space.yaml\nkind: B\n---\n# Source: a/templates/x.yaml\nkind: C\n"
    )
    assert _by_source(text) == {
        "a/templates/x.yaml": "kind: A\n# Source: a/templates/no.yaml\n---\nkind: C\n",
        "a/templates/with space.yaml": "kind: B\n",
    }


MARKED_LINES = [
    ("key: value", True),
    ("  - item", True),
    ("plain text", False),
    ("# key: comment", False),
    ("key: {{ .Values.a -}}", True),
    ("key: a {{- end -}}", False),
    ("{{- if .Values.a }}", False),
    ("{{ toYaml .Values.a }}", True),
    ("{{- $x := .Values.a }}", False),
    ("{{/* key: value */}}", False),
    ("{{ $k }}: {{ $v }}", True),
    ("https://example.com:80/x", False),
    ("{{ .repository }}:{{ .tag }}", False),
    ('"quoted key": x', True),
    ('key: {{ include "a" (dict', False),
]


@pytest.mark.parametrize(("text", "can_mark"), MARKED_LINES)
def test_lines_that_carry_markers(text: str, can_mark: bool) -> None:
    assert (read_template(text)[0].daring is not None) is can_mark


def test_markers_come_out_again() -> None:
    text = 'a: 1\nlabels: {{- include "x" . | nindent 4 }}\n  b: {{ .Values.b }}\r\nplain\n'
    marked = mark(text, read_template(text), 3, Daring.BLOCKS)
    assert marked != text
    assert MARKER.sub("", marked) == text


def test_actions_only_are_not_marked_inside_define() -> None:
    lines = read_template('{{- define "name" -}}\n{{ .Release.Name }}\n{{- end }}\n{{ .Release.Name }}')
    assert [line.daring for line in lines] == [None, None, None, Daring.OUTSIDE_DEFINES]


def test_request_options() -> None:
    assert TemplateRequest(b"", name="a", namespace="b", kube_version="1.30", api_versions=["x/v1"]).options() == {
        "name": "a",
        "namespace": "b",
        "kube_version": "1.30",
        "api_versions": [*SERVED_KINDS, "x/v1"],
    }


def test_origin_is_a_helm_origin(helm: EmbeddedHelm) -> None:
    assert isinstance(find(rendered(helm, CHARTS / "loops"), "ConfigMap").origin, HelmOrigin)


@pytest.mark.parametrize("data", [b"a: \xe9\n", b"a: b #\x00\n"], ids=["latin", "null"])
def test_a_template_that_is_no_text_renders_all_the_same(helm: EmbeddedHelm, tmp_path: Path, data: bytes) -> None:
    folder = write_chart(tmp_path, "")
    (folder / "templates" / "x.yaml").write_bytes(b"kind: ConfigMap\n" + data + b"c: d\n")
    for document in rendered(helm, folder).documents:
        assert str(document.span(("c",))) == "chart/templates/x.yaml:1:1"


ALIKE = """\
apps:
  cart:
    port: 80
    kind: web
  shop:
    port: 80
    kind: web
list:
  - {name: a, port: 80}
  - {name: b, port: 80}
bare:
  - {port: 80}
  - {port: 80}
"""
LOOPS = """\
{{- range $name, $app := .Values.apps }}
---
kind: Service
metadata: {labels: {part: x}}
spec:
  ports:
    - port: {{ $app.port }}
      name: {{ $name }}
{{- end }}
---
kind: Ports
list:
  {{- range .Values.list }}
  - port: {{ .port }}
    name: {{ .name }}
  {{- end }}
bare:
  {{- range .Values.bare }}
  - port: {{ .port }}
  {{- end }}
"""


def render_files(
    helm: EmbeddedHelm, folder: Path, files: dict[str, str], values: ValueSet | None = None
) -> list[Document]:
    for name, text in {"Chart.yaml": "apiVersion: v2\nname: x\nversion: 0.1.0\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    tree = DiskTree(folder)
    templates = Templates(read_chart(folder, tree))
    sources = Sources(str, lambda path: path.relative_to(folder).as_posix(), tree)
    values = values or ValueSet()
    answer = helm.render(request(templates, values, sources))
    return list(render_chart(templates, values, answer, sources).documents)


def stands(document: Document, *path: str | int) -> str:
    span = document.span(path)
    return f"{'~' if span.approximate else ''}{span.source.relative}:{span.line}"


def test_of_values_that_are_alike_each_turn_of_a_loop_has_its_own(helm: EmbeddedHelm, tmp_path: Path) -> None:
    """What else it repeats of the item tells which; where nothing does the template is all that is certain."""
    files = {"values.yaml": ALIKE, "templates/a.yaml": LOOPS}
    cart, shop, ports = render_files(helm, tmp_path, files)
    assert [stands(item, "spec", "ports", 0, "port") for item in (cart, shop)] == ["values.yaml:3", "values.yaml:6"]
    assert [stands(item, "spec", "ports", 0, "name") for item in (cart, shop)] == ["values.yaml:2", "values.yaml:5"]
    assert [stands(ports, "list", index, "port") for index in (0, 1)] == ["values.yaml:9", "values.yaml:10"]
    assert [stands(ports, "bare", index, "port") for index in (0, 1)] == ["templates/a.yaml:19"] * 2
    assert ports.place(("bare", 0, "port")) is None


def test_what_a_template_says_as_data_is_approximate(helm: EmbeddedHelm, tmp_path: Path) -> None:
    helper = '{{- define "x" -}}\nkind: Service\nspec:\n  type: NodePort\n{{- end -}}\n'
    call = '{{ include "x" . | fromYaml | toYaml'
    files = {
        "templates/_x.tpl": helper,
        "templates/a.yaml": f"{call} }}}}\n",
        "templates/b.yaml": f"kind: Holder\nheld: {call} | nindent 2 }}}}\n",
        "templates/c.yaml": '{{ include "x" . }}\n',
    }
    parsed, holder, plain = render_files(helm, tmp_path, files)
    assert stands(parsed, "spec", "type") == "~templates/a.yaml:1"
    assert stands(holder, "held", "spec", "type") == "~templates/b.yaml:2"
    assert [stands(holder, "kind"), stands(holder, "held")] == ["templates/b.yaml:1", "templates/b.yaml:2"]
    assert stands(plain, "spec", "type") == "templates/_x.tpl:4"


PARSED = [
    '{{- $x := include "x" . | fromYaml }}\n{{ toYaml $x }}\n',
    '{{- $x := fromYaml (include "x" .) }}\n{{- $y := merge (dict) $x }}\n{{ toYaml $y }}\n',
    '{{- with include "x" . | fromYaml }}\n{{ toYaml . }}\n{{- end }}\n',
    '{{- with $x := include "x" . | fromYaml }}\n{{- if true }}\n{{ toYaml $x }}\n{{- end }}\n{{- end }}\n',
    (
        'kind: Service\n{{- range $key, $value := include "x" . | fromYaml }}\n{{- if eq $key "spec" }}\n'
        "spec: {{ $value | toYaml | nindent 2 }}\n{{- end }}\n{{- end }}\n"
    ),
]


@pytest.mark.parametrize("text", PARSED)
def test_what_a_variable_has_of_a_template_s_data_is_approximate(helm: EmbeddedHelm, tmp_path: Path, text: str) -> None:
    helper = '{{- define "x" -}}\nkind: Service\nspec:\n  type: NodePort\n{{- end -}}\n'
    other = '{{- $x := dict "kind" "Service" "spec" (dict "type" "NodePort") }}\n{{ toYaml $x }}\n'
    parsed, own = render_files(
        helm, tmp_path, {"templates/_x.tpl": helper, "templates/a.yaml": text, "templates/b.yaml": other}
    )
    assert stands(parsed, "spec", "type").startswith("~templates/a.yaml:")
    assert stands(own, "spec", "type") == "templates/b.yaml:2"


def test_an_index_is_the_template_s_and_a_key_the_values_(helm: EmbeddedHelm, tmp_path: Path) -> None:
    loops = "".join(
        f"{name}:\n{{{{- range $key, $value := .Values.{name} }}}}\n- key: {{{{ $key }}}}\n{{{{- end }}}}\n"
        for name in ("list", "map")
    )
    files = {"values.yaml": "list: [a]\nmap:\n  a: b\n", "templates/a.yaml": f"kind: Holder\n{loops}"}
    (holder,) = render_files(helm, tmp_path, files)
    assert stands(holder, "list", 0, "key") == "templates/a.yaml:4"
    assert stands(holder, "map", 0, "key") == "values.yaml:3"


@pytest.mark.parametrize("name", NAMES)
def test_one_render_is_enough_where_it_certainly_is_the_plain_one(helm: EmbeddedHelm, name: str) -> None:
    asked = request(Templates(read_chart(CHARTS / name)), ValueSet(), sources())
    found = helm.render(asked)
    if asked.is_same_with_markers():
        (plain,) = helm.outcomes(asked, [asked.chart])
        assert found.plain == plain
        assert {marked.daring for marked in found.marked.values()} == {Daring.BLOCKS}


HASHED = {
    "templates/_x.tpl": '{{- define "labels" -}}\nteam: a\napp: x\n{{- end -}}\n',
    "templates/map.yaml": 'kind: ConfigMap\nlabels:\n  {{- include "labels" . | nindent 2 }}\ndata: {port: "80"}\n',
    "templates/pods.yaml": (
        'kind: Pods\nlabels:\n  {{- include "labels" . | nindent 2 }}\n'
        'map: {{ include (print $.Template.BasePath "/map.yaml") . | sha256sum }}\n'
        'labels-sum: {{ include "labels" . | sha256sum | quote }}\n'
    ),
}


def test_one_render_is_enough_of_a_chart_that_hashes_templates(helm: EmbeddedHelm, tmp_path: Path) -> None:
    held, pods = render_files(helm, tmp_path, HASHED)
    assert [stands(document, "labels", "team") for document in (held, pods)] == ["templates/_x.tpl:2"] * 2
    assert [stands(pods, key) for key in ("map", "labels-sum")] == ["templates/pods.yaml:4", "templates/pods.yaml:5"]
    asked = request(Templates(read_chart(tmp_path, DiskTree(tmp_path))), ValueSet(), sources())
    assert asked.is_same_with_markers()
    (plain,) = helm.outcomes(asked, [asked.chart])
    assert helm.render(asked).plain == plain


def test_values_that_take_in_templates_make_it_uncertain(tmp_path: Path) -> None:
    folder = write_chart(tmp_path, "a: {{ tpl .Values.a . }}\n")
    templates = Templates(read_chart(folder))
    assert templates.same_with_markers(["a: '{{ .Release.Name }}'"])
    assert not templates.same_with_markers(["a: '{{ include \"labels\" . | sha256sum }}'"])
