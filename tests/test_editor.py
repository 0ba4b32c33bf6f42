"""What an editor is told of a value under the cursor, `‸`: where it leads, and what is known of the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.editor.completing.completions import completions
from klint.editor.completing.typing import sketch
from klint.editor.definitions import definition
from klint.editor.graphs import graphs_holding
from klint.editor.hovers import hover
from klint.editor.lenses import lenses
from klint.editor.links import document_links
from klint.editor.rooted import from_root
from klint.editor.uses import uses
from klint.engine import Report
from klint.registry import load_rules
from klint.session import Options, Session
from klint.text.data import leaves
from klint.text.source import Span
from tests.growth import assert_linear

CURSOR = "‸"

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  ingressClassName: nginx
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
"""
CLASS = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: nginx
spec:
  controller: k8s.io/ingress-nginx
"""
WEB = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: http
    - name: metrics
      port: 9090
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels:
        app: web
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: web
          ports:
            - name: http
              containerPort: 8080
            - containerPort: 9090
          envFrom:
            - configMapRef:
                name: web-settings
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-settings\n"
CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: shop
spec:
  secretName: shop-tls
  issuerRef:
    name: letsencrypt
    kind: ClusterIssuer
"""
FILES = {
    "ingress.yaml": INGRESS,
    "class.yaml": CLASS,
    "web.yaml": WEB,
    "settings.yaml": SETTINGS,
    "tls.yaml": CERTIFICATE,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which nothing is: what is open in the editor is all there is."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("open")
        patch.chdir(folder)
        yield folder
    _report.cache_clear()


@cache
def _report(root: Path, files: tuple[tuple[str, str], ...], *, with_rules: bool = False) -> Report:
    return Session.of(["."], load_rules()[0] if with_rules else ()).update(
        {root / name: text.encode() for name, text in files}
    )


def put(root: Path, files: Mapping[str, str], *, with_rules: bool = False) -> tuple[Report, Path, int]:
    """The report of files, of which one has the cursor in it, and where that is."""
    (name,) = (name for name, text in files.items() if CURSOR in text)
    open_files = tuple((path, text.replace(CURSOR, "")) for path, text in files.items())
    return _report(root, open_files, with_rules=with_rules), root / name, files[name].index(CURSOR)


def before(files: Mapping[str, str], name: str, text: str) -> dict[str, str]:
    """The files with the cursor in front of the last word of a text, which one of them has once."""
    assert files[name].count(text) == 1, text
    head, space, rest = text.rpartition(" ")
    return {**files, name: files[name].replace(text, f"{head}{space}{CURSOR}{rest}")}


def told(span: Span) -> str:
    """`web.yaml:4 web`: the place, and what stands there."""
    return f"{span.file}:{span.line} {span.source.text[span.start : span.end]}"


def targets(root: Path, files: Mapping[str, str]) -> list[str]:
    found = definition(*put(root, files))
    return [told(span) for span in found.targets] if found else []


# Where a value leads

LEADS = {
    ("ingress.yaml", "ingressClassName: nginx"): ["class.yaml:4 nginx"],
    ("ingress.yaml", "secretName: shop-tls"): ["tls.yaml:4 shop"],
    ("ingress.yaml", "                name: web"): ["web.yaml:4 web"],
    ("ingress.yaml", "                  name: http"): ["web.yaml:10 http"],
    ("web.yaml", "  selector:\n    app:"): ["web.yaml:26 web"],
    ("web.yaml", "80\n      targetPort: http"): ["web.yaml:33 http"],
    ("web.yaml", "      port: 9090"): ["web.yaml:35 9090"],
    ("web.yaml", "name: web-settings"): ["settings.yaml:4 web-settings"],
    ("web.yaml", "serviceAccountName: web"): [],
    ("web.yaml", "type: LoadBalancer"): [],
    ("web.yaml", "image: web"): [],
    ("tls.yaml", "name: letsencrypt"): [],
}


@pytest.mark.parametrize(("name", "text"), LEADS)
def test_where_a_value_leads(root: Path, name: str, text: str) -> None:
    assert targets(root, before(FILES, name, text)) == LEADS[name, text]


def test_a_selector_leads_to_the_labels_of_pods(root: Path) -> None:
    found = definition(*put(root, before(FILES, "web.yaml", "  type: LoadBalancer\n  selector:")))
    assert found is not None
    assert [told(found.span), *map(told, found.targets)] == ["web.yaml:7 selector", "web.yaml:25 labels"]


GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public
spec:
  gatewayClassName: istio
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop-tls}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
spec:
  parentRefs:
    - name: public
      sectionName: https
  rules:
    - backendRefs:
        - name: web
          port: 80
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector:
    matchLabels:
      app: web
  ingress:
    - ports:
        - port: http
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  maxReplicas: 3
"""
OTHERS = {"gateway.yaml": GATEWAY, "web.yaml": WEB, "policy.yaml": POLICY, "tls.yaml": CERTIFICATE}
OTHERS_LEAD = {
    ("gateway.yaml", "- name: public"): ["gateway.yaml:4 public"],
    ("gateway.yaml", "sectionName: https"): ["gateway.yaml:9 https"],
    ("gateway.yaml", "[{name: shop-tls"): ["tls.yaml:4 shop"],
    ("gateway.yaml", "          port: 80"): ["web.yaml:11 80"],
    ("policy.yaml", "app: web"): ["web.yaml:26 web"],
    ("policy.yaml", "- port: http"): ["web.yaml:33 http"],
    ("policy.yaml", "    kind: Deployment\n    name: web"): ["web.yaml:19 web"],
}


@pytest.mark.parametrize(("name", "text"), OTHERS_LEAD)
def test_where_a_value_of_another_kind_leads(root: Path, name: str, text: str) -> None:
    assert targets(root, before(OTHERS, name, text)) == OTHERS_LEAD[name, text]


MESH = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web.example.com]
  http:
    - route:
        - destination:
            host: web
            subset: v1
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec:
  host: web
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: grant}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: other}]
  to: [{group: "", kind: Service, name: web}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
"""
MESH_LEADS = {
    "host: web\n            sub": "web.yaml:4 web",
    "subset: v1": "mesh.yaml:17 v1",
    "externalName: web": "web.yaml:4 web",
    "Service, name: web": "web.yaml:4 web",
    "matchLabels: {app: web": "web.yaml:26 web",
}


@pytest.mark.parametrize("text", MESH_LEADS)
def test_where_a_value_beside_routes_leads(root: Path, text: str) -> None:
    mark = text.replace(": web\n", f": {CURSOR}web\n") if "\n" in text else f"{text[:-1]}{CURSOR}{text[-1]}"
    files = {"mesh.yaml": MESH.replace(text, mark), "web.yaml": WEB}
    assert targets(root, files) == [MESH_LEADS[text]]


@pytest.mark.parametrize("cursor", ["# ‸a comment\n", "‸---\n", "metadata: {‸}\n", "a: ‸\n"])
def test_where_nothing_stands(root: Path, cursor: str) -> None:
    files = {"a.yaml": f"{cursor}\n---\n{WEB}"}
    assert definition(*put(root, files)) is None
    assert hover(*put(root, files)) is None


@pytest.mark.parametrize("name", ["${SERVICE}", "wbe", "'{{ .web }}'"])
def test_what_is_filled_in_or_missing_leads_nowhere(root: Path, name: str) -> None:
    text = INGRESS.replace("name: web", f"name: {CURSOR}{name}")
    assert targets(root, {"ingress.yaml": text, "web.yaml": WEB}) == []


def test_another_environment_is_another_bundle(root: Path) -> None:
    files = {"staging/ingress.yaml": INGRESS, "production/web.yaml": WEB, "staging/web.yaml": WEB}
    found = before(files, "staging/ingress.yaml", "                name: web")
    assert targets(root, found) == ["staging/web.yaml:4 web"]
    assert targets(root, {name: text for name, text in found.items() if name != "staging/web.yaml"}) == []


def test_a_list_of_objects(root: Path) -> None:
    items = "".join(f"  -{indent(text, ' ' * 4)[3:]}" for text in (INGRESS, *WEB.split("---\n")))
    text = f"apiVersion: v1\nkind: List\nitems:\n{items}".replace("service:\n", f"service:{CURSOR}\n", 1)
    head, _, rest = text.partition(CURSOR)
    files = {"all.yaml": f"{head}{rest.replace('name: ', f'name: {CURSOR}', 1)}"}
    assert targets(root, files) == ["all.yaml:27 web"]


BASE = {
    "base/kustomization.yaml": "resources: [ingress.yaml, web.yaml]\n",
    "base/ingress.yaml": INGRESS,
    "base/web.yaml": WEB,
    "prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\npatches: [{path: patch.yaml}]\n",
    "prod/patch.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  loadBalancerClass: internal\n"
    "  selector:\n    tier: front\n",
}


def test_a_base_leads_to_the_files_of_bases_and_patches(root: Path) -> None:
    assert targets(root, before(BASE, "base/ingress.yaml", "                name: web")) == ["base/web.yaml:4 web"]
    report, path, offset = put(root, before(BASE, "prod/patch.yaml", "tier: front"))
    assert [graph.bundle.name for graph in graphs_holding(report, path)] == ["prod"]
    found = hover(report, path, offset)
    assert found is not None
    assert told(found.span) == "prod/patch.yaml:7 front"
    assert "pods with app=web, tier=front" in found.markdown


CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values.yaml": "port: 80\nclass: nginx\n",
    "chart/templates/ingress.yaml": INGRESS.replace("name: web", "name: {{ .Release.Name }}-web").replace(
        "ingressClassName: nginx", "ingressClassName: {{ .Values.class }}"
    ),
    "chart/templates/web.yaml": WEB.replace("name: web\n", "name: {{ .Release.Name }}-web\n").replace(
        "port: 80\n", "port: {{ .Values.port }}\n"
    ),
}


def test_a_template_leads_to_templates(root: Path) -> None:
    found = before(CHART, "chart/templates/ingress.yaml", "                name: {{")
    assert targets(root, found) == ["chart/templates/web.yaml:4 {{ .Release.Name }}-web"]
    found = before(CHART, "chart/templates/ingress.yaml", "                  name: http")
    assert targets(root, found) == ["chart/templates/web.yaml:10 http"]


# What is told of it


def markdown(root: Path, files: Mapping[str, str]) -> str:
    found = hover(*put(root, files))
    return found.markdown if found else ""


def test_a_backend_is_told_with_its_ways(root: Path) -> None:
    assert markdown(root, before(FILES, "ingress.yaml", "                name: web")) == (
        "`Service web` → `Service web` at web.yaml:4:9\n\n"
        "```text\n"
        "1. An entry that is in no manifest, audience unknown\n"
        "   because which load balancer serves it is not known\n"
        "   routing      ↓ IngressClass nginx  class.yaml:4\n"
        "   routing      ↓ Ingress shop        ingress.yaml:4\n"
        "   distribution ↓ Service web         web.yaml:4\n"
        "   workload     ↓ Deployment web      web.yaml:19\n"
        "   passes TLS  ingress.yaml:9:19\n"
        "   ends in port 8080 of Deployment web\n"
        "```"
    )


STATES: dict[str, str] = {
    "wbe": "`Service wbe` leads nowhere: there is Service web",
    "payments": "`Service payments` leads nowhere: it is not defined in the workspace",
    "${SERVICE}": "`Service ${SERVICE}` is not known: ",
    "'`_*x'": "``Service `_*x`` ",
}


@pytest.mark.parametrize("name", STATES)
def test_the_three_states(root: Path, name: str) -> None:
    files = {"ingress.yaml": INGRESS.replace("name: web", f"name: {CURSOR}{name}"), "web.yaml": WEB}
    assert markdown(root, files).startswith(STATES[name])


def test_a_port_is_told_with_its_own_ways_alone(root: Path) -> None:
    found = markdown(root, before(FILES, "web.yaml", "80\n      targetPort: http"))
    assert "LoadBalancer 80 of Service web" in found
    assert "9090" not in found


def test_a_host_is_told_with_its_routes_and_tls(root: Path) -> None:
    found = markdown(root, before(FILES, "ingress.yaml", "- host: shop.example.com"))
    assert found == (
        "`shop.example.com` is served by `ingress-nginx`; TLS ends at the router, as ingress.yaml:9:19 says\n\n"
        "```text\n/  Service web:http  Ingress shop\n```"
    )
    plain = {**FILES, "ingress.yaml": INGRESS.replace("shop.example.com\n      http", "'{{ host }}'\n      http")}
    assert markdown(root, before(plain, "ingress.yaml", "- host: '{{")) == ""


def test_an_object_is_told_with_who_reaches_it(root: Path) -> None:
    found = markdown(root, before(FILES, "web.yaml", "kind: Deployment"))
    assert found.startswith(
        "`Deployment web`: reached from shop.example.com\n\n```text\n1. LoadBalancer 80 of Service web,"
    )


def test_a_finding_is_told_with_the_page_of_its_rule(root: Path) -> None:
    files = {"a.yaml": INGRESS.replace("name: web", f"name: {CURSOR}wbe") + f"---\n{WEB}"}
    found = hover(*put(root, files, with_rules=True))
    assert found is not None
    assert found.markdown.startswith("**dangling-backend**: A route to a Service that does not exist")
    assert "rules/routing/dangling_backend/README.md)\n\n`Service wbe` leads nowhere" in found.markdown


@pytest.mark.parametrize(
    ("root", "told", "shown"),
    [
        ("/srv/my shop", "Chart /srv/my shop/web does not render", "Chart web does not render"),
        ("/srv/my shop", "rendered by /srv/my shop, /srv/my shop/web", "rendered by ., web"),
        ("/srv/my_shop", r"`Service web` at /srv/my\_shop/a\_b.yaml:4", r"`Service web` at a\_b.yaml:4"),
        ("/srv/shop", "Service shop/web in /srv/shop-old/web", "Service shop/web in /srv/shop-old/web"),
        ("/", "rendered by /web", "rendered by /web"),
    ],
)
def test_files_are_named_from_the_root(root: str, told: str, shown: str) -> None:
    assert from_root(told, Path(root)) == shown


def test_a_name_is_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_root("Service shop/web", tmp_path / "shop") == "Service shop/web"


GUIDE = Path(__file__).parents[1] / "docs" / "server.md"
SAMPLE = re.compile(
    r"<!-- hover (?P<file>\S+) (?P<text>[^\n]+) -->\n(?:\n````markdown\n(?P<told>.*?)````\n)?", re.DOTALL
)


def test_the_guide_shows_what_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    report = Session.of([str(GUIDE.parents[1] / "example" / "production")]).report()

    def sample(match: re.Match[str]) -> str:
        file = GUIDE.parents[1] / match["file"]
        content = file.read_text()
        found = hover(report, file, content.index(match["text"]) + len(match["text"]))
        assert found is not None
        return f"{match[0].partition('-->')[0]}-->\n\n````markdown\n{found.markdown}\n````\n"

    text = GUIDE.read_text()
    assert SAMPLE.search(text)
    if os.environ.get("UPDATE"):
        GUIDE.write_text(SAMPLE.sub(sample, text))
    assert SAMPLE.sub(sample, text) == GUIDE.read_text()


# Who refers to a value


def found_uses(root: Path, files: Mapping[str, str], *, with_declaration: bool = False) -> list[str]:
    return [told(span) for span in uses(*put(root, files), with_declaration=with_declaration)]


USED = {
    ("web.yaml", "kind: Service"): ["gateway.yaml:21 web"],
    ("web.yaml", "kind: Deployment"): [
        *("policy.yaml:6 podSelector", "policy.yaml:21 web", "web.yaml:7 selector", "web.yaml:21 selector"),
    ],
    ("web.yaml", "      port: 80"): ["gateway.yaml:22 80"],
    ("web.yaml", "containerPort: 8080"): ["policy.yaml:11 http", "web.yaml:12 http"],
    ("gateway.yaml", "kind: Gateway"): ["gateway.yaml:17 public"],
    ("gateway.yaml", "- {name: https"): ["gateway.yaml:18 https"],
    ("gateway.yaml", "- {name: http,"): [],
    ("tls.yaml", "kind: Certificate"): ["gateway.yaml:9 shop-tls"],
    ("web.yaml", "image: web"): [],
}


@pytest.mark.parametrize(("name", "text"), USED)
def test_who_refers_to_a_value(root: Path, name: str, text: str) -> None:
    assert found_uses(root, before(OTHERS, name, text)) == USED[name, text]


def test_a_reference_is_one_of_all_to_the_same(root: Path) -> None:
    files = {**FILES, "second.yaml": INGRESS.replace("shop", "admin")}
    files = before(files, "ingress.yaml", "                name: web")
    expected = ["ingress.yaml:18 web", "second.yaml:18 web"]
    assert found_uses(root, files) == expected
    assert found_uses(root, files, with_declaration=True) == [*expected, "web.yaml:4 web"]


def test_namesakes_of_other_namespaces_are_others(root: Path) -> None:
    text = f"{INGRESS}---\n{WEB}"
    files = {
        f"{name}.yaml": text.replace("\nmetadata:\n", f"\nmetadata:\n  namespace: {name}\n") for name in ("a", "b")
    }
    files["a.yaml"] = files["a.yaml"].replace("kind: Service\n", f"kind: {CURSOR}Service\n")
    assert found_uses(root, files) == ["a.yaml:19 web"]


# What is told over objects


def test_who_reaches_the_objects_of_a_file(root: Path) -> None:
    inner = WEB.replace("web", "cache").replace("  type: LoadBalancer\n", "")
    files = {**FILES, "cache.yaml": inner, "cluster.yaml": f"{CURSOR}{CLASS}"}
    report, _, _ = put(root, {name: text for name, text in files.items() if name != "class.yaml"})
    found = {name: [f"{told(lens.span)}: {lens.title}" for lens in lenses(report, root / name)] for name in files}
    assert {name: said for name, said in found.items() if said} == {
        "web.yaml": [
            "web.yaml:4 web: reached from shop.example.com",
            "web.yaml:19 web: reached from shop.example.com",
        ],
        "cache.yaml": [
            "cache.yaml:4 cache: only inside the cluster",
            "cache.yaml:18 cache: only inside the cluster",
        ],
    }


CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {0}}}
spec: {{podSelector: {{matchLabels: {{app: {0}}}}}, policyTypes: [Ingress]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {0}}}
spec: {{type: NodePort, selector: {{app: {0}}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}}}
spec:
  selector: {{matchLabels: {{app: {0}}}}}
  template: {{metadata: {{labels: {{app: {0}}}}}, spec: {{containers: [{{name: web, image: web}}]}}}}
---
"""


def test_who_reaches_many_objects_that_policies_close(root: Path) -> None:
    def closed(count: int) -> tuple[Report, Path]:
        text = "".join(CLOSED.format(f"web{number}") for number in range(count))
        report, path, _ = put(root, {"web.yaml": f"{CURSOR}{text}"})
        return report, path

    assert {lens.title for lens in lenses(*closed(3))} == {"selects 1 workload"}
    assert_linear(closed, lambda made: lenses(*made), start=200)


# What files name


LINKS = {
    "kustomization.yaml": "resources: [web.yaml, base, https://example.com/x.yaml, gone.yaml]\n"
    "patches:\n  - path: patch.yaml\n  - patch: '[]'\nconfigMapGenerator:\n  - name: a\n    files: [key=web.yaml]\n",
    "web.yaml": f"# klint: ignore[dangling-backend, nothing] because\n{WEB}",
    "patch.yaml": WEB.partition("---")[0],
    "base/kustomization.yaml": "resources: []\n",
    "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
    "dependencies: [{name: a, version: 1.0.0, repository: 'file://../a'}]\n",
    "charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
    "charts/shop/values-eu.yaml": "a: 1\n",
    "app.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source:\n"
    "    path: charts/shop\n    helm: {valueFiles: [values-eu.yaml, gone.yaml, $ref/web.yaml]}\n",
}


def test_links_to_files_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path
    monkeypatch.chdir(root)
    for name, text in LINKS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = Session.of(["."], load_rules()[0], options=Options(render=False)).report()

    def links(name: str) -> list[str]:
        found = document_links(report, root / name)
        ends = [link.file.relative_to(root).as_posix() if link.file else link.uri[-24:] for link in found]
        return [f"{told(link.span)} -> {end}" for link, end in zip(found, ends, strict=True)]

    assert links("kustomization.yaml") == [
        "kustomization.yaml:1 web.yaml -> web.yaml",
        "kustomization.yaml:1 base -> base/kustomization.yaml",
        "kustomization.yaml:3 patch.yaml -> patch.yaml",
        "kustomization.yaml:7 key=web.yaml -> web.yaml",
    ]
    assert links("charts/shop/Chart.yaml") == ["charts/shop/Chart.yaml:4 'file://../a' -> charts/a/Chart.yaml"]
    assert links("app.yaml") == [
        "app.yaml:6 charts/shop -> charts/shop/Chart.yaml",
        "app.yaml:7 values-eu.yaml -> charts/shop/values-eu.yaml",
        "app.yaml:7 $ref/web.yaml -> web.yaml",
    ]
    assert links("web.yaml") == ["web.yaml:1 dangling-backend -> ngling_backend/README.md"]
    assert links("gone.yaml") == []


# What may be written


def offered(root: Path, files: Mapping[str, str], name: str, typed: str) -> list[str]:
    """What is offered in a text that is not the one of the report."""
    report = _report(root, tuple(files.items()), with_rules=True)
    found = completions(report, root / name, typed.replace(CURSOR, ""), typed.index(CURSOR))
    return [item.text for item in found.items] if found else []


def typing(text: str, line: str, instead: str) -> str:
    """The text with another line, which is being typed."""
    assert text.count(line) == 1, line
    return text.replace(line, instead)


def flow(backend: str) -> str:
    """An Ingress whose backend is written in brackets."""
    start = INGRESS.index("          backend:")
    return f"{INGRESS[:start]}          backend: {backend}\n"


KNOWN = {**OTHERS, "class.yaml": CLASS, "settings.yaml": SETTINGS, "ingress.yaml": INGRESS}
PROXY = """\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: web
spec:
  routes:
    - services:
        - name: web
          port: ‸
"""
OFFERED = {
    "a class": (typing(INGRESS, "Name: nginx", "Name: ‸"), ["nginx"]),
    "a Service": (typing(INGRESS, "                name: web", "                name: ‸"), ["web"]),
    "a Service that has begun": (typing(INGRESS, "                name: web", "                name: w‸"), ["web"]),
    "no such Service": (typing(INGRESS, "                name: web", "                name: x‸"), []),
    "a port by name": (typing(INGRESS, "name: http", "name: ‸"), ["http", "metrics"]),
    "a port by number": (typing(INGRESS, "name: http", "number: ‸"), ["80", "9090"]),
    "a Secret": (typing(INGRESS, "secretName: shop-tls", "secretName: ‸"), ["shop-tls"]),
    "a host": (typing(INGRESS, "hosts: [shop.example.com]", "hosts:\n        - ‸"), ["shop.example.com"]),
    "a Gateway": (typing(GATEWAY, "- name: public", "- name: ‸"), ["public"]),
    "a listener": (typing(GATEWAY, "sectionName: https", "sectionName: ‸"), ["http", "https"]),
    "a port of a backendRef": (typing(GATEWAY, "          port: 80", "          port: ‸"), ["80", "9090"]),
    "a pair of labels": (
        typing(WEB, "  selector:\n    app: web\n  ports", "  selector:\n    ‸\n  ports"),
        ["app: web"],
    ),
    "the value of a label": (typing(WEB, "  selector:\n    app: web", "  selector:\n    app: ‸"), ["web"]),
    "a port of the pods": (typing(WEB, "targetPort: http", "targetPort: ‸"), ["http", "8080", "9090"]),
    "a ConfigMap": (typing(WEB, "name: web-settings", "name: we‸"), ["web-settings"]),
    "what is scaled": (typing(POLICY, "    name: web\n  max", "    name: ‸\n  max"), ["web"]),
    "a port that is let in": (typing(POLICY, "port: http", "port: ‸"), ["http", "8080", "9090"]),
    "a port of another kind of route": (PROXY, ["80", "http", "9090", "metrics"]),
    "an annotation": (
        typing(INGRESS, "  name: shop\n", "  annotations:\n    whitelist‸\n  name: shop\n"),
        ["nginx.ingress.kubernetes.io/whitelist-source-range"],
    ),
    "a Service in brackets": (flow("{service: {name: ‸"), ["web"]),
    "a Service that has begun in brackets": (flow("{service: {name: w‸, port: {number: 80}}}"), ["web"]),
    "a Service over several lines": (
        flow("{\n            service: {\n              # which one\n              name: ‸\n            }\n          }"),
        ["web"],
    ),
    "a port in brackets": (flow("{service: {name: web, port: {number: ‸}}}"), ["80", "9090"]),
    "a port before its Service": (flow("{service: {port: {name: ‸}, name: 'web'}}"), ["http", "metrics"]),
    "a host in brackets": (typing(INGRESS, "hosts: [shop.example.com]", "hosts: [‸]"), ["shop.example.com"]),
    "another host": (typing(INGRESS, "hosts: [shop.example.com]", "hosts: [a.example.com, s‸"), ["shop.example.com"]),
    "a Gateway in brackets": (typing(GATEWAY, "- name: public\n", "- {name: ‸, namespace: }\n"), ["public"]),
    "a pair of labels in brackets": (
        typing(WEB, "  selector:\n    app: web\n  ports", "  selector: {‸}\n  ports"),
        ["app: web"],
    ),
    "the value of a label in brackets": (
        typing(WEB, "  selector:\n    app: web\n  ports", "  selector: {app: ‸}\n  ports"),
        ["web"],
    ),
    "behind a value in brackets": (flow("{service: {name: web ‸}}"), []),
    "behind brackets": (flow("{service: {name: web}} ‸"), []),
    "a comment in brackets": (flow("{service: {  # name: ‸\n            }}"), []),
    "below brackets that are not closed": (
        typing(INGRESS, "  ingressClassName: nginx", "  tls: [{hosts: [\n  ingressClassName: ‸"),
        ["nginx"],
    ),
    "a template": (typing(INGRESS, "                name: web", "                name: {{ ‸"), []),
    "a rule in a comment": (f"# klint: ignore[dangling-filter, dangling-b‸] x\n{WEB}", ["dangling-backend"]),
    "a comment": (f"# klint: ‸\n{WEB}", []),
    "a value of its own": (typing(INGRESS, "path: /", "path: ‸"), []),
    "a block of text": (WEB.replace("image: web", "image: |\n              name: ‸"), []),
}


@pytest.mark.parametrize("what", OFFERED)
def test_what_may_be_written(root: Path, what: str) -> None:
    typed, expected = OFFERED[what]
    assert offered(root, KNOWN, "new.yaml", typed) == expected


def test_what_replaces_what(root: Path) -> None:
    report = _report(root, tuple(KNOWN.items()))
    text = typing(INGRESS, "                name: web", "                name: wrong  # it is")
    found = completions(report, root / "ingress.yaml", text, text.index("wrong"))
    assert found is not None
    assert text[found.start : found.end] == "wrong"


def test_only_the_bundle_of_the_file_is_asked(root: Path) -> None:
    files = {"staging/web.yaml": WEB, "production/api.yaml": WEB.replace("web", "api")}
    typed = typing(INGRESS, "                name: web", "                name: ‸")
    assert offered(root, files, "production/ingress.yaml", typed) == ["api"]
    assert offered(root, files, "staging/ingress.yaml", typed) == ["web"]
    assert offered(root, {"web.yaml": WEB.replace("name: web", "name: ${NAME}")}, "ingress.yaml", typed) == []


def test_lines_that_are_no_yaml_yet() -> None:
    text = "a:\n  - b: 1\n    c\n  - d: 'x # y' # z\n  -\n  e:\n- f\ng: |\n  h: 1\n\"i\": {\n---\nk: 2\n"
    values = sketch(text, 0).values
    assert values == {("a", 0, "b"): "1", ("a", 1, "d"): "x # y", ("a", 3): "f"}
    assert sketch(text, len(text)).values == {("k",): "2"}


TEXTS = st.text('ab:# -"\\,{}[]', min_size=1, max_size=6)
VALUES = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, min_size=1),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1, max_size=3))
def test_what_stands_in_brackets_is_what_yaml_reads(data: dict[str, Any]) -> None:
    text = yaml_text(data)
    assert sketch(f"# x\nspec: {text}\nkind: a", 0).values == {
        **{("spec", *path): value for path, value in leaves(data, ())},
        ("kind",): "a",
    }


def yaml_text(value: Any) -> str:
    """Data in brackets, over several lines, its texts in single quotes."""
    if isinstance(value, dict):
        return "{" + ",\n  ".join(f"{key}: {yaml_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(map(yaml_text, value)) + " ]"
    return f"'{value}'"


@given(st.text("ab:, {}[]#\n-'\"|", max_size=40), st.data())
def test_whatever_is_typed_is_where_the_cursor_is(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    typed = sketch(text, offset).typed
    if typed is not None:
        assert 0 <= typed.start <= offset <= typed.end <= len(text)
        assert typed.text == text[typed.start : offset]


@pytest.mark.parametrize("text", ["[", "{", "{a: ", "[a, ", "a b ", "{{", "'", "#", "[#\n", "[\n"])
def test_brackets_take_linear_time(text: str) -> None:
    assert_linear(lambda count: f"a: [{text * count}", lambda made: sketch(made, len(made)), start=1000)
