"""Which load balancers take a Service, who comes in through them, and which of them lead to controllers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from klint import GuardKind

if TYPE_CHECKING:
    from klint import Graph
    from tests.conftest import GraphOf

BETA = "service.beta.kubernetes.io/"
RANGES = f"{BETA}load-balancer-source-ranges"


def service(annotations: Any = None, **spec: Any) -> Any:
    metadata = {"name": "web", "annotations": annotations or {}}
    ports = [{"port": 80}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"type": "LoadBalancer", "ports": ports, **spec},
    }


def pod(*images: str) -> Any:
    containers = [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"containers": containers},
    }


def graph_on(graph_of: GraphOf, platform: str, *objects: Any) -> Graph:
    text = "---\n".join(json.dumps(item) + "\n" for item in objects)
    return graph_of(text, f"targets: [{{path: '**', platform: {platform}}}]\n" if platform else "")


@pytest.mark.parametrize(
    ("platform", "annotations", "spec", "names"),
    [
        ("", {}, {}, []),
        ("bare-metal", {}, {}, []),
        ("gke", {}, {}, ["GKE"]),
        ("eks", {}, {}, ["AWS Load Balancer Controller", "the AWS cloud provider"]),
        ("eks", {f"{BETA}aws-load-balancer-type": "external"}, {}, ["AWS Load Balancer Controller"]),
        ("gke", {}, {"loadBalancerClass": "tailscale"}, ["Tailscale"]),
        ("gke", {}, {"loadBalancerClass": "example.com/lb"}, []),
        ("", {"metallb.io/address-pool": "lan"}, {}, ["MetalLB"]),
        ("gke", "${ANNOTATIONS}", {}, []),
    ],
)
def test_who_takes_a_service(
    graph_of: GraphOf, platform: str, annotations: Any, spec: dict[str, Any], names: list[str]
) -> None:
    graph = graph_on(graph_of, platform, service(annotations, **spec))
    assert [found.name for found in graph.load_balancers(graph.services[0])] == names


@pytest.mark.parametrize(
    ("platform", "annotations", "ranges", "step"),
    [
        ("", {}, [], None),
        ("", {}, ["203.0.113.0/24"], "loadBalancerSourceRanges"),
        ("", {RANGES: "203.0.113.0/24"}, [], RANGES),
        ("", {}, ["203.0.113.0/24", "0.0.0.0/0"], None),
        ("", {}, ["0.0.0.0/1", "128.0.0.0/1"], None),
        ("", {}, ["${OFFICE}"], "loadBalancerSourceRanges"),
        ("hetzner", {}, ["203.0.113.0/24"], None),
        ("gke", {}, ["203.0.113.0/24"], "loadBalancerSourceRanges"),
        ("aks", {f"{BETA}azure-allowed-ip-ranges": "203.0.113.0/24"}, [], f"{BETA}azure-allowed-ip-ranges"),
        ("aks", {f"{BETA}azure-allowed-ip-ranges": "0.0.0.0/0"}, [], None),
        ("eks", {f"{BETA}aws-load-balancer-security-groups": "sg-1"}, [], f"{BETA}aws-load-balancer-security-groups"),
    ],
)
def test_an_allow_list_is_a_guard_where_it_holds(
    graph_of: GraphOf, platform: str, annotations: Any, ranges: list[str], step: str | None
) -> None:
    graph = graph_on(graph_of, platform, service(annotations, loadBalancerSourceRanges=ranges))
    at = graph.allow_list(graph.services[0])
    assert (at.path[-1] if at else None) == step
    (way,) = graph.ways_from(graph.entries[0])
    assert way.is_guarded_by(GuardKind.ALLOW_LIST) == (step is not None)


@pytest.mark.parametrize(
    ("annotations", "spec", "needs"),
    [
        ({}, {}, None),
        ({"metallb.io/address-pool": "lan"}, {}, False),
        ({"metallb.io/address-pool": "lan", "kube-vip.io/loadbalancerIPs": "10.0.0.7"}, {}, False),
        ({"metallb.io/address-pool": "lan", "loadbalancer.openstack.org/flavor-id": "f"}, {}, None),
        ({f"{BETA}azure-load-balancer-internal": "true"}, {}, True),
        ({f"{BETA}aws-load-balancer-nlb-target-type": "ip"}, {"loadBalancerClass": "service.k8s.aws/nlb"}, False),
        ({f"{BETA}aws-load-balancer-nlb-target-type": "instance"}, {"loadBalancerClass": "service.k8s.aws/nlb"}, None),
    ],
)
def test_who_needs_node_ports(graph_of: GraphOf, annotations: Any, spec: dict[str, Any], needs: bool | None) -> None:
    graph = graph_on(graph_of, "", service(annotations, **spec))
    assert graph.needs_node_ports(graph.services[0]) is needs


@pytest.mark.parametrize(
    ("images", "is_front"),
    [
        (["registry.k8s.io/ingress-nginx/controller:v1.14.0"], True),
        (["registry.k8s.io/ingress-nginx/controller:v1.14.0", "example/exporter"], True),
        (["docker.io/istio/proxyv2:1.24.0"], True),
        (["docker.io/istio/proxyv2:1.24.0", "example/shop"], False),
        (["nginx:1.29"], False),
        ([], False),
    ],
)
def test_controllers_are_known_by_their_images(graph_of: GraphOf, images: list[str], is_front: bool) -> None:
    graph = graph_on(graph_of, "", service(selector={"app": "web"}), pod(*images))
    assert graph.fronts_controller(graph.services[0]) == is_front


@pytest.mark.parametrize(
    ("selector", "is_front"),
    [
        ({"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "edge"}, True),
        ({"gateway.networking.k8s.io/gateway-name": "public"}, True),
        ({"istio": "ingressgateway"}, True),
        ({"app.kubernetes.io/name": "shop"}, False),
        ({}, False),
    ],
)
def test_controllers_elsewhere_are_known_by_their_labels(graph_of: GraphOf, selector: Any, is_front: bool) -> None:
    graph = graph_on(graph_of, "", service(selector=selector))
    assert graph.fronts_controller(graph.services[0]) == is_front


def test_routes_behind_a_controller(graph_of: GraphOf) -> None:
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "shop"},
        "spec": {"ingressClassName": "traefik", "defaultBackend": backend},
    }
    graph = graph_on(graph_of, "", service(selector={"app": "web"}), pod("traefik:v3"), ingress)
    assert [route.name for route in graph.routes_behind(graph.services[0])] == ["shop"]
    other = graph_on(graph_of, "", service(selector={"app": "web"}), pod("example/shop"), ingress)
    assert not other.routes_behind(other.services[0])


@pytest.mark.parametrize(
    ("replicas", "ingress", "is_open"),
    [
        (1, None, True),
        (0, None, False),
        (1, [{}], True),
        (1, [], False),
        (1, [{"from": [{"podSelector": {}}]}], False),
        (1, [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}], True),
    ],
)
def test_ways_that_nothing_shuts(graph_of: GraphOf, replicas: int, ingress: Any, is_open: bool) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "example/c"}]}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    }
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
    }
    objects = [service(selector={"app": "web"}), deployment, *([policy] if ingress is not None else [])]
    graph = graph_on(graph_of, "", *objects)
    assert {graph.is_open(way) for way in graph.ways_from(graph.entries[0])} == {is_open}


def test_a_way_that_breaks_is_not_open(graph_of: GraphOf) -> None:
    graph = graph_on(
        graph_of, "", service(selector={"app": "web"}, ports=[{"port": 80, "targetPort": "http"}]), pod("example/c")
    )
    assert not any(map(graph.is_open, graph.ways_from(graph.entries[0])))
