"""What is still to be filled in is unknown: no dialect of placeholders makes any rule speak, wherever it stands."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from klint.config.config import Config
from klint.engine import lint
from klint.findings import Severity
from klint.registry import load_rules
from klint.text import yaml
from klint.text.placeholders import is_placeholder, is_placeholder_for_host, is_template, may_be
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.text.yaml.composing import compose
from klint.workspace.workspace import Workspace

DIALECTS = {
    "envsubst": "${X}",
    "default": "${X:=d}",
    "shell": "$X",
    "macro": "$(X)",
    "runtime": "$[variables.x]",
    "github": "${{ inputs.x }}",
    "mustache": "{{ .Values.x }}",
    "tight": "{{x}}",
    "jinja": "{% if x %}a{% endif %}",
    "terraform": "%{ if x }a%{ endif }",
    "octopus": "#{X}",
    "tokens": "#{X}#",
    "erb": "<%= x %>",
    "angle": "<X>",
    "sentence": "<your name here>",
    "underscores": "__X__",
    "maven": "@X@",
    "windows": "%X%",
    "concourse": "((x))",
    "brackets": "[[x]]",
    "braces": "{x}",
    "python": "%(x)s",
    "kapitan": "?{plain:x}",
    "sops": "ENC[AES256_GCM,data:bG9s,iv:a,tag:b,type:str]",
    "vals": "ref+vault://secret/x#/y",
    "ytt": "#@ data.values.x",
    "capitals": "PORT",
    "underscore": "CHANGE_ME",
    "prefix": "REPLACEME-x",
    "name": "ROLLOUT_NAME-x",
    "middle": "x-TAG-y",
    "label": "HOST.example.com",
}


@pytest.mark.parametrize("value", DIALECTS.values(), ids=DIALECTS.keys())
def test_is_placeholder(value: str) -> None:
    assert is_placeholder(value)
    assert is_placeholder(f"web-{value}") or value.isupper()
    assert may_be(value, "web")
    assert may_be("web", value)


NAMES = {
    "name": "web",
    "host": "web.example.com",
    "wildcard": "*.example.com",
    "camel": "webApp",
    "title": "Web-app",
    "letter": "web-A",
    "mixed": "http-WEBapp",
    "version": "v1.2.3",
    "number": "8080",
    "cidr": "10.0.0.0/8",
    "ipv6": "2001:db8::1",
    "upper-ipv6": "2001:DB8a::1",
    "expression": "/api/v[0-9]+/(.*)$",
    "quantifier": "/[a-z]{2,3}",
    "percent": "25%",
    "address": "me@example.com",
    "dunder": "a__b",
    "hash": "a#b",
    "empty": "",
    "prose": "See RFC for more",
}


@pytest.mark.parametrize("value", NAMES.values(), ids=NAMES.keys())
def test_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)
    assert not may_be(value, "other")


@pytest.mark.parametrize("value", [None, 80, True, 1.5, ["${X}"], {"a": "${X}"}], ids=repr)
def test_only_texts_are(value: Any) -> None:
    assert not is_placeholder(value)
    assert not is_template(value)


def test_capitals_are_no_template() -> None:
    assert not is_template("PORT")
    assert not is_template("REPLACEME-x")


HOSTS = {
    **dict.fromkeys(
        ("HOST", "HOSTNAME.acme.io", "a.YOUR_DOMAIN", "a.BASEDOMAIN", "APP.acme.io", "${HOST}.acme.io"), True
    ),
    **dict.fromkeys(("API.acme.io", "WWW.ACME.ORG", "a-STAGING.acme.io", "a.acme.io", "Api.acme.io"), False),
}


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_in_capitals(host: str) -> None:
    assert is_placeholder_for_host(host) is HOSTS[host]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("port: #{PORT}#", {"port": "#{PORT}#"}),
        ("port: #{PORT}#-x\nname: web", {"port": "#{PORT}#-x", "name": "web"}),
        ("port: #@ data.values.port\r\n", {"port": "#@ data.values.port"}),
        ("- #{A}\n- b\n-   #{C}", ["#{A}", "b", "#{C}"]),
        ("port: # the port", {"port": None}),
        ("port:\n  #{PORT}#\nname: web", {"port": None, "name": "web"}),
        ("port: #@overlay/remove", {"port": None}),
        ("ports: #{they follow\n- 80", {"ports": [80]}),
        ("port: 80 #{PORT}#", {"port": 80}),
        ("port: ~ #{PORT}#", {"port": None}),
        ("script: |\n  a: #{b}\n  c", {"script": "a: #{b}\nc"}),
    ],
    ids=["tokens", "more", "ytt", "list", "comment", "own-line", "annotation", "nested", "value", "null", "block"],
)
def test_comments_that_are_placeholders(text: str, data: Any) -> None:
    assert yaml.load(text)[0] == data
    root = compose(text).root
    assert root is not None
    assert root.data == data


WORKSPACE = """\
apiVersion: v1
kind: Service
metadata:
  name: «web»
  namespace: «shop»
  labels: {app: «web»}
  annotations:
    service.beta.kubernetes.io/load-balancer-source-ranges: «10.0.0.0/8»
spec:
  type: «LoadBalancer»
  selector:
    app: «web»
    tier: «front»
  externalTrafficPolicy: «Local»
  internalTrafficPolicy: «Cluster»
  ipFamilyPolicy: «SingleStack»
  ipFamilies: [«IPv4»]
  clusterIP: «10.0.0.1»
  externalIPs: [«192.0.2.1»]
  loadBalancerClass: «example.com/lb»
  sessionAffinity: «ClientIP»
  sessionAffinityConfig: {clientIP: {timeoutSeconds: «10»}}
  healthCheckNodePort: «30555»
  allocateLoadBalancerNodePorts: «true»
  ports:
    - name: «http»
      port: «80»
      targetPort: «http»
      nodePort: «30080»
      protocol: «TCP»
      appProtocol: «http»
    - name: admin
      port: 81
      targetPort: «8081»
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: «web»
  namespace: «shop»
spec:
  replicas: «2»
  strategy: {type: «RollingUpdate»}
  selector: {matchLabels: {app: «web»}}
  template:
    metadata:
      labels:
        app: «web»
        tier: «front»
    spec:
      hostNetwork: «false»
      nodeSelector: {kubernetes.io/hostname: «node»}
      containers:
        - name: «web»
          image: «nginx:1»
          ports:
            - name: «http»
              containerPort: «8080»
              protocol: «TCP»
            - name: admin
              containerPort: «8081»
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: «public»
  annotations: {ingressclass.kubernetes.io/is-default-class: «"true"»}
spec:
  controller: «k8s.io/ingress-nginx»
  parameters: {apiGroup: «example.com», kind: «Settings», name: «public», scope: «Cluster»}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: «web»
  namespace: «shop»
  annotations: {kubernetes.io/ingress.class: «public»}
spec:
  ingressClassName: «public»
  tls:
    - hosts: [«shop.example.com»]
      secretName: «shop-tls»
  rules:
    - host: «shop.example.com»
      http:
        paths:
          - path: «/»
            pathType: «Prefix»
            backend: {service: {name: «web», port: {number: «80»}}}
          - path: /named
            pathType: Prefix
            backend: {service: {name: «web», port: {name: «http»}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: «web»
  namespace: «shop»
spec:
  parentRefs: [{name: «edge», namespace: «infra»}]
  hostnames: [«shop.example.com»]
  rules:
    - backendRefs: [{name: «web», port: «80»}]
---
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  name: «web»
  namespace: «shop»
spec:
  host: «shop.example.com»
  tls: {termination: «edge»}
  port: {targetPort: «http»}
  to: {kind: «Service», name: «web»}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: «web»
  namespace: «shop»
spec:
  minReplicas: «1»
  maxReplicas: «2»
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: «web»}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: «ingress-nginx», namespace: «shop»}
spec:
  selector: {matchLabels: {app: ingress-nginx}}
  template:
    metadata: {labels: {app: «ingress-nginx»}}
    spec:
      containers: [{name: nginx, image: "rancher/nginx-ingress-controller:v1", args: [«--x»]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: edge, namespace: «shop»}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}}
    spec:
      containers:
        - name: edge
          image: "traefik:v3"
          ports:
            - {containerPort: «80», hostPort: «8080», hostIP: «192.0.2.1», protocol: TCP}
            - {containerPort: 443, hostPort: «8443»}
---
apiVersion: v1
kind: Service
metadata: {name: «ingress-nginx», namespace: «shop»}
spec:
  type: «NodePort»
  selector: {app: «ingress-nginx»}
  ports: [{port: 80, targetPort: 80}]
"""
"""Objects that fit together. What stands in guillemets is filled in by somebody, one place at a time."""

_PIECES = re.split("«(.*?)»", WORKSPACE)
_HOLES = range(1, len(_PIECES), 2)


def _filled(hole: int, value: str) -> str:
    """The objects with a value in one hole, and what belongs there in all others."""
    return "".join((*_PIECES[:hole], json.dumps(value), *_PIECES[hole + 1 :]))


def _filled_alike(word: str, value: str) -> str:
    """The objects with a value in every hole that this word belongs in."""
    pieces = (
        json.dumps(value) if number in _HOLES and piece == word else piece for number, piece in enumerate(_PIECES)
    )
    return "".join(pieces)


RULES = [rule for rule in load_rules()[0] if rule.name != "external-ips"]
"""All rules but the one about a field whose value does not matter: the objects have it."""


def _said(text: str) -> list[str]:
    documents = tuple(read_documents(Source("all.yaml", text, "all.yaml")))
    assert all(isinstance(document.data, dict) for document in documents)
    report = lint(Workspace(Path(), Config(), documents), RULES)
    assert report.failures == ()
    return [f"{item.span}: {item.message}" for item in report.findings if item.severity is not Severity.NOTE]


def test_the_objects_are_right() -> None:
    assert _said(_filled_alike("", "")) == []


@pytest.mark.parametrize(("first", "value"), list(enumerate(DIALECTS.values())), ids=DIALECTS.keys())
def test_one_value_to_fill_in(first: int, value: str) -> None:
    """Every dialect in a third of the places, and so in every place a third of the dialects: one module knows them."""
    holes = (hole for hole in _HOLES[first % 3 :: 3] if value != "PORT" or not _is_choice(hole))
    said = {_key(hole): _said(_filled(hole, value)) for hole in holes}
    assert {where: what for where, what in said.items() if what} == {}


@pytest.mark.parametrize("dialect", ["envsubst", "mustache", "tokens", "angle", "ytt", "prefix"])
def test_a_word_to_fill_in_everywhere(dialect: str) -> None:
    said = {word: _said(_filled_alike(word, DIALECTS[dialect])) for word in dict.fromkeys(_PIECES[1::2])}
    assert {where: what for where, what in said.items() if what} == {}


def test_a_lone_word_in_capitals_where_a_few_words_can_stand() -> None:
    assert [_key(hole) for hole in _HOLES if _is_choice(hole) and not _said(_filled(hole, "HTTP"))] == []


def _key(hole: int) -> str:
    """A hole with what stands before it on its line."""
    return _PIECES[hole - 1].split("\n")[-1] + _PIECES[hole]


def _is_choice(hole: int) -> bool:
    """Whether one of a few words belongs in a hole, or a port's name: `HTTP` is more likely a mistake there."""
    choices = ("Local", "ClientIP", "SingleStack", "IPv4", "Prefix", "TCP")
    fields = (
        "  type: LoadBalancer",
        "  type: NodePort",
        "TrafficPolicy: Cluster",
        "scope: Cluster",
        "    - name: http",
    )
    return _PIECES[hole] in choices or _key(hole).endswith(fields)
