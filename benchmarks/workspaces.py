"""Workspaces made for measuring: Deployment, Service and Ingress in threes, three documents a file."""

from __future__ import annotations

from pathlib import Path

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
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            _APP.format(
                name=f"app-{number:05d}",
                namespace=namespace,
                number=number,
                target_port="web" if is_wrong else "http",
            ),
            "utf-8",
        )
    return findings
