"""Gateway API: which listeners take a route, and why the others do not."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from klint import HopKind, Reason, State
from klint.exposure.attachment import Attached, hosts_meet
from klint.kube.listeners import conflicts
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
    elsewhere = attached(graph_of, route(", kind: ListenerSet") + other).parent_hop
    assert (elsewhere.state, elsewhere.why.reason) == (State.BROKEN, Reason.IN_OTHER_NAMESPACE)


def listener_set(parent: str = "infra", namespace: str = "infra") -> str:
    return (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\n"
        f"metadata: {{name: more, namespace: {namespace}}}\n"
        f"spec: {{parentRef: {{name: door, namespace: {parent}}}, "
        "listeners: [{name: own, port: 8080, protocol: HTTP}]}\n"
    )


def allowing(namespaces: str) -> str:
    return gateway(WEB) + f"  allowedListeners: {{namespaces: {namespaces}}}\n"


SETS = {
    "not asked for": (gateway(WEB) + listener_set(), State.BROKEN, Reason.SET_NOT_ALLOWED),
    "of no namespace": (allowing("{from: None}") + listener_set(), State.BROKEN, Reason.SET_NOT_ALLOWED),
    "of its own namespace": (allowing("{from: Same}") + listener_set(), State.RESOLVED, None),
    "of another namespace": (
        allowing("{from: Same}") + listener_set(namespace="shop"),
        State.BROKEN,
        Reason.SET_NOT_ALLOWED,
    ),
    "of every namespace": (allowing("{from: All}") + listener_set(namespace="shop"), State.RESOLVED, None),
    "of a namespace by its label": (
        allowing("{from: Selector, selector: {matchLabels: {door: open}}}")
        + listener_set(namespace="shop")
        + namespace("shop", "{door: open}"),
        State.RESOLVED,
        None,
    ),
    "of a namespace whose labels nobody knows": (
        allowing("{from: Selector, selector: {matchLabels: {door: open}}}") + listener_set(namespace="shop"),
        State.UNKNOWN,
        Reason.NAMESPACE_OPEN,
    ),
    "of a Gateway that is not here": (listener_set(), State.UNKNOWN, Reason.NOT_IN_WORKSPACE),
    "of a Gateway in another namespace": (
        allowing("{from: All}") + listener_set("shop"),
        State.BROKEN,
        Reason.IN_OTHER_NAMESPACE,
    ),
}


@pytest.mark.parametrize(("manifests", "state", "reason"), SETS.values(), ids=SETS)
def test_listener_sets_that_a_gateway_allows(
    graph_of: GraphOf, manifests: str, state: State, reason: Reason | None
) -> None:
    graph = graph_of(manifests)
    hop = graph.gateway_hop(graph.listener_sets[0])
    assert (hop.state, hop.why.reason) == (state, reason)
    entries = [str(entry) for entry in graph.entries]
    assert ("Gateway 8080 of Gateway infra/door" in entries) == (state is State.RESOLVED)


def test_a_way_through_a_listener_set(graph_of: GraphOf) -> None:
    graph = graph_of(
        route(", kind: ListenerSet").replace("name: door", "name: more") + allowing("{from: Same}") + listener_set()
    )
    (arrival,) = graph.arrivals(graph.routes[0])
    assert [str(hop.source) for hop in arrival.hops] == ["ListenerSet infra/more", *["HTTPRoute infra/shop"] * 2]
    assert str(arrival.entry) == "Gateway 8080 of Gateway infra/door"
    shut = graph_of(route(", kind: ListenerSet").replace("name: door", "name: more") + gateway(WEB) + listener_set())
    assert [item.is_broken for item in shut.arrivals(shut.routes[0])] == [True]


CONFLICTS: dict[str, tuple[list[str], list[str]]] = {
    "ports": ([WEB, "{name: alt, port: 81, protocol: HTTP}"], []),
    "hosts": ([listener("hostname: a.example.com"), "{name: alt, port: 80, protocol: HTTP}"], []),
    "TCP and UDP": (["{name: a, port: 53, protocol: TCP}", "{name: b, port: 53, protocol: UDP}"], []),
    "HTTPS and TLS": (["{name: a, port: 443, protocol: HTTPS}", "{name: b, port: 443, protocol: TLS}"], []),
    "one name": ([WEB, "{name: web, port: 81, protocol: HTTP}"], ["web name"]),
    "one port": ([WEB, "{name: alt, port: 80, protocol: http}"], ["alt hostname"]),
    "one host": (
        [listener("hostname: a.example.com"), "{name: b, port: 80, protocol: HTTP, hostname: A.example.com}"],
        ["b hostname"],
    ),
    "one port for TCP": (["{name: a, port: 1, protocol: TCP}", "{name: b, port: 1, protocol: TCP}"], ["b port"]),
    "HTTP beside TCP": ([WEB, "{name: db, port: 80, protocol: TCP}"], ["db protocol"]),
    "TLS beside TCP": (["{name: a, port: 1, protocol: TCP}", "{name: b, port: 1, protocol: TLS}"], ["b protocol"]),
    "HTTP beside HTTPS": ([WEB, "{name: tls, port: 80, protocol: HTTPS}"], ["tls TLS"]),
    "a port that is filled in later": ([WEB, '{name: alt, port: "${PORT}", protocol: HTTP}'], []),
    "a host that is filled in later": ([WEB, '{name: alt, port: 80, protocol: HTTP, hostname: "${HOST}"}'], []),
}


@pytest.mark.parametrize(("listeners", "found"), CONFLICTS.values(), ids=CONFLICTS)
def test_listeners_that_are_not_distinct(graph_of: GraphOf, listeners: list[str], found: list[str]) -> None:
    (door,) = graph_of(gateway(*listeners)).gateways
    assert [f"{item.listener.name} {item.over}" for item in conflicts(door.listeners)] == found


def test_listeners_that_conflict_take_no_route(graph_of: GraphOf) -> None:
    found = attached(graph_of, route() + gateway(WEB, "{name: db, port: 80, protocol: TCP}"))
    assert found.listener_hop is not None
    assert (found.listener_hop.why.reason, found.refusal) == (Reason.LISTENERS_CONFLICT, None)
    other = attached(graph_of, route() + gateway(WEB, WEB.replace("web", "alt"), "{name: c, port: 81, protocol: HTTP}"))
    assert [item.name for item in other.listeners] == ["c"]


MISSING = {
    "in another namespace": (route(", namespace: shop"), State.BROKEN, Reason.IN_OTHER_NAMESPACE),
    "of nearly that name": (route().replace("name: door", "name: dooor"), State.BROKEN, Reason.SIMILAR),
    "of another name": (route().replace("name: door", "name: edge"), State.UNKNOWN, Reason.NOT_IN_WORKSPACE),
    "to be filled in": (route().replace("name: door", 'name: "${DOOR}"'), State.UNKNOWN, Reason.FILLED_IN_LATER),
}


@pytest.mark.parametrize(("manifest", "state", "reason"), MISSING.values(), ids=MISSING)
def test_gateways_that_are_missing(graph_of: GraphOf, manifest: str, state: State, reason: Reason) -> None:
    manifest = manifest.replace("namespace: infra, namespace: shop", "namespace: shop")
    found = attached(graph_of, manifest + gateway(WEB))
    assert (found.parent_hop.state, found.parent_hop.why.reason, found.listener_hop) == (state, reason, None)


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
