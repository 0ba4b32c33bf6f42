"""How many pods a workload may have, and what a rolling update does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Source
from klint.exposure.scale import Scale, scale
from klint.kube.index import Index
from klint.kube.objects import read_resources
from klint.kube.workload import NodePort, Workload
from klint.text.document import Document, Place
from klint.text.reading import read_documents

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def index_of(text: str) -> Index:
    return Index(
        resource
        for document in read_documents(Source("app.yaml", text, "app.yaml"))
        for resource in read_resources(document, {})
    )


def scale_of(api_version: str, kind: str, spec: str, more: str = "") -> Scale:
    index = index_of(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: web}}\nspec: {{{spec}}}\n{more}")
    return scale(index.of_type(Workload)[0], index)


def shown(place: Place) -> str:
    """The text at a place."""
    span = place.span
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


DEPLOYMENT = ("apps/v1", "Deployment")
ROLLING = "strategy: {{rollingUpdate: {{maxSurge: {}, maxUnavailable: {}}}}}"


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        # k8s.io/kubernetes pkg/controller/deployment/util ResolveFenceposts: up, down, and never neither
        (1, "25%", "25%", (1, 0)),
        (3, "25%", "25%", (1, 0)),
        (4, "25%", "25%", (1, 1)),
        (5, "25%", "25%", (2, 1)),
        (10, "25%", "25%", (3, 2)),
        (10, "0", "0", (0, 1)),
        (1, "0", "25%", (0, 1)),
        (3, "0%", "0%", (0, 1)),
        (10, "2", "0", (2, 0)),
        (10, "100%", "0%", (10, 0)),
        (3, "150%", "100%", (5, 3)),
        (3, "$SURGE", "1", (None, 1)),
        (3, "1", "half", (1, None)),
        (3, "1.5", "1", (None, 1)),
        (3, '"1"', "1", (None, 1)),
        (3, "-5%", "1", (None, 1)),
    ],
)
def test_rolling_updates_of_a_deployment(
    replicas: int, surge: str, unavailable: str, expected: tuple[int | None, int | None]
) -> None:
    found = scale_of(*DEPLOYMENT, f"replicas: {replicas}, " + ROLLING.format(surge, unavailable))
    assert found.pods == replicas
    assert (found.surge, found.unavailable) == expected


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "expected"),
    [
        (*DEPLOYMENT, "replicas: 8", (8, 2, 2)),
        (*DEPLOYMENT, "paused: true", (1, 1, 0)),
        (*DEPLOYMENT, "replicas: null", (1, 1, 0)),
        (*DEPLOYMENT, "replicas: 0", (0, 0, 1)),
        (*DEPLOYMENT, "replicas: 3, strategy: {type: Recreate}", (3, 0, 3)),
        (*DEPLOYMENT, "replicas: 3, strategy: {type: Other}", (3, None, None)),
        (*DEPLOYMENT, "replicas: $N", (None, None, None)),
        (*DEPLOYMENT, "replicas: $N, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", (None, 1, 0)),
        ("extensions/v1beta1", "Deployment", "replicas: 2", (2, 1, 0)),
        ("apps/v1", "StatefulSet", "replicas: 3", (3, 0, 1)),
        ("apps/v1", "StatefulSet", "replicas: 9, updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}", (9, 0, 4)),
        ("apps/v1", "StatefulSet", "replicas: 3, updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}", (3, 0, 1)),
        ("apps/v1", "StatefulSet", "replicas: 3, updateStrategy: {type: OnDelete}", (3, 0, 0)),
        ("apps/v1", "DaemonSet", "minReadySeconds: 3", (None, 0, 1)),
        ("apps/v1", "DaemonSet", "updateStrategy: {type: OnDelete, rollingUpdate: {maxSurge: 1}}", (None, 0, 0)),
        ("apps/v1", "DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1}}", (None, 1, 0)),
        ("apps/v1", "DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1%, maxUnavailable: 0}}", (None, 1, 0)),
        ("apps/v1", "DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 0%}}", (None, 0, 1)),
        ("apps/v1", "DaemonSet", "updateStrategy: {rollingUpdate: {maxUnavailable: 30%}}", (None, 0, 1)),
        ("apps/v1", "DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: $S}}", (None, None, 1)),
        ("apps/v1", "ReplicaSet", "replicas: 3", (3, 0, 0)),
        ("v1", "ReplicationController", "replicas: 3", (3, 0, 0)),
        ("v1", "Pod", "containers: []", (1, 0, 0)),
        ("batch/v1", "Job", "parallelism: 4", (None, 0, 0)),
        ("argoproj.io/v1alpha1", "Rollout", "replicas: 4, strategy: {canary: {}}", (4, 1, 1)),
        ("argoproj.io/v1alpha1", "Rollout", "replicas: 4, strategy: {canary: {maxSurge: 50%}}", (4, 2, 1)),
        ("argoproj.io/v1alpha1", "Rollout", "replicas: 4, strategy: {blueGreen: {activeService: a}}", (4, 4, 0)),
        ("argoproj.io/v1alpha1", "Rollout", "strategy: {blueGreen: {previewReplicaCount: 2}}", (1, 2, 0)),
        ("argoproj.io/v1alpha1", "Rollout", "replicas: 4", (4, None, None)),
        ("apps.openshift.io/v1", "DeploymentConfig", "replicas: 4", (4, 1, 1)),
        ("apps.openshift.io/v1", "DeploymentConfig", "replicas: 4, strategy: {type: Recreate}", (4, 0, 4)),
        ("apps.openshift.io/v1", "DeploymentConfig", "replicas: 4, strategy: {type: Custom}", (4, None, None)),
        (
            "apps.openshift.io/v1",
            "DeploymentConfig",
            "replicas: 4, strategy: {type: Rolling, rollingParams: {maxSurge: 2, maxUnavailable: 0}}",
            (4, 2, 0),
        ),
        ("apps.kruise.io/v1beta1", "StatefulSet", "replicas: 4", (4, None, None)),
        ("serving.knative.dev/v1", "Service", "template: {}", (None, None, None)),
    ],
)
def test_what_each_kind_does(
    api_version: str, kind: str, spec: str, expected: tuple[int | None, int | None, int | None]
) -> None:
    found = scale_of(api_version, kind, spec)
    assert (found.pods, found.surge, found.unavailable) == expected


@pytest.mark.parametrize(
    ("spec", "doubles_up"),
    [
        ("replicas: 3", True),
        ("replicas: 4", False),
        ("replicas: 4, strategy: {rollingUpdate: {maxUnavailable: 0}}", True),
        ("replicas: 4, strategy: {rollingUpdate: {maxUnavailable: $N}}", False),
        ("replicas: 1, strategy: {rollingUpdate: {maxSurge: $N}}", False),
        ("replicas: 1, strategy: {type: Recreate}", False),
    ],
)
def test_an_update_that_needs_room(spec: str, doubles_up: bool) -> None:
    assert scale_of(*DEPLOYMENT, spec).doubles_up == doubles_up


HPA = (
    "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\n"
    "spec: {{scaleTargetRef: {{kind: Deployment, name: web}}, {}}}\n"
)
KEDA = (
    "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: web}}\n"
    "spec: {{scaleTargetRef: {{name: web}}, {}}}\n"
)
ROLLOUT = (
    "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n"
    "spec: {replicas: 7, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
)


@pytest.mark.parametrize(
    ("spec", "more", "pods", "at", "autoscaler"),
    [
        ("replicas: 3", "", 3, "3", ""),
        ("replicas: 3", HPA.format("maxReplicas: 5"), 5, "5", "HorizontalPodAutoscaler web"),
        ("replicas: 5", HPA.format("maxReplicas: 5"), 5, "5", "HorizontalPodAutoscaler web"),
        ("replicas: 6", HPA.format("maxReplicas: 5"), 6, "6", ""),
        ("replicas: 0", HPA.format("maxReplicas: 5"), 5, "5", "HorizontalPodAutoscaler web"),
        ("replicas: $N", HPA.format("maxReplicas: 5"), 5, "5", "HorizontalPodAutoscaler web"),
        ("replicas: 3", HPA.format("maxReplicas: $MAX"), 3, "3", ""),
        ("replicas: 0", HPA.format("maxReplicas: $MAX"), None, "0", ""),
        ("replicas: 0", "", 0, "0", ""),
        ("replicas: 1", KEDA.format("maxReplicaCount: 20"), 20, "20", "ScaledObject web"),
        (
            "replicas: 1",
            KEDA.format("minReplicaCount: 2") + HPA.format("maxReplicas: 5"),
            100,
            "web",
            "ScaledObject web",
        ),
        ("replicas: 1", KEDA.format("maxReplicaCount: $MAX"), 1, "1", ""),
        ("replicas: 0", ROLLOUT, 7, "7", ""),
    ],
)
def test_what_says_how_many(spec: str, more: str, pods: int | None, at: str, autoscaler: str) -> None:
    found = scale_of(*DEPLOYMENT, spec, more)
    assert found.pods == pods
    assert str(found.autoscaler or "") == autoscaler
    assert found.at.path[-1] in ("replicas", "maxReplicas", "maxReplicaCount")
    if at != "web":
        assert shown(found.at) == at


def test_a_graph_knows_the_scale(graph_of: GraphOf) -> None:
    graph = graph_of("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n")
    assert graph.scale(graph.workloads[0]).pods == graph.replicas(graph.workloads[0]) == 4


@given(st.integers(1, 500), st.integers(0, 100), st.integers(0, 100))
def test_percentages_are_within_a_pod_of_their_share(replicas: int, surge: int, unavailable: int) -> None:
    found = scale_of(*DEPLOYMENT, f"replicas: {replicas}, " + ROLLING.format(f"{surge}%", f"{unavailable}%"))
    assert found.surge is not None
    assert found.unavailable is not None
    assert 0 <= found.surge - replicas * surge / 100 < 1
    assert found.surge or found.unavailable
    assert -1 < found.unavailable - replicas * unavailable / 100 <= 1


# pod.node_ports


def pod_ports(spec: dict[str, Any]) -> list[tuple[int, str, str, str | int]]:
    data = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
    (pod,) = Workload.of(Document(Source("x.yaml", ""), 0, 0, data)).pods
    return [(port.number, port.protocol, port.ip, port.at.path[-1]) for port in pod.node_ports]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"containers": [{"ports": [{"containerPort": 80}]}]}, []),
        ({"containers": [{"ports": [{"containerPort": 80, "hostPort": 0}]}]}, []),
        (
            {"containers": [{"ports": [{"containerPort": 80, "hostPort": 8080}]}]},
            [(8080, "TCP", "0.0.0.0", "hostPort")],
        ),
        (
            {
                "containers": [
                    {"ports": [{"containerPort": 53, "hostPort": 53, "protocol": "UDP", "hostIP": "127.0.0.1"}]}
                ]
            },
            [(53, "UDP", "127.0.0.1", "hostPort")],
        ),
        (
            {
                "hostNetwork": True,
                "containers": [{"ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}]}],
            },
            [(80, "TCP", "0.0.0.0", "containerPort"), (81, "TCP", "0.0.0.0", "hostPort")],
        ),
        ({"hostNetwork": True, "containers": [{"name": "quiet"}]}, []),
        ({"hostNetwork": "true", "containers": [{"ports": [{"containerPort": 80}]}]}, []),
        ({"initContainers": [{"ports": [{"containerPort": 80, "hostPort": 80}]}], "containers": []}, []),
        (
            {"initContainers": [{"restartPolicy": "Always", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
            [(80, "TCP", "0.0.0.0", "hostPort")],
        ),
    ],
)
def test_the_ports_that_the_scheduler_counts(spec: dict[str, Any], expected: list[tuple[int, str, str, str]]) -> None:
    assert pod_ports(spec) == expected


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        ((80, "TCP", "0.0.0.0"), (80, "TCP", "0.0.0.0"), True),
        ((80, "TCP", "0.0.0.0"), (80, "TCP", "127.0.0.1"), True),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "127.0.0.1"), False),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "10.0.0.1"), True),
        ((80, "TCP", "0.0.0.0"), (80, "UDP", "0.0.0.0"), False),
        ((80, "TCP", "0.0.0.0"), (81, "TCP", "0.0.0.0"), False),
        ((80, "TCP", "::"), (80, "TCP", "fd00::1"), False),  # the scheduler does not know what :: means
    ],
)
def test_ports_that_no_node_can_give_away_twice(
    first: tuple[int, str, str], second: tuple[int, str, str], conflict: bool
) -> None:
    at = Place(Document(Source("x.yaml", ""), 0, 0, {}), ())
    one, other = NodePort(*first, at), NodePort(*second, at)
    assert one.conflicts_with(other) == other.conflicts_with(one) == conflict
