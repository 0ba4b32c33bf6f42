"""What does it cost to write a report of many findings with fixes?

Files with a Service, a Deployment and an Ingress that are wrong in a dozen ways, most of which klint can mend: the
edits are made for the report. The time is the processor's, of writing alone, and the fastest of some; the garbage
collector rests, as it does in the command.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from klint.registry import load_rules
from klint.report import render
from klint.session import Session

FORMATS = ("text", "json", "sarif")
SIZES = (100, 200, 400, 800)
"""Files."""

_RUNS = 3

_APP = """\
apiVersion: v1
kind: Service
metadata:
  name: app-{number}
  namespace: team-{number}
spec:
  type: NodePort
  selector:
    app: app-{number}
  ports:
    - name: http
      port: 80
      targetPort: htpp
      nodePort: 30001
    - name: admin
      port: 81
      targetPort: admni
      nodePort: 40001 # out of range
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: team-{number}
spec:
  selector:
    matchLabels:
      app: app-{number}
  template:
    metadata:
      labels:
        app: app-{number}
    spec:
      containers:
        - name: app
          image: registry.example.com/app:1
          ports:
            - name: http
              containerPort: 8080
            - name: admin
              containerPort: 8081
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-{number}
  namespace: team-{number}
spec:
  ingressClassName: nginx
  rules:
    - host: app-{number}.example.com
      http:
        paths:
          - path: /
            backend:
              service:
                name: apq-{number}
                port:
                  name: http
          - path: /admin
            pathType: prefix
            backend:
              service:
                name: app-{number}
                port:
                  name: amdin
          - path: api
            pathType: Prefix
            backend:
              service:
                name: app-{number}
                port:
                  number: "80"
"""


@dataclass(frozen=True)
class Written:
    """Processor time in seconds of writing a report of so many findings, of which some have edits."""

    format: str
    findings: int
    fixes: int
    seconds: float


def write_mistakes(folder: Path, files: int) -> None:
    """Write so many files, in namespaces of their own so that none speaks of another's."""
    for number in range(files):
        (folder / f"app-{number:04d}.yaml").write_text(_APP.format(number=number), "utf-8")


def measure_reports(formats: Sequence[str] = FORMATS, sizes: Sequence[int] = SIZES) -> Iterator[Written]:
    """Every format, with every number of files."""
    rules = load_rules()[0]
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            write_mistakes(Path(name), size)
            for format_name in formats:
                taken = []
                for _ in range(_RUNS):
                    report = Session.of([name], rules, isolated=True).report()
                    gc.disable()
                    begin = time.process_time()
                    render(format_name, report)
                    taken.append(time.process_time() - begin)
                    gc.enable()
                fixes = sum(finding.fix is not None for finding in report.findings)
                found = Written(format_name, len(report.findings), fixes, min(taken))
                print(f"{found.findings} findings as {format_name}: {found.seconds:.2f} s", file=sys.stderr)
                yield found
