"""Rules of the entry layer: the cases that would make their pages too long, each fact with its negative."""

from __future__ import annotations

import pytest

from klint.findings import Finding, Severity
from klint.registry import load_rules
from klint.testing import Example, lint_example


def findings(name: str, files: dict[str, str]) -> tuple[Finding, ...]:
    """What one rule says of some files."""
    rule = next(rule for rule in load_rules()[0] if rule.name == name)
    report = lint_example(Example(files=files), rule)
    assert not report.failures
    return report.findings


def service(name: str, spec: str, namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    metadata = f"{{name: {name}{place}}}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {metadata}\nspec: {{selector: {{app: {name}}}, {spec}}}\n"


def workload(
    ports: str,
    *,
    kind: str = "Deployment",
    spec: str = "replicas: 1",
    pod: str = "restartPolicy: Always",
    namespace: str = "",
    image: str = "example/app:1",
) -> str:
    place = f", namespace: {namespace}" if namespace else ""
    container = f"{{name: app, image: '{image}', ports: [{ports}]}}"
    template = f"{{metadata: {{labels: {{app: app}}}}, spec: {{{pod}, containers: [{container}]}}}}"
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: app{place}}}\n"
        f"spec: {{{spec}, selector: {{matchLabels: {{app: app}}}}, template: {template}}}\n"
    )


def together(*documents: str) -> str:
    return "---\n".join(documents)


# node-port-collision

NODE_PORT = "type: NodePort, ports: [{port: 80, nodePort: 30080}]"
HEALTH_CHECK = "type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30080, ports: [{port: 80}]"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NODE_PORT, NODE_PORT),
        (NODE_PORT, NODE_PORT.replace("port: 80,", "port: 81, protocol: UDP,")),
        (NODE_PORT, NODE_PORT.replace("NodePort,", "LoadBalancer, allocateLoadBalancerNodePorts: false,")),
        (NODE_PORT, HEALTH_CHECK),
        (HEALTH_CHECK, NODE_PORT),
        (HEALTH_CHECK, HEALTH_CHECK),
    ],
)
def test_a_number_exists_once_in_a_cluster(first: str, second: str) -> None:
    found = findings(
        "node-port-collision", {"a.yaml": together(service("a", first, "blue"), service("b", second, "green"))}
    )
    assert [(item.span.line, item.related[0].at.span.line) for item in found] == [(9, 4)]


@pytest.mark.parametrize(
    "second",
    [
        NODE_PORT.replace("30080", "30081"),
        NODE_PORT.replace("30080", "0"),
        NODE_PORT.replace("NodePort,", "ClusterIP,"),
        NODE_PORT.replace("NodePort,", "ExternalName,"),
        HEALTH_CHECK.replace("Local", "Cluster"),
        HEALTH_CHECK.replace("LoadBalancer", "NodePort"),
    ],
)
def test_other_numbers_and_types_take_no_node_port(second: str) -> None:
    text = together(service("a", NODE_PORT), service("b", second))
    assert findings("node-port-collision", {"a.yaml": text}) == ()


@pytest.mark.parametrize(
    ("second", "collides"),
    [
        ("port: 53, protocol: UDP", False),
        ("port: 54, protocol: UDP", True),
        ("port: 54, protocol: TCP", True),
        ("port: 54", True),
    ],
)
def test_one_service_shares_a_number_between_protocols_of_one_port(second: str, collides: bool) -> None:
    ports = f"[{{name: a, port: 53, nodePort: 30053}}, {{name: b, {second}, nodePort: 30053}}]"
    found = findings("node-port-collision", {"a.yaml": service("dns", f"type: NodePort, ports: {ports}")})
    assert len(found) == collides


def test_every_later_service_names_the_first() -> None:
    text = together(*(service(name, NODE_PORT) for name in "abc"))
    found = findings("node-port-collision", {"a.yaml": text})
    assert [item.related[0].message for item in found] == ["Service a asks for it first"] * 2


@pytest.mark.parametrize(("namespaces", "count"), [(("", "blue"), 0), (("blue", "blue"), 0), (("blue", "green"), 1)])
def test_a_service_written_twice_does_not_collide_with_itself(namespaces: tuple[str, str], count: int) -> None:
    text = together(*(service("web", NODE_PORT, namespace) for namespace in namespaces))
    assert len(findings("node-port-collision", {"a.yaml": text})) == count


# host-port-in-production


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("production/app.yaml", Severity.ERROR),
        ("staging/app.yaml", Severity.WARNING),
        ("app.yaml", Severity.WARNING),
        ("development/app.yaml", None),
        ("local/app.yaml", None),
    ],
)
def test_host_ports_are_for_development(path: str, severity: Severity | None) -> None:
    found = findings("host-port-in-production", {path: workload("{containerPort: 80, hostPort: 80}")})
    assert [item.severity for item in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("127.0.0.1", False),
        ("127.0.0.53", False),
        ("'::1'", False),
        ("0.0.0.0", True),
        ("'::'", True),
        ("10.0.0.5", True),
    ],
)
def test_loopback_is_open_to_the_node_alone(address: str, is_open: bool) -> None:
    text = workload(f"{{containerPort: 80, hostPort: 80, hostIP: {address}}}")
    assert len(findings("host-port-in-production", {"production/app.yaml": text})) == is_open


@pytest.mark.parametrize(
    ("image", "is_entry"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.15.1", True),
        ("mirror.example.com/library/traefik:v3", True),
        ("docker.io/envoyproxy/envoy:v1.35.0", True),
        ("haproxytech/kubernetes-ingress@sha256:0123", True),
        ("nginx:1.29", False),
        ("example.com/ingress-demo:1", False),
    ],
)
@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_ingress_controllers_and_gateways_take_host_ports(kind: str, image: str, is_entry: bool) -> None:
    text = workload("{containerPort: 80, hostPort: 80}", kind=kind, image=image)
    assert len(findings("host-port-in-production", {"production/app.yaml": text})) == (not is_entry)


def test_a_proxy_beside_an_application_does_not_excuse_it() -> None:
    ports = "[{containerPort: 15090, hostPort: 15090}]"
    sidecar = f"{{name: proxy, image: istio/proxyv2:1.27, restartPolicy: Always, ports: {ports}}}"
    text = workload("{containerPort: 80, hostPort: 80}", pod=f"initContainers: [{sidecar}]")
    (found,) = findings("host-port-in-production", {"production/app.yaml": text})
    assert found.message.startswith("hostPort 80 ")


@pytest.mark.parametrize(
    ("namespace", "is_system"),
    [
        ("kube-system", True),
        ("openshift-ingress", True),
        ("istio-system", True),
        ("system", False),
        ("shop", False),
        ("", False),
    ],
)
def test_system_namespaces_take_host_ports(namespace: str, is_system: bool) -> None:
    text = workload("{containerPort: 80, hostPort: 80}", namespace=namespace)
    assert len(findings("host-port-in-production", {"production/app.yaml": text})) == (not is_system)


@pytest.mark.parametrize(("port", "count"), [(80, 1), (443, 1), (8080, 1), (9100, 0), (8125, 0)])
def test_a_daemon_set_is_an_agent_unless_it_takes_web_ports(port: int, count: int) -> None:
    text = workload(f"{{containerPort: 8000, hostPort: {port}}}", kind="DaemonSet")
    found = findings("host-port-in-production", {"production/app.yaml": text})
    assert [item.severity for item in found] == [Severity.WARNING] * count


@pytest.mark.parametrize(
    ("pod", "count"),
    [("volumes: [{name: a, hostPath: {path: /}}]", 0), ("hostPID: true", 0), ("volumes: [{name: a, emptyDir: {}}]", 1)],
)
def test_what_looks_into_its_node_is_an_agent(pod: str, count: int) -> None:
    ports = "{containerPort: 80, hostPort: 80}"
    for kind, expected in (("DaemonSet", count), ("Deployment", 1)):
        text = workload(ports, kind=kind, pod=pod)
        assert len(findings("host-port-in-production", {"production/app.yaml": text})) == expected


# host-port-with-replicas

HOST_PORT = "{containerPort: 80, hostPort: 80}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("replicas: 1", Severity.NOTE),
        ("paused: false", Severity.NOTE),
        ("replicas: 1, strategy: {rollingUpdate: {maxUnavailable: 0}}", Severity.NOTE),
        ("replicas: 1, strategy: {rollingUpdate: {maxUnavailable: 99%}}", Severity.NOTE),
        ("replicas: 1, strategy: {rollingUpdate: {maxUnavailable: 100%}}", None),
        ("replicas: 1, strategy: {rollingUpdate: {maxUnavailable: 1}}", None),
        ("replicas: 1, strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 25%}}", None),
        ("replicas: 1, strategy: {type: Recreate}", None),
        ("replicas: 0", None),
        ("replicas: 2", Severity.WARNING),
    ],
)
def test_what_a_deployment_needs(spec: str, expected: Severity | None) -> None:
    found = findings("host-port-with-replicas", {"app.yaml": workload(HOST_PORT, spec=spec)})
    assert [item.severity for item in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("spec", "needs_spare"),
    [
        ("replicas: 3", True),
        ("replicas: 4", False),
        ("replicas: 3, strategy: {type: Recreate}", False),
        ("replicas: 8, strategy: {rollingUpdate: {maxUnavailable: 10%}}", True),
        ("replicas: 10, strategy: {rollingUpdate: {maxUnavailable: 10%}}", False),
    ],
)
def test_up_to_three_pods_the_default_strategy_needs_a_spare_node(spec: str, needs_spare: bool) -> None:
    (found,) = findings("host-port-with-replicas", {"app.yaml": workload(HOST_PORT, spec=spec)})
    assert ("during a rolling update" in found.message) == needs_spare


@pytest.mark.parametrize(
    ("kind", "spec", "count"),
    [
        ("StatefulSet", "replicas: 1", 0),
        ("StatefulSet", "replicas: 2", 1),
        ("ReplicaSet", "replicas: 1", 0),
        ("ReplicaSet", "replicas: 2", 1),
        ("DaemonSet", "minReadySeconds: 1", 0),
        ("DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", 1),
        ("DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 1}}", 0),
        ("DaemonSet", "updateStrategy: {type: OnDelete, rollingUpdate: {maxSurge: 1}}", 0),
    ],
)
def test_what_other_kinds_need(kind: str, spec: str, count: int) -> None:
    assert len(findings("host-port-with-replicas", {"app.yaml": workload(HOST_PORT, kind=kind, spec=spec)})) == count


@pytest.mark.parametrize(
    ("path", "pod", "severity"),
    [
        ("app.yaml", "hostPID: false", Severity.NOTE),
        ("minikube/app.yaml", "hostPID: false", Severity.WARNING),
        ("app.yaml", "nodeName: edge-1", Severity.WARNING),
        ("app.yaml", "nodeSelector: {kubernetes.io/hostname: edge-1}", Severity.WARNING),
        ("app.yaml", "nodeSelector: {kubernetes.io/os: linux}", Severity.NOTE),
    ],
)
def test_a_rollout_on_one_node_hangs(path: str, pod: str, severity: Severity) -> None:
    (found,) = findings("host-port-with-replicas", {path: workload(HOST_PORT, pod=pod)})
    assert found.severity is severity


@pytest.mark.parametrize(
    ("affinity", "severity"),
    [
        ("requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: app}}}]", Severity.NOTE),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: db}}}]",
            Severity.WARNING,
        ),
        ("preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1}]", Severity.WARNING),
    ],
)
def test_required_anti_affinity_shows_intent(affinity: str, severity: Severity) -> None:
    text = workload(HOST_PORT, spec="replicas: 3", pod=f"affinity: {{podAntiAffinity: {{{affinity}}}}}")
    (found,) = findings("host-port-with-replicas", {"app.yaml": text})
    assert found.severity is severity


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ("{containerPort: 80}", ""),
        ("{containerPort: 80, hostPort: 81}", "port 81 of"),
        ("{containerPort: 80, hostPort: 80, hostIP: 127.0.0.1}", "port 80 of"),
        ("{containerPort: 1, hostPort: 1}, {containerPort: 2, hostPort: 2}", "ports 1 and 2 of"),
        ("{containerPort: 5, hostPort: 5}, {containerPort: 5, hostPort: 5, protocol: UDP}", "port 5 of"),
        (", ".join(f"{{containerPort: {port}, hostPort: {port}}}" for port in (1, 2, 3)), "ports 1, 2 and 3 of"),
    ],
)
def test_one_finding_names_all_ports(ports: str, said: str) -> None:
    found = findings("host-port-with-replicas", {"app.yaml": workload(ports, spec="replicas: 2")})
    assert len(found) == bool(said)
    assert all(said in item.message for item in found)


def test_with_host_network_declared_ports_are_host_ports() -> None:
    text = workload("{containerPort: 80}", spec="replicas: 2", pod="hostNetwork: true")
    (found,) = findings("host-port-with-replicas", {"app.yaml": text})
    assert "port 80 of its node" in found.message


SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: app}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: app}, maxReplicas: 4}
"""


def test_the_autoscaler_of_the_bundle_counts() -> None:
    files = {"app.yaml": workload(HOST_PORT, spec="strategy: {type: Recreate}"), "hpa.yaml": SCALER}
    (found,) = findings("host-port-with-replicas", files)
    assert found.related[0].message == "HorizontalPodAutoscaler app goes up to 4"
    assert str(found.related[0].at.span) == "hpa.yaml:4:89"


def test_an_autoscaler_elsewhere_does_not() -> None:
    files = {"one/app.yaml": workload(HOST_PORT, spec="strategy: {type: Recreate}"), "two/hpa.yaml": SCALER}
    assert findings("host-port-with-replicas", files) == ()


# load-balancer-on-local-cluster

BALANCER = service("app", "type: LoadBalancer, ports: [{port: 80}]")


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("kind/app.yaml", Severity.WARNING),
        ("minikube/app.yaml", Severity.NOTE),
        ("k3d/app.yaml", None),
        ("local/app.yaml", None),
        ("eks/app.yaml", None),
        ("app.yaml", None),
    ],
)
def test_which_clusters_have_no_load_balancers(path: str, severity: Severity | None) -> None:
    found = findings("load-balancer-on-local-cluster", {path: BALANCER})
    assert [item.severity for item in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    "provider",
    [
        "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: pool}\n",
        "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: pool}\n",
        workload("", kind="DaemonSet", image="ghcr.io/kube-vip/kube-vip:v1"),
        workload("", image="registry.k8s.io/cloud-provider-kind/cloud-controller-manager:v0.10"),
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: lb}\nspec: {source: {chart: metallb}}\n",
    ],
)
def test_what_serves_load_balancers(provider: str) -> None:
    name = "load-balancer-on-local-cluster"
    assert findings(name, {"kind/app.yaml": BALANCER, "infrastructure/lb.yaml": provider}) == ()
    assert findings(name, {"kind/app.yaml": BALANCER, "kind/lb.yaml": provider}) == ()
    assert len(findings(name, {"kind/app.yaml": BALANCER, "production/lb.yaml": provider})) == 1
    assert len(findings(name, {"kind/app.yaml": BALANCER, "docs/lb.yaml": provider})) == 1
    assert findings(name, {"docs/kind/app.yaml": BALANCER, "docs/lb.yaml": provider}) == ()


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("type: LoadBalancer, ports: [{port: 80}]", 1),
        ("type: LoadBalancer, ports: [{port: 80, nodePort: 0}]", 1),
        ("type: LoadBalancer, ports: [{port: 80, nodePort: 30080}]", 0),
        ("type: LoadBalancer, loadBalancerClass: example.com/lab, ports: [{port: 80}]", 0),
        ("type: NodePort, ports: [{port: 80}]", 0),
        ("ports: [{port: 80}]", 0),
    ],
)
def test_which_services_wait(spec: str, count: int) -> None:
    assert len(findings("load-balancer-on-local-cluster", {"kind/app.yaml": service("app", spec)})) == count


@pytest.mark.parametrize(
    ("pod", "ports", "count"),
    [
        ("hostNetwork: false", "{containerPort: 80}", 1),
        ("hostNetwork: false", "{containerPort: 80, hostPort: 80}", 0),
        ("hostNetwork: false", "{containerPort: 80, hostPort: 80, hostIP: 127.0.0.1}", 1),
        ("hostNetwork: true", "{containerPort: 80}", 0),
    ],
)
def test_pods_with_an_entry_of_their_own_do_not_wait(pod: str, ports: str, count: int) -> None:
    text = together(BALANCER, workload(ports, pod=pod))
    assert len(findings("load-balancer-on-local-cluster", {"kind/app.yaml": text})) == count
