"""Port-forwards that Skaffold files and Tiltfiles declare."""

import pytest

from klint.scripts.forwards import Forward
from klint.scripts.sources import read_declared_forwards
from klint.text.source import Source

SKAFFOLD = """\
apiVersion: skaffold/v4beta11
kind: Config
portForward:
  - resourceType: service
    resourceName: web
    namespace: shop
    port: 80
    localPort: 8080
    address: 0.0.0.0
  - resourceType: deployment
    resourceName: api
    port: http
profiles:
  - name: production
    portForward:
      - {resourceType: pod, resourceName: "db", port: 5432}
  - name: dev
---
kind: Config
"""


def found(path: str, text: str) -> list[Forward]:
    return list(read_declared_forwards(Source(path, text, path)))


def facts(forward: Forward) -> tuple[str, ...]:
    return (
        forward.kind,
        forward.name,
        forward.namespace,
        forward.local_port,
        forward.port,
        forward.address,
        forward.profile,
    )


def test_skaffold() -> None:
    forwards = found("deploy/skaffold.yaml", SKAFFOLD)
    assert [facts(forward) for forward in forwards] == [
        ("Service", "web", "shop", "8080", "80", "0.0.0.0", ""),
        ("Deployment", "api", "", "", "http", "", ""),
        ("Pod", "db", "", "", "5432", "", "production"),
    ]
    assert [(forward.at.line, forward.at.column) for forward in forwards] == [(5, 19), (11, 19), (16, 43)]
    assert {forward.tool for forward in forwards} == {"Skaffold"}


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("8080", [("8080", "8080", "")]),
        ("'8080:80'", [("8080", "80", "")]),
        ("[8080, '9090:90']", [("8080", "8080", ""), ("9090", "90", "")]),
        ("'0.0.0.0:8080:80'", [("8080", "80", "0.0.0.0")]),
        ("port_forward(8080)", [("8080", "8080", "")]),
        ("port_forward(8080, 80, host='0.0.0.0')", [("8080", "80", "0.0.0.0")]),
        ("[port_forward(local_port=1, container_port=2)]", [("1", "2", "")]),
        ("PORTS", [("", "", "")]),
    ],
)
def test_tilt(argument: str, expected: list[tuple[str, str, str]]) -> None:
    forwards = found("Tiltfile", f"k8s_yaml('é.yaml')\nk8s_resource(\n  'web', port_forwards={argument})\n")
    assert [(forward.local_port, forward.port, forward.address) for forward in forwards] == expected
    assert {forward.name for forward in forwards} == {"web"}
    assert forwards[0].at.line == 3


def test_places_in_a_tiltfile_count_characters() -> None:
    (forward,) = found("Tiltfile", "k8s_resource('é☃', port_forwards=[8080])")
    assert (forward.at.column, forward.at.end_column) == (35, 39)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Tiltfile", "# k8s_resource('web', port_forwards=8080)"),
        ("Tiltfile", "print(\"k8s_resource('web', port_forwards=8080)\")"),
        ("Tiltfile", "k8s_resource('web')"),
        ("Tiltfile", "docker_build('web', port_forwards=8080)"),
        ("Tiltfile", "this is no (Starlark"),
        ("Tiltfile", "x = 1if 2else 3\n"),
        ("skaffold.yaml", "kind: Config\nportForward: none\n"),
        ("skaffold.yaml", "a: [\n"),
        ("skaffold.yaml", ""),
        ("other.yaml", SKAFFOLD),
    ],
)
def test_nothing_is_declared(path: str, text: str) -> None:
    assert found(path, text) == []
