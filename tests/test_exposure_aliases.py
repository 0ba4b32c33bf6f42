"""ExternalName Services: where they lead, and whose settings decide whether a controller sends to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import Reason

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def alias(name: str) -> str:
    spec = f"{{type: ExternalName, externalName: {name}}}"
    return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: api}}\nspec: {spec}\n"


INGRESS = (
    "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop}\n"
    "spec: {ingressClassName: traefik, defaultBackend: {service: {name: api, port: {number: 80}}}}\n"
)
TRAEFIK = (
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: traefik}\n"
    "spec: {containers: [{name: c, image: traefik, args: [ARGUMENT]}]}\n"
)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("10.0.0.1", Reason.ADDRESS_AS_NAME),
        ("127.9.9.9", Reason.LOOPBACK_ADDRESS),
        ("localhost", Reason.LOOPBACK_NAME),
        ("169.254.169.254", Reason.METADATA_SERVER),
        ("api.example.com", None),
        ("'::1'", None),
    ],
)
def test_where_it_leads(graph_of: GraphOf, name: str, reason: Reason | None) -> None:
    graph = graph_of(alias(name))
    found = graph.alias(graph.services[0])
    assert found is not None
    assert found.fault.reason is reason


@pytest.mark.parametrize(
    ("pods", "certain"),
    [
        ("", [False]),
        (TRAEFIK, [True]),
        (TRAEFIK.replace("ARGUMENT", "--providers.kubernetesingress.allowexternalnameservices=true"), []),
    ],
)
def test_who_refuses_it(graph_of: GraphOf, pods: str, certain: list[bool]) -> None:
    graph = graph_of(alias("api.example.com") + INGRESS + pods)
    found = graph.alias(graph.services[0])
    assert found is not None
    assert [refusal.certain for refusal in found.refusals] == certain
    assert all(refusal.controller.name == "Traefik" for refusal in found.refusals)


def test_other_types_lead_nowhere_else(graph_of: GraphOf) -> None:
    graph = graph_of(alias("10.0.0.1").replace("ExternalName", "ClusterIP"))
    assert graph.alias(graph.services[0]) is None
