"""A Service's selector → pods, its target ports → the pods' ports: resolved, broken or unknown, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from klint import Reason, State
from klint.exposure.selection import Selection, TargetPort

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def service(
    selector: str, *, name: str = "web", namespace: str = '""', ports: str = "{port: 80}", more: str = ""
) -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{selector: {{{selector}}}, ports: [{ports}], {more}}}\n"
    )


def workload(
    labels: str,
    *,
    name: str = "web",
    kind: str = "apps/v1 Deployment",
    namespace: str = '""',
    own: str = "",
    ports: str = "",
    more: str = "",
) -> str:
    api, kind = kind.split()
    return (
        f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{{own}}}}}\n"
        f"spec:\n  template:\n    metadata: {{labels: {{{labels}}}}}\n"
        f"    spec: {{containers: [{{name: c, image: i, ports: [{ports}]}}], {more}}}\n"
    )


def pod(labels: str, *, name: str = "web", containers: str = "[{name: c}]", more: str = "") -> str:
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}, {more}}}\n"
        f"spec: {{containers: {containers}}}\n"
    )


def selected(graph_of: GraphOf, manifests: str | Mapping[str, str], config: str = "") -> Selection:
    """What the first Service selects."""
    return graph_of(manifests, config).selections[0]


EXISTS = "targets: [{path: '**', exists: {pods: [{app: web}]}}]"

RESOLVED: Mapping[str, tuple[str | Mapping[str, str], str]] = {
    "all pairs": (service("app: web, tier: a") + workload("tier: a, app: web, more: x"), "Deployment web"),
    "a bare pod": (service("app: web") + pod("app: web"), "Pod web"),
    "a CronJob's pods, which serve while they run": (
        service("app: web")
        + "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec: {jobTemplate: {spec: {template: "
        "{metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}}}\n",
        "CronJob tick",
    ),
    "a custom workload": (
        service("app: web") + workload("app: web", kind="argoproj.io/v1alpha1 Rollout"),
        "Rollout web",
    ),
    "the Service leaves its namespace open": (
        service("app: web") + workload("app: web", namespace="shop"),
        "Deployment shop/web",
    ),
    "the workload leaves its namespace open": (
        service("app: web", namespace="shop") + workload("app: web"),
        "Deployment web",
    ),
    "in another folder": ({"a/s.yaml": service("app: web"), "b/c/w.yaml": workload("app: web")}, "Deployment web"),
    "a label that a controller adds": (
        service("app: web, statefulset.kubernetes.io/pod-name: web-0") + workload("app: web"),
        "Deployment web",
    ),
}


@pytest.mark.parametrize(("manifests", "target"), RESOLVED.values(), ids=RESOLVED)
def test_selects(graph_of: GraphOf, manifests: str | Mapping[str, str], target: str) -> None:
    found = selected(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why)) == (State.RESOLVED, "")
    assert [str(item) for item in found.hop.targets] == [target]
    assert found.hop.near == ()


def test_several_workloads_once_each(graph_of: GraphOf) -> None:
    group = (
        "---\napiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: group}\n"
        "spec: {leaderWorkerTemplate: {leaderTemplate: {metadata: {labels: {app: web}}}, "
        "workerTemplate: {metadata: {labels: {app: web}}}}}\n"
    )
    found = selected(graph_of, service("app: web") + group + workload("app: web"))
    assert [str(item) for item in found.hop.targets] == ["LeaderWorkerSet group", "Deployment web"]
    assert len(found.pods) == 3


CERTAIN: Mapping[str, tuple[str | Mapping[str, str], str, str]] = {
    "a value misspelt": (
        service("app: storefornt") + workload("app: storefront"),
        "Deployment web has app=storefront, not app=storefornt",
        "app",
    ),
    "a value misspelt, the other pair agrees": (
        service("app: storefornt, tier: a") + workload("app: storefront, tier: a", name="x"),
        "Deployment x has app=storefront, not app=storefornt",
        "app",
    ),
    "a value that differs in case": (
        service("app: Web") + workload("app: web"),
        "Deployment web has app=web, not app=Web",
        "app",
    ),
    "a key misspelt": (
        service("tier: front, aap: x") + workload("tier: front, apa: x", name="x"),
        "Deployment x has apa=x, not aap=x",
        "aap",
    ),
    "another key that names the application": (
        service("app: web") + workload("app.kubernetes.io/name: web", name="x"),
        "Deployment x has app.kubernetes.io/name=web, not app=web",
        "app",
    ),
    "the labels are the workload's own": (
        service("app: web, tier: front") + workload("app: web", own="app: web, tier: front", name="x"),
        "Deployment x itself has tier=front, but its pods do not",
        "tier",
    ),
    "several labels are the workload's own": (
        service("app: web, tier: front") + workload("run: x", own="app: web, tier: front", name="x"),
        "Deployment x itself has app=web, tier=front, but its pods do not",
        "",
    ),
    "the pods are in another namespace": (
        service("app: web", namespace="edge") + workload("app: web", namespace="shop"),
        "Deployment shop/web has these labels in namespace shop, but a Service selects pods only in its own",
        "",
    ),
    "in another file of the folder": (
        {"a/s.yaml": service("app: storefornt"), "a/w.yaml": workload("app: storefront", name="x")},
        "Deployment x has app=storefront, not app=storefornt",
        "app",
    ),
    "the certain one of several": (
        service("app: storefornt") + workload("app: other") + workload("app: storefront", name="x"),
        "Deployment x has app=storefront, not app=storefornt",
        "app",
    ),
}

LIKELY: Mapping[str, tuple[str | Mapping[str, str], str, str]] = {
    "alone in a file, one pair differs": (
        service("tier: front") + workload("app: x, tier: back", name="x"),
        "Deployment x has tier=back, not tier=front",
        "tier",
    ),
    "alone in a file, nothing fits": (
        service("app: web") + workload("run: x", name="x"),
        "Deployment x has run=x, not app=web",
        "app",
    ),
    "of the same name, in files of their own": (
        {
            "a/s.yaml": service("app: a, tier: b"),
            "a/w.yaml": workload("run: x"),
            "a/y.yaml": workload("y: y", name="y"),
        },
        "Deployment web has run=x, not app=a, tier=b",
        "",
    ),
    "a pair is missing": (
        service("app: web, version: v2") + workload("app: web"),
        "the pods of Deployment web do not have version=v2, unless something sets it later",
        "version",
    ),
    "a role that the workload knows its pods by": (
        service("app: web, role: master")
        + workload("app: web, role: leader").replace("spec:\n", "spec:\n  selector: {matchLabels: {role: leader}}\n"),
        "Deployment web has role=leader, not role=master",
        "role",
    ),
    "many labels are cut short": (
        service("run: web") + workload("a: '1', b: '2', c: '3', d: '4'", name="x"),
        "Deployment x has a=1, b=2, c=3 …, not run=web",
        "run",
    ),
    "pods elsewhere carry the labels by chance": (
        {"a/s.yaml": service("tier: front") + workload("tier: back", name="x"), "b/c/w.yaml": workload("tier: front")},
        "Deployment x has tier=back, not tier=front",
        "tier",
    ),
}


@pytest.mark.parametrize(("manifests", "why", "key"), CERTAIN.values(), ids=CERTAIN)
def test_misses_certainly(graph_of: GraphOf, manifests: str | Mapping[str, str], why: str, key: str) -> None:
    assert_misses(selected(graph_of, manifests), why, key, certain=True)


@pytest.mark.parametrize(("manifests", "why", "key"), LIKELY.values(), ids=LIKELY)
def test_misses_likely(graph_of: GraphOf, manifests: str | Mapping[str, str], why: str, key: str) -> None:
    assert_misses(selected(graph_of, manifests), why, key, certain=False)


def assert_misses(found: Selection, why: str, key: str, *, certain: bool) -> None:
    assert (found.hop.state, str(found.hop.why), found.hop.targets, found.pods) == (State.BROKEN, why, (), ())
    assert found.hop.near
    assert (found.hop.certain, found.hop.at.path[2:]) == (certain, (key,) if key else ())
    assert found.hop.at.path == (("spec", "selector", key) if key else ("spec", "selector"))


NEAR_AT: Mapping[str, tuple[str, tuple[str | int, ...]]] = {
    "the label": (
        service("app: storefornt") + workload("app: storefront"),
        ("spec", "template", "metadata", "labels", "app"),
    ),
    "the other key": (
        service("app: web") + workload("k8s-app: web"),
        ("spec", "template", "metadata", "labels", "k8s-app"),
    ),
    "the labels": (service("app: a, b: c") + workload("x: x"), ("spec", "template", "metadata", "labels")),
    "the workload's own label": (service("app: web") + workload("x: x", own="app: web"), ("metadata", "labels", "app")),
    "its namespace": (
        service("app: web", namespace="a") + workload("app: web", namespace="b"),
        ("metadata", "namespace"),
    ),
}


@pytest.mark.parametrize(("manifests", "path"), NEAR_AT.values(), ids=NEAR_AT)
def test_points_at_what_the_pods_have(graph_of: GraphOf, manifests: str, path: tuple[str | int, ...]) -> None:
    (near,) = selected(graph_of, manifests).hop.near
    assert near.at.path == path


OPERATOR_RESOURCE = (
    "---\napiVersion: minio.min.io/v2\nkind: Tenant\nmetadata: {name: t}\nspec: {pool: {labels: {app: storefornt}}}\n"
)
MONITOR = (
    "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: t}\n"
    "spec: {selector: {matchLabels: {app: storefornt}}}\n"
)
EXPERIMENT = (
    "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec:\n"
    "  template: {metadata: {labels: {app: storefront}}}\n"
    "  strategy: {canary: {steps: [{experiment: {templates: [{metadata: {labels: {app: storefornt}}}]}}]}}\n"
)

UNKNOWN: Mapping[str, tuple[str | Mapping[str, str], str]] = {
    "no pods at all": (service("app: web"), "no pod in the workspace has these labels"),
    "pods that have a Service of their own": (
        service("app: storefornt") + service("app: storefront", name="b") + workload("app: storefront"),
        "no pod in the workspace has these labels",
    ),
    "pods of several workloads, none of its name": (
        service("tier: front") + workload("tier: a", name="a") + workload("tier: b", name="b"),
        "no pod in the workspace has these labels",
    ),
    "a sibling by number": (
        {"a/s.yaml": service("app: shop2", name="shop2"), "a/w.yaml": workload("app: shop1", name="shop1")},
        "no pod in the workspace has these labels",
    ),
    "a Job's pods are nobody's backend": (
        service("app: storefornt") + workload("app: storefront", kind="batch/v1 Job"),
        "no pod in the workspace has these labels",
    ),
    "nor are those of a Helm test": (
        service("app: storefornt") + pod("app: storefront", more="annotations: {helm.sh/hook: test}"),
        "no pod in the workspace has these labels",
    ),
    "two Services look for a partner": (
        service("app: a", name="a") + service("app: b", name="b") + workload("app: c", name="c"),
        "no pod in the workspace has these labels",
    ),
    "other labels in another namespace": (
        service("app: storefornt", namespace="a") + workload("app: storefront", namespace="b"),
        "no pod in the workspace has these labels",
    ),
    "a leader's label": (
        service("app: web, vault-active: 'true'") + workload("app: web"),
        "no pod in the workspace has these labels",
    ),
    "a role that changes": (
        service("app: web, role: master") + workload("app: web, role: replica"),
        "no pod in the workspace has these labels",
    ),
    "a label of an operator": (
        service("cnpg.io/cluster: web") + workload("app: web"),
        "an operator creates the pods labelled cnpg.io/cluster",
    ),
    "a pair of an operator": (
        service("app.kubernetes.io/name: alertmanager") + workload("app: web"),
        "an operator creates the pods labelled app.kubernetes.io/name",
    ),
    "a label that a custom resource sets": (
        service("app: storefornt") + workload("app: storefront") + OPERATOR_RESOURCE,
        "no pod in the workspace has these labels",
    ),
    "one of several labels that a custom resource sets": (
        service("app: storefornt, tier: a") + workload("app: x, tier: b") + OPERATOR_RESOURCE,
        "no pod in the workspace has these labels",
    ),
    "a label after a custom resource": (
        service("release: t") + workload("app: x") + OPERATOR_RESOURCE,
        "no pod in the workspace has these labels",
    ),
    "a label that a rollout's experiment sets": (
        service("app: storefornt") + EXPERIMENT,
        "no pod in the workspace has these labels",
    ),
    "pods of the cluster": (
        service("k8s-app: kube-dns", namespace="kube-system") + workload("k8s-app: kube-dsn"),
        "the cluster's own pods have these labels",
    ),
    "a label that a controller adds": (
        service("job-name: web") + workload("name: web"),
        "job-name is set when pods are made",
    ),
    "a value to be filled in": (
        service("app: '${APP}'") + workload("app: web"),
        "${APP} is filled in later",
    ),
    "a word in capitals": (service("app: APP_NAME") + workload("app: web"), "APP_NAME is filled in later"),
    "what no label can hold": (service("app: -web") + workload("app: web"), "-web is filled in later"),
    "pods in a document that does not parse": (
        service("app: storefornt, tier: a")
        + workload("app: storefront, tier: a")
        + "---  # broken\nkind: Pod\nlabels:\n  app: storefornt\n tier: a\n",
        "a document that does not parse may have them",
    ),
    "pods of another environment": (
        {"production/s.yaml": service("app: web"), "staging/w.yaml": workload("app: web")},
        "no pod in the workspace has these labels",
    ),
}


@pytest.mark.parametrize(("manifests", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_may_select_something_unseen(graph_of: GraphOf, manifests: str | Mapping[str, str], why: str) -> None:
    found = selected(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.hop.near) == (State.UNKNOWN, why, ())


def test_what_only_refers_to_labels_sets_none(graph_of: GraphOf) -> None:
    found = selected(graph_of, service("app: storefornt") + workload("app: storefront") + MONITOR)
    assert found.hop.state is State.BROKEN


def test_pods_that_the_configuration_declares(graph_of: GraphOf) -> None:
    manifests = service("app: web, tier: a") + workload("app: wbe, tier: a")
    found = selected(graph_of, manifests, EXISTS)
    assert (found.hop.state, str(found.hop.why)) == (State.RESOLVED, "the configuration says such pods exist")
    assert selected(graph_of, service("app: wbe") + workload("app: web"), EXISTS).hop.state is State.BROKEN


@pytest.mark.parametrize("more", ["type: ExternalName, externalName: example.com", ""])
def test_without_a_selector(graph_of: GraphOf, more: str) -> None:
    selector = "app: web" if more else ""
    assert graph_of(service(selector, more=more) + workload("app: web")).selections == ()


def test_pods_elsewhere_answer(graph_of: GraphOf) -> None:
    """In the namespace that both name they do so even where pods stand beside the Service; else only where none do."""
    far = {"a/s.yaml": service("tier: front"), "b/c/w.yaml": workload("tier: front")}
    found = selected(graph_of, far)
    assert (found.hop.state, found.elsewhere) == (State.RESOLVED, True)
    same = {
        "a/s.yaml": service("tier: front", namespace="default") + workload("tier: back", name="x"),
        "b/c/w.yaml": workload("tier: front", namespace="default"),
    }
    assert selected(graph_of, same).hop.state is State.RESOLVED


# Target ports


def target_port(graph_of: GraphOf, manifests: str | Mapping[str, str]) -> TargetPort:
    (found,) = graph_of(manifests).target_ports
    return found


HTTP = "{port: 80, targetPort: http}"
DNS = "{port: 53, targetPort: dns, protocol: UDP}"
SIDECAR = "initContainers: [{name: p, restartPolicy: Always, ports: [{name: http, containerPort: 1}]}]"
INIT = "initContainers: [{name: p, ports: [{name: http, containerPort: 1}]}]"

OFFERED: Mapping[str, str] = {
    "by name": service("app: web", ports=HTTP) + workload("app: web", ports="{name: http, containerPort: 8080}"),
    "by name and protocol": service("app: web", ports=DNS)
    + workload("app: web", ports="{name: dns, containerPort: 53}, {name: dns, containerPort: 53, protocol: UDP}"),
    "by a sidecar": service("app: web", ports=HTTP) + workload("app: web", more=SIDECAR),
    "by every workload": service("app: web", ports=HTTP)
    + workload("app: web", ports="{name: http, containerPort: 1}")
    + workload("app: web", name="b", ports="{name: http, containerPort: 2}"),
    "a Job beside it is not asked": service("app: web", ports=HTTP)
    + workload("app: web", ports="{name: http, containerPort: 1}")
    + workload("app: web", name="job", kind="batch/v1 Job"),
    "a workload whose containers are not written down is not asked": service("app: web", ports=HTTP)
    + workload("app: web", ports="{name: http, containerPort: 1}")
    + pod("app: web", name="b", containers="[]"),
}

LACKING: Mapping[str, tuple[str, str, int]] = {
    "another name": (
        service("app: web", ports=HTTP) + workload("app: web", ports="{name: web, containerPort: 80}"),
        "Deployment web names its ports web",
        0,
    ),
    "another protocol": (
        service("app: web", ports=DNS) + workload("app: web", ports="{name: dns, containerPort: 53}"),
        "Deployment web has dns for TCP, not UDP",
        0,
    ),
    "no name": (
        service("app: web", ports=HTTP) + workload("app: web", ports="{containerPort: 80}, {containerPort: 81}"),
        "Deployment web declares 80, 81 without a name",
        0,
    ),
    "no ports": (service("app: web", ports=HTTP) + workload("app: web"), "Deployment web declares no ports", 0),
    "no port number either": (
        service("app: web", ports=HTTP) + workload("app: web", ports="{containerPort: PORT}"),
        "Deployment web declares no ports",
        0,
    ),
    "an init container's port ends with it": (
        service("app: web", ports=HTTP) + workload("app: web", more=INIT),
        "Deployment web declares no ports",
        0,
    ),
    "some have it": (
        service("app: web", ports=HTTP)
        + workload("app: web", ports="{name: http, containerPort: 1}")
        + workload("app: web", name="canary"),
        "Deployment canary declares no ports",
        1,
    ),
    "only a Job is selected": (
        service("app: web", ports=HTTP) + workload("app: web", kind="batch/v1 Job"),
        "Job web declares no ports",
        0,
    ),
}


@pytest.mark.parametrize("manifests", OFFERED.values(), ids=OFFERED)
def test_named_port_is_offered(graph_of: GraphOf, manifests: str) -> None:
    found = target_port(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.lacking) == (State.RESOLVED, "", ())


@pytest.mark.parametrize(("manifests", "why", "offering"), LACKING.values(), ids=LACKING)
def test_named_port_is_lacking(graph_of: GraphOf, manifests: str, why: str, offering: int) -> None:
    found = target_port(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why)) == (State.BROKEN, why)
    assert (len(found.offering), len(found.lacking)) == (offering, 1)
    assert found.hop.at.path == ("spec", "ports", 0, "targetPort")


@pytest.mark.parametrize("name", ["http-envoy-prom", "dapr-metrics", "linkerd-admin"])
def test_named_port_of_an_injected_sidecar(graph_of: GraphOf, name: str) -> None:
    found = target_port(graph_of, service("app: web", ports=f"{{port: 1, targetPort: {name}}}") + workload("app: web"))
    assert found.hop.state is State.UNKNOWN


def test_named_port_of_pods_elsewhere(graph_of: GraphOf) -> None:
    found = target_port(graph_of, {"a/s.yaml": service("app: web", ports=HTTP), "b/c/w.yaml": workload("app: web")})
    assert found.hop.state is State.UNKNOWN


@pytest.mark.parametrize("target", ["8080", "PORT", "a-name-that-is-too-long"])
def test_what_is_no_name_is_not_followed(graph_of: GraphOf, target: str) -> None:
    ports = f"{{port: 80, targetPort: {target}}}"
    assert graph_of(service("app: web", ports=ports) + workload("app: web")).target_ports == ()


def test_one_template_of_a_workload_is_enough(graph_of: GraphOf) -> None:
    group = (
        "---\napiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: group}\n"
        "spec: {leaderWorkerTemplate: {"
        "leaderTemplate: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{name: http}]}]}}, "
        "workerTemplate: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}}\n"
    )
    assert target_port(graph_of, service("app: web", ports=HTTP) + group).hop.state is State.RESOLVED


def test_what_stands_in_for_a_selector(graph_of: GraphOf) -> None:
    without = "---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {ports: [{port: 1}]}\n"
    endpoints = "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\n"
    graph = graph_of(without + service("app: web"))
    database, web = graph.services
    assert graph.endpoints(web) is None
    hop = graph.endpoints(database)
    assert hop is not None
    assert (hop.state, hop.certain) == (State.BROKEN, False)
    graph = graph_of(without + endpoints)
    hop = graph.endpoints(graph.services[0])
    assert hop is not None
    assert (hop.state, [str(item) for item in hop.targets]) == (State.RESOLVED, ["Endpoints db"])


STATEFUL_SET = (
    "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
    "spec: {serviceName: db, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c}]}}}\n"
)


def governing_service(spec: str, name: str = "db") -> str:
    return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}, ports: [{{port: 1}}]}}\n"


@pytest.mark.parametrize(
    ("services", "state", "reason"),
    [
        (governing_service("clusterIP: None, selector: {app: db}"), State.RESOLVED, None),
        (governing_service("selector: {app: db}"), State.BROKEN, Reason.NOT_HEADLESS),
        (governing_service("clusterIP: None"), State.BROKEN, Reason.NO_SELECTOR),
        (governing_service("selector: {app: web}", "web"), State.BROKEN, Reason.DEFINED_NOWHERE),
        ("", State.UNKNOWN, Reason.NAMESPACE_UNSEEN),
    ],
)
def test_the_service_that_governs_a_stateful_set(
    graph_of: GraphOf, services: str, state: State, reason: Reason | None
) -> None:
    graph = graph_of(services + STATEFUL_SET)
    found = graph.governing(graph.workloads[0])
    assert found is not None
    assert (found.hop.state, found.hop.why.reason) == (state, reason)
    assert all(graph.governed_by(service) == graph.workloads for service in graph.services if service.name == "db")
