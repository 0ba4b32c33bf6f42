"""Who can use an entry: a row for each fact about each implementation of load balancers, and what is no fact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from klint import Reason
from klint.exposure.audience import Audience, Who
from klint.kube.clouds import GATEWAY_CLASSES, INGRESS_LOAD_BALANCERS, LOAD_BALANCERS, load_balancer_of_class
from klint.kube.controllers import INGRESS_CONTROLLERS
from klint.kube.gateway_controllers import usual_gateway_controller
from klint.text.placeholders import is_placeholder
from tests.growth import assert_linear

if TYPE_CHECKING:
    from klint import Graph
    from tests.conftest import GraphOf

WORLD, PRIVATE, CLUSTER, UNKNOWN = Who.WORLD, Who.PRIVATE, Who.CLUSTER, Who.UNKNOWN

AWS, AZURE, BETA = (
    "service.beta.kubernetes.io/aws-load-balancer-",
    "service.beta.kubernetes.io/azure-",
    "service.beta.kubernetes.io/",
)
IBM = "service.kubernetes.io/ibm-load-balancer-cloud-provider-"


def on(platform: str) -> str:
    """A configuration for a platform; none where it is not known."""
    return f"targets: [{{path: '**', platform: {platform}}}]\n" if platform else ""


def service(annotations: Any = None, **spec: Any) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "annotations": annotations or {}},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], **spec},
    }


def written(*objects: Any) -> str:
    return "---\n".join(json.dumps(item) + "\n" for item in objects)


def first_audience(graph: Graph) -> Audience:
    return graph.audience(graph.entries[0])


def audience_of(graph_of: GraphOf, data: Any, platform: str = "", *more: Any) -> Audience:
    return first_audience(graph_of(written(data, *more), on(platform)))


# Implementations: platform, annotations, spec → who

DEFAULTS: tuple[tuple[str, Any, dict[str, Any], Who], ...] = (
    # Nobody knows which load balancer it is.
    ("", {}, {}, UNKNOWN),
    ("bare-metal", {}, {}, UNKNOWN),
    ("openshift", {}, {}, UNKNOWN),
    ("", {"example.com/internal": "true"}, {}, UNKNOWN),
    ("", {}, {"loadBalancerClass": "example.com/lb"}, UNKNOWN),
    ("gke", {}, {"loadBalancerClass": "example.com/lb"}, UNKNOWN),
    ("gke", {}, {"loadBalancerClass": "${CLASS}"}, UNKNOWN),
    # AWS: the cloud provider makes it public, the controller internal.
    ("eks", {}, {}, UNKNOWN),
    ("eks", {f"{AWS}scheme": "internet-facing"}, {}, WORLD),
    ("eks", {f"{AWS}scheme": "internal"}, {}, UNKNOWN),
    ("eks", {f"{AWS}internal": "true"}, {}, PRIVATE),
    ("eks", {f"{AWS}internal": "false"}, {}, WORLD),
    ("eks", {f"{AWS}internal": "0.0.0.0/0"}, {}, UNKNOWN),
    ("eks", {f"{AWS}internal": False}, {}, UNKNOWN),
    ("eks", {f"{AWS}type": "nlb"}, {}, UNKNOWN),
    ("eks", {f"{AWS}type": "external"}, {}, PRIVATE),
    ("eks", {f"{AWS}type": "nlb-ip"}, {}, PRIVATE),
    ("", {f"{AWS}type": "external"}, {}, PRIVATE),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "internet-facing"}, {}, WORLD),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "Internet-Facing"}, {}, UNKNOWN),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "public"}, {}, UNKNOWN),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "${{ scheme }}"}, {}, UNKNOWN),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "internal", f"{AWS}internal": "false"}, {}, PRIVATE),
    ("", {f"{AWS}type": "external", f"{AWS}internal": "false"}, {}, WORLD),
    ("", {f"{AWS}type": "external", f"{AWS}internal": "False"}, {}, WORLD),
    ("", {f"{AWS}type": "external", f"{AWS}internal": "no"}, {}, UNKNOWN),
    ("", {}, {"loadBalancerClass": "service.k8s.aws/nlb"}, PRIVATE),
    ("", {f"{AWS}scheme": "internet-facing"}, {"loadBalancerClass": "service.k8s.aws/nlb"}, WORLD),
    ("eks", {}, {"loadBalancerClass": "eks.amazonaws.com/nlb"}, PRIVATE),
    ("eks", {f"{AWS}scheme": "internet-facing"}, {"loadBalancerClass": "eks.amazonaws.com/nlb"}, WORLD),
    ("", {f"{AWS}type": "external", f"{AWS}scheme": "internet-facing", f"{AWS}security-groups": "sg-1"}, {}, UNKNOWN),
    ("", {f"{AWS}internal": "true"}, {}, PRIVATE),
    # GKE
    ("gke", {}, {}, WORLD),
    ("gke", {"networking.gke.io/load-balancer-type": "Internal"}, {}, PRIVATE),
    ("gke", {"networking.gke.io/load-balancer-type": "internal"}, {}, PRIVATE),
    ("gke", {"networking.gke.io/load-balancer-type": "INTERNAL"}, {}, WORLD),
    ("gke", {"networking.gke.io/load-balancer-type": "External"}, {}, WORLD),
    ("gke", {"cloud.google.com/load-balancer-type": "Internal"}, {}, PRIVATE),
    (
        "gke",
        {"networking.gke.io/load-balancer-type": "External", "cloud.google.com/load-balancer-type": "Internal"},
        {},
        WORLD,
    ),
    ("", {"cloud.google.com/load-balancer-type": "Internal"}, {}, PRIVATE),
    ("gke", {}, {"loadBalancerClass": "networking.gke.io/l4-regional-internal"}, PRIVATE),
    ("", {}, {"loadBalancerClass": "networking.gke.io/l4-regional-internal-legacy"}, PRIVATE),
    (
        "gke",
        {"networking.gke.io/load-balancer-type": "Internal"},
        {"loadBalancerClass": "networking.gke.io/l4-regional-external"},
        WORLD,
    ),
    ("gke", {f"{AZURE}load-balancer-internal": "true"}, {}, WORLD),  # another cloud's
    # AKS honours "true" and nothing else.
    ("aks", {}, {}, WORLD),
    ("aks", {f"{AZURE}load-balancer-internal": "true"}, {}, PRIVATE),
    ("aks", {f"{AZURE}load-balancer-internal": "True"}, {}, WORLD),
    ("aks", {f"{AZURE}load-balancer-internal": "yes"}, {}, WORLD),
    ("aks", {f"{AZURE}load-balancer-internal": "false"}, {}, WORLD),
    ("aks", {f"{AZURE}load-balancer-internal": True}, {}, UNKNOWN),  # refused: no string
    ("aks", {f"{AZURE}load-balancer-internal": None}, {}, WORLD),
    ("aks", {f"{AZURE}load-balancer-internal": "${INTERNAL}"}, {}, UNKNOWN),
    ("aks", {f"{AZURE}allowed-service-tags": "VirtualNetwork"}, {}, UNKNOWN),
    ("", {f"{AZURE}load-balancer-internal": "true"}, {}, PRIVATE),
    ("", {f"{AZURE}load-balancer-internal": "false"}, {}, WORLD),
    # What is annotated for several clouds
    ("", {f"{AZURE}load-balancer-internal": "true", f"{AWS}internal": "true"}, {}, PRIVATE),
    ("", {f"{AZURE}load-balancer-internal": "true", f"{AWS}internal": "false"}, {}, UNKNOWN),
    # DigitalOcean
    ("digitalocean", {}, {}, WORLD),
    ("digitalocean", {f"{BETA}do-loadbalancer-network": "INTERNAL"}, {}, PRIVATE),
    ("digitalocean", {f"{BETA}do-loadbalancer-network": "EXTERNAL"}, {}, WORLD),
    ("digitalocean", {f"{BETA}do-loadbalancer-network": "internal"}, {}, UNKNOWN),
    ("digitalocean", {f"{BETA}do-loadbalancer-allow-rules": "ip:203.0.113.7"}, {}, UNKNOWN),
    # Hetzner
    ("hetzner", {}, {}, WORLD),
    ("hetzner", {"load-balancer.hetzner.cloud/disable-public-network": "true"}, {}, PRIVATE),
    ("hetzner", {"load-balancer.hetzner.cloud/disable-public-network": "True"}, {}, PRIVATE),
    ("hetzner", {"load-balancer.hetzner.cloud/disable-public-network": "false"}, {}, WORLD),
    ("hetzner", {"load-balancer.hetzner.cloud/disable-public-network": "yes"}, {}, UNKNOWN),
    ("hetzner", {"load-balancer.hetzner.cloud/use-private-ip": "true"}, {}, WORLD),
    # Scaleway
    ("scaleway", {}, {}, WORLD),
    ("scaleway", {f"{BETA}scw-loadbalancer-private": "true"}, {}, PRIVATE),
    ("scaleway", {f"{BETA}scw-loadbalancer-private": "false"}, {}, WORLD),
    ("scaleway", {f"{BETA}scw-loadbalancer-private": "private"}, {}, UNKNOWN),
    # OCI has two, with a key each.
    ("oke", {}, {}, WORLD),
    ("oke", {f"{BETA}oci-load-balancer-internal": "true"}, {}, PRIVATE),
    ("oke", {f"{BETA}oci-load-balancer-internal": "TRUE"}, {}, PRIVATE),
    ("oke", {f"{BETA}oci-load-balancer-internal": "on"}, {}, UNKNOWN),
    ("oke", {"oci.oraclecloud.com/load-balancer-type": "lb", f"{BETA}oci-load-balancer-internal": "true"}, {}, PRIVATE),
    ("oke", {"oci.oraclecloud.com/load-balancer-type": "nlb", f"{BETA}oci-load-balancer-internal": "true"}, {}, WORLD),
    (
        "oke",
        {
            "oci.oraclecloud.com/load-balancer-type": "nlb",
            "oci-network-load-balancer.oraclecloud.com/internal": "true",
        },
        {},
        PRIVATE,
    ),
    # IBM Cloud
    ("", {f"{IBM}ip-type": "private"}, {}, PRIVATE),
    ("", {f"{IBM}ip-type": "public"}, {}, WORLD),
    ("", {f"{IBM}ip-type": "Private"}, {}, UNKNOWN),
    ("", {f"{IBM}zone": "fra02"}, {}, WORLD),
    # Alibaba Cloud reads any case.
    ("", {f"{BETA}alibaba-cloud-loadbalancer-address-type": "intranet"}, {}, PRIVATE),
    ("", {f"{BETA}alibaba-cloud-loadbalancer-address-type": "Intranet"}, {}, PRIVATE),
    ("", {f"{BETA}alicloud-loadbalancer-address-type": "intranet"}, {}, PRIVATE),
    ("", {f"{BETA}alibaba-cloud-loadbalancer-address-type": "internet"}, {}, WORLD),
    ("", {f"{BETA}alibaba-cloud-loadbalancer-address-type": "internal"}, {}, UNKNOWN),
    # OpenStack, and OVH on top of it
    ("ovh", {}, {}, WORLD),
    ("ovh", {f"{BETA}openstack-internal-load-balancer": "true"}, {}, PRIVATE),
    ("ovh", {f"{BETA}openstack-internal-load-balancer": "True"}, {}, WORLD),
    ("", {f"{BETA}openstack-internal-load-balancer": "true"}, {}, PRIVATE),
    # On one's own machines
    ("bare-metal", {"metallb.io/loadBalancerIPs": "10.0.0.7"}, {}, PRIVATE),
    ("bare-metal", {"metallb.universe.tf/loadBalancerIPs": "203.0.113.7"}, {}, WORLD),
    ("bare-metal", {"metallb.io/loadBalancerIPs": "10.0.0.7, 203.0.113.7"}, {}, WORLD),
    ("bare-metal", {"metallb.io/loadBalancerIPs": "${IP}"}, {}, UNKNOWN),
    ("bare-metal", {"metallb.io/address-pool": "public"}, {}, UNKNOWN),
    ("", {"lbipam.cilium.io/ips": "192.168.1.7,fd00::7"}, {}, PRIVATE),
    ("", {"io.cilium/lb-ipam-ips": "203.0.113.7"}, {}, WORLD),
    ("", {}, {"loadBalancerClass": "io.cilium/bgp-control-plane"}, UNKNOWN),
    ("", {}, {"loadBalancerClass": "io.cilium/l2-announcer", "loadBalancerIP": "10.1.2.3"}, PRIVATE),
    ("", {"kube-vip.io/loadbalancerIPs": "192.168.0.9"}, {}, PRIVATE),
    ("", {"kube-vip.io/loadbalancerIPs": "0.0.0.0"}, {}, UNKNOWN),  # by DHCP
    ("", {"kube-vip.io/loadbalancerIPs": "192.168.0.9", "kube-vip.io/forwardUPNP": "true"}, {}, WORLD),
    ("", {}, {"loadBalancerIP": "10.0.0.7"}, PRIVATE),
    ("", {}, {"loadBalancerIP": "203.0.113.7"}, WORLD),
    ("", {}, {"loadBalancerIP": "${IP}"}, UNKNOWN),
    ("aks", {}, {"loadBalancerIP": "10.0.0.7"}, WORLD),
    ("k3s", {}, {}, UNKNOWN),
    ("", {}, {"loadBalancerClass": "tailscale"}, PRIVATE),
    ("", {}, {"loadBalancerClass": "ngrok"}, WORLD),
    # On a laptop
    ("kind", {}, {}, PRIVATE),
    ("minikube", {f"{AWS}scheme": "internet-facing"}, {}, PRIVATE),
)


@pytest.mark.parametrize(("platform", "annotations", "spec", "who"), DEFAULTS)
def test_load_balancers(graph_of: GraphOf, platform: str, annotations: Any, spec: dict[str, Any], who: Who) -> None:
    found = audience_of(graph_of, service(annotations, **spec), platform)
    assert found.who is who
    assert found.why
    assert str(found.why)
    assert (found.at is None) == (found.why.reason is Reason.LOCAL_CLUSTER)
    if found.at is not None:
        assert found.at.span.line == 1


@pytest.mark.parametrize("annotations", ["${ANNOTATIONS}", {"${KEY}": "true"}])
def test_annotations_that_are_to_be_filled_in(graph_of: GraphOf, annotations: Any) -> None:
    assert audience_of(graph_of, service(annotations), "gke").who is UNKNOWN


def test_a_controller_in_the_workspace_takes_the_service(graph_of: GraphOf) -> None:
    image = "public.ecr.aws/eks/aws-load-balancer-controller:v2.13.0"
    pod = {"metadata": {"labels": {"app": "lbc"}}, "spec": {"containers": [{"name": "lbc", "image": image}]}}
    controller = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "lbc", "namespace": "kube-system"},
        "spec": {"template": pod},
    }
    assert audience_of(graph_of, service(), "eks", controller).who is PRIVATE
    assert audience_of(graph_of, service({f"{AWS}scheme": "internet-facing"}), "eks", controller).who is WORLD


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({}, Reason.LOAD_BALANCERS_DIFFER),
        ({f"{AWS}internal": "0.0.0.0/0"}, Reason.ANNOTATION_REFUSED),
        ({f"{AWS}internal": "true"}, Reason.MADE_INTERNAL),
    ],
)
def test_why_nobody_knows_on_aws(graph_of: GraphOf, annotations: Any, reason: Reason) -> None:
    assert audience_of(graph_of, service(annotations), "eks").why.reason is reason


def test_reasons_read_well(graph_of: GraphOf) -> None:
    assert str(audience_of(graph_of, service(), "eks").why) == (
        "AWS Load Balancer Controller would expose it to a private network, and the AWS cloud provider to the world"
    )
    assert str(audience_of(graph_of, service({f"{AZURE}load-balancer-internal": "True"}), "aks").why) == (
        f'AKS reads {AZURE}load-balancer-internal: "True" as public'
    )


# Source ranges

FIELD = "loadBalancerSourceRanges"
RANGES: tuple[tuple[str, Any, list[str], Who, Reason], ...] = (
    ("gke", {}, ["10.0.0.0/8"], PRIVATE, Reason.RANGES_PRIVATE),
    ("gke", {}, ["10.0.0.0/8", "100.64.0.0/10", "fd00::/8"], PRIVATE, Reason.RANGES_PRIVATE),
    ("gke", {}, ["203.0.113.0/24"], PRIVATE, Reason.RANGES_LISTED),
    ("gke", {}, ["10.0.0.0/8", "203.0.113.7/32"], PRIVATE, Reason.RANGES_LISTED),
    ("gke", {}, ["0.0.0.0/0"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {}, ["10.0.0.0/8", "0.0.0.0/0"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {}, ["::/0"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {}, ["0.0.0.0/1", "128.0.0.0/1"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {}, ["${RANGE}"], UNKNOWN, Reason.FILLED_IN_LATER),
    ("gke", {}, ["office"], UNKNOWN, Reason.ADDRESS_NOT_KNOWN),
    ("gke", {}, [], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {f"{BETA}load-balancer-source-ranges": "10.0.0.0/8, 192.168.0.0/16"}, [], PRIVATE, Reason.RANGES_PRIVATE),
    ("gke", {f"{BETA}load-balancer-source-ranges": "10.0.0.0/8"}, ["0.0.0.0/0"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {"networking.gke.io/load-balancer-type": "Internal"}, ["0.0.0.0/0"], PRIVATE, Reason.MADE_INTERNAL),
    ("aks", {}, ["10.0.0.0/8"], PRIVATE, Reason.RANGES_PRIVATE),
    ("aks", {f"{AZURE}allowed-ip-ranges": "10.0.0.0/8"}, [], PRIVATE, Reason.RANGES_PRIVATE),
    ("aks", {f"{AZURE}allowed-ip-ranges": "0.0.0.0/0"}, ["10.0.0.0/8"], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("gke", {f"{AZURE}allowed-ip-ranges": "10.0.0.0/8"}, [], WORLD, Reason.PUBLIC_BY_DEFAULT),
    ("digitalocean", {}, ["203.0.113.0/24"], PRIVATE, Reason.RANGES_LISTED),
    ("scaleway", {}, ["203.0.113.0/24"], PRIVATE, Reason.RANGES_LISTED),
    ("ovh", {}, ["203.0.113.0/24"], PRIVATE, Reason.RANGES_LISTED),
    ("oke", {}, ["203.0.113.0/24"], PRIVATE, Reason.RANGES_LISTED),
    (
        "oke",
        {f"{BETA}oci-load-balancer-security-list-management-mode": "None"},
        ["203.0.113.0/24"],
        UNKNOWN,
        Reason.RANGES_NOT_KNOWN,
    ),
    ("oke", {"oci.oraclecloud.com/load-balancer-type": "nlb"}, ["10.0.0.0/8"], UNKNOWN, Reason.RANGES_NOT_KNOWN),
    ("hetzner", {}, ["10.0.0.0/8"], WORLD, Reason.RANGES_IGNORED),
    (
        "hetzner",
        {"load-balancer.hetzner.cloud/disable-public-network": "yes"},
        ["10.0.0.0/8"],
        UNKNOWN,
        Reason.ANNOTATION_REFUSED,
    ),
    ("eks", {}, ["10.0.0.0/8"], PRIVATE, Reason.INTERNAL_BY_DEFAULT),
    ("eks", {f"{AWS}scheme": "internet-facing"}, ["10.0.0.0/8"], PRIVATE, Reason.RANGES_PRIVATE),
    (
        "",
        {f"{AWS}type": "external", f"{AWS}scheme": "internet-facing", f"{AWS}nlb-target-type": "ip"},
        ["10.0.0.0/8"],
        UNKNOWN,
        Reason.RANGES_NOT_KNOWN,
    ),
    (
        "",
        {f"{AWS}type": "external", f"{AWS}scheme": "internet-facing", f"{AWS}nlb-target-type": "ip"},
        ["0.0.0.0/0"],
        WORLD,
        Reason.MADE_PUBLIC,
    ),
    ("k3s", {}, ["10.0.0.0/8"], PRIVATE, Reason.RANGES_PRIVATE),
    ("k3s", {}, ["0.0.0.0/0"], UNKNOWN, Reason.NODE_ADDRESSES),
    ("", {}, ["10.0.0.0/8"], UNKNOWN, Reason.LOAD_BALANCER_NOT_KNOWN),
)


@pytest.mark.parametrize(("platform", "annotations", "ranges", "who", "reason"), RANGES)
def test_source_ranges(
    graph_of: GraphOf, platform: str, annotations: Any, ranges: list[str], who: Who, reason: Reason
) -> None:
    found = audience_of(graph_of, service(annotations, loadBalancerSourceRanges=ranges), platform)
    assert (found.who, found.why.reason) == (who, reason)


@pytest.mark.parametrize(
    ("annotations", "spec", "path"),
    [
        ({}, {FIELD: ["10.0.0.0/8"]}, ("spec", FIELD)),
        (
            {f"{BETA}load-balancer-source-ranges": "10.0.0.0/8"},
            {},
            ("metadata", "annotations", f"{BETA}load-balancer-source-ranges"),
        ),
        (
            {f"{AZURE}allowed-ip-ranges": "10.0.0.0/8"},
            {},
            ("metadata", "annotations", f"{AZURE}allowed-ip-ranges"),
        ),
        ({f"{AZURE}allowed-ip-ranges": "10.0.0.0/8"}, {FIELD: ["10.0.0.0/8"]}, ("spec", FIELD)),
        (
            {f"{AZURE}load-balancer-internal": "true"},
            {},
            ("metadata", "annotations", f"{AZURE}load-balancer-internal"),
        ),
        ({}, {}, ("spec", "type")),
        ({}, {"loadBalancerClass": "tailscale"}, ("spec", "loadBalancerClass")),
    ],
)
def test_what_decides_has_a_place(graph_of: GraphOf, annotations: Any, spec: dict[str, Any], path: Any) -> None:
    found = audience_of(graph_of, service(annotations, **spec), "aks")
    assert found.at is not None
    assert found.at.path == path


# Pools


def metallb(name: str, *addresses: str, **spec: Any) -> Any:
    return {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": name},
        "spec": {"addresses": list(addresses), **spec},
    }


def cilium(*blocks: Any, **spec: Any) -> Any:
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": "pool"},
        "spec": {"blocks": list(blocks), **spec},
    }


def kube_vip(**data: Any) -> Any:
    named = {key.replace("_", "-"): value for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kubevip"}, "data": named}


LAN, NET = metallb("lan", "192.168.1.240-192.168.1.250"), metallb("net", "203.0.113.0/28")


@pytest.mark.parametrize(
    ("platform", "annotations", "pools", "who"),
    [
        ("bare-metal", {}, [LAN], PRIVATE),
        ("", {}, [LAN], PRIVATE),
        ("k3s", {}, [LAN], PRIVATE),
        ("rke2", {}, [NET], WORLD),
        ("gke", {}, [LAN], WORLD),
        ("bare-metal", {}, [LAN, NET], UNKNOWN),
        ("bare-metal", {"metallb.io/address-pool": "lan"}, [LAN, NET], PRIVATE),
        ("bare-metal", {"metallb.universe.tf/address-pool": "net"}, [LAN, NET], WORLD),
        ("bare-metal", {"metallb.io/address-pool": "other"}, [LAN, NET], UNKNOWN),
        ("bare-metal", {"metallb.io/loadBalancerIPs": "203.0.113.3"}, [LAN, NET], WORLD),
        ("bare-metal", {}, [LAN, metallb("net", "203.0.113.0/28", autoAssign=False)], PRIVATE),
        ("bare-metal", {}, [metallb("lan", "${RANGE}")], UNKNOWN),
        ("bare-metal", {}, [metallb("lan")], UNKNOWN),
        ("bare-metal", {}, [metallb("lan", "10.0.0.0/24", "203.0.113.0/24")], UNKNOWN),
        ("", {}, [cilium({"cidr": "10.0.0.0/24"})], PRIVATE),
        ("", {}, [cilium({"start": "203.0.113.1", "stop": "203.0.113.9"})], WORLD),
        ("", {}, [cilium({"cidr": "10.0.0.0/24"}, disabled=True)], UNKNOWN),
        ("", {}, [cilium({"cidr": "10.0.0.0/24"}, serviceSelector={"matchLabels": {"a": "b"}})], UNKNOWN),
        (
            "",
            {},
            [
                cilium(
                    {"cidr": "203.0.113.0/24"},
                    serviceSelector={"matchLabels": {"io.kubernetes.service.namespace": "shop"}},
                )
            ],
            WORLD,
        ),
        ("", {}, [kube_vip(cidr_global="192.168.0.220/29")], PRIVATE),
        ("", {}, [kube_vip(range_shop="203.0.113.1-203.0.113.9")], WORLD),
        ("", {}, [kube_vip(range_other="203.0.113.1-203.0.113.9")], UNKNOWN),
    ],
)
def test_pools_of_addresses(graph_of: GraphOf, platform: str, annotations: Any, pools: list[Any], who: Who) -> None:
    assert audience_of(graph_of, service(annotations), platform, *pools).who is who


def test_a_pool_is_where_it_is_said(graph_of: GraphOf) -> None:
    found = audience_of(graph_of, service(), "bare-metal", LAN)
    assert found.at is not None
    assert found.at.path == ("spec", "addresses")
    assert str(found.why) == "IPAddressPool lan has private addresses only"


# Other entries


def pod(port: Any, **spec: Any) -> Any:
    containers = [{"name": "web", "image": "web", "ports": [port]}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": containers, **spec}}


def gateway(name: str = "", annotations: Any = None, addresses: Any = None, infrastructure: Any = None) -> Any:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "annotations": annotations or {}},
        "spec": {
            "gatewayClassName": name,
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
            **({"addresses": addresses} if addresses is not None else {}),
            **({"infrastructure": {"annotations": infrastructure}} if infrastructure else {}),
        },
    }


ISTIO = "networking.istio.io/service-type"


@pytest.mark.parametrize(
    ("data", "who", "reason"),
    [
        (pod({"containerPort": 80, "hostPort": 80}), UNKNOWN, Reason.NODE_ADDRESSES),
        (pod({"containerPort": 80, "hostPort": 80, "hostIP": "0.0.0.0"}), UNKNOWN, Reason.NODE_ADDRESSES),
        (pod({"containerPort": 80, "hostPort": 80, "hostIP": "10.0.0.7"}), PRIVATE, Reason.PRIVATE_ADDRESS),
        (pod({"containerPort": 80, "hostPort": 80, "hostIP": "203.0.113.7"}), WORLD, Reason.PUBLIC_ADDRESS),
        (pod({"containerPort": 80, "hostPort": 80, "hostIP": "${NODE_IP}"}), UNKNOWN, Reason.FILLED_IN_LATER),
        (pod({"containerPort": 80}, hostNetwork=True), UNKNOWN, Reason.NODE_ADDRESSES),
        (service(type="NodePort"), UNKNOWN, Reason.NODE_ADDRESSES),
        (service(type="ClusterIP", externalIPs=["10.0.0.7"]), PRIVATE, Reason.PRIVATE_ADDRESS),
        (service(type="ClusterIP", externalIPs=["10.0.0.7", "203.0.113.7"]), WORLD, Reason.PUBLIC_ADDRESS),
        (service(type="ClusterIP", externalIPs=["10.0.0.7", "${IP}"]), UNKNOWN, Reason.FILLED_IN_LATER),
        (service(type="ClusterIP", externalIPs=["203.0.113.7", "${IP}"]), WORLD, Reason.PUBLIC_ADDRESS),
        (service(type="ClusterIP", externalIPs=["node.example.com"]), UNKNOWN, Reason.ADDRESS_NOT_KNOWN),
        (gateway("istio"), UNKNOWN, Reason.CLASS_NOT_KNOWN),
        (gateway("gke-l7-global-external-managed"), WORLD, Reason.CLASS_PUBLIC),
        (gateway("gke-l7-rilb"), PRIVATE, Reason.CLASS_INTERNAL),
        (gateway("azure-alb-external"), WORLD, Reason.CLASS_PUBLIC),
        (gateway("istio", addresses=[{"value": "10.0.0.7"}]), PRIVATE, Reason.PRIVATE_ADDRESS),
        (gateway("istio", addresses=[{"type": "IPAddress", "value": "203.0.113.7"}]), WORLD, Reason.PUBLIC_ADDRESS),
        (
            gateway("istio", addresses=[{"type": "Hostname", "value": "gw.istio.svc"}]),
            UNKNOWN,
            Reason.ADDRESS_NOT_KNOWN,
        ),
        (gateway("istio", {ISTIO: "ClusterIP"}), CLUSTER, Reason.CLUSTER_ONLY),
        (gateway("istio", infrastructure={ISTIO: "ClusterIP"}), CLUSTER, Reason.CLUSTER_ONLY),
        (gateway("istio", {ISTIO: "NodePort"}), UNKNOWN, Reason.NODE_ADDRESSES),
        (gateway("istio", infrastructure={f"{AZURE}load-balancer-internal": "true"}), PRIVATE, Reason.MADE_INTERNAL),
        (gateway("istio", {f"{AZURE}load-balancer-internal": "true"}), UNKNOWN, Reason.CLASS_NOT_KNOWN),
    ],
)
def test_other_entries(graph_of: GraphOf, data: Any, who: Who, reason: Reason) -> None:
    found = audience_of(graph_of, data)
    assert (found.who, found.why.reason) == (who, reason)
    assert found.at is not None
    assert audience_of(graph_of, data, "kind").who is PRIVATE


def test_every_port_of_a_service_has_its_audience(graph_of: GraphOf) -> None:
    data = service(ports=[{"port": 80}, {"port": 443}], externalIPs=["203.0.113.7"])
    graph = graph_of(written(data), on("hetzner"))
    assert [graph.audience(entry).who for entry in graph.entries] == [WORLD] * 4
    assert {graph.audience(entry).why.reason for entry in graph.entries} == {
        Reason.PUBLIC_BY_DEFAULT,
        Reason.PUBLIC_ADDRESS,
    }


# Load balancers that clouds have for Ingresses


def ingress(name: str, annotations: Any = None) -> Any:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop", "annotations": annotations or {}},
        "spec": {**({"ingressClassName": name} if name else {}), "rules": [{"http": {"paths": paths}}]},
    }


ALB, GCE = "alb.ingress.kubernetes.io/", "kubernetes.io/ingress.class"
PRIVATE_GATEWAY = "appgw.ingress.kubernetes.io/use-private-ip"
AGIC = "azure-application-gateway"


@pytest.mark.parametrize(
    ("platform", "name", "annotations", "who"),
    [
        ("eks", "alb", {}, PRIVATE),
        ("eks", "alb", {f"{ALB}scheme": "internal"}, PRIVATE),
        ("eks", "alb", {f"{ALB}scheme": "internet-facing"}, WORLD),
        ("eks", "alb", {f"{ALB}scheme": "public"}, UNKNOWN),
        ("eks", "alb", {f"{ALB}scheme": "${SCHEME}"}, UNKNOWN),
        ("eks", "alb", {f"{ALB}scheme": "internet-facing", f"{ALB}inbound-cidrs": "10.0.0.0/8"}, PRIVATE),
        ("eks", "alb", {f"{ALB}scheme": "internet-facing", f"{ALB}inbound-cidrs": "0.0.0.0/0"}, WORLD),
        ("eks", "alb", {f"{ALB}scheme": "internet-facing", f"{ALB}security-groups": "sg-1"}, UNKNOWN),
        ("eks", "alb", {f"{ALB}group.name": "shared"}, UNKNOWN),
        ("eks", "alb", {f"{ALB}group.name": "shared", f"{ALB}scheme": "internet-facing"}, WORLD),
        ("eks", "alb", {"${KEY}": "a"}, UNKNOWN),
        ("gke", "", {}, WORLD),
        ("gke", "", {GCE: "gce"}, WORLD),
        ("gke", "", {GCE: "gce-internal"}, PRIVATE),
        ("aks", AGIC, {}, WORLD),
        ("aks", AGIC, {PRIVATE_GATEWAY: "true"}, PRIVATE),
        ("aks", AGIC, {PRIVATE_GATEWAY: "false"}, WORLD),
        ("aks", AGIC, {PRIVATE_GATEWAY: "yes"}, WORLD),
        ("", "tailscale", {}, PRIVATE),
        ("", "tailscale", {"tailscale.com/funnel": "true"}, WORLD),
        ("", "ngrok", {}, WORLD),
        ("", "nginx", {}, UNKNOWN),
        ("kind", "nginx", {}, PRIVATE),
    ],
)
def test_ingresses(graph_of: GraphOf, platform: str, name: str, annotations: Any, who: Who) -> None:
    graph = graph_of(written(ingress(name, annotations), service(type="ClusterIP")), on(platform))
    assert {graph.audience_of(way).who for way in graph.ways_of(graph.ingresses[0])} == {who}


@pytest.mark.parametrize(("scheme", "who"), [("internal", PRIVATE), ("internet-facing", WORLD), (None, WORLD)])
def test_parameters_of_a_class_come_before_annotations(graph_of: GraphOf, scheme: str | None, who: Who) -> None:
    params = {
        "apiVersion": "elbv2.k8s.aws/v1beta1",
        "kind": "IngressClassParams",
        "metadata": {"name": "params"},
        "spec": {"scheme": scheme} if scheme else {},
    }
    parameters = {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "params"}
    ingress_class = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "alb"},
        "spec": {"controller": "ingress.k8s.aws/alb", "parameters": parameters},
    }
    web = ingress("alb", {f"{ALB}scheme": "internet-facing"})
    graph = graph_of(written(web, service(type="ClusterIP"), ingress_class, params), on("eks"))
    (way,) = graph.ways_of(graph.ingresses[0])
    found = graph.audience_of(way)
    assert found.who is who
    assert found.at is not None
    assert found.at.path[-1] == ("scheme" if scheme else f"{ALB}scheme")


def test_a_way_through_an_entry_has_the_audience_of_the_entry(graph_of: GraphOf) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"}}}
    pod["spec"] = {"containers": [{"name": "web", "image": "web"}]}
    graph = graph_of(written(service(selector={"a": "b"}), pod), on("hetzner"))
    assert {graph.audience_of(way).who for way in graph.ways} == {WORLD}


# The table


def test_names_and_classes_are_used_once() -> None:
    names = [balancer.name for balancer in LOAD_BALANCERS]
    assert len(names) == len(set(names))
    classes = [name for balancer in LOAD_BALANCERS for name in balancer.classes]
    assert len(classes) == len(set(classes))
    for balancer in LOAD_BALANCERS:
        assert balancer.source
        assert all(load_balancer_of_class(name) is balancer for name in balancer.classes)


@pytest.mark.parametrize("balancer", LOAD_BALANCERS, ids=lambda balancer: balancer.name)
def test_rows_make_sense(balancer: Any) -> None:
    assert balancer.platforms or balancer.classes or balancer.claims or balancer.marks  # something leads to it
    for switch in balancer.switches:
        values = (*switch.internal, *switch.public)
        assert len(values) == len(set(values))
        assert all(value == value.lower() for value in values) or not switch.folds_case
        assert not any(is_placeholder(key) for key in switch.keys)


def test_ingress_load_balancers_are_those_of_controllers() -> None:
    assert set(INGRESS_LOAD_BALANCERS) <= {controller.name for controller in INGRESS_CONTROLLERS}
    assert all(name == item.name and item.default for name, item in INGRESS_LOAD_BALANCERS.items())


def test_gateway_classes_are_those_of_controllers() -> None:
    assert all(usual_gateway_controller(name) is not None for name in GATEWAY_CLASSES)


def test_gateway_classes_are_named_for_what_they_are() -> None:
    for name, reach in GATEWAY_CLASSES.items():
        assert ("internal" in name or "rilb" in name) == (reach.value == "internal")


@pytest.mark.parametrize("platform", ["eks", "bare-metal"])
def test_audiences_of_many_services(graph_of: GraphOf, platform: str) -> None:
    def make(n: int) -> Graph:
        objects = [{**service(), "metadata": {"name": f"s{i}"}} for i in range(n)]
        return graph_of(written(*objects, *(metallb(f"p{i}", f"10.{i}.0.0/24") for i in range(5))), on(platform))

    def ask(graph: Graph) -> None:
        del graph.__dict__["_audiences"]
        assert all(graph.audience(entry).who for entry in graph.entries)

    def warmed(n: int) -> Graph:
        graph = make(n)
        graph.audience(graph.entries[0])
        return graph

    assert_linear(warmed, ask, start=100)
