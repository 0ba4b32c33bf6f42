"""Typed views see what Kubernetes sees: every kind by group, defaults filled in, and nothing in malformed data."""

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klint.config.config import Config
from klint.engine import lint
from klint.kube import removed_apis
from klint.kube.autoscaler import Autoscaler
from klint.kube.classes import Gateway, IngressClass
from klint.kube.controllers import (
    INGRESS_CONTROLLERS,
    controller_of_class,
    controller_of_image,
    image_is,
    image_repository,
    is_ingress_or_gateway_image,
)
from klint.kube.istio import IstioGateway
from klint.kube.names import is_dns_label, is_dns_subdomain
from klint.kube.namespace import ByNamespace, Namespace, may_be_one_namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.objects import VIEWS, read_resources
from klint.kube.ports import NodePortRange, port_name_errors
from klint.kube.resource import Resource, View, strings
from klint.kube.routes import ROUTES
from klint.kube.routes.gateway_api import GatewayRoute
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.istio import VirtualService
from klint.kube.routes.openshift import OpenShiftRoute
from klint.kube.routes.shape import PortMeaning, Route
from klint.kube.selector import KnownLabels, label_selector_matches, matches
from klint.kube.service import Endpoints, Service
from klint.kube.workload import POD_TEMPLATES, PodTemplate, Workload
from klint.registry import built_in_folder, load_rules
from klint.testing import examples_in
from klint.text import yaml
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.workspace import Workspace


def resources(text: str, workloads: Mapping[tuple[str, str], tuple[str, ...]] | None = None) -> list[Resource]:
    return [
        resource
        for document in read_documents(Source("a.yaml", text))
        for resource in read_resources(document, workloads or {})
    ]


def view(data: Mapping[str, Any]) -> Any:
    (found,) = resources(json.dumps(data))
    return found


def service(**spec: Any) -> Service:
    found = view({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    assert isinstance(found, Service)
    return found


def line_of(resource: View, *path: str | int) -> str:
    span = resource.at(*path).span
    return span.source.line(span.line).strip()


# Objects and lists

LISTS = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: one}
  spec: {type: NodePort}
- apiVersion: v1
  kind: ServiceList
  items:
  - metadata: {name: two}
    spec: {type: LoadBalancer}
  - kind: Service
    metadata: {name: three}
- apiVersion: apps/v1
  kind: DeploymentList
  items:
  - metadata: {name: four}
- not an object
- {kind: Service}
- apiVersion: v1
  kind: List
---
apiVersion: networking.k8s.io/v1
kind: IngressList
metadata: {resourceVersion: ""}
items:
- metadata: {name: five}
"""


def test_lists_are_flattened_with_places_inside_them() -> None:
    found = resources(LISTS)
    assert [(type(item), str(item), item.group, item.version) for item in found] == [
        (Service, "Service one", "", "v1"),
        (Service, "Service two", "", "v1"),
        (Service, "Service three", "", "v1"),
        (Workload, "Deployment four", "apps", "v1"),
        (Resource, "List (unnamed)", "", "v1"),
        (Ingress, "Ingress five", "networking.k8s.io", "v1"),
    ]
    assert [item.path for item in found] == [
        ("items", 0), ("items", 1, "items", 0), ("items", 1, "items", 1), ("items", 2, "items", 0), ("items", 5),
        ("items", 0),
    ]  # fmt: skip
    assert line_of(found[1], "spec", "type") == "spec: {type: LoadBalancer}"
    assert line_of(found[2], "spec", "type") == "metadata: {name: three}"
    assert found[5].place.span.line == 28


@pytest.mark.parametrize("items", ["x", {}, None, 1])
def test_a_kind_that_ends_in_list_may_be_none(items: Any) -> None:
    assert type(view({"apiVersion": "example.com/v1", "kind": "AllowList", "items": items})) is Resource


@pytest.mark.parametrize(
    "data",
    [[], "x", None, {}, {"kind": "Service"}, {"apiVersion": "v1"}, {"apiVersion": 1, "kind": "Service"},
     {"apiVersion": "v1", "kind": ["Service"]}, [{"apiVersion": "v1", "kind": "Service"}]],
)  # fmt: skip
def test_what_is_no_object(data: Any) -> None:
    assert resources(json.dumps(data)) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "cls"),
    [
        ("v1", "Service", Service),
        ("serving.knative.dev/v1", "Service", Workload),
        ("example.com/v1", "Service", Resource),
        ("networking.k8s.io/v1", "Ingress", Ingress),
        ("networking.k8s.io/v1beta1", "Ingress", Ingress),
        ("extensions/v1beta1", "Ingress", Ingress),
        ("config.openshift.io/v1", "Ingress", Resource),
        ("gateway.networking.k8s.io/v1", "Gateway", Gateway),
        ("networking.istio.io/v1", "Gateway", IstioGateway),
        ("networking.istio.io/v1alpha3", "VirtualService", VirtualService),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", GatewayRoute),
        ("route.openshift.io/v1", "Route", OpenShiftRoute),
        ("networking.k8s.io/v1", "NetworkPolicy", NetworkPolicy),
        ("crd.projectcalico.org/v1", "NetworkPolicy", Resource),
        ("networking.k8s.io/v1", "IngressClass", IngressClass),
        ("v1", "Endpoints", Endpoints),
        ("discovery.k8s.io/v1", "EndpointSlice", Endpoints),
        ("v1", "Namespace", Namespace),
        ("autoscaling/v2", "HorizontalPodAutoscaler", Autoscaler),
        ("batch.volcano.sh/v1alpha1", "Job", Workload),
        ("v1", "Deployment", Resource),
    ],
)
def test_kinds_are_told_apart_by_group(api_version: str, kind: str, cls: type[Resource]) -> None:
    assert type(view({"apiVersion": api_version, "kind": kind})) is cls


# Workloads

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80}]}]},
}
TWO = [("spec", "headGroupSpec"), ("spec", "workerGroupSpecs", 0)]

PODS: list[tuple[str, str, list[tuple[str | int, ...]]]] = [
    ("v1", "Pod", [()]),
    ("v1", "ReplicationController", [("spec", "template")]),
    ("apps/v1", "Deployment", [("spec", "template")]),
    ("apps/v1", "ReplicaSet", [("spec", "template")]),
    ("apps/v1", "StatefulSet", [("spec", "template")]),
    ("apps/v1", "DaemonSet", [("spec", "template")]),
    ("extensions/v1beta1", "Deployment", [("spec", "template")]),
    ("batch/v1", "Job", [("spec", "template")]),
    ("batch/v1", "CronJob", [("spec", "jobTemplate", "spec", "template")]),
    ("argoproj.io/v1alpha1", "Rollout", [("spec", "template")]),
    ("apps.openshift.io/v1", "DeploymentConfig", [("spec", "template")]),
    ("serving.knative.dev/v1", "Service", [("spec", "template")]),
    ("serving.knative.dev/v1", "Configuration", [("spec", "template")]),
    ("keda.sh/v1alpha1", "ScaledJob", [("spec", "jobTargetRef", "template")]),
    ("batch.volcano.sh/v1alpha1", "Job", [("spec", "tasks", 0, "template"), ("spec", "tasks", 1, "template")]),
    (
        "kubeflow.org/v1",
        "PyTorchJob",
        [("spec", "pytorchReplicaSpecs", role, "template") for role in ("Master", "Worker")],
    ),
    ("kubeflow.org/v1", "TFJob", [("spec", "tfReplicaSpecs", role, "template") for role in ("Chief", "Worker")]),
    ("kubeflow.org/v1", "MPIJob", [("spec", "mpiReplicaSpecs", "Launcher", "template")]),
    ("jobset.x-k8s.io/v1alpha2", "JobSet", [("spec", "replicatedJobs", 0, "template", "spec", "template")]),
    (
        "leaderworkerset.x-k8s.io/v1",
        "LeaderWorkerSet",
        [("spec", "leaderWorkerTemplate", role) for role in ("leaderTemplate", "workerTemplate")],
    ),
    ("ray.io/v1", "RayCluster", [(*path, "template") for path in TWO]),
    ("ray.io/v1", "RayService", [("spec", "rayClusterConfig", *path[1:], "template") for path in TWO]),
    ("ray.io/v1", "RayJob", [("spec", "rayClusterSpec", *path[1:], "template") for path in TWO]),
    ("apps.kruise.io/v1alpha1", "CloneSet", [("spec", "template")]),
    ("apps.kruise.io/v1beta1", "StatefulSet", [("spec", "template")]),
]


def with_values(data: Any, paths: Iterable[tuple[str | int, ...]], value: Any) -> Any:
    """Data with a value at each path, lists and mappings made on the way."""
    for path in paths:
        at = data
        for step, following in pairwise((*path, None)):
            empty: Any = value if following is None else [] if isinstance(following, int) else {}
            if isinstance(step, int):
                at.extend(deepcopy(empty) for _ in range(len(at), step + 1))
            elif step not in at:
                at[step] = empty
            at = at[step]
    return data


@pytest.mark.parametrize(("api_version", "kind", "paths"), PODS, ids=[f"{kind}.{version}" for version, kind, _ in PODS])
def test_every_kind_yields_its_pods(api_version: str, kind: str, paths: list[tuple[str | int, ...]]) -> None:
    data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}}
    if paths == [()]:
        data = {
            **data,
            "metadata": {**TEMPLATE["metadata"], "name": "web", "namespace": "shop"},
            "spec": TEMPLATE["spec"],
        }
    workload = view(with_values(data, [path for path in paths if path], TEMPLATE))
    assert isinstance(workload, Workload)
    assert [pod.path for pod in workload.pods] == paths
    for pod in workload.pods:
        assert pod.labels == {"app": "web"}
        assert pod.namespace == "shop"
        assert [port.number for port in pod.ports] == [80]
        span = pod.ports[0].at("containerPort").span
        assert span.source.line(span.line)[span.column - 1 : span.end_column - 1] == "80"
    assert view({"apiVersion": api_version, "kind": kind}).pods == workload.pods[:0] or kind == "Pod"


def test_every_known_kind_is_in_the_table_above() -> None:
    tested = {(version.rpartition("/")[0], kind) for version, kind, _ in PODS}
    alike = {("extensions", "ReplicaSet"), ("extensions", "DaemonSet"), ("apps.kruise.io", "DaemonSet")}
    alike |= {("kubeflow.org", kind) for kind in ("XGBoostJob", "PaddleJob")}
    assert set(POD_TEMPLATES) == tested | alike


def test_a_pod_template_and_a_borrowed_one_make_no_pods() -> None:
    assert type(view({"apiVersion": "v1", "kind": "PodTemplate", "template": TEMPLATE})) is Resource
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"workloadRef": {"name": "web"}}}
    assert view(rollout).pods == ()


def test_configured_kinds_yield_pods() -> None:
    text = json.dumps({"apiVersion": "example.com/v1", "kind": "App", "spec": {"pods": [TEMPLATE, TEMPLATE]}})
    (found,) = resources(text, {("example.com", "App"): ("spec.pods.*",)})
    assert isinstance(found, Workload)
    assert [pod.path for pod in found.pods] == [("spec", "pods", 0), ("spec", "pods", 1)]


def pod(**spec: Any) -> PodTemplate:
    found = view({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    assert isinstance(found, Workload)
    return found.pods[0]


def test_a_named_port_is_found_by_protocol_and_the_first_one_wins() -> None:
    found = pod(
        containers=[
            {"name": "a", "ports": [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]},
            {"name": "b", "ports": [{"name": "dns", "containerPort": 54}, {"name": "dns", "containerPort": 55}]},
        ],
        initContainers=[
            {"name": "once", "ports": [{"name": "init", "containerPort": 1}]},
            {"name": "stays", "restartPolicy": "Always", "ports": [{"name": "side", "containerPort": 2}]},
        ],
    )
    numbers = [
        port.number if (port := found.named_port(name, protocol)) else None
        for name, protocol in (
            ("dns", "TCP"),
            ("dns", "UDP"),
            ("dns", "SCTP"),
            ("side", "TCP"),
            ("init", "TCP"),
            ("", "TCP"),
        )
    ]
    assert numbers == [54, 53, None, 2, None, None]
    assert [port.number for port in found.ports] == [53, 54, 55, 2]


def test_container_ports_have_the_defaults_of_the_scheduler() -> None:
    (plain,) = pod(containers=[{"ports": [{"containerPort": 80}]}]).ports
    assert (plain.host_port, plain.host_ip, plain.protocol, plain.name) == (None, "0.0.0.0", "TCP", "")
    full = {"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1", "protocol": "UDP", "name": "web"}
    (port,) = pod(containers=[{"ports": [full]}]).ports
    assert (port.host_port, port.host_ip, port.protocol, port.name) == (8080, "127.0.0.1", "UDP", "web")
    assert pod(containers=[{"ports": [{"containerPort": 80, "hostPort": 0}]}]).ports[0].host_port is None


ODD_FLAGS: tuple[Any, ...] = (False, None, "true", 1, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": "b", "c": ""}, {"a": "b", "c": ""}),
        ({"a": 1, "b": None, "c": "d"}, {"c": "d"}),
        ({True: "a", 8080: "b"}, {"true": "a", "8080": "b"}),
        ({}, {}),
        (["a"], {}),
        (None, {}),
    ],
)
def test_strings_are_those_of_a_mapping_and_cannot_be_changed(value: Any, expected: dict[str, str]) -> None:
    found = strings(value)
    assert dict(found) == expected
    with pytest.raises(TypeError):
        found["new"] = "item"  # type: ignore[index]


NAMESPACES = ("", "shop", "billing", "${NAMESPACE}")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(NAMESPACES)), max_size=8))
def test_items_by_namespace_are_those_that_may_be_in_it_in_their_order(written: list[tuple[str, str]]) -> None:
    numbered = [(key, namespace, number) for number, (key, namespace) in enumerate(written)]
    by_namespace = ByNamespace(numbered)
    assert set(by_namespace.keys()) == {key for key, _ in written}
    for key in "abc":
        assert by_namespace.anywhere(key) == [item for its_key, _, item in numbered if its_key == key]
        for namespace in (*NAMESPACES, "other"):
            expected = [
                item for its_key, its, item in numbered if its_key == key and may_be_one_namespace(its, namespace)
            ]
            assert [*by_namespace.within(key, namespace)] == expected
            assert by_namespace.count(key, namespace) == len(expected)
    assert set(by_namespace.keys()) == {key for key, _ in written}, "asking adds no key"


def test_host_network_must_be_true() -> None:
    assert pod(hostNetwork=True).host_network
    assert not any(pod(hostNetwork=value).host_network for value in ODD_FLAGS)


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "replicas"),
    [
        ("v1", "Pod", {"replicas": 3}, 1),
        ("apps/v1", "Deployment", {}, 1),
        ("apps/v1", "Deployment", {"replicas": 3}, 3),
        ("apps/v1", "Deployment", {"replicas": 0}, 0),
        ("apps/v1", "Deployment", {"replicas": "3"}, None),
        ("apps/v1", "StatefulSet", {"replicas": 2}, 2),
        ("apps/v1", "DaemonSet", {"replicas": 2}, None),
        ("batch/v1", "Job", {"replicas": 2}, None),
    ],
)
def test_replicas(api_version: str, kind: str, spec: dict[str, Any], replicas: int | None) -> None:
    assert view({"apiVersion": api_version, "kind": kind, "spec": spec}).replicas == replicas


# Services


def test_a_service_has_the_defaults_of_the_api_server() -> None:
    plain = service(ports=[{"port": 80}])
    (port,) = plain.ports
    assert plain.type == "ClusterIP"
    assert (port.number, port.target, port.protocol, port.name, port.node_port) == (80, 80, "TCP", "", None)
    assert not plain.is_headless
    assert not plain.is_externally_accessible
    assert plain.source_ranges == ()


@pytest.mark.parametrize(
    ("target", "expected"), [(None, 80), (0, 80), ("", 80), (8080, 8080), ("http", "http"), ("8080", "8080"), ([], 80)]
)
def test_target_port(target: Any, expected: int | str) -> None:
    assert service(ports=[{"port": 80, "targetPort": target}]).ports[0].target == expected


def test_node_ports_of_zero_leave_the_choice_to_the_cluster() -> None:
    found = service(type="NodePort", ports=[{"port": 80, "nodePort": 0}], healthCheckNodePort=0)
    assert found.ports[0].node_port is None
    assert found.health_check_node_port is None


def test_ports_are_found_by_number_or_name() -> None:
    found = service(ports=[{"port": 80, "name": "http"}, {"port": 443}])
    ports = {wanted: found.port(wanted) for wanted in (80, 443, 8080, "http", "https", "")}
    assert {wanted: port and port.number for wanted, port in ports.items()} == {
        80: 80, 443: 443, 8080: None, "http": 80, "https": None, "": None,
    }  # fmt: skip


def test_an_external_name_selects_nothing_and_is_never_headless() -> None:
    found = service(type="ExternalName", selector={"app": "web"}, clusterIP="None", externalName="db.example.com")
    assert found.selector == {}
    assert not found.is_headless
    assert found.external_name == "db.example.com"
    assert service(selector={"app": "web"}).selector == {"app": "web"}
    assert service(clusterIP="None").is_headless


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "LoadBalancer"}, True),
        ({"type": "NodePort"}, True),
        ({"externalIPs": ["192.0.2.1"]}, True),
        ({"externalIPs": []}, False),
        ({}, False),
        ({"type": "ExternalName", "externalIPs": ["192.0.2.1"]}, False),
    ],
)
def test_externally_accessible_as_kubernetes_defines_it(spec: dict[str, Any], expected: bool) -> None:
    assert service(**spec).is_externally_accessible == expected


def test_source_ranges_of_the_field_go_before_the_annotation() -> None:
    annotations = {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, 192.0.2.0/24"}
    data = {"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": annotations}, "spec": {}}
    assert view(data).source_ranges == ("10.0.0.0/8", "192.0.2.0/24")
    data["spec"] = {"loadBalancerSourceRanges": [" 172.16.0.0/12 "]}
    assert view(data).source_ranges == ("172.16.0.0/12",)


def test_endpoints_belong_to_a_service_by_name_or_label() -> None:
    endpoints = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"}}
    labels = {"kubernetes.io/service-name": "db"}
    endpoint_slice = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "db-1", "labels": labels},
    }  # fmt: skip
    assert view(endpoints).service_name == view(endpoint_slice).service_name == "db"
    assert (
        view({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "db"}}).service_name
        == ""
    )


# Routes


def backends(text: str) -> list[tuple[str, str, int | str | None, str, str]]:
    (route,) = resources(text)
    assert isinstance(route, Route)
    return [
        (backend.service, backend.namespace, backend.port, backend.role.value, line_of_place(backend.name_at))
        for backend in route.backends
    ]


def line_of_place(place: Any) -> str:
    span = place.span
    return str(span.source.line(span.line)[span.column - 1 : span.end_column - 1])


def test_backends_of_an_ingress() -> None:
    text = """\
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: shop}
        spec:
          defaultBackend: {service: {name: fallback, port: {name: http}}}
          rules:
          - host: a.example.com
            http:
              paths:
              - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
              - {path: /r, pathType: Prefix, backend: {resource: {kind: Bucket, name: x}}}
              - {path: /a, pathType: Prefix, backend: {service: {name: action, port: {name: use-annotation}}}}
              - {path: /n, pathType: Prefix, backend: {service: {name: portless}}}
          - host: b.example.com
        """
    assert backends(text) == [
        ("fallback", "shop", "http", "default backend", "fallback"),
        ("web", "shop", 80, "backend", "web"),
        ("portless", "shop", None, "backend", "portless"),
    ]
    (ingress,) = resources(text)
    assert isinstance(ingress, Ingress)
    assert ingress.hosts == ("a.example.com", "b.example.com")


def test_backends_of_an_old_ingress() -> None:
    text = """\
        apiVersion: extensions/v1beta1
        kind: Ingress
        metadata: {name: web}
        spec:
          backend: {serviceName: fallback, servicePort: 80}
          rules:
          - http:
              paths:
              - backend: {serviceName: web, servicePort: http}
              - backend: {serviceName: action, servicePort: use-annotation}
        """
    assert backends(text) == [
        ("fallback", "", 80, "default backend", "fallback"),
        ("web", "", "http", "backend", "web"),
    ]


@pytest.mark.parametrize(
    ("spec", "annotation", "wanted", "stands"),
    [
        ("{ingressClassName: a}", "", "a", "a"),
        ("{}", "b", "b", "b"),
        ("{ingressClassName: a}", "b", "a", "a"),
        ("{}", "", "", "web"),
    ],
)
def test_class_of_an_ingress(spec: str, annotation: str, wanted: str, stands: str) -> None:
    annotations = f", annotations: {{kubernetes.io/ingress.class: {annotation}}}" if annotation else ""
    text = f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web{annotations}}}\nspec: {spec}\n"
    (ingress,) = resources(text)
    assert isinstance(ingress, Ingress)
    assert ingress.wanted_class == wanted
    assert line_of_place(ingress.class_place) == stands


def test_backends_and_parents_of_a_gateway_route() -> None:
    text = """\
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: web, namespace: shop}
        spec:
          hostnames: [a.example.com]
          parentRefs:
          - name: public
            namespace: infra
          - {name: web, kind: Service, group: ""}
          rules:
          - filters:
            - {type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: 80}}}
            backendRefs:
            - {name: web, port: 80}
            - {name: other, namespace: elsewhere, port: 8080}
            - {name: bucket, group: example.com, kind: Bucket}
            - name: filtered
              filters:
              - {type: RequestMirror, requestMirror: {backendRef: {name: inner}}}
        """
    assert backends(text) == [
        ("web", "shop", 80, "backend", "web"),
        ("other", "elsewhere", 8080, "backend", "other"),
        ("filtered", "shop", None, "backend", "filtered"),
        ("inner", "shop", None, "mirror", "inner"),
        ("shadow", "shop", 80, "mirror", "shadow"),
    ]
    (route,) = resources(text)
    assert isinstance(route, GatewayRoute)
    assert [(parent.name, parent.namespace, parent.is_gateway) for parent in route.parents] == [
        ("public", "infra", True),
        ("web", "", False),
    ]


def test_backends_of_an_openshift_route_share_one_port() -> None:
    text = """\
        apiVersion: route.openshift.io/v1
        kind: Route
        metadata: {name: web}
        spec:
          host: a.example.com
          to: {kind: Service, name: web}
          alternateBackends: [{kind: Service, name: canary}, {kind: Other, name: x}]
          port: {targetPort: 8080}
        """
    assert backends(text) == [("web", "", 8080, "backend", "web"), ("canary", "", 8080, "backend", "canary")]
    (route,) = resources(text)
    assert isinstance(route, OpenShiftRoute)
    assert {backend.port_meaning for backend in route.backends} == {PortMeaning.ENDPOINT}


# Names, namespaces, selectors, ports


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("", "a", True),
        ("", "", True),
        ("default", "", True),
        ("default", "a", False),
    ],
)
def test_what_may_be_one_namespace(first: str, second: str, expected: bool) -> None:
    assert may_be_one_namespace(first, second) == may_be_one_namespace(second, first) == expected


def test_a_namespace_is_labelled_with_its_name() -> None:
    namespace = view({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}})
    assert namespace.labels == {"a": "b", "kubernetes.io/metadata.name": "shop"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        (None, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        ({"matchLabels": {"app": "web", "tier": "x"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": []}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["x"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["1"]}]}, False),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_label_selectors(selector: Any, expected: bool) -> None:
    assert label_selector_matches(selector, {"app": "web"}) == expected


def test_a_service_s_selector_needs_every_pair() -> None:
    labels = {"app": "web", "tier": "front"}
    assert matches({"app": "web"}, labels)
    assert matches(labels, labels)
    assert not matches({"app": "web", "tier": "back"}, labels)
    assert not matches({"zone": "a"}, labels)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, True),
        ({"policyTypes": []}, True),
        ({"policyTypes": ["Ingress"]}, True),
        ({"policyTypes": ["Egress"]}, False),
        ({"policyTypes": ["Egress", "Ingress"]}, True),
    ],
)
def test_policies_that_isolate_ingress(spec: dict[str, Any], expected: bool) -> None:
    policy = view({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": spec})
    assert policy.isolates_ingress == expected
    assert policy.selects(KnownLabels({"app": "web"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30000-32767", (30000, 32767)),
        ("30000+10", (30000, 30010)),
        ("30000", (30000, 30000)),
        (" 80 - 90 ", (80, 90)),
        ("1-65535", (1, 65535)),
        ("", None),
        ("0-10", None),
        ("1-65536", None),
        ("40000-30000", None),
        ("a-b", None),
        ("1-2-3", None),
        ("-1", None),
        ("30000,31000", None),
    ],
)
def test_node_port_range(text: str, expected: tuple[int, int] | None) -> None:
    found = NodePortRange.parse(text, "x")
    assert (found and (found.first, found.last)) == expected


def test_both_ends_of_a_node_port_range_belong_to_it() -> None:
    ports = NodePortRange(30000, 30010)
    assert [number in ports for number in (29999, 30000, 30010, 30011)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ("http", True),
        ("h2c", True),
        ("a-b", True),
        ("8080a", True),
        ("a" * 15, True),
        ("a" * 16, False),
        ("8080", False),
        ("HTTP", False),
        ("a--b", False),
        ("-a", False),
        ("a-", False),
        ("a_b", False),
        ("", False),
    ],
)
def test_port_names(name: str, is_valid: bool) -> None:
    assert (port_name_errors(name) == "") == is_valid


def test_dns_names() -> None:
    labels = {"a": True, "a-b": True, "1": True, "a" * 63: True, "a" * 64: False, "a.b": False, "A": False, "-a": False}
    assert {name: is_dns_label(name) for name in labels} == labels
    subdomains = {"a.b": True, "a..b": False, ".a": False, "a.": False, "a" * 253: True, "a" * 254: False, "a_b": False}
    assert {name: is_dns_subdomain(name) for name in subdomains} == subdomains


# Controllers


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("nginx", "nginx"),
        ("nginx:1.27", "nginx"),
        ("nginx@sha256:0123", "nginx"),
        ("registry.k8s.io/ingress-nginx/controller:v1.12.0@sha256:0123", "ingress-nginx/controller"),
        ("localhost/web", "web"),
        ("localhost:5000/web:1", "web"),
        ("registry:5000/team/web", "team/web"),
        ("team/web:1", "team/web"),
        ("docker.io/library/traefik:v3", "library/traefik"),
        ("", ""),
    ],
)
def test_repository_of_an_image(image: str, repository: str) -> None:
    assert image_repository(image) == repository


@pytest.mark.parametrize(
    ("image", "controller"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.12.0", "ingress-nginx"),
        ("quay.io/kubernetes-ingress-controller/nginx-ingress-controller:0.30.0", "ingress-nginx"),
        ("nginx/nginx-ingress:5.0", "NGINX Ingress Controller"),
        ("private.example.com/mirror/nginx/nginx-ingress", "NGINX Ingress Controller"),
        ("traefik:v3.2", "Traefik"),
        ("docker.io/library/traefik", "Traefik"),
        ("haproxytech/kubernetes-ingress", "HAProxy Kubernetes Ingress"),
        ("ghcr.io/projectcontour/contour:v1.30", "Contour"),
        ("public.ecr.aws/eks/aws-load-balancer-controller:v2.9", "AWS Load Balancer Controller"),
        ("istio/pilot:1.24", "Istio"),
        ("nginx", None),
        ("my-traefik", None),
        ("traefik/whoami", None),
        ("", None),
    ],
)
def test_controller_of_an_image(image: str, controller: str | None) -> None:
    found = controller_of_image(image)
    assert (found and found.name) == controller


def test_images_are_compared_by_whole_names() -> None:
    assert image_is("ghcr.io/team/web:1", ("web",))
    assert image_is("team/web", ("team/web",))
    assert not image_is("team/web", ("other/web", "eb", "team"))
    assert is_ingress_or_gateway_image("envoyproxy/envoy:v1.32")
    assert not is_ingress_or_gateway_image("nginx:1.27")


@pytest.mark.parametrize(
    ("controller", "name"),
    [
        ("k8s.io/ingress-nginx", "ingress-nginx"),
        ("k8s.io/ingress-nginx-internal", "ingress-nginx"),
        ("traefik.io/ingress-controller", "Traefik"),
        ("ingress.k8s.aws/alb", "AWS Load Balancer Controller"),
        ("example.com/own", None),
        ("", None),
    ],
)
def test_controller_of_a_class(controller: str, name: str | None) -> None:
    found = controller_of_class(controller)
    assert (found and found.name) == name


def test_every_controller_can_be_recognised() -> None:
    for controller in INGRESS_CONTROLLERS:
        assert controller.controller or controller.classes
        assert all(controller_of_image(image) is controller for image in controller.images)


# Malformed data


def objects_of_rules() -> Iterator[Any]:
    """The manifests on the rules' pages and in their cases, as data."""
    for page in sorted(built_in_folder().glob("*/*/README.md")):
        for example in examples_in(page.parent):
            for name, text in example.files.items():
                if name.endswith((".yaml", ".yml", ".json")) and not name.startswith("."):
                    yield from (document.data for document in read_documents(Source(name, text)))


@cache
def samples() -> tuple[Any, ...]:
    """Manifests of every kind that klint knows, as data."""
    return (
        *(data for data in objects_of_rules() if isinstance(data, dict)),
        *(
            {"apiVersion": f"{group}/v1".lstrip("/"), "kind": kind, "metadata": {"name": "x"}}
            for group, kind in (*VIEWS, *ROUTES)
        ),
        *(
            with_values(
                {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}},
                [path for path in paths if path],
                TEMPLATE,
            )
            for version, kind, paths in PODS
        ),
    )


ODD: st.SearchStrategy[Any] = st.sampled_from(
    (
        *(None, True, False, 0, 1, -1, 80, 65536, 2**63, 1.5, "", " ", "x", "http", "80", "-", "/", "None", "0.0.0.0"),
        *("::", "*", "*.x", "a" * 300, "😀", "{{ x }}", "$(X)", "\n", [], {}, [None], [[]], [{}], [[[]]], {"": None}),
        *({"a": {}}, ["x", 1, {}]),
    )
).map(deepcopy)
JUNK = ODD | st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in steps:
        yield from places(value, (*path, step))


@st.composite
def malformed(draw: Callable[[Any], Any]) -> Any:
    """A manifest of which some parts are something else than they should be."""
    data = json.loads(json.dumps(draw(st.sampled_from(samples()))))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from([path for path in places(data) if path] or [()]))
        if not path:
            break
        at = data
        for step in path[:-1]:
            at = at[step]
        how = draw(st.sampled_from(("replace", "wrap", "key", "delete", "add")))
        if how == "replace":
            at[path[-1]] = draw(JUNK)
        elif how == "wrap":
            at[path[-1]] = draw(st.sampled_from(([at[path[-1]]], {"x": at[path[-1]]}, [at[path[-1]], at[path[-1]]])))
        elif how == "delete":
            del at[path[-1]]
        elif isinstance(at, dict):
            at[draw(st.sampled_from(("", "x", "spec", "metadata", "ports", "items", "8080")))] = draw(JUNK)
        else:
            at.append(draw(JUNK))
        if not data:
            break
    return data


def properties(cls: type[View]) -> Iterator[str]:
    for name, member in inspect.getmembers(cls):
        if not name.startswith("_") and isinstance(member, property | cached_property):
            yield name


def look(found: View, seen: set[tuple[type[View], tuple[Any, ...]]]) -> None:
    """Read every property of a view and of the views it leads to."""
    if (type(found), found.path) in seen:
        return
    seen.add((type(found), found.path))
    str(found)
    assert found.at("spec", "x", 0).span.line >= 1
    for name in properties(type(found)):
        value = getattr(found, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, View):
                look(item, seen)
    if isinstance(found, Service):
        found.port(80), found.port("x")
    if isinstance(found, NetworkPolicy):
        found.selects(KnownLabels({"a": "b"}))
    if isinstance(found, PodTemplate):
        found.named_port("x", "TCP")


def as_documents(objects: list[Any]) -> tuple[Document, ...]:
    return tuple(
        document
        for number, data in enumerate(objects)
        for document in read_documents(Source(f"{number}.json", json.dumps(data, indent=1), f"{number}.json"))
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(malformed())
def test_views_never_fail(data: Any) -> None:
    for document in as_documents([data, {"apiVersion": "v1", "kind": "List", "items": [data]}]):
        for resource in read_resources(document, {("", "Service"): ("spec.ports.*",)} if "x" in data else {}):
            look(resource, set())


RULES = load_rules()[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(malformed(), min_size=1, max_size=4))
def test_no_rule_fails_on_malformed_data(objects: list[Any]) -> None:
    crashes: list[str] = []
    report = lint(Workspace(Path(), Config(), as_documents(objects)), RULES, on_crash=crashes.append)
    assert crashes == []
    assert report.failures == ()
    for finding in report.findings:
        assert finding.message == finding.message.strip()
        assert finding.span.line >= 1


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}], ids=["lists", "mappings"])
def test_no_rule_fails_on_data_as_deep_as_yaml_lets_in(wrap: Callable[[Any], Any]) -> None:
    deep: Any = "x"
    for _ in range(yaml.MAX_DEPTH - 10):
        deep = wrap(deep)
    objects = [
        {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, field: value}
        for version, kind in (("v1", "Service"), ("networking.k8s.io/v1", "Ingress"), ("apps/v1", "Deployment"))
        for field, value in (
            ("spec", deep),
            ("metadata", deep),
            ("spec", {"ports": deep, "rules": deep, "selector": deep, "template": deep}),
        )
    ]
    crashes: list[str] = []
    report = lint(Workspace(Path(), Config(), as_documents(objects)), RULES, on_crash=crashes.append)
    assert crashes == []
    assert report.failures == ()
    assert len(report.bundles) > 0


def test_no_stable_version_is_removed() -> None:
    """So that objects of v1, as nearly all are, need not be looked for in the tables."""
    assert not [
        version for version, _ in (*removed_apis._BETA, *removed_apis._BY_DEFINITION) if version.endswith("/v1")
    ]
