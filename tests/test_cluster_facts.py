"""What the configuration says of a cluster, and klint cluster-facts, which makes that of what kubectl prints."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result

from klint import State
from klint.cli.commands import klint
from klint.config.reading import parse_config
from klint.kube.objects import read_resources
from klint.registry import load_rules
from klint.session import Session
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.target import Target, Targets
from tests.conftest import GraphOf

RULES, _ = load_rules()

Object = dict[str, Any]


def thing(kind: str, name: str, namespace: str = "shop", *, version: str = "v1", **fields: Any) -> Object:
    """An object as the API server has it, with what it fills in."""
    metadata = {"name": name, "uid": "0d6f", "resourceVersion": "7", "managedFields": [{"manager": "kubectl"}]}
    metadata |= {"namespace": namespace} if namespace else {}
    metadata |= fields.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


NAMESPACE = thing("Namespace", "shop", "", metadata={"labels": {"team": "shop"}}, status={"phase": "Active"})
CLASS = thing(
    "IngressClass",
    "nginx",
    "",
    version="networking.k8s.io/v1",
    metadata={
        "annotations": {
            "ingressclass.kubernetes.io/is-default-class": "true",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
        }
    },
    spec={"controller": "k8s.io/ingress-nginx"},
)
SERVICE = thing(
    "Service",
    "web",
    spec={
        "type": "ClusterIP",
        "clusterIP": "10.0.0.7",
        "sessionAffinity": "None",
        "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
    },
)
GATEWAY = thing(
    "Gateway",
    "public",
    "edge",
    version="gateway.networking.k8s.io/v1",
    spec={
        "gatewayClassName": "eg",
        "listeners": [
            {
                "name": "web",
                "port": 443,
                "protocol": "HTTPS",
                "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "shop"}}}},
            }
        ],
    },
)
DEPLOYMENT = thing(
    "Deployment",
    "web",
    version="apps/v1",
    spec={
        "replicas": 3,
        "template": {
            "metadata": {"labels": {"app": "web", "pod-template-hash": "77f"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "registry.example/web:1",
                        "args": ["--token=hunter2"],
                        "env": [{"name": "PASSWORD", "value": "hunter2"}],
                        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                    }
                ]
            },
        },
    },
)
SECRET = thing("Secret", "tls", type="kubernetes.io/tls", data={"tls.key": "aHVudGVyMg=="})
POLICY = thing(
    "NetworkPolicy",
    "deny",
    version="networking.k8s.io/v1",
    spec={"podSelector": {}, "policyTypes": ["Ingress"]},
)
CLUSTER = [NAMESPACE, CLASS, SERVICE, GATEWAY, DEPLOYMENT, SECRET, POLICY]

SECTION = """\
# What is in the cluster, as `klint cluster-facts` tells it.
cluster:
  objects:
    - {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: shop}}}
    - {apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx, annotations: \
{ingressclass.kubernetes.io/is-default-class: "true"}}, spec: {controller: k8s.io/ingress-nginx}}
    - {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: edge}, spec: \
{gatewayClassName: eg, listeners: [{name: web, port: 443, protocol: HTTPS, allowedRoutes: \
{namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}}]}}
    - {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: \
{selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}
    - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: \
{template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, ports: \
[{name: http, containerPort: 8080}]}]}}}}
    - {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: \
{podSelector: {}, policyTypes: [Ingress]}}
    - {apiVersion: v1, kind: Secret, metadata: {name: tls, namespace: shop}}
"""


def dump(*objects: Object) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(klint, ["cluster-facts", *arguments], input=stdin, catch_exceptions=False)


@pytest.fixture
def said(tmp_path: Path) -> Callable[[dict[str, str]], list[str]]:
    """What all rules say of the files of a workspace."""

    def say(files: dict[str, str]) -> list[str]:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(dedent(text))
        report = Session.of([str(tmp_path)], RULES).report()
        assert report.failures == ()
        return [
            f"{Path(finding.span.file).relative_to(tmp_path)}:{finding.span.line}: {finding.rule}"
            for finding in report.findings
        ]

    return say


# klint cluster-facts


def test_facts_are_what_references_ask_for() -> None:
    result = run(stdin=dump(*CLUSTER))
    assert (result.stdout, result.exit_code) == (SECTION, 0)
    assert result.stderr == "klint: 7 objects kept\n"


def test_nothing_secret_gets_out() -> None:
    result = run(stdin=dump(*CLUSTER))
    assert not [word for word in ("hunter2", "aHVudGVyMg") if word in result.output]


def test_the_order_of_objects_and_files_says_nothing(tmp_path: Path) -> None:
    shuffled = [*CLUSTER[4:], *reversed(CLUSTER[:4])]
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(dump(*shuffled[:3]))
    other.write_text(dump(*shuffled[3:], CLASS))
    assert run(str(one), str(other)).stdout == SECTION
    assert run("-", str(one), stdin=dump(*shuffled[3:])).stdout == SECTION


def test_facts_go_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".klint.yaml"
    assert run("--output", str(file), stdin=dump(*CLUSTER)).stdout == ""
    assert file.read_text() == SECTION
    assert run("--output", str(tmp_path / "no" / "where"), stdin=dump(*CLUSTER)).exit_code == 2


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (thing("ConfigMap", "a", data={"a": "b"}), "ConfigMap, to which no reference leads that klint follows"),
        (thing("Secret", "sh.helm.release.v1.web.v1", type="helm.sh/release.v1"), "Secret of type helm.sh/release.v1"),
        (
            thing("ReplicaSet", "web-1", version="apps/v1", metadata={"ownerReferences": [{"kind": "Deployment"}]}),
            "ReplicaSet that another object made",
        ),
        (
            thing("Service", "old", metadata={"deletionTimestamp": "2031-01-01T00:00:00Z"}),
            "objects that are being deleted",
        ),
        (thing("Service", ""), "objects without a name"),
    ],
)
def test_what_is_left_out_is_said(item: Object, what: str) -> None:
    result = run(stdin=dump(item, SECRET))
    assert result.stderr == f"klint: {what}: 1 left out\nklint: 1 object kept\n"
    assert result.stdout.count("apiVersion") == 1


def test_policies_of_other_kinds_are_kept() -> None:
    spec: Object = {"endpointSelector": {}, "ingress": [{}]}
    result = run(stdin=dump(thing("CiliumNetworkPolicy", "all", version="cilium.io/v2", spec=spec)))
    assert "spec: {endpointSelector: {}, ingress: [{}]}" in result.stdout


def test_headless_and_stopped_are_facts() -> None:
    headless = thing("Service", "db", spec={"clusterIP": "None", "selector": {"app": "db"}})
    stopped = thing("Deployment", "db", version="apps/v1", spec={"replicas": 0})
    result = run(stdin=dump(headless, stopped))
    assert "spec: {clusterIP: None, selector: {app: db}}" in result.stdout
    assert "spec: {replicas: 0}" in result.stdout


def test_the_servers_version_is_the_clusters() -> None:
    version = {"clientVersion": {"gitVersion": "v1.30.0"}, "serverVersion": {"gitVersion": "v1.34.1-eks-3025e55"}}
    assert '\n  kubernetes: "1.34"\n' in run(stdin=f"{json.dumps(version)}\n---\n{dump(SECRET)}").stdout


@pytest.mark.parametrize(
    ("platform", "labels", "provider"),
    [
        ("openshift", {"node.openshift.io/os_id": "rhcos"}, "aws:///eu-1/i-0"),
        ("eks", {"eks.amazonaws.com/nodegroup": "a"}, "aws:///eu-1/i-0"),
        ("gke", {"cloud.google.com/gke-nodepool": "a"}, "gce://p/z/i"),
        ("aks", {"kubernetes.azure.com/cluster": "a"}, "azure:///subscriptions/s"),
        ("kind", {}, "kind://docker/kind/kind-control-plane"),
        ("", {"kubernetes.io/os": "linux"}, "aws:///eu-1/i-0"),
    ],
)
def test_nodes_tell_the_platform(platform: str, labels: dict[str, str], provider: str) -> None:
    node = thing("Node", "one", "", metadata={"labels": labels}, spec={"providerID": provider})
    result = run(stdin=dump(node))
    assert ("platform" in result.stdout) == bool(platform)
    assert f"  platform: {platform}\n" in result.stdout or not platform
    assert parse_config(Source(".klint.yaml", result.stdout)) is not None


def test_nodes_that_disagree_tell_nothing() -> None:
    nodes = [
        thing("Node", label, "", metadata={"labels": {label: ""}})
        for label in ("kubernetes.azure.com/cluster", "eks.amazonaws.com/nodegroup")
    ]
    assert "platform" not in run(stdin=dump(*nodes)).stdout


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "<stdin>: Nothing is in it"),
        ("NAME   TYPE\nweb    ClusterIP\n", "<stdin>:1:1: This is not a Kubernetes object"),
        ("apiVersion: v1\nkind: [\n", "<stdin>:"),
        ('{"items": []}', "<stdin>:1:1: This is not a Kubernetes object"),
        ("a\0b", "<stdin>: It cannot be read: it is a binary file"),
    ],
)
def test_what_is_no_output_of_kubectl_is_refused(text: str, where: str) -> None:
    result = run(stdin=text)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith(f"klint: {where}")
    assert "binary" in text or "\0" in text or "kubectl get" in result.stderr


def test_a_file_that_is_not_there() -> None:
    result = run("nowhere.yaml")
    assert (result.stderr, result.exit_code) == (
        "klint: nowhere.yaml: It cannot be read: No such file or directory\n",
        2,
    )


# What lints with it

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  tls: [{hosts: [shop.example]}]
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: web, port: {number: 81}}}
"""
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: NAMESPACE}
spec:
  parentRefs: [{name: public, namespace: edge}]
  rules:
    - backendRefs: [{name: web, port: 80}]
"""


def test_facts_of_a_cluster_are_a_configuration(said: Callable[[dict[str, str]], list[str]]) -> None:
    files = {"web.yaml": INGRESS}
    assert said(files) == ["web.yaml:3: unrouted-ingress"]  # a note: nobody knows of a default class
    facts = run(stdin=dump(*CLUSTER)).stdout
    assert said({".klint.yaml": facts}) == ["web.yaml:12: backend-port-mismatch"]
    assert said({"web.yaml": INGRESS.replace("81", "80")}) == []
    assert said({"web.yaml": INGRESS.replace("81", "80").replace("spec:", "spec:\n  ingressClassName: public", 1)}) == [
        "web.yaml:5: unrouted-ingress"
    ]


def test_objects_stand_for_what_bundles_do_not_have(graph_of: GraphOf) -> None:
    graph = graph_of(ROUTE.replace("NAMESPACE", "shop"), SECTION)
    assert [str(item) for item in graph.resources] == ["HTTPRoute shop/web"]
    (attached,) = graph.attachments(graph.routes[0])
    assert [str(attached.gateway), *(listener.name for listener in attached.listeners)] == [
        "Gateway edge/public",
        "web",
    ]
    (link,) = graph.backend_links
    assert (str(link.service), link.is_broken) == ("Service shop/web", False)
    pods = [way.pod for way in graph.ways_of(graph.routes[0])]
    assert [str(pod and pod.workload) for pod in pods] == ["Deployment shop/web"]


def test_labels_of_a_namespace_count(graph_of: GraphOf) -> None:
    other = SECTION.replace("{team: shop}}}", "{team: other}}}", 1)
    graph = graph_of(ROUTE.replace("NAMESPACE", "shop"), other)
    (attached,) = graph.attachments(graph.routes[0])
    assert attached.listener_hop is not None
    assert (attached.listener_hop.state, attached.listeners) == (State.BROKEN, ())


def test_each_target_has_its_own_cluster(said: Callable[[dict[str, str]], list[str]]) -> None:
    ingress = INGRESS.replace("81", "80").replace("spec:", "spec:\n  ingressClassName: {}", 1)
    files = {
        ".klint.yaml": """\
            targets:
              - path: production/
                environment: production
                objects:
                  - apiVersion: networking.k8s.io/v1
                    kind: IngressClass
                    metadata: {name: inside}
                    spec: {controller: k8s.io/ingress-nginx}
              - path: staging/
                environment: staging
                objects:
                  - apiVersion: networking.k8s.io/v1
                    kind: IngressClass
                    metadata: {name: edge}
                    spec: {controller: k8s.io/ingress-nginx}
            """,
        "production/web.yaml": ingress.replace("{}", "edge"),
        "staging/web.yaml": ingress.replace("{}", "edge"),
    }
    assert said(files) == ["production/web.yaml:5: unrouted-ingress"]


def test_a_target_goes_before_the_cluster() -> None:
    text = """\
    cluster: {platform: eks, kubernetes: "1.33", node-ports: 30000-31000, closed-world: true}
    targets:
      - path: edge/
        platform: bare-metal
    """
    targets = Targets(parse_config(Source(".klint.yaml", dedent(text))), ())

    def target(file: str) -> Target:
        (document,) = read_documents(Source(file, json.dumps(NAMESPACE), file))
        return targets.target(list(read_resources(document, {})))

    usual, edge = target("web.yaml"), target("edge/web.yaml")
    assert (usual.platform, usual.kubernetes, usual.is_closed_world) == ("eks", (1, 33), True)
    assert (edge.platform, edge.kubernetes, edge.is_closed_world) == ("bare-metal", (1, 33), True)
    assert str(edge.node_ports) == str(usual.node_ports)
    assert "30000-31000" in str(edge.node_ports)
