"""With exposure on: which values turn on what charts can expose, and what is said of it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from klint.engine import Report
from klint.findings import Severity
from klint.render.helm import search, walk
from klint.render.helm.charts import Chart, ChartFile
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.search import needs
from klint.render.helm.switches import Needs
from klint.render.helm.syntax import Block, Call, Constant, Fields, Print, Text, Variable, read_pipeline, read_tree
from klint.render.helm.values import chart_values
from klint.session import Session
from klint.testing.cases import Case, read_cases
from klint.testing.running import known_rules, lint_files
from klint.workspace.workspace import Workspace

needs_helm = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")

CHARTS = read_cases(Path(__file__).parent.joinpath("data", "switches.txt").read_text("utf-8"))

CHART_YAML = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: shop:1, ports: [{name: http, containerPort: 8080}]}]}
"""

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
    - host: shop.local
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: shop
                port:
                  number: 8080
"""

OFF = "ingress: {enabled: false}"
IF_ON = f"{{{{- if .Values.ingress.enabled }}}}\n{INGRESS}{{{{- end }}}}\n"


def chart(**files: str) -> Chart:
    """A chart of templates by their names (`values` and `helpers` apart)."""
    named = {"values": "values.yaml", "helpers": "templates/_helpers.tpl"}
    texts = {named.get(name, f"templates/{name}.yaml"): text for name, text in files.items()}
    return of_files({"Chart.yaml": CHART_YAML, **texts})


def of_files(texts: Mapping[str, str]) -> Chart:
    return Chart(Path("shop"), {name: ChartFile(name, text.encode(), Path(name)) for name, text in texts.items()})


def turned_on(chart: Chart, *others: Mapping[str, object]) -> list[str]:
    """What turns on what a chart has off, a line for each set."""
    return [str(switches) for switches in needs(chart, chart_values(chart)).sets(others)]


# Templates as trees


PIPELINES = {
    ".Values.a.b": Fields(None, ("Values", "a", "b")),
    ".": Fields(None, ()),
    "$": Variable(""),
    "$x.y": Fields(Variable("x"), ("y",)),
    "(.Values.a).b": Fields(Fields(None, ("Values", "a")), ("b",)),
    "not (eq .a `b`)": Call("not", (Call("eq", (Fields(None, ("a",)), Constant("b"))),)),
    '.a | default "b" | quote': Call("quote", (Call("default", (Constant("b"), Fields(None, ("a",)))),)),
    "and true 1 -2 nil": Call("and", (Constant(True), Constant(1), Constant(-2), Constant(None))),
    'f $x "a b" .c': Call("f", (Variable("x"), Constant("a b"), Fields(None, ("c",)))),
    '"a" "b"': Call(""),
    'f "open': Call("f", (Call(""),)),
    "f )": Call(""),
    "": Call(""),
}


@pytest.mark.parametrize(("text", "expression"), PIPELINES.items(), ids=list(PIPELINES))
def test_pipelines(text: str, expression: object) -> None:
    assert read_pipeline(text) == expression


def test_blocks() -> None:
    tree = read_tree(
        'a{{- if .x }}b{{ else if .y }}c{{ else }}d{{ end }}{{/* no */}}{{ define "t" }}e{{ end }}f{{ .z }}'
    )
    first, block, *rest = tree.nodes
    assert first == Text("a")
    assert isinstance(block, Block)
    assert block.body == [Text("b")]
    assert isinstance(block.otherwise[0], Block)
    assert (block.otherwise[0].body, block.otherwise[0].otherwise) == ([Text("c")], [Text("d")])
    assert rest == [Text("f"), Print(Fields(None, ("z",)))]
    assert tree.defines == {"t": [Text("e")]}


# What turns on what


INGRESS_IF = "{{- if %s }}\nkind: Ingress\n{{- end }}\n"

CONDITIONS = {
    # condition, values, what turns it on
    "a switch": (".Values.use", "use: false", "use=true"),
    "on already": (".Values.use", "use: true", ""),
    "a value that nobody has": (".Values.use", "", "use=true"),
    "a value in nothing": (".Values.ingress.use", "ingress: {}", "ingress.use=true"),
    "both": ("and .Values.a .Values.b.c", "a: false\nb: {c: false}", "a=true, b.c=true"),
    "either, of which one is on": ("or .Values.a .Values.b", "a: false\nb: true", ""),
    "either": ("or .Values.a .Values.b", "a: false\nb: false", "a=true"),
    "not": ("not .Values.disabled", "disabled: true", "disabled=false"),
    "neither": ("not (or .Values.a .Values.b)", "a: true\nb: true", "a=false, b=false"),
    "not both": ("not (and .Values.a .Values.b)", "a: true\nb: true", "a=false"),
    "one of several": ('eq .Values.kind "DaemonSet"', "kind: Deployment", "kind=DaemonSet"),
    "one of several, by number": ("eq .Values.level 2", "level: 1", "level=2"),
    "another than this": ('ne .Values.kind "DaemonSet"', "kind: DaemonSet", ""),
    "the same the other way round": ('eq "DaemonSet" .Values.kind', "kind: Deployment", "kind=DaemonSet"),
    "true as a value": ("eq .Values.use true", "use: false", "use=true"),
    "a default": (".Values.use | default false", "use: false", "use=true"),
    "an index": ('index .Values "my-app" "use"', "my-app: {use: false}", "my-app.use=true"),
    "parentheses": ("((.Values.a).b).c", "a: {b: {c: false}}", "a.b.c=true"),
    "empty": ("not (empty .Values.use)", "use: false", "use=true"),
    "what a cluster has": ('and .Values.use (.Capabilities.APIVersions.Has "a/v1")', "use: false", "use=true"),
    "what a cluster holds": ('and .Values.use (lookup "v1" "Secret" "a" "b")', "use: false", ""),
    "a list that is to be filled in": (".Values.hosts", "hosts: []", ""),
    "a text that is to be filled in": ("and .Values.use .Values.host", 'use: false\nhost: ""', ""),
    "a mapping that is to be filled in": ("and .Values.use .Values.rules", "use: false\nrules: {}", ""),
    "what excludes itself": ("and .Values.use (not .Values.use)", "use: false", ""),
    "no text of YAML": (".Values.use", "use: [", "use=true"),
    "a release": (".Release.IsUpgrade", "use: false", ""),
}


@pytest.mark.parametrize(("condition", "values", "said"), CONDITIONS.values(), ids=list(CONDITIONS))
def test_conditions(condition: str, values: str, said: str) -> None:
    assert turned_on(chart(values=values, ingress=INGRESS_IF % condition)) == [said] * bool(said)


def test_a_value_that_is_printed_is_no_switch() -> None:
    text = "{{ if .Values.name }}\nkind: Ingress\nmetadata: {name: {{ .Values.name }}}\n{{ end }}"
    assert turned_on(chart(values="", ingress=text)) == []


TEMPLATES = {
    "with": (
        "{{ with .Values.ingress }}{{ if .use }}\nkind: Ingress\n{{ end }}{{ end }}",
        "ingress: {use: false}",
        "ingress.use=true",
    ),
    "else": ("{{ if .Values.plain }}{{ else }}\nkind: Ingress\n{{ end }}", "plain: true", "plain=false"),
    "a variable": ("{{ $on := .Values.use }}{{ if $on }}\nkind: Ingress\n{{ end }}", "use: false", "use=true"),
    "a variable that is set in a block": (
        "{{ $on := false }}{{ if .Values.a }}{{ $on = true }}{{ end }}{{ if $on }}\nkind: Ingress\n{{ end }}",
        "a: false",
        "a=true",
    ),
    "a loop": (
        "{{ range $name, $item := .Values.ingress }}{{ if $item.use }}\nkind: Ingress\n{{ end }}{{ end }}",
        "ingress: {main: {use: false}, other: {use: true}, last: {use: false}}",
        "ingress.last.use=true, ingress.main.use=true",
    ),
    "a loop through a list": (
        "{{ range .Values.ingresses }}{{ if .use }}\nkind: Ingress\n{{ end }}{{ end }}",
        "ingresses: [{use: true}, {use: false}]",
        "ingresses.1.use=true",
    ),
    "a loop through nothing": ("{{ range .Values.ingresses }}\nkind: Ingress\n{{ end }}", "ingresses: []", ""),
    "a kind that is a value": (
        '{{ if .Values.use }}\nkind: {{ .Values.kind | default "HTTPRoute" }}\n{{ end }}',
        "use: false",
        "use=true",
    ),
    "no kind that is exposed": ("{{ if .Values.use }}\nkind: ServiceMonitor\n{{ end }}", "use: false", ""),
    "a host port": ("{{ if .Values.use }}\n          hostPort: 80\n{{ end }}", "use: false", "use=true"),
    "hostNetwork itself": ("kind: Deployment\n      hostNetwork: {{ .Values.net }}\n", "net: false", "net=true"),
    "a type": ("{{ if .Values.use }}\n  type: NodePort\n{{ end }}", "use: false", "use=true"),
    "a comment": ("{{ if .Values.use }}\n# kind: Ingress\n{{ end }}", "use: false", ""),
}


@pytest.mark.parametrize(("text", "values", "said"), TEMPLATES.values(), ids=list(TEMPLATES))
def test_templates(text: str, values: str, said: str) -> None:
    assert turned_on(chart(values=values, a=text)) == [said] * bool(said)


HELPERS = {
    "a condition that a template prints": (
        '{{- define "on" -}}{{- if .Values.a -}}yes{{- end -}}{{- end -}}',
        INGRESS_IF % 'include "on" .',
        "a=true",
    ),
    "one that it compares": (
        '{{- define "on" -}}{{- if and .Values.a (not .Values.b) -}}true{{- else -}}false{{- end -}}{{- end -}}',
        INGRESS_IF % 'eq (include "on" .) "true"',
        "a=true",
    ),
    "what a template makes": (
        '{{ define "make" }}{{ if .values.a }}\nkind: Ingress\n{{ end }}{{ end }}',
        '{{ include "make" (dict "values" .Values "top" $) | nindent 0 }}',
        "a=true",
    ),
    "what another one makes": (
        '{{ define "one" }}{{ template "two" . }}{{ end }}{{ define "two" }}' + INGRESS_IF % ".Values.a" + "{{ end }}",
        '{{ if .Values.c }}{{ include "one" $ }}{{ end }}',
        "a=true, c=true",
    ),
    "a template that nobody has": ("", INGRESS_IF % 'and .Values.a (include "gone" .)', "a=true"),
    "a template that takes in itself": (
        '{{ define "loop" }}' + INGRESS_IF % ".Values.a" + '{{ include "loop" . }}{{ include "loop" . }}{{ end }}',
        '{{ include "loop" . }}',
        "a=true",
    ),
    "a condition that takes in itself": (
        '{{ define "on" }}{{ if or (include "on" .) (include "on" .) }}x{{ end }}{{ end }}',
        INGRESS_IF % 'and .Values.a (include "on" .)',
        "a=true",
    ),
}


@pytest.mark.parametrize(("helpers", "text", "said"), HELPERS.values(), ids=list(HELPERS))
def test_named_templates(helpers: str, text: str, said: str) -> None:
    found = turned_on(chart(values="a: false\nb: false\nc: false", helpers=helpers, ingress=text))
    assert found == [said] * bool(said)


def test_subcharts() -> None:
    dependencies = """\
dependencies:
  - {name: db, condition: db.enabled}
  - {name: db, alias: other, condition: "nowhere.enabled,other.use"}
  - {name: cache, tags: [storage]}
  - {name: lib}
"""
    files = {
        "Chart.yaml": CHART_YAML + dependencies,
        "values.yaml": "db: {enabled: false}\nother: {use: false, ingress: true}\ntags: {storage: false}\n"
        "global: {x: false}",
        "charts/db/Chart.yaml": "name: db",
        "charts/db/values.yaml": "ingress: false",
        "charts/db/templates/a.yaml": INGRESS_IF % "and .Values.ingress .Values.global.x",
        "charts/cache/Chart.yaml": "name: cache",
        "charts/cache/templates/a.yaml": "kind: Service",
        "charts/lib/Chart.yaml": "name: lib\ntype: library",
        "charts/lib/templates/a.yaml": INGRESS_IF % ".Values.never",
    }
    said = "db.enabled=true, db.ingress=true, global.x=true, other.use=true, tags.storage=true"
    assert turned_on(of_files(files)) == [said]


def test_what_excludes_each_other_has_sets_of_its_own() -> None:
    values = "kind: a\nuse: false"
    either = "".join(INGRESS_IF % f'and .Values.use (eq .Values.kind "{kind}")' for kind in "abcde")
    assert turned_on(chart(values=values, ingress=either)) == [
        "use=true",
        "kind=b, use=true",
        "kind=c, use=true",
        "kind=d, use=true",
    ]
    pods = "{{ if .Values.a }}\n  hostPort: 80\n{{ end }}{{ if .Values.b }}\n  hostNetwork: true\n{{ end }}"
    assert turned_on(chart(values="a: false\nb: false", pods=pods)) == ["a=true", "b=true"]


def test_what_other_values_have_on_needs_no_set() -> None:
    both = INGRESS_IF % ".Values.a" + INGRESS_IF % "and .Values.a .Values.b"
    found = chart(values="a: false\nb: false", ingress=both)
    assert turned_on(found, {"a": True, "b": True}, {}) == []
    assert turned_on(found, {"a": True}, {"b": True}) == ["a=true, b=true"]


def test_lists_are_set_as_a_whole() -> None:
    found = chart(
        values="ways: [{use: true, host: a}, {use: false, host: b}]",
        a="{{ range .Values.ways }}" + INGRESS_IF % ".use" + "{{ end }}",
    )
    values = chart_values(found)
    (switches,) = needs(found, values).sets()
    assert switches.overrides(values) == {"ways": [{"use": True, "host": "a"}, {"use": True, "host": "b"}]}


# What is remembered


@pytest.mark.parametrize("case", CHARTS, ids=[case.title for case in CHARTS])
def test_the_cache_gives_back_what_a_chart_needs(case: Case) -> None:
    found = needs(chart := of_files(case.files), chart_values(chart))
    assert Needs.from_json(json.loads(json.dumps(found.to_json()))) == found


@needs_helm
def test_what_a_chart_can_expose_is_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when one of its files is another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    searched = []

    def counted(chart: Chart, values: Mapping[str, object]) -> Needs:
        searched.append(chart)
        return needs(chart, values)

    monkeypatch.setattr(search, "needs", counted)
    files = {"Chart.yaml": CHART_YAML, "values.yaml": OFF, "templates/service.yaml": SERVICE}

    def added(template: str) -> list[str]:
        for name, text in {**files, "templates/ingress.yaml": template}.items():
            (file := tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        workspace = Session.of([str(tmp_path / "shop")], []).report().workspace
        on = [rendering for rendering in workspace.renderings if rendering.exposure_on is not None]
        return [document.data["kind"] for rendering in on for document in rendering.documents]

    assert added(IF_ON) == added(IF_ON) == ["Ingress", "Service", "Deployment"]
    assert len(searched) == 1
    assert added(f"# another\n{IF_ON}") == ["Ingress", "Service", "Deployment"]
    assert len(searched) == 2


# Charts that are many, or not as they should be


def test_a_thousand_switches() -> None:
    values = "\n".join(f"s{number}: false" for number in range(1000))
    text = "".join(INGRESS_IF % f".Values.s{number}" for number in range(1000))
    (said,) = turned_on(chart(values=values, ingress=text))
    assert said.count("=true") == 1000


HOSTILE = {
    "deep": "{{ if .Values.a }}" * 5000 + "\nkind: Ingress\n" + "{{ end }}" * 5000,
    "parentheses": "{{ if " + "(" * 5000 + ".Values.a" + ")" * 5000 + " }}\nkind: Ingress\n{{ end }}",
    "a variable of itself": "{{ $x := .Values.a }}" + "{{ $x = and $x $x }}" * 2000 + INGRESS_IF % "$x",
    "choices": "{{ $x := false }}" + "{{ if .Values.a }}{{ $x = or $x .Values.b }}{{ end }}" * 2000 + INGRESS_IF % "$x",
    "loops": "{{ range .Values.l }}{{ range $.Values.l }}{{ range $.Values.l }}{{ range $.Values.l }}\nkind: Ingress\n"
    + "{{ end }}" * 4,
    "blocks that do not end": "{{ if .Values.a }}\nkind: Ingress\n" * 3000,
    "ends of nothing": "{{ end }}{{ else }}\nkind: Ingress\n" * 3000,
    "not closed": "{{ if .Values.a \nkind: Ingress\n" * 3000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_templates_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = "a: false\nb: false\nl: [" + "{}," * 200 + "]"
    for steps in (10_000, 10):
        monkeypatch.setattr(walk, "MAX_STEPS", steps)
        assert len(turned_on(chart(values=values, ingress=text))) < 2


# Whole charts


ADDED = {
    "The chart that helm create writes": ["HTTPRoute", "Ingress"],
    "A chart of the kind that has a common library": ["Ingress", "NetworkPolicy", "Service"],
    "A controller of ingresses, as Deployment or DaemonSet": [
        "DaemonSet",
        "Deployment",
        "NetworkPolicy",
        "Service",
        "Service",
    ],
    "A dashboard with an ingress, routes in a map and a policy": [
        *("Deployment", "HTTPRoute", "Ingress", "NetworkPolicy", "NetworkPolicy", "Service")
    ],
    "A stack of subcharts": [
        *("DaemonSet", "Ingress", "Ingress", "Ingress", "Ingress"),
        *("Service", "Service", "Service"),
    ],
    "A chart whose library makes every object out of the values": ["Ingress", "Ingress", "Service"],
    "A server with an ingress for one of several controllers, and a route of OpenShift": [
        *("HTTPRoute", "Ingress", "Ingress", "NetworkPolicy", "Route", "Service")
    ],
    "A controller without routes of its own": [],
    "A webhook with hostNetwork and policies": ["NetworkPolicy"],
    "A proxy with ports, routes and a gateway of its own": ["Gateway", "IngressRoute", "IngressRoute"],
    "A chart that takes one of two ways in": ["Ingress", "Route"],
    "A chart whose ingress asks for what only its user knows": ["HTTPRoute", "NetworkPolicy"],
}


@pytest.fixture(scope="module")
def charts() -> Report:
    """All the charts, linted together: each has a folder of its own."""
    return lint_files(
        {f"{number}/{name}": text for number, case in enumerate(CHARTS) for name, text in case.files.items()},
        known_rules(),
    )


@needs_helm
@pytest.mark.parametrize(("number", "case"), list(enumerate(CHARTS)), ids=[case.title for case in CHARTS])
def test_charts_have_nothing_to_say_and_all_they_can_expose_is_linted(number: int, case: Case, charts: Report) -> None:
    said = [finding for finding in charts.findings if finding.span.file.startswith(f"{number}/")]
    assert [finding.message for finding in said if finding.severity is Severity.ERROR] == []
    on, off = (set(objects(charts.workspace, number, is_on=is_on)) for is_on in (True, False))
    assert sorted(kind for kind, _ in on - off) == ADDED[case.title]


def objects(workspace: Workspace, number: int, *, is_on: bool) -> Iterator[tuple[str, str]]:
    """The kinds and names of what a chart renders to."""
    for rendering in workspace.renderings:
        if rendering.name.split()[0] == str(number) and (rendering.exposure_on is not None) == is_on:
            yield from ((item.data["kind"], item.data["metadata"]["name"]) for item in rendering.documents)


@needs_helm
def test_nobody_else_knows_what_is_off(charts: Report) -> None:
    assert not any(graph.bundle.exposure_on for graph in charts.graphs)
    assert not any(bundle.exposure_on for bundle in charts.bundles)


# What is said


def said(values: str, **templates: str) -> list[str]:
    """What is said of a chart, with its place."""
    files = {f"templates/{name}.yaml": text for name, text in {"service": SERVICE, **templates}.items()}
    report = lint_files({"Chart.yaml": CHART_YAML, "values.yaml": values, **files}, known_rules())
    return [f"{finding.span}: {finding.severity}: {finding.message}" for finding in report.findings]


NO_PORT = "templates/ingress.yaml:16:27: error: Ingress shop asks Service shop for port 8080, but it has 80 (http)"


@needs_helm
def test_a_mistake_behind_a_switch_says_what_turns_it_on() -> None:
    assert said(OFF, ingress=IF_ON) == [f"{NO_PORT} (with ingress.enabled=true)"]
    assert said("ingress: {enabled: true}", ingress=IF_ON)[0] == NO_PORT


@needs_helm
def test_the_line_of_the_values_is_a_related_place_and_the_identity_is_the_same() -> None:
    files = {"Chart.yaml": CHART_YAML, "templates/service.yaml": SERVICE, "templates/ingress.yaml": IF_ON}
    on, off = (
        next(
            item
            for item in lint_files({**files, "values.yaml": f"ingress: {{enabled: {value}}}"}, known_rules()).findings
        )
        for value in ("true", "false")
    )
    assert on.identity == off.identity
    assert [str(related.at.span) for related in off.related] == ["templates/service.yaml:4:31", "values.yaml:1:20"]
    assert off.bundles == (". with ingress.enabled=true",)


@needs_helm
@pytest.mark.parametrize("text", ["# klint: ignore[backend-port-mismatch] known", ""], ids=["a comment", "no comment"])
def test_it_is_ignored_where_it_is_written(text: str) -> None:
    ingress = IF_ON.replace("number: 8080", f"number: 8080  {text}")
    assert len(said(OFF, ingress=ingress)) == (0 if text else 1)


QUIET = {
    "no TLS, no policy, the world": (OFF, IF_ON.replace("8080", "80")),
    "a rule that is to be filled in": (
        "ingress: {enabled: false, hosts: []}",
        IF_ON.partition("    - host")[0]
        + "{{- range .Values.ingress.hosts }}\n    - host: {{ . }}\n{{- end }}\n{{- end }}",
    ),
    "a Secret that is to be filled in": (
        'ingress: {enabled: false, secret: ""}',
        IF_ON.replace("8080", "80").replace(
            "  rules:", "  tls: [{secretName: {{ .Values.ingress.secret }}}]\n  rules:"
        ),
    ),
    "a Service that is to be filled in": (
        "ingress: {enabled: false}\nservices: []",
        IF_ON.replace("                name: shop", "                name: api")
        + "{{ range .Values.services }}\n---\nkind: Service\n{{ end }}",
    ),
    "one host by default of two ways in": (
        "ingress: {enabled: false}\nother: {enabled: false}",
        IF_ON.replace("8080", "80")
        + IF_ON.replace("8080", "80")
        .replace(".Values.ingress.enabled }}\n", ".Values.other.enabled }}\n---\n")
        .replace("metadata: {name: shop}", "metadata: {name: other}"),
    ),
    "a host with a domain that is to be filled in": (
        'ingress: {enabled: false, domain: ""}',
        IF_ON.replace("8080", "80").replace("shop.local", "shop.{{ .Values.ingress.domain }}"),
    ),
    "a Service whose pods are off": (
        "api: {service: {enabled: false}, enabled: false}",
        "{{- if .Values.api.service.enabled }}\n"
        + SERVICE.partition("---")[0]
        .replace("name: shop}", "name: api}")
        .replace("targetPort: http", "targetPort: api")
        + "{{- end }}{{- if .Values.api.enabled }}\n---\n"
        + SERVICE.partition("---\n")[2]
        .replace("metadata: {name: shop}", "metadata: {name: api}")
        .replace("name: http", "name: api")
        + "{{- end }}",
    ),
    "pods that both may be on the host's network": (
        "a: {hostNetwork: false}\nb: {hostNetwork: false}",
        "---\n".join(
            SERVICE.partition("---\n")[2]
            .replace("metadata: {name: shop}", f"metadata: {{name: {name}}}")
            .replace("spec: {containers", f"spec: {{hostNetwork: {{{{ .Values.{name}.hostNetwork }}}}, containers")
            .replace("app: shop", f"app: {name}")
            for name in "ab"
        ),
    ),
    "what does not render": (
        "ingress: {enabled: false}",
        IF_ON.replace("8080", '{{ required "a port is needed" .Values.ingress.port }}'),
    ),
}


@needs_helm
def test_what_whoever_turns_it_on_chooses_is_no_mistake() -> None:
    files: dict[str, str] = {}
    for number, (values, ingress) in enumerate(QUIET.values()):
        texts = {"Chart.yaml": CHART_YAML, "values.yaml": values}
        texts |= {"templates/service.yaml": SERVICE, "templates/ingress.yaml": ingress}
        files |= {f"{number}/{name}": text for name, text in texts.items()}
    said = [(list(QUIET)[int(item.span.file[0])], item.message) for item in lint_files(files, known_rules()).findings]
    assert said == []


@needs_helm
def test_a_field_that_is_turned_on_hides_no_mistake_of_another_kind() -> None:
    service = SERVICE.replace("spec: {containers", "spec: { hostNetwork: {{ .Values.hostNetwork }}, containers")
    found = said(f"hostNetwork: false\n{OFF}", service=service, ingress=IF_ON)
    assert found == [f"{NO_PORT} (with ingress.enabled=true)"]


@needs_helm
def test_objects_that_are_off_are_not_there_for_others() -> None:
    """A plain Ingress is missing its Service, though a chart beside it could make one."""
    chart = {
        "chart/Chart.yaml": CHART_YAML,
        "chart/values.yaml": "api: {enabled: false}",
        "chart/templates/a.yaml": SERVICE,
    }
    off = "{{ if .Values.api.enabled }}\n" + SERVICE.replace("shop", "api") + "{{ end }}"
    ingress = INGRESS.replace("                name: shop", "                name: api")
    plain = {"plain.yaml": f"{SERVICE}---\n{ingress}"}
    without, with_it = (
        [finding.message for finding in lint_files({**chart, **plain, **more}, known_rules()).findings]
        for more in ({}, {"chart/templates/b.yaml": off})
    )
    assert without == with_it
    assert any("Service api" in message for message in without)


@needs_helm
def test_the_configuration_turns_it_off() -> None:
    files = {"Chart.yaml": CHART_YAML, "values.yaml": OFF, "templates/a.yaml": SERVICE, "templates/b.yaml": IF_ON}
    config = {".klint.yaml": "helm: {exposure-on: false}"}
    assert [item.rule for item in lint_files(files, known_rules()).findings] == ["backend-port-mismatch"]
    assert lint_files({**files, **config}, known_rules()).findings == ()


@needs_helm
def test_what_renders_with_nothing_is_passed_over() -> None:
    fails = IF_ON + '{{ if .Values.ingress.enabled }}{{ fail "no" }}{{ end }}'
    files = {"Chart.yaml": CHART_YAML, "values.yaml": OFF, "templates/a.yaml": SERVICE, "templates/b.yaml": fails}
    report = lint_files(files, known_rules())
    assert report.findings == ()
    told = [item.reason for item in report.workspace.passed_over if item.path == "values.yaml"]
    assert "the chart does not render with ingress.enabled=true" in told


@needs_helm
def test_a_schema_that_refuses_one_switch_costs_no_other() -> None:
    files = {
        "Chart.yaml": CHART_YAML,
        "values.yaml": "ingress: {enabled: false}\npolicy: {enabled: false}",
        "values.schema.json": '{"properties": {"policy": {"properties": {"enabled": {"const": false}}}}}',
        "templates/a.yaml": SERVICE,
        "templates/b.yaml": IF_ON,
        "templates/c.yaml": IF_ON.replace("ingress.", "policy.").replace("name: shop}", "name: other}"),
    }
    found = lint_files(files, known_rules()).findings
    assert [finding.message.partition(" (with ")[2] for finding in found] == ["ingress.enabled=true)"]


@needs_helm
def test_what_a_helper_refuses_costs_no_other() -> None:
    files = {
        "Chart.yaml": CHART_YAML,
        "values.yaml": "\n".join(f"s{number}: false" for number in range(8)),
        "templates/a.yaml": SERVICE,
        "templates/NOTES.txt": '{{ if .Values.s3 }}{{ fail "not that" }}{{ end }}',
        **{
            f"templates/s{number}.yaml": IF_ON.replace("ingress.enabled", f"s{number}").replace(
                ": shop}", f": s{number}}}"
            )
            for number in range(8)
        },
    }
    found = lint_files(files, known_rules()).findings
    said = sorted(finding.message.partition(" (with ")[2] for finding in found)
    assert said == [f"s{number}=true)" for number in range(8) if number != 3]


@needs_helm
def test_policies_and_texts_that_are_no_yaml_and_charts_that_ask_for_values() -> None:
    policy = """\
{{- if .Values.networkPolicy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shop}
spec:
  podSelector:
    matchLabels: {app: shops}
  ingress: [{}]
{{- end }}
"""
    broken = "{{- if .Values.ingress.enabled }}\nkind: Ingress\nmetadata:\n  name: shop\n spec: {}\n{{- end }}\n"
    asking = SERVICE.replace("shop:1", 'shop:{{ required "a tag is needed" .Values.tag }}')
    charts = {
        "policy": {"values.yaml": "networkPolicy: {enabled: false}", "templates/p.yaml": policy},
        "broken": {"values.yaml": OFF, "templates/i.yaml": broken},
        "asking": {
            "values.yaml": OFF,
            "ci/a-values.yaml": "tag: 1",
            "templates/i.yaml": IF_ON,
            "templates/s.yaml": asking,
        },
    }
    files = {
        f"{name}/{file}": text
        for name, texts in charts.items()
        for file, text in {"Chart.yaml": CHART_YAML, "templates/s.yaml": SERVICE, **texts}.items()
    }
    found = [item for item in lint_files(files, known_rules()).findings if "(with" in item.message]
    assert [(str(item.span), item.rule, item.message.partition(" (with ")[2]) for item in found] == [
        ("asking/templates/i.yaml:16:27", "backend-port-mismatch", "ingress.enabled=true)"),
        ("broken/templates/i.yaml:5:2", "syntax-error", "ingress.enabled=true)"),
        ("policy/templates/p.yaml:7:24", "policy-selects-nothing", "networkPolicy.enabled=true)"),
    ]
