"""An Ingress → its class, its controller and the controller's entry: resolved, broken or unknown, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from klint import State
from klint.exposure.serving import Serving
from klint.kube.controllers import INGRESS_CONTROLLERS

if TYPE_CHECKING:
    from tests.conftest import GraphOf


def ingress(name: str = "i", *, field: str = "", annotation: str | None = None) -> str:
    annotated = "" if annotation is None else f"annotations: {{kubernetes.io/ingress.class: {annotation!r}}}"
    class_name = f"ingressClassName: {field}, " if field else ""
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, {annotated}}}\n"
        f"spec: {{{class_name}defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}\n"
    )


def ingress_class(name: str, controller: str = "k8s.io/ingress-nginx", *, default: str = "") -> str:
    annotated = f"annotations: {{ingressclass.kubernetes.io/is-default-class: {default!r}}}" if default else ""
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: {name}, {annotated}}}\n"
        f"spec: {{controller: {controller}}}\n"
    )


def controller(
    image: str = "registry.k8s.io/ingress-nginx/controller:v1", *, name: str = "c", args: str = "", more: str = ""
) -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: edge}}\n"
        f"spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, "
        f"spec: {{containers: [{{name: c, image: {image}, args: [{args}]{more}}}]}}}}}}\n"
    )


def release(chart: str, values: str) -> str:
    return (
        f"---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {chart}, namespace: edge}}\n"
        f"spec: {{chart: {{spec: {{chart: {chart}}}}}, values: {values}}}\n"
    )


def service(kind: str, *, name: str = "c", more: str = "") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: edge, {more}}}\n"
        f"spec: {{type: {kind}, selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
    )


def served(graph_of: GraphOf, manifests: str | Mapping[str, str], config: str = "") -> Serving:
    """How the first Ingress is served."""
    graph = graph_of(manifests, config)
    return graph.serving(graph.ingresses[0])


CLASSES = "targets: [{path: '**', exists: {ingress-classes: [public, 'internal-*']}}]"


def platform(name: str) -> str:
    return f"targets: [{{path: '**', platform: {name}}}]"


# Named classes

RESOLVED: Mapping[str, tuple[str, str, str, str]] = {
    "by field": (ingress(field="a") + ingress_class("a"), "", "", "ingress-nginx"),
    "by annotation": (
        ingress(annotation="a") + ingress_class("a", "traefik.io/ingress-controller"),
        "",
        "",
        "Traefik",
    ),
    "the field goes before the annotation": (
        ingress(field="a", annotation="b") + ingress_class("a") + ingress_class("b", "traefik.io/ingress-controller"),
        "",
        "",
        "ingress-nginx",
    ),
    "of a controller that klint does not know": (ingress(field="a") + ingress_class("a", "example.com/x"), "", "", ""),
    "declared": (ingress(field="public"), CLASSES, "the configuration says it exists", ""),
    "declared by a pattern": (ingress(field="internal-b"), CLASSES, "the configuration says it exists", ""),
    "not defined, but its usual controller is here": (
        ingress(field="nginx") + controller(),
        "",
        "ingress-nginx usually serves it",
        "ingress-nginx",
    ),
    "of two usual controllers the one that is here": (
        ingress(field="nginx") + controller("nginx/nginx-ingress:5"),
        "",
        "NGINX Ingress Controller usually serves it",
        "NGINX Ingress Controller",
    ),
}


@pytest.mark.parametrize(("manifests", "config", "why", "name"), RESOLVED.values(), ids=RESOLVED)
def test_class_is_served(graph_of: GraphOf, manifests: str, config: str, why: str, name: str) -> None:
    found = served(graph_of, manifests, config)
    assert (found.class_hop.state, str(found.class_hop.why)) == (State.RESOLVED, why)
    assert (found.controller.name if found.controller else "") == name


GKE = "GKE Ingress reads the annotation kubernetes.io/ingress.class, never the field"

BROKEN: Mapping[str, tuple[str, str, str, bool]] = {
    "a name misspelt": (
        ingress(field="internl") + ingress_class("internal"),
        "",
        "there is IngressClass internal",
        True,
    ),
    "other classes": (
        ingress(annotation="x") + ingress_class("b") + ingress_class("a"),
        "",
        "the workspace defines a, b",
        False,
    ),
    "other classes are declared": (ingress(field="nginx"), CLASSES, "the configuration lists internal-*, public", True),
    "a controller of one cloud": (
        ingress(field="alb"),
        platform("kind"),
        "AWS Load Balancer Controller serves it on eks only, and this goes to kind",
        True,
    ),
    "GKE's, in the field": (ingress(field="gce"), platform("gke"), GKE, True),
    "GKE's, in the field, for who knows where": (ingress(field="gce-internal"), "", GKE, False),
}


@pytest.mark.parametrize(("manifests", "config", "why", "certain"), BROKEN.values(), ids=BROKEN)
def test_class_is_served_by_nothing(graph_of: GraphOf, manifests: str, config: str, why: str, certain: bool) -> None:
    found = served(graph_of, manifests, config)
    assert (found.class_hop.state, str(found.class_hop.why), found.class_hop.certain) == (State.BROKEN, why, certain)
    assert found.entry_hop is None


UNKNOWN: Mapping[str, tuple[str | Mapping[str, str], str]] = {
    "nothing is known": (ingress(field="nginx"), ""),
    "nothing is known of a strange one": (ingress(field="backoffice"), ""),
    "one that many clusters have, on a local one": (ingress(field="public"), platform("kind")),
    "one to be filled in": (ingress(field="CLASS") + ingress_class("internal"), ""),
    "one in a document that does not parse": (
        ingress(field="a") + ingress_class("b") + "---  # broken\nkind: IngressClass\nmetadata:\n  name: a\n x: y\n",
        "",
    ),
    "a usual one, beside others": (ingress(field="nginx") + ingress_class("internal"), ""),
    "a cloud's, on that cloud": (ingress(field="alb"), platform("eks")),
    "GKE's, in the annotation": (ingress(annotation="gce"), platform("gke")),
    "defined for another environment": (
        {"production/i.yaml": ingress(field="a"), "staging/c.yaml": ingress_class("a")},
        "",
    ),
}


@pytest.mark.parametrize(("manifests", "config"), UNKNOWN.values(), ids=UNKNOWN)
def test_class_may_be_served(graph_of: GraphOf, manifests: str | Mapping[str, str], config: str) -> None:
    found = served(graph_of, manifests, config)
    assert (found.class_hop.state, str(found.class_hop.why)) == (State.UNKNOWN, "the workspace does not define it")


def test_class_elsewhere_in_the_workspace(graph_of: GraphOf) -> None:
    found = served(graph_of, {"a/i.yaml": ingress(field="a"), "b/c/k.yaml": ingress_class("a")})
    assert found.class_hop.state is State.RESOLVED


# No class

TELLS = "--watch-ingress-without-class=true"

TAKEN: Mapping[str, tuple[str, str, str]] = {
    "by the default class": (ingress() + ingress_class("a") + ingress_class("b", default="true"), "", ""),
    "by k3s": (ingress(), platform("k3s"), "k3s serves it with Traefik"),
    "by GKE": (ingress(), platform("gke"), "gke serves it with GKE Ingress"),
    "by OpenShift": (ingress(), platform("openshift"), "openshift serves it with OpenShift router"),
    "by a controller that does so": (
        ingress() + controller("traefik:v3"),
        "",
        "Traefik takes Ingresses without a class",
    ),
    "by one that is told to": (
        ingress() + controller(args=TELLS),
        "",
        "ingress-nginx takes Ingresses without a class",
    ),
    "by one whose chart makes the default class": (
        ingress() + release("ingress-nginx", "{controller: {ingressClassResource: {default: true}}}"),
        "",
        "ingress-nginx takes Ingresses without a class",
    ),
    "by one whose chart does so": (
        ingress() + release("traefik", "{}"),
        "",
        "Traefik takes Ingresses without a class",
    ),
    "an empty annotation, by a controller": (
        ingress(annotation="") + controller(args=TELLS),
        "",
        "ingress-nginx takes Ingresses without a class",
    ),
}

LEFT: Mapping[str, str] = {
    "no default": ingress() + ingress_class("nginx") + controller(),
    "a default that is false": ingress() + ingress_class("nginx", default="false") + controller(),
    "an empty annotation keeps the default away": ingress(annotation="")
    + ingress_class("nginx", default="true")
    + controller(),
    "told not to": ingress() + controller(args="--watch-ingress-without-class=false"),
}

OPEN: Mapping[str, str] = {
    "nothing is known": ingress(),
    "classes, and no controller": ingress() + ingress_class("a"),
    "an empty annotation": ingress(annotation="") + ingress_class("a", default="true"),
    "two charts may take it": ingress()
    + release("traefik", "{}")
    + release("ingress-nginx", "{controller: {watchIngressWithoutClass: true}}"),
    "a chart that leaves them": ingress() + release("ingress-nginx", "{controller: {replicaCount: 2}}"),
    "a class of Traefik's that is not the default": ingress()
    + release("traefik", "{ingressClass: {isDefaultClass: false}}"),
}


@pytest.mark.parametrize(("manifests", "config", "why"), TAKEN.values(), ids=TAKEN)
def test_without_a_class_taken(graph_of: GraphOf, manifests: str, config: str, why: str) -> None:
    found = served(graph_of, manifests, config)
    assert (found.class_hop.state, str(found.class_hop.why)) == (State.RESOLVED, why)


@pytest.mark.parametrize("manifests", LEFT.values(), ids=LEFT)
def test_without_a_class_left_alone(graph_of: GraphOf, manifests: str) -> None:
    found = served(graph_of, manifests)
    assert found.class_hop.state is State.BROKEN
    reason = "no IngressClass is the default, and ingress-nginx ignores Ingresses without a class"
    assert str(found.class_hop.why) == reason
    assert not found.class_hop.certain


@pytest.mark.parametrize("manifests", OPEN.values(), ids=OPEN)
def test_without_a_class_who_knows(graph_of: GraphOf, manifests: str) -> None:
    found = served(graph_of, manifests)
    assert found.class_hop.state is State.UNKNOWN
    assert found.controller is None


# Entries

HOST_PORT = ", ports: [{containerPort: 80, hostPort: 80}]"
LOCAL_PORT = ", ports: [{containerPort: 80, hostPort: 80, hostIP: 127.0.0.1}]"
CONTOUR = ingress(field="contour") + controller("projectcontour/contour:v1", name="contour")
ENVOY = controller("envoyproxy/envoy:v1", name="envoy", more=HOST_PORT)
BINDING = (
    "---\napiVersion: elbv2.k8s.aws/v1beta1\nkind: TargetGroupBinding\nmetadata: {name: b, namespace: edge}\n"
    "spec: {serviceRef: {name: c, port: 80}}\n"
)
IN_FRONT = (
    "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: front, namespace: edge}\n"
    "spec: {ingressClassName: alb, defaultBackend: {service: {name: c, port: {number: 80}}}}\n"
)
TUNNEL = controller("cloudflare/cloudflared:2025.1.0", name="tunnel")

ENTERED: Mapping[str, str] = {
    "a load balancer": service("LoadBalancer"),
    "a node port": service("NodePort"),
    "a load balancer beside the admission webhook's Service": service("LoadBalancer")
    + service("ClusterIP").replace("name: c,", "name: admission,"),
    "a binding to a load balancer of the cloud": service("ClusterIP") + BINDING,
    "another Ingress in front": service("ClusterIP") + IN_FRONT,
    "a network endpoint group": service("ClusterIP", more="annotations: {cloud.google.com/neg: '{}'}"),
    "a tunnel": service("ClusterIP") + TUNNEL,
}


@pytest.mark.parametrize("manifests", ENTERED.values(), ids=ENTERED)
def test_controller_has_an_entry(graph_of: GraphOf, manifests: str) -> None:
    found = served(graph_of, ingress(field="nginx") + controller() + manifests)
    assert found.entry_hop is not None
    assert found.entry_hop.state is State.RESOLVED


def test_host_port_is_an_entry(graph_of: GraphOf) -> None:
    found = served(graph_of, ingress(field="nginx") + controller(more=HOST_PORT) + service("ClusterIP"))
    assert found.entry_hop is not None
    assert found.entry_hop.state is State.RESOLVED


@pytest.mark.parametrize("more", ["", LOCAL_PORT])
def test_controller_has_no_entry(graph_of: GraphOf, more: str) -> None:
    found = served(graph_of, ingress(field="nginx") + controller(more=more) + service("ClusterIP"))
    assert found.entry_hop is not None
    assert found.entry_hop.state is State.BROKEN
    assert str(found.entry_hop.why) == "Service edge/c is reachable only from inside the cluster"
    assert [str(target) for target in found.entry_hop.targets] == ["Service edge/c"]


def test_no_service_of_the_controller_is_known(graph_of: GraphOf) -> None:
    found = served(graph_of, ingress(field="nginx") + controller())
    assert found.entry_hop is not None
    assert found.entry_hop.state is State.UNKNOWN


def test_the_proxy_takes_requests_not_the_controller(graph_of: GraphOf) -> None:
    found = served(graph_of, CONTOUR + ENVOY)
    assert found.entry_hop is not None
    assert found.entry_hop.state is State.RESOLVED
    assert [str(item) for item in found.pods] == ["Deployment edge/envoy"]
    assert served(graph_of, CONTOUR + service("ClusterIP", name="contour")).entry_hop is None


def test_entry_of_a_cloud_is_not_looked_for(graph_of: GraphOf) -> None:
    aws = controller("public.ecr.aws/eks/aws-load-balancer-controller:v2", name="aws") + service(
        "ClusterIP", name="aws"
    )
    assert served(graph_of, ingress(field="alb") + aws).entry_hop is None


# Classes → controllers

CONTROLLERS: Mapping[str, tuple[str, State, str]] = {
    "a slip": ("k8s.io/ingress-ngnix", State.BROKEN, "k8s.io/ingress-nginx"),
    "words in another order": ("k8s.io/nginx-ingress", State.BROKEN, "k8s.io/ingress-nginx"),
    "a wrong name of a project": ("nginx.org/nginx-ingress", State.BROKEN, "nginx.org/ingress-controller"),
    "another controller of kubernetes": ("k8s.io/ingress-gce", State.UNKNOWN, ""),
    "one that klint does not know": ("example.com/ingress-controller", State.UNKNOWN, ""),
    "one with a name of its own after it": ("haproxy.org/ingress-controller/b", State.RESOLVED, ""),
}


@pytest.mark.parametrize(("name", "state", "meant"), CONTROLLERS.values(), ids=CONTROLLERS)
def test_controller_of_a_class(graph_of: GraphOf, name: str, state: State, meant: str) -> None:
    (hop,) = graph_of(ingress_class("a", name)).controller_hops
    assert hop.state is state
    assert str(hop.why).endswith(f"there is {meant}") == bool(meant)


@pytest.mark.parametrize("name", sorted({item.controller for item in INGRESS_CONTROLLERS if item.controller}))
def test_known_controllers_are_known(graph_of: GraphOf, name: str) -> None:
    (hop,) = graph_of(ingress_class("a", name)).controller_hops
    assert hop.state is State.RESOLVED


@pytest.mark.parametrize("args", ["--controller-class=example.com/b", "--controller-class, example.com/b"])
def test_a_pod_answers_to_the_name(graph_of: GraphOf, args: str) -> None:
    (hop,) = graph_of(ingress_class("a", "example.com/b") + controller(args=args)).controller_hops
    assert hop.state is State.RESOLVED


def test_a_class_without_a_controller_is_not_followed(graph_of: GraphOf) -> None:
    assert graph_of(ingress_class("a", '""')).controller_hops == ()
