"""What changes nothing makes nothing new: files that move, another order, another style, other folders and overlays."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from klint.baseline.entries import compare, entries_of
from klint.engine import Report
from klint.registry import load_rules
from klint.session import Session
from klint.testing.running import lint_files
from klint.text import yaml

RULES = load_rules()[0]

Files = Mapping[str, str]


def found(folder: Path, files: Files) -> Report:
    """What all rules find in files, rendered ones too."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return Session.of([str(folder)], RULES).report()


SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector:
    app: web
  ports:
    - name: http
      port: 80
      nodePort: 80
    - name: https
      port: 443
      nodePort: 443
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: a.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 81}}}}
          - {path: /api, pathType: Prefix, backend: {service: {name: wep, port: {number: 80}}}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: {matchLabels: {app: wep}}
        - ipBlock: {cidr: 0.0.0.0/0}
        - podSelector: {matchLabels: {app: vveb}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      ports: [{containerPort: 80}]
    - name: forward
      image: registry.example.com/kubectl:1
      command: [kubectl, port-forward, --address, 0.0.0.0, svc/web, "8080:80"]
"""
OBJECTS = (SERVICE, INGRESS, POLICY, POD)
DATA = [yaml.load(text)[0] for text in OBJECTS]
ALL = {"deploy/web.yaml": "---\n".join(OBJECTS)}
PEERS = {"web.yaml": f"{POLICY}---\n{POD}"}
SCRIPT = "#!/bin/sh\nset -e\nkubectl port-forward --address 0.0.0.0 svc/web 8080:80\n"
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": "port: 80\n",
    "templates/service.yaml": SERVICE.replace("nodePort: 80", "nodePort: {{ .Values.port }}").replace(
        "name: web\nspec", "name: {{ .Release.Name }}-web\nspec"
    ),
    "templates/policy.yaml": POLICY,
}
BASE = {"kustomization.yaml": "resources: [all.yaml]\n", "all.yaml": "---\n".join(OBJECTS)}


def below(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": text for name, text in files.items()}


def overlay(name: str, base: str = "../base") -> Files:
    return {f"{name}/kustomization.yaml": f"resources: [{base}]\nnamespace: {name}\nnamePrefix: {name}-\n"}


def stream(items: list[Any], indent: int | None = None) -> str:
    return "---\n".join(json.dumps(item, indent=indent) + "\n" for item in items)


def all_but(old: str, new: str) -> Files:
    return {"deploy/web.yaml": ALL["deploy/web.yaml"].replace(old, new)}


def peers_but(old: str, new: str) -> Files:
    return {"web.yaml": PEERS["web.yaml"].replace(old, new, 1)}


def on_node(name: str) -> str:
    ports = "ports: [{containerPort: 8080, hostPort: 8080}]"
    pod = f"spec: {{containers: [{{name: web, image: registry.example.com/web:1, {ports}}}]}}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n{pod}\n"


def virtual_server(name: str) -> str:
    routes = "upstreams: [{name: web, service: web, port: 80}], routes: [{path: /, action: {pass: web}}]"
    spec = f"spec: {{host: shop.example.com, {routes}}}"
    return f"apiVersion: k8s.nginx.org/v1\nkind: VirtualServer\nmetadata: {{name: {name}}}\n{spec}\n"


ANNOTATED = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
{}spec:
  type: LoadBalancer
  selector: {{app: web}}
  ports: [{{port: 80}}]
"""
FOREIGN = (
    "    networking.gke.io/load-balancer-type: internal\n",
    '    cloud.google.com/load-balancer-type: "Internal"\n',
)
HTTP = "    - name: http\n      port: 80\n      nodePort: 80\n"
ONE_PEER = "        - podSelector: {matchLabels: {app: wep}}\n"
CIDR = "        - ipBlock: {cidr: 0.0.0.0/0}\n"

CHANGES: Mapping[str, tuple[Files, Files]] = {
    "a file is moved": (ALL, {"manifests/apps/web.yaml": ALL["deploy/web.yaml"]}),
    "a file is renamed": (ALL, {"deploy/all.yml": ALL["deploy/web.yaml"]}),
    "documents in another order": (ALL, {"deploy/web.yaml": "---\n".join(reversed(OBJECTS))}),
    "each document in a file of its own": (ALL, {f"deploy/{n}.yaml": text for n, text in enumerate(OBJECTS)}),
    "documents in a List": (ALL, {"deploy/web.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": DATA})}),
    "JSON": (ALL, {f"deploy/{n}.json": json.dumps(item) for n, item in enumerate(DATA)}),
    "another style and indentation": (
        ALL,
        {"deploy/web.yaml": "---\n".join(json.dumps(i, indent=3) + "\n" for i in DATA)},
    ),
    "quotes": (ALL, all_but("app: web", "app: 'web'")),
    "quotes in a command": (ALL, all_but("--address", '"--address"')),
    "comments": (ALL, all_but("spec:", "# what it is\nspec: # so")),
    "items that have a name in another order": ({"a.yaml": SERVICE}, {"a.yaml": SERVICE.replace(HTTP, "") + HTTP}),
    "items that have none in another order": (PEERS, peers_but(ONE_PEER + CIDR, CIDR + ONE_PEER)),
    "another item before those that have no name": (
        PEERS,
        peers_but(ONE_PEER, "        - podSelector: {}\n" + ONE_PEER),
    ),
    "of two that claim one port the other is first": (
        {"a.yaml": SERVICE, "b.yaml": SERVICE.replace("name: web", "name: api")},
        {"b.yaml": SERVICE, "a.yaml": SERVICE.replace("name: web", "name: api")},
    ),
    "of three that claim one port of their nodes the last is first": (
        {"a.yaml": "---\n".join(map(on_node, "abc"))},
        {"a.yaml": "---\n".join(map(on_node, "cba"))},
    ),
    "of three that claim one host the last is first": (
        {"a.yaml": "---\n".join(map(virtual_server, "abc"))},
        {"a.yaml": "---\n".join(map(virtual_server, "cba"))},
    ),
    "annotations for another cloud in another order": (
        {"eks/a.yaml": ANNOTATED.format(FOREIGN[0] + FOREIGN[1])},
        {"eks/a.yaml": ANNOTATED.format(FOREIGN[1] + FOREIGN[0])},
    ),
    "a script is moved": ({"deploy.sh": SCRIPT}, {"scripts/run.sh": SCRIPT}),
    "a script is moved and its lines are indented": (
        {"deploy.sh": SCRIPT},
        {"scripts/run.sh": f"if true; then\n  {SCRIPT.splitlines()[-1]}\nfi\n"},
    ),
    "a document that does not parse is moved": (
        {"a.yaml": f"{POD}  x: [\n"},
        {"b/b.yaml": f"# moved\n{POD}  x: [\n"},
    ),
    "the folder of a chart is renamed": (below("charts/shop", CHART), below("helm/store", CHART)),
    "a chart has another set of values": (
        below("shop", CHART),
        {**below("shop", CHART), "shop/values-more.yaml": "other: 1\n"},
    ),
    "the folders of kustomizations are renamed": (
        {**below("base", BASE), **overlay("dev")},
        {**below("common", BASE), "x/kustomization.yaml": overlay("dev", "../common")["dev/kustomization.yaml"]},
    ),
    "a first overlay": (below("base", BASE), {**below("base", BASE), **overlay("a")}),
    "a second overlay": (
        {**below("base", BASE), **overlay("a")},
        {**below("base", BASE), **overlay("a"), **overlay("b")},
    ),
    "an overlay gives other names": (
        {**below("base", BASE), **overlay("a")},
        {**below("base", BASE), "a/kustomization.yaml": "resources: [../base]\nnameSuffix: -new\nnamespace: c\n"},
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_nothing_is_new(tmp_path: Path, before: Files, after: Files) -> None:
    known, now = found(tmp_path / "before", before), found(tmp_path / "after", after)
    assert known.findings
    entries = entries_of((*known.findings, *known.consequences))
    new, _, gone = compare(now.findings, entries, now.consequences)
    assert [str(finding.span) + finding.message for finding in new] == []
    assert [entry.message for entry in gone] == [], "nothing is fixed, either"


# Random workspaces and random changes


@st.composite
def services(draw: st.DrawFn) -> Any:
    ports = draw(st.lists(st.sampled_from([80, 443, 30080, 30443]), min_size=1, max_size=3, unique=True))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": draw(names)},
        "spec": {
            "type": draw(st.sampled_from(["NodePort", "LoadBalancer", "ClusterIP"])),
            "selector": {"app": draw(names)},
            "ports": [{"name": f"p{port}", "port": port, "nodePort": port} for port in ports],
        },
    }


@st.composite
def ingresses(draw: st.DrawFn) -> Any:
    hosts = draw(
        st.lists(st.sampled_from(["a.example.com", "b.example.com", "*.example.com"]), max_size=2, unique=True)
    )
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": draw(names)},
        "spec": {
            "defaultBackend": draw(backends),
            "rules": [
                {
                    "host": host,
                    "http": {
                        "paths": [
                            {"path": path, "pathType": "Prefix", "backend": draw(backends)}
                            for path in draw(st.lists(st.sampled_from(["/", "/a", "api"]), min_size=1, unique=True))
                        ]
                    },
                }
                for host in hosts
            ],
        },
    }


@st.composite
def deployments(draw: st.DrawFn) -> Any:
    labels = {"app": draw(names)}
    ports = draw(st.lists(st.sampled_from([80, 443, 5432]), max_size=2, unique=True))
    return {
        "apiVersion": "apps/v1",
        "kind": draw(st.sampled_from(["Deployment", "DaemonSet"])),
        "metadata": {"name": draw(names)},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [
                        {
                            "name": "c",
                            "image": "registry.example.com/c:1",
                            "ports": [{"containerPort": port, "hostPort": port} for port in ports],
                        }
                    ]
                },
            },
        },
    }


names = st.sampled_from(["web", "wep", "api", "db"])
backends = st.builds(
    lambda name, port: {"service": {"name": name, "port": {"number": port}}}, names, st.sampled_from([80, 81])
)
objects = st.lists(
    st.one_of(services(), ingresses(), deployments()),
    min_size=1,
    max_size=7,
    unique_by=lambda item: (item["kind"], item["metadata"]["name"]),
)


def shuffled_keys(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled_keys(value[key], chance) for key in keys}
    return [shuffled_keys(item, chance) for item in value] if isinstance(value, list) else value


def shuffled_lists(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: shuffled_lists(item, chance) for key, item in value.items()}
    if isinstance(value, list):
        return [shuffled_lists(item, chance) for item in chance.sample(value, len(value))]
    return value


Change = Callable[[list[Any], random.Random], Files]

RANDOM_CHANGES: Mapping[str, Change] = {
    "another file": lambda items, _: {"other/file.yaml": stream(items)},
    "documents in another order": lambda items, chance: {"a.yaml": stream(chance.sample(items, len(items)))},
    "keys in another order": lambda items, chance: {"a.yaml": stream([shuffled_keys(i, chance) for i in items])},
    "items in another order": lambda items, chance: {
        "a.yaml": stream([shuffled_lists(item, chance) for item in items])
    },
    "another style": lambda items, _: {"a.yaml": stream(items, 3)},
    "many files": lambda items, chance: {
        f"{number}.yaml": stream([item]) for number, item in enumerate(chance.sample(items, len(items)))
    },
}


@settings(max_examples=30, phases=[Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(objects, st.sampled_from(list(RANDOM_CHANGES)), st.randoms(use_true_random=False))
def test_no_random_change_makes_something_new(items: list[Any], change: str, chance: random.Random) -> None:
    known = lint_files({"a.yaml": stream(items)}, RULES)
    entries = entries_of((*known.findings, *known.consequences))
    now = lint_files(RANDOM_CHANGES[change](items, chance), RULES)
    new = compare(now.findings, entries, now.consequences).new
    assert [finding.message for finding in new] == []
