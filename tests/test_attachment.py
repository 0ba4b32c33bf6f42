"""Gateway API: which listeners take a route, and why the others do not."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from klint import HopKind, Reason, State
from klint.exposure.attachment import Attached, hosts_meet
from klint.report.words import wanted

if TYPE_CHECKING:
    from tests.conftest import GraphOf

WEB = "{name: web, port: 80, protocol: HTTP}"


def gateway(*listeners: str, namespace: str = "infra") -> str:
    items = "".join(f"    - {listener}\n" for listener in listeners)
    head = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n"
    return f"{head}metadata: {{name: door, namespace: {namespace}}}\nspec:\n  listeners:\n{items}"


def route(parent: str = "", kind: str = "HTTPRoute", namespace: str = "infra", hosts: str = "", api: str = "v1") -> str:
    return (
        f"---\napiVersion: gateway.networking.k8s.io/{api}\nkind: {kind}\n"
        f"metadata: {{name: shop{f', namespace: {namespace}' if namespace else ''}}}\n"
        f"spec:\n  parentRefs: [{{name: door, namespace: infra{parent}}}]\n"
        f"{f'  hostnames: [{hosts}]' if hosts else ''}\n"
        "  rules: [{backendRefs: [{name: shop, port: 80}]}]\n"
    )


def namespace(name: str, labels: str) -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n"


def listener(more: str) -> str:
    return f"{{name: web, port: 80, protocol: HTTP, {more}}}"


def allowed(namespaces: str) -> str:
    return listener(f"allowedRoutes: {{namespaces: {namespaces}}}")


def attached(graph_of: GraphOf, manifests: str) -> Attached:
    graph = graph_of(manifests)
    (found,) = graph.attachments(graph.routes[0])
    return found


TAKEN: dict[str, tuple[str, list[str]]] = {
    "all listeners": (route() + gateway(WEB, "{name: alt, port: 81, protocol: HTTP}"), ["web", "alt"]),
    "the section": (
        route(", sectionName: alt") + gateway(WEB, "{name: alt, port: 81, protocol: HTTP}"),
        ["alt"],
    ),
    "the port": (route(", port: 81") + gateway(WEB, "{name: alt, port: 81, protocol: HTTP}"), ["alt"]),
    "of its protocol": (route() + gateway(WEB, "{name: db, port: 5432, protocol: TCP}"), ["web"]),
    "gRPC over HTTPS": (
        route(kind="GRPCRoute")
        + gateway("{name: tls, port: 443, protocol: HTTPS}", "{name: u, port: 1, protocol: UDP}"),
        ["tls"],
    ),
    "a kind that is listed": (
        route(kind="TCPRoute")
        + gateway("{name: any, port: 1, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}}"),
        ["any"],
    ),
    "a protocol of the implementation's own": (
        route(kind="UDPRoute") + gateway("{name: own, port: 1, protocol: example.com/quic}"),
        ["own"],
    ),
    "from every namespace": (route(namespace="shop") + gateway(allowed("{from: All}")), ["web"]),
    "from namespaces with a label": (
        route(namespace="shop")
        + gateway(allowed("{from: Selector, selector: {matchLabels: {door: open}}}"))
        + namespace("shop", "{door: open}"),
        ["web"],
    ),
    "from a namespace by its name": (
        route(namespace="shop")
        + gateway(allowed("{from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}"))
        + namespace("shop", "{}"),
        ["web"],
    ),
    "a host of the wildcard": (
        route(hosts="a.b.example.com") + gateway(listener('hostname: "*.example.com"')),
        ["web"],
    ),
    "one host of several": (
        route(hosts="shop.example.org, shop.example.com") + gateway(listener("hostname: shop.example.com")),
        ["web"],
    ),
    "no host, which is the listener's": (route() + gateway(listener("hostname: shop.example.com")), ["web"]),
}


@pytest.mark.parametrize(("manifests", "listeners"), TAKEN.values(), ids=TAKEN)
def test_listeners_that_take_a_route(graph_of: GraphOf, manifests: str, listeners: list[str]) -> None:
    found = attached(graph_of, manifests)
    assert [item.name for item in found.listeners] == listeners
    assert found.listener_hop is not None
    assert found.listener_hop.state is State.RESOLVED
    assert [hop.kind for hop in found.hops] == [HopKind.PARENT, HopKind.LISTENER]


REFUSED: dict[str, tuple[str, Reason]] = {
    "no such section": (route(", sectionName: wbe") + gateway(WEB), Reason.NO_SUCH_SECTION),
    "no such port": (route(", port: 8080") + gateway(WEB), Reason.NO_SUCH_PORT),
    "section and port of two listeners": (
        route(", sectionName: web, port: 81") + gateway(WEB, "{name: alt, port: 81, protocol: HTTP}"),
        Reason.NO_SUCH_PORT,
    ),
    "another protocol": (route() + gateway("{name: db, port: 1, protocol: TCP}"), Reason.KIND_NOT_ALLOWED),
    "another kind": (
        route() + gateway(listener("allowedRoutes: {kinds: [{kind: GRPCRoute}]}")),
        Reason.KIND_NOT_ALLOWED,
    ),
    "another namespace": (route(namespace="shop") + gateway(WEB), Reason.NAMESPACE_NOT_ALLOWED),
    "a namespace without the label": (
        route(namespace="shop")
        + gateway(allowed("{from: Selector, selector: {matchLabels: {door: open}}}"))
        + namespace("shop", "{door: shut}"),
        Reason.NAMESPACE_NOT_ALLOWED,
    ),
    "no namespace at all": (route() + gateway(allowed("{from: None}")), Reason.NAMESPACE_NOT_ALLOWED),
    "another host": (
        route(hosts="shop.example.org") + gateway(listener("hostname: shop.example.com")),
        Reason.HOST_NOT_ALLOWED,
    ),
    "the apex of the wildcard": (
        route(hosts="example.com") + gateway(listener('hostname: "*.example.com"')),
        Reason.HOST_NOT_ALLOWED,
    ),
}


@pytest.mark.parametrize(("manifests", "reason"), REFUSED.values(), ids=REFUSED)
def test_listeners_that_refuse_a_route(graph_of: GraphOf, manifests: str, reason: Reason) -> None:
    found = attached(graph_of, manifests)
    assert found.listener_hop is not None
    assert (found.listener_hop.state, found.listener_hop.why.reason) == (State.BROKEN, reason)
    assert found.listeners == ()
    assert wanted(found.listener_hop) == "a listener of Gateway door"
    graph = graph_of(manifests)
    (ended,) = graph.breaks(HopKind.LISTENER)
    assert [str(item) for item in ended.routes] == [str(graph.routes[0])]


UNKNOWN = {
    "a namespace that is left open": route(namespace="") + gateway(WEB),
    "labels of a namespace that is not there": route(namespace="shop")
    + gateway(allowed("{from: Selector, selector: {matchLabels: {door: open}}}")),
    "a section that is filled in later": route(', sectionName: "${SECTION}"') + gateway(WEB),
    "a host that is filled in later": route(hosts='"${HOST}"') + gateway(listener("hostname: shop.example.com")),
}


@pytest.mark.parametrize("manifests", UNKNOWN.values(), ids=UNKNOWN)
def test_listeners_that_may_take_a_route(graph_of: GraphOf, manifests: str) -> None:
    found = attached(graph_of, manifests)
    assert found.listener_hop is not None
    assert found.listener_hop.state is State.UNKNOWN
    assert [item.name for item in found.listeners] == ["web"]


def test_a_gateway_without_listeners_says_nothing(graph_of: GraphOf) -> None:
    found = attached(graph_of, route() + gateway(WEB).replace(indent(f"- {WEB}\n", "    "), ""))
    assert found.gateway is not None
    assert (found.parent_hop.state, found.listener_hop) == (State.RESOLVED, None)


def test_a_mesh_is_no_attachment(graph_of: GraphOf) -> None:
    graph = graph_of(route(", kind: Service, group: ''") + gateway(WEB))
    assert graph.attachments(graph.routes[0]) == ()
    assert list(graph.ways) == []


def test_a_listener_set_stands_for_its_gateway(graph_of: GraphOf) -> None:
    there = (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {name: door, namespace: infra}\n"
    )
    assert attached(graph_of, route(", kind: ListenerSet") + there).parent_hop.state is State.RESOLVED
    assert attached(graph_of, route(", kind: ListenerSet")).parent_hop.state is State.UNKNOWN
    other = there.replace("infra", "other")
    assert attached(graph_of, route(", kind: ListenerSet") + other).parent_hop.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a.example.com", "a.example.com", True),
        ("A.example.com", "a.Example.com", True),
        ("a.example.com", "b.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "*.a.example.com", True),
        ("*.example.com", "*.example.org", False),
        ("*.example.com", "badexample.com", False),
    ],
)
def test_hosts_that_meet(one: str, other: str, meet: bool) -> None:
    assert hosts_meet(one, other) == hosts_meet(other, one) == meet
