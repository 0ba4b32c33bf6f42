"""Well-known servers: two signs that agree are enough, and one is not."""

import pytest

from klint.kube.well_known import WELL_KNOWN, WellKnown, recognize
from klint.kube.workload import Container, Workload
from klint.text.reading import read_documents
from klint.text.source import Source

ROWS = pytest.mark.parametrize("row", WELL_KNOWN, ids=lambda row: row.name)


def containers(image: str = "example.com/app:1", args: str = "[]", value: str = "") -> tuple[Container, ...]:
    env = f"[{{name: OPTIONS, value: '{value}'}}]"
    text = f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: '{image}', args: {args}, env: {env}}}]}}\n"
    (document,) = read_documents(Source("pod.yaml", text))
    return Workload.of(document).pods[0].containers


@ROWS
def test_a_row_says_what_it_is_and_where_from(row: WellKnown) -> None:
    assert row.source
    assert row.words or row.images
    assert set(row.http) <= set(row.ports)
    assert all(word == word.lower() for word in row.words)


@ROWS
def test_a_number_alone_says_nothing(row: WellKnown) -> None:
    for number in row.ports:
        assert recognize([number], ["a", "tcp", ""], ["app"], containers()) is None


@ROWS
def test_a_number_and_an_image(row: WellKnown) -> None:
    for image in row.images:
        for number in row.ports:
            found = recognize([None, number], [], [], containers(f"registry.example.com:5000/{image}:1@sha256:00"))
            assert found is not None
            assert number in found.ports
            assert image in found.images


@ROWS
def test_a_number_and_a_name(row: WellKnown) -> None:
    for word in row.words:
        for number in row.ports:
            by_port = recognize([number], [f"TCP-{word}"], [], containers())
            by_owner = recognize([number], [], [f"shop-{word}"] if "-" not in word else [word], containers())
            assert by_owner is not None
            assert number in by_owner.ports
            assert word in by_owner.words
            if "-" not in word:
                assert by_port is by_owner


@ROWS
def test_a_name_or_an_image_alone_says_nothing(row: WellKnown) -> None:
    for word in row.words:
        assert recognize([4711], [word], [word], containers()) is None
    for image in row.images:
        assert recognize([4711], ["web"], [image.rpartition("/")[2]], containers(image)) is None


def test_an_image_and_the_name_of_a_port() -> None:
    found = recognize([6380], ["redis"], [], containers("redis:8"))
    assert found is not None
    assert found.name == "Redis"
    assert recognize([9121], ["redis-metrics"], [], containers("redis:8")) is None


def test_a_port_for_clients_outside_is_meant_to_be_open() -> None:
    assert recognize([9092], ["external"], ["kafka"], containers("apache/kafka:4.0.0")) is None


@pytest.mark.parametrize(
    ("number", "args", "value", "name"),
    [
        (8000, "[]", "-agentlib:jdwp=transport=dt_socket,server=y,address=*:8000", "the JVM debugger"),
        (8000, "[java, '-agentlib:jdwp=transport=dt_socket,server=y,address=8000']", "", "the JVM debugger"),
        (8000, "[]", "-agentlib:jdwp=transport=dt_socket,server=y,address=localhost:8000", None),
        (800, "[]", "-agentlib:jdwp=transport=dt_socket,server=y,address=*:8000", None),
        (9230, "[node, '--inspect=0.0.0.0:9230']", "", "the Node.js inspector"),
        (9230, "[node, '--inspect-brk=[::]:9230']", "", "the Node.js inspector"),
        (9230, "[]", "--inspect=0.0.0.0:9230", "the Node.js inspector"),
        (9230, "[node, '--inspect=9230']", "", None),
        (4000, "[dlv, exec, --listen, ':4000', /app]", "", "Delve"),
        (4000, "[dlv, exec, '--listen=127.0.0.1:4000', /app]", "", None),
        (3000, "[python, -m, debugpy, --listen, '0.0.0.0:3000', app.py]", "", "debugpy"),
        (3000, "[serve, --listen, '0.0.0.0:3000']", "", None),
    ],
)
def test_options_that_open_a_port(number: int, args: str, value: str, name: str | None) -> None:
    found = recognize([number], [], [], containers(args=args, value=value))
    assert (found.name if found else None) == name
