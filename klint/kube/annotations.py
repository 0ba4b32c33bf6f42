"""Which controllers read which annotations of their routes, by the start of the annotations' names.

Sources: the annotations page of each one's documentation: ingress-nginx nginx-configuration/annotations; docs.nginx.com
nginx-ingress-controller advanced-configuration-with-annotations; haproxytech/kubernetes-ingress documentation/
annotations (three prefixes); haproxy-ingress.github.io configuration/keys; doc.traefik.io routing/providers/
kubernetes-ingress; projectcontour.io config/annotations; developer.konghq.com reference/annotations; aws-load-balancer-
controller guide/ingress/annotations; Azure application-gateway-kubernetes-ingress docs/annotations; docs.cilium.io
servicemesh/ingress; apisix.apache.org ingress-controller annotations; docs.openshift.com route configuration.
"""

from __future__ import annotations

from collections.abc import Mapping

from klint.kube.controllers import INGRESS_CONTROLLERS, IngressController

ANNOTATION_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "ingress-nginx": ("nginx.ingress.kubernetes.io/",),
    "NGINX Ingress Controller": ("nginx.org/", "nginx.com/", "appprotect.f5.com/", "appprotectdos.f5.com/"),
    "HAProxy Kubernetes Ingress": ("haproxy.org/", "haproxy.com/"),
    "HAProxy Ingress": ("haproxy-ingress.github.io/",),
    "Traefik": ("traefik.ingress.kubernetes.io/",),
    "Contour": ("projectcontour.io/",),
    "Kong": ("konghq.com/",),
    "AWS Load Balancer Controller": ("alb.ingress.kubernetes.io/",),
    "EKS Auto Mode": ("alb.ingress.kubernetes.io/",),
    "GKE Ingress": ("networking.gke.io/", "ingress.gcp.kubernetes.io/"),
    "Application Gateway Ingress Controller": ("appgw.ingress.kubernetes.io/",),
    "Application Gateway for Containers": ("alb.networking.azure.io/",),
    "AKS application routing": ("nginx.ingress.kubernetes.io/",),
    # canonical/microk8s-core-addons addons/ingress: ingress-nginx, and Traefik since December 2025
    "MicroK8s ingress": ("nginx.ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/"),
    "Istio": (),
    "Cilium": ("ingress.cilium.io/",),
    "Emissary": ("getambassador.io/",),
    "Skipper": ("zalando.org/",),
    "APISIX": ("k8s.apisix.apache.org/",),
    "OpenShift router": ("haproxy.router.openshift.io/", "router.openshift.io/", "route.openshift.io/"),
    "Tailscale": ("tailscale.com/",),
    "ngrok": ("k8s.ngrok.com/",),
}
"""By the name of a controller, how the annotations begin that it alone defines. Of the others nothing is known."""

_READER: Mapping[str, str] = {
    prefix: name for name, prefixes in reversed(tuple(ANNOTATION_PREFIXES.items())) for prefix in prefixes
}


def prefix_of(annotation: str) -> str:
    """The prefix that a controller defines which an annotation has; empty where it has none."""
    domain, slash, _ = annotation.partition("/")
    return domain + slash if domain + slash in _READER else ""


def reader_of(prefix: str) -> str:
    """The controller that defines a prefix; of several the one that came first."""
    return _READER[prefix]


def controllers_called(class_name: str) -> tuple[IngressController, ...]:
    """Those whose classes usually have a name: `nginx` and `haproxy` are those of two each."""
    return tuple(item for item in INGRESS_CONTROLLERS if class_name in item.classes)
