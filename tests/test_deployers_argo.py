"""What Argo CD would install from a workspace, with which values: the forms that its documentation has, and others.

Each case is files, and what the Applications in them install: chart, release, namespace, and values in their order.
"""

import json
from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.installations import installations
from klint.render.kustomize.builder import find_builder
from klint.report import Options as ReportOptions
from klint.report import json as json_report
from klint.report import render
from klint.session import Options, Session
from klint.text.source import Source
from klint.workspace.deployers.argo.applications import ArgoCD
from klint.workspace.deployers.argo.deliveries import image_of
from klint.workspace.disk import DiskTree
from klint.workspace.parsed import Parsed
from klint.workspace.paths import relative_to

CHART = "apiVersion: v2\nname: chart\nversion: 1.0.0\n"
CLUSTERS = """\
apiVersion: v1
kind: Secret
metadata:
  name: first
  labels: {argocd.argoproj.io/secret-type: cluster, stage: prod}
stringData: {name: eu_1, server: "https://eu.example.com"}
---
apiVersion: v1
kind: Secret
metadata:
  name: second
  labels: {argocd.argoproj.io/secret-type: cluster, stage: test}
data: {name: dXMtMQ==, server: aHR0cHM6Ly91cy5leGFtcGxlLmNvbQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: no-cluster, labels: {stage: prod}}
stringData: {name: other}
"""


def application(source: str, name: str = "web", destination: str = "{namespace: shop}") -> str:
    """An Application with one source."""
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
        f"metadata: {{name: {name}, namespace: argocd}}\nspec:\n  destination: {destination}\n  source: {source}\n"
    )


def application_set(spec: str, template: str = "", *, go: bool = True) -> str:
    """An ApplicationSet whose Applications install charts."""
    template = template or (
        "{metadata: {name: 'app-{{.name}}'}, spec: {source: {path: 'charts/{{.name}}'}}}"
        if go
        else "{metadata: {name: 'app-{{name}}'}, spec: {source: {path: 'charts/{{name}}'}}}"
    )
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec:\n"
        f"  goTemplate: {str(go).lower()}\n  goTemplateOptions: [missingkey=error]\n"
        f"  generators: {spec}\n  template: {template}\n"
    )


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def workspace(root: Path, files: dict[str, str]) -> tuple[ArgoCD, list[str]]:
    """Argo CD, and the lines that say what it installs."""
    write(root, files)
    parsed = Parsed()
    documents = [
        document
        for name, text in sorted(files.items())
        if name.endswith(".yaml") and "apiVersion" in text
        for document in parsed.documents(Source(name, text, name))
    ]
    tree = DiskTree(root)
    argo = ArgoCD(tree, documents)
    lines = []
    for found in installations(documents, tree, lambda: argo):
        values = found.values
        parts = [relative_to(root, found.folder) if found.folder else "elsewhere", values.release]
        parts += [f"-n {values.namespace}"] if values.namespace else []
        parts += [relative_to(root, file) for file in values.files]
        parts += [item.text.strip() for item in values.inline]
        parts += [f"--set {item}" for item in values.sets]
        parts += [f"--set-string {item}" for item in values.strings]
        parts += [f"--set-literal {item}" for item in values.literals]
        parts += [f"without {name}" for name, _ in values.absent]
        parts += [values.kube_version, *values.api_versions] if values.kube_version else []
        parts += ["no CRDs"] if values.skips_definitions else []
        lines.append(" ".join(parts))
    return argo, lines


SHOP = {"charts/shop/Chart.yaml": CHART, "charts/shop/values-prod.yaml": "a: 1\n", "env/prod.yaml": "b: 1\n"}
LAYERED = {"charts/shop/Chart.yaml": CHART} | {f"env/{name}.yaml": "" for name in ("a", "b", "z", "sub/c")}

APPLICATIONS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a chart by its path": ({**SHOP, "a.yaml": application("{path: charts/shop}")}, ["charts/shop web -n shop"]),
    "slashes around a path": ({**SHOP, "a.yaml": application("{path: /charts/shop/}")}, ["charts/shop web -n shop"]),
    "a chart of a registry": (
        {**SHOP, "a.yaml": application("{chart: shop, path: charts/shop, repoURL: 'https://example.com'}")},
        ["elsewhere web -n shop"],
    ),
    "a path that is not here": (
        {"a.yaml": application("{path: charts/shop, helm: {releaseName: x}}")},
        ["elsewhere x -n shop"],
    ),
    "a path out of the workspace": (
        {**SHOP, "a.yaml": application("{path: ../../etc, helm: {valueFiles: [../../../../etc/passwd]}}")},
        ["elsewhere web -n shop without ../../../../etc/passwd"],
    ),
    "a plain folder is no chart": ({"apps/x.yaml": "", "a.yaml": application("{path: apps}")}, []),
    "release, namespace and versions": (
        {
            **SHOP,
            "a.yaml": application(
                "{path: charts/shop, helm: {releaseName: r, namespace: other, kubeVersion: '1.30.0',"
                " apiVersions: [a/v1], skipCrds: true}}"
            ),
        },
        ["charts/shop r -n other 1.30.0 a/v1 no CRDs"],
    ),
    # user-guide/helm.md, "Helm Value Precedence": valuesObject trumps values
    "values": (
        {**SHOP, "a.yaml": application('{path: charts/shop, helm: {values: "x: 1", valueFiles: [values-prod.yaml]}}')},
        ["charts/shop web -n shop charts/shop/values-prod.yaml x: 1"],
    ),
    "an object goes before values": (
        {**SHOP, "a.yaml": application('{path: charts/shop, helm: {values: "x: 1", valuesObject: {b: 2}}}')},
        ['charts/shop web -n shop {"b": 2}'],
    ),
    "an empty object is none": (
        {**SHOP, "a.yaml": application('{path: charts/shop, helm: {values: "x: 1", valuesObject: {}}}')},
        ["charts/shop web -n shop x: 1"],
    ),
    # user-guide/helm.md, "Values Files", "Glob Patterns in Value Files", "Deduplication"
    "files from the chart, and from the root": (
        {
            **SHOP,
            "a.yaml": application("{path: charts/shop, helm: {valueFiles: [../../env/prod.yaml, /env/prod.yaml]}}"),
        },
        ["charts/shop web -n shop env/prod.yaml"],
    ),
    "files that are not here": (
        {**SHOP, "a.yaml": application("{path: charts/shop, helm: {valueFiles: [x.yaml, 'https://example.com/v.yaml']}}")},
        ["charts/shop web -n shop without x.yaml without https://example.com/v.yaml"],
    ),
    "files that need not be here": (
        {
            **SHOP,
            "a.yaml": application("{path: charts/shop, helm: {valueFiles: [x.yaml], ignoreMissingValueFiles: true}}"),
        },
        ["charts/shop web -n shop"],
    ),
    "a pattern": (
        {**LAYERED, "a.yaml": application("{path: charts/shop, helm: {valueFiles: ['/env/*.yaml']}}")},
        ["charts/shop web -n shop env/a.yaml env/b.yaml env/z.yaml"],
    ),
    "a pattern through folders": (
        {**LAYERED, "a.yaml": application("{path: charts/shop, helm: {valueFiles: ['../../env/**/*.yaml']}}")},
        ["charts/shop web -n shop env/a.yaml env/b.yaml env/z.yaml env/sub/c.yaml"],
    ),
    "what is named goes before a pattern": (
        {**LAYERED, "a.yaml": application("{path: charts/shop, helm: {valueFiles: ['/env/{a,b}.yaml', /env/a.yaml]}}")},
        ["charts/shop web -n shop env/b.yaml env/a.yaml"],
    ),
    "a pattern without files": (
        {**LAYERED, "a.yaml": application("{path: charts/shop, helm: {valueFiles: ['x/*.yaml']}}")},
        ["charts/shop web -n shop without x/*.yaml"],
    ),
    "a pattern that leads out": (
        {**LAYERED, "a.yaml": application("{path: charts/shop, helm: {valueFiles: ['../../../*/*.yaml']}}")},
        ["charts/shop web -n shop without ../../../*/*.yaml"],
    ),
    # user-guide/build-environment.md
    "variables of the build": (
        {
            **SHOP,
            "env/web.yaml": "",
            "a.yaml": application(
                "{path: charts/shop, helm: {valueFiles: [/env/$ARGOCD_APP_NAME.yaml],"
                " parameters: [{name: a, value: $ARGOCD_APP_NAMESPACE}, {name: b, value: $ARGOCD_APP_REVISION}]}}"
            ),
        },
        ["charts/shop web -n shop env/web.yaml --set a=shop --set b=$ARGOCD_APP_REVISION"],
    ),
    "parameters": (
        {
            **SHOP,
            "charts/shop/conf.txt": "k={v}\n",
            "a.yaml": application(
                "{path: charts/shop, helm: {parameters: [{name: a.b, value: 'x,y'}, {name: c, value: '{1,2}'},"
                " {name: d, value: '8', forceString: true}, {value: lost}],"
                " fileParameters: [{name: e, path: conf.txt}, {name: f, path: f}]}}"
            ),
        },
        ["charts/shop web -n shop --set a.b=x\\,y --set c={1,2} --set-string d=8 --set-literal e=k={v}\n without f"],
    ),
    # user-guide/multiple_sources.md
    "sources go before source": (
        {**SHOP, "a.yaml": application("{path: charts/none}\n  sources: [{path: charts/shop}, {chart: redis}]")},
        ["charts/shop web -n shop", "elsewhere web -n shop"],
    ),
    "a source that others refer to": (
        {
            **SHOP,
            "a.yaml": application(
                "\n  sources:\n  - {path: charts/shop, helm: {valueFiles: [$values/env/prod.yaml, $x/env/prod.yaml]}}\n"
                "  - {repoURL: 'https://example.com/values', ref: values}"
            ),
        },
        ["charts/shop web -n shop env/prod.yaml without $x/env/prod.yaml"],
    ),
    # user-guide/parameters.md, "Store Overrides In Git"
    "overrides beside the chart": (
        {
            **SHOP,
            "charts/shop/.argocd-source.yaml": "path: other\nhelm: {valuesObject: {b: 2}, releaseName: r}\n",
            "charts/shop/.argocd-source-web.yaml": "helm:\n  releaseName: null\n  valueFiles: [values-prod.yaml]\n",
            "charts/shop/.argocd-source-other.yaml": "helm: {namespace: no}\n",
            "a.yaml": application("{path: charts/shop, helm: {valuesObject: {a: 1}}}"),
        },
        ['charts/shop web -n shop charts/shop/values-prod.yaml {"a": 1} {"b": 2}'],
    ),
    "the repository that this is": (
        {
            **SHOP,
            ".git/config": '[remote "origin"]\nurl = git@github.com:acme/shop.git\n',
            "a.yaml": application("{path: charts/shop, repoURL: 'https://github.com/Acme/shop'}"),
            "b.yaml": application("{path: charts/shop, repoURL: 'https://github.com/x/shop', helm: {a: b}}", "b"),
        },
        ["charts/shop web -n shop", "elsewhere b -n shop"],
    ),
    "what is no Application": (
        {**SHOP, "a.yaml": application("{path: charts/shop}").replace("argoproj.io/v1alpha1", "app.k8s.io/v1beta1")},
        [],
    ),
    "malformed": (
        {**SHOP, "a.yaml": application("[charts/shop]"), "b.yaml": application("{path: [x], helm: yes}"),
         "c.yaml": application("{path: charts/shop, helm: {parameters: x, valueFiles: {a: 1}, valuesObject: 3}}")},
        ["charts/shop web -n shop"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", APPLICATIONS)
def test_applications(title: str, tmp_path: Path) -> None:
    files, expected = APPLICATIONS[title]
    assert workspace(tmp_path, files)[1] == expected


TWO = {f"charts/{name}/Chart.yaml": CHART for name in ("one", "two")}
BOTH = ["charts/one app-one", "charts/two app-two"]

SETS: dict[str, tuple[dict[str, str], list[str], list[str]]] = {
    # operator-manual/applicationset/Generators-List.md
    "a list": ({**TWO, "a.yaml": application_set("[{list: {elements: [{name: one}, {name: two}]}}]")}, BOTH, []),
    "a list, in the first dialect": (
        {**TWO, "a.yaml": application_set("[{list: {elements: [{name: one}, {name: two}]}}]", go=False)}, BOTH, [],
    ),
    "values in the first dialect": (
        {**TWO, "a.yaml": application_set(
            "[{list: {elements: [{values: {chart: one}, id: 1}]}}]",
            "{metadata: {name: 'app-{{ id }}'}, spec: {source: {path: 'charts/{{values.chart}}',"
            " helm: {releaseName: 'r-{{unknown}}'}}}}", go=False)},
        ["charts/one app-1"], [],
    ),
    # Generators-Git.md
    "folders": (
        {**TWO, "charts/.hidden/Chart.yaml": CHART, "charts/one/templates/x.yaml": "", "a.yaml": application_set(
            "[{git: {directories: [{path: 'charts/*'}], values: {to: 'ns-{{.path.basenameNormalized}}'}}}]",
            "{metadata: {name: '{{index .path.segments 1}}'}, spec: {source: {path: '{{.path.path}}'},"
            " destination: {namespace: '{{.values.to}}'}}}")},
        ["charts/one one -n ns-one", "charts/two two -n ns-two"], [],
    ),
    "folders, in the first dialect": (
        {**TWO, "a.yaml": application_set(
            "[{git: {directories: [{path: 'charts/*'}, {path: 'charts/tw?', exclude: true}]}}]",
            "{metadata: {name: '{{path[1]}}'}, spec: {source: {path: '{{path}}'},"
            " destination: {namespace: '{{path.basename}}'}}}", go=False)},
        ["charts/one one -n one"], [],
    ),
    "files": (
        {**TWO, "clusters/eu/config.json": json.dumps({"app": {"chart": "one"}, "port": 80}),
         "clusters/us/deep/config.json": json.dumps([{"app": {"chart": "two"}}]),
         "a.yaml": application_set(
            "[{git: {files: [{path: 'clusters/*/config.json'}]}}]",
            "{metadata: {name: '{{.path.basename}}'}, spec: {source: {path: 'charts/{{.app.chart}}',"
            " helm: {parameters: [{name: file, value: '{{.path.filename}}'}]}}}}")},
        ["charts/one eu --set file=config.json", "charts/two deep --set file=config.json"], [],
    ),
    "files, in the first dialect": (
        {**TWO, "clusters/eu/config.yaml": "app: {chart: one}\nports: [80]\n", "a.yaml": application_set(
            "[{git: {files: [{path: 'clusters/**/config.yaml'}, {path: 'clusters/us/*', exclude: true}],"
            " pathParamPrefix: at}}]",
            "{metadata: {name: '{{at.path.basename}}'}, spec: {source: {path: 'charts/{{app.chart}}',"
            " helm: {parameters: [{name: port, value: '{{ports.0}}'}]}}}}", go=False)},
        ["charts/one eu --set port=80"], [],
    ),
    "another repository": (
        {**TWO, ".git/config": '[remote "origin"]\nurl = https://example.com/a/b\n', "a.yaml": application_set(
            "[{git: {repoURL: 'https://example.com/a/c', directories: [{path: 'charts/*'}]}}]")},
        [], ["a generator that reads another repository"],
    ),
    # Generators-Cluster.md
    "the cluster that Argo CD is in": (
        {**TWO, "a.yaml": application_set(
            "[{clusters: {}}]", "{metadata: {name: '{{.name}}'}, spec: {source: {path: charts/one}}}")},
        ["charts/one in-cluster"], [],
    ),
    "clusters": (
        {**TWO, "c.yaml": CLUSTERS, "a.yaml": application_set(
            "[{clusters: {values: {to: '{{.name}}'}}}]",
            "{metadata: {name: '{{.nameNormalized}}'}, spec: {source: {path: charts/one,"
            " helm: {parameters: [{name: to, value: '{{.values.to}} {{.server}}'}]}}}}")},
        ["charts/one eu-1 --set to=eu_1 https://eu.example.com", "charts/one us-1 --set to=us-1 https://us.example.com",
         "charts/one in-cluster --set to=in-cluster https://kubernetes.default.svc"], [],
    ),
    "clusters by label, in the first dialect": (
        {**TWO, "c.yaml": CLUSTERS, "a.yaml": application_set(
            "[{clusters: {selector: {matchLabels: {stage: prod}}}}]",
            "{metadata: {name: '{{nameNormalized}}-{{metadata.labels.stage}}'}, spec: {source: {path: charts/one}}}",
            go=False)},
        ["charts/one eu-1-prod"], [],
    ),
    "clusters that nobody knows": (
        {**TWO, "a.yaml": application_set("[{clusters: {selector: {matchLabels: {stage: prod}}}}]")},
        [], ["a generator of clusters whose Secrets are not in the workspace"],
    ),
    # Generators-Matrix.md
    "a matrix": (
        {**TWO, "c.yaml": CLUSTERS, "a.yaml": application_set(
            "[{matrix: {generators: [{git: {directories: [{path: 'charts/*'}]}},"
            " {clusters: {selector: {matchExpressions: [{key: stage, operator: In, values: [prod, test]}]}}}]}}]",
            "{metadata: {name: '{{.path.basename}}-{{.nameNormalized}}'}, spec: {source: {path: '{{.path.path}}'}}}")},
        ["charts/one one-eu-1", "charts/one one-us-1", "charts/two two-eu-1", "charts/two two-us-1"], [],
    ),
    "a matrix whose second part is made of the first": (
        {**TWO, "stages/one/x.yaml": "name: one\n", "stages/two/x.yaml": "name: two\n", "a.yaml": application_set(
            "[{matrix: {generators: [{list: {elements: [{stage: two}]}},"
            " {git: {files: [{path: 'stages/{{.stage}}/x.yaml'}]}}]}}]")},
        ["charts/two app-two"], [],
    ),
    "a matrix with a list out of a file": (
        {**TWO, "all.yaml": "components: [{name: one}, {name: two}]\n", "a.yaml": application_set(
            "[{matrix: {generators: [{git: {files: [{path: all.yaml}]}},"
            " {list: {elements: [], elementsYaml: '{{ .components | toJson }}'}}]}}]")},
        BOTH, [],
    ),
    "the first part of a matrix goes before the second": (
        {**TWO, "a.yaml": application_set(
            "[{matrix: {generators: [{list: {elements: [{name: one}]}}, {list: {elements: [{name: two, x: 1}]}}]}}]")},
        ["charts/one app-one"], [],
    ),
    "a matrix that does not agree, in the first dialect": (
        {**TWO, "a.yaml": application_set(
            "[{matrix: {generators: [{list: {elements: [{name: one}]}}, {list: {elements: [{name: two}]}}]}}]",
            go=False)},
        [], ["a matrix of generators that do not agree"],
    ),
    # Generators-Merge.md
    "a merge": (
        {**TWO, "a.yaml": application_set(
            "[{merge: {mergeKeys: [id], generators: [{list: {elements: [{id: a, name: one}, {id: b, name: one}]}},"
            " {list: {elements: [{id: b, name: two}, {id: c, name: two}]}}]}}]")},
        BOTH, [],
    ),
    # Generators-Post-Selector.md
    "a selector": (
        {**TWO, "a.yaml": application_set(
            "[{list: {elements: [{name: one, env: prod}, {name: two}]}, selector: {matchLabels: {env: prod}}}]")},
        ["charts/one app-one"], [],
    ),
    # Template.md, "Generator templates"
    "a template of a generator's own": (
        {**TWO, "a.yaml": application_set(
            "[{list: {elements: [{name: x}], template: {metadata: {}, spec: {source: {path: charts/two}}}}}]")},
        ["charts/two app-x"], [],
    ),
    "functions and conditions": (
        {**TWO, "env/prod.yaml": "", "a.yaml": application_set(
            "[{list: {elements: [{name: ONE, env: {stage: prod}}]}}]",
            """{metadata: {name: '{{ printf "%s-%s" (.name | lower) .env.stage | trunc 6 }}'}, spec: {source: {
            path: 'charts/{{- lower .name -}} ', helm: {valueFiles: [
            '{{ if and (eq .env.stage "prod") (not (hasKey . "x")) }}/env/prod.yaml{{ else }}none{{ end }}'],
            parameters: [{name: a, value: '{{ dig "env" "x" "no" . }} {{ .env.stage | default "y" | quote }}'}]}}}}""",
        )},
        ['charts/one one-pr env/prod.yaml --set a=no "prod"'], [],
    ),
    # what is beyond
    "a function that klint does not know": (
        {**TWO, "a.yaml": application_set("[{list: {elements: [{name: one}]}}]", "{metadata: {name: '{{ now }}'}}")},
        [], ["the template function now"],
    ),
    "a parameter that nothing generates": (
        {**TWO, "a.yaml": application_set("[{list: {elements: [{id: one}]}}]")},
        [], ["the parameter .name, which nothing generates"],
    ),
    "loops": (
        {**TWO, "a.yaml": application_set(
            "[{list: {elements: [{name: [o, ne]}]}}]",
            "{metadata: {name: app}, spec: {source: {path: 'charts/{{range .name}}{{.}}{{end}}'}}}")},
        ["charts/one app"], [],
    ),
    # Template.md, "Template Patch"
    "a patch of the template": (
        {**TWO, "env/prod.yaml": "", "a.yaml": application_set(
            "[{list: {elements: [{name: one, env: prod, files: [a, prod]}, {name: two, env: dev, size: 2}]}}]",
            "{metadata: {name: 'app-{{.name}}'}, spec: {source: {path: 'charts/{{.name}}', helm: {valueFiles: [a]}}}}",
        ) + """\
  templatePatch: |
    {{- if eq .env "prod" }}
    spec:
      source:
        helm:
          valueFiles:
          {{- range $file := .files }}
            - /env/{{ $file }}.yaml
          {{- end }}
    {{- else }}
    spec: {source: {helm: {valueFiles: null, valuesObject: {size: {{ .size }}}}}}
    {{- end }}
"""},
        ["charts/one app-one env/prod.yaml without /env/a.yaml", 'charts/two app-two {"size": 2}'], [],
    ),
    "a patch that takes all away, and one of templates that are not Go's": (
        {**TWO, "a.yaml": application_set("[{list: {elements: [{name: one}]}}]") + "  templatePatch: 'spec:'\n",
         "b.yaml": application_set("[{list: {elements: [{name: two}]}}]", go=False) + "  templatePatch: 'spec:'\n"},
        ["charts/two app-two"], [],
    ),
    "patches that klint does not follow": (
        {**TWO, "a.yaml": "---\n".join(
            application_set("[{list: {elements: [{name: one}]}}]") + f"  templatePatch: {patch}\n"
            for patch in ("'[{op: remove, path: /spec/source/path}]'", "'{{ .values }}'", "'{'"))},
        [], ["a templatePatch that is no merge patch", "the parameter .values, which nothing generates",
             "a text that is no YAML"],
    ),
    "generators that ask others": (
        {**TWO, "a.yaml": application_set("[{scmProvider: {}}, {list: {elements: [{name: one}]}}, {pullRequest: {}}]")},
        ["charts/one app-one"], ["the generator scmProvider", "the generator pullRequest"],
    ),
    # hostile
    "a very long list": (
        {**TWO, "a.yaml": application_set(f"[{{list: {{elements: [{'{name: one}, ' * 5000}]}}}}]")},
        [], ["a generator that makes more than 500 Applications"],
    ),
    "a product of long lists": (
        {**TWO, "a.yaml": application_set(
            f"[{{matrix: {{generators: [{{list: {{elements: [{'{name: one}, ' * 450}]}}}},"
            f" {{list: {{elements: [{'{a: 1}, ' * 450}]}}, selector: {{matchLabels: {{a: b}}}}}}]}}}}]")},
        [], ["generators that make too many parameters"],
    ),
    "generators in generators": (
        {**TWO, "a.yaml": application_set(f"[{'{matrix: {generators: [{list: {elements: [{}]}}, ' * 9}{']}}' * 9}]")},
        [], ["a generator that is none, or several"],
    ),
    "paths that lead out": (
        {**TWO, "a.yaml": application_set(
            "[{git: {directories: [{path: '../*'}, {path: '/etc'}]}}, {git: {files: [{path: '../../*'}]}}]",
            "{spec: {source: {path: '{{.path.path}}'}}}")},
        [], [],
    ),
    "malformed": (
        {**TWO, "a.yaml": application_set("[1, {}, {list: 3}, {list: {elements: x}}, {git: []}, {list: {}, git: {}}]")},
        [], ["a generator that is none, or several"] * 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", SETS)
def test_application_sets(title: str, tmp_path: Path) -> None:
    files, expected, unknown = SETS[title]
    argo, lines = workspace(tmp_path, files)
    assert lines == expected
    assert [item.what for item in argo.not_followed] == unknown


# Rendered

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  type: NodePort
  selector: {app: web}
  ports:
    - port: 80
      nodePort: {{ .Values.nodePort }}
"""
APPS = """\
{{- range .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ .name }}
spec:
  source:
    path: {{ .path }}
    helm:
      valuesObject:
        nodePort: {{ .nodePort }}
{{- end }}
"""
WEB = {
    "charts/web/Chart.yaml": CHART,
    "charts/web/values.yaml": "nodePort: 30001\n",
    "charts/web/templates/service.yaml": SERVICE,
}


WEB_FILES = {
    "web/service.yaml": SERVICE.replace("{{ .Release.Name }}", "web").replace("{{ .Values.nodePort }}", "80"),
    "web/other.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}',
    "web/deep/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\n",
}
KUSTOMIZED = {
    "web/service.yaml": WEB_FILES["web/service.yaml"],
    "web/kustomization.yaml": "resources: [service.yaml]\nnamePrefix: a-\n",
}
RULES = [rule for rule in load_rules()[0] if rule.name == "node-port-out-of-range"]


def found(root: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """Where the node ports stand that are out of range, and the bundles."""
    write(root, files)
    monkeypatch.chdir(root)
    report = Session.of(["."], RULES, isolated=True, options=Options(use_cache=False)).report()
    assert report.failures == ()
    return [str(finding.span) for finding in report.findings], [bundle.name for bundle in report.bundles]


with_helm = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
with_kustomize = pytest.mark.skipif(find_builder() is None, reason="there is no kustomize")


@with_helm
def test_applications_of_an_application_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        **WEB,
        "charts/apps/Chart.yaml": CHART.replace("chart", "apps"),
        "charts/apps/values.yaml": "apps: []\n",
        "charts/apps/templates/apps.yaml": APPS,
        "root.yaml": application(
            "\n    path: charts/apps\n    helm:\n      valuesObject:\n        apps:\n"
            "        - {name: shop, path: charts/web, nodePort: 80}\n"
            "        - {name: blog, path: charts/web, nodePort: 30003}\n"
            "        - {name: self, path: charts/apps}\n        - {name: gone, path: charts/none}\n",
            "root",
        ),
    }
    places, bundles = found(tmp_path, monkeypatch, files)
    assert places == ["root.yaml:11:52"]
    assert [name for name in bundles if name.startswith("charts/web with")] == [
        "charts/web with root.yaml (shop)",
        "charts/web with root.yaml (blog)",
    ]


@with_helm
@with_kustomize
def test_applications_are_followed_as_an_overlay_builds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = (
        "resources: [../base]\npatches:\n- target: {kind: Application}\n  patch: |-\n    - op: replace\n"
        "      path: /spec/source/helm/valuesObject/nodePort\n      value: 80\n"
    )
    files = {
        **WEB,
        "argo/base/kustomization.yaml": "resources: [app.yaml]\n",
        "argo/base/app.yaml": application("{path: charts/web, helm: {valuesObject: {nodePort: 81}}}"),
        "argo/prod/kustomization.yaml": overlay,
    }
    assert found(tmp_path, monkeypatch, files)[0] == ["argo/prod/kustomization.yaml:7:14"]


@with_helm
def test_what_an_application_set_makes_is_linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = application_set(
        "[{git: {files: [{path: 'env/*.yaml'}]}}]",
        "\n    metadata: {name: '{{.name}}'}\n    spec:\n      source:\n        path: charts/web\n        helm:\n"
        "          valueFiles: ['/{{.path.path}}/{{.path.filename}}']\n"
        "          parameters: [{name: unused, value: '{{.name}}'}]\n",
    )
    files = {
        **WEB,
        "env/a.yaml": "name: a\nnodePort: 30002\n",
        "env/b.yaml": "name: b\nnodePort: 80\n",
        "set.yaml": made,
    }
    places, bundles = found(tmp_path, monkeypatch, files)
    assert places == ["env/b.yaml:2:11"]
    assert [name for name in bundles if "with set.yaml" in name] == [
        "charts/web with set.yaml (a)",
        "charts/web with set.yaml (b)",
    ]


@with_helm
@with_kustomize
def test_what_a_chart_of_applications_deploys_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apps = {
        "apps/Chart.yaml": CHART,
        "apps/values.yaml": "to: none\n",
        "apps/values-prod.yaml": "to: prod\n",
        "apps/templates/a.yaml": application("{path: web}", destination="{name: '{{ .Values.to }}'}"),
        "root.yaml": application("{path: apps, helm: {valueFiles: [values-prod.yaml]}}", "root"),
    }
    write(tmp_path, {**KUSTOMIZED, **apps})
    monkeypatch.chdir(tmp_path)
    bundles = Session.of(["."], [], isolated=True, options=Options(use_cache=False)).report().bundles
    deployed = [bundle for bundle in bundles if bundle.name.startswith("web")]
    assert [(bundle.name, bundle.delivery and bundle.delivery.cluster) for bundle in deployed] == [("web", "prod")]


def test_what_is_not_linted_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n"
        "spec: {chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: b}}}}\n"
    )
    registry = "{chart: redis, repoURL: 'https://example.com'}"
    (tmp_path / "a.yaml").write_text(f"{release}---\n{release.replace('x}', 'y}')}---\n{application(registry)}")
    (tmp_path / "b.yaml").write_text(application_set("[{plugin: {}}]"))
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "main.jsonnet").write_text("{}")
    for name, source in {"c": "{path: web, plugin: {name: vault}}", "d": "{path: web}"}.items():
        (tmp_path / f"{name}.yaml").write_text(application(source, name))
    monkeypatch.chdir(tmp_path)
    report = Session.of(["."], [], isolated=True).report()
    assert render("text", report).splitlines() == [
        "2 HelmReleases of charts that are not here were not linted",
        "1 Application of a chart that is not here was not linted",
        "1 ApplicationSet was not followed: --verbose says why",
        "2 Applications were not followed: --verbose says why",
        "No findings in 4 files, 1 bundle",
    ]
    verbose = render("text", report, ReportOptions(verbose=True))
    assert "b.yaml ApplicationSet all: the generator plugin" in verbose
    assert "c.yaml Application c: the plugin vault" in verbose
    assert "d.yaml Application d: manifests in Jsonnet" in verbose
    assert json_report.document(report)["summary"]["unfollowed"] == 6


IN_PROD = "{namespace: shop, name: eu-prod}"

DELIVERIES: dict[str, tuple[dict[str, str], list[str]]] = {
    # user-guide/directory.md
    "a folder": (
        {**WEB_FILES, "argo/a.yaml": application("{path: web}", destination=IN_PROD)},
        ["web production: b/ConfigMap/a shop/Service/web", "web/deep/map.yaml : /ConfigMap/deep"],
    ),
    "a folder with all below it": (
        {**WEB_FILES, "argo/a.yaml": application("{path: web, directory: {recurse: true, exclude: '{other.json,x}'}}")},
        ["web : shop/ConfigMap/deep shop/Service/web", "web/other.json : b/ConfigMap/a"],
    ),
    "Applications in a List": (
        {
            **WEB_FILES,
            "charts/web/Chart.yaml": CHART,
            "charts/web/templates/web.yaml": SERVICE.replace("{{ .Release.Name }}", "x"),
            "list.yaml": "apiVersion: v1\nkind: List\nitems:\n" + "".join(
                "- " + application(f"{{path: {path}}}", name).replace("\n", "\n  ").rstrip() + "\n"
                for name, path in (("a", "web"), ("b", "charts/web"))
            ),
        },
        ["charts/web : /Service/x", "charts/web with list.yaml (b) : /Service/x",
         "web : b/ConfigMap/a shop/Service/web", "web/deep/map.yaml : /ConfigMap/deep"],
    ),
    "some files of a folder": (
        {**WEB_FILES, "argo/a.yaml": application("{path: web, directory: {include: '*.yaml', exclude: 'x*'}}")},
        ["web : shop/Service/web", "web/deep/map.yaml : /ConfigMap/deep", "web/other.json : b/ConfigMap/a"],
    ),
    # user-guide/kustomize.md
    "a kustomization": (
        {**KUSTOMIZED, "argo/a.yaml": application("{path: web}", destination="{server: 'https://kubernetes.default.svc'}")},
        ["web : /Service/a-web"],
    ),
    "a kustomization with what an Application adds": (
        {
            **KUSTOMIZED,
            "argo/a.yaml": application(
                "{path: web, kustomize: {namePrefix: b-, nameSuffix: -c, namespace: other, commonLabels: {x: z},"
                " images: ['a=b:1'], commonAnnotations: {k: v},"
                " patches: [{patch: '[{\"op\": \"remove\", \"path\": \"/spec/selector\"}]', target: {kind: Service}}],"
                " components: [../none], ignoreMissingComponents: true}}"
            ),
        },
        ["web : other/Service/b-web-c"],
    ),
    "an overlay that patches an Application": (
        {
            **WEB_FILES,
            "blog/map.yaml": WEB_FILES["web/deep/map.yaml"],
            "argo/base/kustomization.yaml": "resources: [a.yaml]\n",
            "argo/base/a.yaml": application("{path: web}"),
            "argo/prod/kustomization.yaml": (
                "resources: [../base]\npatches:\n- target: {kind: Application}\n  patch: |-\n    - op: replace\n"
                "      path: /spec/source/path\n      value: blog\n"
            ),
        },
        ["blog production: shop/ConfigMap/deep", "web : /Service/web b/ConfigMap/a",
         "web/deep/map.yaml : /ConfigMap/deep"],
    ),
    "clusters of an ApplicationSet": (
        {
            **KUSTOMIZED,
            "argo/a.yaml": application_set(
                "[{list: {elements: [{name: prod}, {name: dev}]}}]",
                "{metadata: {name: 'x-{{.name}}'}, spec: {source: {path: web}, destination: {name: '{{.name}}'}}}",
            ),
        },
        ["web by Application x-dev of argo/a.yaml development: /Service/a-web",
         "web production: /Service/a-web"],
    ),
    "a plugin, and a folder of another repository": (
        {
            **WEB_FILES,
            ".git/config": '[remote "origin"]\nurl = https://example.com/a/b\n',
            "argo/a.yaml": application("{path: web, plugin: {name: x}}"),
            "argo/b.yaml": application("{path: web, repoURL: 'https://example.com/a/c'}"),
        },
        ["web : /Service/web b/ConfigMap/a", "web/deep/map.yaml : /ConfigMap/deep"],
    ),
}  # fmt: skip


@with_kustomize
@pytest.mark.parametrize("title", DELIVERIES)
def test_deliveries(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles, their environments and objects: those that somebody deploys, and what lies in the same folders."""
    files, expected = DELIVERIES[title]
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    report = Session.of(["."], [], isolated=True, options=Options(use_cache=False)).report()
    assert (report.failures, report.findings) == ((), ())
    lines = []
    for bundle in report.bundles:
        objects = [f"{item.namespace}/{item.kind}/{item.name}" for item in bundle.resources]
        if not any("/Application" in item for item in objects):
            lines.append(f"{bundle.name} {bundle.target.environment}: {' '.join(sorted(objects))}")
    assert sorted(lines) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "image"),
    {
        "nginx:1.2": {"name": "nginx", "newTag": "1.2"},
        "nginx=example.com:5000/nginx": {"name": "nginx", "newName": "example.com:5000/nginx"},
        "a/b=c/d:1@sha256:ef": {"name": "a/b", "newName": "c/d", "newTag": "1", "digest": "sha256:ef"},
        "nginx@sha256:ef": {"name": "nginx", "digest": "sha256:ef"},
    }.items(),
)
def test_images(text: str, image: dict[str, str]) -> None:
    assert image_of(text) == image


@with_kustomize
@pytest.mark.parametrize(
    "told",
    {
        ".klint.yaml": "kustomize:\n  build-options: --enable-helm --load-restrictor LoadRestrictionsNone\n",
        "argocd-cm.yaml": (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n"
            "data: {kustomize.buildOptions: --load-restrictor=LoadRestrictionsNone}\n"
        ),
        "argocd.yaml": (
            "apiVersion: argoproj.io/v1beta1\nkind: ArgoCD\nmetadata: {name: gitops}\n"
            "spec: {kustomizeBuildOptions: --load-restrictor LoadRestrictionsNone}\n"
        ),
        "a.txt": "",
    }.items(),
)
def test_files_above_a_kustomization(told: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "map.yaml": WEB_FILES["web/deep/map.yaml"],
        "web/kustomization.yaml": "resources: [../map.yaml, ../../outside.yaml]\n",
    }
    write(tmp_path, {"outside.yaml": "canary: yes\n"})
    root = tmp_path / "root"
    write(root, {**files, told[0]: told[1]})
    monkeypatch.chdir(root)
    (rendering,) = Session.of(["."], [], options=Options(use_cache=False)).report().workspace.renderings
    restricted = "kustomize reads ../map.yaml only with --load-restrictor LoadRestrictionsNone: it is not below"
    outside = "../../outside.yaml is left out: it leads out of the workspace"
    assert len(rendering.documents) == 1
    assert [problem.message for problem in rendering.problems] == [*([] if told[1] else [restricted]), outside]
