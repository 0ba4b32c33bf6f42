"""What does it cost to render, and what is spared where all or most is as it was?

Charts and overlays in the shapes that most repositories have, and plain manifests, linted with a cache of their own:
first, again, and after a change in one of them. The time is the processor's, of whole processes, with all that these
start.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import run
from benchmarks.workspaces import definition, write_file, write_workspace
from klint.remembering.trace import SETTLED

APPS = 40
"""Of the overlays there are two for each."""
PLAIN = 10_000
"""Documents of plain manifests."""

_WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: main
          image: registry.example.com/app:1
          ports:
            - name: http
              containerPort: 8080
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  type: {type}
  selector: {{app: {name}}}
  ports:
    - port: 80
      targetPort: http
"""
_VALUES = "replicas: 2\nport: 8080\nservice:\n  type: ClusterIP\nannotations: {}\nresources: {requests: {cpu: 100m}}\n"
_HELPERS = """\
{{- define "app.name" -}}
{{- .Values.nameOverride | default .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "app.labels" -}}
app: {{ include "app.name" . }}
helm.sh/chart: {{ .Chart.Name }}
{{- end }}
"""
_TEMPLATE = """\
  labels:
    {{- include "app.labels" . | nindent 4 }}
  {{- with .Values.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
"""


@dataclass(frozen=True)
class Renderings:
    """Processor time in seconds of a first run, a second one, and one after a change in one of so many of a kind."""

    kind: str
    count: int
    first: float
    second: float
    changed: float


def write_overlays(folder: Path) -> Path:
    """Write overlays, all of which take in definitions of custom resources, and say which file may change."""
    for number in range(2):
        write_file(folder / f"definitions/crd-{number}.yaml", definition(number))
    write_file(folder / "definitions/kustomization.yaml", "resources: [crd-0.yaml, crd-1.yaml]\n")
    for number in range(APPS):
        base = folder / f"apps/app{number}/base"
        objects = f"{_WORKLOAD}---\n{_SERVICE}".format(name=f"app{number}", type="ClusterIP")
        write_file(base / "all.yaml", objects)
        write_file(base / "kustomization.yaml", "resources: [all.yaml]\n")
        for environment in ("staging", "production"):
            overlay = base.parent / environment
            resources = "resources: [../base, ../../../definitions]\npatches: [{path: patch.yaml}]\n"
            write_file(overlay / "kustomization.yaml", f"{resources}namespace: {environment}\n")
            named = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app{number}}}\n"
            write_file(overlay / "patch.yaml", f"{named}spec: {{replicas: 3}}\n")
    return folder / "apps/app0/production/patch.yaml"


def write_charts(folder: Path) -> Path:
    """Write charts, and say which file may change."""
    for number in range(2 * APPS):
        chart = folder / f"charts/app{number}"
        write_file(chart / "Chart.yaml", f"apiVersion: v2\nname: app{number}\nversion: 1.0.0\n")
        write_file(chart / "values.yaml", _VALUES)
        write_file(chart / "templates/_helpers.tpl", _HELPERS)
        for name, text in {"deployment": _WORKLOAD, "service": _SERVICE}.items():
            made = text.format(name='{{ include "app.name" . }}', type="{{ .Values.service.type }}")
            head, _, spec = made.partition("spec:\n")
            write_file(chart / f"templates/{name}.yaml", f"{head}{_TEMPLATE}spec:\n{spec}")
    return folder / "charts/app0/values.yaml"


def write_plain(folder: Path) -> Path:
    """Write plain manifests, and say which file may change."""
    write_workspace(folder, PLAIN, with_findings=False)
    return folder / "team-0000/app-00000.yaml"


KINDS: Mapping[str, Callable[[Path], Path]] = {"kustomization": write_overlays, "chart": write_charts}


def measure_renderings(command: tuple[str, ...], folder: Path) -> Iterator[Renderings]:
    """Every kind, and plain manifests beside them."""
    for kind, write in KINDS.items():
        yield _measured(command, kind, 2 * APPS, folder / kind, write)
    yield _measured(command, "plain document", PLAIN, folder / "plain", write_plain)


def _measured(
    command: tuple[str, ...], kind: str, count: int, folder: Path, write: Callable[[Path], Path]
) -> Renderings:
    """One kind, with a cache of its own."""
    workspace, cache = folder / "workspace", folder / "cache"
    changing = write(workspace)
    cache.mkdir()
    time.sleep(2 * SETTLED / 1e9)  # what was written just now is read again each time, unlike what people lint

    def taken() -> float:
        return run(command, folder=workspace, limit=600, settings={"XDG_CACHE_HOME": str(cache)}).cpu

    first, second = taken(), taken()
    changing.write_text(changing.read_text("utf-8").replace("replicas: ", "replicas: 1"), "utf-8")
    changed = taken()
    print(f"{kind}: {first:.2f} s, {second:.2f} s, {changed:.2f} s", file=sys.stderr)
    return Renderings(kind, count, first, second, changed)
