"""Does it cost more to follow routes than to read other documents?

Routes of a kind are added to Services, their pods, Gateways and a controller, and in their place as many Services. The
time is the processor's, of a whole process, and the fastest of some.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import measure

SERVICES, GATEWAYS = 500, 50
MANY_HOSTS, ONE_HOST = 2_000, 5_000
TWICE = 2.0
"""How many times as long the workspace with routes may take."""


@dataclass(frozen=True)
class Routes:
    """Processor time in seconds with so many routes of a kind, and with as many Services in their place."""

    kind: str
    hosts: str
    count: int
    seconds: float
    without: float

    @property
    def factor(self) -> float:
        """How many times as long it takes with the routes."""
        return self.seconds / self.without


def _object(api: str, kind: str, name: str, spec: str, namespace: str = "web") -> str:
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"


def _service(name: str, app: str, spec: str = "ports: [{port: 80, targetPort: 8080}]", namespace: str = "web") -> str:
    return _object("v1", "Service", name, f"selector: {{app: {app}}}, {spec}", namespace)


def _workload(app: str, image: str, ports: str = "{containerPort: 8080}", namespace: str = "web") -> str:
    pod = f"spec: {{containers: [{{name: main, image: {image}, ports: [{ports}]}}]}}"
    template = f"template: {{metadata: {{labels: {{app: {app}}}}}, {pod}}}"
    return _object("apps/v1", "Deployment", app, f"selector: {{matchLabels: {{app: {app}}}}}, {template}", namespace)


def _gateway(number: int) -> str:
    listeners = (
        "{name: http, port: 80, protocol: HTTP}, "
        "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}"
    )
    spec = f"gatewayClassName: example, listeners: [{listeners}]"
    return _object("gateway.networking.k8s.io/v1", "Gateway", f"gateway{number}", spec)


def _ingress(number: int, host: str, path: str) -> str:
    backend = f"backend: {{service: {{name: app{number % SERVICES}, port: {{number: 80}}}}}}"
    rule = f"{{host: {host}, http: {{paths: [{{path: {path}, pathType: Prefix, {backend}}}]}}}}"
    spec = f"ingressClassName: nginx, tls: [{{hosts: [{host}], secretName: web}}], rules: [{rule}]"
    return _object("networking.k8s.io/v1", "Ingress", f"r{number}", spec)


def _http_route(number: int, host: str, path: str) -> str:
    gateway = 0 if path != "/" else number % GATEWAYS
    rule = f"{{matches: [{{path: {{value: {path}}}}}], backendRefs: [{{name: app{number % SERVICES}, port: 80}}]}}"
    spec = f"parentRefs: [{{name: gateway{gateway}}}], hostnames: [{host}], rules: [{rule}]"
    return _object("gateway.networking.k8s.io/v1", "HTTPRoute", f"r{number}", spec)


def _either(number: int, host: str, path: str) -> str:
    return (_http_route if number % 2 else _ingress)(number, host, path)


KINDS: Mapping[str, Callable[[int, str, str], str]] = {
    "Ingress": _ingress,
    "HTTPRoute": _http_route,
    "half of each": _either,
}


def _other(number: int, _host: str, _path: str) -> str:
    return _service(f"r{number}", f"app{number % SERVICES}")


def _common() -> Iterator[str]:
    yield _workload(
        "controller",
        "registry.k8s.io/ingress-nginx/controller:v1.15.1",
        "{name: http, containerPort: 80}, {name: https, containerPort: 443}",
        "ingress-nginx",
    )
    ports = "ports: [{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: https}]"
    yield _service("controller", "controller", f"type: LoadBalancer, {ports}", "ingress-nginx")
    yield _object("cert-manager.io/v1", "Certificate", "web", "secretName: web, dnsNames: ['*.example']")
    for number in range(SERVICES):
        yield _service(f"app{number}", f"app{number}")
        yield _workload(f"app{number}", "registry.example.com/app:1")
    yield from map(_gateway, range(GATEWAYS))


def write_routes(folder: Path, kind: str, count: int, *, one_host: bool) -> None:
    """Write a workspace with so many routes of a kind; with Services instead where the kind is empty.

    They have a host each, or one host and a path each.
    """
    make = KINDS[kind] if kind else _other
    places = ((i, "web.example", f"/app{i}") if one_host else (i, f"app{i}.example", "/") for i in range(count))
    folder.mkdir(parents=True, exist_ok=True)
    texts = (*_common(), *(make(*place) for place in places))
    (folder / "all.yaml").write_text("---\n".join(texts), "utf-8")


def measure_routes(command: tuple[str, ...], folder: Path, runs: int) -> Iterator[Routes]:
    """Every kind, with many hosts and with one."""
    for one_host, count in ((False, MANY_HOSTS), (True, ONE_HOST)):
        taken: dict[str, float] = {}
        for kind in ("", *KINDS):
            workspace = folder / f"{kind or 'none'}-{count}"
            write_routes(workspace, kind, count, one_host=one_host)
            tried = (measure(command, folder=workspace, runs=1, limit=600) for _ in range(runs))
            taken[kind] = min(measured.cpu for measured in tried)
        for kind in KINDS:
            found = Routes(kind, "one host" if one_host else "a host each", count, taken[kind], taken[""])
            print(f"{count} of {kind}, {found.hosts}: {found.factor:.2f}", file=sys.stderr)
            yield found
