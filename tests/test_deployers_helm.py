"""What helmfiles and HelmReleases install charts with, by the documentation of who reads them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.render.helm.installations import installations
from klint.render.helm.installed.installation import Installation
from klint.render.kustomize.builder import find_builder
from klint.session import Session
from klint.text.go_templates import NotPlainError, expand
from klint.workspace.deployers.helmfile import FUNCTIONS, UNKNOWN, Helmfiles, Release
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Sources

DATA = Path(__file__).parent / "data"

# Templates

KNOWN = {
    "Environment": {"Name": "production"},
    "Values": {"port": 80, "host": "a.example.com", "web": {"enabled": False}, "name": None},
}


def look(path: Sequence[str]) -> object:
    found: object = KNOWN
    for step in path:
        found = found.get(step, UNKNOWN) if isinstance(found, dict) else UNKNOWN
    return found


TEMPLATES = {
    "a: {{ .Environment.Name }}": "a: production",
    "a: {{- .Values.port -}}": "a: 80",
    "a: {{ .Values.port | quote }}": 'a: "80"',
    "a: {{ $.Values.host | upper | squote }}": "a: 'A.EXAMPLE.COM'",
    'a: {{ .Values | get "web.replicas" 2 }}': "a: 2",
    'a: {{ .Values | getOrNil "web.enabled" }}': "a: false",
    'a: {{ .Values.name | default "b" }}': "a: b",
    'a: {{ eq .Environment.Name "production" | toYaml }}': "a: true",
    "a: {{ and (ne .Values.port 80) .Values.nobody }}": "a: false",
    'a: {{ ternary "x" "y" (hasKey .Values "port") }}': "a: x",
    'a: {{ index .Values "host" }}': "a: a.example.com",
    "a:\n{{ toYaml .Values.web | nindent 2 }}": 'a:\n  {"enabled": false}',
    "a: {{`{{ .Release.Name }}`}}": "a: {{ .Release.Name }}",
    "a: {{ .Release.Name }}": "a: {{ .Release.Name }}",
    "a{{/* one\ntwo */}}": "a\n",
    'a: {{ requiredEnv "TAG" }}': "a: $(TAG)",
    "a: {{ .Values.nobody }}": "a: $(nobody)",
    'a: {{ exec "sh" (list "-c" "x") }}': "a: $(x)",
    "a\n{{ if .Values.web.enabled }}\nb\n{{ else if true }}\nc\n{{ end }}": "a\n\n\n\nc\n",
    "{{ if false }}a{{ else  if\ttrue }}b{{ end }}": "b",
    "{{ if false }}{{ if .Values.nobody }}a{{ end }}{{ end }}b": "b",
}
LINES_THAT_NOBODY_KNOWS = [
    "{{ if .Values.nobody }}a{{ end }}",
    "{{ range .Values.web }}a{{ end }}",
    "{{ with .Values.web }}a{{ end }}",
    "{{ if false }}{{ else with .Values.web }}a{{ end }}",
    "{{ $x := 1 }}",
    "{{ if true }}a",
    "a{{ end }}",
    '{{ "a\\nb" }}',
    "{{ if true }}" * 100 + "{{ end }}" * 100,
    "a" * (2**20 + 1),
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_filled_in(template: str) -> None:
    assert expand(template, look, FUNCTIONS, keep=(".Release",)) == TEMPLATES[template]


@pytest.mark.parametrize("template", LINES_THAT_NOBODY_KNOWS, ids=range(len(LINES_THAT_NOBODY_KNOWS)))
def test_a_template_that_is_not_plain(template: str) -> None:
    with pytest.raises(NotPlainError):
        expand(template, look)


def test_nothing_of_a_template_takes_long() -> None:
    nested = "(" * 5000 + ".Values.port" + ")" * 5000
    assert expand(f"{{{{ {nested} }}}}", look) == "$(port)"
    for text in ("{{ ", "{{ `", '{{ "', "{{/*"):
        with pytest.raises(NotPlainError):
            expand(text * 20_000, look)


# Helmfiles


def read(root: Path, files: Mapping[str, str]) -> Helmfiles:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    tree = DiskTree(root)
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return Helmfiles(paths, Sources(str, lambda path: str(path.relative_to(root)), tree))


def told(root: Path, release: Release) -> str:
    """A release on one line: its environment, name and namespace, its chart's folder, values and what is not there."""
    values = [
        str(item.relative_to(root)) if isinstance(item, Path) else f"{item.data}".replace("'", "")
        for item in release.values
    ]
    values += [*release.sets, *(f"string {item}" for item in release.strings)]
    values += [f"no {name}" for name, _ in release.absent]
    folder = str(release.folder.relative_to(root)) if release.folder else "elsewhere"
    name = "/".join(filter(None, (release.namespace, release.name)))
    return " ".join((f"{release.environment}: {name} of {folder}", *values))


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {ports: [{port: {{ .Values.port }}}]}
"""
CHART = {"charts/web/Chart.yaml": "name: web\nversion: 1.0.0\n"}
RELEASE = "releases:\n- name: web\n  chart: ./charts/web\n"


def cases(text: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """The titles of cases, their files and what is expected of them."""
    for case in text.split("\n=== ")[1:]:
        title, _, rest = case.partition("\n")
        lines = [f"{line}\n" for line in rest.splitlines()]
        files: dict[str, str] = {}
        for line in lines:
            if line.startswith("--> "):
                files[line[4:].strip()] = ""
            elif line.strip() and not line.startswith("==> "):
                files[[*files][-1]] += line
        yield title, files, [line[4:].strip() for line in lines if line.startswith("==> ")]


HELMFILES = {title: (files, expected) for title, files, expected in cases((DATA / "helmfiles.txt").read_text())}


@pytest.mark.parametrize("form", HELMFILES)
def test_releases_of_helmfiles(tmp_path: Path, form: str) -> None:
    files, expected = HELMFILES[form]
    assert expected or form == "no helmfile"
    helmfiles = read(tmp_path, {**CHART, **files})
    assert [told(tmp_path, release) for release in helmfiles.releases()] == expected
    assert helmfiles.unread == {}


UNREAD: dict[str, dict[str, str]] = {
    "lines that nobody knows": {"helmfile.yaml.gotmpl": f"{{{{ range .Values.x }}}}\n{RELEASE}{{{{ end }}}}\n"},
    "no YAML": {"helmfile.yaml.gotmpl": "releases: {{ .Values.releases }}: {\n"},
    "values that nobody knows": {
        "helmfile.yaml": f"{RELEASE}  values: [v.yaml.gotmpl]\n",
        "v.yaml.gotmpl": "{{ range .Values.x }}a: 1{{ end }}\n",
    },
    "patches": {"helmfile.yaml": f"{RELEASE}  strategicMergePatches: [{{}}]\n"},
    "patches in a template": {
        "helmfile.yaml": f"{RELEASE}  jsonPatches: [patch.yaml]\n",
        "patch.yaml": "target: {name: '{{ .a }}'}\npatch: []\n",
    },
    "patches that are not there": {"helmfile.yaml": f"{RELEASE}  strategicMergePatches: [./patch.yaml]\n"},
    "transformers": {"helmfile.yaml": f"{RELEASE}  transformers: [{{kind: LabelTransformer}}]\n"},
    "values from files": {"helmfile.yaml": f"{RELEASE}  set: [{{name: a, file: b}}]\n"},
    "values for another helmfile": {
        "helmfile.yaml": "helmfiles: [{path: a/helmfile.yaml, values: [https://example.com/a.yaml]}]\n",
        "a/helmfile.yaml": RELEASE,
    },
    "itself as its base": {"helmfile.yaml": f"bases: [helmfile.yaml]\n{RELEASE}"},
}


@pytest.mark.parametrize("form", UNREAD)
def test_what_cannot_be_filled_in_is_no_release(tmp_path: Path, form: str) -> None:
    helmfiles = read(tmp_path, {**CHART, **UNREAD[form]})
    assert [*helmfiles.releases()] == []
    assert helmfiles.unread


def test_values_that_a_remote_file_may_change_are_unknown(tmp_path: Path) -> None:
    values = "environments: {prod: {values: [{a: 1}, 'git::https://example.com/a.git@b.yaml']}}\n---\n"
    files = {"helmfile.yaml.gotmpl": f"{values}{RELEASE}  values: [{{a: {{{{ .Values.a }}}}}}]\n"}
    (release,) = read(tmp_path, {**CHART, **files}).releases()
    assert told(tmp_path, release) == "prod: web of charts/web {a: $(a)}"


def test_helmfiles_that_include_each_other_and_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: canary\n")
    root = tmp_path / "root"
    outside = f"helmfiles: [helmfile.yaml, ../../etc/*.yaml]\n{RELEASE}  values: [../secret.yaml, /etc/passwd]\n"
    helmfiles = read(root, {**CHART, "helmfile.yaml": outside})
    assert {told(root, release) for release in helmfiles.releases()} <= {
        "default: web of charts/web no ../secret.yaml no /etc/passwd"
    }


def test_a_value_stands_on_its_line_of_the_template(tmp_path: Path) -> None:
    values_of_it = "  values:\n  - name: {{ .Environment.Name }}-web\n    port: 8080\n"
    text = f"environments: {{prod: {{}}}}\n---\n{RELEASE}{values_of_it}"
    (release,) = read(tmp_path, {**CHART, "helmfile.yaml.gotmpl": text}).releases()
    (values,) = release.values
    assert not isinstance(values, Path)
    assert str(values.at.below("name").span).endswith("helmfile.yaml.gotmpl:7:11")
    assert str(values.at.below("port").span).endswith("helmfile.yaml.gotmpl:8:11")
    assert values.at.below("port").replace(80) is None


def test_releases_are_bundles_of_their_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a helmfile uses is a layer and no set of values by itself; what is elsewhere is counted."""
    files = {
        **CHART,
        "charts/web/values.yaml": "port: 80\n",
        "charts/web/values-prod.yaml": "port: 81\n",
        "charts/web/templates/web.yaml": SERVICE,
        "helmfile.yaml": f"environments: {{dev: {{}}, prod: {{values: [env/prod.yaml]}}}}\n---\n{RELEASE}"
        "  namespace: shop\n  values: [charts/web/values-prod.yaml]\n- {name: db, chart: bitnami/postgresql}\n",
        "env/prod.yaml": "port: 1\n",
        "other/helmfile.yaml.gotmpl": "{{ range .Values.x }}",
    }
    read(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    report = Session.of(["."]).report()
    found = {
        bundle.name: (bundle.target.environment, [str(item) for item in bundle.resources]) for bundle in report.bundles
    }
    assert found == {
        "charts/web": ("", ["Service release-name"]),
        "charts/web with helmfile.yaml, release web in dev": ("development", ["Service web"]),
        "charts/web with helmfile.yaml, release web in prod": ("production", ["Service web"]),
    }
    assert {(item.kind, item.name, item.path) for item in report.workspace.unfollowed} == {
        ("helmfile release", "db", "helmfile.yaml"),
        ("helmfile", "", "other/helmfile.yaml.gotmpl"),
    }


# HelmReleases

RELEASES = {title: (files, expected) for title, files, expected in cases((DATA / "helmreleases.txt").read_text())}


def told_of(root: Path, found: Installation) -> str:
    """An installation on one line: its release, namespace and chart, its values, and what is not there."""
    values = found.values
    folder = str(found.folder.relative_to(root)) if found.folder else "elsewhere"
    parts = [f"{values.release} in {values.namespace or '-'} of {folder}"]
    parts += ["only"] * values.is_without_own + [str(path.relative_to(root)) for path in values.files]
    parts += [item.text for item in values.inline]
    parts += [f"no {name}" for name, _ in values.absent]
    parts += ["without crds"] * values.skips_definitions
    parts += ["then " + " and ".join(setting.field for setting in settings) for settings in values.post_renderers]
    return " ".join(parts)


@pytest.mark.parametrize("form", RELEASES)
def test_what_helm_releases_install(tmp_path: Path, form: str) -> None:
    files, expected = RELEASES[form]
    sources = read(tmp_path, {**CHART, **files}).sources
    documents = [item for path in sorted(tmp_path.glob("*.yaml")) for item in sources.documents(path)]
    found = installations(documents, sources.tree)
    assert [told_of(tmp_path, item) for item in found] == expected


def test_a_chart_of_another_repository_is_not_here(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:example/here.git\n')
    release = RELEASES["values and a chart in git"][0]["release.yaml"]
    source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system}\n"
    for url, folder in (("https://github.com/example/here", "charts/web"), ("https://github.com/a/b", "elsewhere")):
        sources = read(tmp_path, {**CHART, "a.yaml": f"{release}---\n{source}spec: {{url: '{url}'}}\n"}).sources
        (found,) = installations(sources.documents(tmp_path / "a.yaml"), sources.tree)
        assert f" of {folder}" in told_of(tmp_path, found)


CLUSTER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps/NAME, sourceRef: {kind: GitRepository, name: flux-system}}
"""


@pytest.mark.skipif(find_builder() is None, reason="neither kustomize nor kubectl is installed")
def test_releases_that_overlays_patch_go_to_their_clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is rendered as it is built, its generated values with it."""
    release = RELEASES["values and a chart in git"][0]["release.yaml"].replace("port: 81", "type: ClusterIP")
    files = {
        **CHART,
        "charts/web/values.yaml": "port: 80\ntype: LoadBalancer\n",
        "charts/web/templates/web.yaml": SERVICE,
        "apps/base/kustomization.yaml": "resources: [release.yaml]\n",
        "apps/base/release.yaml": release.replace(
            "  values:", "  valuesFrom: [{kind: ConfigMap, name: web}]\n  values:"
        ),
    }
    for name, port in (("staging", 81), ("production", 82)):
        files[f"clusters/{name}/apps.yaml"] = CLUSTER.replace("NAME", name)
        files[f"apps/{name}/kustomization.yaml"] = (
            "resources: [../base]\nnamespace: shop\ngeneratorOptions: {disableNameSuffixHash: true}\n"
            f"configMapGenerator: [{{name: web, literals: ['values.yaml=port: {port}']}}]\n"
        )
    read(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    report = Session.of(["."]).report()
    found = {
        bundle.name: (bundle.target.environment, item.get("spec", "ports"))
        for bundle in report.bundles
        for item in bundle.resources
        if item.kind == "Service"
    }
    assert found == {
        "charts/web": ("", [{"port": 80}]),
        "charts/web with apps/base/release.yaml (web)": ("production", [{"port": 82}]),
        "charts/web with apps/base/release.yaml (web) (2)": ("staging", [{"port": 81}]),
    }


HOOK = SERVICE.replace("{name:", "{annotations: {helm.sh/hook: test}, name:").replace('"{{ .Release.Name }}"', "test")
PATCHED_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}
  postRenderers:
  - kustomize:
      patches:
      - target: {kind: Service}
        patch: |
          - {op: replace, path: /spec/ports/0/port, value: 81}
  - kustomize:
      patchesStrategicMerge:
      - apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          type: LoadBalancer
"""
PORT_NAME = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{port: 80, name: http}]\n"
PATCHED_PATHS = (("metadata", "name"), ("spec", "type"), ("spec", "ports", 0, "port"), ("spec", "ports", 0, "name"))
PATCHED_HELMFILE = """\
releases:
- name: web
  chart: ./charts/web
  strategicMergePatches: [patch.yaml]
  jsonPatches:
  - target: {version: v1, kind: Service, name: "{{ .Release.Name }}"}
    patch:
    - {op: add, path: /spec/type, value: NodePort}
"""


@pytest.mark.skipif(find_builder() is None, reason="neither kustomize nor kubectl is installed")
def test_what_kustomize_changes_of_what_charts_render_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value stands where the patch has it; hooks are handed to no post-renderer, and what is refused is said."""
    files = {
        **CHART,
        "charts/web/values.yaml": "port: 80\n",
        "charts/web/templates/web.yaml": SERVICE,
        "charts/web/templates/tests/test.yaml": HOOK,
        "flux/release.yaml": PATCHED_RELEASE,
        "flux/refused.yaml": PATCHED_RELEASE.replace("{name: web, n", "{name: refused, n").replace("replace", "test"),
        "helmfile.yaml": PATCHED_HELMFILE,
        "patch.yaml": PORT_NAME,
    }
    read(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    report = Session.of(["."], [rule for rule in load_rules()[0] if rule.name == "unrendered"], isolated=True).report()
    found: dict[str, list[str]] = defaultdict(list)
    for bundle in report.bundles:
        for item in bundle.resources:
            for path in PATCHED_PATHS:
                if item.get(*path):
                    place = f"{item.at(*path).span.file}:{item.at(*path).span.line}"
                    found[bundle.name.removeprefix("charts/web with ")].append(f"{item.get(*path)} {place}")
    hook = ["test charts/web/templates/tests/test.yaml:3", "80 charts/web/templates/tests/test.yaml:4"]
    name, port = "charts/web/templates/web.yaml:3", "charts/web/templates/web.yaml:4"
    patched = [f"web {name}", "LoadBalancer flux/release.yaml:18", "81 flux/release.yaml:11"]
    assert found["flux/release.yaml"] == [*patched, *hook]
    patched = [f"web {name}", "NodePort helmfile.yaml:8", f"80 {port}", "http patch.yaml:5"]
    assert found["helmfile.yaml, release web"] == [*patched, *hook]
    assert found["flux/refused.yaml"] == [f"refused {name}", f"80 {port}", *hook]
    assert [f"{finding.span.file}:{finding.span.line}: {finding.message}" for finding in report.findings] == [
        "flux/refused.yaml:10: kustomize refuses this patch: testing value /spec/ports/0/port failed: test failed",
        "flux/refused.yaml:16: This patch has no target: there is no Service web that it could change",
    ]
