"""Which mechanism is fine where: every cell of the decision table, with what all rules together say of it.

docs/exposure-model.md shows the same table, made from this one. UPDATE=1 rewrites it there.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from klint.records import dataclass
from klint.registry import load_rules
from klint.session import Session

GUIDE = Path(__file__).parents[1] / "docs/exposure-model.md"
HEADING = "### What klint says\n"
RULES = [rule for rule in load_rules()[0] if rule.is_built_in]


TARGETS = {
    "production": "environment: production, platform: gke",
    "production on bare metal": "environment: production, platform: bare-metal",
    "staging": "environment: staging, platform: gke",
    "development": "environment: development, platform: gke",
    "a kind cluster": "environment: local, platform: kind",
}
"""The columns: where the same manifests go, and how the configuration says so."""


@dataclass(frozen=True)
class Row:
    """A mechanism and what it is used for: a small workspace that does so, and what klint says of it in each target.

    `says` has a text for each of TARGETS: severity and name of each rule that says something.
    """

    mechanism: str
    use: str
    files: dict[str, str]
    says: tuple[str, ...]

    def __str__(self) -> str:
        cells = (re.sub(r"[a-z]+(?:-[a-z]+)+", r"`\g<0>`", text) or "nothing" for text in self.says)
        return f"| {self.mechanism} | {self.use} | {' | '.join(cells)} |"


def metadata(name: str, intent: str = "", namespace: str = "shop") -> str:
    declared = f", annotations: {{klint.dev/exposure: {intent}}}" if intent else ""
    return f"metadata: {{name: {name}, namespace: {namespace}{declared}}}\n"


def workload(
    name: str,
    ports: str,
    *,
    kind: str = "Deployment",
    replicas: int | None = None,
    namespace: str = "shop",
    intent: str = "",
    image: str = "",
) -> str:
    """A workload, and a NetworkPolicy that lets requests in on its ports."""
    spec = f"  replicas: {replicas}\n" if replicas is not None else ""
    spec += "  strategy: {type: Recreate}\n" if kind == "Deployment" else ""
    return f"""\
apiVersion: apps/v1
kind: {kind}
{metadata(name, intent, namespace)}spec:
{spec}  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: {image or f"registry.example/{name}:1"}
          ports: [{ports}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{metadata(name, namespace=namespace)}spec:
  podSelector: {{matchLabels: {{app: {name}}}}}
  policyTypes: [Ingress]
  ingress: [{{}}]
---
"""


def service(name: str, ports: str, *, type_: str = "ClusterIP", intent: str = "", namespace: str = "shop") -> str:
    return f"""\
apiVersion: v1
kind: Service
{metadata(name, intent, namespace)}spec:
  type: {type_}
  selector: {{app: {name}}}
  ports: [{ports}]
---
"""


def ingress(*backends: str) -> str:
    """An Ingress of the class nginx with TLS, a path for each backend, which is a Service and its port."""
    named = [backend.split(":") for backend in backends]
    paths = "".join(
        f"          - path: /{name}\n"
        "            pathType: Prefix\n"
        f"            backend: {{service: {{name: {name}, port: {{number: {port}}}}}}}\n"
        for name, port in named
    )
    return f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
{metadata("shop")}spec:
  ingressClassName: nginx
  tls: [{{hosts: [shop.example], secretName: shop-tls}}]
  rules:
    - host: shop.example
      http:
        paths:
{paths}---
"""


WEB = "{name: http, containerPort: 8080}"
HTTP = "{name: http, port: 80, targetPort: http}"
TLS = "{name: https, containerPort: 8443}"
HTTPS = "{name: https, port: 443, targetPort: https}"
ON_HOST = "{containerPort: 8080, hostPort: 8080}"
CONTROLLER = "docker.io/library/traefik:v3.6"

NOTHING = ("",) * len(TARGETS)

ROWS = (
    Row(
        "hostPort",
        "an application",
        {"web.yaml": workload("web", ON_HOST)},
        ("error host-port-in-production", "error host-port-in-production", "warning host-port-in-production", "", ""),
    ),
    Row(
        "hostPort",
        "an application of three replicas",
        {"web.yaml": workload("web", ON_HOST, replicas=3)},
        (
            "error host-port-in-production",
            "error host-port-in-production",
            "warning host-port-in-production",
            "warning host-port-with-replicas",
            "warning host-port-with-replicas",
        ),
    ),
    Row(
        "hostPort",
        "a system component on every node",
        {"agent.yaml": workload("agent", ON_HOST, kind="DaemonSet", namespace="kube-system")},
        NOTHING,
    ),
    Row(
        "hostPort",
        "an application that is declared public",
        {"turn.yaml": workload("turn", ON_HOST, intent="public")},
        NOTHING,
    ),
    Row(
        "NodePort",
        "an API",
        {"api.yaml": service("api", HTTPS, type_="NodePort") + workload("api", TLS)},
        ("warning node-port-in-production", "", "note node-port-in-production", "", ""),
    ),
    Row(
        "NodePort",
        "an API of an internal cluster, declared so",
        {"api.yaml": service("api", HTTPS, type_="NodePort", intent="internal") + workload("api", TLS)},
        NOTHING,
    ),
    Row(
        "NodePort",
        "an ingress controller",
        {
            "traefik.yaml": service("traefik", f"{HTTP}, {HTTPS}", type_="NodePort")
            + workload("traefik", f"{WEB}, {TLS}", image=CONTROLLER)
        },
        NOTHING,
    ),
    Row(
        "LoadBalancer",
        "a simple service, declared public",
        {"web.yaml": service("web", HTTPS, type_="LoadBalancer", intent="public") + workload("web", TLS)},
        ("", "", "", "", "warning load-balancer-on-local-cluster"),
    ),
    Row(
        "LoadBalancer",
        "a simple service of which nothing is declared",
        {"web.yaml": service("web", HTTPS, type_="LoadBalancer") + workload("web", TLS)},
        (
            "warning load-balancer-open-to-world",
            "",
            "note load-balancer-open-to-world",
            "",
            "warning load-balancer-on-local-cluster",
        ),
    ),
    Row(
        "LoadBalancer",
        "a simple service, beside MetalLB with private addresses",
        {
            "web.yaml": service("web", HTTPS, type_="LoadBalancer") + workload("web", TLS),
            "pool.yaml": "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: pool}\n"
            "spec: {addresses: [172.18.255.200-172.18.255.250]}\n",
        },
        (
            "warning load-balancer-open-to-world",
            "note load-balancer-opens-node-ports",
            "note load-balancer-open-to-world",
            "",
            "",
        ),
    ),
    Row(
        "LoadBalancer",
        "routing: one for each of several services, declared public",
        {
            f"{name}.yaml": service(name, HTTPS, type_="LoadBalancer", intent="public") + workload(name, TLS)
            for name in ("web", "api", "cart")
        },
        (
            "note load-balancer-for-http-routing",
            "note load-balancer-for-http-routing",
            "note load-balancer-for-http-routing",
            "note load-balancer-for-http-routing",
            "warning load-balancer-on-local-cluster",
        ),
    ),
    Row(
        "Ingress",
        "HTTP with TLS, for several services",
        {
            "shop.yaml": ingress("web:80", "api:80")
            + service("web", HTTP)
            + workload("web", WEB)
            + service("api", HTTP)
            + workload("api", WEB)
        },
        NOTHING,
    ),
    Row(
        "Ingress",
        "HTTP with TLS, for one very small service",
        {"web.yaml": ingress("web:80") + service("web", HTTP) + workload("web", WEB)},
        NOTHING,
    ),
    Row(
        "Ingress",
        "a protocol other than HTTP",
        {
            "mail.yaml": ingress("mail:25")
            + service("mail", "{name: smtp, port: 25, targetPort: smtp}")
            + workload("mail", "{name: smtp, containerPort: 25}")
        },
        ("warning ingress-for-non-http",) * len(TARGETS),
    ),
    Row(
        "port-forward",
        "debugging, by a script",
        {"debug.sh": "#!/bin/sh\nkubectl port-forward svc/web 8080:80\n"},
        ("error port-forward-in-production", "error port-forward-in-production", "", "", ""),
    ),
    Row(
        "port-forward",
        "a step of a pipeline",
        {
            ".github/workflows/deploy.yaml": "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n"
            "    steps:\n      - run: kubectl port-forward svc/web 8080:80 & ./migrate\n"
        },
        ("error port-forward-in-production", "error port-forward-in-production", "", "", ""),
    ),
    Row(
        "port-forward",
        "kept running for traffic",
        {"forward.service": "[Service]\nExecStart=/usr/bin/kubectl port-forward svc/web 8080:80\nRestart=always\n"},
        (
            "error port-forward-in-production",
            "error port-forward-in-production",
            "warning port-forward-in-production",
            "",
            "",
        ),
    ),
)


def said(folder: Path, row: Row, facts: str) -> str:
    """What all rules say of a row's workspace in a target."""
    (folder / ".git").mkdir()
    config = f"targets:\n  - {{path: '**', {facts}, exists: {{ingress-classes: nginx}}}}\n"
    for name, text in {".klint.yaml": config, **row.files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    report = Session.of([str(folder)], RULES).report()
    assert not report.failures
    return ", ".join(dict.fromkeys(f"{finding.severity} {finding.rule}" for finding in report.findings))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.mechanism}: {row.use}")
def test_rules_say_what_the_table_says(tmp_path: Path, row: Row) -> None:
    found = []
    for number, facts in enumerate(TARGETS.values()):
        (tmp_path / str(number)).mkdir()
        found.append(said(tmp_path / str(number), row, facts))
    assert tuple(found) == row.says


def table() -> Iterator[str]:
    yield f"| mechanism | used for | {' | '.join(TARGETS)} |"
    yield f"|---|---|{'---|' * len(TARGETS)}"
    yield from map(str, ROWS)


def test_the_guide_shows_the_table() -> None:
    text = GUIDE.read_text("utf-8")
    before, found, after = text.partition(HEADING)
    assert found
    introduction, _, rest = after.partition("| mechanism |")
    wanted = f"{before}{HEADING}{introduction}" + "\n".join(table()) + rest[rest.index("\n\n") :]
    if os.environ.get("UPDATE"):
        GUIDE.write_text(wanted, "utf-8")
    else:
        assert text == wanted, "UPDATE=1 writes it so"
