"""A route's backend → a Service and its port: resolved, broken or unknown, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from klint import State
from klint.exposure.backends import BackendLink
from klint.report.words import wanted

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def service(name: str, *, namespace: str = '""', ports: str = "{name: http, port: 80}", more: str = "") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{ports: [{ports}], {more}}}\n"
    )


def ingress(backend: str = "web", port: str = "number: 80", *, name: str = "i", namespace: str = '""') -> str:
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{defaultBackend: {{service: {{name: {backend!r}, port: {{{port}}}}}}}}}\n"
    )


def http_route(backend: str, *, namespace: str = '""') -> str:
    return (
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"
        f"metadata: {{name: r, namespace: {namespace}}}\nspec: {{rules: [{{backendRefs: [{{{backend}}}]}}]}}\n"
    )


def openshift_route(port: str, *, name: str = "r", backend: str = "web") -> str:
    return (
        f"---\napiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {{name: {name}}}\n"
        f"spec: {{to: {{kind: Service, name: {backend}}}, port: {{targetPort: {port}}}}}\n"
    )


def custom(kind: str, name: str) -> str:
    api, kind = kind.split()
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{}}\n"


def pod(ports: str) -> str:
    return (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\n"
        f"spec: {{containers: [{{name: c, ports: [{ports}]}}]}}\n"
    )


def followed(graph_of: GraphOf, manifests: str | Mapping[str, str], config: str = "") -> BackendLink:
    """The link of the first backend of the first route."""
    return graph_of(manifests, config).backend_links[0]


EXISTS = "targets: [{path: '**', exists: {services: [shop/web, 'legacy-*']}}]"

GRANT = (
    "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {name: g, namespace: b}\nspec:\n"
    "  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: a}]\n  to: [{group: '', kind: Service}]\n"
)

FOUND: Mapping[str, str | Mapping[str, str]] = {
    "in the same namespace": ingress(namespace="a") + service("web", namespace="a"),
    "the route leaves its namespace open": ingress() + service("web", namespace="a"),
    "the Service does": ingress(namespace="a") + service("web"),
    "in another folder": {"a/i.yaml": ingress(), "b/c/s.yaml": service("web")},
    "in a namespace that the Gateway API names": http_route("name: web, namespace: b, port: 80", namespace="a")
    + service("web", namespace="b")
    + GRANT,
}


@pytest.mark.parametrize("manifests", FOUND.values(), ids=FOUND)
def test_service_is_there(graph_of: GraphOf, manifests: str | Mapping[str, str]) -> None:
    found = followed(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.hop.near) == (State.RESOLVED, "", ())
    assert found.service is not None
    assert found.hop.target is found.service
    assert not found.is_broken


def test_the_exact_namespace_is_the_best(graph_of: GraphOf) -> None:
    found = followed(graph_of, ingress(namespace="a") + service("web") + service("web", namespace="a"))
    assert [item.namespace for item in found.services] == ["a"]


BROKEN: Mapping[str, tuple[str, str, bool]] = {
    "a name misspelt": (ingress("wbe") + service("web"), "there is Service web", True),
    "a word for the kind added": (ingress("web-svc") + service("web"), "there is Service web", True),
    "in another namespace": (
        ingress(namespace="a") + service("web", namespace="b"),
        "there is one in namespace b",
        True,
    ),
    "in a namespace that the Gateway API names wrongly": (
        http_route("name: web, namespace: c, port: 80") + service("web", namespace="b"),
        "there is one in namespace b",
        True,
    ),
    "a suffix, and no route leads to the other": (
        ingress("web") + service("web-prod"),
        "there is Service web-prod",
        False,
    ),
    "a suffix that the route's own name got": (
        openshift_route("http", name="web-prod") + service("web-prod") + service("web-stage"),
        "there is Service web-prod",
        True,
    ),
    "a prefix that the other lacks": (ingress("prod-web") + service("web"), "there is Service web", False),
    "only others": (ingress("api") + service("web"), "it is not defined in the workspace", False),
    "a sibling by number": (ingress("web2") + service("web1"), "it is not defined in the workspace", False),
    "a suffix, and the other has a route": (
        ingress("web") + ingress("web-prod", name="j") + service("web-prod"),
        "it is not defined in the workspace",
        False,
    ),
    "a suffix, and there are several": (
        ingress("web") + service("web-admin") + service("web-db"),
        "it is not defined in the workspace",
        False,
    ),
    "what only refers to Services makes none": (
        ingress("api") + service("web") + custom("cert-manager.io/v1 Certificate", "api"),
        "it is not defined in the workspace",
        False,
    ),
    "nor does what watches them": (
        ingress("api") + service("web") + custom("monitoring.coreos.com/v1 ServiceMonitor", "api"),
        "it is not defined in the workspace",
        False,
    ),
}


@pytest.mark.parametrize(("manifests", "why", "certain"), BROKEN.values(), ids=BROKEN)
def test_service_is_missing(graph_of: GraphOf, manifests: str, why: str, certain: bool) -> None:
    found = followed(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.hop.certain) == (State.BROKEN, why, certain)
    assert bool(found.hop.near) == why.startswith("there is")
    assert found.is_broken
    assert found.service is None
    assert found.port_hop is None


UNKNOWN: Mapping[str, tuple[str | Mapping[str, str], str]] = {
    "no Service is known": (ingress(), "no Service of its namespace is in the bundle"),
    "none of its namespace": (
        ingress(namespace="a") + service("api", namespace="b"),
        "no Service of its namespace is in the bundle",
    ),
    "none of a namespace that is left open": (
        ingress() + service("api", namespace="b"),
        "no Service of its namespace is in the bundle",
    ),
    "one of another environment": (
        {"production/i.yaml": ingress(), "staging/s.yaml": service("web")},
        "another bundle of the workspace has one in another namespace or environment",
    ),
    "one of another namespace, elsewhere": (
        {
            "a/i.yaml": ingress(namespace="a") + service("api", namespace="a"),
            "b/c/s.yaml": service("web", namespace="b"),
        },
        "another bundle of the workspace has one in another namespace or environment",
    ),
    "an operator's": (
        ingress("shop-kafka-bootstrap") + service("web") + custom("kafka.strimzi.io/v1 Kafka", "shop"),
        "Kafka shop may create it",
    ),
    "an operator's, named otherwise": (
        ingress("minio") + service("web") + custom("minio.min.io/v2 Tenant", "store"),
        "Tenant store may create it",
    ),
    "Knative's": (
        ingress("hello") + service("web") + custom("serving.knative.dev/v1 Service", "hello"),
        "Service hello may create it",
    ),
    "cert-manager's": (
        ingress("cm-acme-http-solver-x7") + service("web"),
        "cert-manager creates it while it solves a challenge",
    ),
    "in a document that does not parse": (
        ingress("wbe") + service("web") + "---  # broken\nkind: Service\nmetadata:\n  name: wbe\n namespace: x\n",
        "a document that does not parse may define it",
    ),
    "to be filled in": (
        ingress("${NAME}") + service("web"),
        "${NAME} is filled in later",
    ),
}


@pytest.mark.parametrize(("manifests", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_service_may_be_unseen(graph_of: GraphOf, manifests: str | Mapping[str, str], why: str) -> None:
    found = followed(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.hop.near, found.port_hop) == (State.UNKNOWN, why, (), None)
    assert not found.is_broken


@pytest.mark.parametrize(
    ("manifests", "state"),
    [
        (ingress("web", namespace="shop") + service("wbe"), State.RESOLVED),
        (ingress("web", namespace="blog") + service("wbe"), State.BROKEN),
        (ingress("legacy-web") + service("web"), State.RESOLVED),
    ],
)
def test_the_configuration_says_what_exists(graph_of: GraphOf, manifests: str, state: State) -> None:
    assert followed(graph_of, manifests, EXISTS).hop.state is state


# Ports

NAMED_LIKE_NO_OTHER = "{name: http-metrics-server, port: 80}"
BY_TARGET = "{port: 80, targetPort: 8080}"
SELECTOR = "selector: {app: web}"

PORT_FOUND: Mapping[str, str] = {
    "by number": ingress() + service("web"),
    "by name": ingress(port="name: http") + service("web"),
    "the second": ingress(port="number: 81") + service("web", ports="{name: a, port: 80}, {name: b, port: 81}"),
    "a long name, by number": ingress() + service("web", ports=NAMED_LIKE_NO_OTHER),
    "in the old form, by name": (
        "---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\n"
        "spec: {backend: {serviceName: web, servicePort: http}}\n"
    )
    + service("web"),
    "of the Gateway API": http_route("name: web, port: 80") + service("web"),
    "a Route's, by the Service port's name": openshift_route("http") + service("web"),
    "a Route's, by the pods' number": openshift_route("8080") + service("web", ports=BY_TARGET, more=SELECTOR),
    "a Route's, by the number that the pods give a name": openshift_route("8080")
    + service("web", ports="{port: 80, targetPort: http}", more=SELECTOR)
    + pod("{name: http, containerPort: 8080}"),
}


@pytest.mark.parametrize("manifests", PORT_FOUND.values(), ids=PORT_FOUND)
def test_port_is_there(graph_of: GraphOf, manifests: str) -> None:
    found = followed(graph_of, manifests)
    assert found.port_hop is not None
    assert (found.port_hop.state, str(found.port_hop.why)) == (State.RESOLVED, "")
    assert found.port is not None
    assert found.by_target is None


PORT_MISSING: Mapping[str, tuple[str, str]] = {
    "another number": (ingress(port="number: 81") + service("web"), "it has 80 (http)"),
    "another name": (ingress(port="name: web") + service("web"), "it has 80 (http)"),
    "a number in quotes is a name": (ingress(port="name: '80'") + service("web"), "it has 80 (http)"),
    "an empty name is not the missing one": (
        ingress(port="number: 8080") + service("web", ports="{port: 80}"),
        "it has 80",
    ),
    "a name that an Ingress may not use": (
        ingress(port="name: http-metrics-server") + service("web", ports=NAMED_LIKE_NO_OTHER),
        "it is longer than 15 characters",
    ),
    "a name of digits": (
        ingress(port="name: '8080'") + service("web", ports="{name: '8080', port: 80}"),
        "it must hold a letter",
    ),
    "the target port in the Gateway API": (
        http_route("name: web, port: 8080") + service("web", ports=BY_TARGET),
        "it has 80",
    ),
    "a Route's, by the Service's number": (
        openshift_route("80") + service("web", ports=BY_TARGET, more=SELECTOR),
        "its pods are reached on 8080",
    ),
    "a Route's, by the target port's name": (
        openshift_route("web") + service("web", ports="{name: http, port: 80, targetPort: web}", more=SELECTOR),
        "it has 80 (http)",
    ),
    "in the same namespace of another folder": (
        ingress(port="number: 81", namespace="shop") + service("web", namespace="shop"),
        "it has 80 (http)",
    ),
}


@pytest.mark.parametrize(("manifests", "why"), PORT_MISSING.values(), ids=PORT_MISSING)
def test_port_is_missing(graph_of: GraphOf, manifests: str, why: str) -> None:
    found = followed(graph_of, manifests)
    assert found.hop.state is State.RESOLVED
    assert found.port_hop is not None
    assert (found.port_hop.state, str(found.port_hop.why)) == (State.BROKEN, why)
    assert found.is_broken


PORT_UNKNOWN: Mapping[str, tuple[str | Mapping[str, str], str]] = {
    "of an ExternalName Service": (
        ingress() + service("web", ports="", more="type: ExternalName, externalName: example.com"),
        "its ports are not known",
    ),
    "of a Service whose ports are filled in later": (
        ingress() + service("web", ports="{name: http, port: PORT}"),
        "its ports are not known",
    ),
    "of a Service without ports": (ingress() + service("web", ports=""), "its ports are not known"),
    "a Route's, and the endpoints are somebody else's": (
        openshift_route("8080") + service("web"),
        "its ports are not known",
    ),
    "a Route's, and the pods are not known": (
        openshift_route("8080") + service("web", ports="{port: 80, targetPort: http}", more=SELECTOR),
        "its ports are not known",
    ),
    "of a Service that may be another": (
        {"a/i.yaml": ingress(port="number: 81"), "b/c/s.yaml": service("web")},
        "Service web is in another bundle, and may not be the one that is meant",
    ),
    "of one of two files that define the Service": (
        {
            "a/i.yaml": ingress(port="number: 81") + pod("name: http"),
            "a/s1.yaml": service("web", more="selector: {app: web}"),
            "a/s2.yaml": service("web", ports="port: 81", more="selector: {app: web}"),
        },
        "another file of the folder has such a port in its Service web",
    ),
}


@pytest.mark.parametrize(("manifests", "why"), PORT_UNKNOWN.values(), ids=PORT_UNKNOWN)
def test_port_may_be_there(graph_of: GraphOf, manifests: str | Mapping[str, str], why: str) -> None:
    found = followed(graph_of, manifests)
    assert found.port_hop is not None
    assert (found.port_hop.state, str(found.port_hop.why)) == (State.UNKNOWN, why)
    assert not found.is_broken


@pytest.mark.parametrize(
    ("manifests", "by_target"),
    [
        (ingress(port="number: 8080") + service("web", ports=BY_TARGET), 80),
        (ingress(port="name: web") + service("web", ports="{port: 80, targetPort: web}"), 80),
        (ingress(port="number: 8081") + service("web", ports=BY_TARGET), None),
        (ingress(port="name: '8080'") + service("web", ports=BY_TARGET), None),
        (http_route("name: web, port: 8080") + service("web", ports=BY_TARGET), None),
    ],
)
def test_what_ingress_nginx_alone_takes(graph_of: GraphOf, manifests: str, by_target: int | None) -> None:
    found = followed(graph_of, manifests)
    assert (found.by_target.number if found.by_target else None) == by_target


def test_no_port_is_asked_for(graph_of: GraphOf) -> None:
    found = followed(graph_of, http_route("name: web") + service("web"))
    assert (found.port_hop, found.port) == (None, None)


def test_a_service_elsewhere_is_not_the_one_that_was_renamed(graph_of: GraphOf) -> None:
    """Two overlays, one with a suffix: its Route has it, its Service has it, and the reference between them has not."""
    manifests = {
        "b/i.yaml": openshift_route("http", name="web-b") + service("web-b"),
        "a/c/i.yaml": openshift_route("http", name="web") + service("web"),
    }
    found = followed(graph_of, manifests)
    assert (found.hop.state, str(found.hop.why), found.hop.certain) == (State.BROKEN, "there is Service web-b", True)
    unlike = {**manifests, "b/i.yaml": openshift_route("http", name="web-x") + service("web-b")}
    assert followed(graph_of, unlike).hop.state is State.RESOLVED


def test_places(graph_of: GraphOf) -> None:
    found = followed(graph_of, ingress(port="name: x") + service("web"))
    assert found.hop.at.path == ("spec", "defaultBackend", "service", "name")
    assert found.port_hop is not None
    assert found.port_hop.at.path == ("spec", "defaultBackend", "service", "port", "name")


NO_SERVICES: Mapping[str, str] = {
    "an action of the AWS controller": ingress("ssl-redirect", "name: use-annotation"),
    "a resource": (
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
        "spec: {defaultBackend: {resource: {kind: Bucket, name: web}}}\n"
    ),
    "a kind of an implementation": http_route("group: gateway.envoyproxy.io, kind: Backend, name: web, port: 80"),
}


@pytest.mark.parametrize("manifests", NO_SERVICES.values(), ids=NO_SERVICES)
def test_what_is_no_service_is_not_followed(graph_of: GraphOf, manifests: str) -> None:
    assert graph_of(manifests + service("wbe")).backend_links == ()


@pytest.mark.parametrize("group", ["multicluster.x-k8s.io", "net.gke.io"])
def test_an_imported_service_is_the_one_that_is_exported_here(graph_of: GraphOf, group: str) -> None:
    route = http_route(f"group: {group}, kind: ServiceImport, name: web, port: 80", namespace="a")
    export = f"---\napiVersion: {group}/v1\nkind: ServiceExport\nmetadata: {{name: web, namespace: a}}\n"
    found = followed(graph_of, route + export + service("web", namespace="a"))
    assert (found.hop.state, str(found.service)) == (State.RESOLVED, "Service a/web")
    assert found.port_hop is not None
    assert found.port_hop.state is State.RESOLVED


UNKNOWN_IMPORTS: Mapping[str, str] = {
    "nothing exports it": service("web", namespace="a"),
    "another one is exported": service("web", namespace="a") + custom("net.gke.io/v1 ServiceExport", "x"),
    "exported in another cluster": custom("net.gke.io/v1 ServiceExport", "web"),
    "a slip": service("wbe", namespace="a"),
}


@pytest.mark.parametrize("manifests", UNKNOWN_IMPORTS.values(), ids=UNKNOWN_IMPORTS)
def test_a_service_may_be_imported_from_another_cluster(graph_of: GraphOf, manifests: str) -> None:
    route = http_route("group: net.gke.io, kind: ServiceImport, name: web, port: 80", namespace="a")
    found = followed(graph_of, route + manifests)
    assert (found.hop.state, found.port_hop, found.is_broken) == (State.UNKNOWN, None, False)


def test_path_through(graph_of: GraphOf) -> None:
    """From the class to where it ends: at a missing Service, a missing port, or the pods."""
    manifests = (
        ingress() + ingress("wbe", name="b") + ingress(port="number: 1", name="c") + service("web", more=SELECTOR)
    )
    graph = graph_of(manifests + pod(""))
    wants = [[wanted(hop) for hop in graph.path_through(link)] for link in graph.backend_links]
    assert wants == [
        ["a default IngressClass", "Service web", "pods with app=web"],
        ["a default IngressClass", "Service wbe"],
        ["a default IngressClass", "Service web", "port 1 of Service web"],
    ]
