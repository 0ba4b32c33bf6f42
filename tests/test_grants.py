"""References across namespaces: the hop to the grant, and what it does to ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from klint import HopKind, State
from klint.exposure.grants import grant_hop
from klint.kube.grants import Reference
from klint.report.words import wanted

if TYPE_CHECKING:
    from tests.conftest import GraphOf

API = "gateway.networking.k8s.io"
SERVICE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: checkout}\n"
    "spec: {selector: {app: cart}, ports: [{port: 80}]}\n"
)
ROUTE = (
    f"apiVersion: {API}/v1\nkind: HTTPRoute\nmetadata: {{name: shop, namespace: shop}}\nspec:\n"
    "  parentRefs: [{name: door}]\n  rules: [{backendRefs: [{name: cart, namespace: checkout, port: 80}]}]\n"
)


def grant(source: str = "shop", kind: str = "HTTPRoute", name: str = "", namespace: str = "checkout") -> str:
    return (
        f"---\napiVersion: {API}/v1\nkind: ReferenceGrant\nmetadata: {{name: g, namespace: {namespace}}}\nspec:\n"
        f"  from: [{{group: {API}, kind: {kind}, namespace: {source}}}]\n"
        f"  to: [{{group: '', kind: Service, name: '{name}'}}]\n"
    )


STATES: dict[str, tuple[str, State, bool, str]] = {
    "no grant": (SERVICE, State.BROKEN, True, "no ReferenceGrant of namespace checkout permits it"),
    "a grant": (SERVICE + grant(), State.RESOLVED, False, ""),
    "a grant for the name": (SERVICE + grant(name="cart"), State.RESOLVED, False, ""),
    "another name": (grant(name="crat"), State.BROKEN, True, "ReferenceGrant checkout/g has to.name crat, not cart"),
    "two fields": (
        grant("web", "GRPCRoute"),
        State.BROKEN,
        True,
        "ReferenceGrant checkout/g has from.kind GRPCRoute, not HTTPRoute",
    ),
    "three fields": (
        grant("web", "GRPCRoute", "crat"),
        State.UNKNOWN,
        False,
        "no ReferenceGrant of namespace checkout permits it",
    ),
    "another place": (
        grant(namespace="shop"),
        State.BROKEN,
        True,
        "ReferenceGrant shop/g is not in namespace checkout",
    ),
    "a place that is left open": (SERVICE + grant(namespace="''"), State.UNKNOWN, False, ""),
    "a name that is filled in later": (SERVICE + grant(name="${NAME}"), State.UNKNOWN, False, ""),
    "nothing of the namespace": ("", State.UNKNOWN, False, "no ReferenceGrant of namespace checkout permits it"),
}


@pytest.mark.parametrize("name", STATES)
def test_what_becomes_of_a_reference(name: str, graph_of: GraphOf) -> None:
    manifests, state, certain, why = STATES[name]
    graph = graph_of(ROUTE + manifests)
    (route,) = graph.routes
    (backend,) = route.backends
    wants = graph.link(backend).hop.wants
    hop = grant_hop(Reference(route, wants, backend.name_at), graph._scope)
    assert hop is not None
    assert (hop.state, hop.certain, str(hop.why)) == (state, certain, why)
    assert wanted(hop) == "a ReferenceGrant for Service cart"


def test_without_a_grant_ways_end_before_the_port_of_the_service(graph_of: GraphOf) -> None:
    graph = graph_of(ROUTE + SERVICE)
    (found,) = graph.breaks(HopKind.GRANT)
    (way,) = found.ways
    assert [hop.kind for hop in way.hops] == [HopKind.PARENT, HopKind.BACKEND, HopKind.GRANT]
    assert not graph.breaks(HopKind.BACKEND, HopKind.PORT)


def test_with_a_grant_ways_are_as_within_a_namespace(graph_of: GraphOf) -> None:
    graph = graph_of(ROUTE + SERVICE + grant())
    (way,) = graph.ways
    assert way.service is not None
    assert HopKind.GRANT not in {hop.kind for hop in way.hops}
    assert not graph.breaks(HopKind.GRANT)
