"""OpenShift Templates: what `oc process` makes of them with the defaults, at the lines of the Template."""

from collections.abc import Callable
from typing import Any

import pytest

from klint import Graph, Source
from klint.kube.objects import read_resources
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.text.reading import read_documents

GraphOf = Callable[..., Graph]

TEMPLATE = """\
apiVersion: template.openshift.io/v1
kind: Template
metadata:
  name: shop
labels:
  template: shop
objects:
  - apiVersion: v1
    kind: Service
    metadata:
      name: ${NAME}
      labels: {app: web, template: own}
    spec:
      ports:
        - port: ${{PORT}}
          targetPort: ${TARGET}
      externalName: ${HOST}
parameters:
  - name: NAME
    value: web
  - name: PORT
    value: "80"
  - name: TARGET
    value: "8080"
  - name: HOST
    required: true
  - name: PASSWORD
    generate: expression
    from: "[a-z]{8}"
"""


def resources(text: str) -> list[Resource]:
    return [
        item for document in read_documents(Source("t.yaml", text, "t.yaml")) for item in read_resources(document, {})
    ]


def test_defaults_are_filled_in() -> None:
    (service,) = resources(TEMPLATE)
    assert isinstance(service, Service)
    assert service.name == "web"
    assert service.data["spec"]["ports"] == [{"port": 80, "targetPort": "8080"}], "only ${{X}} makes a number"
    assert service.data["spec"]["externalName"] == "${HOST}", "nobody knows it yet"


def test_labels_of_the_template_go_over_the_objects_own() -> None:
    (service,) = resources(TEMPLATE)
    assert service.data["metadata"]["labels"] == {"app": "web", "template": "shop"}


def test_places_are_those_of_the_template() -> None:
    (service,) = resources(TEMPLATE)
    assert str(service.at("spec", "ports", 0, "port").span) == "t.yaml:15:17"
    assert str(service.at("metadata", "name").span) == "t.yaml:11:13"


FILLED_IN: list[tuple[str, Any]] = [
    ("${NAME}", "web"),
    ("a-${NAME}-${PORT}", "a-web-80"),
    ("${{PORT}}", 80),
    ("${{NAME}}", "web"),
    ("x${{PORT}}", "x${{PORT}}"),
    ("${UNKNOWN}", "${UNKNOWN}"),
    ("${{HOST}}", "${{HOST}}"),
    ("${PASSWORD}", "${PASSWORD}"),
    ("$(NAME)", "$(NAME)"),
    ("$NAME", "$NAME"),
]


@pytest.mark.parametrize(("text", "value"), FILLED_IN, ids=[text for text, _ in FILLED_IN])
def test_what_is_filled_in(text: str, value: Any) -> None:
    (service,) = resources(TEMPLATE.replace("externalName: ${HOST}", f"externalName: '{text}'"))
    assert service.data["spec"]["externalName"] == value


KINDS = [
    ("template.openshift.io/v1", 1),
    ("v1", 1),  # as OpenShift 3 wrote it
    ("example.com/v1", 0),
]


@pytest.mark.parametrize(("version", "count"), KINDS)
def test_only_openshifts_templates_are(version: str, count: int) -> None:
    found = resources(TEMPLATE.replace("template.openshift.io/v1", version, 1))
    assert len([item for item in found if item.kind == "Service"]) == count


@pytest.mark.parametrize("objects", ["objects: null", "objects: {a: b}", "objects: [1, null, {}, {kind: 1}]", "x: 1"])
def test_odd_templates_hold_nothing(objects: str) -> None:
    head = "apiVersion: template.openshift.io/v1\nkind: Template\nparameters: [1, {name: 1}, {value: x}]\nlabels: [1]\n"
    assert resources(head + objects + "\n") == []


def test_what_is_filled_in_later_is_unknown(graph_of: GraphOf) -> None:
    """A Service may be called as the Route wants it once the parameter is given; a default is a name like any other."""
    route = """\
  - apiVersion: route.openshift.io/v1
    kind: Route
    metadata: {name: web}
    spec:
      to: {kind: Service, name: "BACKEND"}
parameters:
"""

    def states(backend: str) -> list[str]:
        graph: Graph = graph_of(TEMPLATE.replace("parameters:\n", route.replace("BACKEND", backend)))
        return [link.hop.state.value for link in graph.backend_links]

    assert states("${NAME}") == ["resolved"]
    assert states("${HOST}") == ["unknown"]
    assert states("${NAME}x") == ["broken"]
