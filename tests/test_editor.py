"""What an editor is told of a value under the cursor, `‸`: where it leads, and what is known of the way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

import pytest

from klint.editor.definitions import definition
from klint.editor.graphs import graphs_holding
from klint.editor.hovers import hover
from klint.engine import Report
from klint.session import Session
from klint.text.source import Span

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


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(root: Path, files: Mapping[str, str]) -> tuple[Report, Path, int]:
    """The report of files, of which one has the cursor in it, and where that is."""
    (name,) = (name for name, text in files.items() if CURSOR in text)
    buffers = {root / path: text.replace(CURSOR, "").encode() for path, text in files.items()}
    return Session.of(["."]).update(buffers), root / name, files[name].index(CURSOR)


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
