"""Public manifests: what is right in them is passed over, what is wrong is found at its line.

The corpus is no part of this repository. The tests look for it in the folder that KLINT_CORPUS names, else in
`../shared/corpus` beside the checkout, and are skipped where it is not. It is linted as it is written, without
rendering: once as one workspace, and once each project by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from klint import Finding, Rule, Severity
from klint.engine import Report
from klint.registry import load_rules
from klint.session import Options, Session
from tests.corpus import CORPUS

ROOT = Path(__file__).resolve().parent.parent
RULES: Mapping[str, Rule] = {rule.name: rule for rule in load_rules()[0]}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")

SELECTION = ("service-selects-nothing", "target-port-unresolved")
BACKENDS = ("dangling-backend", "backend-port-mismatch", "unrouted-ingress")
HOST_PORTS = ("host-port-in-production", "host-port-with-replicas")

QUIET: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "a label of a StatefulSet's pods": ("manifests/argo-cd/manifests/ha/base/redis-ha/chart/upstream.yaml", SELECTION),
    "Alertmanager's operator": ("manifests/kube-prometheus/manifests/alertmanager-service.yaml", SELECTION),
    "Prometheus' operator": (
        "manifests/kube-prometheus/examples/example-app/prometheus-frontend-svc.yaml",
        SELECTION,
    ),
    "CloudNativePG": (
        "manifests/billimek-k8s-gitops/kubernetes/default/cloudnative-pg/cluster/service.yaml",
        SELECTION,
    ),
    "pods of another repository": ("manifests/examples/_archived/openshift-origin/etcd-service.yaml", SELECTION),
    "pods that are made by hand": ("manifests/external-dns/docs/snippets/tutorials/coredns/fixtures.yaml", SELECTION),
    "the preview of a rollout": ("manifests/argo-rollouts/examples/rollout-canary-preview.yaml", SELECTION),
    "Services of a rollout": ("manifests/argo-rollouts/docs/getting-started/alb/services.yaml", SELECTION),
    "the apex Service of a traffic split": ("manifests/emojivoto/training/traffic-split/web-apex.yml", SELECTION),
    "placeholders": ("manifests/kubernetes-engine-samples/networking/sctp/sctp-deployment.yaml", SELECTION),
    "a Service in one folder, its pods in the next": (
        "manifests/nginx-kubernetes-ingress/deployments/service/nodeport.yaml",
        SELECTION,
    ),
    "unrelated Services side by side": ("manifests/cs-kubernetes-examples/Service/multi-port-service.yaml", SELECTION),
    "a Service with endpoints of its own": (
        "manifests/cs-kubernetes-examples/Endpoints/service-and-endpoint.yaml",
        SELECTION,
    ),
    "an action of the AWS controller": ("manifests/argo-rollouts/docs/getting-started/alb/ingress.yaml", BACKENDS),
    "an ExternalName Service across namespaces": (
        "manifests/minikube/deploy/addons/ingress-dns/example/example.yaml",
        BACKENDS,
    ),
    "a namespace that one names and the other leaves open": (
        "manifests/kubernetes-engine-samples/networking/load-balancing/basic-ingress.yaml",
        BACKENDS,
    ),
    "a Route to a Service of another repository": (
        "manifests/konflux-infra-deployments/components/kubearchive/production/base/kubearchive-routes.yaml",
        BACKENDS,
    ),
    "a Route in the base": (
        "kustomize/konflux-infra-deployments/components/konflux-kite/base/routes.yaml",
        BACKENDS,
    ),
    "unrelated Ingresses side by side": ("manifests/cs-kubernetes-examples/Ingress/fanout.yaml", BACKENDS),
    "an Ingress that shows a field": ("manifests/cs-kubernetes-examples/Ingress/tls.yaml", BACKENDS),
    "HTTPRoutes that show a field": ("manifests/gateway-api/examples/standard/basic-http.yaml", BACKENDS),
    "routes across namespaces": (
        "manifests/gateway-api/examples/standard/cross-namespace-routing/site-route.yaml",
        BACKENDS,
    ),
    "a class that comes with the controller": (
        "manifests/istio/samples/bookinfo/platform/kube/bookinfo-ingress.yaml",
        BACKENDS,
    ),
    "two examples of one Service": ("manifests/ingress-nginx/docs/examples/multi-tls/multi-tls.yaml", BACKENDS),
    "host ports of ingress-nginx": ("manifests/ingress-nginx/deploy/static/provider/kind/deploy.yaml", HOST_PORTS),
    "host ports of Contour's Envoy": ("manifests/contour/examples/contour/03-envoy.yaml", HOST_PORTS),
    "host ports of the NGINX controller": (
        "manifests/nginx-kubernetes-ingress/deployments/daemon-set/nginx-ingress.yaml",
        HOST_PORTS,
    ),
    "the node exporter": ("manifests/kube-prometheus/manifests/nodeExporter-daemonset.yaml", HOST_PORTS),
    "an older node exporter": (
        "manifests/sock-shop/deploy/kubernetes/manifests-monitoring/25-prometheus-node-exporter-daemonset.yaml",
        HOST_PORTS,
    ),
}

LOUD: tuple[tuple[str, int, str], ...] = (
    (
        "manifests/cs-kubernetes-examples/broken-Deployment/spec.spec.readinessProbe/readiness-broken.yaml",
        46,
        "service-selects-nothing",
    ),
    (
        "manifests/cs-kubernetes-examples/cloud-providers/gcp/https-ready-alb/https-ready-alb.yaml",
        42,
        "invalid-ingress",
    ),
    (
        "manifests/external-dns/docs/snippets/tutorials/aws-localstack/service-lb.yml",
        11,
        "load-balancer-on-local-cluster",
    ),
    ("manifests/kubernetes-goat/scenarios/internal-proxy/deployment.yaml", 65, "port-open-on-kind-needs-mapping"),
    (
        "manifests/examples/_archived/elasticsearch/production_cluster/es-svc.yaml",
        9,
        "load-balancer-open-to-world",
    ),
    ("manifests/sock-shop/deploy/kubernetes/manifests-jaeger/jaeger.yaml", 82, "load-balancer-open-to-world"),
    (
        "manifests/billimek-k8s-gitops/kubernetes/default/cloudnative-pg/cluster/service.yaml",
        8,
        "sensitive-port-exposed",
    ),
    ("manifests/podinfo/deploy/secure/frontend/deployment.yaml", 45, "host-port-in-production"),
    (
        "manifests/ingress-nginx/docs/examples/auth/oauth-external-auth/oauth2-proxy.yaml",
        107,
        "dangling-backend",
    ),
)
"""File, line and rule. A case counts once its rule exists."""

ALL_OF_THE_REFERENCES: tuple[tuple[str, int, str, Severity], ...] = (
    (
        "manifests/cs-kubernetes-examples/Ingress/ingress-class.yaml",
        7,
        "ingress-class-conflict",  # a controller out of an example, which nobody is
        Severity.NOTE,
    ),
    (
        "manifests/cs-kubernetes-examples/broken-Deployment/spec.spec.readinessProbe/readiness-broken.yaml",
        46,
        "service-selects-nothing",
        Severity.WARNING,
    ),
    (
        "manifests/emojivoto/training/traffic-split/nginx-ing.yml",
        18,
        "dangling-backend",  # in the project, and not in the part of it that the corpus has
        Severity.WARNING,
    ),
    (
        "manifests/ingress-nginx/docs/examples/auth/oauth-external-auth/oauth2-proxy.yaml",
        107,
        "dangling-backend",  # a comment says that it must be installed first
        Severity.WARNING,
    ),
)
"""What the rules about references say of the corpus as one workspace, each read against its manifest."""

REFERENCES = (*SELECTION, *BACKENDS, "ingress-class-conflict")


@pytest.fixture(scope="module")
def _in_corpus() -> Iterator[None]:
    previous = Path.cwd()
    os.chdir(CORPUS)
    yield
    os.chdir(previous)


@pytest.fixture(scope="module")
def reports(_in_corpus: None) -> Mapping[str, Report]:
    """The report of the whole corpus, under the empty name, and those of its projects."""
    projects = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*") if path.is_dir())
    folders = {"": ".", **{project: project for project in projects}}
    return {
        name: Session.of([path], list(RULES.values()), isolated=True, options=Options(render=False)).report()
        for name, path in folders.items()
    }


def findings_in(reports: Mapping[str, Report], file: str) -> Iterator[tuple[str, Finding]]:
    """What the corpus as a whole and the file's project have to say of a file."""
    assert (CORPUS / file).is_file()
    for name in ("", "/".join(file.split("/")[:2])):
        yield from ((name, finding) for finding in reports[name].findings if finding.span.file == file)


@pytest.mark.parametrize(("file", "rules"), QUIET.values(), ids=QUIET)
def test_quiet(reports: Mapping[str, Report], file: str, rules: tuple[str, ...]) -> None:
    assert set(rules) <= set(RULES)
    loud = [
        (project, finding.span.line, finding.message)
        for project, finding in findings_in(reports, file)
        if finding.rule in rules and finding.severity is not Severity.NOTE
    ]
    assert loud == []


@pytest.mark.parametrize(
    ("file", "line", "rule"), [case for case in LOUD if case[2] in RULES], ids=lambda value: str(value).split("/")[-1]
)
def test_loud(reports: Mapping[str, Report], file: str, line: int, rule: str) -> None:
    found = {(project, finding.rule, finding.span.line) for project, finding in findings_in(reports, file)}
    assert ("", rule, line) in found
    assert ("/".join(file.split("/")[:2]), rule, line) in found


def test_nothing_else_is_said_of_references(reports: Mapping[str, Report]) -> None:
    found = [
        (finding.span.file, finding.span.line, finding.rule, finding.severity)
        for finding in reports[""].findings
        if finding.rule in REFERENCES
    ]
    assert found == list(ALL_OF_THE_REFERENCES)


def test_every_file_is_linted(reports: Mapping[str, Report]) -> None:
    """Nothing crashes and nothing is skipped in silence; each project's findings stand in its own files."""
    assert len(reports) > 30
    assert sum(len(report.workspace.sources) for report in reports.values()) > 200
    for name, report in reports.items():
        assert [str(failure) for failure in report.failures] == []
        assert all(finding.span.file.startswith(name) for finding in report.findings)


@pytest.mark.parametrize(
    ("order", "seed"),
    [(("manifests", "kustomize"), "1"), (("kustomize", "manifests"), "2"), (("./kustomize", "."), "3")],
)
def test_the_same_bytes(order: tuple[str, ...], seed: str, expected_output: bytes) -> None:
    assert check(order, seed) == expected_output


@pytest.fixture(scope="module")
def expected_output() -> bytes:
    return check(("manifests", "kustomize"), "0")


def check(order: tuple[str, ...], seed: str) -> bytes:
    command = [sys.executable, "-m", "klint", "check", "--isolated", "--no-render", "--output", "json", *order]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=CORPUS, env=environment, capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (1, b"")
    assert len(done.stdout) > 1000
    return done.stdout
