"""Workloads that a Service selects beside its own: what tells them apart, and what speaks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import Reason

if TYPE_CHECKING:
    from tests.conftest import GraphOf


SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: shop}, ports: [{port: 8080}], MORE}\n"
)


def deployment(name: str, image: str, port: int, labels: str = "") -> str:
    container = f"{{name: c, image: {image}, ports: [{{containerPort: {port}}}]}}"
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n"
        f"spec: {{template: {{metadata: {{labels: {{app: shop, {labels}}}}}, spec: {{containers: [{container}]}}}}}}\n"
    )


WEB = deployment("web", "web", 8080, "component: web")
JOB = (
    "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\n"
    "spec: {template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: c, image: web}]}}}\n"
)


@pytest.mark.parametrize(
    ("more", "other", "reasons"),
    [
        ("", JOB, [Reason.ENDS]),
        ("", deployment("db", "db", 5432), [Reason.LISTENS_ELSEWHERE]),
        ("", deployment("api", "api", 8080, "component: api"), [Reason.OTHER_LABEL]),
        ("", deployment("api", "web", 8080, "component: api"), []),
        ("", deployment("web-v2", "api", 8080, "component: web, version: v2"), []),
        ("clusterIP: None", deployment("db", "db", 5432), []),
        ("clusterIP: None", JOB, [Reason.ENDS]),
    ],
)
def test_who_does_not_belong_there(graph_of: GraphOf, more: str, other: str, reasons: list[Reason]) -> None:
    graph = graph_of(SERVICE.replace("MORE", more) + other + WEB)
    found = graph.strangers(graph.services[0])
    assert [item.why.reason for item in found] == reasons
    assert all(item.beside.name == "web" for item in found)
