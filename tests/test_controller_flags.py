"""What controllers are told, and where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from klint.kube.controllers import INGRESS_CONTROLLERS
from klint.render.helm.embedded import EmbeddedHelm
from klint.session import Session

if TYPE_CHECKING:
    from klint.exposure.controller_flags import ControllerFlags
    from tests.conftest import GraphOf

IMAGES = {
    "ingress-nginx": "registry.k8s.io/ingress-nginx/controller:v1.12.0",
    "Traefik": "traefik:v3.3",
    "Contour": "ghcr.io/projectcontour/contour:v1.30.0",
    "Kong": "kong/kubernetes-ingress-controller:3.4",
    "NGINX Ingress Controller": "nginx/nginx-ingress:4.0",
}


def pods(image: str, container: str = "", volumes: str = "[]", name: str = "controller") -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n"
        f"      volumes: {volumes}\n      containers: [{{name: c, image: '{image}', {container}}}]\n"
    )


def config_map(name: str, *data: str) -> str:
    lines = "".join(f"  {line}\n" for line in data)
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{lines}"


def flags_of(graph_of: GraphOf, name: str, manifests: str) -> ControllerFlags:
    controller = next(item for item in INGRESS_CONTROLLERS if item.name == name)
    return graph_of(manifests).controller_flags(controller)


MOUNTED = "[{name: config, configMap: {name: told}}]"

TOLD: Mapping[str, tuple[str, str, str, str, int]] = {
    "an argument": (
        "ingress-nginx",
        pods(IMAGES["ingress-nginx"], "args: ['--default-ssl-certificate=ns/tls']"),
        "--default-ssl-certificate",
        "ns/tls",
        9,
    ),
    "an argument and its value apart": (
        "NGINX Ingress Controller",
        pods(IMAGES["NGINX Ingress Controller"], "args: [-wildcard-tls-secret, ns/tls]"),
        "wildcard-tls-secret",
        "ns/tls",
        9,
    ),
    "a switch before another": (
        "ingress-nginx",
        pods(IMAGES["ingress-nginx"], "command: [/nginx, --watch-ingress-without-class, --v=2]"),
        "watch-ingress-without-class",
        "",
        9,
    ),
    "capitals": (
        "Traefik",
        pods(IMAGES["Traefik"], "args: ['--entryPoints.webSecure.address=:8443']"),
        "--entrypoints.websecure.address",
        ":8443",
        9,
    ),
    "a variable of Traefik's": (
        "Traefik",
        pods(IMAGES["Traefik"], "env: [{name: TRAEFIK_PROVIDERS_KUBERNETESCRD_ALLOWCROSSNAMESPACE, value: 'true'}]"),
        "providers.kubernetesCRD.allowCrossNamespace",
        "true",
        9,
    ),
    "a variable of Kong's": (
        "Kong",
        pods(IMAGES["Kong"], "env: [{name: CONTROLLER_INGRESS_CLASS, value: internal}]"),
        "--ingress-class",
        "internal",
        9,
    ),
    "a ConfigMap that an argument names": (
        "ingress-nginx",
        pods(IMAGES["ingress-nginx"], "args: ['--configmap=$(POD_NAMESPACE)/told']")
        + config_map("told", "allow-snippet-annotations: 'true'"),
        "allow-snippet-annotations",
        "true",
        15,
    ),
    "a YAML file that is mounted": (
        "Traefik",
        pods(IMAGES["Traefik"], volumes=MOUNTED)
        + config_map("told", "traefik.yml: |", "  providers:", "    kubernetesCRD:", "      allowCrossNamespace: true"),
        "providers.kubernetescrd.allowcrossnamespace",
        "true",
        18,
    ),
    "a TOML file that is mounted": (
        "Traefik",
        pods(IMAGES["Traefik"], volumes="[{name: c, projected: {sources: [{configMap: {name: told}}]}}]")
        + config_map("told", "traefik.toml: |", "  [entryPoints.web]", "  address = ':8000'"),
        "entryPoints.web.address",
        ":8000",
        15,
    ),
    "the argument before the file": (
        "Contour",
        pods(IMAGES["Contour"], "args: [serve, --debug=false]", MOUNTED)
        + config_map("told", "contour.yaml: |", "  debug: true"),
        "debug",
        "false",
        9,
    ),
}


def installed(kind: str, *spec: str, name: str = "controller") -> str:
    lines = "".join(f"  {line}\n" for line in spec)
    return f"---\napiVersion: {kind.replace(' ', chr(10) + 'kind: ')}\nmetadata: {{name: {name}}}\nspec:\n{lines}"


FLUX = "helm.toolkit.fluxcd.io/v2 HelmRelease"
ARGO = "argoproj.io/v1alpha1 Application"
TRAEFIK = "chart: {spec: {chart: traefik, sourceRef: {kind: HelmRepository, name: traefik}}}"

BY_VALUES: Mapping[str, tuple[str, str, str, str, int]] = {
    "values of a HelmRelease": (
        "Traefik",
        installed(
            FLUX, TRAEFIK, "values:", "  ports:", "    web:", "      redirections: {entryPoint: {to: websecure}}"
        ),
        "entryPoints.web.http.redirections.entryPoint.to",
        "websecure",
        10,
    ),
    "an argument among the values": (
        "Traefik",
        installed(FLUX, TRAEFIK, "values:", "  additionalArguments:", "    - --entryPoints.old.address=:81"),
        "entrypoints.old.address",
        ":81",
        9,
    ),
    "values in a text of an Application": (
        "ingress-nginx",
        installed(
            ARGO,
            "source:",
            "  repoURL: https://kubernetes.github.io/ingress-nginx",
            "  chart: ingress-nginx",
            "  helm:",
            "    values: |",
            "      controller:",
            "        extraArgs:",
            "          default-ssl-certificate: edge/wildcard",
        ),
        "default-ssl-certificate",
        "edge/wildcard",
        13,
    ),
    "a parameter of an Application before its values": (
        "ingress-nginx",
        installed(
            ARGO,
            "source:",
            "  chart: ingress-nginx",
            "  helm:",
            "    valuesObject: {controller: {watchIngressWithoutClass: false}}",
            "    parameters:",
            "      - {name: controller.watchIngressWithoutClass, value: 'true'}",
        ),
        "watch-ingress-without-class",
        "true",
        11,
    ),
    "an option of the ConfigMap": (
        "ingress-nginx",
        installed(
            "helm.cattle.io/v1 HelmChart", "chart: ingress-nginx", "set:", "  controller.config.ssl-redirect: 'false'"
        ),
        "ssl-redirect",
        "false",
        8,
    ),
    "values in a ConfigMap that a HelmRelease refers to": (
        "Traefik",
        installed(FLUX, TRAEFIK, "valuesFrom:", "  - {kind: ConfigMap, name: a}", "  - {kind: ConfigMap, name: b}")
        + config_map("a", "values.yaml: '{providers: {kubernetesCRD: {allowCrossNamespace: true}}}'")
        + config_map("b", "values.yaml: |", "  providers:", "    kubernetesCRD: {allowCrossNamespace: false}"),
        "providers.kubernetescrd.allowcrossnamespace",
        "false",
        23,
    ),
    "values of a HelmRelease before those that it refers to, of a chart in a registry": (
        "Traefik",
        installed(
            FLUX,
            "chartRef: {kind: OCIRepository, name: traefik}",
            "valuesFrom: [{kind: ConfigMap, name: a}]",
            "values: {ingressClass: {isDefaultClass: false}}",
        )
        + config_map("a", "values.yaml: '{ingressClass: {isDefaultClass: true}}'")
        + installed(
            "source.toolkit.fluxcd.io/v1 OCIRepository", "url: oci://ghcr.io/traefik/helm/traefik", name="traefik"
        ),
        "default class",
        "false",
        8,
    ),
    "what k3s ships": (
        "Traefik",
        installed(
            "helm.cattle.io/v1 HelmChartConfig",
            "valuesContent: |-",
            "  providers:",
            "    kubernetesCRD:",
            "      allowCrossNamespace: true",
            name="traefik",
        ),
        "providers.kubernetescrd.allowcrossnamespace",
        "true",
        9,
    ),
}


@pytest.mark.parametrize(
    ("name", "manifests", "flag", "value", "line"),
    [*TOLD.values(), *BY_VALUES.values()],
    ids=(*TOLD, *BY_VALUES),
)
def test_what_a_controller_is_told(
    graph_of: GraphOf, name: str, manifests: str, flag: str, value: str, line: int
) -> None:
    found = flags_of(graph_of, name, manifests).get(flag)
    assert found is not None
    assert found.value == value
    assert found.at.span.line == line


FLAG = "watch-ingress-without-class"

SWITCHES: Mapping[str, tuple[str, bool | None]] = {
    "alone": (pods(IMAGES["ingress-nginx"], f"args: [--{FLAG}]"), True),
    "true": (pods(IMAGES["ingress-nginx"], f"args: [--{FLAG}=true]"), True),
    "false": (pods(IMAGES["ingress-nginx"], f"args: [--{FLAG}=false]"), False),
    "not said": (pods(IMAGES["ingress-nginx"], "args: [--v=2]"), False),
    "to be filled in": (pods(IMAGES["ingress-nginx"], f"args: ['--{FLAG}=${{X}}']"), None),
    "others to be filled in": (pods(IMAGES["ingress-nginx"], "args: ['${ARGUMENTS}']"), None),
    "options elsewhere": (pods(IMAGES["ingress-nginx"], "args: [--configmap=ns/elsewhere]"), None),
    "a file elsewhere": (pods(IMAGES["Traefik"], volumes=MOUNTED), None),
    "no controller": (pods("shop:1", f"args: [--{FLAG}]"), None),
    "two that differ": (
        pods(IMAGES["ingress-nginx"], f"args: [--{FLAG}]") + pods(IMAGES["ingress-nginx"], name="other"),
        None,
    ),
    "values that do not say it": (installed(FLUX, "chart: {spec: {chart: ingress-nginx}}"), None),
    "another chart's values": (
        installed(FLUX, "chart: {spec: {chart: shop}}", "values: {controller: {watchIngressWithoutClass: true}}"),
        None,
    ),
    "the pods before the values": (
        pods(IMAGES["ingress-nginx"])
        + installed(
            FLUX, "chart: {spec: {chart: ingress-nginx}}", "values: {controller: {watchIngressWithoutClass: true}}"
        ),
        False,
    ),
    "a file that does not parse": (
        pods(IMAGES["Traefik"], volumes=MOUNTED) + config_map("told", "traefik.toml: |", "  [entryPoints"),
        False,
    ),
}


@pytest.mark.parametrize(("manifests", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_whether_a_switch_is_on(graph_of: GraphOf, manifests: str, expected: bool | None) -> None:
    name = "Traefik" if "traefik" in manifests else "ingress-nginx"
    assert flags_of(graph_of, name, manifests).is_on(FLAG) is expected


def test_entry_points(graph_of: GraphOf) -> None:
    arguments = "args: ['--entryPoints.web.address=:8000', '--entryPoints.web.http.tls=true', --api]"
    found = flags_of(graph_of, "Traefik", pods(IMAGES["Traefik"], arguments)).named("entryPoints.")
    assert [(name, flag.value) for name, flag in found] == [("web.address", ":8000"), ("web.http.tls", "true")]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_the_values_that_an_umbrella_has_for_a_chart_that_is_not_here(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text(
        "apiVersion: v2\nname: edge\nversion: 1.0.0\ndependencies:\n"
        "- {name: traefik, alias: proxy, version: 1.x, repository: 'https://traefik.github.io/charts'}\n"
    )
    (tmp_path / "values.yaml").write_text("proxy:\n  ingressClass:\n    isDefaultClass: true\n  deployment: {}\n")
    (tmp_path / "values-prod.yaml").write_text("proxy:\n  ingressClass:\n    isDefaultClass: false\n")
    report = Session.of([str(tmp_path)]).report()
    traefik = next(item for item in INGRESS_CONTROLLERS if item.name == "Traefik")
    found = [graph.controller_flags(traefik).get("default class") for graph in report.graphs]
    assert [(flag.value, flag.at.span.line) for flag in found if flag is not None] == [("true", 3), ("false", 3)]
