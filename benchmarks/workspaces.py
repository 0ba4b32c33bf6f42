"""Workspaces made for measuring: Deployment, Service and Ingress in threes, three documents a file; alone, or with what
real repositories hold besides.
"""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent as indented

DOCUMENTS_PER_FILE = 3
FILES_PER_FOLDER = 100
APPS_PER_FINDING = 10

_APP = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {namespace}
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: {namespace}
    spec:
      containers:
        - name: {name}
          image: registry.example.com/{namespace}/{name}:1.{number}.0
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: {target_port}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {namespace}
spec:
  ingressClassName: nginx
  tls:
    - hosts: [{name}.example.com]
      secretName: {name}-tls
  rules:
    - host: {name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  name: http
"""


def write_workspace(folder: Path, documents: int, *, with_findings: bool) -> int:
    """Write at least this many documents below a folder; return how many findings they are made for.

    With findings, one Service in ten names a target port that its pods do not have.
    """
    findings = 0
    for number in range(-(-documents // DOCUMENTS_PER_FILE)):
        namespace = f"team-{number // FILES_PER_FOLDER:04d}"
        is_wrong = with_findings and number % APPS_PER_FINDING == 0
        findings += is_wrong
        file = folder / namespace / f"app-{number:05d}.yaml"
        port = "web" if is_wrong else "http"
        text = _APP.format(name=f"app-{number:05d}", namespace=namespace, number=number, target_port=port)
        write_file(file, text)
    return findings


_SENTENCE = (
    "The path of the field, as a JSONPath such as {{.items[?(@.type==\"Ready\")].status}} or $.spec['a'], "
    "which matches ^[a-z0-9]{2,63}$; see https://example.com/docs/fields#paths: the first one counts, if any."
)
_CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.example.com
spec:
  group: example.com
  names: {{kind: {kind}, plural: {plural}, singular: {singular}, listKind: {kind}List}}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
"""
_PROPERTY = """\
{indent}{name}:
{indent}  description: |-
{indent}    {sentence}

{indent}    It may be left out: then it is what __name__ says, or '{number}'.
{indent}  type: {type}
{indent}  pattern: ^([a-z]|[0-9]{{1,3}}){{2,}}$
{indent}  x-kubernetes-validations:
{indent}    - rule: "!has(self.{name}) || self.{name} != ''"
{indent}      message: '{name} cannot be empty'
"""
_ALERTS = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: alerts-{number}
spec:
  groups:
    - name: group-{number}
      rules:
"""
_ALERT = """\
        - alert: HighErrorRate{number}
          annotations:
            description: '{{{{ $labels.pod }}}} fails {{{{ $value | humanizePercentage }}}} of requests.'
            summary: Requests to {{{{ $labels.service }}}} fail.
          expr: |
            sum by (namespace, pod) (rate(http_requests_total{{job="app-{number}", code=~"5.{{2}}", __name__!=""}}[5m]))
              / on (namespace) group_left sum(rate(http_requests_total[5m])) > 0.0{number}
          for: 10m
          labels: {{severity: warning}}
"""
_DASHBOARD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard-{number}
  labels: {{grafana_dashboard: "1"}}
data:
  dashboard.json: |-
"""
_SCRIPT = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: scripts-{number}
data:
  run.sh: |
    #!/usr/bin/env bash
    set -euo pipefail
    for file in "${{@:2}}"; do
      if ! oc get -f "$file" -o jsonpath='{{.items[?(@.kind=="Job")].metadata.name}}' | grep -q .; then
        echo "[$(date +%F)] nothing to do for ${{file%.yaml}}: $?" >&2
      fi
    done
"""
_FIELDS_OF_A_CRD = 1_100
"""Which makes some 10,000 lines, as of the largest in public repositories."""


def write_repository(folder: Path, apps: int) -> int:
    """Write what a repository of so many apps holds, their manifests being the least of it: the number of documents.

    Beside them stand CRDs with long descriptions, alerts, dashboards and scripts, as many as in public repositories of
    operators and monitoring: nine tenths of the characters.
    """
    write_workspace(folder / "apps", apps * DOCUMENTS_PER_FILE, with_findings=False)
    count = apps * DOCUMENTS_PER_FILE
    for number in range(-(-apps // 20)):
        write_file(folder / "crds" / f"crd-{number}.yaml", definition(number))
        alerts = "".join(_ALERT.format(number=index) for index in range(60))
        write_file(folder / "monitoring" / f"alerts-{number}.yaml", _ALERTS.format(number=number) + alerts)
        write_file(folder / "monitoring" / f"dashboard-{number}.yaml", _dashboard(number))
        write_file(folder / "scripts" / f"scripts-{number}.yaml", _SCRIPT.format(number=number))
        count += 4
    return count


def definition(number: int) -> str:
    """A definition of a custom resource of some 10,000 lines."""
    name = f"thing{number}"
    lines = [_CRD.format(kind=name.capitalize(), plural=f"{name}s", singular=name)]
    for index in range(_FIELDS_OF_A_CRD):
        indent = " " * (16 + 4 * (index % 4 == 3))
        if index % 4 == 2:
            lines.append(f"{indent}group{index}:\n{indent}  type: object\n{indent}  properties:\n")
        else:
            kind = ("string", "integer")[index % 2]
            lines.append(
                _PROPERTY.format(indent=indent, name=f"field{index}", sentence=_SENTENCE, number=index, type=kind)
            )
    return "".join(lines)


def _dashboard(number: int) -> str:
    panels = [
        {"id": index, "title": f"Panel {index}", "targets": [{"expr": 'rate(x{__name__=~"a.{2,}"}[5m])', "refId": "A"}]}
        for index in range(80)
    ]
    text = json.dumps({"title": f"Dashboard {number}", "panels": panels, "tags": [], "refresh": "10s"}, indent=2)
    return _DASHBOARD.format(number=number) + indented(text, "    ") + "\n"


def write_file(file: Path, text: str) -> None:
    """Write a file, and the folders around it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
