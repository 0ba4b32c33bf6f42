"""The graph joins the layers as traffic does: entries, the ways from them, and what a bundle may look at."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from klint import HopKind, State, Way
from klint.exposure.entries import Entry
from klint.report.words import wanted

if TYPE_CHECKING:
    from tests.conftest import GraphOf

WEB = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
"""


def service(name: str = "web", selector: str = "{app: web}", **fields: str) -> str:
    lines = "".join(f"  {field}: {value}\n" for field, value in fields.items())
    ports = "" if "ports" in fields else "  ports: [{port: 80, targetPort: http}]\n"
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  selector: {selector}\n{lines}{ports}"
    )


def pod(spec: str, kind: str = "v1 Pod", name: str = "web") -> str:
    api, kind = kind.split()
    if kind == "Pod":
        return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    return (
        f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {spec}}}}}\n"
    )


def ingress(name: str = "web", backend: str = "web", class_name: str = "nginx") -> str:
    return dedent(f"""\
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {{name: {name}}}
        spec:
          ingressClassName: {class_name}
          rules:
          - http:
              paths:
              - {{path: /, pathType: Prefix, backend: {{service: {{name: {backend}, port: {{number: 80}}}}}}}}
        """)


GATEWAY = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public}\nspec: {}\n"

NGINX = dedent("""\
    ---
    apiVersion: networking.k8s.io/v1
    kind: IngressClass
    metadata: {name: nginx}
    spec: {controller: k8s.io/ingress-nginx}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ingress}
    spec:
      template:
        metadata: {labels: {app: ingress}}
        spec: {containers: [{name: c, image: "registry.k8s.io/ingress-nginx/controller:v1.12.0"}]}
    """)


def shown(entry: Entry) -> str:
    """An entry, and what stands where it is opened."""
    span = entry.at.span
    text = span.source.line(span.line)[span.column - 1 : span.end_column - 1]
    return f"{entry}/{entry.protocol} at {text}"


def drawn(way: Way) -> str:
    """A way as its hops, each with its state and targets, without those that stay within what others name."""
    marks = {State.RESOLVED: "->", State.BROKEN: "-x", State.UNKNOWN: "-?"}
    within = (HopKind.PORT, HopKind.LISTENER)
    return ", ".join(
        f"{hop.source} {marks[hop.state]} {' and '.join(map(str, hop.targets)) or wanted(hop)}"
        for hop in way.hops
        if hop.kind is not HopKind.TARGET_PORT and (hop.state is not State.RESOLVED or hop.kind not in within)
    )


# External entries

ENTRIES: dict[str, tuple[str, list[str]]] = {
    "a ClusterIP": (service(), []),
    "a load balancer": (
        service(type="LoadBalancer", ports="[{port: 80}, {port: 53, protocol: UDP, name: dns}]"),
        ["LoadBalancer 80 of Service web/TCP at LoadBalancer", "LoadBalancer 53 of Service web/UDP at LoadBalancer"],
    ),
    "a node port": (
        service(type="NodePort", ports="[{port: 80, nodePort: 30080}]"),
        ["NodePort 30080 of Service web/TCP at NodePort"],
    ),
    "a node port that the cluster chooses": (
        service(type="NodePort", ports="[{port: 80, nodePort: 0}]"),
        ["NodePort of Service web/TCP at NodePort"],
    ),
    "a load balancer's node ports are not counted twice": (
        service(type="LoadBalancer", ports="[{port: 80, nodePort: 30080}]"),
        ["LoadBalancer 80 of Service web/TCP at LoadBalancer"],
    ),
    "external addresses": (
        service(externalIPs="[192.0.2.1]"),
        ["externalIPs 80 of Service web/TCP at externalIPs"],
    ),
    "a load balancer with external addresses": (
        service(type="LoadBalancer", externalIPs="[192.0.2.1]"),
        ["LoadBalancer 80 of Service web/TCP at LoadBalancer", "externalIPs 80 of Service web/TCP at externalIPs"],
    ),
    "external addresses of a headless Service are ignored": (service(clusterIP="None", externalIPs="[192.0.2.1]"), []),
    "external addresses of an ExternalName are ignored": (
        service(type="ExternalName", externalName="a.example.com", externalIPs="[192.0.2.1]"),
        [],
    ),
    "an ExternalName": (service(type="ExternalName", externalName="a.example.com"), []),
    "a host port": (
        pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]}]}"),
        ["hostPort 8080 of Pod web/TCP at 8080"],
    ),
    "a host port of UDP in a template": (
        pod(
            "{containers: [{name: a, ports: [{containerPort: 53, hostPort: 53, protocol: UDP}]}]}", "apps/v1 DaemonSet"
        ),
        ["hostPort 53 of DaemonSet web/UDP at 53"],
    ),
    "a host port of zero": (pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 0}]}]}"), []),
    "a host port on one address": (
        pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80, hostIP: 192.0.2.1}]}]}"),
        ["hostPort 80 of Pod web/TCP at 80"],
    ),
    "a host port on loopback": (
        pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80, hostIP: 127.0.0.1}]}]}"),
        [],
    ),
    "a host port on IPv6 loopback": (
        pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80, hostIP: '::1'}]}]}"),
        [],
    ),
    "the host ports of sidecars, not of containers that end": (
        pod(
            "{initContainers: [{name: a, restartPolicy: Always, ports: [{containerPort: 1, hostPort: 1}]}, "
            "{name: b, ports: [{containerPort: 2, hostPort: 2}]}], containers: [{name: c}]}"
        ),
        ["hostPort 1 of Pod web/TCP at 1"],
    ),
    "with the host's network every declared port is one": (
        pod("{hostNetwork: true, containers: [{ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}]}"),
        ["hostNetwork 80 of Pod web/TCP at true", "hostNetwork 53 of Pod web/UDP at true"],
    ),
    "with the host's network a pod that declares nothing is one": (
        pod("{hostNetwork: true, containers: [{name: a}]}"),
        ["hostNetwork of Pod web/TCP at true"],
    ),
    "without it a declared port is none": (
        pod("{hostNetwork: false, containers: [{name: a, ports: [{containerPort: 80}]}]}"),
        [],
    ),
    "a Gateway": (
        GATEWAY.replace("{}", "{listeners: [{port: 443, protocol: HTTPS}, {port: 53, protocol: UDP}]}"),
        ["Gateway 443 of Gateway public/HTTPS at 443", "Gateway 53 of Gateway public/UDP at 53"],
    ),
    "a hook's pod does not stay": (
        pod(
            "{containers: [{ports: [{containerPort: 80, hostPort: 80}]}]}", name="a, annotations: {helm.sh/hook: test}"
        ),
        [],
    ),
}


@pytest.mark.parametrize(("manifests", "entries"), ENTRIES.values(), ids=ENTRIES)
def test_entries(graph_of: GraphOf, manifests: str, entries: list[str]) -> None:
    assert [shown(entry) for entry in graph_of(manifests).entries] == entries


def test_an_entry_leads_back_to_what_opens_it(graph_of: GraphOf) -> None:
    graph = graph_of(service(type="NodePort") + pod("{containers: [{ports: [{containerPort: 1, hostPort: 2}]}]}"))
    by_service, by_pod = graph.entries
    assert by_service.resource is graph.services[0]
    assert by_service.service_port is graph.services[0].ports[0]
    assert by_pod.pod is graph.pods[0]
    assert by_pod.container_port is graph.pods[0].ports[0]


# Ways


def http_route(parent: str = "{name: public}", backend: str = "web") -> str:
    return (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\n"
        f"spec: {{parentRefs: [{parent}], rules: [{{backendRefs: [{{name: {backend}, port: 80}}]}}]}}\n"
    )


TO_WEB = "Ingress web -> Service web, Service web -> Deployment web"

WAYS: dict[str, tuple[str, list[str]]] = {
    "nothing is open": (service() + WEB, []),
    "a load balancer": (
        service(type="LoadBalancer") + WEB,
        ["Service web -> Service web, Service web -> Deployment web"],
    ),
    "two ways into one Service": (
        service(type="LoadBalancer", externalIPs="[192.0.2.1]") + WEB,
        ["Service web -> Service web, Service web -> Deployment web"] * 2,
    ),
    "a load balancer that selects nothing": (
        service(type="LoadBalancer", selector="{app: wbe}") + WEB,
        ["Service web -> Service web, Service web -x pods with app=wbe"],
    ),
    "a load balancer whose pods are elsewhere": (
        service(type="LoadBalancer", selector="{strimzi.io/cluster: x}"),
        ["Service web -> Service web, Service web -? pods with strimzi.io/cluster=x"],
    ),
    "a load balancer without a selector": (
        service(type="LoadBalancer", selector="{}"),
        ["Service web -> Service web"],
    ),
    "a host port": (
        pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 81}]}]}"),
        ["Pod web -> Pod web"],
    ),
    "an Ingress behind its controller": (
        ingress() + service() + WEB + NGINX + service("ingress", "{app: ingress}", type="LoadBalancer"),
        [
            "Service ingress -> Service ingress, Service ingress -> Deployment ingress",
            f"Service ingress -> Deployment ingress, Ingress web -> IngressClass nginx, {TO_WEB}",
        ],
    ),
    "an Ingress of a class that is not there": (
        ingress() + service() + WEB,
        [f"Ingress web -? IngressClass nginx, {TO_WEB}"],
    ),
    "an Ingress without a Service": (
        ingress(backend="wbe") + service() + WEB,
        ["Ingress web -? IngressClass nginx, Ingress web -x Service web"],
    ),
    "an Ingress to a port that the Service does not have": (
        ingress() + service(ports="[{port: 8080}]") + WEB,
        ["Ingress web -? IngressClass nginx, Ingress web -> Service web, Ingress web -x Service web"],
    ),
    "a route of a Gateway": (
        http_route() + GATEWAY + service() + WEB,
        ["HTTPRoute web -> Gateway public, HTTPRoute web -> Service web, Service web -> Deployment web"],
    ),
    "a route of a Gateway that is not there": (
        http_route() + service() + WEB,
        ["HTTPRoute web -? Gateway public, HTTPRoute web -> Service web, Service web -> Deployment web"],
    ),
    "a route of a mesh has no way in": (http_route("{name: web, kind: Service, group: ''}") + service() + WEB, []),
    "a route of OpenShift is served by its router": (
        "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web}\nspec: {to: {name: web}}\n"
        + service()
        + WEB,
        ["Route web -> the cluster's router, Route web -> Service web, Service web -> Deployment web"],
    ),
}


@pytest.mark.parametrize(("manifests", "ways"), WAYS.values(), ids=WAYS)
def test_ways(graph_of: GraphOf, manifests: str, ways: list[str]) -> None:
    found = {(way.entry.mechanism if way.entry else None, drawn(way)): None for way in graph_of(manifests).ways}
    assert [text for _, text in found] == ways


def test_a_way_starts_where_the_entry_is_opened(graph_of: GraphOf) -> None:
    graph = graph_of(service(type="LoadBalancer", externalIPs="[192.0.2.1]") + WEB)
    assert [(str(way.hops[0].wants), way.hops[0].at.path) for way in graph.ways] == [
        ("LoadBalancer", ("spec", "type")),
        ("externalIPs", ("spec", "externalIPs")),
    ]


def test_a_controller_may_be_reached_by_external_addresses_and_host_ports(graph_of: GraphOf) -> None:
    external = graph_of(
        ingress() + service() + WEB + NGINX + service("ingress", "{app: ingress}", externalIPs="[192.0.2.1]")
    )
    hop = external.serving(external.ingresses[0]).entry_hop
    assert hop is not None
    assert (str(hop.source), hop.at.path) == ("Service ingress", ("spec", "externalIPs"))
    host = NGINX.replace('v1.12.0"', 'v1.12.0", ports: [{containerPort: 80, hostPort: 80}]')
    on_host = graph_of(ingress() + service() + WEB + host)
    hop = on_host.serving(on_host.ingresses[0]).entry_hop
    assert hop is not None
    assert (str(hop.source), wanted(hop)) == ("Deployment ingress", "the node's own address")


def test_ways_to_a_pod_are_those_that_reach_it(graph_of: GraphOf) -> None:
    graph = graph_of(
        service(type="LoadBalancer")
        + service("other", "{app: wbe}", type="LoadBalancer")
        + WEB
        + pod("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}]}]}", "apps/v1 Deployment", "host")
        + pod("{containers: [{name: a}]}", "apps/v1 Deployment", "inner")
    )
    reached = {str(pod): [drawn(way) for way in graph.ways_to(pod)] for pod in graph.pods}
    assert reached == {
        "Deployment web": ["Service web -> Service web, Service web -> Deployment web"],
        "Deployment host": ["Deployment host -> Deployment host"],
        "Deployment inner": [],
    }


def test_a_declared_gateway_exists(graph_of: GraphOf) -> None:
    settings = "targets: [{path: '**', exists: {gateways: [infra/public]}}]"
    there = graph_of(http_route("{name: public, namespace: infra}") + service() + WEB, settings)
    assert [way.hops[0].state for way in there.ways] == [State.RESOLVED]
    elsewhere = graph_of(http_route("{name: public, namespace: other}") + service() + WEB, settings)
    assert [way.hops[0].state for way in elsewhere.ways] == [State.UNKNOWN]


def test_every_hop_stands_somewhere(graph_of: GraphOf) -> None:
    for manifests, _ in WAYS.values():
        for way in graph_of(manifests).ways:
            for hop in way.hops:
                assert hop.at.document is hop.source.document
                assert hop.at.span.line >= 1
                assert (hop.state is State.RESOLVED) or hop.why


# What else a graph knows

AUTOSCALER = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"


@pytest.mark.parametrize(
    ("manifests", "replicas"),
    [
        (WEB, 1),
        (WEB.replace("template:", "replicas: 3\n  template:"), 3),
        (WEB + AUTOSCALER + "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: web}}\n", 5),
        (WEB + AUTOSCALER + "spec: {maxReplicas: 5, scaleTargetRef: {kind: StatefulSet, name: web}}\n", 1),
        (WEB + AUTOSCALER + "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: other}}\n", 1),
        (WEB + AUTOSCALER + "spec: {scaleTargetRef: {kind: Deployment, name: web}}\n", 1),
        (
            WEB + "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web}\n"
            "spec: {scaleTargetRef: {name: web}}\n",
            100,
        ),
        (WEB.replace("Deployment", "DaemonSet"), None),
    ],
)
def test_replicas(graph_of: GraphOf, manifests: str, replicas: int | None) -> None:
    graph = graph_of(manifests)
    assert graph.replicas(graph.workloads[0]) == replicas


def test_an_autoscaler_of_another_namespace_scales_another_workload(graph_of: GraphOf) -> None:
    scaler = AUTOSCALER.replace("{name: web}", "{name: web, namespace: b}")
    text = WEB.replace("{name: web}\n", "{name: web, namespace: a}\n", 1) + scaler
    graph = graph_of(text + "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: web}}\n")
    assert graph.replicas(graph.workloads[0]) == 1


def test_collections_hold_the_bundle_alone(graph_of: GraphOf) -> None:
    policy = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\n"
    namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"
    here = service() + WEB + ingress() + NGINX + http_route() + GATEWAY + policy + namespace
    graph = graph_of({"a/all.yaml": here, "b/all.yaml": here})
    assert graph.bundle.name == "a/all.yaml"
    assert [str(item) for item in graph.services] == ["Service web"]
    assert [str(item) for item in graph.workloads] == ["Deployment web", "Deployment ingress"]
    assert [str(item) for item in graph.pods] == ["Deployment web", "Deployment ingress"]
    assert [str(item) for item in graph.routes] == ["Ingress web", "HTTPRoute web"]
    assert [str(item) for item in graph.ingresses] == ["Ingress web"]
    assert [str(item) for item in graph.ingress_classes] == ["IngressClass nginx"]
    assert [str(item) for item in graph.gateways] == ["Gateway public"]
    assert [str(item) for item in graph.network_policies] == ["NetworkPolicy web"]
    assert [str(item) for item in graph.namespaces] == ["Namespace web"]
    assert len(graph.resources) == 9


BARE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n"


@pytest.mark.parametrize(
    ("file", "is_completed"),
    [("b/b.yaml", True), ("other/prod/d.yaml", True), ("staging/c.yaml", False), ("prod/a.yaml", True)],
)
def test_a_part_is_completed_by_what_may_share_the_cluster(graph_of: GraphOf, file: str, is_completed: bool) -> None:
    files = {"prod/a.yaml": BARE, file: (BARE + "---\n" if file == "prod/a.yaml" else "") + service("web")}
    graph = graph_of(files)
    assert graph.target.environment == "production"
    assert (list(graph.problems(graph.services[0])) == []) is is_completed


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tlsroutes.gateway.networking.k8s.io}
spec:
  group: gateway.networking.k8s.io
  names: {kind: TLSRoute}
  versions: [{name: v1alpha2, served: true}, {name: v1alpha3, served: false}]
"""


@pytest.mark.parametrize(
    ("file", "version", "is_served"),
    [
        ("crds/crd.yaml", "v1alpha2", True),
        ("crds/crd.yaml", "v1alpha3", False),
        ("crds/crd.yaml", "v1", False),
        ("crds/staging/crd.yaml", "v1alpha2", False),
        ("crds/production/crd.yaml", "v1alpha2", True),
    ],
)
def test_versions_that_a_definition_serves(graph_of: GraphOf, file: str, version: str, is_served: bool) -> None:
    route = f"apiVersion: gateway.networking.k8s.io/{version}\nkind: TLSRoute\nmetadata: {{name: web}}\n"
    graph = graph_of({"app/prod/a.yaml": route, file: CRD})
    assert graph.is_served(graph.resources[0]) is is_served


@pytest.mark.parametrize(
    ("file", "other", "is_mentioned"),
    [
        ("a/svc.yaml", "far/away/pool.yaml", True),
        ("a/prod/svc.yaml", "far/staging/pool.yaml", False),
        ("a/svc.yaml", "examples/pool.yaml", False),
        ("examples/svc.yaml", "examples/pool.yaml", True),
        ("examples/one/svc.yaml", "examples/two/pool.yaml", True),
        ("examples/svc.yaml", "pool.yaml", True),
        ("a/demo/svc.yaml", "b/demo/pool.yaml", False),
    ],
)
def test_what_is_mentioned_beside_a_resource(graph_of: GraphOf, file: str, other: str, is_mentioned: bool) -> None:
    pool = "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: pool}\n"
    graph = graph_of({file: service("web"), other: pool})
    found = next(item for item in graph.resources if item.name == "web")
    assert graph.is_mentioned_beside(found, re.compile("metallb")) is is_mentioned
    assert not graph.is_mentioned_beside(found, re.compile("kube-vip"))


def test_services_that_select_a_pod(graph_of: GraphOf) -> None:
    graph = graph_of({"a/web.yaml": WEB + service("own"), "far/b/svc.yaml": service("other")})
    assert [service.name for service in graph.services_selecting(graph.pods[0])] == ["own"]
    alone = graph_of({"a/web.yaml": WEB + service("own", "{app: x}"), "far/b/svc.yaml": service("other")})
    assert [service.name for service in alone.services_selecting(alone.pods[0])] == ["other"]


def test_what_is_followed_once_is_remembered(graph_of: GraphOf) -> None:
    graph = graph_of(service() + WEB + ingress())
    assert graph.selection(graph.services[0]) is graph.selections[0]
    assert graph.links(graph.routes[0])[0] is graph.backend_links[0]
    assert graph.serving(graph.ingresses[0]) is graph.serving(graph.ingresses[0])
